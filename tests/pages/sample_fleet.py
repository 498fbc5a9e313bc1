# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet as the modules would return it: 5 accounts, 40 CAs, and one of everything that can go wrong.

Made by arithmetic, so that it is the same in every run: numbers that a test compares, and pages that a person does.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
NAMES = {
    "111122223333": "platform-security",
    "222233334444": "payments-production",
    "333344445555": "logistics-production",
    "444455556666": "manufacturing",
    "555566667777": "sandbox",
}
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "us-west-2")
BUCKET = "example-corp-pca-audit-reports"
TEMPLATES = (
    "arn:aws:acm-pca:::template/EndEntityCertificate/V1",
    "arn:aws:acm-pca:::template/EndEntityClientAuthCertificate/V1",
    "arn:aws:acm-pca:::template/EndEntityServerAuthCertificate/V1",
    "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1",
    "none",
)
PURPOSES = ("Issuing", "Services", "Devices", "Workforce", "Ingress", "Partners", "Telemetry", "Code Signing")


@dataclasses.dataclass
class Fleet:
    """The results of the modules: what was made, what was read, and what rules found."""

    reports: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    contents: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    findings: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)

    def arguments(self) -> dict[str, t.Any]:
        """What fleet_document takes."""
        skipped = [{"account_id": "666677778888", "region": "eu-south-2", "reason": "It is not enabled."}]
        names = {(each["rule"], each["severity"]): None for each in self.findings}
        rules = [
            {
                "rule": rule,
                "severity": severity,
                "certificates": sum(each["count"] for each in self.findings if each["rule"] == rule),
                "short_lived": 12_000 if "expires" in rule else 0,
            }
            for rule, severity in names
        ]
        read = {"audit_reports": self.contents, "findings": self.findings, "findings_summary": rules}
        return {
            "results": [{**read, "regions_skipped": skipped}],
            "reports": [{"audit_reports": self.reports}],
        }


