# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row per CA: what was made and what was read, put together. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import COMPROMISES

from .input import MESSAGE_LIMIT, Entry, SummaryError, from_time

# In what state the report of a CA can be, from the best to the worst.
CURRENT, PENDING, STALE, NOT_POSSIBLE, MISSING, UNREADABLE, FAILED = (
    "current",
    "pending",
    "stale",
    "not_possible",
    "missing",
    "unreadable",
    "failed",
)

# In the others, AWS Private CA makes no reports.
# https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
AUDITABLE = frozenset({"ACTIVE", "DISABLED"})


# Certificates of such CAs live for seven days at most: that they expire is what they are for.
# https://docs.aws.amazon.com/privateca/latest/userguide/short-lived-certificates.html
SHORT_LIVED = "SHORT_LIVED_CERTIFICATE"


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why something is not known."""

    code: str
    message: str


@dataclasses.dataclass(frozen=True)
class Certificate:
    """One that is singled out: the next to expire."""

    subject: str
    serial: str
    time: datetime | None


@dataclasses.dataclass(frozen=True)
class Counted:
    """What is in a report."""

    issued: int
    own_certificates: int
    valid: int
    expired: int
    revoked: int
    revoked_by_reason: dict[str, int]
    recently_revoked_by_reason: dict[str, int]
    issued_within: dict[str, int]
    expiring_within: dict[str, int]
    by_template: dict[str, int]
    by_requesting_principal: dict[str, int]
    issued_by_month: dict[str, int]
    expiring_by_month: dict[str, int]
    first_issued_at: datetime | None
    last_issued_at: datetime | None
    unreadable: int
    next_to_expire: Certificate | None
    changes: dict[str, int] | None

    @property
    def key_compromises(self) -> int:
        """Certificates that were revoked because a private key is in other hands."""
        return sum(self.revoked_by_reason.get(reason, 0) for reason in COMPROMISES)

    def to_dict(self) -> dict[str, t.Any]:
        """As it is in a row of the document."""
        return {
            "issued": self.issued,
            "valid": self.valid,
            "expired": self.expired,
            "revoked": self.revoked,
            "expiring_within": self.expiring_within,
            "key_compromises": self.key_compromises,
            "unreadable": self.unreadable,
            "first_issued_at": from_time(self.first_issued_at),
            "last_issued_at": from_time(self.last_issued_at),
            "next_expiry_at": from_time(self.next_to_expire.time) if self.next_to_expire else None,
        }


@dataclasses.dataclass(frozen=True)
class Report:
    """The last report of a CA: that whose contents are counted, where there is one."""

    state: str
    action: str | None = None
    audit_report_id: str | None = None
    audit_report_status: str | None = None
    created_at: datetime | None = None
    age: timedelta | None = None
    s3_bucket_name: str | None = None
    s3_key: str | None = None
    error: Problem | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """As it is in a row of the document."""
        return {
            "state": self.state,
            "action": self.action,
            "audit_report_id": self.audit_report_id,
            "audit_report_status": self.audit_report_status,
            "created_at": from_time(self.created_at),
            "age_seconds": None if self.age is None else int(self.age.total_seconds()),
            "s3_bucket_name": self.s3_bucket_name,
            "s3_key": self.s3_key,
            "error": dataclasses.asdict(self.error) if self.error else None,
        }


@dataclasses.dataclass(frozen=True)
class Unreachable:
    """An account or a region that could not be read. Without an account, it is that of the task's credentials."""

    account_id: str | None
    account_name: str | None
    region: str | None
    error: Problem


