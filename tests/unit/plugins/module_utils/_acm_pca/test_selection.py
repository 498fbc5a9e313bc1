# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.models import Selection
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.selection import (
    SELECTION_SPEC,
    needs_own_account,
    owner_of,
    read_selection,
    scopes_by_account,
    with_own_account,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import OWN_ACCOUNT
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption

from .builders import ARN, OTHER_ARN

REGIONS = {
    "aws": ["af-south-1", "eu-central-1", "us-east-1"],
    "aws-cn": ["cn-north-1", "cn-northwest-1"],
    "aws-us-gov": ["us-gov-east-1", "us-gov-west-1"],
    "aws-eusc": ["eusc-de-east-1"],
}
FIRST, SECOND = "111122223333", "444455556666"


class Known:
    """AWS's partitions, with fewer regions."""

    def partition_of(self, region: str) -> str | None:
        return next((name for name, regions in REGIONS.items() if region in regions), None)

    def regions_of(self, service: str, partition: str) -> list[str]:
        assert service == "acm-pca"
        return REGIONS.get(partition, [])


def role(account: str = FIRST, name: str = "Audit", partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:role/{name}"


def read(region: str | None = "us-east-1", **params: t.Any) -> Selection:
    given: dict[str, t.Any] = {name: option.get("default") for name, option in SELECTION_SPEC.items()}
    suboptions = SELECTION_SPEC["accounts"]["options"]
    defaults = {name: option.get("default") for name, option in suboptions.items()}
    given.update(params)
    if given["accounts"]:
        given["accounts"] = [{**defaults, **entry} for entry in given["accounts"]]
    return read_selection(given, region=region, partitions=Known())


def scopes(selection: Selection) -> list[tuple[str | None, dict[str, bool]]]:
    return [(scope.account.role_arn, dict(scope.regions)) for scope in selection.scopes]


EVERYWHERE = dict.fromkeys(REGIONS["aws"], False)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [(None, {"us-east-1": True})]),
        ({"regions": ["eu-central-1"]}, [(None, {"eu-central-1": True})]),
        ({"regions": ["all"]}, [(None, EVERYWHERE)]),
        ({"regions": ["eu-central-1", "all"]}, [(None, {**EVERYWHERE, "eu-central-1": True})]),
        ({"regions": ["all", "eu-central-1"]}, [(None, {**EVERYWHERE, "eu-central-1": True})]),
        ({"regions": ["eu-*"]}, [(None, {"eu-central-1": False})]),
        ({"regions": ["[ae]*-1", "us-east-1"]}, [(None, {**EVERYWHERE, "us-east-1": True})]),
        # Exclusions count wherever they stand, and alone they are exclusions from all.
        ({"regions": ["all", "!us-*"]}, [(None, {"af-south-1": False, "eu-central-1": False})]),
        ({"regions": ["!us-*", "all"]}, [(None, {"af-south-1": False, "eu-central-1": False})]),
        ({"regions": ["!us-east-1", "!af-south-1"]}, [(None, {"eu-central-1": False})]),
        ({"regions": ["eu-*", "us-east-1", "!af-south-1"]}, [(None, {"eu-central-1": False, "us-east-1": True})]),
        (
            {"accounts": [{"role_arn": role(), "regions": ["!us-east-1"]}], "regions": ["us-east-1"]},
            [(role(), {"af-south-1": False, "eu-central-1": False})],
        ),
        ({"accounts": [{"role_arn": role()}]}, [(role(), {"us-east-1": True})]),
        (
            {"accounts": [{"role_arn": role(), "regions": ["all"]}, {}], "regions": ["eu-central-1"]},
            [(role(), EVERYWHERE), (None, {"eu-central-1": True})],
        ),
        ({"accounts": [{"account_id": FIRST}], "role_name": "Audit"}, [(role(), {"us-east-1": True})]),
        (
            {"accounts": [{"account_id": FIRST}], "role_name": "a/b/Audit"},
            [(role(name="a/b/Audit"), {"us-east-1": True})],
        ),
        ({"accounts": [{"account_id": FIRST, "role_arn": role()}]}, [(role(), {"us-east-1": True})]),
        ({"accounts": [{"role_arn": role(), "name": "x"}], "role_name": "Other"}, [(role(), {"us-east-1": True})]),
        (
            {"accounts": [{"account_id": FIRST, "name": "x"}, {"role_arn": role(name="B")}], "role_name": "Audit"},
            [(role(), {"us-east-1": True})],
        ),
        # One account twice is once, by the first entry; what only the second has is the second's.
        ({"accounts": [{"role_arn": role()}, {"role_arn": role()}]}, [(role(), {"us-east-1": True})]),
        ({"accounts": [{}, {}]}, [(None, {"us-east-1": True})]),
        ({"accounts": [{"role_arn": role()}, {"role_arn": role(name="B")}]}, [(role(), {"us-east-1": True})]),
        (
            {"accounts": [{"role_arn": role()}, {"role_arn": role(name="B"), "regions": ["us-east-1", "af-south-1"]}]},
            [(role(), {"us-east-1": True}), (role(name="B"), {"af-south-1": True})],
        ),
        (
            {"accounts": [{"role_arn": role(), "regions": ["af-south-1"]}, {"role_arn": role()}]},
            [(role(), {"af-south-1": True, "us-east-1": True})],
        ),
        # One that was only comprised in all is an error where it is not enabled, once somebody names it.
        (
            {"accounts": [{"role_arn": role(), "regions": ["all"]}, {"role_arn": role()}]},
            [(role(), {**EVERYWHERE, "us-east-1": True})],
        ),
    ],
)
def test_where_to_look(params: dict[str, t.Any], expected: list[tuple[str | None, dict[str, bool]]]) -> None:
    assert scopes(read(**params)) == expected


