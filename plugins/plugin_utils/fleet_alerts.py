# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody has to be told of: what needs attention in the fleet, and each certificate that does. Pure."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import typing as t
from datetime import datetime, timedelta

from .alert_plan import AlertPlan, rows_of_summary
from .fleet_attention import CRITICAL, NOTICE, RECENT, SEVERITIES, WARNING
from .fleet_rows import CURRENT, NOT_POSSIBLE, PENDING, STALE
from .hostile_text import visible
from .summary_input import Entry, SummaryError, entries_of, from_time, to_time

EXPIRING, COMPROMISED, UNREAD, UNTOLD, UNKNOWN, ABSENT = (
    "certificate_expiring",
    "certificate_compromised",
    "certificates_unread",
    "certificates_untold",
    "authority_unknown",
    "host_absent",
)

# Of reports in other states, the summary says itself why nothing is known of them.
_READABLE = frozenset({CURRENT, STALE, NOT_POSSIBLE, PENDING})

# What the summary says of a CA's certificates all together is said here of each of them.
_TOLD_ONE_BY_ONE = frozenset({"certificates_expiring", "key_compromise"})

# The longest that a certificate of a CA for short-lived ones lasts.
SHORT_LIFE = timedelta(days=7)

# Less than it takes in most places to have a certificate issued and installed.
URGENT = timedelta(days=7)

_SUBJECT_LIMIT = 120
_ARN_LIMIT = 512


@dataclasses.dataclass(frozen=True)
class Certificate:
    """The certificate that an alert is about; texts are visible and cut, times are ISO 8601 in UTC."""

    certificate_arn: str
    serial: str
    subject: str | None
    issued_at: str | None
    not_after: str
    revoked_at: str | None
    revocation_reason: str | None
    template_arn: str | None
    requested_by_service_principal: str | None


@dataclasses.dataclass(frozen=True)
class Alert:
    """One thing to tell. ``due_at``: when it happens or happened. ``days``: how long before it was to be told."""

    severity: str
    kind: str
    sentence: str
    certificate_authority_arn: str | None
    certificate_authority_name: str | None
    account_id: str | None
    account_name: str | None
    region: str | None
    due_at: str | None
    certificate: Certificate | None = None
    days: int | None = None

    @property
    def id(self) -> str:
        """What it is known by in another run, whatever it says then."""
        place = [
            self.kind,
            self.certificate_authority_arn or self.certificate_authority_name,
            self.account_id,
            self.region,
        ]
        certificate = [self.certificate.certificate_arn, self.certificate.serial] if self.certificate else []
        return hashlib.sha256(json.dumps(place + certificate).encode("ascii")).hexdigest()[:16]

    def to_dict(self) -> dict[str, t.Any]:
        """As the filter returns it."""
        return {"id": self.id, **dataclasses.asdict(self)}


@dataclasses.dataclass(frozen=True)
class Alerts:
    """``alerts``: the most urgent first. ``complete``: ARNs of the CAs of which all certificates were looked at."""

    alerts: t.Sequence[Alert]
    complete: t.Sequence[str]


