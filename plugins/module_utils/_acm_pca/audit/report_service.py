# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two audit report calls of AWS Private CA. Does, and decides nothing."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ..._aws.errors import aws_errors
from ..._aws.times import to_utc
from ..arns import SERVICE, CertificateAuthorityArn
from ..models import CREATING, AuditReport

if t.TYPE_CHECKING:
    from ..._aws.accounts import Account
    from ..._aws.clients import Clients


class ReportService:
    """AWS Private CA, asked with the credentials for the account and in the region that a CA belongs to."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @aws_errors("request an audit report")
    def create(
        self,
        account: Account,
        arn: CertificateAuthorityArn,
        bucket: str,
        response_format: str,
        now: datetime,
        *,
        retry: bool,
    ) -> AuditReport:
        """Request a report. It is CREATING from now on.

        botocore does not repeat it: who repeats a request whose answer was lost has to know that it may have been
        carried out.

        :param retry: whether to repeat it while it is throttled. That may be the refusal of a second report, too,
            which no repetition helps.
        """
        client = self._clients.client(SERVICE, arn.region, repeat=False)
        with self._clients.acting_as(account):
            response = client.create_certificate_authority_audit_report(
                CertificateAuthorityArn=arn.text,
                S3BucketName=bucket,
                AuditReportResponseFormat=response_format,
                aws_retry=retry,
            )
        return AuditReport(
            certificate_authority_arn=arn.text,
            audit_report_id=response["AuditReportId"],
            response_format=response_format,
            status=CREATING,
            s3_bucket_name=bucket,
            s3_key=response["S3Key"],
            created_at=to_utc(now),
        )

    @aws_errors("describe the audit report")
    def refresh(
        self, account: Account, arn: CertificateAuthorityArn, report: AuditReport, *, retry: bool = True
    ) -> AuditReport | None:
        """The report as the service sees it now, or None if the service does not know it (any more).

        Where the service's time is earlier than the one that is known, it counts, so that a later run, which has the
        record and the file, says the same.

        :param retry: whether to repeat a request that failed for a moment, which takes up to a minute.
        """
        client = self._clients.client(SERVICE, arn.region)
        try:
            with self._clients.acting_as(account):
                response = client.describe_certificate_authority_audit_report(
                    CertificateAuthorityArn=arn.text, AuditReportId=report.audit_report_id, aws_retry=retry
                )
        except ClientError as e:
            if e.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        created_at = min(report.created_at, to_utc(response["CreatedAt"]))
        return dataclasses.replace(report, status=response["AuditReportStatus"], created_at=created_at)
