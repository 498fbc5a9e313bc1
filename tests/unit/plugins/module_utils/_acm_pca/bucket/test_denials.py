# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.plan import plan_bucket
from local_aws.policy import PRIVATE_CA, Question, decide

from .builders import BUCKET, KEY, KEY_ARN, MEMBER, REGION, REQUEST, STATE, request, state

ARN = f"arn:aws:s3:::{BUCKET}"
CA = f"arn:aws:acm-pca:{REGION}:{MEMBER}:certificate-authority/{KEY.arn.rpartition('/')[2]}"
REPORT = f"{ARN}/audit-report/{CA.rpartition('/')[2]}/report.json"


def deny(condition: t.Any = None, **changes: t.Any) -> dict[str, t.Any]:
    statement = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [ARN, f"{ARN}/*"]}
    return {**statement, **({"Condition": condition} if condition is not None else {}), **changes}


def verdict(statement: dict[str, t.Any], **changes: t.Any) -> str:
    plan = plan_bucket(request(**changes), state(statement))
    if plan.refusals:
        assert "Exempt AWS services from it" in plan.refusals[0]
        return "denied"
    return "perhaps" if plan.warnings else "fine"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (deny(), "denied"),
        (deny({}), "denied"),
        # Conditions that only callers meet.
        (deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-example1234"}}), "denied"),
        (deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), "denied"),
        (deny({"StringNotLike": {"aws:userid": "AROA*"}}), "denied"),
        (deny({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "denied"),
        (deny({"StringEquals": {"aws:PrincipalOrgID": "o-example1234"}}), "fine"),
        (deny({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "fine"),
        (deny({"Null": {"aws:PrincipalOrgID": "true"}}), "denied"),
        (deny({"Null": {"aws:PrincipalOrgID": False}}), "fine"),
        (deny({"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgPaths": "x"}}), "fine"),
        (deny({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "x"}}), "denied"),
        (deny({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), "denied"),
        # With the way out for AWS services.
        (
            deny({
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example1234"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            }),
            "fine",
        ),
        (
            deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:PrincipalIsAWSService": False}}),
            "fine",
        ),
        (deny({"Bool": {"aws:PrincipalIsAWSService": "true"}}), "denied"),
        (deny({"StringNotEquals": {"aws:PrincipalServiceName": "acm-pca.amazonaws.com"}}), "fine"),
        # Whose CAs.
        (deny({"StringNotEquals": {"aws:SourceAccount": MEMBER}}), "denied"),
        (deny({"StringNotEquals": {"aws:SourceAccount": REQUEST.account_ids}}), "denied"),
        (deny({"StringNotEquals": {"aws:SourceAccount": list(REQUEST.account_ids)}}), "fine"),
        (deny({"ArnNotLike": {"aws:SourceArn": "arn:aws:acm-pca:*:*:certificate-authority/*"}}), "fine"),
        (deny({"ArnNotLike": {"aws:SourceArn": "arn:aws:acm-pca:us-east-1:*:*"}}), "perhaps"),
        (deny({"ArnLike": {"aws:SourceArn": CA}}), "perhaps"),
        (deny({"StringNotEquals": {"aws:SourceOrgID": "o-example1234"}}), "perhaps"),
        # What is usual, and does no harm.
        (deny({"Bool": {"aws:SecureTransport": "false"}}), "fine"),
        (deny({"NumericLessThan": {"s3:TlsVersion": "1.2"}}), "fine"),
        (deny({"NumericLessThan": {"s3:TlsVersion": 1.3}}), "perhaps"),
        # What is not known.
        (deny({"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}), "perhaps"),
        (deny({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}), "perhaps"),
        (deny({"Null": {"s3:x-amz-server-side-encryption": "true"}}), "perhaps"),
        (deny({"StringNotEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}), "perhaps"),
        (deny({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}), "perhaps"),
        (deny({"NumericEquals": {"aws:SourceAccount": MEMBER}}), "perhaps"),
        (deny({"Wrong Operator": {"aws:SourceAccount": MEMBER}}), "perhaps"),
        (deny(["wrong"]), "perhaps"),
        # Whom, what, where.
        (deny(Principal={"AWS": "*"}), "denied"),
        (deny(Principal={"AWS": MEMBER}), "fine"),
        (deny(Principal={"Service": ["acm-pca.amazonaws.com", "x.amazonaws.com"]}), "denied"),
        (deny(Principal={"Service": "cloudtrail.amazonaws.com"}), "fine"),
        (deny(Principal=None, NotPrincipal={"AWS": MEMBER}), "denied"),
        (deny(Principal=None, NotPrincipal={"Service": "acm-pca.amazonaws.com"}), "fine"),
        (deny(Action="s3:DeleteObject*"), "fine"),
        (deny(Action=["S3:putobjectACL"]), "denied"),
        (deny(Action=None, NotAction="s3:Put*"), "denied"),
        (deny(Action=None, NotAction=["s3:Put*", "s3:GetBucket*"]), "fine"),
        (deny(Resource=f"{ARN}/other/*"), "fine"),
        (deny(Resource=f"{ARN}/audit-report/*"), "denied"),
        (deny(Resource=f"{ARN}/audit-report/{CA.rpartition('/')[2]}/*"), "perhaps"),
        (deny(Resource=f"{ARN}/${{aws:PrincipalAccount}}/*"), "perhaps"),
        (deny(Resource=None, NotResource=[ARN, f"{ARN}/*"]), "fine"),
        (deny(Resource=None, NotResource=f"{ARN}/public/*"), "denied"),
        (deny(Effect="Allow", Principal={"AWS": MEMBER}), "fine"),
    ],
)  # fmt: skip
def test_what_others_deny(statement: dict[str, t.Any], expected: str) -> None:
    given = {key: value for key, value in statement.items() if value is not None}
    assert verdict(given) == expected


def test_what_the_task_names_is_known() -> None:
    not_ours = deny({"ArnNotLike": {"aws:SourceArn": "arn:aws:acm-pca:us-east-1:*:*"}})
    assert verdict(not_ours, certificate_authority_arns=(CA,), account_ids=(MEMBER,)) == "denied"
    others = deny({"StringNotEquals": {"aws:SourceOrgID": "o-example1234"}})
    assert verdict(others, organization_id="o-example1234") == "fine"
    assert verdict(others, organization_id="o-example9999") == "denied"
    regional = deny(Principal={"Service": "acm-pca.eu-south-1.amazonaws.com"})
    assert verdict(regional, regions=("eu-south-1",)) == "denied"
    assert plan_bucket(request(archive=True), state(deny(), object_lock={})).refusals == ()


def test_the_statement_is_named() -> None:
    [sentence] = plan_bucket(REQUEST, state({**deny(Action="s3:PutObject"), "Sid": ""})).refusals
    assert "statement number 1, which has no Sid, of the policy of the bucket audit denies" in sentence
    assert "AWS Private CA s3:PutObject." in sentence


def test_the_policy_of_the_key() -> None:
    statement = deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}}, Action="kms:*", Resource="*")
    key = dataclasses.replace(KEY, policy={"Version": "2012-10-17", "Statement": [statement]})
    plan = plan_bucket(request(kms_key=KEY_ARN), dataclasses.replace(STATE, keys={KEY_ARN: key}))
    assert f"of the policy of the KMS key {KEY_ARN} denies AWS Private CA kms:GenerateDataKey" in plan.refusals[0]


# Whatever a policy says: what the local AWS denies, the task has noticed.

KEYS = ("aws:PrincipalOrgID", "aws:SourceVpce", "aws:SourceAccount", "aws:SecureTransport", "aws:PrincipalIsAWSService")
OPERATORS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLikeIfExists", "Bool", "Null")
VALUES = ("true", "false", MEMBER, "o-example1234", "*")
conditions = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), min_size=1, max_size=2),
    max_size=2,
)
statements = st.builds(
    deny,
    conditions,
    Action=st.sampled_from(["s3:*", "s3:Put*", "s3:GetObject", "*"]),
    Resource=st.sampled_from(["*", ARN, f"{ARN}/*", f"{ARN}/audit-report/*", f"{ARN}/other/*"]),
    Principal=st.sampled_from(["*", {"AWS": MEMBER}, {"Service": "acm-pca.amazonaws.com"}]),
)


@given(statements)
def test_nothing_that_is_denied_escapes(statement: dict[str, t.Any]) -> None:
    context = {
        "aws:SourceAccount": MEMBER,
        "aws:SourceArn": CA,
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
    }
    plan = plan_bucket(request(account_ids=(MEMBER,)), state(statement))
    policy = plan.bucket_policy.merge(state(statement).policy)
    decision = decide(policy, Question("s3:PutObject", REPORT, PRIVATE_CA, context))
    assert bool(decision) is not any("s3:PutObject" in each for each in plan.refusals)
