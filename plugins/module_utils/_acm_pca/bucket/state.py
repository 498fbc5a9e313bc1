# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket and its KMS key as they are: which requests tell, and which permissions they need."""

from __future__ import annotations

import dataclasses
import typing as t

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ..._aws.errors import AWSError, aws_errors, is_denied
from .keys import AWS_KEY, KmsKey, is_same_key
from .policies import Policy, read_policy

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from .options import BucketRequest

OWNER_ENFORCED = "BucketOwnerEnforced"

# Since 2023 every bucket has an encryption, and an answer without any does not come from AWS.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
_DEFAULT_ENCRYPTION = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


@dataclasses.dataclass(frozen=True)
class BucketState:
    """What S3 and KMS say. What was not asked for is None; what is not there is empty.

    ``keys`` has those that were asked for by the names that they were asked for by; None for one that is not there.
    """

    exists: bool
    region: str
    policy: Policy = dataclasses.field(default_factory=lambda: read_policy(None))
    versioning: str = ""
    public_access_block: t.Mapping[str, bool] = dataclasses.field(default_factory=dict)
    object_ownership: str = ""
    grantees: tuple[str, ...] = ()
    encryption: t.Mapping[str, t.Any] = dataclasses.field(default_factory=lambda: _DEFAULT_ENCRYPTION)
    tags: t.Mapping[str, str] | None = None
    lifecycle: t.Mapping[str, t.Any] | None = None
    notifications: t.Mapping[str, t.Any] | None = None
    object_lock: t.Mapping[str, t.Any] | None = None
    keys: t.Mapping[str, KmsKey | None] = dataclasses.field(default_factory=dict)

    @property
    def key_name(self) -> str:
        """How the bucket names the key that it is encrypted with; empty where it is not encrypted by KMS."""
        default = self.encryption.get("ApplyServerSideEncryptionByDefault") or {}
        if not str(default.get("SSEAlgorithm")).startswith("aws:kms"):
            return ""
        return str(default.get("KMSMasterKeyID") or AWS_KEY)


class MissingPermissions(AWSError):
    """What the task may not read, all of it in one sentence."""


class BucketDeleted(AWSError):
    """The bucket was deleted while it was read: a sentence."""


