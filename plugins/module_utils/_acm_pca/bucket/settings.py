# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to change in the settings of a bucket, as requests to S3. Pure.

Only what has to change is changed, so a bucket that is fit is left alone, and whatever else its owner set there stays
as it is. What is stricter than it has to be stays too.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .keys import is_same_key
from .lifecycle import expiration_of, merge_lifecycle
from .notifications import merge_notifications, queue_of
from .options import BucketRequest, Retention
from .state import OWNER_ENFORCED, BucketState

PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

Settings = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Change:
    """A request that changes something: the sentence about it, and the operation with its arguments."""

    sentence: str
    operation: str
    arguments: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class SettingsPlan:
    """Changes in the order in which they are to be made, those that harden the bucket first.

    Between ``hardening`` and ``encryption`` the key's policy has its place, and that of the bucket before ``others``.
    """

    hardening: list[Change] = dataclasses.field(default_factory=list)
    encryption: list[Change] = dataclasses.field(default_factory=list)
    others: list[Change] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


def describe(state: BucketState) -> Settings:
    """The settings of a bucket, as results show them; empty where there is none."""
    if not state.exists:
        return {}
    rule = state.encryption.get("ApplyServerSideEncryptionByDefault") or {}
    name = rule.get("KMSMasterKeyID")
    key = state.keys.get(name) if name else None
    return {
        "versioning": state.versioning,
        "public_access_block": {each: bool(state.public_access_block.get(each)) for each in PUBLIC_ACCESS},
        "object_ownership": state.object_ownership,
        "encryption": {
            "algorithm": rule.get("SSEAlgorithm"),
            "kms_key": key.arn if key else name,
            "bucket_key_enabled": bool(state.encryption.get("BucketKeyEnabled")),
        },
        "object_lock": None if state.object_lock is None else _shown(read_retention(state.object_lock)),
        "tags": None if state.tags is None else dict(state.tags),
        "expiration_days": None if state.lifecycle is None else expiration_of(state.lifecycle),
        "queue_arn": None if state.notifications is None else queue_of(state.notifications),
    }


def plan_settings(request: BucketRequest, state: BucketState) -> tuple[SettingsPlan, Settings]:
    """Compare a bucket with what it should be.

    :returns: what has to change, and the settings from then on.
    """
    plan = SettingsPlan()
    after = describe(state) or describe(dataclasses.replace(state, exists=True))
    if not state.exists:
        plan.hardening.append(_create(request))
        after["object_ownership"] = OWNER_ENFORCED
        if request.archive:
            after["versioning"], after["object_lock"] = "Enabled", {}
    _public_access(plan, after)
    _ownership(plan, after, state)
    if after["versioning"] != "Enabled":
        after["versioning"] = "Enabled"
        change = {"VersioningConfiguration": {"Status": "Enabled"}}
        plan.hardening.append(Change("Enable versioning.", "put_bucket_versioning", change))
    if request.retention:
        _retention(plan, after, state, request.retention)
    if request.kms_key:
        _encryption(plan, after, state, request)
    if request.tags is not None:
        _tags(plan, after, state, request)
    if request.expiration_days is not None:
        _expiration(plan, after, state, request.expiration_days)
    if request.queue_arn:
        _notification(plan, after, state, request.queue_arn)
    return plan, after


def read_retention(object_lock: t.Mapping[str, t.Any]) -> Retention | None:
    """The default retention of an Object Lock configuration, if it has one."""
    rule = (object_lock.get("Rule") or {}).get("DefaultRetention") or {}
    days = rule.get("Days") or 365 * (rule.get("Years") or 0)
    return Retention(str(rule.get("Mode")), days) if days else None


def _shown(retention: Retention | None) -> dict[str, t.Any]:
    return {"mode": retention.mode, "days": retention.days} if retention else {}


def _create(request: BucketRequest) -> Change:
    arguments: dict[str, t.Any] = {"ObjectOwnership": OWNER_ENFORCED}
    if request.region != "us-east-1":
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": request.region}
    if request.archive:
        arguments["ObjectLockEnabledForBucket"] = True
    what = "archive bucket" if request.archive else "bucket"
    with_lock = ", with Object Lock" if request.archive else ""
    return Change(f"Create the {what} {request.name} in {request.region}{with_lock}.", "create_bucket", arguments)


def _public_access(plan: SettingsPlan, after: Settings) -> None:
    wanted = dict.fromkeys(PUBLIC_ACCESS, True)
    if after["public_access_block"] != wanted:
        after["public_access_block"] = wanted
        change = {"PublicAccessBlockConfiguration": wanted}
        plan.hardening.append(Change("Block public access.", "put_public_access_block", change))