def iso(time: datetime) -> str:
    """As acm_pca_audit_report_info writes times."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def arn_of(account_id: str, region: str, number: int) -> str:
    """The ARN of the CA with a number."""
    return f"arn:aws:acm-pca:{region}:{account_id}:certificate-authority/{number:08x}-1234-4234-9234-{number:012x}"


def months_around(now: datetime, first: int, last: int) -> list[str]:
    """Months as they are in summaries, from ``first`` to ``last`` months after now."""
    numbers = [now.year * 12 + now.month - 1 + step for step in range(first, last + 1)]
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in numbers]


def summary_of(number: int, size: int, now: datetime = NOW) -> dict[str, t.Any]:
    """What is in a report: ``size`` scales it, ``number`` makes it differ from others."""
    expiring = {
        month: (size * (7 + (number * 5 + step * 3) % 11)) // (14 + 3 * step if step else 40)
        for step, month in enumerate(months_around(now, 0, 14))
    }
    valid = sum(expiring.values())
    expired, superseded = size * (3 + number % 4), size * (number % 3) // 4
    compromised = 2 if number % 13 == 4 else 0
    revoked = superseded + compromised
    issued = valid + expired + revoked
    monthly = months_around(now, -14, 0)
    by_month = {
        month: issued * (2 + step % 4 + (number * step) % 7 + step // 3) // 190 for step, month in enumerate(monthly)
    }
    by_month[monthly[0]] += issued - sum(by_month.values())
    soon = expiring[monthly[-1]] + expiring[months_around(now, 1, 1)[0]] * 2 // 3
    shares = (10, 5, 3, 1)
    by_template = {TEMPLATES[(number + place) % 5]: issued * share // 20 for place, share in enumerate(shares)}
    by_template[TEMPLATES[number % 5]] += issued - sum(by_template.values())
    by_acm = issued * (3 + number % 5) // 10
    due = now + timedelta(days=1 + number % 19, hours=3)
    compromise = now - timedelta(days=12 if number == 4 else 300)
    return {
        "issued": issued,
        "valid": valid,
        "expired": expired,
        "revoked": revoked,
        "revoked_by_reason": {
            reason: count for reason, count in (("SUPERSEDED", superseded), ("KEY_COMPROMISE", compromised)) if count
        },
        "expiring_within": {"30": soon, "60": soon + size // 4, "90": soon + size // 2},
        "by_template": by_template,
        "by_requesting_principal": {"acm.amazonaws.com": by_acm, "none": issued - by_acm},
        "first_issued_at": iso(now - timedelta(days=430)),
        "last_issued_at": iso(now - timedelta(hours=number)),
        "issued_by_month": by_month,
        "expiring_by_month": expiring,
        "issued_within": {"1": number % 5, "7": size // 9 + number % 5, "30": size // 4 + number % 5},
        "recently_revoked_by_reason": {"SUPERSEDED": superseded // 3} if superseded >= 3 else {},
        "next_to_expire": [certificate(number, due, "not_after")] if soon else [],
        "key_compromises": [certificate(number, compromise, "revoked_at")] if compromised else [],
        "unreadable": 3 if number == 17 else 0,
    }


def certificate(number: int, time: datetime, name: str) -> dict[str, t.Any]:
    """One that is singled out in a summary, or found by a rule."""
    return {
        "serial": f"4a:{number:02x}:9c:01",
        "subject": f"CN=service-{number}.example.com,O=Example Corp",
        "certificate_arn": "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/x/certificate/y",
        name: iso(time),
    }


def sample_fleet(now: datetime = NOW) -> Fleet:
    """5 accounts with 8 CAs each; what is special about a CA depends on its number."""
    fleet = Fleet()
    for number in range(40):
        account_id = list(NAMES)[number // 8]
        add_authority(fleet, number, account_id, REGIONS[number % 4], now)
    fleet.reports.insert(
        0,
        {
            "certificate_authority_arn": None,
            "account_id": "666677778888",
            "region": None,
            "certificate_authority_status": None,
            "action": "failed",
            "audit_report_id": None,
            "audit_report_status": None,
            "s3_bucket_name": BUCKET,
            "s3_key": None,
            "created_at": None,
            "age_seconds": None,
            "error": {
                "code": "AccessDenied",
                "message": "Failed to assume the role arn:aws:iam::666677778888:role/PrivateCAAudit. Its trust policy "
                "has to let the credentials of the task assume it.",
            },
        },
    )
    return fleet


def add_authority(fleet: Fleet, number: int, account_id: str, region: str, now: datetime = NOW) -> None:
    """Add the CA with a number to all three results."""
    arn = arn_of(account_id, region, number)
    status = {6: "EXPIRED", 14: "DISABLED", 21: "PENDING_CERTIFICATE", 30: "DELETED"}.get(number, "ACTIVE")
    remaining = {6: -9, 11: 64, 23: 21}.get(number, 700 + 37 * number)
    root = number % 8 == 0
    authority: dict[str, t.Any] = {
        "name": "Example Corp Root CA"
        if number == 0
        else f"Example Corp {'Root' if root else PURPOSES[number % 8]} CA {number // 8 + 1}",
        "type": "ROOT" if root else "SUBORDINATE",
        "usage_mode": "GENERAL_PURPOSE",
        "key_algorithm": ("EC_prime256v1", "RSA_2048", "EC_prime256v1", "ML_DSA_65")[number // 5 % 4],
        "status": status,
        "not_after": None if status == "PENDING_CERTIFICATE" else (now + timedelta(days=remaining)).isoformat(),
    }

    report_id = f"{number:08x}-0000-4000-8000-00000000000a"
    key = f"audit-report/{arn.rpartition('/')[2]}/{report_id}.json"
    created = now - timedelta(days=5 if number == 27 else 0, minutes=3 + 29 * number)
    made: dict[str, t.Any] = {
        "certificate_authority_arn": arn,
        "account_id": account_id,
        "account_name": NAMES.get(account_id),
        "region": region,
        "audit_report_id": report_id,
        "audit_report_response_format": "JSON",
        "s3_bucket_name": BUCKET,
        "s3_key": key,
        "created_at": iso(created),
        "age_seconds": int((now - created).total_seconds()),
    }
    nothing = dict.fromkeys(("audit_report_id", "s3_key", "created_at", "age_seconds"))
    action = "reused" if number % 3 else "created"
    report: dict[str, t.Any] = {
        **made,
        "certificate_authority_status": status,
        "action": action,
        "audit_report_status": "SUCCESS",
    }
    if status not in ("ACTIVE", "DISABLED"):
        report |= {**nothing, "action": "skipped", "audit_report_status": None}
    elif number == 19:
        message = (
            "AWS Private CA could not make the report. Its service principal needs s3:PutObject on "
            f"arn:aws:s3:::{BUCKET}/audit-report/*, and kms:GenerateDataKey on the key of the bucket."
        )
        report |= {"action": "failed", "audit_report_status": "FAILED"}
        report["error"] = {"code": "AuditReportFailed", "message": message}
    elif number == 33:
        report |= {"action": "pending", "audit_report_status": "CREATING"}
    fleet.reports.append(report)
    if report["action"] in ("skipped", "pending", "failed"):
        fleet.contents.append({**made, **nothing, "certificate_authority": authority})
        return
    made["certificate_authority"] = authority
    if number == 9:
        error = {"code": "AccessDenied", "message": f"Reading s3://{BUCKET}/{key} needs s3:GetObject and kms:Decrypt."}
        fleet.contents.append({**made, "error": error})
        return
    size = 4 if number % 8 == 0 else 24 + (number * 37) % 160
    changes = {"newly_issued": size // 3, "newly_revoked": number % 2, "newly_expired": size // 9}
    summary = summary_of(number, size, now)
    fleet.contents.append({**made, "size": 1000 * size, "summary": summary, "changes": changes})
    for rule, severity, name, found in (
        ("expires within 30 days", "warning", "not_after", summary["next_to_expire"]),
        ("key compromise", "critical" if number == 4 else "notice", "revoked_at", summary["key_compromises"]),
    ):
        if found:
            count = summary["expiring_within"]["30"] if name == "not_after" else 2
            place = {key: made[key] for key in ("certificate_authority_arn", "account_id", "region")}
            rows = [{"not_after": iso(now + timedelta(days=99)), **each} for each in found]
            fleet.findings.append(
                {
                    "rule": rule,
                    "severity": severity,
                    **place,
                    "count": count,
                    "short_lived": number,
                    "certificates": rows,
                }
            )