class StateReader:
    """Reads the state, and goes on where a permission is missing, so that all of them can be named at once."""

    def __init__(self, request: BucketRequest, clients: Clients) -> None:
        self._request = request
        self._clients = clients
        self._missing: list[str] = []
        self._answers = 0

    @aws_errors("read the settings of the bucket")
    def read(self) -> BucketState:
        """The bucket and its key.

        :raises MissingPermissions: for all permissions that are missing.
        :raises BucketDeleted: where the bucket was there at first.
        :raises AWSError: for anything else.
        """
        region = self._region()
        state = BucketState(region is not None, region or self._request.region)
        if region is not None:
            state = self._settings(state)
        state = dataclasses.replace(state, keys=self._keys(state))
        if self._missing:
            raise MissingPermissions(self._sentence())
        return state

    def _region(self) -> str | None:
        """Where the bucket is; None where there is no such bucket."""
        s3 = self._clients.client("s3", self._request.region)
        answer = self._ask("s3:ListBucket", lambda: s3.head_bucket(**self._bucket), absent={"404", "NoSuchBucket"})
        if answer is None:
            return self._request.region if self._missing else None
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        return str(answer.get("BucketRegion") or headers.get("x-amz-bucket-region") or self._request.region)

    def _settings(self, state: BucketState) -> BucketState:
        s3 = self._clients.client("s3", state.region)
        request, bucket = self._request, self._bucket
        policy = self._ask(
            "s3:GetBucketPolicy", lambda: s3.get_bucket_policy(**bucket), absent={"NoSuchBucketPolicy"}, part="Policy"
        )
        encryption = self._ask(
            "s3:GetEncryptionConfiguration",
            lambda: s3.get_bucket_encryption(**bucket),
            absent={"ServerSideEncryptionConfigurationNotFoundError"},
            part="ServerSideEncryptionConfiguration",
        )
        rules = (encryption or {}).get("Rules") or [_DEFAULT_ENCRYPTION]
        state = dataclasses.replace(state, policy=read_policy(policy), encryption=rules[0])
        if not request.present:
            return state
        block = self._ask(
            "s3:GetBucketPublicAccessBlock",
            lambda: s3.get_public_access_block(**bucket),
            absent={"NoSuchPublicAccessBlockConfiguration"},
            part="PublicAccessBlockConfiguration",
        )
        ownership = self._ask(
            "s3:GetBucketOwnershipControls",
            lambda: s3.get_bucket_ownership_controls(**bucket),
            absent={"OwnershipControlsNotFoundError"},
            part="OwnershipControls",
        )
        owner = ((ownership or {}).get("Rules") or [{}])[0].get("ObjectOwnership", "ObjectWriter")
        state = dataclasses.replace(
            state,
            public_access_block=block or {},
            object_ownership=owner,
            versioning=self._ask("s3:GetBucketVersioning", lambda: s3.get_bucket_versioning(**bucket), part="Status")
            or "",
            object_lock=self._ask(
                "s3:GetBucketObjectLockConfiguration",
                lambda: s3.get_object_lock_configuration(**bucket),
                absent={"ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound"},
                part="ObjectLockConfiguration",
            ),
        )
        if owner != OWNER_ENFORCED:
            acl = self._ask("s3:GetBucketAcl", lambda: s3.get_bucket_acl(**bucket))
            state = dataclasses.replace(state, grantees=_grantees(acl or {}))
        if request.tags is not None:
            tags = self._ask(
                "s3:GetBucketTagging",
                lambda: s3.get_bucket_tagging(**bucket),
                absent={"NoSuchTagSet", "NoSuchTagSetError"},
                part="TagSet",
            )
            state = dataclasses.replace(state, tags={each["Key"]: each["Value"] for each in tags or ()})
        if request.expiration_days is not None:
            lifecycle = self._ask(
                "s3:GetLifecycleConfiguration",
                lambda: s3.get_bucket_lifecycle_configuration(**bucket),
                absent={"NoSuchLifecycleConfiguration"},
            )
            state = dataclasses.replace(state, lifecycle=lifecycle or {})
        if request.queue_arn:
            notifications = self._ask(
                "s3:GetBucketNotification", lambda: s3.get_bucket_notification_configuration(**bucket)
            )
            state = dataclasses.replace(state, notifications=notifications or {})
        return state

    def _keys(self, state: BucketState) -> dict[str, KmsKey | None]:
        """The key that the bucket is, or is going to be, encrypted with; and what it names now, to compare them."""
        name = self._request.kms_key or state.key_name
        if not name or name == AWS_KEY:
            return {}
        key = self._key(name, state.region)
        keys = {name: key}
        if key and self._request.manage_kms_key_policy:
            kms = self._clients.client("kms", key.region)
            policy = self._ask(
                "kms:GetKeyPolicy",
                lambda: kms.get_key_policy(KeyId=key.arn, PolicyName="default", aws_retry=True),
                part="Policy",
                on=f"the KMS key {name}",
            )
            keys[name] = dataclasses.replace(key, policy=read_policy(policy) if policy else None)
        now = state.key_name
        if key and now not in ("", AWS_KEY, name) and not is_same_key(now, key, keys):
            keys[now] = self._key(now, state.region)
        return keys

    def _key(self, name: str, bucket_region: str) -> KmsKey | None:
        region = name.split(":")[3] if name.startswith("arn:") and name.count(":") >= 5 else bucket_region
        kms = self._clients.client("kms", region)
        found = self._ask(
            "kms:DescribeKey",
            lambda: kms.describe_key(KeyId=name, aws_retry=True),
            absent={"NotFoundException", "InvalidArnException"},
            part="KeyMetadata",
            on=f"the KMS key {name}",
        )
        if not found:
            return None
        spec = found.get("KeySpec") or found.get("CustomerMasterKeySpec") or ""
        return KmsKey(found["Arn"], found.get("KeyManager", ""), found.get("KeyState", ""), spec)

    @property
    def _bucket(self) -> dict[str, t.Any]:
        return {"Bucket": self._request.name, "ExpectedBucketOwner": self._request.account_id, "aws_retry": True}

    def _ask(
        self,
        permission: str,
        call: t.Callable[[], t.Any],
        *,
        absent: t.Collection[str] = (),
        part: str | None = None,
        on: str = "",
    ) -> t.Any:
        """What a request answers, or a part of it; None for what is not there, or may not be read.

        :param absent: the codes of errors that say that there is none.
        """
        try:
            answer = call()
        except ClientError as e:
            error = AWSError(exception=e)
            if error.code in absent:
                return None
            if is_denied(error):
                self._missing.append(f"{permission} on {on or f'the bucket {self._request.name}'}")
                return None
            if error.code == "NoSuchBucket":
                raise BucketDeleted(
                    f"The bucket {self._request.name} was deleted while its settings were read. Nothing was changed. "
                    "Run the task again: it creates the bucket."
                ) from e
            raise
        self._answers += not on
        return answer.get(part) if part else answer

    def _sentence(self) -> str:
        needs = f"The credentials of this task need {', '.join(self._missing)}."
        name, account = self._request.name, self._request.account_id
        if not self._answers:
            return (
                f"The bucket {name} is there, and may not be read. If it belongs to another account than {account}, "
                "which the credentials of this task belong to, use credentials of its owner, or another name: only the "
                f"owner of a bucket can set it up. If it belongs to this account: {needs} Nothing was changed."
            )
        if any(each.startswith("kms:GetKeyPolicy") for each in self._missing):
            # Merged into nothing, the policy would lock its administrators out of their key.
            needs += (
                " The policy of a key of another account is managed there: set manage_kms_key_policy to false, and put "
                "the statements that check mode shows into it."
            )
        return f"{needs} Nothing was changed."


def _grantees(acl: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """Who beside its owner an ACL lets in."""
    owner = (acl.get("Owner") or {}).get("ID")
    grantees = [grant.get("Grantee") or {} for grant in acl.get("Grants") or ()]
    return tuple(str(each.get("URI") or each.get("ID")) for each in grantees if each.get("ID") != owner or not owner)