@pytest.mark.parametrize(
    ("region", "params", "home", "partition"),
    [
        ("eu-central-1", {}, "eu-central-1", "aws"),
        (None, {"regions": ["all"]}, "us-east-1", "aws"),
        (None, {"regions": ["all", "eu-central-1"]}, "eu-central-1", "aws"),
        (None, {"regions": ["us-gov-east-1"]}, "us-gov-east-1", "aws-us-gov"),
        ("us-gov-west-1", {"regions": ["all"]}, "us-gov-west-1", "aws-us-gov"),
        (
            None,
            {"regions": ["all"], "accounts": [{"role_arn": role(partition="aws-us-gov")}]},
            "us-gov-west-1",
            "aws-us-gov",
        ),
        (
            None,
            {"regions": ["all"], "accounts": [{"role_arn": role(partition="aws-eusc")}]},
            "eusc-de-east-1",
            "aws-eusc",
        ),
        (None, {"regions": ["all"], "accounts": [{"role_arn": role(partition="aws-cn")}]}, "cn-north-1", "aws-cn"),
        (None, {"accounts": [{"role_arn": role(), "regions": ["af-south-1"]}]}, "af-south-1", "aws"),
        (None, {"certificate_authority_arn": [OTHER_ARN]}, "eu-central-1", "aws"),
    ],
)
def test_every_partition_works(region: str | None, params: dict[str, t.Any], home: str, partition: str) -> None:
    selection = read(region, **params)
    assert selection.home_region == home
    looked_at = {name for scope in selection.scopes for name in scope.regions}
    assert {Known().partition_of(name) for name in looked_at} <= {partition}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"accounts": []}, ["accounts: the list is empty", "leave the option out"]),
        ({"regions": []}, ["regions: the list is empty", "all"]),
        ({"accounts": [{"role_arn": role(), "regions": []}]}, ["accounts[0].regions: the list is empty"]),
        ({"regions": ["us-east-1", "mars-1"]}, ["regions: 'mars-1'", "all, a pattern such as eu-*"]),
        ({"regions": ["mars-*"]}, ["regions: 'mars-*' matches none of the 3 regions", "'aws'"]),
        ({"regions": ["EU-*"]}, ["regions: 'EU-*' matches none"]),
        (
            {"regions": ["all", "!mars-1"]},
            ["regions: 'mars-1' is not an AWS region", "an exclusion such as !sa-east-1"],
        ),
        ({"regions": ["all", "!mars-*"]}, ["regions: '!mars-*' matches none"]),
        ({"regions": ["all", "!cn-north-1"]}, ["regions: 'cn-north-1' is in the partition 'aws-cn'"]),
        ({"regions": ["eu-*", "!eu-central-1"]}, ["regions: the exclusions leave no region"]),
        ({"regions": ["!all"]}, ["regions: the exclusions leave no region"]),
        ({"regions": ["us-east-1", "!us-*"]}, ["regions: 'us-east-1' is named and also excluded, by '!us-*'"]),
        ({"regions": ["all", "!"]}, ["regions: '' is not an AWS region"]),
        ({"regions": ["all", "! eu-*"]}, ["regions: '! eu-*' matches none"]),
        ({"accounts": [{"regions": ["mars-*"]}]}, ["accounts[0].regions: 'mars-*' matches none"]),
        ({"regions": ["us-east-1\n"]}, ["regions: 'us-east-1\\n'"]),
        ({"regions": ["cn-north-1"]}, ["regions: 'cn-north-1'", "'aws-cn'", "'aws'"]),
        ({"accounts": [{}, {"role_arn": "x"}]}, ["accounts[1].role_arn: 'x' is not an ARN", "arn:<partition>:iam"]),
        ({"accounts": [{"role_arn": role("1234")}]}, ["accounts[0].role_arn", "no account ID (12 digits)"]),
        ({"accounts": [{"role_arn": role().replace("role/", "user/")}]}, ["is not the ARN of an IAM role"]),
        ({"accounts": [{"role_arn": role(name="a b")}]}, ["is not an ARN"]),
        ({"accounts": [{"role_arn": role(name="a*")}]}, ["has a role name that AWS does not accept"]),
        ({"accounts": [{"role_arn": role(name="x" * 3000)}]}, ["has a role name that AWS does not accept", "..."]),
        ({"accounts": [{"role_arn": role(partition="aws-cn")}]}, ["accounts: 'arn:aws-cn", "this task runs in 'aws'"]),
        (
            {
                "region": None,
                "regions": ["all"],
                "accounts": [{"role_arn": role()}, {"role_arn": role(partition="aws-cn")}],
            },
            ["accounts: 'arn:aws-cn", "'arn:aws:iam"],
        ),
        (
            {"region": None, "certificate_authority_arn": [ARN], "accounts": [{"role_arn": role(partition="aws-cn")}]},
            ["accounts: 'arn:aws-cn", ARN],
        ),
        (
            {"region": None, "regions": ["all"], "accounts": [{"role_arn": role(partition="aws-mars")}]},
            ["the partition 'aws-mars'", "update botocore"],
        ),
        ({"region": None, "accounts": [{"role_arn": role()}]}, ["region: nothing is given"]),
        ({"accounts": [{"external_id": "x-1"}]}, ["accounts[0].external_id: is given without role_arn or account_id"]),
        ({"accounts": [{"account_id": "1234"}]}, ["accounts[0].account_id: '1234' is not an account ID", "in quotes"]),
        ({"accounts": [{"account_id": FIRST + "\n"}]}, ["accounts[0].account_id: '111122223333\\n'"]),
        (
            {"accounts": [{"account_id": SECOND, "role_arn": role()}]},
            [f"accounts[0].account_id: {SECOND} is not the account of role_arn, {FIRST}"],
        ),
        (
            {"accounts": [{"account_id": FIRST, "external_id": "x"}]},
            ["accounts[0].external_id: the value, which is not shown", "2 to 1224"],
        ),
        ({"accounts": [{}], "role_name": role()}, [f"role_name: '{role()}' is not the name", "no ARN"]),
        ({"accounts": [{}], "role_name": "/Audit"}, ["role_name: '/Audit'"]),
        ({"accounts": [{}], "role_name": "x" * 65}, ["role_name: 'xxx"]),
        ({"accounts": [{}], "role_name": ""}, ["role_name: ''"]),
        ({"role_name": "Audit"}, ["role_name: is given without accounts"]),
        ({"external_id": "x-1"}, ["external_id: is given without accounts"]),
        ({"accounts": [{}], "external_id": "x"}, ["external_id: the value, which is not shown", "2 to 1224"]),
        (
            {"accounts": [{"role_arn": role(), "external_id": "x"}]},
            ["accounts[0].external_id: the value, which is not shown", "2 to 1224"],
        ),
        (
            {"accounts": [{"role_arn": role(), "external_id": "a b"}]},
            ["accounts[0].external_id: the value, which is not shown"],
        ),
        ({"accounts": [{"role_arn": role(), "role_session_name": "ü" * 3}]}, ["role_session_name: 'üüü'", "2 to 64"]),
        ({"accounts": [{"role_arn": role(), "duration_seconds": 899}]}, ["duration_seconds: 899 is too small"]),
        ({"accounts": [{"role_arn": role(), "duration_seconds": 43201}]}, ["duration_seconds: 43201 is too large"]),
        ({"concurrency": 0}, ["concurrency: 0 is too small"]),
        ({"concurrency": 257}, ["concurrency: 257 is too large"]),
    ],
)
def test_one_clear_sentence(params: dict[str, t.Any], words: list[str]) -> None:
    with pytest.raises(InvalidOption) as caught:
        read(**params)
    for word in words:
        assert word in caught.value.message
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("accounts", "owner"),
    [
        (None, None),
        ([{}], None),
        ([{"role_arn": role()}], role()),
        ([{}, {"role_arn": role()}], role()),
        ([{"role_arn": role(), "regions": ["af-south-1"]}], role()),
        ([{"role_arn": role(), "regions": ["af-south-1"]}, {"role_arn": role(name="B")}], role(name="B")),
        ([{"role_arn": role(SECOND)}, {}], None),
    ],
)
@pytest.mark.parametrize("region", ["us-east-1", None])
def test_each_arn_is_served_by_the_account_it_names(
    accounts: list[dict[str, t.Any]] | None, owner: str | None, region: str | None
) -> None:
    if accounts and region is None:
        accounts = [{"regions": ["us-east-1"], **entry} for entry in accounts]
    selection = read(region, certificate_authority_arn=[ARN], accounts=accounts)
    found = owner_of(parse_certificate_authority_arn(ARN), scopes_by_account(selection))
    assert found is not None
    assert found.role_arn == owner


