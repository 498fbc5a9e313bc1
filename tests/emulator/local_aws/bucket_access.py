# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Can Private CA write a report to this bucket? Asks moto what there is, and policy.py what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.acmpca.models import CertificateAuthority
from moto.kms.models import Key, kms_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition

from local_aws import wire
from local_aws.organization import organization_context
from local_aws.policy import PRIVATE_CA, SERVICE_PRINCIPAL, Principal, Question, decide, first_refusal
from local_aws.regions import is_opt_in
from local_aws.settings import Settings
from local_aws.wire import Answer, Call

#: What Private CA writes to find out whether it can; mentioned in the guide's KMS key policy.
TEST_KEYS = ("acm-pca-permission-test-key", "acm-pca-permission-test-key-private")

OBJECT_ACTIONS = ("s3:PutObject", "s3:PutObjectAcl")
BUCKET_ACTIONS = ("s3:GetBucketAcl", "s3:GetBucketLocation")
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True)
class Caller:
    """Who called the operation."""

    account: str
    arn: str


@dataclass(frozen=True)
class Trouble:
    """Why Private CA cannot write. The service never tells so much; the log of the local AWS does."""

    reason: str
    missing_bucket: bool = False
    #: Whether the service accepts the request all the same, and only the report fails.
    unnoticed: bool = False


def find_bucket(name: str, partition: str) -> FakeBucket | None:
    """A bucket of any account of the partition: their names are one space."""
    bucket_partition, account = s3_backends.bucket_accounts.get(name, (None, None))
    if account is None or bucket_partition != partition:
        return None
    return s3_backends[account][partition].buckets.get(name)


def refusal_of_stranger(call: Call) -> Answer | None:
    """What a request gets that expects the bucket to be another account's than it is; None where it is right."""
    bucket = find_bucket(call.bucket, get_partition(call.region)) if call.bucket else None
    if bucket is None or call.expected_bucket_owner in (None, bucket.account_id):
        return None
    return wire.error_answer(call, "AccessDenied", "Access Denied")


def find_trouble(
    ca: CertificateAuthority, bucket_name: str, object_key: str, caller: Caller, settings: Settings
) -> Trouble | None:
    """None when a report of the CA can be written under that key."""
    bucket = find_bucket(bucket_name, get_partition(ca.region_name))
    if bucket is None:
        return Trouble(f"there is no bucket {bucket_name}", missing_bucket=True)
    if bucket.object_lock_enabled:
        # https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
        return Trouble(f"bucket {bucket_name} has Object Lock, for which {SERVICE_PRINCIPAL} sends no checksum")
    if bucket.region_name != ca.region_name and is_opt_in(bucket.region_name, bucket.partition):
        where = f"in the opt-in region {bucket.region_name}, the certificate authority in {ca.region_name}"
        return Trouble(f"bucket {bucket.name} is {where}", unnoticed=True)
    principal = _principal(ca, bucket)
    keys = (object_key, *TEST_KEYS) if settings.require_test_keys else (object_key,)
    context: dict[str, str | tuple[str, ...]] = {
        "aws:SourceAccount": ca.account_id,
        "aws:SourceArn": ca.arn,
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": principal.names[0],
        "aws:PrincipalServiceNamesList": principal.names,
        "aws:RequestedRegion": bucket.region_name,
        "s3:TlsVersion": "1.3",
    }
    if settings.send_organization:
        context.update(organization_context(ca.account_id))
    return (
        _caller_trouble(bucket, object_key, caller, settings)
        or _policy_trouble(bucket, keys, context, principal)
        or _encryption_trouble(bucket, keys, context, principal, ca)
    )


def _principal(ca: CertificateAuthority, bucket: FakeBucket) -> Principal:
    """As whom Private CA writes. https://docs.aws.amazon.com/privateca/latest/userguide/crl-planning.html (for CRLs)"""
    if ca.region_name != bucket.region_name and is_opt_in(ca.region_name, bucket.partition):
        return Principal("Service", (f"acm-pca.{ca.region_name}.amazonaws.com",))
    return PRIVATE_CA


