# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, bucket_statement

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/Auditor"
USER = f"arn:aws:iam::{ACCOUNT}:user/Auditor"


def refusals(world: World, principal: Any) -> list[str]:
    """What S3 and KMS say to a policy with a principal."""
    kms = world.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    statement = bucket_statement("reports", Principal={"AWS": principal})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    found = []
    for put in (
        lambda: world.s3.put_bucket_policy(Bucket="reports", Policy=policy),
        lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy),
    ):
        try:
            put()
        except ClientError as error:
            found.append(error.response["Error"]["Code"])
    return found


REFUSED = ["MalformedPolicy", "MalformedPolicyDocumentException"]


@pytest.mark.parametrize("principal", ["AROAEXAMPLE0123456789", [ACCOUNT, "AIDAEXAMPLE0123456789"]])
def test_ids_of_those_who_were_deleted(world: World, principal: Any) -> None:
    assert refusals(world, principal) == REFUSED


@pytest.mark.parametrize("principal", [ROLE, USER, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "*"])
def test_whom_policies_may_name(world: World, principal: str) -> None:
    assert refusals(world, principal) == []
    world.aws.configure(require_roles=True)
    is_missing = principal in (ROLE, USER)
    assert refusals(world, principal) == (REFUSED if is_missing else [])
    iam = world.client("iam")
    iam.create_role(RoleName="Auditor", Path="/path/", AssumeRolePolicyDocument="{}")
    iam.create_user(UserName="Auditor")
    assert refusals(world, principal) == []


def test_the_policy_for_auditors(world: World) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="Auditor", AssumeRolePolicyDocument="{}")
    policy = "arn:aws:iam::aws:policy/AWSPrivateCAAuditor"
    iam.attach_role_policy(RoleName="Auditor", PolicyArn=policy)
    assert iam.list_attached_role_policies(RoleName="Auditor")["AttachedPolicies"][0]["PolicyArn"] == policy
