# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts of certificates as findings for AWS Security Hub: what securityhub_findings takes. Pure.

Nothing in a finding depends on the day on which it is made, but its severity: else every run would change it.
"""

from __future__ import annotations

import hashlib
import typing as t
from datetime import timedelta

from .._summary.attention import CRITICAL
from .._summary.input import from_time, to_time
from .._text import visible
from .model import COMPROMISED, EXPIRING, Alert, title_of

GENERATOR_ID = "cloudpki.aws/audit_reports"

_LONGEST_TITLE = 256
_LONGEST_DESCRIPTION = 1024
_LONGEST_ID = 512

_TYPES = {
    EXPIRING: "Software and Configuration Checks/Certificates/Expiry",
    COMPROMISED: "Software and Configuration Checks/Certificates/Key Compromise",
}
_REMEDIATION = {
    EXPIRING: "Request a new certificate for the same subject, and install it wherever this one is used.",
    COMPROMISED: (
        "Find out where the certificate was used, and whether everybody who trusts it checks revocation. Replace the "
        "key everywhere, and find out how it was compromised."
    ),
}


def findings_of(alerts: t.Iterable[Alert]) -> list[dict[str, t.Any]]:
    """One finding for each alert that is about a certificate."""
    found = {}
    for alert in alerts:
        if alert.certificate is not None:
            finding = _finding(alert)
            found[finding["id"]] = finding
    return list(found.values())


def prefixes_of(certificate_authority_arns: t.Iterable[str]) -> list[str]:
    """What the ids of all findings about certificates of these CAs begin with."""
    return [f"{arn}/" for arn in certificate_authority_arns]


def _finding(alert: Alert) -> dict[str, t.Any]:
    certificate = alert.certificate
    if certificate is None or alert.kind not in _TYPES:
        raise ValueError(alert.kind)
    title = title_of(certificate)
    if alert.kind == COMPROMISED:
        severity = "HIGH"
        happened = f"was revoked for {certificate.revocation_reason}"
        headline = f"The key of {title} was compromised"
        created_at = certificate.revoked_at
    else:
        severity = "HIGH" if alert.severity == CRITICAL else "MEDIUM"
        happened = f"expires on {certificate.not_after} and was not replaced"
        headline = f"{title} expires on {certificate.not_after[:10]}"
        created_at = _noticed_at(alert)
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
    }
    return {
        "id": _id(alert),
        "title": visible(headline, _LONGEST_TITLE),
        "description": visible(description, _LONGEST_DESCRIPTION),
        "severity": severity,
        "types": [_TYPES[alert.kind]],
        "created_at": created_at,
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
            "cloudpki.aws/Kind": alert.kind,
        },
        "remediation": _REMEDIATION[alert.kind],
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


def _noticed_at(alert: Alert) -> str | None:
    """When it came into the days before its end, but not before it was issued."""
    certificate = alert.certificate
    if certificate is None:
        return None
    try:
        noticed = from_time(to_time(certificate.not_after) - timedelta(days=alert.days or 0))
    except OverflowError:
        return certificate.issued_at
    return max(filter(None, [noticed, certificate.issued_at]), default=None)
