# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module's results summed up, for people who read a job log. Pure."""

from __future__ import annotations

import typing as t

Result = t.Mapping[str, t.Any]

# In the order in which they are read; those that did not occur are left out.
_ACTIONS = ("reused", "created", "pending", "skipped", "failed")


def progress_of(result: Result) -> str:
    """One batch in a few words: ``97 reused, 2 created, 1 failed``."""
    if "audit_reports" not in result:
        return "nothing done" if result.get("skipped") else "failed"
    counts = _counts(result["audit_reports"])
    return ", ".join(f"{counts[action]} {action}" for action in _ACTIONS if counts.get(action)) or "no private CA"


def outcome_of(results: t.Sequence[Result]) -> dict[str, t.Any]:
    """All batches together: ``changed``, ``audit_reports``, ``summary`` and ``failures``, a line for each failure.

    A batch that failed as a whole, for example because the bucket is not there, is one failure; the same one in several
    batches is told once.
    """
    entries = [entry for result in results for entry in result.get("audit_reports") or ()]
    counts = _counts(entries)
    broken = [
        _one_line(str(result.get("msg") or "It failed without a message."))
        for result in results
        if "audit_reports" not in result and not result.get("skipped")
    ]
    summary = {action: counts.get(action, 0) for action in ("created", "reused", "pending", "skipped", "failed")}
    summary["certificate_authorities"] = sum(1 for entry in entries if entry.get("certificate_authority_arn"))
    summary["accounts"] = sum(int((result.get("summary") or {}).get("accounts", 0)) for result in results)
    failures = [_failure(entry) for entry in entries if entry.get("action") == "failed"]
    return {
        "changed": any(result.get("changed") for result in results),
        "audit_reports": sorted(entries, key=_place),
        "summary": summary,
        "failures": sorted(failures) + list(dict.fromkeys(broken)),
    }


def account_lines(entries: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """A line for each account: ``111122223333: 2 reused, 1 created (eu-central-1, us-east-1)``."""
    by_account: dict[str, list[t.Mapping[str, t.Any]]] = {}
    for entry in entries:
        by_account.setdefault(str(entry.get("account_id") or "the own account"), []).append(entry)
    return [f"{account}: {_words(found)}{_regions(found)}" for account, found in sorted(by_account.items())]


def _counts(entries: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        action = str(entry.get("action"))
        counts[action] = counts.get(action, 0) + 1
    return counts


def _words(entries: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    return progress_of({"audit_reports": entries})


def _regions(entries: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    regions = sorted({str(entry["region"]) for entry in entries if entry.get("region")})
    return f" ({', '.join(regions)})" if regions else ""


def _failure(entry: t.Mapping[str, t.Any]) -> str:
    error = entry.get("error") or {}
    place = entry.get("certificate_authority_arn") or " ".join(
        str(entry[name]) for name in ("account_id", "region") if entry.get(name)
    )
    return _one_line(f"{place or 'the own account'}: {error.get('message') or error.get('code') or 'failed'}")


def _one_line(text: str) -> str:
    """Text from AWS may hold line breaks and control characters, which a job log is not to obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _place(entry: t.Mapping[str, t.Any]) -> tuple[str, str, str]:
    return tuple(str(entry.get(name) or "") for name in ("certificate_authority_arn", "account_id", "region"))  # type: ignore[return-value]
