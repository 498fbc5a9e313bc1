# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts about certificates, one by one, from the reports that were searched for them. Pure."""

from __future__ import annotations

import collections
import typing as t
from datetime import datetime, timedelta

from .._summary.attention import CRITICAL, NOTICE, RECENT, WARNING
from .._summary.input import Entry, SummaryError, entries_of, from_time
from .model import COMPROMISED, EXPIRING, UNREAD, UNTOLD, Alert, Certificate, name_of, of_authority, title_of
from .plan import AlertPlan

# The longest that a certificate of a CA for short-lived ones lasts.
SHORT_LIFE = timedelta(days=7)

# Less than it takes in most places to have a certificate issued and installed.
URGENT = timedelta(days=7)

_ARN_LIMIT = 512


def alerts_of_certificates(
    reports: t.Any, rows: t.Mapping[str | None, Entry], plan: AlertPlan, now: datetime
) -> tuple[list[Alert], set[str]]:
    """The alerts, and the ARNs of the CAs that were not searched whole.

    :param reports: the ``audit_reports`` of acm_pca_audit_report_info that the plan asked for, one after another.
    :param rows: the rows of the summary by the ARNs of their CAs.
    :raises SummaryError: a sentence about what was given.
    """
    alerts: list[Alert] = []
    answered: collections.Counter[str] = collections.Counter()
    troubled: set[str] = set()
    for report in entries_of(reports, "certificates", "the audit_reports that acm_pca_audit_report_info returned"):
        arn = report.text("certificate_authority_arn")
        row = rows.get(arn)
        if arn is None or row is None:
            continue
        answered[arn] += 1
        trouble = _trouble_of(report, row)
        if trouble:
            troubled.add(arn)
            alerts.append(trouble)
        found = (_of_certificate(each, row, plan.days.get(arn, 0), now) for each in report.parts("certificates"))
        alerts += filter(None, found)
    asked = collections.Counter([arn for _days, arns in plan.expiring for arn in arns] + list(plan.compromised))
    unanswered = {arn for arn, number in asked.items() if answered[arn] < number}
    for arn in unanswered - troubled:
        sentence = f"The certificates of {name_of(rows[arn])} could not be read."
        alerts.append(of_authority(rows[arn], CRITICAL, UNREAD, sentence))
    return alerts, troubled | unanswered


def _trouble_of(report: Entry, row: Entry) -> Alert | None:
    """Why not every certificate of a report is told."""
    error = report.part("error")
    name = name_of(row)
    if error:
        message = error.text("message", 600) or "No reason was given."
        return of_authority(row, CRITICAL, UNREAD, f"The certificates of {name} could not be read: {message}")
    if report.fields.get("truncated"):
        told, matched = len(report.parts("certificates")), report.count("matched")
        sentence = f"{name} has {matched:,} certificates that need attention, of which only {told:,} are listed."
        return of_authority(row, WARNING, UNTOLD, sentence)
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
        return of_authority(
            row, severity, COMPROMISED, sentence, due_at=certificate.revoked_at, certificate=certificate
        )
    if row.text("usage_mode") is None and _is_short_lived(entry, ends):
        # It is not known whether its CA is for those, but this one certainly is.
        return None
    severity = CRITICAL if ends - now <= URGENT else WARNING
    sentence = f"{name} expires on {ends:%Y-%m-%d}."
    return of_authority(
        row, severity, EXPIRING, sentence, due_at=certificate.not_after, certificate=certificate, days=days
    )


def _is_short_lived(entry: Entry, ends: datetime) -> bool:
    issued_at = entry.time("issued_at")
    return issued_at is not None and ends - issued_at <= SHORT_LIFE
