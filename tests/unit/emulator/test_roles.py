# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World

from local_aws.in_process import local_aws

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/Auditor"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"

Client = Callable[..., Any]


def trust(principal: Any, condition: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **changes}
    return {**statement, "Condition": condition} if condition else statement


def make_role(world: World, *statements: Mapping[str, Any], name: str = "Auditor") -> None:
    iam = world.client("iam", **world.as_account(OTHER_ACCOUNT))
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)


def assume(sts: Any, role: str = ROLE, **parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = sts.assume_role(RoleArn=role, RoleSessionName="test", **parameters)
    return answer


def assert_denied(sts: Any, role: str = ROLE, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        assume(sts, role, **parameters)
    response = refused.value.response
    assert response["Error"]["Code"] == "AccessDenied"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    message = str(response["Error"]["Message"])
    assert message.endswith(f" is not authorized to perform: sts:AssumeRole on resource: {role}")
    return message


WITH_ID = {"StringEquals": {"sts:ExternalId": "secret-7"}}


@pytest.mark.parametrize(
    ("statement", "given", "allowed"),
    [
        (trust({"AWS": ROOT}), {}, True),
        (trust({"AWS": ACCOUNT}), {}, True),
        (trust({"AWS": [f"arn:aws:iam::{OTHER_ACCOUNT}:root", ROOT]}), {}, True),
        (trust({"AWS": "*"}), {}, True),
        (trust({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}), {}, False),
        (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/Somebody"}), {}, False),
        (trust({"Service": "ec2.amazonaws.com"}), {}, False),
        (trust({"AWS": ROOT}, Action="sts:AssumeRoleWithSAML"), {}, False),
        (trust({"AWS": ROOT}, Effect="Deny"), {}, False),
        (trust({"AWS": ROOT}, WITH_ID), {"ExternalId": "secret-7"}, True),
        (trust({"AWS": ROOT}, WITH_ID), {"ExternalId": "secret-8"}, False),
        (trust({"AWS": ROOT}, WITH_ID), {}, False),
        (trust({"AWS": ROOT}), {"ExternalId": "not-asked-for"}, True),
        (trust({"AWS": ROOT}, {"StringLike": {"sts:RoleSessionName": "te*"}}), {}, True),
        (trust({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-elsewhere00"}}), {}, False),
    ],
)
def test_trust_policy_of_a_role_that_exists(
    world: World, statement: dict[str, Any], given: dict[str, str], allowed: bool
) -> None:
    make_role(world, statement)
    sts = world.client("sts")
    if allowed:
        assert assume(sts, **given)["AssumedRoleUser"]["Arn"].endswith("assumed-role/Auditor/test")
    else:
        assert assert_denied(sts, **given).startswith(f"User: arn:aws:sts::{ACCOUNT}:user/moto is not")


def test_deny_wins(world: World) -> None:
    make_role(world, trust({"AWS": "*"}), trust({"AWS": ROOT}, Effect="Deny"))
    assert_denied(world.client("sts"))


def test_session_goes_by_its_role(world: World) -> None:
    make_role(world, trust({"AWS": "arn:aws:iam::333333333333:role/Hub"}))
    sts = world.client("sts")
    assert_denied(sts)
    given = assume(sts, "arn:aws:iam::333333333333:role/Hub")["Credentials"]
    hub = world.client(
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    assert assume(hub)
    message = assert_denied(world.client("sts", **world.as_account("444444444444")))
    assert message.startswith("User: arn:aws:sts::444444444444:assumed-role/Auditor/test is not")


def test_organization_may_be_trusted(world: World) -> None:
    organization = world.client("organizations").create_organization(FeatureSet="ALL")["Organization"]["Id"]
    make_role(world, trust({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": organization}}))
    assert assume(world.client("sts"))
    assert_denied(world.client("sts", **world.as_account("444444444444")))


@pytest.mark.parametrize(
    "role", [ROLE, f"arn:aws:iam::{ACCOUNT}:role/path/Nobody", f"arn:aws-cn:iam::{ACCOUNT}:role/Nobody"]
)
def test_role_that_does_not_exist(client: Client, role: str) -> None:
    with local_aws() as aws:
        sts = client("sts")
        assert assume(sts, role)
        aws.configure(require_roles=True)
        assert_denied(sts, role)


def test_fault_of_one_role(client: Client) -> None:
    with local_aws() as aws:
        sts = client("sts")
        aws.fault("sts:AssumeRole", error="AccessDenied", role_arn=ROLE, message="User: x is not authorized")
        assume(sts, f"arn:aws:iam::{ACCOUNT}:role/Auditor")
        with pytest.raises(ClientError, match="User: x is not authorized"):
            assume(sts)
        assume(sts)
