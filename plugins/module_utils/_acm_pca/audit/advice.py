# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why there is no new audit report and what to do about it, in sentences for people. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from ..._aws import advice
from ..._aws.errors import AWSError, Problem, is_denied, is_foreign, is_throttled
from ..._aws.times import to_text
from ..advice import bucket_advice
from ..arns import CertificateAuthorityArn
from ..models import REPORT_INTERVAL, AuditReport, CertificateAuthority


def explain_status(authority: CertificateAuthority) -> Problem:
    """Why a CA in this status gets no report."""
    return Problem(
        "InvalidStateException",
        f"The certificate authority is in the status {authority.status}; AWS Private CA makes audit reports only in "
        "the statuses ACTIVE and DISABLED.",
    )


def explain_interval(latest: AuditReport, reason: str) -> Problem:
    """A request that is refused because of a report in the last 30 minutes.

    :param reason: a clause that says why that report does not do.
    """
    return Problem(
        "ReportIntervalNotElapsed",
        "AWS Private CA makes at most one report per certificate authority every 30 minutes; the last one was "
        f"requested at {to_text(latest.created_at)}, and {reason}. A new report is possible from "
        f"{to_text(latest.next_possible_at)} on.",
    )


def explain_refusal(error: AWSError, now: datetime) -> Problem:
    """A refused request that may be the 30-minute rule, although no report younger than that is known."""
    if is_throttled(error):
        what_to_do = (
            "Other requests use up the request rate of the account in this region, or another report of "
            "this certificate authority was requested less than 30 minutes ago and is not in the bucket; run the task "
            f"again later, at the latest from {to_text(now + REPORT_INTERVAL)} on."
        )
    else:
        what_to_do = (
            "AWS Private CA makes at most one report per certificate authority every 30 minutes, whatever the bucket, "
            "and this bucket has none that young: somebody else may have requested one to another bucket, or one that "
            f"is not finished yet. If so, a new report is possible at {to_text(now + REPORT_INTERVAL)} at the latest."
        )
    return advice.explain(error, advice=what_to_do)


def explain_failed_report(arn: CertificateAuthorityArn, bucket: str, bucket_region: str | None) -> Problem:
    """A report that ended FAILED, for which the service gives no reason."""
    return Problem(
        "AuditReportFailed",
        "AWS Private CA could not make the report (status FAILED) and gives no reason. The most common reason is that "
        f"it may not write to the bucket. {bucket_advice(arn, bucket, bucket_region)}",
    )


def explain_timeout(report: AuditReport, wait_timeout: int) -> Problem:
    """A report that is not finished in time."""
    return Problem(
        "WaitTimeout",
        f"The report was not finished within wait_timeout ({wait_timeout} s); it is still {report.status}. Run the "
        "task again later, or with a longer wait_timeout: a report that is being made is waited for, not requested "
        "again.",
    )


def explain_not_requested(wait_timeout: int) -> Problem:
    """A request that was not sent in time, since the service takes one a second."""
    return Problem(
        "WaitTimeout",
        f"The report was not requested within wait_timeout ({wait_timeout} s), since AWS Private CA takes one request "
        "for a report per second in each account and region. Run the task again, or with a longer wait_timeout.",
    )


def explain_missing_file(report: AuditReport) -> Problem:
    """A report that the service will not repeat yet, and whose file somebody has removed."""
    return Problem(
        "AuditReportMissing",
        f"The last report ({report.s3_key}) is not in the bucket any more, and AWS Private CA makes one report per "
        f"certificate authority in 30 minutes. A new report is possible from {to_text(report.next_possible_at)} on.",
    )


def explain_not_copied(error: AWSError, archive: str, bucket: str) -> str:
    """A report that is not in the archive, which fails nothing.

    :param archive: the name of the archive.
    :param bucket: the name of the report bucket.
    """
    problem = advice.explain(error, advice=_archive_advice(error, archive, bucket))
    return f"{problem.message} The report itself is not affected, and the next run tries again to copy it."


def explain_nothing_to_copy() -> str:
    """A report whose file somebody has removed just now."""
    return "The report was not copied to the archive, because its file is not in the bucket any more."


def _archive_advice(error: AWSError, archive: str, bucket: str) -> str | None:
    if is_foreign(error):
        return None
    if error.code == "NoSuchBucket":
        return (
            "Create the archive with cloudpki.aws.acm_pca_audit_report_bucket (purpose=archive), or correct "
            "archive_bucket_name."
        )
    if error.code in ("412", "PreconditionFailed"):
        return "Another object has taken the place of the report in the bucket while it was copied."
    if not is_denied(error):
        return None
    explicit = advice.explicit_deny(error, f"the bucket '{archive}' or '{bucket}', or of a KMS key,")
    if explicit:
        return explicit
    # Where S3 says what is missing, it may be about either bucket or its key.
    named = re.search(r"\b(?:kms|s3):\w+", error.aws_message)
    usual = {"HeadObject": "s3:GetObject", "ListObjectsV2": "s3:ListBucket"}.get(error.operation or "", "s3:PutObject")
    return (
        f"The operation needs {named.group() if named else usual}. To archive reports, the credentials of this task "
        f"need s3:ListBucket on '{archive}', s3:GetObject and s3:PutObject on audit-report/* in it, and s3:GetObject "
        f"on audit-report/* in '{bucket}'; with KMS keys also kms:GenerateDataKey and kms:Decrypt on the key of "
        f"'{archive}', and kms:Decrypt on that of '{bucket}'. Without s3:ListBucket, S3 also answers 403 for an object "
        "that is not there."
    )
