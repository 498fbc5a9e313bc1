# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to change in a bucket so that it is fit for audit reports, as arguments of amazon.aws.s3_bucket. Pure.

Only what has to change is among the arguments, so a bucket that is fit is left alone, and whatever else its owner set
there stays as it is. The same plan is what check mode shows: amazon.aws.s3_bucket itself has no check mode.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import read_policy

Settings = t.Mapping[str, t.Any]

PUBLIC_ACCESS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


# The lifecycle rule is found again by this.
EXPIRATION_RULE = "cloudpki-audit-reports-expire"
EXPIRING_PREFIX = "audit-report/"


class Plan(t.NamedTuple):
    """What has to change.

    ``arguments`` are those of amazon.aws.s3_bucket beside the name, ``lifecycle`` those of community.aws.s3_lifecycle.
    Either is empty if it has nothing to do. ``changes`` says it all in words.
    """

    arguments: dict[str, t.Any]
    lifecycle: dict[str, t.Any]
    changes: list[str]


def plan_bucket(
    name: str,
    current: Settings | None,
    *,
    policy: Settings,
    kms_key_arn: str = "",
    tags: t.Mapping[str, str] | None = None,
    object_lock: Settings | None = None,
    lifecycle: Settings | None = None,
    expiration_days: int = 0,
) -> Plan:
    """Compare a bucket with what it should be.

    :param current: what amazon.aws.s3_bucket returned for it; None if there is no such bucket yet.
    :param policy: the policy it should have.
    :param kms_key_arn: the key for its default encryption; empty: what is there stays, or SSE-S3 where nothing is.
    :param object_lock: ``mode``, and ``days`` or ``years``; empty: what is there stays.
    :param lifecycle: the bucket's lifecycle configuration, as S3 returns it.
    :param expiration_days: after how many days reports are deleted; 0: what is there stays.
    :raises ValueError: a sentence that says why it cannot be done.
    """
    if current is not None and current.get("policy") is None:
        # amazon.aws.s3_bucket says {} where there is none. Taken for that, the statements of others would be lost.
        raise ValueError(
            f"The policy of the bucket {name} could not be read, so nothing can be merged into it. The permission "
            f"s3:GetBucketPolicy on {name} is needed."
        )
    _refuse_what_aws_would_refuse_halfway(name, current or {})
    plan = Plan({}, {}, [])
    lock = _retention(object_lock or {})
    if current is None:
        plan.changes.append(f"create the bucket {name}")
        if lock:
            plan.arguments["object_lock_enabled"] = True
    found: Settings = current or {}
    _object_lock(name, plan, current, lock)
    if (found.get("versioning") or {}).get("Versioning") != "Enabled":
        _add(plan, "versioning", True, "switch on versioning")
    blocked = _public_access(found)
    if not all(blocked.get(each) for each in PUBLIC_ACCESS):
        _add(plan, "public_access", dict.fromkeys(PUBLIC_ACCESS, True), "block public access")
    if found.get("object_ownership") != "BucketOwnerEnforced":
        _add(
            plan,
            "object_ownership",
            "BucketOwnerEnforced",
            "let the bucket's owner own every object (BucketOwnerEnforced)",
        )
    _encryption(plan, found, kms_key_arn)
    wanted_tags = {str(key): _tag(value) for key, value in (tags or {}).items()}
    missing = {key: value for key, value in wanted_tags.items() if (found.get("tags") or {}).get(key) != value}
    if missing:
        plan.arguments["purge_tags"] = False
        _add(plan, "tags", missing, f"set the tags {', '.join(sorted(missing))}")
    if read_policy(found.get("policy")) != policy:
        _add(plan, "policy", dict(policy), "put the role's statements into the bucket's policy")
    if expiration_days and not _has_expiration(lifecycle or {}, expiration_days):
        plan.lifecycle.update(
            rule_id=EXPIRATION_RULE,
            prefix=EXPIRING_PREFIX,
            expiration_days=expiration_days,
            noncurrent_version_expiration_days=expiration_days,
        )
        plan.changes.append(f"delete reports {expiration_days} days after they were made")
    return plan


class Encryption(t.NamedTuple):
    """A bucket's default encryption: by KMS or not, by which key (empty: that of AWS), with an S3 bucket key or not."""

    kms: bool
    key: str
    bucket_key: bool


def encryption_of(current: Settings | None, as_s3_says: Settings | None, kms_key: str) -> Encryption:
    """The encryption that a bucket is going to have.

    :param current: what amazon.aws.s3_bucket returned for it; None if there is no such bucket yet.
    :param as_s3_says: GetBucketEncryption's answer, which alone knows of S3 bucket keys.
    :param kms_key: the key that it should have; empty: what is there stays.
    """
    found = (current or {}).get("encryption") or {}
    algorithm, key = found.get("SSEAlgorithm") or "", found.get("KMSMasterKeyID") or ""
    # A bucket key goes away when amazon.aws.s3_bucket sets another key.
    bucket_key = "kms" in algorithm and kms_key in ("", key) and _has_bucket_key(as_s3_says or {})
    return Encryption(bool(kms_key) or "kms" in algorithm, kms_key or key, bucket_key)


