# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.policy import PRIVATE_CA, Principal, Question, decide, first_refusal

ACCOUNT = "111122223333"
CA_ARN = f"arn:aws:acm-pca:eu-west-1:{ACCOUNT}:certificate-authority/11111111-2222-3333-4444-555555555555"
BUCKET = "arn:aws:s3:::reports"
OBJECT = f"{BUCKET}/audit-report/11111111-2222-3333-4444-555555555555/r.json"
CONTEXT: dict[str, str | tuple[str, ...]] = {
    "aws:SourceAccount": ACCOUNT,
    "aws:SourceArn": CA_ARN,
    "aws:SourceOrgID": "o-abcdefghij",
    "aws:SourceOrgPaths": ("o-abcdefghij/r-ab12/ou-ab12-11111111/",),
    "aws:SecureTransport": "true",
    "s3:TlsVersion": "1.3",
}
PUT = Question("s3:PutObject", OBJECT, PRIVATE_CA, CONTEXT)


def allow(**changes: Any) -> dict[str, Any]:
    statement = {
        "Sid": "Allow",
        "Effect": "Allow",
        "Principal": {"Service": "acm-pca.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{BUCKET}/*",
        **changes,
    }
    return {name: value for name, value in statement.items() if value is not None}


def deny(**changes: Any) -> dict[str, Any]:
    return allow(**{"Sid": "Deny", "Effect": "Deny", **changes})


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ({"Service": "acm-pca.amazonaws.com"}, True),
        ({"Service": ["cloudtrail.amazonaws.com", "acm-pca.amazonaws.com"]}, True),
        ({"Service": "acm.amazonaws.com"}, False),
        ({"Service": "acm-pca.*"}, False),
        ("*", True),
        ({"AWS": "*"}, True),
        ({"Service": "*"}, True),
        ({"AWS": ACCOUNT}, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, False),
        ({"Federated": "acm-pca.amazonaws.com"}, False),
        ("acm-pca.amazonaws.com", False),
        (None, False),
    ],
)
def test_principal(principal: Any, allowed: bool) -> None:
    assert decide(policy(allow(Principal=principal)), PUT).allowed is allowed


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"Action": "s3:PutObject"}, True),
        ({"Action": "S3:putobject"}, True),
        ({"Action": ["s3:GetObject", "s3:PutObject"]}, True),
        ({"Action": "s3:Put*"}, True),
        ({"Action": "s3:PutObjec?"}, True),
        ({"Action": "*"}, True),
        ({"Action": "s3:PutObjectAcl"}, False),
        ({"Action": "s3:PutObject?"}, False),
        ({"Action": []}, False),
        ({"Action": None, "NotAction": "s3:GetObject"}, True),
        ({"Action": None, "NotAction": ["s3:GetObject", "s3:Put*"]}, False),
        ({"Action": None}, False),
    ],
)
def test_action(changes: dict[str, Any], allowed: bool) -> None:
    assert decide(policy(allow(**changes)), PUT).allowed is allowed


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"Resource": "*"}, True),
        ({"Resource": OBJECT}, True),
        ({"Resource": [BUCKET, f"{BUCKET}/audit-report/*"]}, True),
        ({"Resource": f"{BUCKET}/audit-report/?1111111-*"}, True),
        ({"Resource": BUCKET}, False),
        ({"Resource": f"{BUCKET}/AUDIT-REPORT/*"}, False),
        ({"Resource": f"{BUCKET}/crl/*"}, False),
        ({"Resource": "arn:aws:s3:::other/*"}, False),
        ({"Resource": None, "NotResource": f"{BUCKET}/crl/*"}, True),
        ({"Resource": None, "NotResource": f"{BUCKET}/*"}, False),
        ({"Resource": None}, False),
    ],
)
def test_resource(changes: dict[str, Any], allowed: bool) -> None:
    assert decide(policy(allow(**changes)), PUT).allowed is allowed


