# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts as a message to people: what it says, and whether anybody has to read it again. Pure."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta

from .fleet_attention import CRITICAL, NOTICE, SEVERITIES, WARNING
from .hostile_text import visible
from .summary_input import Entry, SummaryError, entries_of, from_time, to_time

# SNS takes 256 KiB, and what community.aws.sns sends is JSON, in which a letter may be twelve bytes.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_LINES = 50
_LONGEST_LINE = 600
_LARGEST_LINE = 1500
_MOST_REMEMBERED = 20_000

_HEADINGS = {CRITICAL: "Critical", WARNING: "Warnings", NOTICE: "Notices"}
_COUNTED = {CRITICAL: ("critical", "critical"), WARNING: ("warning", "warnings"), NOTICE: ("notice", "notices")}


def message_of(
    alerts: t.Any, summary: t.Mapping[str, t.Any], last: t.Any, repeat_after: int, page: str | None
) -> dict[str, t.Any]:
    """What to send, and whether to.

    :param alerts: as the filter audit_alerts returns them.
    :param summary: what the filter audit_summary made. Its time is now.
    :param last: ``record`` of the message before, as text, or nothing.
    :param repeat_after: days after which the same is sent again; 0 is each time.
    :param page: where more is to be read.
    :returns: ``subject``, ``text``, ``due``, ``new`` (how many alerts are) and ``record``, for the next time.
    """
    entries = entries_of(alerts, "alerts", "what the filter cloudpki.aws.audit_alerts returned in alerts")
    now = to_time(summary["generated_at"])
    known, sent_at = _remembered(last)
    ids = [entry.text("id") or "" for entry in entries]
    new = sum(each not in known for each in ids)
    is_old = sent_at is None or now - sent_at >= timedelta(days=repeat_after)
    due = bool(entries) and bool(new or is_old)
    by_severity = {
        severity: [
            (_line(entry), each not in known) for entry, each in zip(entries, ids) if entry.text("severity") == severity
        ]
        for severity in SEVERITIES
    }
    counted = ", ".join(_number(len(found), *_COUNTED[severity]) for severity, found in by_severity.items() if found)
    record = {"sent_at": from_time(now if due else sent_at), "alerts": sorted(set(ids))[:_MOST_REMEMBERED]}
    return {
        "subject": f"Private CAs: {counted or 'nothing needs attention'}",
        "text": _text(by_severity, counted, summary, now, page, bool(known)),
        "due": due,
        "new": new,
        "record": json.dumps(record),
    }


def _text(
    by_severity: t.Mapping[str, t.Sequence[tuple[str, bool]]],
    counted: str,
    summary: t.Mapping[str, t.Any],
    now: datetime,
    page: str | None,
    tells_new: bool,
) -> str:
    totals = summary.get("totals") or {}
    place = (
        f"{_number(totals.get('certificate_authorities', 0), 'private CA', 'private CAs')} of "
        f"{_number(totals.get('accounts', 0), 'account', 'accounts')}"
    )
    lines = [f"{counted[:1].upper()}{counted[1:] or 'Nothing needs attention'} in {place}, {from_time(now)}."]
    if page:
        lines.append(f"All of it: {page}")
    for severity, found in by_severity.items():
        if not found:
            continue
        lines += ["", _HEADINGS[severity]]
        lines += [f"- {'NEW: ' if tells_new and is_new else ''}{sentence}" for sentence, is_new in found[:_LINES]]
        if len(found) > _LINES:
            lines.append(f"- and {len(found) - _LINES:,} more")
    return "\n".join(lines)


def _line(alert: Entry) -> str:
    """What there is to tell, and where: CAs of different accounts may have the same name."""
    sentence = alert.text("sentence", _LONGEST_LINE) or ""
    limit = _LONGEST_LINE
    while len(json.dumps(visible(sentence, limit))) > _LARGEST_LINE:
        limit = limit * 7 // 8
    account = alert.text("account_id") or ""
    where = [alert.text("account_name", 64), account, alert.text("region", 32)]
    place = f" ({', '.join(filter(None, where))})" if account and account not in sentence else ""
    return visible(sentence, limit) + place


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _remembered(last: t.Any) -> tuple[frozenset[str], datetime | None]:
    """A record that cannot be read is none: at worst a message is sent once more."""
    try:
        record = json.loads(last)
        return frozenset(record["alerts"]), to_time(record["sent_at"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return frozenset(), None


def check_repeat(value: t.Any) -> int:
    """:raises SummaryError: for what is no number of days."""
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise SummaryError(f"repeat_after is {str(value)[:80]!r}, which is not a number of days of at least 0.")
    return number