def alerts_of(
    summary: t.Any, plan: AlertPlan, certificates: t.Any, failures: t.Any = (), absent: t.Iterable[t.Any] = ()
) -> Alerts:
    """Everything that somebody has to be told of.

    :param summary: what the filter audit_summary made. Its time is now.
    :param plan: of the same summary.
    :param certificates: the ``audit_reports`` of acm_pca_audit_report_info that the plan asked for, one after another.
    :param failures: those of acm_pca_certificate_authority_info.
    :param absent: the names of hosts whose accounts nobody has results of.
    :raises SummaryError: a sentence about what was given.
    """
    rows = {row.text("certificate_authority_arn"): row for row in rows_of_summary(summary)}
    now = _now(summary)
    alerts = [
        _of_attention(entry, rows)
        for entry in entries_of(summary.get("attention") or [], "summary.attention")
        if entry.text("kind") not in _TOLD_ONE_BY_ONE
    ]
    reasons = _reasons(failures)
    alerts += [_of_unknown(rows[arn], plan.days[arn], reasons) for arn in plan.unknown]
    alerts += [_of_absent(visible(str(host), _SUBJECT_LIMIT)) for host in absent]
    alerts += [
        _of_row(row, CRITICAL, UNREAD, f"{name_of(row)} has an audit report that nobody has read.")
        for row in rows.values()
        if row.part("counts") is None and _has_report(row)
    ]
    readings: collections.Counter[str] = collections.Counter()
    incomplete: set[str] = set()
    for report in entries_of(certificates, "certificates", "the audit_reports that acm_pca_audit_report_info returned"):
        arn = report.text("certificate_authority_arn")
        row = rows.get(arn)
        if arn is None or row is None:
            continue
        readings[arn] += 1
        trouble = _trouble_of(report, row)
        if trouble:
            incomplete.add(arn)
            alerts.append(trouble)
        for entry in report.parts("certificates"):
            alert = _of_certificate(entry, row, plan.days.get(arn, 0), now)
            if alert:
                alerts.append(alert)
    # Rows that could not be read may be certificates of which there was an alert before, and so may certificates that
    # are looked for in fewer days than tags would say that nobody could read.
    unread = {arn for arn, row in rows.items() if arn and (row.part("counts") or row).count("unreadable")}
    asked = collections.Counter([arn for _days, arns in plan.expiring for arn in arns] + list(plan.compromised))
    unanswered = {arn for arn, number in asked.items() if readings[arn] < number}
    alerts += [
        _of_row(rows[arn], CRITICAL, UNREAD, f"The certificates of {name_of(rows[arn])} could not be looked at.")
        for arn in unanswered - incomplete
    ]
    complete = set(plan.days) - incomplete - unread - unanswered - set(plan.unknown)
    # Both searches of a CA may fail for the same reason.
    by_id = {alert.id: alert for alert in sorted(alerts, key=_order, reverse=True)}
    return Alerts(sorted(by_id.values(), key=_order), sorted(complete))


def _order(alert: Alert) -> tuple[int, bool, str, str]:
    # What is wrong with CAs and accounts comes before single certificates.
    return (SEVERITIES.index(alert.severity), alert.certificate is not None, alert.due_at or "~", alert.id)


