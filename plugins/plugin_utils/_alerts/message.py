# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts as a message to people: what it says, and whether anybody has to read it again. Pure."""

from __future__ import annotations

import hashlib
import json
import typing as t
from datetime import datetime, timedelta

from .._summary.attention import CRITICAL, NOTICE, SEVERITIES, WARNING
from .._summary.input import Entry, SummaryError, entries_of, from_time, to_time
from .._summary.stored_document import time_of_summary
from .._text import visible

# SNS takes 256 KiB, and what community.aws.sns sends is JSON, in which a letter may be twelve bytes.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_LINES = 50
_LONGEST_LINE = 600
_LARGEST_LINE = 1500
_LARGEST_TEXT = 230_000
_MOST_REMEMBERED = 100_000

_HEADINGS = {CRITICAL: "Critical", WARNING: "Warnings", NOTICE: "Notices"}
_COUNTED = {CRITICAL: ("critical", "critical"), WARNING: ("warning", "warnings"), NOTICE: ("notice", "notices")}


def message_of(
    alerts: t.Any,
    summary: t.Mapping[str, t.Any],
    last: t.Any,
    repeat_after: int,
    page: str | None,
    complete: t.Iterable[str] = (),
) -> dict[str, t.Any]:
    """What to send, and whether to.

    :param alerts: as the filter audit_alerts returns them.
    :param summary: what the filter audit_summary made. Its time is now.
    :param last: ``record`` of the message before, as text, or nothing.
    :param repeat_after: days after which the same is sent again; 0 is each time.
    :param page: where more is to be read.
    :param complete: ``purge_prefixes`` of audit_alerts. What was told of other CAs is remembered: they may be those of
        another job, or cannot be looked at just now.
    :returns: ``subject``, ``text``, ``due``, ``new`` (how many alerts are) and ``record``, for the next time.
    """
    entries = entries_of(alerts, "alerts", "what the filter cloudpki.aws.audit_alerts returned in alerts")
    now = time_of_summary(summary)
    known, sent_at = _remembered(last)
    current = {entry.text("id") or "": _Told(_severity(entry), _place(entry)) for entry in entries}
    fresh = {each for each, told in current.items() if each not in known or told.severity < known[each].severity}
    is_old = sent_at is None or now - sent_at >= timedelta(days=repeat_after)
    due = bool(current) and bool(fresh or is_old)
    by_severity = {
        severity: [
            (_line(entry), (entry.text("id") or "") in fresh) for entry in entries if entry.text("severity") == severity
        ]
        for severity in SEVERITIES
    }
    counted = ", ".join(_number(len(found), *_COUNTED[severity]) for severity, found in by_severity.items() if found)
    looked_at = {_short(prefix.rstrip("/")) for prefix in complete} | {
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
    }


class _Told(t.NamedTuple):
    """What is remembered of an alert: how grave it was (0 is the gravest), and a short name of its CA or account."""

    severity: int
    place: str


def _severity(alert: Entry) -> int:
    severity = alert.text("severity")
    if severity not in SEVERITIES:
        raise SummaryError(f"{alert.place}.severity is none of {', '.join(SEVERITIES)}.")
    return SEVERITIES.index(severity)


def _place(alert: Entry) -> str:
    return _short(alert.text("certificate_authority_arn") or alert.text("account_id") or "")


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


def _remembered(last: t.Any) -> tuple[dict[str, _Told], datetime | None]:
    """A record that cannot be read is none: at worst a message is sent once more."""
    try:
        record = json.loads(last)
        told = {str(each): _Told(int(severity), str(place)) for each, (severity, place) in record["alerts"].items()}
        return told, to_time(record["sent_at"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}, None
