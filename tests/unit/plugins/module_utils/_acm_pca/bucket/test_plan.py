# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.options import Retention
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.plan import plan_bucket
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import statements_of
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.settings import PUBLIC_ACCESS, describe
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.state import BucketState

from .builders import (
    ACCOUNT,
    KEY,
    KEY_ARN,
    KEY_ID,
    MEMBER,
    REGION,
    REQUEST,
    STATE,
    changes,
    encrypted,
    refusal,
    request,
    state,
)

NEW = BucketState(exists=False, region=REGION)
OTHER_KEY = dataclasses.replace(KEY, arn=KEY_ARN.replace("1111-2222", "9999-2222"))


def test_a_bucket_that_is_fit_is_left_alone() -> None:
    assert changes() == {}


def test_a_new_bucket_is_protected_before_it_is_opened() -> None:
    plan = plan_bucket(request(tags={"team": "pki"}, expiration_days=90), NEW)
    assert [change.operation for change in plan.before] == [
        "create_bucket",
        "put_public_access_block",
        "put_bucket_versioning",
    ]
    assert plan.before[0].arguments == {
        "ObjectOwnership": "BucketOwnerEnforced",
        "CreateBucketConfiguration": {"LocationConstraint": REGION},
    }
    assert [change.operation for change in plan.after] == ["put_bucket_tagging", "put_bucket_lifecycle_configuration"]
    assert (plan.refusals, plan.warnings) == ((), ())


@pytest.mark.parametrize(
    ("found", "operation"),
    [
        ({"versioning": "Suspended"}, "put_bucket_versioning"),
        ({"versioning": ""}, "put_bucket_versioning"),
        ({"public_access_block": {**dict.fromkeys(PUBLIC_ACCESS, True), "BlockPublicPolicy": False}},
         "put_public_access_block"),
        ({"public_access_block": {}}, "put_public_access_block"),
        ({"object_ownership": "ObjectWriter"}, "put_bucket_ownership_controls"),
    ],
)  # fmt: skip
def test_only_what_has_to_change_is_changed(found: dict[str, t.Any], operation: str) -> None:
    assert list(changes(found=dataclasses.replace(STATE, **found))) == [operation]


def test_other_writers_that_send_acls_are_thought_of() -> None:
    [warning] = plan_bucket(REQUEST, dataclasses.replace(STATE, object_ownership="BucketOwnerPreferred")).warnings
    assert "S3 refuses other writers that send an ACL" in warning


@pytest.mark.parametrize(
    ("purge", "tags"),
    [(False, {"aws:made-by": "x", "theirs": "1", "ours": "2"}), (True, {"aws:made-by": "x", "ours": "2"})],
)
def test_tags(purge: bool, tags: dict[str, str]) -> None:
    found = dataclasses.replace(STATE, tags={"aws:made-by": "x", "theirs": "1"})
    asked = request(tags={"ours": "2"}, purge_tags=purge)
    change = changes(asked, found)["put_bucket_tagging"]
    assert {each["Key"]: each["Value"] for each in change.arguments["Tagging"]["TagSet"]} == tags
    assert changes(asked, dataclasses.replace(STATE, tags=tags)) == {}


def test_no_tags_at_all() -> None:
    assert "delete_bucket_tagging" in changes(request(tags={}), dataclasses.replace(STATE, tags={"theirs": "1"}))


# Encryption


def test_an_encryption_of_the_owner_stays() -> None:
    assert changes(found=dataclasses.replace(STATE, encryption=encrypted(), keys={KEY_ARN: KEY})) == {}


@pytest.mark.parametrize("name", [KEY_ARN, KEY_ID, "alias/audit"])
@pytest.mark.parametrize("asked", [KEY_ARN, KEY_ID, "alias/audit"])
@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
def test_the_same_key_by_any_name_is_no_change(name: str, asked: str, algorithm: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, "KMSMasterKeyID": name}}
    found = dataclasses.replace(STATE, encryption={**rule, "BucketKeyEnabled": True}, keys={asked: KEY, name: KEY})
    assert changes(request(kms_key=asked), found) == {}


