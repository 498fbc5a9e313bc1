# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with AWS Private CA or the bucket and what to do about it, in sentences for people. Pure."""

from __future__ import annotations

import json
import re

from .._aws import advice
from .._aws.accounts import Account
from .._aws.errors import AWSError, Problem, is_denied, is_denied_by_organization, is_foreign, is_refused_by_region
from .._aws.regions import is_opt_in
from .arns import SERVICE, CertificateAuthorityArn
from .bucket_statements import Access, private_ca_writes
from .refusals import is_about_bucket
from .service_principals import can_write, service_principal, service_principals

_STS_OPERATIONS = ("AssumeRole", "GetCallerIdentity")

_S3_ACTIONS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}

_ONLY_VERSION_2 = (
    "session tokens of version 1, as the global endpoint of STS issues them, are only valid in regions that are "
    "enabled by default. Get the session from a regional endpoint (AWS_STS_REGIONAL_ENDPOINTS=regional where it is "
    "requested), or let the account's global endpoint issue tokens of version 2"
)


def explain(
    error: AWSError,
    *,
    arn: CertificateAuthorityArn | None = None,
    bucket: str | None = None,
    bucket_region: str | None = None,
    account: Account | None = None,
    region: str | None = None,
    writes: bool = True,
    dataset: bool = False,
) -> Problem:
    """The error's own code and words, and what to do about it.

    :param arn: the CA that the failed request was about, if it was about one.
    :param bucket: the report bucket, and where it is, if that is known.
    :param account: the account that the request was made in.
    :param region: the region that was listed, if that was what failed.
    :param writes: whether the task writes tracking records to the bucket.
    :param dataset: whether it was the data set in the bucket that was to be looked at or written.
    """
    own = None
    if error.operation != "AssumeRole":
        own = _region_advice(error, region) if region else None
        if own is None and arn and bucket and is_about_bucket(error):
            own = bucket_advice(arn, bucket, bucket_region)
        own = own or _advice(error, arn, bucket, writes, dataset)
    return advice.explain(error, account=account, advice=own)


def explain_unlisted_account(arn: CertificateAuthorityArn) -> Problem:
    """A CA of an account that the task does not list."""
    return Problem(
        "AccountNotListed",
        f"The certificate authority belongs to account {arn.account_id}, and accounts has no role in "
        "it; only the owner of a certificate authority can make its audit reports, so add a role of that account.",
    )


def bucket_advice(arn: CertificateAuthorityArn, bucket: str, bucket_region: str | None) -> str:
    """What the bucket needs so that AWS Private CA can write the reports of the CA's account to it.

    :param bucket_region: where the bucket is; None if that is not known.
    """
    if bucket_region and not can_write(arn.region, bucket_region, arn.partition):
        return f"{unsupported_regions(bucket_region)} This certificate authority is in {arn.region}."
    if bucket_region:
        names: tuple[str, ...] = (service_principal(arn.region, bucket_region, arn.partition),)
    else:
        names = service_principals([arn.region], None, arn.partition)
    access = Access(
        bucket=bucket,
        partition=arn.partition,
        account_ids=(arn.account_id,),
        reader_arns=(),
        service_principals=names,
    )
    statement = json.dumps(private_ca_writes(access))
    return (
        f"Add this statement to the policy of the bucket '{bucket}', unless it is there: {statement}. If the bucket is "
        f"encrypted with a KMS key, it must be a customer managed key whose policy lets {' and '.join(names)} use "
        "kms:GenerateDataKey and kms:Decrypt; AWS managed keys do not work. A bucket with Object Lock cannot "
        "be used. The module cloudpki.aws.acm_pca_audit_report_bucket sets up bucket and key."
    )


def unsupported_regions(bucket_region: str) -> str:
    """A bucket that only CAs of its own region can write to."""
    return (
        f"The bucket is in {bucket_region}, a region that accounts have to enable. As AWS states for CRLs, AWS Private "
        "CA cannot write to it for certificate authorities in other regions, so that their reports probably end with "
        "the status FAILED. Use a bucket in a region that is enabled by default, or one in the region of the "
        "certificate authority."
    )


def explain_refused_region(
    error: AWSError, account: Account, region: str, *, enabled: bool | None, old_token: bool
) -> Problem:
    """A region that does not accept the credentials for an account, although others do.

    :param enabled: whether the region is enabled for the account; None if that is not known.
    :param old_token: whether the credentials may come with a session token of version 1.
    """
    if enabled is False:
        text = f"The region {region} is not enabled for the account; enable it, or leave it out of regions."
    elif enabled is None:
        text = (
            f"The region {region} is probably not enabled for the account; enable it, or leave it out of regions. If "
            f"it is enabled: {_ONLY_VERSION_2}."
        )
    elif old_token:
        text = (
            f"The region {region} is enabled for the account, but does not accept the session token: {_ONLY_VERSION_2}."
        )
    else:
        text = f"The region {region} is enabled for the account. If that is new, run the task again later."
    return advice.explain(error, account=account, advice=text)


