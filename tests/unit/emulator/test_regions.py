# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, create_ca

from local_aws.in_process import local_aws
from local_aws.regions import refusal
from local_aws.wire import Call

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
INVALID = "The security token included in the request is invalid"
OFF = {ACCOUNT: ["af-south-1"]}

Client = Callable[..., Any]


@pytest.mark.parametrize(
    ("service", "method", "parameters", "code", "message", "status"),
    [
        ("acm-pca", "list_certificate_authorities", {}, "UnrecognizedClientException", INVALID, 400),
        ("kms", "list_keys", {}, "UnrecognizedClientException", INVALID, 400),
        ("eks", "list_clusters", {}, "UnrecognizedClientException", INVALID, 403),
        ("sts", "get_caller_identity", {}, "InvalidClientTokenId", INVALID, 403),
        (
            "ec2",
            "describe_regions",
            {},
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            401,
        ),
        ("s3", "list_buckets", {}, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in", 403),
    ],
)
def test_answer_of_a_region_that_is_not_enabled(
    client: Client, service: str, method: str, parameters: dict[str, Any], code: str, message: str, status: int
) -> None:
    with local_aws(disabled_regions=OFF) as aws:
        with pytest.raises(ClientError) as refused:
            getattr(client(service, "af-south-1"), method)(**parameters)
        response = refused.value.response
        assert response["Error"]["Code"] == code
        assert message in response["Error"]["Message"]
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert sum(aws.calls().values()) == 1
        getattr(client(service), method)(**parameters)
        aws.configure(disabled_regions={})
        getattr(client(service, "af-south-1"), method)(**parameters)


def test_s3_calls_the_token_of_a_session_malformed(world: World) -> None:
    credentials = world.as_account(OTHER_ACCOUNT)
    world.aws.configure(disabled_regions={OTHER_ACCOUNT: ["af-south-1"]})
    with pytest.raises(ClientError) as refused:
        world.client("s3", "af-south-1", **credentials).list_buckets()
    assert refused.value.response["Error"]["Code"] == "InvalidToken"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_tokens_of_version_1_only_work_in_regions_enabled_by_default(world: World) -> None:
    world.aws.configure(session_token_version=1)
    old = world.as_account(OTHER_ACCOUNT)
    world.aws.configure(session_token_version=2)
    new = world.as_account(OTHER_ACCOUNT)
    for region in ("us-east-1", "cn-north-1"):
        world.client("acm-pca", region, **old).list_certificate_authorities()
    world.client("acm-pca", "af-south-1", **new).list_certificate_authorities()
    for service, method, code in (
        ("acm-pca", "list_certificate_authorities", "UnrecognizedClientException"),
        ("ec2", "describe_regions", "AuthFailure"),
        ("s3", "list_buckets", "InvalidToken"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(world.client(service, "af-south-1", **old), method)()
        assert refused.value.response["Error"]["Code"] == code


def test_regions_that_a_service_control_policy_denies(world: World) -> None:
    world.aws.configure(denied_regions={OTHER_ACCOUNT: ["eu-west-3", "us-east-1"]})
    other = world.as_account(OTHER_ACCOUNT)
    world.client("acm-pca", "eu-west-3").list_certificate_authorities()
    world.client("acm-pca", "eu-west-1", **other).list_certificate_authorities()
    with pytest.raises(ClientError) as refused:
        world.client("acm-pca", "eu-west-3", **other).list_certificate_authorities()
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/Auditor/test is not authorized to perform: "
        "acm-pca:ListCertificateAuthorities on resource: * with an explicit deny in a service control policy",
    }
    # Such policies leave out what is global, wherever it is asked.
    world.client("sts", "eu-west-3", **other).get_caller_identity()
    world.client("account", **other).list_regions()


def test_list_regions(world: World) -> None:
    world.aws.configure(disabled_regions={OTHER_ACCOUNT: ["af-south-1"]})
    account = world.client("account", "eu-central-1", **world.as_account(OTHER_ACCOUNT))
    first = account.list_regions(MaxResults=30)
    last = account.list_regions(MaxResults=30, NextToken=first["NextToken"])
    assert "NextToken" not in last
    listed = {each["RegionName"]: each["RegionOptStatus"] for each in [*first["Regions"], *last["Regions"]]}
    assert len(listed) == len(first["Regions"]) + len(last["Regions"])
    assert listed["af-south-1"] == "DISABLED"
    assert listed["me-south-1"] == "ENABLED"
    assert listed["us-east-1"] == "ENABLED_BY_DEFAULT"
    only = account.list_regions(RegionOptStatusContains=["DISABLED"])["Regions"]
    assert [each["RegionName"] for each in only] == ["af-south-1"]


def test_only_that_account_and_its_credentials_are_concerned(world: World) -> None:
    world.aws.configure(disabled_regions={OTHER_ACCOUNT: ["af-south-1", "me-south-1"]})
    create_ca(world.client("acm-pca", "af-south-1"))
    # The caller's region has to be enabled to assume a role, not the role's.
    given = world.client("sts", "af-south-1").assume_role(
        RoleArn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/Auditor", RoleSessionName="test"
    )
    assert given["Credentials"]["AccessKeyId"].startswith("ASIA")
    other = world.as_account(OTHER_ACCOUNT)
    world.client("acm-pca", "us-east-1", **other).list_certificate_authorities()
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        world.client("acm-pca", "me-south-1", **other).list_certificate_authorities()


def test_faults_and_limits_wait_for_calls_that_get_as_far(client: Client) -> None:
    with local_aws(disabled_regions=OFF, rate_limits={"sts:GetCallerIdentity": 0.001}) as aws:
        aws.fault("sts:GetCallerIdentity", error="InternalFailure")
        for _number in range(2):
            with pytest.raises(ClientError, match="InvalidClientTokenId"):
                client("sts", "af-south-1").get_caller_identity()
        assert len(aws.faults()) == 1


def test_nobody_is_refused_by_default() -> None:
    call = Call("acm-pca", "ListCertificateAuthorities", "af-south-1", "A", forced_account=ACCOUNT)
    assert refusal(call, {}) is None
    assert refusal(call, {OTHER_ACCOUNT: ("af-south-1",)}) is None
    assert refusal(call, {ACCOUNT: ("af-south-1",)}) is not None
