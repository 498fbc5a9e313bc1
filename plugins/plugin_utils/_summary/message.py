# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A summary as a message to people: what it says, and whether anybody has to read it again. Pure."""

from __future__ import annotations

import hashlib
import json
import typing as t
from datetime import datetime, timedelta

from .alerts import Alert, alerts_of
from .findings import CRITICAL, NOTICE, SEVERITIES, WARNING
from .input import Entry, from_time, to_time
from .lines import line_of
from .security_hub import complete_of
from .stored_document import time_of_summary

# SNS takes 256 KiB, and what community.aws.sns sends is JSON.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_LINES = 50
_LARGEST_TEXT = 230_000
# What stores it is in the log of the job, of which AWX keeps 700,000 bytes.
_MOST_REMEMBERED = 10_000

_HEADINGS = {CRITICAL: "Critical", WARNING: "Warnings", NOTICE: "Notices"}
_COUNTED = {CRITICAL: ("critical", "critical"), WARNING: ("warning", "warnings"), NOTICE: ("notice", "notices")}


def message_of(summary: t.Any, last: t.Any, repeat_after: int, page: str | None) -> dict[str, t.Any]:
    """What to send, and whether to.

    :param summary: what the filter audit_summary made. Its time is now.
    :param last: ``record`` of the message before, as text, or nothing. What it tells of CAs that were not looked at
        whole is kept: they may be those of another job, or cannot be looked at just now.
    :param repeat_after: days after which the same is sent again; 0 is each time.
    :param page: where more is to be read.
    :returns: ``subject``, ``text``, ``due``, ``new`` (how many alerts are), ``record``, for the next time, and of each
        severity ``counts`` and the first ``sentences``.
    :raises SummaryError: a sentence about what was given.
    """
    alerts = alerts_of(summary)
    now = time_of_summary(summary)
    known, sent_at = _remembered(last)
    current = {alert.id: _Told(SEVERITIES.index(alert.severity), _place(alert)) for alert in alerts}
    fresh = {each for each, told in current.items() if each not in known or told.severity < known[each].severity}
    is_old = sent_at is None or now - sent_at >= timedelta(days=repeat_after)
    due = bool(current) and bool(fresh or is_old)
    by_severity = {
        severity: [(_line(alert), alert.id in fresh) for alert in alerts if alert.severity == severity]
        for severity in SEVERITIES
    }
    counted = ", ".join(_number(len(found), *_COUNTED[severity]) for severity, found in by_severity.items() if found)
    looked_at = {_short(arn) for arn in complete_of(summary)} | {
        _short(account.text("account_id") or "") for account in Entry(summary, "summary").parts("accounts")
    }
    kept = {each: told for each, told in known.items() if each not in current and told.place not in looked_at}
    remembered = list({**current, **kept}.items())[:_MOST_REMEMBERED]
    record = {
        "sent_at": from_time(now if due else sent_at),
        "alerts": {each: [told.severity, told.place] for each, told in sorted(remembered)},
    }
    return {
        "subject": f"Private CAs: {counted or 'nothing needs attention'}",
        "text": _text(by_severity, counted, summary, now, page, bool(known)),
        "due": due,
        "new": len(fresh),
        "record": json.dumps(record),
        "counts": {severity: len(found) for severity, found in by_severity.items()},
        "sentences": {severity: _first(found) for severity, found in by_severity.items()},
    }


def _first(lines: t.Sequence[tuple[str, bool]]) -> list[str]:
    shown = [sentence for sentence, _is_new in lines[:_LINES]]
    return [*shown, *([f"and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else [])]


class _Told(t.NamedTuple):
    """What is remembered of an alert: how grave it was (0 is the gravest), and a short name of its CA or account."""

    severity: int
    place: str


def _place(alert: Alert) -> str:
    return _short(alert.certificate_authority_arn or alert.account_id or "")


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _text(
    by_severity: t.Mapping[str, t.Sequence[tuple[str, bool]]],
    counted: str,
    summary: t.Mapping[str, t.Any],
    now: datetime,
    page: str | None,
    tells_new: bool,
) -> str:
    totals = Entry(summary, "summary").part("totals") or Entry({}, "summary.totals")
    place = (
        f"{_number(totals.count('certificate_authorities'), 'private CA', 'private CAs')} of "
        f"{_number(totals.count('accounts'), 'account', 'accounts')}"
    )
    lines = [f"{counted[:1].upper()}{counted[1:] or 'Nothing needs attention'} in {place}, {from_time(now)}."]
    if page:
        lines.append(f"All of it: {page}")
    size = 0
    for severity, found in by_severity.items():
        if not found:
            continue
        lines += ["", _HEADINGS[severity]]
        shown = 0
        for sentence, is_new in found[:_LINES]:
            line = f"- {'NEW: ' if tells_new and is_new else ''}{sentence}"
            size += len(json.dumps(line))
            if size > _LARGEST_TEXT:
                break
            lines.append(line)
            shown += 1
        if len(found) > shown:
            lines.append(f"- and {len(found) - shown:,} more")
    short_lived = [rule for rule in Entry(summary, "summary").parts("rules") if rule.count("short_lived")]
    if short_lived:
        lines += ["", "Left out, because they are never valid for longer than the rule's days"]
        lines += [
            f"- {_number(rule.count('short_lived'), 'certificate', 'certificates')}: {rule.text('rule')}"
            for rule in short_lived
        ]
    return "\n".join(lines)


def _line(alert: Alert) -> str:
    return line_of(alert.sentence, alert.account_name, alert.account_id, alert.region)


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _remembered(last: t.Any) -> tuple[dict[str, _Told], datetime | None]:
    """A record that cannot be read is none: at worst a message is sent once more."""
    try:
        record = json.loads(last)
        told = {str(each): _Told(int(severity), str(place)) for each, (severity, place) in record["alerts"].items()}
        return told, to_time(record["sent_at"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}, None
