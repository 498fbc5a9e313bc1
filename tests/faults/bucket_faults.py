# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults of acm_pca_audit_report_bucket: how each is set up, and what the module says of it."""

from __future__ import annotations

import json
import typing as t

from local_aws import wire
from local_aws.wire import Answer, Call

from ..unit.plugins.modules.conftest import AWS
from .faults import ANY, NETWORK, Fault, Step, always, denied, do, once
from .scene import Scene

NAME = "fault-audit-reports"
REGION = "eu-central-1"  # Other than us-east-1, where S3 lets an owner create a bucket twice.
READ, WRITE = "s3:GetBucketPolicy", "s3:PutBucketPolicy"
KEY = "alias/fault-audit-reports"

_OPTIONS = {"name": NAME, "region": REGION, "kms_key": KEY, "tags": {"team": "pki"}, "expiration_days": 400}


def new(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """No bucket yet, only a key."""
    kms = aws.clients("kms", REGION)
    kms.create_alias(AliasName=KEY, TargetKeyId=kms.create_key()["KeyMetadata"]["Arn"])
    return [], _OPTIONS


def adopted(aws: AWS) -> tuple[list[str], dict[str, t.Any]]:
    """A bucket with a statement of somebody else's."""
    made = new(aws)
    _create_bucket(aws)
    put(aws, [theirs("First")])
    return made


def theirs(sid: str) -> dict[str, t.Any]:
    """A statement that is none of the module's."""
    principal = {"AWS": "arn:aws:iam::999999999999:root"}
    resource = f"arn:aws:s3:::{NAME}/others/*"
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource}


def statements(aws: AWS) -> list[dict[str, t.Any]]:
    """What the policy of the bucket says; nothing where there is none."""
    s3 = aws.clients("s3", REGION)
    try:
        policy = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])
    except s3.exceptions.ClientError:
        return []
    return t.cast("list[dict[str, t.Any]]", policy["Statement"])


def put(aws: AWS, wanted: list[dict[str, t.Any]]) -> None:
    """Replace the policy of the bucket, as somebody else would."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": wanted})
    aws.clients("s3", REGION).put_bucket_policy(Bucket=NAME, Policy=policy)


def _add(scene: Scene) -> None:
    put(scene.aws, [*statements(scene.aws), theirs("Second")])


def _replace(scene: Scene) -> None:
    put(scene.aws, [theirs("First"), theirs("Second")])


def _after_each(name: str, happen: Step) -> Step:
    def begin(scene: Scene) -> None:
        def strike(call: Call) -> None:
            if call.name == name:
                scene.after = None
                do(happen, scene)
                scene.after = strike

        scene.after = strike

    return begin


def _read_late(seconds: float) -> Step:
    """S3 answers with the policy that was there before a write, for some seconds."""

    def begin(scene: Scene) -> None:
        changes: list[tuple[float, str]] = []

        def strike(call: Call) -> Answer | None:
            if call.name == WRITE:
                before = {"Version": "2012-10-17", "Statement": _quietly(scene)}
                changes[:] = [(scene.clock.monotonic() + seconds, json.dumps(before))]
            elif call.name == READ and changes and scene.clock.monotonic() < changes[0][0]:
                if '"Statement": []' in changes[0][1]:
                    return wire.error_answer(call, "NoSuchBucketPolicy", "Ordered.")
                return Answer(200, {"Content-Type": "application/json"}, changes[0][1].encode())
            return None

        def _quietly(scene: Scene) -> list[dict[str, t.Any]]:
            scene.before = None
            found = statements(scene.aws)
            scene.before = strike
            return found

        scene.before = strike

    return begin


def _not_yet(code: str, *names: str, seconds: float = 10) -> Step:
    """S3 has not heard of something everywhere, for some seconds after it was asked first."""

    def begin(scene: Scene) -> None:
        began: list[float] = []

        def strike(_scene: Scene, call: Call) -> Answer | None:
            if call.name not in names:
                return None
            began.append(scene.clock.monotonic())
            late = scene.clock.monotonic() - began[0] < seconds
            return wire.error_answer(call, code, "Ordered.") if late else None

        always(strike)(scene)

    return begin


def _delete(scene: Scene) -> None:
    scene.aws.clients("s3", REGION).delete_bucket(Bucket=NAME)


def _create(scene: Scene) -> None:
    _create_bucket(scene.aws)


def _create_bucket(aws: AWS) -> None:
    aws.clients("s3", REGION).create_bucket(
        Bucket=NAME,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectOwnership="BucketOwnerEnforced",
    )


def _enforcement_denied(scene: Scene) -> None:
    scene.aws.clients("s3", REGION).delete_bucket_ownership_controls(Bucket=NAME)
    denied("s3:PutBucketOwnershipControls")(scene)


_READING = {
    "HeadBucket": "s3:ListBucket",
    "GetBucketPolicy": "s3:GetBucketPolicy",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "GetBucketOwnershipControls": "s3:GetBucketOwnershipControls",
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "GetBucketTagging": "s3:GetBucketTagging",
    "GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
}
_WRITING = {
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "PutBucketVersioning": "s3:PutBucketVersioning",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "PutBucketTagging": "s3:PutBucketTagging",
    "PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "PutBucketPolicy": "s3:PutBucketPolicy",
}
_OF_KEYS = {
    "DescribeKey": "kms:DescribeKey",
    "GetKeyPolicy": "kms:GetKeyPolicy",
    "PutKeyPolicy": "kms:PutKeyPolicy",
}

#: What is said where somebody else has added a statement.
OTHERS = "Their statements were kept"
_AGAIN = "Run the task again"

#: Those of a bucket that is there, and of one that is not.
ADOPTED = [
    *NETWORK,
    Fault("policy changed before it is written", once(READ, _add, after=True), warns=OTHERS),
    Fault("policy changed right after it was written", once(WRITE, _add, after=True), warns=OTHERS),
    Fault("policy replaced right after it was written", once(WRITE, _replace, after=True), warns=OTHERS),
    Fault("policy replaced again and again", _after_each(WRITE, _replace), "again and again", OTHERS),
    Fault("old policy read for 15 seconds after a write", _read_late(15)),
    Fault("old policy read for a minute after a write", _read_late(60), ANY, ANY),
    Fault("bucket deleted after its settings were read", once(READ, _delete, after=True), "Run the task again"),
    Fault("bucket deleted before its policy is written", once(WRITE, _delete), _AGAIN),
    Fault("other change under way for 10 seconds", _not_yet("OperationAborted", WRITE)),
    Fault(
        "s3:PutBucketOwnershipControls denied",
        _enforcement_denied,
        "s3:PutBucketOwnershipControls",
        "ACLs of the bucket are disabled",
    ),
    *(
        Fault(f"{permission} denied", denied(f"s3:{operation}"), permission)
        for operation, permission in {**_READING, **_WRITING}.items()
    ),
    *(
        Fault(f"{permission} denied", denied(f"kms:{operation}"), permission)
        for operation, permission in _OF_KEYS.items()
    ),
]
NEW = [
    *NETWORK,
    Fault("s3:CreateBucket denied", denied("s3:CreateBucket"), "s3:CreateBucket"),
    Fault("bucket created by another run meanwhile", once("s3:CreateBucket", _create)),
    Fault("new bucket unknown for 10 seconds", _not_yet("NoSuchBucket", "s3:PutPublicAccessBlock", WRITE)),
    Fault("bucket deleted after it was created", once("s3:PutPublicAccessBlock", _delete), _AGAIN),
    Fault("old policy read for 15 seconds after a write", _read_late(15)),
]