def _ownership(plan: SettingsPlan, after: Settings, state: BucketState) -> None:
    if after["object_ownership"] == OWNER_ENFORCED:
        return
    after["object_ownership"] = OWNER_ENFORCED
    plan.hardening.append(
        Change(
            "Let the owner of the bucket own every object (BucketOwnerEnforced), which disables ACLs.",
            "put_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": OWNER_ENFORCED}]}},
        )
    )
    if state.exists:
        plan.warnings.append(
            "ACLs of the bucket are disabled. S3 refuses other writers that send an ACL with their objects, unless it "
            "is bucket-owner-full-control."
        )


def _retention(plan: SettingsPlan, after: Settings, state: BucketState, wanted: Retention) -> None:
    found = read_retention(state.object_lock or {})
    if found:
        # Nothing becomes less strict.
        mode = "COMPLIANCE" if "COMPLIANCE" in (found.mode, wanted.mode) else wanted.mode
        wanted, asked = Retention(mode, max(found.days, wanted.days)), wanted
        if wanted != asked:
            plan.warnings.append(
                f"The bucket keeps what is stricter in its retention: {wanted.mode}, {wanted.days} days instead of "
                f"{asked.mode}, {asked.days} days."
            )
    if found == wanted:
        return
    after["object_lock"] = _shown(wanted)
    rule = {"DefaultRetention": {"Mode": wanted.mode, "Days": wanted.days}}
    plan.hardening.append(
        Change(
            f"Keep new objects from being overwritten or deleted for {wanted.days} days ({wanted.mode}).",
            "put_object_lock_configuration",
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}},
        )
    )


def _encryption(plan: SettingsPlan, after: Settings, state: BucketState, request: BucketRequest) -> None:
    key = state.keys.get(request.kms_key)
    if key is None:
        return
    default = state.encryption.get("ApplyServerSideEncryptionByDefault") or {}
    algorithm, name = str(default.get("SSEAlgorithm")), default.get("KMSMasterKeyID")
    by_kms = algorithm.startswith("aws:kms")
    if by_kms and name and is_same_key(name, key, state.keys):
        return
    # The rest of the rule stays: the S3 bucket key, and what S3 may add to rules one day.
    encryption = {"SSEAlgorithm": algorithm if by_kms else "aws:kms", "KMSMasterKeyID": key.arn}
    rule = {**state.encryption, "ApplyServerSideEncryptionByDefault": encryption}
    after["encryption"] = {**after["encryption"], "algorithm": encryption["SSEAlgorithm"], "kms_key": key.arn}
    plan.encryption.append(
        Change(
            f"Encrypt new objects with the KMS key {key.arn}.",
            "put_bucket_encryption",
            {"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        )
    )


def _tags(plan: SettingsPlan, after: Settings, state: BucketState, request: BucketRequest) -> None:
    current, wanted = dict(state.tags or {}), dict(request.tags or {})
    # AWS's own tags can neither be set nor taken away, and PutBucketTagging wants them among the others.
    kept = {key: value for key, value in current.items() if not request.purge_tags or key.startswith("aws:")}
    tags = {**kept, **wanted}
    after["tags"] = tags
    if tags == current:
        return
    changed = sorted(key for key in {*tags, *current} if tags.get(key) != current.get(key))
    arguments = {"Tagging": {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}}
    sentence = f"Change the tags {', '.join(changed)}."
    operation = "put_bucket_tagging" if tags else "delete_bucket_tagging"
    plan.others.append(Change(sentence, operation, arguments if tags else {}))


def _expiration(plan: SettingsPlan, after: Settings, state: BucketState, days: int) -> None:
    merged = merge_lifecycle(state.lifecycle or {}, days)
    after["expiration_days"] = days or None
    if merged is None:
        return
    sentence = f"Delete reports after {days} days." if days else "Do not delete old reports any more."
    if not merged["Rules"]:
        plan.others.append(Change(sentence, "delete_bucket_lifecycle"))
        return
    minimum = merged.pop("TransitionDefaultMinimumObjectSize", None)
    arguments: dict[str, t.Any] = {"LifecycleConfiguration": merged}
    if minimum:
        arguments["TransitionDefaultMinimumObjectSize"] = minimum
    plan.others.append(Change(sentence, "put_bucket_lifecycle_configuration", arguments))


def _notification(plan: SettingsPlan, after: Settings, state: BucketState, queue_arn: str) -> None:
    merged = merge_notifications(state.notifications or {}, queue_arn)
    after["queue_arn"] = queue_arn
    if merged is not None:
        arguments = {"NotificationConfiguration": merged}
        sentence = f"Notify the queue {queue_arn} of new reports."
        plan.others.append(Change(sentence, "put_bucket_notification_configuration", arguments))