@pytest.mark.parametrize(
    "now", [encrypted("alias/other", BucketKeyEnabled=True), encrypted(None, BucketKeyEnabled=True)]
)
def test_another_key_keeps_the_rest_of_the_rule(now: dict[str, t.Any]) -> None:
    found = dataclasses.replace(STATE, encryption=now, keys={"alias/audit": KEY, "alias/other": OTHER_KEY})
    plan = plan_bucket(request(kms_key="alias/audit"), found)
    [change] = plan.encryption
    assert change.arguments["ServerSideEncryptionConfiguration"]["Rules"] == [encrypted(BucketKeyEnabled=True)]
    assert plan.settings["encryption"] == {"algorithm": "aws:kms", "kms_key": KEY_ARN, "bucket_key_enabled": True}


def test_the_key_policy_follows_the_bucket_key() -> None:
    for bucket_key in (True, False):
        found = dataclasses.replace(STATE, encryption=encrypted(BucketKeyEnabled=bucket_key), keys={KEY_ARN: KEY})
        plan = plan_bucket(REQUEST, found)
        assert plan.key_policy
        for statement in plan.key_policy.statements(found.policy):
            contexts = statement["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
            assert (REQUEST.arn in contexts) is bucket_key


def test_a_key_whose_policy_somebody_else_looks_after() -> None:
    found = dataclasses.replace(STATE, keys={"alias/audit": dataclasses.replace(KEY, policy=None)})
    plan = plan_bucket(request(kms_key="alias/audit", manage_kms_key_policy=False), found)
    assert (plan.key_policy, plan.refusals) == (None, ())


# Lifecycle


def rule(**changed: t.Any) -> dict[str, t.Any]:
    return {
        "ID": "cloudpki-audit-reports-expire",
        "Status": "Enabled",
        "Filter": {"Prefix": "audit-report/"},
        "Expiration": {"Days": 90},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        **changed,
    }


THEIRS = rule(ID="theirs", Filter={"Prefix": "other/"}, Expiration={"Days": 7})


@pytest.mark.parametrize(
    ("rules", "changed"),
    [
        ([rule()], False),
        ([rule(Filter=None, Prefix="audit-report/")], False),
        ([THEIRS, rule()], False),
        ([rule(Status="Disabled")], True),
        ([rule(Expiration={"Days": 30})], True),
        ([rule(NoncurrentVersionExpiration=None)], True),
        ([rule(Filter={"Prefix": "other/"})], True),
        ([THEIRS], True),
        ([], True),
    ],
)
def test_expiration(rules: list[dict[str, t.Any]], changed: bool) -> None:
    lifecycle = {"Rules": rules, "TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    found = dataclasses.replace(STATE, lifecycle=lifecycle)
    made = changes(request(expiration_days=90), found)
    assert bool(made) is changed
    assert changes(REQUEST, found) == {}
    if made:
        arguments = made["put_bucket_lifecycle_configuration"].arguments
        assert arguments["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
        others = [each for each in rules if each["ID"] == "theirs"]
        assert arguments["LifecycleConfiguration"] == {"Rules": [*others, rule()]}


QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:reports"
THEIR_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:theirs"


def notification(
    queue: str = QUEUE, prefix: str = "audit-report/", event: str = "s3:ObjectCreated:*"
) -> dict[str, t.Any]:
    # As S3 answers: with capital letters, and with rules that say nothing.
    rules = [{"Name": "Prefix", "Value": prefix}, {"Name": "Suffix", "Value": ""}]
    filters = {"Key": {"FilterRules": rules}}
    return {"Id": "cloudpki-audit-reports-created", "QueueArn": queue, "Events": [event], "Filter": filters}


@pytest.mark.parametrize(
    ("ours", "changed"),
    [
        ([notification()], False),
        ([], True),
        ([notification(queue=THEIR_QUEUE)], True),
        ([notification(prefix="")], True),
        ([notification(event="s3:ObjectCreated:Put")], True),
    ],
)
def test_notification(ours: list[dict[str, t.Any]], changed: bool) -> None:
    theirs = {"Id": "theirs", "QueueArn": THEIR_QUEUE, "Events": ["s3:ObjectRemoved:*"]}
    kept = {"TopicConfigurations": [{"Id": "topic"}], "EventBridgeConfiguration": {}}
    found = {"ResponseMetadata": {}, "QueueConfigurations": [*ours, theirs], **kept}
    made = changes(request(queue_arn=QUEUE), dataclasses.replace(STATE, notifications=found))
    assert ("put_bucket_notification_configuration" in made) is changed
    if changed:
        change = made["put_bucket_notification_configuration"]
        after = change.arguments["NotificationConfiguration"]
        assert {name: value for name, value in after.items() if name != "QueueConfigurations"} == kept
        assert [each["Id"] for each in after["QueueConfigurations"]] == ["theirs", "cloudpki-audit-reports-created"]
        assert changes(request(queue_arn=QUEUE), dataclasses.replace(STATE, notifications=after)) == {
            name: each for name, each in made.items() if each is not change
        }


def test_a_queue_in_another_region() -> None:
    elsewhere = f"arn:aws:sqs:us-east-1:{ACCOUNT}:reports"
    assert "Use a queue in the region of the bucket" in refusal(request(queue_arn=elsewhere), STATE)


def test_no_expiration_any_more() -> None:
    asked = request(expiration_days=0)
    mixed = changes(asked, dataclasses.replace(STATE, lifecycle={"Rules": [rule(), THEIRS]}))
    assert mixed["put_bucket_lifecycle_configuration"].arguments == {"LifecycleConfiguration": {"Rules": [THEIRS]}}
    assert list(changes(asked, dataclasses.replace(STATE, lifecycle={"Rules": [rule()]}))) == [
        "delete_bucket_lifecycle"
    ]
    assert changes(asked, dataclasses.replace(STATE, lifecycle={})) == {}


# Archives

ARCHIVE = request(archive=True, retention=Retention("GOVERNANCE", 30))


def locked(**retention: t.Any) -> BucketState:
    default = {"Rule": {"DefaultRetention": retention}} if retention else {}
    return dataclasses.replace(STATE, object_lock={"ObjectLockEnabled": "Enabled", **default})


def test_a_new_archive() -> None:
    made = changes(ARCHIVE, NEW)
    assert made["create_bucket"].arguments["ObjectLockEnabledForBucket"] is True
    assert made["put_object_lock_configuration"].arguments == {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
        }
    }
    # S3 switches it on itself.
    assert "put_bucket_versioning" not in made


@pytest.mark.parametrize(
    ("found", "mode", "days", "stricter"),
    [
        (locked(Mode="GOVERNANCE", Days=30), None, None, False),
        (locked(Mode="GOVERNANCE", Days=30, Years=0), None, None, False),
        (locked(), "GOVERNANCE", 30, False),
        (locked(Mode="GOVERNANCE", Days=10), "GOVERNANCE", 30, False),
        (locked(Mode="COMPLIANCE", Days=10), "COMPLIANCE", 30, True),
        (locked(Mode="COMPLIANCE", Days=30), None, None, True),
        (locked(Mode="GOVERNANCE", Years=1), None, None, True),
    ],
)
def test_a_retention_never_becomes_less_strict(
    found: BucketState, mode: str | None, days: int | None, stricter: bool
) -> None:
    plan = plan_bucket(ARCHIVE, found)
    made = [change.arguments["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] for change in plan.before]
    assert made == ([{"Mode": mode, "Days": days}] if mode else [])
    assert bool(plan.warnings) is stricter
    if mode:
        assert plan.settings["object_lock"] == {"mode": mode, "days": days}


def test_what_object_lock_is_for() -> None:
    assert "AWS Private CA cannot write to such a bucket" in refusal(REQUEST, locked())
    assert "was made without Object Lock" in refusal(ARCHIVE, STATE)


# What is refused before anything is changed


def allow(sid: str = "Theirs", **changed: t.Any) -> dict[str, t.Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": MEMBER},
        "Action": "s3:GetObject",
        "Resource": "*",
        **changed,
    }


@pytest.mark.parametrize(
    ("asked", "found", "sentence"),
    [
        (
            REQUEST,
            state(allow(Principal="*")),
            "The statement 'Theirs' of the policy of the bucket audit allows public",
        ),
        (
            REQUEST,
            state({**allow(Principal={"AWS": "AROAEXAMPLE0123456789"}), "Sid": ""}),
            "statement number 1, which has no Sid, of the policy of the bucket audit names AROAEXAMPLE0123456789",
        ),
        (
            REQUEST,
            dataclasses.replace(STATE, object_ownership="ObjectWriter", grantees=("http://everybody",)),
            "The ACL of the bucket audit lets others in (http://everybody)",
        ),
        (request(kms_key="alias/gone"), dataclasses.replace(STATE, keys={"alias/gone": None}), "There is no KMS key"),
        (REQUEST, dataclasses.replace(STATE, encryption=encrypted(None)), "is encrypted with alias/aws/s3."),
        (
            request(member_role_name="PrivateCAAudit", kms_key=KEY_ARN),
            dataclasses.replace(STATE, keys={KEY_ARN: KEY}),
            "set member_write to false",
        ),
        (
            request(account_ids=tuple(f"{number:012}" for number in range(1500))),
            STATE,
            "It would name 1500 accounts. Set organization_id",
        ),
        (
            request(organization_id="o-example1234"),
            state(allow(Resource=["x" * 100] * 250)),
            "and AWS accepts 20480. Name fewer reader_arns",
        ),
        (
            request(kms_key=KEY_ARN),
            dataclasses.replace(
                STATE,
                keys={KEY_ARN: dataclasses.replace(KEY, policy={"Statement": [allow(Action=["x" * 100] * 350)]})},
            ),
            "and AWS accepts 32768. Remove statements",
        ),
        (
            request(kms_key=KEY_ARN),
            dataclasses.replace(
                STATE,
                keys={
                    KEY_ARN: dataclasses.replace(
                        KEY, policy={"Statement": [allow(Principal={"AWS": "AIDAEXAMPLE0123456789"})]}
                    )
                },
            ),
            f"of the policy of the KMS key {KEY_ARN} names AIDAEXAMPLE0123456789",
        ),
    ],
)
def test_refused(asked: t.Any, found: BucketState, sentence: str) -> None:
    assert sentence in refusal(asked, found)


def test_all_reasons_at_once() -> None:
    found = dataclasses.replace(locked(), encryption=encrypted(None), policy={"Statement": [allow(Principal="*")]})
    assert len(plan_bucket(REQUEST, found).refusals) == 3


def test_what_is_not_written_may_be_what_aws_would_not_take_today() -> None:
    dead = allow(Principal={"AWS": "AROAEXAMPLE0123456789"})
    fit = plan_bucket(REQUEST, STATE).bucket_policy.merge(state(dead).policy)
    assert plan_bucket(REQUEST, dataclasses.replace(STATE, policy=fit)).refusals == ()


# Whom the bucket is for


def sources(asked: t.Any, found: BucketState) -> list[str]:
    policy = plan_bucket(asked, found).bucket_policy.merge(found.policy)
    [ours] = [each for each in statements_of(policy) if each["Sid"] == "CloudpkiPrivateCAWrites"]
    return t.cast("list[str]", ours["Condition"]["StringEquals"]["aws:SourceAccount"])


@pytest.mark.parametrize("now", ["333333333333", ["333333333333", ACCOUNT]])
def test_accounts_that_are_not_listed(now: t.Any) -> None:
    ours = allow("CloudpkiPrivateCAWrites", Condition={"StringEquals": {"AWS:sourceAccount": now}})
    found = state(ours, allow(Condition={"StringEquals": {"aws:SourceAccount": "444444444444"}}))
    asked = request(account_ids=(MEMBER,))
    assert sources(asked, found) == [MEMBER]
    kept = sources(dataclasses.replace(asked, purge_account_ids=False), found)
    assert kept == sorted({MEMBER, "333333333333", *([ACCOUNT] if isinstance(now, list) else [])})


@pytest.mark.parametrize(
    ("regions", "bucket_region", "has_key", "words"),
    [
        ((REGION,), REGION, True, []),
        (("eu-south-1",), REGION, False, []),
        (("eu-south-1", "us-east-1"), "eu-south-1", False, ["a region that accounts have to enable", "(us-east-1)"]),
        ((REGION, "us-east-1"), REGION, True, ["The KMS key of the bucket is in eu-central-1", "(us-east-1)"]),
    ],
)
def test_regions_that_may_not_go_together(
    regions: tuple[str, ...], bucket_region: str, has_key: bool, words: list[str]
) -> None:
    key = dataclasses.replace(KEY, arn=KEY_ARN.replace(REGION, bucket_region))
    found = dataclasses.replace(STATE, region=bucket_region, keys={"alias/audit": key} if has_key else {})
    plan = plan_bucket(request(regions=regions, kms_key="alias/audit" if has_key else ""), found)
    assert len(plan.warnings) == bool(words)
    assert all(word in plan.warnings[0] for word in words)


# Taking it back


def test_only_our_statements_are_withdrawn() -> None:
    theirs = allow()
    keys = {KEY_ARN: dataclasses.replace(KEY, policy={"Statement": [theirs]})}
    plan = plan_bucket(request(kms_key=KEY_ARN), state(theirs, keys=keys))
    with_ours = plan.bucket_policy.merge(state(theirs).policy)
    assert plan.key_policy
    key = dataclasses.replace(KEY, policy=plan.key_policy.merge({"Statement": [theirs]}))
    asked = request(present=False, kms_key=KEY_ARN)
    absent = plan_bucket(asked, dataclasses.replace(STATE, policy=with_ours, keys={KEY_ARN: key}))
    assert (absent.before, absent.encryption, absent.after, absent.refusals) == ((), (), (), ())
    assert statements_of(absent.bucket_policy.merge(with_ours)) == [theirs]
    assert absent.key_policy
    assert key.policy
    assert statements_of(absent.key_policy.merge(key.policy)) == [theirs]


def test_settings_are_shown_as_they_are() -> None:
    assert describe(NEW) == {}
    found = dataclasses.replace(
        locked(Mode="COMPLIANCE", Years=1),
        encryption=encrypted("alias/audit", BucketKeyEnabled=True),
        keys={"alias/audit": KEY},
        tags={"a": "b"},
        lifecycle={"Rules": [THEIRS, rule()]},
        notifications={"QueueConfigurations": [{"Id": "theirs", "QueueArn": THEIR_QUEUE}, notification()]},
    )
    assert describe(found) == {
        "versioning": "Enabled",
        "public_access_block": dict.fromkeys(PUBLIC_ACCESS, True),
        "object_ownership": "BucketOwnerEnforced",
        "encryption": {"algorithm": "aws:kms", "kms_key": KEY_ARN, "bucket_key_enabled": True},
        "object_lock": {"mode": "COMPLIANCE", "days": 365},
        "tags": {"a": "b"},
        "expiration_days": 90,
        "queue_arn": QUEUE,
    }