def customer_key_of(bucket: FakeBucket) -> Key | None:
    """The customer managed key that new objects of a bucket are encrypted with, if there is one."""
    name = (_encryption_rule(bucket).get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID")
    return _find_key(str(name), bucket) if name else None


def encryption_context(bucket: FakeBucket, object_arn: str) -> str:
    """What S3 tells KMS of an object: its ARN, or with a bucket key that of the bucket."""
    return _arn_of(bucket) if _is_true(_encryption_rule(bucket).get("BucketKeyEnabled")) else object_arn


def _arn_of(bucket: FakeBucket) -> str:
    return f"arn:{bucket.partition}:s3:::{bucket.name}"


def _caller_trouble(bucket: FakeBucket, object_key: str, caller: Caller, settings: Settings) -> Trouble | None:
    """The bucket owner's own principals are taken to have the rights: moto's IAM is not asked."""
    if not settings.require_caller_write or caller.account == bucket.account_id:
        return None
    root = f"arn:{bucket.partition}:iam::{caller.account}:root"
    principal = Principal("AWS", (caller.account, root, caller.arn))
    context = {"aws:SecureTransport": "true", "aws:PrincipalAccount": caller.account, "aws:PrincipalArn": caller.arn}
    if settings.send_organization:
        organization = organization_context(caller.account).get("aws:SourceOrgID")
        context.update({"aws:PrincipalOrgID": organization} if isinstance(organization, str) else {})
    decision = decide(
        bucket.policy, Question("s3:PutObject", f"{_arn_of(bucket)}/{object_key}", principal, dict(context))
    )
    if decision:
        return None
    return Trouble(f"the caller {caller.arn} may not {decision.action} on {decision.resource}: {decision.reason}")


def _policy_trouble(
    bucket: FakeBucket, keys: tuple[str, ...], context: Mapping[str, str | tuple[str, ...]], principal: Principal
) -> Trouble | None:
    arn = _arn_of(bucket)

    def questions() -> Iterator[Question]:
        for action in BUCKET_ACTIONS:
            yield Question(action, arn, principal, context)
        for key in keys:
            for action in OBJECT_ACTIONS:
                yield Question(action, f"{arn}/{key}", principal, context)

    refusal = first_refusal(bucket.policy, questions())
    if refusal is None:
        return None
    return Trouble(f"{principal.names[0]} may not {refusal.action} on {refusal.resource}: {refusal.reason}")


def _encryption_trouble(
    bucket: FakeBucket,
    keys: tuple[str, ...],
    context: Mapping[str, str | tuple[str, ...]],
    principal: Principal,
    ca: CertificateAuthority,
) -> Trouble | None:
    rule = _encryption_rule(bucket)
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    if not str(default.get("SSEAlgorithm", "AES256")).startswith("aws:kms"):
        return None
    name = default.get("KMSMasterKeyID")
    if not name:
        return Trouble(f"bucket {bucket.name} is encrypted with the AWS-managed key aws/s3")
    kms_key = _find_key(str(name), bucket)
    if kms_key is None:
        return Trouble(f"there is no KMS key {name}")
    if kms_key.key_manager == "AWS" or any(alias.startswith("alias/aws/") for alias in kms_key.aliases):
        return Trouble(f"KMS key {kms_key.arn} is AWS-managed")
    if kms_key.region != ca.region_name:
        return Trouble(f"KMS key {kms_key.arn} is not in the region of the certificate authority, {ca.region_name}")
    if not kms_key.enabled or kms_key.key_state != "Enabled":
        return Trouble(f"KMS key {kms_key.arn} is not enabled")
    encrypted = dict.fromkeys(encryption_context(bucket, f"{_arn_of(bucket)}/{key}") for key in keys)

    def questions() -> Iterator[Question]:
        for arn in encrypted:
            at_kms = {
                **context,
                "aws:RequestedRegion": kms_key.region,
                "kms:EncryptionContext:aws:s3:arn": arn,
                "kms:EncryptionContextKeys": ("aws:s3:arn",),
                "kms:ViaService": f"s3.{bucket.region_name}.amazonaws.com",
            }
            for action in KEY_ACTIONS:
                yield Question(action, kms_key.arn, principal, at_kms)

    refusal = first_refusal(kms_key.policy, questions())
    if refusal is None:
        return None
    return Trouble(f"{principal.names[0]} may not {refusal.action} with key {refusal.resource}: {refusal.reason}")


def _encryption_rule(bucket: FakeBucket) -> Mapping[str, Any]:
    """moto keeps the configuration as it came in from XML: one rule, or a list of them."""
    rule = (bucket.encryption or {}).get("Rule") or {}
    return (rule[0] if rule else {}) if isinstance(rule, list) else rule


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _find_key(name: str, bucket: FakeBucket) -> Key | None:
    """By id, ARN, alias or alias ARN; without an ARN it is a key of the bucket's account and region."""
    account, region = bucket.account_id, bucket.region_name
    if name.startswith("arn:"):
        parts = name.split(":")
        if len(parts) < 6:
            return None
        region, account = parts[3], parts[4]
    if account not in kms_backends or region not in kms_backends[account]:
        return None  # asked first, because looking an account up would create it
    backend = kms_backends[account][region]
    short = backend.get_key_id(backend.get_alias_name(name))
    if short.startswith("alias/"):
        return next((key for key in list(backend.keys.values()) if short in key.aliases), None) or (
            # moto makes the keys of AWS-managed aliases when somebody asks for them
            backend.keys.get(backend.get_key_id_from_alias(short) or "")
        )
    return backend.keys.get(short)
