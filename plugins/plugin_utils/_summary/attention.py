# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs attention in a fleet of private CAs, the most urgent first. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from .input import from_time
from .rows import FAILED, MISSING, PENDING, STALE, UNREADABLE, Row, Unreachable

CRITICAL, WARNING, NOTICE = "critical", "warning", "notice"
SEVERITIES = (CRITICAL, WARNING, NOTICE)

# What of the same severity comes first.
KINDS = (
    "authority_expired",
    "authority_failed",
    "key_compromise",
    "authority_expiring",
    "unreachable",
    "report_failed",
    "report_unreadable",
    "report_missing",
    "certificates_expiring",
    "report_stale",
    "report_pending",
    "authority_pending",
    "rows_unreadable",
)

# Certificates of such CAs live for seven days at most: that they expire is what they are for.
# https://docs.aws.amazon.com/privateca/latest/userguide/short-lived-certificates.html
SHORT_LIVED = "SHORT_LIVED_CERTIFICATE"

# A CA cannot issue what outlives it, so that its end is felt long before it comes.
AUTHORITY_EXPIRING = timedelta(days=90)
# Who had the key may still use it where revocation is not checked; after this it is history.
RECENT = timedelta(days=30)


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing to look at. ``name`` is what the sentence starts with and is about.

    ``count`` says of how many it is, ``due_at`` when it happens or happened (ISO 8601)."""

    severity: str
    kind: str
    name: str
    sentence: str
    certificate_authority_arn: str | None
    account_id: str | None
    region: str | None
    count: int = 1
    due_at: str | None = None


def attention_of(
    rows: t.Iterable[Row], unreachable: t.Iterable[Unreachable], now: datetime, expiring_within: int
) -> list[Item]:
    """Everything that needs attention: by severity, kind, what comes first, how many, and place."""
    items = [_of_place(each) for each in unreachable]
    for row in rows:
        items += [*_of_authority(row, now, expiring_within), *_of_report(row), *_of_contents(row, now, expiring_within)]
    return sorted(items, key=_order)


def _order(item: Item) -> tuple[int, int, str, int, str, str, str]:
    return (
        SEVERITIES.index(item.severity),
        KINDS.index(item.kind),
        item.due_at or "~",  # behind every time
        -item.count,
        item.certificate_authority_arn or "",
        item.account_id or "",
        item.region or "",
    )


def _of_place(place: Unreachable) -> Item:
    where = f"Account {place.account_id}" if place.account_id else "The account of the task's own credentials"
    if place.account_name:
        where += f" ({place.account_name})"
    if place.region:
        where += f" in {place.region}"
    sentence = f"{where} could not be read: {place.error.message}"
    return Item(CRITICAL, "unreachable", where, sentence, None, place.account_id, place.region)


def _item(row: Row, severity: str, kind: str, rest: str, count: int = 1, due: datetime | None = None) -> Item:
    name = row.name or f"The certificate authority {row.certificate_authority_arn.rpartition('/')[2]}"
    return Item(
        severity=severity,
        kind=kind,
        name=name,
        sentence=f"{name} {rest}",
        certificate_authority_arn=row.certificate_authority_arn,
        account_id=row.account_id,
        region=row.region,
        count=count,
        due_at=from_time(due),
    )


def _of_authority(row: Row, now: datetime, expiring_within: int) -> t.Iterator[Item]:
    end = row.not_after
    if row.status == "EXPIRED" or (end and end <= now and row.status != "DELETED"):
        when = f" on {_day(end)}" if end and end <= now else ""
        yield _item(
            row, CRITICAL, "authority_expired", f"expired{when}, and so did all certificates that it issued.", due=end
        )
    elif end and row.expires_after(now) and end - now <= max(AUTHORITY_EXPIRING, timedelta(days=expiring_within)):
        severity = CRITICAL if end - now <= timedelta(days=expiring_within) else WARNING
        rest = f"expires on {_day(end)}, {_in(end - now)}. It can issue nothing that is valid for longer."
        yield _item(row, severity, "authority_expiring", rest, due=end)
    if row.status == "FAILED":
        yield _item(row, CRITICAL, "authority_failed", "has failed. Delete it and create it again.")
    if row.status == "PENDING_CERTIFICATE":
        yield _item(row, NOTICE, "authority_pending", "has no certificate yet and cannot issue any.")


def _of_report(row: Row) -> t.Iterator[Item]:
    report = row.report
    message = report.error.message if report.error else "No reason was given."
    if report.state == FAILED:
        yield _item(row, CRITICAL, "report_failed", f"has no fresh audit report: {message}")
    elif report.state == UNREADABLE:
        yield _item(row, CRITICAL, "report_unreadable", f"has an audit report that could not be read: {message}")
    elif report.state == MISSING:
        yield _item(row, CRITICAL, "report_missing", "has no audit report in this run.")
    elif report.state == STALE and report.age is not None:
        rest = f"was last audited on {_day(report.created_at)}, {_days(report.age)} ago."
        yield _item(row, WARNING, "report_stale", rest, due=report.created_at)
    elif report.state == PENDING:
        yield _item(row, NOTICE, "report_pending", "has an audit report that is not finished.")


def _of_contents(row: Row, now: datetime, expiring_within: int) -> t.Iterator[Item]:
    counted = row.counted
    if counted is None:
        return
    number = counted.key_compromises
    if number:
        last = counted.last_compromise
        when = last.time if last else None
        recent = when is not None and now - when <= RECENT
        rest = f"revoked {_certificates(number)} because a private key was compromised"
        if last:
            latest = "" if number == 1 else "the latest "
            rest += f": {latest}{last.subject}, serial {last.serial}" + (f", on {_day(when)}" if when else "")
        yield _item(row, CRITICAL if recent else NOTICE, "key_compromise", f"{rest}.", number, when)
    number = counted.expiring_within.get(str(expiring_within), 0)
    if number and row.usage_mode != SHORT_LIVED:
        first = counted.next_to_expire
        rest = (
            f"has {_certificates(number)} that {'expires' if number == 1 else 'expire'} within {expiring_within} days"
        )
        due = first.time if first else None
        if first and due:
            rest += f", {'' if number == 1 else 'the first '}on {_day(due)}: {first.subject}"
        yield _item(row, WARNING, "certificates_expiring", f"{rest}.", number, due)
    number = counted.unreadable
    if number:
        lines = (
            "1 line that could not be read and is"
            if number == 1
            else f"{number:,} lines that could not be read and are"
        )
        yield _item(row, NOTICE, "rows_unreadable", f"has an audit report with {lines} not counted.", number)


def _certificates(number: int) -> str:
    return "1 certificate" if number == 1 else f"{number:,} certificates"


def _day(time: datetime | None) -> str:
    return (from_time(time) or "")[:10]


def _in(duration: timedelta) -> str:
    return "today" if duration < timedelta(days=1) else f"in {_days(duration)}"


def _days(duration: timedelta) -> str:
    if duration < timedelta(days=1):
        return "less than a day"
    return "1 day" if duration.days == 1 else f"{duration.days:,} days"
