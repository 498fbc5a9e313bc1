# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.organizations.models import organizations_backends
from moto.organizations.responses import OrganizationsResponse

from local_aws.checks import InputError
from local_aws.in_process import local_aws

MANAGEMENT = "123456789012"
SEED = {
    "accounts": [
        {"name": "web", "id": "000000000001", "organizational_unit": "Production/Web", "tags": {"team": "web"}},
        {"name": "closing", "id": "000000000002", "state": "PENDING_CLOSURE"},
        {"name": "closed", "id": "000000000003", "organizational_unit": "Production", "state": "CLOSED"},
    ]
}


@pytest.fixture
def organizations(tmp_path: Path, client: Any) -> Any:
    seed = tmp_path / "seed.yml"
    seed.write_text(yaml.safe_dump(SEED), encoding="utf-8")
    with local_aws(seed=seed) as aws:
        yield aws, client("organizations")


def raw(body: dict[str, Any], operation: str) -> dict[str, Any]:
    """The answer itself, of which older versions of botocore leave out what they do not know."""
    response = OrganizationsResponse()
    response.body, response.current_account, response.partition = json.dumps(body), MANAGEMENT, "aws"
    response.querystring = {"Action": [operation]}
    answer: dict[str, Any] = json.loads(getattr(response, operation)())
    return answer


def test_where_accounts_are(organizations: Any) -> None:
    backend = organizations_backends[MANAGEMENT]["aws"]
    units = {unit.name: unit.id for unit in backend.ou}
    top = f"{backend.org.id}/{units['Root']}/"
    accounts = {each["Id"]: each for each in raw({}, "list_accounts")["Accounts"]}
    assert {key: each["Paths"] for key, each in accounts.items()} == {
        MANAGEMENT: [f"{top}{MANAGEMENT}/"],
        "000000000001": [f"{top}{units['Production']}/{units['Web']}/000000000001/"],
        "000000000002": [f"{top}000000000002/"],
        "000000000003": [f"{top}{units['Production']}/000000000003/"],
    }
    assert [(each["State"], each["Status"]) for key, each in sorted(accounts.items())[1:3]] == [
        ("PENDING_CLOSURE", "PENDING_CLOSURE"),
        ("CLOSED", "SUSPENDED"),
    ]
    described = raw({"AccountId": "000000000001"}, "describe_account")["Account"]
    assert described == accounts["000000000001"]
    assert raw({"ParentId": units["Web"]}, "list_accounts_for_parent")["Accounts"] == [described]
    assert raw({"ParentId": units["Root"], "MaxResults": 20}, "list_accounts_for_parent")["Accounts"] != []


def test_accounts_without_some_fields(organizations: Any) -> None:
    aws, _client = organizations
    aws.configure(hidden_account_fields=["Paths", "State"])
    for account in raw({}, "list_accounts")["Accounts"]:
        assert "Status" in account and not {"Paths", "State"} & set(account)
    with pytest.raises(InputError, match="hidden_account_fields is"):
        aws.configure(hidden_account_fields=["Name"])


def test_pages_are_small(organizations: Any) -> None:
    _aws, client = organizations
    for number in range(37):
        client.create_account(AccountName=f"more-{number}", Email=f"{number}@example.com")
    pages = list(client.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 20, 1]
    assert len({account["Id"] for page in pages for account in page["Accounts"]}) == 41


def test_only_delegated_administrators_can_read(organizations: Any, session: Any, client: Any) -> None:
    _aws, management = organizations
    role = "arn:aws:iam::000000000001:role/OrganizationAccountAccessRole"
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    member = session.client(
        "organizations",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.list_accounts()
    management.register_delegated_administrator(AccountId="000000000001", ServicePrincipal="ssm.amazonaws.com")
    assert len(member.list_accounts()["Accounts"]) == 4
    assert member.list_tags_for_resource(ResourceId="000000000001")["Tags"] == [{"Key": "team", "Value": "web"}]