def test_an_arn_of_an_account_that_is_not_listed_is_served_by_nobody() -> None:
    selection = read(certificate_authority_arn=[ARN], accounts=[{"role_arn": role(SECOND)}])
    assert owner_of(parse_certificate_authority_arn(ARN), scopes_by_account(selection)) is None


def test_arns_need_no_regions() -> None:
    selection = read(None, certificate_authority_arn=[ARN], accounts=[{"role_arn": role()}])
    assert scopes(selection) == [(role(), {})]


def test_the_own_account_is_looked_at_once_however_it_is_listed() -> None:
    selection = read(accounts=[{}, {"role_arn": role()}, {"role_arn": role(SECOND)}])
    assert scopes(with_own_account(selection, FIRST)) == [
        (None, {"us-east-1": True}),
        (role(SECOND), {"us-east-1": True}),
    ]
    assert scopes(with_own_account(selection, "777788889999")) == scopes(selection)
    by_role_first = read(accounts=[{"role_arn": role()}, {"regions": ["us-east-1", "af-south-1"]}])
    assert scopes(with_own_account(by_role_first, FIRST)) == [
        (role(), {"us-east-1": True}),
        (None, {"af-south-1": True}),
    ]
    assert selection.scopes[0].account == OWN_ACCOUNT


@pytest.mark.parametrize(
    ("params", "needed"),
    [
        ({}, False),
        ({"accounts": [{}]}, False),
        ({"accounts": [{"role_arn": role()}]}, False),
        ({"accounts": [{"role_arn": role(), "account_id": FIRST}]}, False),
        ({"accounts": [{}, {"role_arn": role()}]}, True),
        ({"accounts": [{"account_id": FIRST}], "role_name": "Audit"}, True),
        ({"accounts": [{"account_id": FIRST}]}, True),
        ({"accounts": [{}, {"role_arn": role()}], "certificate_authority_arn": [ARN]}, False),
        ({"accounts": [{"account_id": FIRST}], "certificate_authority_arn": [ARN]}, True),
    ],
)
def test_when_it_matters_whose_the_credentials_are(params: dict[str, t.Any], needed: bool) -> None:
    assert needs_own_account(read(**params)) is needed


