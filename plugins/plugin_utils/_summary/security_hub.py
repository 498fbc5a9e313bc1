# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that match a rule as findings for AWS Security Hub: what securityhub_findings takes. Pure.

Nothing in a finding depends on the day on which it is made, but its rule and severity: else every run would change it.
"""

from __future__ import annotations

import hashlib
import typing as t

from .._text import visible
from .alerts import Alert, alerts_of, title_of
from .attention import state_of
from .findings import CRITICAL, NOTICE, WARNING, finding_of
from .input import Entry, entries_of
from .rows import FAILED
from .stored_document import rows_of_summary

GENERATOR_ID = "cloudpki.aws/audit_reports"

_LONGEST_TITLE = 256
_LONGEST_DESCRIPTION = 1024
_LONGEST_ID = 512

# https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html#Severity
_SEVERITIES = {CRITICAL: "CRITICAL", WARNING: "MEDIUM", NOTICE: "LOW"}
_TYPE = "Software and Configuration Checks/Certificates/Audit Rule"
_REMEDIATION = "Request a new certificate for the same subject, and install it wherever this one is used."
_REMEDIATION_REVOKED = (
    "Find out where the certificate was used, and whether everybody who trusts it checks revocation. Replace the "
    "certificate and its key, and find out why it was revoked."
)


def security_hub_findings(summary: t.Any) -> dict[str, t.Any]:
    """The arguments of securityhub_findings: a finding for each certificate that matches a rule.

    ``purge_prefixes`` are of the CAs of which every certificate was looked at and listed: findings of others stay.

    :param summary: what the filter audit_summary made.
    :raises SummaryError: a sentence about what was given.
    """
    found: dict[str, dict[str, t.Any]] = {}
    for alert in alerts_of(summary):
        if alert.certificate is not None and alert.certificate_authority_arn:
            finding = _finding(alert)
            found.setdefault(finding["id"], finding)
    return {
        "generator_id": GENERATOR_ID,
        "findings": list(found.values()),
        "purge_prefixes": [f"{arn}/" for arn in complete_of(summary)],
    }


def complete_of(summary: t.Any) -> list[str]:
    """The CAs of which every certificate was looked at, and every one that matches a rule is listed."""
    unlisted = {
        finding.certificate_authority_arn
        for finding in map(finding_of, entries_of(summary.get("findings") or [], "summary.findings"))
        if finding.count > len(finding.certificates)
    }
    return sorted(
        arn
        for row in rows_of_summary(summary)
        for arn in [row.text("certificate_authority_arn")]
        if arn and arn not in unlisted and _is_complete(row)
    )


def _is_complete(row: Entry) -> bool:
    counts, report = row.part("counts"), row.part("report")
    if report and report.part("error") and report.text("state") != FAILED:
        return False
    # Rows that could not be read may be certificates of which there was a finding before.
    return counts is not None and not counts.count("unreadable")


def _finding(alert: Alert) -> dict[str, t.Any]:
    certificate = alert.certificate
    if certificate is None:
        raise ValueError(alert.kind)
    title = title_of(certificate)
    headline = f"{title} {state_of(certificate)}"
    happened = f'{state_of(certificate)} and matches the rule "{alert.rule}"'
    where = f"account {alert.account_id}" + (f" ({alert.account_name})" if alert.account_name else "")
    authority = alert.certificate_authority_name or alert.certificate_authority_arn
    description = (
        f"The certificate with the serial number {certificate.serial} and the subject "
        f"{certificate.subject or '(none)'} {happened}. It was issued by the private CA {authority} in {where}, region "
        f"{alert.region}."
    )
    details = {
        "CertificateAuthorityArn": alert.certificate_authority_arn,
        "CertificateAuthorityName": alert.certificate_authority_name,
        "AccountId": alert.account_id,
        "AccountName": alert.account_name,
        "Serial": certificate.serial,
        "Subject": certificate.subject,
        "IssuedAt": certificate.issued_at,
        "NotAfter": certificate.not_after,
        "RevokedAt": certificate.revoked_at,
        "RevocationReason": certificate.revocation_reason,
        "TemplateArn": certificate.template_arn,
        "RequestedByServicePrincipal": certificate.requested_by_service_principal,
        "Rule": alert.rule,
    }
    return {
        "id": _id(alert),
        "title": visible(headline, _LONGEST_TITLE),
        "description": visible(description, _LONGEST_DESCRIPTION),
        "severity": _SEVERITIES[alert.severity],
        "types": [_TYPE],
        "created_at": certificate.revoked_at or certificate.issued_at,
        "expires_at": certificate.not_after,
        "resources": [
            {
                "id": certificate.certificate_arn or _id(alert),
                "type": "Other",
                "region": alert.region,
                "details": {name: value for name, value in details.items() if value},
            }
        ],
        "product_fields": {
            "cloudpki.aws/CertificateAuthorityArn": alert.certificate_authority_arn or "",
            "cloudpki.aws/AccountId": alert.account_id or "",
            "cloudpki.aws/Rule": alert.rule or "",
        },
        "remediation": _REMEDIATION_REVOKED if certificate.revoked_at else _REMEDIATION,
    }


def _id(alert: Alert) -> str:
    """By the CA first, so that the findings of a CA are known by what their ids begin with."""
    arn, certificate = alert.certificate_authority_arn, alert.certificate
    name = certificate.certificate_arn if certificate else ""
    made = f"{name}/{alert.kind}"
    if name.startswith(f"{arn}/") and len(made) <= _LONGEST_ID:
        return made
    # Whatever a damaged report calls it.
    digest = hashlib.sha256(f"{name} {certificate.serial if certificate else ''}".encode()).hexdigest()
    return f"{arn}/certificate/{digest}/{alert.kind}"
