# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.settings import (
    PUBLIC_ACCESS,
    encryption_of,
    plan_bucket,
)

KEY = "arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555"
POLICY: dict[str, t.Any] = {"Version": "2012-10-17", "Statement": [{"Sid": "Ours", "Effect": "Deny"}]}

# As amazon.aws.s3_bucket returns a bucket that is fit already.
FIT: dict[str, t.Any] = {
    "name": "audit",
    "versioning": {"Versioning": "Enabled"},
    "public_access_block": dict.fromkeys(PUBLIC_ACCESS, True),
    "object_ownership": "BucketOwnerEnforced",
    "encryption": {"SSEAlgorithm": "AES256"},
    "tags": {"theirs": "1"},
    "policy": POLICY,
    "object_lock_enabled": False,
}


def test_a_bucket_that_is_fit_is_left_alone() -> None:
    plan = plan_bucket("audit", FIT, policy=POLICY, tags={"theirs": "1"})
    assert (plan.arguments, plan.lifecycle, plan.changes) == ({}, {}, [])


def test_a_new_bucket_gets_everything() -> None:
    plan = plan_bucket("audit", None, policy=POLICY, tags={"team": "pki"}, expiration_days=90)
    assert plan.arguments == {
        "versioning": True,
        "public_access": dict.fromkeys(PUBLIC_ACCESS, True),
        "object_ownership": "BucketOwnerEnforced",
        "encryption": "AES256",
        "purge_tags": False,
        "tags": {"team": "pki"},
        "policy": POLICY,
    }
    assert plan.lifecycle["prefix"] == "audit-report/"
    assert plan.changes[0] == "create the bucket audit"


@pytest.mark.parametrize(
    ("found", "argument"),
    [
        ({"versioning": {"Versioning": "Suspended"}}, "versioning"),
        (
            {"public_access_block": {**dict.fromkeys(PUBLIC_ACCESS, True), "block_public_policy": False}},
            "public_access",
        ),
        ({"public_access_block": {}}, "public_access"),
        ({"object_ownership": "ObjectWriter"}, "object_ownership"),
        ({"encryption": None}, "encryption"),
        ({"policy": {}}, "policy"),
    ],
)
def test_only_what_has_to_change_is_changed(found: dict[str, t.Any], argument: str) -> None:
    plan = plan_bucket("audit", {**FIT, **found}, policy=POLICY)
    assert list(plan.arguments) == [argument]
    assert len(plan.changes) == 1


def test_an_encryption_of_the_owner_stays() -> None:
    theirs = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert plan_bucket("audit", {**FIT, "encryption": theirs}, policy=POLICY).arguments == {}


def test_tags_are_added_to_those_of_the_owner() -> None:
    plan = plan_bucket("audit", FIT, policy=POLICY, tags={"theirs": "1", "ours": "2"})
    assert plan.arguments == {"tags": {"ours": "2"}, "purge_tags": False}


def test_another_key_only_if_it_is_another() -> None:
    encrypted = {**FIT, "encryption": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
    assert plan_bucket("audit", encrypted, policy=POLICY, kms_key_arn=KEY).arguments == {}
    plan = plan_bucket("audit", FIT, policy=POLICY, kms_key_arn=KEY)
    assert plan.arguments == {"encryption": "aws:kms", "encryption_key_id": KEY}


def test_a_policy_that_could_not_be_read_is_not_taken_for_none() -> None:
    with pytest.raises(ValueError, match="s3:GetBucketPolicy on audit is needed"):
        plan_bucket("audit", {**FIT, "policy": None}, policy=POLICY)


LOCK = {"mode": "GOVERNANCE", "days": 30, "years": None}


def test_object_lock_for_a_new_bucket() -> None:
    plan = plan_bucket("audit", None, policy=POLICY, object_lock=LOCK)
    assert plan.arguments["object_lock_enabled"] is True
    assert plan.arguments["object_lock_default_retention"] == {"mode": "GOVERNANCE", "days": 30}


@pytest.mark.parametrize(
    ("retention", "changes"),
    [
        ({"Mode": "GOVERNANCE", "Days": 30}, False),
        ({"Mode": "GOVERNANCE", "Days": 30, "Years": 0}, False),
        ({"Mode": "GOVERNANCE", "Days": 10}, True),
        ({"Mode": "COMPLIANCE", "Days": 30}, True),
        ({}, True),
    ],
)
def test_object_lock_of_a_bucket_that_has_it(retention: dict[str, t.Any], changes: bool) -> None:
    found = {**FIT, "object_lock_enabled": True, "object_lock_default_retention": retention}
    plan = plan_bucket("audit", found, policy=POLICY, object_lock=LOCK)
    assert ("object_lock_default_retention" in plan.arguments) is changes


def test_object_lock_stays_where_it_is_not_asked_for() -> None:
    found = {**FIT, "object_lock_enabled": True, "object_lock_default_retention": {"Mode": "GOVERNANCE", "Days": 30}}
    assert plan_bucket("audit", found, policy=POLICY).arguments == {}


def test_numbers_and_truth_values_are_compared_as_aws_has_them() -> None:
    tagged = {**FIT, "tags": {"cost": "1234", "prod": "true"}}
    assert plan_bucket("audit", tagged, policy=POLICY, tags={"cost": 1234, "prod": True}).arguments == {}  # type: ignore[dict-item]
    locked = {**FIT, "object_lock_enabled": True, "object_lock_default_retention": {"Mode": "GOVERNANCE", "Days": 30}}
    assert plan_bucket("audit", locked, policy=POLICY, object_lock={"mode": "GOVERNANCE", "days": "30"}).arguments == {}


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["x", "*"]}])
def test_a_public_bucket_is_not_adopted(principal: t.Any) -> None:
    public = {"Sid": "Everybody", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    found = {**FIT, "policy": {"Version": "2012-10-17", "Statement": [public]}}
    with pytest.raises(ValueError, match=r"allows public access .statement Everybody."):
        plan_bucket("audit", found, policy=POLICY)
    narrowed = {**public, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}}
    denied = {**public, "Effect": "Deny"}
    plan_bucket("audit", {**FIT, "policy": {"Statement": [narrowed, denied]}}, policy=POLICY)