@dataclasses.dataclass(frozen=True)
class Row:
    """A CA."""

    certificate_authority_arn: str
    account_id: str
    account_name: str | None
    region: str
    name: str | None
    type: str | None
    usage_mode: str | None
    key_algorithm: str | None
    status: str | None
    not_after: datetime | None
    report: Report
    counted: Counted | None

    @property
    def is_incomplete(self) -> bool:
        """Whether its report was read, but something about it is not known."""
        return self.counted is not None and self.report.error is not None and self.report.state != FAILED

    def expires_after(self, now: datetime) -> bool:
        """Whether its own certificate is still to expire. What is deleted expires no more."""
        return self.not_after is not None and self.not_after > now and self.status != "DELETED"

    def to_dict(self, severity: str | None) -> dict[str, t.Any]:
        """As it is in the document."""
        return {
            "certificate_authority_arn": self.certificate_authority_arn,
            "account_id": self.account_id,
            "account_name": self.account_name,
            "region": self.region,
            "name": self.name,
            "type": self.type,
            "usage_mode": self.usage_mode,
            "key_algorithm": self.key_algorithm,
            "status": self.status,
            "not_after": from_time(self.not_after),
            "severity": severity,
            "report": self.report.to_dict(),
            "counts": self.counted.to_dict() if self.counted else None,
        }


def rows_of(
    reports: t.Sequence[Entry], contents: t.Sequence[Entry], now: datetime, stale_after: timedelta
) -> tuple[list[Row], list[Unreachable]]:
    """All CAs, ordered by ARN, and what could not be read.

    :param reports: what acm_pca_audit_report did.
    :param contents: what acm_pca_audit_report_info read.
    :raises SummaryError: about what was given.
    """
    by_arn = [_by_arn(entries) for entries in (reports, contents)]
    rows = [
        _row(arn, *(each.get(arn, []) for each in by_arn), now=now, stale_after=stale_after)
        for arn in sorted({arn for each in by_arn for arn in each})
    ]
    found: dict[tuple[str, str], Unreachable] = {}
    for entry in [*reports, *contents]:
        if not entry.text("certificate_authority_arn"):
            # Both modules look at the same accounts, and fail at the same.
            place = _unreachable(entry)
            found.setdefault((place.account_id or "", place.region or ""), place)
    return rows, [found[place] for place in sorted(found)]


def _by_arn(entries: t.Iterable[Entry]) -> dict[str, list[Entry]]:
    result: dict[str, list[Entry]] = {}
    for entry in entries:
        arn = entry.text("certificate_authority_arn")
        if arn:
            result.setdefault(arn, []).append(entry)
    return result


def _unreachable(entry: Entry) -> Unreachable:
    problem = _problem(entry)
    if problem is None:
        raise SummaryError(f"{entry.place} has neither a certificate_authority_arn nor an error.")
    return Unreachable(entry.text("account_id"), entry.text("account_name"), entry.text("region"), problem)


def _problem(entry: Entry | None) -> Problem | None:
    error = entry.part("error") if entry else None
    if error is None:
        return None
    return Problem(error.text("code") or "Unknown", error.text("message", MESSAGE_LIMIT) or "No reason was given.")


def _row(arn: str, reports: list[Entry], contents: list[Entry], *, now: datetime, stale_after: timedelta) -> Row:
    requested = reports[-1] if reports else None
    # A report may have been read although something else that was asked for is not known.
    readable = [entry for entry in contents if entry.part("error") is None or entry.part("summary")]
    content = max(readable, key=_age_key, default=contents[-1] if contents else None)
    authority = next(filter(None, (entry.part("certificate_authority") for entry in contents)), Entry({}, arn))

    # arn:<partition>:acm-pca:<region>:<account>:certificate-authority/<id>
    parts = [*arn.split(":"), *[""] * 6]
    first = requested or content or Entry({}, arn)
    status = authority.text("status") or (requested.text("certificate_authority_status") if requested else None)
    # Only the one of acm_pca_audit_report_info that found a report has a name.
    has_report = content is not None and (content.text("s3_key", 1024) or content.part("error"))
    read = content if has_report else None
    return Row(
        certificate_authority_arn=arn,
        account_id=first.text("account_id") or parts[4],
        account_name=next(filter(None, (entry.text("account_name") for entry in [*reports, *contents])), None),
        region=first.text("region") or parts[3],
        name=authority.text("name"),
        type=authority.text("type"),
        usage_mode=authority.text("usage_mode"),
        key_algorithm=authority.text("key_algorithm"),
        status=status,
        not_after=authority.time("not_after"),
        report=_report(requested, read, status, now, stale_after, gone=content is not None and read is None),
        counted=_counted(read) if read else None,
    )