CONDITIONS: list[tuple[dict[str, Any], bool]] = [
    ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
    ({"StringEquals": {"AWS:sourceaccount": ACCOUNT}}, True),
    ({"StringEquals": {"aws:SourceAccount": ["999999999999", ACCOUNT]}}, True),
    ({"StringEquals": {"aws:SourceAccount": 111122223333}}, True),
    ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, False),
    ({"StringEquals": {"aws:SourceAccount": "1111*"}}, False),
    ({"StringEquals": {"aws:SourceArn": CA_ARN}}, True),
    ({"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": CA_ARN}}, True),
    ({"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": "arn:aws:acm-pca:x"}}, False),
    ({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "StringLike": {"aws:SourceArn": "nothing"}}, False),
    ({"StringEqualsIgnoreCase": {"aws:SourceArn": CA_ARN.upper()}}, True),
    ({"StringNotEquals": {"aws:SourceAccount": "999999999999"}}, True),
    ({"StringNotEquals": {"aws:SourceAccount": ["999999999999", ACCOUNT]}}, False),
    ({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, True),
    ({"StringNotLike": {"aws:SourceAccount": "1111*"}}, False),
    ({"StringNotEqualsIgnoreCase": {"aws:SourceOrgID": "O-ABCDEFGHIJ"}}, False),
    ({"StringLike": {"aws:SourceArn": "arn:*:certificate-authority/*"}}, True),
    ({"StringLike": {"aws:SourceArn": "arn:aws:acm-pca:*:999999999999:*"}}, False),
    ({"ArnLike": {"aws:SourceArn": f"arn:aws:acm-pca:*:{ACCOUNT}:certificate-authority/*"}}, True),
    ({"ArnEquals": {"aws:SourceArn": f"arn:aws:acm-pca:*:{ACCOUNT}:certificate-authority/*"}}, True),
    ({"ArnEquals": {"aws:SourceArn": CA_ARN}}, True),
    # A * of an ARN operator stays within its part of the ARN.
    ({"ArnLike": {"aws:SourceArn": "arn:aws:*:certificate-authority/*"}}, False),
    ({"ArnLike": {"aws:SourceArn": "*"}}, False),
    ({"ArnNotLike": {"aws:SourceArn": "arn:aws:acm-pca:*:*:*"}}, False),
    ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:acm-pca:us-east-1:*:*"}}, True),
    ({"StringEquals": {"aws:SourceOrgID": "o-abcdefghij"}}, True),
    ({"StringEquals": {"aws:SourceOrgID": "o-other"}}, False),
    # Never there for a service principal.
    ({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}, False),
    ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-other"}}, True),
    ({"StringEqualsIfExists": {"aws:SourceAccount": "999999999999"}}, False),
    ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ({"Bool": {"aws:SecureTransport": True}}, True),
    ({"Bool": {"aws:SecureTransport": "false"}}, False),
    ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True),
    ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
    ({"Null": {"aws:PrincipalOrgID": "true"}}, True),
    ({"Null": {"aws:PrincipalOrgID": "false"}}, False),
    ({"Null": {"aws:SourceArn": False}}, True),
    ({"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-abcdefghij/r-ab12/*"}}, True),
    ({"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-other/*"}}, False),
    ({"ForAllValues:StringLike": {"aws:SourceOrgPaths": "o-abcdefghij/*"}}, True),
    ({"ForAllValues:StringLike": {"aws:TagKeys": "x"}}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}, False),
    ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, False),
    ({"NumericGreaterThanEquals": {"s3:TlsVersion": 1.2}}, True),
    ({"NumericEquals": {"s3:TlsVersion": "new"}}, False),
    ({"NumericNotEquals": {"s3:TlsVersion": "1.2"}}, True),
    ({"NumericLessThanEquals": {"s3:TlsVersion": "1.3"}}, True),
    ({"NumericGreaterThan": {"s3:TlsVersion": "1.3"}}, False),
    ({"StringEquals": {"aws:NoSuchKey": "x"}}, False),
    ({}, True),
]