def test_a_bucket_whose_acl_lets_others_in_is_not_adopted() -> None:
    with pytest.raises(ValueError, match=r"The ACL of the bucket audit .public-read. lets others in"):
        plan_bucket("audit", {**FIT, "object_ownership": "ObjectWriter", "acl": "public-read"}, policy=POLICY)


def test_object_lock_of_a_bucket_without_is_refused() -> None:
    with pytest.raises(ValueError, match="created without Object Lock"):
        plan_bucket("audit", FIT, policy=POLICY, object_lock=LOCK)


@pytest.mark.parametrize(
    "lock",
    [
        {"days": 3},
        {"mode": "X", "days": 3},
        {"mode": "GOVERNANCE"},
        {**LOCK, "years": 1},
        {"mode": "GOVERNANCE", "days": 0},
        {"mode": "GOVERNANCE", "days": "x"},
    ],
)
def test_object_lock_that_makes_no_sense(lock: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="either days or years"):
        plan_bucket("audit", None, policy=POLICY, object_lock=lock)


def rule(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "ID": "cloudpki-audit-reports-expire",
        "Status": "Enabled",
        "Filter": {"Prefix": "audit-report/"},
        "Expiration": {"Days": 90},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        **changes,
    }


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        ([rule()], False),
        ([rule(Filter=None, Prefix="audit-report/")], False),
        ([rule(ID="theirs")], True),
        ([rule(Status="Disabled")], True),
        ([rule(Expiration={"Days": 30})], True),
        ([rule(NoncurrentVersionExpiration=None)], True),
        ([rule(Filter={"Prefix": "other/"})], True),
        ([], True),
    ],
)
def test_expiration(rules: list[dict[str, t.Any]], changes: bool) -> None:
    plan = plan_bucket("audit", FIT, policy=POLICY, lifecycle={"Rules": rules}, expiration_days=90)
    assert bool(plan.lifecycle) is changes
    assert plan_bucket("audit", FIT, policy=POLICY, lifecycle={"Rules": rules}).lifecycle == {}


BUCKET_KEY = {"ServerSideEncryptionConfiguration": {"Rules": [{"BucketKeyEnabled": True}]}}


@pytest.mark.parametrize(
    ("found", "as_s3_says", "wanted", "expected"),
    [
        (None, {}, "", (False, "", False)),
        (None, {}, KEY, (True, KEY, False)),
        ({"SSEAlgorithm": "AES256"}, BUCKET_KEY, "", (False, "", False)),
        ({"SSEAlgorithm": "aws:kms"}, {}, "", (True, "", False)),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, BUCKET_KEY, "", (True, KEY, True)),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, BUCKET_KEY, KEY, (True, KEY, True)),
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "other"}, BUCKET_KEY, KEY, (True, KEY, False)),
        ({"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": KEY}, {}, "", (True, KEY, False)),
    ],
)
def test_the_encryption_that_a_bucket_will_have(
    found: dict[str, t.Any] | None, as_s3_says: dict[str, t.Any], wanted: str, expected: tuple[bool, str, bool]
) -> None:
    current = None if found is None else {**FIT, "encryption": found}
    assert encryption_of(current, as_s3_says, wanted) == expected