def explain_denied_everywhere(error: AWSError, account: Account) -> Problem:
    """An account of which no region was looked at, because its organization denies them."""
    text = (
        "Policies of the organization deny the account every region in scope; correct regions, or leave the account "
        "out of accounts."
    )
    return advice.explain(error, account=account, advice=text)


def _region_advice(error: AWSError, region: str) -> str | None:
    if is_denied_by_organization(error):
        return f"A policy of the organization denies the region {region}; leave it out of regions."
    return None


def _advice(
    error: AWSError, arn: CertificateAuthorityArn | None, bucket: str | None, writes: bool, dataset: bool
) -> str | None:
    if is_foreign(error):
        return None
    if is_denied(error):
        return _denied_advice(error, arn, bucket, writes, dataset)
    if error.code == "InvalidToken":
        # Only S3 calls a token so, and an access key that it does not know otherwise.
        return (
            "S3 does not accept the session token in this region. If the region is not enabled by default, it must be "
            f"enabled for the account of the credentials, and {_ONLY_VERSION_2}. Otherwise, check the token."
        )
    if error.code == "IllegalLocationConstraintException":
        return "The bucket is in another region than the request; set region to the region of the bucket."
    if is_refused_by_region(error) and arn and is_opt_in(arn.region, arn.partition):
        return (
            f"The region {arn.region} must be enabled for the account, and {_ONLY_VERSION_2}. Otherwise, check the "
            "credentials."
        )
    if error.code == "NoSuchBucket":
        return "Create the bucket first, or correct s3_bucket_name."
    if error.code.startswith("KMS.") and bucket:
        # KMS.DisabledException, KMS.KMSInvalidStateException and KMS.NotFoundException, as S3 calls what KMS answers.
        # https://github.com/localstack/localstack/issues/8422, https://github.com/aws/aws-cli/issues/4507
        return (
            f"The KMS key of the bucket '{bucket}' or of the object cannot be used; enable the key, cancel its "
            "deletion, or give the bucket another key."
        )
    if error.code == "ResourceNotFoundException" and arn:
        return (
            f"There is no such certificate authority in account {arn.account_id}, region {arn.region}, or the "
            "credentials are another account's; check the ARN. A deleted one is gone for good after its restoration "
            "period."
        )
    return None


def _denied_advice(
    error: AWSError, arn: CertificateAuthorityArn | None, bucket: str | None, writes: bool, dataset: bool
) -> str | None:
    about_bucket = error.operation in _S3_ACTIONS and bucket
    resource = f"the bucket '{bucket}' or of its KMS key" if about_bucket else str(arn or "the resource")
    explicit = advice.explicit_deny(error, resource)
    if explicit:
        return explicit
    if error.operation in _S3_ACTIONS and bucket:
        ca_id = arn.ca_id if arn else "*"
        # Where the bucket's key is what is refused, AWS's text names the action, kms:GenerateDataKey or kms:Decrypt.
        named = re.search(r"kms:\w+", error.aws_message)
        action = named.group() if named else _S3_ACTIONS[error.operation]
        put = (
            ", and s3:PutObject on audit-report-tracking/* in it (the last not with tracking=listing)" if writes else ""
        )
        if dataset:
            actions = "s3:GetObject, s3:PutObject and s3:AbortMultipartUpload"
            put = f", and {actions} on audit-certificates/{ca_id}.parquet in it"
        return (
            f"The operation needs {action}. With their IAM policy, and the bucket's policy if it is another account's, "
            f"the credentials of this task need s3:ListBucket on '{bucket}', s3:GetObject on audit-report/{ca_id}/* "
            f"and audit-report-tracking/* in it{put}. Without s3:ListBucket, S3 also answers 403 for an object that is "
            "not there."
        )
    if "no resource-based policy allows" in error.aws_message and arn:
        return (
            f"Only the account that owns a certificate authority can make its audit reports; use credentials of "
            f"account {arn.account_id}. Sharing with AWS RAM does not include them."
        )
    if error.operation is None:
        return None
    service = "sts" if error.operation in _STS_OPERATIONS else SERVICE
    return f"The credentials of this task need {service}:{error.operation}" + (f" on {arn}." if arn else ".")