@pytest.mark.parametrize(("condition", "met"), CONDITIONS)
def test_condition_of_an_allow(condition: dict[str, Any], met: bool) -> None:
    assert decide(policy(allow(Condition=condition)), PUT).allowed is met


@pytest.mark.parametrize(("condition", "met"), CONDITIONS)
def test_condition_of_a_deny(condition: dict[str, Any], met: bool) -> None:
    assert decide(policy(allow(), deny(Condition=condition)), PUT).allowed is not met


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEqual": {"aws:SourceAccount": ACCOUNT}},
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
        {"StringEquals": "aws:SourceAccount"},
        ["StringEquals"],
    ],
)
def test_condition_that_nobody_can_read_never_makes_the_answer_more_generous(condition: Any) -> None:
    assert not decide(policy(allow(Condition=condition)), PUT)
    assert not decide(policy(allow(), deny(Condition=condition)), PUT)


@pytest.mark.parametrize("order", [1, -1])
def test_explicit_deny_wins(order: int) -> None:
    decision = decide(policy(*[allow(), deny(Principal="*", Action="s3:*", Resource="*")][::order]), PUT)
    assert not decision
    assert decision.reason == "statement 'Deny' denies it"


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (deny(Principal=None, NotPrincipal={"Service": "acm-pca.amazonaws.com"}), True),
        (deny(Principal=None, NotPrincipal={"AWS": ACCOUNT}), False),
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (deny(Principal="*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), False),
        (deny(Principal={"Service": "logging.s3.amazonaws.com"}), True),
        (deny(Action="s3:DeleteObject"), True),
        (deny(Resource=f"{BUCKET}/crl/*"), True),
    ],
)
def test_deny_that_does_not_apply_changes_nothing(statement: dict[str, Any], allowed: bool) -> None:
    assert decide(policy(allow(), statement), PUT).allowed is allowed


@pytest.mark.parametrize(
    ("resource", "version", "allowed"),
    [
        (f"{BUCKET}/${{aws:SourceAccount}}/*", "2012-10-17", True),
        (f"{BUCKET}/${{AWS:SOURCEACCOUNT}}/*", "2012-10-17", True),
        (f"{BUCKET}/${{aws:PrincipalAccount}}/*", "2012-10-17", False),
        (f"{BUCKET}/${{aws:SourceAccount}}/*", "2008-10-17", False),
    ],
)
def test_policy_variables(resource: str, version: str, allowed: bool) -> None:
    question = Question("s3:PutObject", f"{BUCKET}/{ACCOUNT}/x", context=CONTEXT)
    assert decide(policy(allow(Resource=resource), version=version), question).allowed is allowed


@pytest.mark.parametrize(
    "nothing", [None, "", "{", "[]", b"\xff", {}, {"Statement": None}, {"Statement": ["x", {"Effect": "Maybe"}]}]
)
def test_without_a_policy_that_can_be_read_nothing_is_allowed(nothing: Any) -> None:
    assert not decide(nothing, PUT)


def test_policy_as_text_bytes_and_single_statement() -> None:
    single = {"Version": "2012-10-17", "Statement": allow()}
    assert decide(json.dumps(single), PUT)
    assert decide(json.dumps(single).encode(), PUT)


def test_first_refusal_names_action_and_resource() -> None:
    questions = [PUT, Question("s3:GetBucketAcl", BUCKET, context=CONTEXT)]
    refusal = first_refusal(policy(allow()), questions)
    assert refusal is not None
    assert (refusal.action, refusal.resource, refusal.reason) == (
        "s3:GetBucketAcl",
        BUCKET,
        "no statement allows it",
    )
    assert first_refusal(policy(allow()), [PUT]) is None


def test_other_principals_are_compared_by_every_name_they_go_by() -> None:
    caller = Principal("AWS", (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"))
    question = Question("s3:PutObject", OBJECT, caller)
    assert decide(policy(allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})), question)
    assert not decide(policy(allow()), question)
