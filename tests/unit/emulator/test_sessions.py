# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World

from local_aws import clock
from local_aws.in_process import local_aws

ROLE = "arn:aws:iam::210987654321:role/Auditor"
EXPIRED = "The security token included in the request is expired"

Client = Callable[..., Any]


def credentials(given: dict[str, Any]) -> dict[str, str]:
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def assume(sts: Any, **parameters: Any) -> dict[str, Any]:
    given: dict[str, Any] = sts.assume_role(RoleArn=ROLE, RoleSessionName="test", **parameters)["Credentials"]
    return given


@pytest.mark.parametrize(
    ("service", "method", "code", "message", "status"),
    [
        ("acm-pca", "list_certificate_authorities", "ExpiredTokenException", EXPIRED, 400),
        ("eks", "list_clusters", "ExpiredTokenException", EXPIRED, 403),
        ("sts", "get_caller_identity", "ExpiredToken", EXPIRED, 403),
        ("iam", "list_roles", "ExpiredToken", EXPIRED, 403),
        ("ec2", "describe_regions", "RequestExpired", "Request has expired.", 400),
        ("s3", "list_buckets", "ExpiredToken", "The provided token has expired.", 400),
    ],
)
def test_session_that_is_over(client: Client, service: str, method: str, code: str, message: str, status: int) -> None:
    with local_aws():
        given = assume(client("sts"), DurationSeconds=900)
        call = getattr(client(service, **credentials(given)), method)
        call()
        with clock.use(lambda: given["Expiration"] - timedelta(seconds=1)):
            call()
        with clock.use(lambda: given["Expiration"]), pytest.raises(ClientError) as refused:
            call()
        response = refused.value.response
        assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, message)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_keys_of_users_do_not_expire(client: Client) -> None:
    with local_aws(session_seconds=1), clock.use(lambda: datetime.now(UTC) + timedelta(days=365)):
        client("sts").get_caller_identity()


@pytest.mark.parametrize(
    ("settings", "asked", "lasts"),
    [
        ({}, {}, 3600),
        ({}, {"DurationSeconds": 900}, 900),
        ({}, {"DurationSeconds": 43200}, 43200),
        ({"session_seconds": 3}, {}, 3),
        ({"session_seconds": 0.5}, {"DurationSeconds": 900}, 0.5),
        ({"session_seconds": 7200}, {"DurationSeconds": 900}, 900),
    ],
)
def test_how_long_a_session_lasts(
    client: Client, settings: dict[str, Any], asked: dict[str, int], lasts: float
) -> None:
    now = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
    with local_aws(**settings), clock.use(lambda: now):
        assert assume(client("sts"), **asked)["Expiration"] == now + timedelta(seconds=lasts)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (899, "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or "),
        (
            43201,
            "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or ",
        ),
    ],
)
def test_duration_that_sts_refuses(client: Client, seconds: int, message: str) -> None:
    with local_aws():
        with pytest.raises(ClientError) as refused:
            assume(client("sts"), DurationSeconds=seconds)
        response = refused.value.response
        assert response["Error"]["Code"] == "ValidationError"
        assert message in response["Error"]["Message"]
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_chained_session_lasts_an_hour_at_most(client: Client) -> None:
    with local_aws():
        chained = client("sts", **credentials(assume(client("sts"))))
        with pytest.raises(ClientError) as refused:
            assume(chained, DurationSeconds=3601)
        error = refused.value.response["Error"]
        assert error["Code"] == "ValidationError"
        assert error["Message"] == (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
        assert assume(chained, DurationSeconds=3600)


@pytest.mark.parametrize(("limit", "asked", "granted"), [(None, 3601, False), (7200, 7200, True), (7200, 7201, False)])
def test_role_that_exists_has_a_limit_of_its_own(client: Client, limit: int | None, asked: int, granted: bool) -> None:
    with local_aws():
        trust = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
        iam = client("iam", **credentials(assume(client("sts"))))
        longest = {"MaxSessionDuration": limit} if limit else {}
        iam.create_role(RoleName="Auditor", AssumeRolePolicyDocument=trust, **longest)
        if granted:
            assert assume(client("sts"), DurationSeconds=asked)
            return
        with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
            assume(client("sts"), DurationSeconds=asked)


def test_advancing_ages_reports_only(world: World) -> None:
    other = world.client("acm-pca", **world.as_account("210987654321"))
    world.aws.advance(100_000)
    other.list_certificate_authorities()
