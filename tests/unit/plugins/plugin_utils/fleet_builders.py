# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet as the modules return it, for the tests of its summary."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Entry = dict[str, t.Any]


def arn(number: int, account: int = 1, region: str = "eu-central-1") -> str:
    return f"arn:aws:acm-pca:{region}:{account:012d}:certificate-authority/{number:08d}-1111-2222-3333-444444444444"


def authority(
    number: int, name: str = "Issuing CA", account: int = 1, days: int = 3650, status: str = "ACTIVE"
) -> Entry:
    return {
        "certificate_authority_arn": arn(number, account),
        "account_id": f"{account:012d}",
        "region": "eu-central-1",
        "status": status,
        "type": "SUBORDINATE",
        "not_after": (NOW + timedelta(days=days)).isoformat(),
        "certificate_authority_configuration": {"subject": {"common_name": name}},
    }


def report(number: int, account: int = 1, action: str = "reused", age: int = 3600, error: str | None = None) -> Entry:
    made = action != "failed"
    entry: Entry = {
        "certificate_authority_arn": arn(number, account),
        "account_id": f"{account:012d}",
        "region": "eu-central-1",
        "certificate_authority_status": "ACTIVE",
        "action": action,
        "audit_report_id": f"report-{number}" if made else None,
        "audit_report_status": "SUCCESS" if made else None,
        "created_at": (NOW - timedelta(seconds=age)).isoformat() if made else None,
        "age_seconds": age if made else None,
        "s3_bucket_name": "audits",
        "s3_key": f"audit-report/{number}/report-{number}.json" if made else None,
    }
    return {**entry, "error": {"code": "X", "message": error}} if error else entry


def content(number: int, account: int = 1, **changes: t.Any) -> Entry:
    summary = {
        "issued": 10,
        "valid": 6,
        "expired": 3,
        "revoked": 1,
        "revoked_by_reason": {"SUPERSEDED": 1},
        "expiring_within": {"30": 0, "60": 1, "90": 2},
        "by_template": {"arn:aws:acm-pca:::template/EndEntityCertificate/V1": 7, "none": 3},
        "by_requesting_principal": {"acm.amazonaws.com": 4, "none": 6},
        "first_issued_at": "2026-01-02T03:04:05Z",
        "last_issued_at": "2026-10-02T03:04:05Z",
        "issued_by_month": {"2026-01": 4, "2026-10": 6},
        "expiring_by_month": {"2026-11": 1, "2027-10": 4, "2031-01": 1},
        "next_to_expire": [],
        "key_compromises": [],
        "unreadable": 0,
    }
    return {**report(number, account), "summary": {**summary, **changes}}
