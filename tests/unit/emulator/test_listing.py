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

Client = Callable[..., Any]


@pytest.fixture
def pca(client: Client) -> Any:
    with local_aws():
        yield client("acm-pca")


def pages(method: Callable[..., Any], name: str, **parameters: Any) -> list[list[Any]]:
    found = []
    while True:
        answer = method(**parameters)
        found.append(answer[name])
        if "NextToken" not in answer:
            return found
        parameters["NextToken"] = answer["NextToken"]


@pytest.mark.parametrize(
    ("count", "asked", "sizes"),
    [
        (0, {}, [0]),
        (5, {}, [5]),
        (5, {"MaxResults": 2}, [2, 2, 1]),
        (4, {"MaxResults": 2}, [2, 2]),
        (100, {}, [100]),
        (203, {}, [100, 100, 3]),
        (203, {"MaxResults": 1000}, [100, 100, 3]),
    ],
)
def test_pages_of_certificate_authorities(pca: Any, count: int, asked: dict[str, int], sizes: list[int]) -> None:
    made = {create_ca(pca) for _number in range(count)}
    found = pages(pca.list_certificate_authorities, "CertificateAuthorities", **asked)
    assert [len(page) for page in found] == sizes
    assert {ca["Arn"] for page in found for ca in page} == made


def test_next_page_begins_where_it_should_when_a_ca_is_made_meanwhile(pca: Any) -> None:
    made = {create_ca(pca) for _number in range(4)}
    first = pca.list_certificate_authorities(MaxResults=2)
    create_ca(pca)
    second = pca.list_certificate_authorities(MaxResults=2, NextToken=first["NextToken"])
    assert {ca["Arn"] for page in (first, second) for ca in page["CertificateAuthorities"]} == made


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"ResourceOwner": "ALL"}, "ValidationException", "enum value set: [SELF, OTHER_ACCOUNTS]"),
        ({"MaxResults": 0}, "ValidationException", "greater than or equal to 1"),
        ({"MaxResults": 1001}, "ValidationException", "less than or equal to 1000"),
        ({"NextToken": "nonsense"}, "InvalidNextTokenException", "NextToken"),
        ({"NextToken": "YXJuOm5vd2hlcmU="}, "InvalidNextTokenException", "NextToken"),
    ],
)
def test_parameters_that_are_refused(pca: Any, parameters: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        pca.list_certificate_authorities(**parameters)
    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert message in error["Message"]


@pytest.mark.parametrize(("asked", "sizes"), [({}, [7]), ({"MaxResults": 3}, [3, 3, 1])])
def test_pages_of_tags(world: World, asked: dict[str, int], sizes: list[int]) -> None:
    tags = [{"Key": f"key-{number}", "Value": str(number)} for number in range(7)]
    world.pca.tag_certificate_authority(CertificateAuthorityArn=world.ca, Tags=tags)
    found = pages(world.pca.list_tags, "Tags", CertificateAuthorityArn=world.ca, **asked)
    assert [len(page) for page in found] == sizes
    assert [tag for page in found for tag in page] == tags


def test_tags_of_no_ca(world: World) -> None:
    with pytest.raises(world.pca.exceptions.ResourceNotFoundException):
        world.pca.list_tags(CertificateAuthorityArn=f"{world.ca[:-12]}000000000000")


@pytest.mark.parametrize("region", ["us-east-1", "af-south-1"])
def test_the_list_of_a_bucket_tells_its_region(client: Client, region: str) -> None:
    location = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
    with local_aws():
        client("s3", region).create_bucket(Bucket="somewhere", **location)
        listed = client("s3").list_objects_v2(Bucket="somewhere")
    assert listed["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == region
