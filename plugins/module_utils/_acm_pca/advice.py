# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong and what to do about it, in sentences for people. Pure."""

from __future__ import annotations

import json
import re
import typing as t
from datetime import datetime

from .._aws.errors import NoAWSAnswer, PrivateCAError, is_transient
from .arns import CertificateAuthorityArn
from .audit.plan import is_bucket_refusal
from .models import REPORT_INTERVAL, Account, AuditReport, Problem, to_text

SERVICE_PRINCIPAL = "acm-pca.amazonaws.com"

_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"})
_BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NO_CREDENTIALS = frozenset(
    {
        "CredentialRetrievalError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
_S3_ACTIONS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
}


def explain(
    error: PrivateCAError,
    *,
    arn: CertificateAuthorityArn | None = None,
    bucket: str | None = None,
    account: Account | None = None,
    region: str | None = None,
    writes: bool = True,
) -> Problem:
    """The error's own code and words, and what to do about it.

    :param arn: the CA that the failed request was about, if it was about one.
    :param bucket: the report bucket.
    :param account: the account that the request was made in.
    :param region: the region that was listed, if that was what failed.
    :param writes: whether the task writes to the bucket.
    """
    if error.operation == "AssumeRole" and account:
        return _problem(error, _role_advice(error, account))
    if region and (error.code in _BAD_CREDENTIALS or error.code == "OptInRequired"):
        return _problem(
            error,
            f"Probably the account has not enabled the region {region}, where AWS then knows none of its credentials; "
            "enable the region for the account, or leave it out of regions.",
        )
    if region and "service control policy" in error.aws_message:
        return _problem(error, f"The organization forbids the account the region {region}; leave it out of regions.")
    return _problem(error, _advice(error, arn, bucket, writes))


def explain_unlisted_account(arn: CertificateAuthorityArn) -> Problem:
    """A CA of an account that the task does not list."""
    return Problem(
        "AccountNotListed",
        f"The certificate authority belongs to account {arn.account_id}, and no entry of accounts has a role in "
        "it; only the owner of a certificate authority can make its audit reports, so add a role of that account.",
    )


def explain_refusal(error: PrivateCAError, rate_limited: bool, now: datetime) -> Problem:
    """A refused request that may be the 30-minute rule, although no report younger than that is known.

    :param rate_limited: whether it may as well be the request rate.
    """
    if rate_limited:
        return _problem(
            error,
            "The request rate of the account in this region was used up by others all the time, or another report of "
            "this certificate authority was requested less than 30 minutes ago and is not in the bucket; run the task "
            f"again later, at the latest from {to_text(now + REPORT_INTERVAL)} on.",
        )
    return _problem(
        error,
        "AWS Private CA makes one report per certificate authority in 30 minutes, and none that young is in the "
        "bucket: perhaps somebody else requested one that is still being made, or one to another bucket. If so, a new "
        f"report is possible from {to_text(now + REPORT_INTERVAL)} on at the latest.",
    )


def explain_failed_report(arn: CertificateAuthorityArn, bucket: str) -> Problem:
    """A report that ended FAILED, for which the service gives no reason."""
    return Problem(
        "AuditReportFailed",
        "AWS Private CA could not make the report (status FAILED) and gives no reason. Most often it may not write to "
        f"the bucket. {_bucket_advice(arn, bucket)}",
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


def bucket_policy_statement(arn: CertificateAuthorityArn, bucket: str) -> dict[str, t.Any]:
    """The bucket policy statement that lets the service write the reports of the CA's account.

    https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html#s3-access
    """
    return {
        "Sid": f"PrivateCAAuditReports{arn.account_id}",
        "Effect": "Allow",
        "Principal": {"Service": SERVICE_PRINCIPAL},
        "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
        "Resource": [f"arn:{arn.partition}:s3:::{bucket}/*", f"arn:{arn.partition}:s3:::{bucket}"],
        "Condition": {"StringEquals": {"aws:SourceAccount": arn.account_id}},
    }


def unexpected(error: Exception) -> Problem:
    """A fault of this collection's own: told for one CA, so that the others are not lost with it."""
    return Problem(type(error).__name__, f"Unexpected failure, please report it: {clean(str(error))}.")


def clean(text: str) -> str:
    """Text from outside, fit to be shown: one line of printable characters, without what may be secret.

    The lines after the first of a signature error repeat the signed request, session token included.
    """
    if "nvalid header value" in text:
        # Quoted in it is a credential with a line break, in a spelling that Ansible does not know for a secret.
        return "A credential or another value that is sent in a header contains a line break"
    first_line = text.strip().split("\n", 1)[0]
    printable = "".join(character if character.isprintable() else " " for character in first_line)
    without_password = re.sub(r"//[^/@\s]+@", "//", printable)
    return without_password if len(without_password) <= 600 else without_password[:600] + "..."


def _problem(error: PrivateCAError, advice: str) -> Problem:
    words = [(error.message or "").rstrip(".:")]
    if error.operation is not None:
        words.append(error.code)
    if error.exception is not None:
        words.append(clean(error.aws_message).rstrip(".:"))
    return Problem(error.code, f"{': '.join(word for word in words if word)}. {advice}".strip())


def _advice(error: PrivateCAError, arn: CertificateAuthorityArn | None, bucket: str | None, writes: bool = True) -> str:
    code = error.code
    # HEAD requests have no body, so there AWS's own answers have nothing but a status either.
    no_code = error.operation not in (None, "HeadObject") and (code == "Unknown" or code.isdigit())
    if no_code or isinstance(error.exception, NoAWSAnswer):
        return "Check endpoint_url, and the proxies between the host that runs the module and AWS."
    if code in _DENIED:
        return _denied_advice(error, arn, bucket, writes)
    if code in _BAD_CREDENTIALS:
        return (
            "Check the credentials: AWS does not know the access key, or the secret or the session token is wrong or "
            "has expired."
        )
    if code in _NO_CREDENTIALS:
        return (
            "Give credentials to the host that runs the module: profile, or access_key and secret_key, or the usual "
            "AWS environment variables, files or instance role."
        )
    if code == "NoSuchBucket":
        return "Create the bucket first, or correct s3_bucket_name."
    if arn and bucket and is_bucket_refusal(code, error.aws_message):
        return _bucket_advice(arn, bucket)
    if code == "ResourceNotFoundException" and arn:
        return (
            f"There is no such certificate authority in account {arn.account_id}, region {arn.region}, or the "
            "credentials are another account's; check the ARN. A deleted one is gone for good after its restoration "
            "period."
        )
    if (error.operation is None and is_transient(error)) or code in ("SSLError", "ProxyConnectionError"):
        return (
            "Check the region, the network, proxy and certificates of the host that runs the module, and endpoint_url."
        )
    if is_transient(error) or code == "RequestFailedException":
        return "AWS could not carry out the request just now; run the task again later."
    return ""


def _role_advice(error: PrivateCAError, account: Account) -> str:
    """Why a role could not be assumed. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    if error.code in _DENIED:
        external = "with this external_id" if account.external_id is not None else "without an external_id"
        return (
            f"The role has to exist, its trust policy has to let the task's own credentials assume it {external}, and "
            "their policy has to allow sts:AssumeRole on it."
        )
    if error.code == "ValidationError" and "DurationSeconds" in error.aws_message:
        return (
            f"Lower duration_seconds ({account.duration_seconds}): no session lasts longer than the role's maximum "
            "session duration, and at most 3600 where the task's own credentials are those of an assumed role."
        )
    return _advice(error, None, None)


def _denied_advice(error: PrivateCAError, arn: CertificateAuthorityArn | None, bucket: str | None, writes: bool) -> str:
    if error.operation in _S3_ACTIONS and bucket:
        ca_id = arn.ca_id if arn else "*"
        # Where the bucket's key is what is refused, AWS's text names the action, kms:GenerateDataKey or kms:Decrypt.
        named = re.search(r"kms:\w+", error.aws_message)
        action = named.group() if named else _S3_ACTIONS[error.operation]
        put = (
            ", and s3:PutObject on audit-report-tracking/* in it (the last not with tracking=listing)" if writes else ""
        )
        return (
            f"The operation needs {action}. With their IAM policy, and the bucket's policy if it is another account's, "
            f"the credentials of this task need s3:ListBucket on '{bucket}', s3:GetObject on audit-report/{ca_id}/* "
            f"and audit-report-tracking/* in it{put}. Without s3:ListBucket, S3 also answers 403 for an object that is "
            "not there."
        )
    if "resource-based policy" in error.aws_message and arn:
        return (
            f"Only the account that owns a certificate authority can make its audit reports; use credentials of "
            f"account {arn.account_id}. Sharing with AWS RAM does not include them."
        )
    action = f"acm-pca:{error.operation}" if error.operation else "the operation"
    return f"The credentials of this task need {action}" + (f" on {arn}." if arn else ".")


def _bucket_advice(arn: CertificateAuthorityArn, bucket: str) -> str:
    statement = json.dumps(bucket_policy_statement(arn, bucket))
    return (
        f"Add this statement to the policy of the bucket '{bucket}', unless it is there: {statement}. If the bucket is "
        f"encrypted with a KMS key, it must be a customer managed key whose policy lets {SERVICE_PRINCIPAL} use "
        "kms:GenerateDataKey and kms:Decrypt; AWS managed keys do not work."
    )
