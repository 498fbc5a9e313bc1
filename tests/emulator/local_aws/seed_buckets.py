# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The buckets of a seed file, with their policies and keys, in moto's backends."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from local_aws.caller_access import LARGEST_POLICY
from local_aws.policy import SERVICE_PRINCIPAL
from local_aws.seed_model import Bucket, SeedError

PARTITION = "aws"


def create_bucket(
    bucket: Bucket, account_id: str, admitted_accounts: Collection[str], organization_id: str
) -> dict[str, Any]:
    """Create a bucket of an account; ``admitted_accounts`` is for the policy audit-reports. Raises SeedError."""
    policy = _policy(bucket, admitted_accounts, organization_id)
    document = json.dumps(policy, separators=(",", ":"))
    if len(document) > LARGEST_POLICY:
        raise SeedError(
            f"the policy of the bucket {bucket.name} would have {len(document)} bytes, and S3 takes {LARGEST_POLICY}; "
            "accepted: fewer accounts, or policy: audit-reports-of-organization."
        )
    backend = s3_backends[account_id][PARTITION]
    if bucket.name in s3_backends.bucket_accounts:
        raise SeedError(f"the bucket {bucket.name} is already there; accepted: another name.")
    backend.create_bucket(bucket.name, bucket.region)
    if policy is not None:
        backend.put_bucket_policy(bucket.name, document.encode())
    key_arn = _encrypt(bucket, account_id) if bucket.encryption != "none" else None
    return {"name": bucket.name, "account": account_id, "region": bucket.region, "kms_key_arn": key_arn}


def _policy(bucket: Bucket, admitted_accounts: Collection[str], organization_id: str) -> Mapping[str, Any] | None:
    if isinstance(bucket.policy, Mapping):
        return bucket.policy
    if bucket.policy == "none":
        return None
    condition: dict[str, Any] = {"aws:SourceAccount": sorted(admitted_accounts)}
    if bucket.policy == "audit-reports-of-organization":
        condition = {"aws:SourceOrgID": organization_id}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "PrivateCAAuditReports",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE_PRINCIPAL},
                "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
                "Resource": [f"arn:{PARTITION}:s3:::{bucket.name}/*", f"arn:{PARTITION}:s3:::{bucket.name}"],
                "Condition": {"StringEquals": condition},
            }
        ],
    }


def _encrypt(bucket: Bucket, account_id: str) -> str | None:
    """Encrypt a bucket's objects as the file says. Returns the ARN of the key that was made for it."""
    default: dict[str, str] = {"SSEAlgorithm": "aws:kms"}
    key_arn = None
    if bucket.encryption != "aws-managed":
        key = kms_backends[account_id][bucket.region].create_key(
            policy=json.dumps(_key_policy(bucket, account_id)),
            key_usage="ENCRYPT_DECRYPT",
            key_spec="SYMMETRIC_DEFAULT",
            description=f"Reports in {bucket.name}",
            tags=None,
        )
        key_arn = default["KMSMasterKeyID"] = key.arn
    encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": default}}
    s3_backends[account_id][PARTITION].put_bucket_encryption(bucket.name, encryption)
    return key_arn


def _key_policy(bucket: Bucket, account_id: str) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html#audit-report-encryption"""
    statements: list[dict[str, Any]] = [
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{PARTITION}:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    if bucket.encryption == "kms":
        objects = ["acm-pca-permission-test-key", "acm-pca-permission-test-key-private", "audit-report/*", "crl/*"]
        arns = [f"arn:{PARTITION}:s3:::{bucket.name}/{name}" for name in objects]
        statements.append(
            {
                "Sid": "PrivateCA",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE_PRINCIPAL},
                "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
                "Resource": "*",
                "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": arns}},
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}
