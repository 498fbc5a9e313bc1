# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small builders of what travels through the steps, for tests."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.options import AuditRequest
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.models import (
    AuditReport,
    CertificateAuthority,
    Scope,
    Selection,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import OWN_ACCOUNT, Account

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
BUCKET = "example-corp-pca-audit-reports"
CA_ID = "11223344-1234-1122-2233-112233445566"
ARN = f"arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/{CA_ID}"
OTHER_ARN = "arn:aws:acm-pca:eu-central-1:444455556666:certificate-authority/99887766-1234-1122-2233-112233445566"


def authority(status: str = "ACTIVE", arn: str = ARN) -> CertificateAuthority:
    return CertificateAuthority(parse_certificate_authority_arn(arn), status)


def report(
    age: float = 60, *, status: str = "SUCCESS", response_format: str = "JSON", name: str = "r1", arn: str = ARN
) -> AuditReport:
    ca_id = arn.rpartition("/")[2]
    return AuditReport(
        certificate_authority_arn=arn,
        audit_report_id=name,
        response_format=response_format,
        status=status,
        s3_bucket_name=BUCKET,
        s3_key=f"audit-report/{ca_id}/{name}.{response_format.lower()}",
        created_at=NOW - timedelta(seconds=age),
    )


def selection(arns: t.Sequence[str] | None = None, **regions_of: t.Mapping[str, bool]) -> Selection:
    """With the task's own credentials, or by roles in the accounts given (``a`` before the id)."""
    scopes = tuple(
        Scope(Account(name[1:], f"arn:aws:iam::{name[1:]}:role/Audit", role_session_name="test"), regions)
        for name, regions in regions_of.items()
    )
    return Selection(
        arns=None if arns is None else tuple(map(parse_certificate_authority_arn, arns)),
        scopes=scopes or (Scope(OWN_ACCOUNT, {"us-east-1": True}),),
        home_region="us-east-1",
        concurrency=4,
    )


def request(**changes: t.Any) -> AuditRequest:
    values: dict[str, t.Any] = {
        "selection": selection(changes.pop("arns", None)),
        "s3_bucket_name": BUCKET,
        "response_format": "JSON",
        "max_age": timedelta(seconds=1800),
        "force": False,
        "wait": True,
        "wait_timeout": 900,
        "wait_delay": 3,
        "use_record": True,
        "archive_bucket_name": None,
        "results_file": None,
        "check_mode": False,
        "mode": None,
    }
    values.update(changes)
    return AuditRequest(**values)
