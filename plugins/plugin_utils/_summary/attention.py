# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What needs attention in a fleet of private CAs, the most urgent first. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from .findings import CRITICAL, NOTICE, SEVERITIES, WARNING, Certificate, Finding
from .input import from_time
from .rows import FAILED, MISSING, PENDING, STALE, UNREADABLE, Row, Unreachable

RULE = "rule"

# What of the same severity comes first.
KINDS = (
    "task_failed",
    "authority_expired",
    "authority_failed",
    "authority_expiring",
    "unreachable",
    "report_failed",
    "report_unreadable",
    "report_missing",
    "report_incomplete",
    RULE,
    "report_stale",
    "report_pending",
    "authority_pending",
    "rows_unreadable",
)

# A CA cannot issue what outlives it, so that its end is felt long before it comes.
AUTHORITY_EXPIRING = timedelta(days=90)
AUTHORITY_URGENT = timedelta(days=30)


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing to look at. ``name`` is what the sentence starts with and is about.

    ``count`` says of how many it is, ``due_at`` when it happens or happened (ISO 8601), ``rule`` which rule found it.
    """

    severity: str
    kind: str
    name: str | None
    sentence: str
    certificate_authority_arn: str | None
    account_id: str | None
    region: str | None
    count: int = 1
    due_at: str | None = None
    rule: str | None = None


def attention_of(
    rows: t.Sequence[Row],
    unreachable: t.Iterable[Unreachable],
    findings: t.Iterable[Finding],
    failures: t.Iterable[str],
    now: datetime,
) -> list[Item]:
    """Everything that needs attention: by severity, kind, what comes first, how many, and place."""
    names = {row.certificate_authority_arn: name_of(row) for row in rows}
    items = [
        *(Item(CRITICAL, "task_failed", None, sentence, None, None, None) for sentence in failures),
        *(_of_place(each) for each in unreachable),
        *(
            _of_finding(each, names.get(each.certificate_authority_arn or "", "A report"))
            for each in findings
            if each.count
        ),
    ]
    for row in rows:
        items += [*_of_authority(row, now), *_of_report(row), *_of_contents(row)]
    return sorted(items, key=_order)


def name_of(row: Row) -> str:
    """What people call a CA."""
    return row.name or f"The certificate authority {row.certificate_authority_arn.rpartition('/')[2]}"


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
    name = name_of(row)
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


def _of_authority(row: Row, now: datetime) -> t.Iterator[Item]:
    end = row.not_after
    if row.status == "EXPIRED" or (end and end <= now and row.status != "DELETED"):
        when = f" on {_day(end)}" if end and end <= now else ""
        yield _item(
            row, CRITICAL, "authority_expired", f"expired{when}, and so did all certificates that it issued.", due=end
        )
    elif end and row.expires_after(now) and end - now <= AUTHORITY_EXPIRING:
        severity = CRITICAL if end - now <= AUTHORITY_URGENT else WARNING
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
        deleted = "has an audit report that is not in the bucket any more."
        yield _item(row, CRITICAL, "report_missing", deleted if report.s3_key else "has no audit report in this run.")
    elif report.state == STALE and report.age is not None:
        rest = f"was last audited on {_day(report.created_at)}, {_days(report.age)} ago."
        yield _item(row, WARNING, "report_stale", rest, due=report.created_at)
    elif report.state == PENDING:
        yield _item(row, NOTICE, "report_pending", "has an audit report that is not finished.")
    if row.is_incomplete:
        rest = f"was audited, but some information about it is missing: {message}"
        yield _item(row, CRITICAL, "report_incomplete", rest)


def _of_contents(row: Row) -> t.Iterator[Item]:
    counted = row.counted
    if counted is None:
        return
    number = counted.unreadable
    if number:
        lines = (
            "1 line that could not be read and is"
            if number == 1
            else f"{number:,} lines that could not be read and are"
        )
        yield _item(row, NOTICE, "rows_unreadable", f"has an audit report with {lines} not counted.", number)


def _of_finding(finding: Finding, name: str) -> Item:
    number = finding.count
    rest = f'has {_certificates(number)} that {"matches" if number == 1 else "match"} the rule "{finding.rule}"'
    first = finding.certificates[0] if finding.certificates else None
    if first:
        rest += f"{'' if number == 1 else ', the first'}: {first.subject or 'serial ' + first.serial} {state_of(first)}"
    return Item(
        severity=finding.severity,
        kind=RULE,
        name=name,
        sentence=f"{name} {rest}.",
        certificate_authority_arn=finding.certificate_authority_arn,
        account_id=finding.account_id,
        region=finding.region,
        count=number,
        due_at=(first.revoked_at or first.not_after) if first else None,
        rule=finding.rule,
    )


def state_of(certificate: Certificate) -> str:
    """What became of a certificate, or will: a clause without its subject."""
    if certificate.revoked_at:
        return f"was revoked on {certificate.revoked_at[:10]} ({certificate.revocation_reason or 'UNSPECIFIED'})"
    return f"is valid until {(certificate.not_after or 'an unknown time')[:10]}"


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