def test_the_own_account_needs_no_role() -> None:
    accounts = [{"account_id": FIRST, "external_id": "own-1"}, {"account_id": SECOND}, {"role_arn": role(name="B")}]
    selection = read(accounts=accounts, role_name="Audit", external_id="all-1")
    assert [scope.account.external_id for scope in selection.scopes] == ["own-1", "all-1"]
    own = with_own_account(selection, FIRST)
    assert scopes(own) == [(None, {"us-east-1": True}), (role(SECOND), {"us-east-1": True})]
    assert [scope.account.account_id for scope in own.scopes] == [FIRST, SECOND]
    assert scopes(with_own_account(selection, SECOND)) == [(role(), {"us-east-1": True}), (None, {"us-east-1": True})]
    # Whoever names a role in the own account wants it to be used.
    named = read(accounts=[{"account_id": FIRST, "role_arn": role()}])
    assert scopes(with_own_account(named, FIRST)) == scopes(named)


def test_an_account_without_a_role_is_the_own_one() -> None:
    selection = read(accounts=[{"account_id": FIRST}])
    assert scopes(with_own_account(selection, FIRST)) == [(None, {"us-east-1": True})]
    with pytest.raises(InvalidOption) as caught:
        with_own_account(selection, SECOND)
    assert f"account_id {FIRST} is not the account of the task's own credentials ({SECOND})" in caught.value.message
    assert "give role_name" in caught.value.message


def test_accounts_by_id_serve_their_arns() -> None:
    selection = read(None, certificate_authority_arn=[ARN], accounts=[{"account_id": FIRST, "name": "payments"}])
    own = with_own_account(selection, FIRST)
    found = owner_of(parse_certificate_authority_arn(ARN), scopes_by_account(own))
    assert found is not None
    assert (found.account_id, found.role_arn, found.name) == (FIRST, None, "payments")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_role_of_an_id_is_in_the_partition_of_the_task(partition: str) -> None:
    selection = read(REGIONS[partition][0], accounts=[{"account_id": FIRST}], role_name="Audit")
    assert selection.scopes[0].account.role_arn == role(partition=partition)
