# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row per CA: what three modules say of it, put together. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import COMPROMISES

from .._text import visible
from .input import MESSAGE_LIMIT, NAME_LIMIT, Entry, SummaryError, entries_of, from_time

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

# What a CA is called by, best first: members of ASN1Subject, which has a common name in nearly every case.
# https://docs.aws.amazon.com/privateca/latest/APIReference/API_ASN1Subject.html
_NAMES = ("common_name", "organizational_unit", "organization")


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why something is not known."""

    code: str
    message: str


@dataclasses.dataclass(frozen=True)
class Certificate:
    """One that is singled out: the next to expire, or one whose key was compromised."""

    subject: str
    serial: str
    time: datetime | None


@dataclasses.dataclass(frozen=True)
class Counted:
    """What is in a report."""

    issued: int
    valid: int
    expired: int
    revoked: int
    revoked_by_reason: dict[str, int]
    expiring_within: dict[str, int]
    by_template: dict[str, int]
    by_requesting_principal: dict[str, int]
    issued_by_month: dict[str, int]
    expiring_by_month: dict[str, int]
    first_issued_at: datetime | None
    last_issued_at: datetime | None
    unreadable: int
    next_to_expire: Certificate | None
    last_compromise: Certificate | None
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
    reports: t.Any, contents: t.Any, authorities: t.Any, names: t.Any, now: datetime, stale_after: timedelta
) -> tuple[list[Row], list[Unreachable]]:
    """All CAs, ordered by ARN, and what could not be read. :raises SummaryError: about what was given."""
    given_reports = entries_of(reports, "reports", "the audit_reports that acm_pca_audit_report returned")
    given_contents = entries_of(contents, "contents", "the audit_reports that acm_pca_audit_report_info returned")
    given = entries_of(
        authorities, "authorities", "the certificate_authorities that acm_pca_certificate_authority_info returned"
    )
    account_names = _names(names)

    unreachable: dict[tuple[str | None, str | None], Unreachable] = {}
    for entry in [*given_reports, *given_contents]:
        if not entry.text("certificate_authority_arn"):
            failed = _unreachable(entry, account_names)
            # Both modules look at the same accounts, and fail at the same.
            unreachable.setdefault((failed.account_id, failed.region), failed)

    by_arn = [_by_arn(entries) for entries in (given_reports, given_contents, given)]
    rows = [
        _row(
            arn, by_arn[0].get(arn, []), by_arn[1].get(arn, []), by_arn[2].get(arn, []), account_names, now, stale_after
        )
        for arn in sorted(set().union(*by_arn))
    ]
    return rows, [unreachable[key] for key in sorted(unreachable, key=lambda key: (key[0] or "", key[1] or ""))]


def _names(names: t.Any) -> dict[str, str]:
    if names is None:
        return {}
    if not isinstance(names, t.Mapping):
        raise SummaryError(f"names is of the type {type(names).__name__}, not a dictionary of names by account ids.")
    # An id that a playbook wrote without quotes is a number; one that starts with a zero would have lost it.
    return {str(key).rjust(12, "0"): visible(str(name), NAME_LIMIT) for key, name in names.items() if name}


def _by_arn(entries: t.Iterable[Entry]) -> dict[str, list[Entry]]:
    result: dict[str, list[Entry]] = {}
    for entry in entries:
        arn = entry.text("certificate_authority_arn")
        if arn:
            result.setdefault(arn, []).append(entry)
    return result


def _unreachable(entry: Entry, names: t.Mapping[str, str]) -> Unreachable:
    problem = _problem(entry)
    if problem is None:
        raise SummaryError(f"{entry.place} has neither a certificate_authority_arn nor an error.")
    account_id = entry.text("account_id")
    return Unreachable(account_id, names.get(account_id or ""), entry.text("region"), problem)


def _problem(entry: Entry | None) -> Problem | None:
    error = entry.part("error") if entry else None
    if error is None:
        return None
    return Problem(error.text("code") or "Unknown", error.text("message", MESSAGE_LIMIT) or "No reason was given.")


def _row(
    arn: str,
    reports: list[Entry],
    contents: list[Entry],
    authorities: list[Entry],
    names: t.Mapping[str, str],
    now: datetime,
    stale_after: timedelta,
) -> Row:
    requested = reports[-1] if reports else None
    readable = [entry for entry in contents if entry.part("error") is None]
    content = max(readable, key=_age_key, default=contents[-1] if contents else None)
    authority = authorities[-1] if authorities else None

    # arn:<partition>:acm-pca:<region>:<account>:certificate-authority/<id>
    parts = [*arn.split(":"), *[""] * 6]
    first = authority or requested or content or Entry({}, arn)
    account_id = first.text("account_id") or parts[4]
    status = authority.text("status") if authority else None
    if status is None and requested:
        status = requested.text("certificate_authority_status")

    configuration = authority.part("certificate_authority_configuration") if authority else None
    return Row(
        certificate_authority_arn=arn,
        account_id=account_id,
        account_name=names.get(account_id),
        region=first.text("region") or parts[3],
        name=_name(configuration),
        type=authority.text("type") if authority else None,
        usage_mode=authority.text("usage_mode") if authority else None,
        key_algorithm=configuration.text("key_algorithm") if configuration else None,
        status=status,
        not_after=authority.time("not_after") if authority else None,
        report=_report(requested, content, status, now, stale_after),
        counted=_counted(content) if content and content.part("error") is None else None,
    )


def _age_key(entry: Entry) -> str:
    return from_time(entry.time("created_at")) or ""


def _name(configuration: Entry | None) -> str | None:
    subject = configuration.part("subject") if configuration else None
    if subject is None:
        return None
    return next((found for found in map(subject.text, _NAMES) if found), None)


def _report(
    requested: Entry | None, content: Entry | None, status: str | None, now: datetime, stale_after: timedelta
) -> Report:
    unreadable = _problem(content)
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
        error=failure or unreadable,
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
        valid=summary.count("valid"),
        expired=summary.count("expired"),
        revoked=summary.count("revoked"),
        revoked_by_reason=summary.counts("revoked_by_reason"),
        expiring_within=summary.counts("expiring_within"),
        by_template=summary.counts("by_template"),
        by_requesting_principal=summary.counts("by_requesting_principal"),
        issued_by_month=summary.counts("issued_by_month"),
        expiring_by_month=summary.counts("expiring_by_month"),
        first_issued_at=summary.time("first_issued_at"),
        last_issued_at=summary.time("last_issued_at"),
        unreadable=summary.count("unreadable"),
        next_to_expire=_certificate(summary.parts("next_to_expire"), "not_after"),
        last_compromise=_certificate(summary.parts("key_compromises"), "revoked_at"),
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