def _age_key(entry: Entry) -> str:
    return from_time(entry.time("created_at")) or ""


def _report(
    requested: Entry | None,
    content: Entry | None,
    status: str | None,
    now: datetime,
    stale_after: timedelta,
    *,
    gone: bool,
) -> Report:
    """:param gone: whether it was looked for in the bucket, and is not there."""
    problem = _problem(content)
    unreadable = problem if content and content.part("summary") is None else None
    failure = _problem(requested)
    # What is shown is what the numbers are from.
    shown = content if content and not unreadable else requested or content
    created = shown.time("created_at") if shown else None
    age = max(now - created, timedelta(0)) if created else None
    action = requested.text("action") if requested else None

    if action == "failed" or failure:
        state = FAILED
    elif unreadable:
        state = UNREADABLE
    elif requested and _is_pending(requested, action):
        state = PENDING
    elif gone and requested and requested.text("audit_report_status") == "SUCCESS":
        state = MISSING
    elif shown is None or (action == "skipped" and created is None):
        # Nobody asked for its status where nothing else is known of it: then there should be a report.
        state = MISSING if status is None or status in AUDITABLE else NOT_POSSIBLE
    elif action == "skipped" or (status is not None and status not in AUDITABLE):
        state = NOT_POSSIBLE
    else:
        state = STALE if age is not None and age > stale_after else CURRENT
    return Report(
        state=state,
        action=action,
        audit_report_id=shown.text("audit_report_id") if shown else None,
        # What could be found to be read was made.
        audit_report_status=shown.text("audit_report_status") or "SUCCESS" if shown and created else None,
        created_at=created,
        age=age,
        s3_bucket_name=shown.text("s3_bucket_name") if shown else None,
        # Keys in S3 have up to 1024 bytes.
        s3_key=shown.text("s3_key", 1024) if shown else None,
        error=failure or problem,
    )


def _is_pending(requested: Entry, action: str | None) -> bool:
    """In check mode, a report that would be requested has no id yet."""
    return (
        action == "pending"
        or requested.text("audit_report_status") == "CREATING"
        or (action == "created" and requested.text("audit_report_id") is None)
    )


def _counted(content: Entry) -> Counted | None:
    summary = content.part("summary")
    if summary is None:
        return None
    changes = content.part("changes")
    return Counted(
        issued=summary.count("issued"),
        own_certificates=summary.count("own_certificates"),
        valid=summary.count("valid"),
        expired=summary.count("expired"),
        revoked=summary.count("revoked"),
        revoked_by_reason=summary.counts("revoked_by_reason"),
        recently_revoked_by_reason=summary.counts("recently_revoked_by_reason"),
        issued_within=summary.counts("issued_within"),
        expiring_within=summary.counts("expiring_within"),
        by_template=summary.counts("by_template"),
        by_requesting_principal=summary.counts("by_requesting_principal"),
        issued_by_month=summary.counts("issued_by_month"),
        expiring_by_month=summary.counts("expiring_by_month"),
        first_issued_at=summary.time("first_issued_at"),
        last_issued_at=summary.time("last_issued_at"),
        unreadable=summary.count("unreadable"),
        next_to_expire=_certificate(summary.parts("next_to_expire"), "not_after"),
        changes={name: changes.count(name) for name in ("newly_issued", "newly_revoked", "newly_expired")}
        if changes
        else None,
    )


def _certificate(entries: list[Entry], time: str) -> Certificate | None:
    """The first of the list, which is the soonest, or the newest."""
    if not entries:
        return None
    first = entries[0]
    return Certificate(
        # A sentence holds it; what is longer is in the report.
        subject=first.text("subject", 80) or "without a subject",
        serial=first.text("serial", 80) or "unknown",
        time=first.time(time),
    )