def _add(plan: Plan, argument: str, value: t.Any, change: str) -> None:
    plan.arguments[argument] = value
    plan.changes.append(change)


def _public_access(found: Settings) -> dict[str, t.Any]:
    block = found.get("public_access_block") or {}
    return {each: block.get(each) for each in PUBLIC_ACCESS}


def _object_lock(name: str, plan: Plan, current: Settings | None, lock: Settings) -> None:
    if not lock:
        return
    period = f"{lock['days']} days" if "days" in lock else f"{lock.get('years')} years"
    change = f"keep every object from being deleted for {period} (Object Lock, {lock.get('mode')})"
    if current is None:
        _add(plan, "object_lock_default_retention", dict(lock), change)
        return
    if not current.get("object_lock_enabled"):
        raise ValueError(
            f"audit_reports_bucket_object_lock was given, but the bucket {name} was created without Object Lock, and "
            "amazon.aws.s3_bucket cannot switch it on afterwards. Use a new bucket, or switch it on with `aws s3api "
            f"put-object-lock-configuration --bucket {name} --object-lock-configuration ObjectLockEnabled=Enabled` "
            "and run the role again."
        )
    retention = current.get("object_lock_default_retention") or {}
    now = {key.lower(): value for key, value in retention.items() if value}
    if now != dict(lock):
        plan.arguments["object_lock_enabled"] = True
        _add(plan, "object_lock_default_retention", dict(lock), change)


def _tag(value: t.Any) -> str:
    """A tag's value as AWS has it, and as people write it in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retention(object_lock: Settings) -> dict[str, t.Any]:
    """The retention with its numbers as numbers.

    :raises ValueError: a sentence that says what is wrong with it.
    """
    lock = {key: value for key, value in object_lock.items() if value not in (None, "")}
    if not lock:
        return {}
    try:
        lock.update({key: int(lock[key]) for key in ("days", "years") if key in lock})
    except (TypeError, ValueError):
        lock = {}
    period = lock.get("days", lock.get("years", 0))
    one_period = ("days" in lock) != ("years" in lock) and period >= 1
    if lock.get("mode") not in ("GOVERNANCE", "COMPLIANCE") or not one_period:
        raise ValueError(
            f"audit_reports_bucket_object_lock is {dict(object_lock)!r}. It needs a mode, GOVERNANCE or COMPLIANCE, "
            "and either days or years, 1 or more."
        )
    return lock


def _refuse_what_aws_would_refuse_halfway(name: str, found: Settings) -> None:
    """A public policy where public access is blocked, and an ACL where the bucket's owner owns everything."""
    for statement in read_policy(found.get("policy")).get("Statement") or ():
        if isinstance(statement, t.Mapping) and statement.get("Effect") == "Allow" and _is_anybody(statement):
            raise ValueError(
                f"The policy of the bucket {name} allows public access (statement "
                f"{statement.get('Sid') or 'without Sid'}). Such a bucket cannot hold audit reports: "
                "remove the statement, or use another bucket."
            )
    if found.get("object_ownership") != "BucketOwnerEnforced" and found.get("acl") not in (None, "private"):
        raise ValueError(
            f"The ACL of the bucket {name} ({found['acl']}) lets others in, and AWS accepts no such ACL where the "
            "bucket's owner owns every object. Set the ACL to private, or use another bucket."
        )


def _is_anybody(statement: Settings) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, t.Mapping) else principal
    return (named == "*" or (isinstance(named, list) and "*" in named)) and not statement.get("Condition")


def _has_expiration(lifecycle: Settings, days: int) -> bool:
    return any(
        rule.get("Status") == "Enabled"
        and (rule.get("Filter") or {}).get("Prefix", rule.get("Prefix")) == EXPIRING_PREFIX
        and (rule.get("Expiration") or {}).get("Days") == days
        and (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays") == days
        for rule in lifecycle.get("Rules") or ()
        if rule.get("ID") == EXPIRATION_RULE
    )


def _has_bucket_key(encryption: Settings) -> bool:
    configuration = encryption.get("ServerSideEncryptionConfiguration") or {}
    return any(rule.get("BucketKeyEnabled") for rule in configuration.get("Rules") or ())


def _encryption(plan: Plan, found: Settings, kms_key_arn: str) -> None:
    now = found.get("encryption") or {}
    if kms_key_arn:
        if now.get("KMSMasterKeyID") != kms_key_arn:
            plan.arguments["encryption_key_id"] = kms_key_arn
            _add(plan, "encryption", "aws:kms", f"encrypt with the KMS key {kms_key_arn}")
    elif not now.get("SSEAlgorithm"):
        # Every bucket of AWS has an encryption. Where it could not be read, the module refuses to set one.
        _add(plan, "encryption", "AES256", "encrypt with keys of S3 (SSE-S3)")
