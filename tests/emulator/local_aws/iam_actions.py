# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which IAM action an API call needs, and on which resource. Pure.

For most APIs the action is called as the operation. S3 is the exception:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local_aws.wire import Call

#: Nobody can be kept from asking who he is.
ALWAYS_ALLOWED = ("sts:GetCallerIdentity",)

_S3_ACTIONS: Mapping[str, str] = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}


@dataclass(frozen=True)
class Need:
    """A permission: an action on a resource, which is ``*`` where the API call names none that is known here."""

    action: str
    resource: str


def need_of(call: Call, partition: str) -> Need:
    """What a call needs to be allowed."""
    if call.service == "s3":
        action = f"s3:{_S3_ACTIONS.get(call.operation, call.operation)}"
        if call.bucket is None:
            return Need(action, "*")
        arn = f"arn:{partition}:s3:::{call.bucket}"
        return Need(action, f"{arn}/{call.key}" if call.key else arn)
    if call.service == "acm-pca":
        return Need(call.name, call.certificate_authority_arn or "*")
    if call.service == "sts":
        return Need(call.name, call.role_arn or "*")
    if call.service == "sns":
        return Need(call.name, call.topic_arn or "*")
    if call.name == "securityhub:BatchImportFindings":
        product = f"product/{call.account}/default"
        return Need(call.name, f"arn:{partition}:securityhub:{call.region}:{call.account}:{product}")
    return Need(call.name, "*")


def denied_code(call: Call) -> str:
    """The error code of a call that is not allowed."""
    if call.protocol == "ec2":
        return "UnauthorizedOperation"
    return "AccessDenied" if call.protocol in ("rest-xml", "query") else "AccessDeniedException"