def _now(summary: t.Mapping[str, t.Any]) -> datetime:
    try:
        return to_time(summary["generated_at"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SummaryError("summary.generated_at is not a time such as 2026-03-02T21:43:57Z.") from None


def _of_attention(entry: Entry, rows: t.Mapping[str | None, Entry]) -> Alert:
    severity = entry.text("severity")
    if severity not in SEVERITIES:
        raise SummaryError(f"{entry.place}.severity is none of {', '.join(SEVERITIES)}.")
    arn = entry.text("certificate_authority_arn")
    row = rows.get(arn) or Entry({}, entry.place)
    return Alert(
        severity=severity,
        kind=entry.text("kind") or "unknown",
        sentence=entry.text("sentence", 1024) or "",
        certificate_authority_arn=arn,
        certificate_authority_name=row.text("name"),
        account_id=entry.text("account_id"),
        account_name=row.text("account_name"),
        region=entry.text("region"),
        due_at=entry.text("due_at"),
    )


def _of_row(row: Entry, severity: str, kind: str, sentence: str, **more: t.Any) -> Alert:
    return Alert(
        severity=severity,
        kind=kind,
        sentence=sentence,
        certificate_authority_arn=row.text("certificate_authority_arn"),
        certificate_authority_name=row.text("name"),
        account_id=row.text("account_id"),
        account_name=row.text("account_name"),
        region=row.text("region"),
        **{"due_at": None, **more},
    )


_Place = tuple[t.Optional[str], t.Optional[str], t.Optional[str]]


def _reasons(failures: t.Any) -> dict[_Place, str]:
    """Why something is not known, by CA, by region and account, or by account."""
    found: dict[_Place, str] = {}
    for entry in entries_of(failures, "failures", "the failures that acm_pca_certificate_authority_info returned"):
        error = entry.part("error")
        place = (entry.text("certificate_authority_arn"), entry.text("account_id"), entry.text("region"))
        found[place] = (error.text("message", 600) if error else None) or "No reason was given."
    return found


def _of_unknown(row: Entry, days: int, reasons: t.Mapping[_Place, str]) -> Alert:
    arn, account, region = (row.text(name) for name in ("certificate_authority_arn", "account_id", "region"))
    places: list[_Place] = [(arn, account, region), (None, account, region), (None, account, None), (None, None, None)]
    reason = next((reasons[place] for place in places if place in reasons), "No reason was given.")
    sentence = (
        f"Neither the tags nor the usage mode of {name_of(row)} are known, so that its certificates are told of "
        f"{days} days before they expire: {reason}"
    )
    return _of_row(row, WARNING, UNKNOWN, sentence)


def _of_absent(host: str) -> Alert:
    sentence = f"The audit of the host {host} did not come to its end, and nothing is known of its accounts."
    return Alert(CRITICAL, ABSENT, sentence, None, host, None, None, None, None)


def _has_report(row: Entry) -> bool:
    report = row.part("report")
    return report is not None and report.text("s3_key") is not None and report.text("state") in _READABLE


def _trouble_of(report: Entry, row: Entry) -> Alert | None:
    """Why not every certificate of a report is told."""
    error = report.part("error")
    name = name_of(row)
    if error:
        message = error.text("message", 600) or "No reason was given."
        return _of_row(row, CRITICAL, UNREAD, f"The certificates of {name} could not be looked at: {message}")
    if report.fields.get("truncated"):
        told, matched = len(report.parts("certificates")), report.count("matched")
        sentence = f"{name} has {matched:,} certificates that need attention, of which only {told:,} are told."
        return _of_row(row, WARNING, UNTOLD, sentence)
    return None


def _of_certificate(entry: Entry, row: Entry, days: int, now: datetime) -> Alert | None:
    ends, revoked_at = entry.time("not_after"), entry.time("revoked_at")
    if ends is None:
        raise SummaryError(f"{entry.place}.not_after is missing.")
    if ends <= now:
        # Nobody can use it any more, whoever has its key.
        return None
    certificate = Certificate(
        certificate_arn=entry.text("certificate_arn", _ARN_LIMIT) or "",
        serial=entry.text("serial") or "unknown",
        subject=entry.text("subject"),
        issued_at=from_time(entry.time("issued_at")),
        not_after=from_time(ends) or "",
        revoked_at=from_time(revoked_at),
        revocation_reason=entry.text("revocation_reason"),
        template_arn=entry.text("template_arn"),
        requested_by_service_principal=entry.text("requested_by_service_principal"),
    )
    name = f"{title_of(certificate)}, issued by {name_of(row)},"
    if revoked_at:
        severity = CRITICAL if now - revoked_at <= RECENT else NOTICE
        sentence = f"{name} was revoked on {revoked_at:%Y-%m-%d} because a private key was compromised."
        return _of_row(row, severity, COMPROMISED, sentence, due_at=certificate.revoked_at, certificate=certificate)
    if row.text("usage_mode") is None and _is_short_lived(entry, ends):
        # It is not known whether its CA is for those, but this one certainly is.
        return None
    severity = CRITICAL if ends - now <= URGENT else WARNING
    sentence = f"{name} expires on {ends:%Y-%m-%d}."
    return _of_row(row, severity, EXPIRING, sentence, due_at=certificate.not_after, certificate=certificate, days=days)


def _is_short_lived(entry: Entry, ends: datetime) -> bool:
    issued_at = entry.time("issued_at")
    return issued_at is not None and ends - issued_at <= SHORT_LIFE


def title_of(certificate: Certificate) -> str:
    """What people call a certificate."""
    return visible(
        certificate.subject or f"the certificate with the serial number {certificate.serial}", _SUBJECT_LIMIT
    )


def name_of(row: Entry) -> str:
    """What people call a CA."""
    arn = row.text("certificate_authority_arn") or ""
    return visible(row.text("name") or f"the certificate authority {arn.rpartition('/')[2]}", _SUBJECT_LIMIT)
