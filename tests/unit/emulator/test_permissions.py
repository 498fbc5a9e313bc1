# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World

HUB, MEMBER = "123456789012", "210987654321"
REPORT, RECORD = "audit-report/x/y.json", "audit-report-tracking/x.json"

BLOCKED = {"BlockPublicAcls": True}

Policy = dict[str, Any]


def allow(action: Any, resource: Any = "*", **changes: Any) -> Policy:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **changes}


def document(*statements: Policy) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def client_of_role(world: World, service: str, *statements: Policy, account: str = HUB, name: str = "Limited") -> Any:
    """A client with the rights of a role that has just these statements."""
    world.aws.configure(enforce_permissions=False)
    iam = world.client("iam", **(world.as_account(account) if account != HUB else {}))
    trust = document({"Effect": "Allow", "Principal": {"AWS": HUB}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="limited", PolicyDocument=document(*statements))
    role = f"arn:aws:iam::{account}:role/{name}"
    session = world.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    world.aws.configure(enforce_permissions=True)
    world.aws.reset()
    return world.client(
        service,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return (
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Code"],
        response["Error"].get("Message", ""),
    )


def test_off_by_default_and_everybody_else_is_an_administrator(world: World) -> None:
    assert world.aws.settings.enforce_permissions is False
    world.aws.configure(enforce_permissions=True)
    world.s3.put_object(Bucket="reports", Key=REPORT, Body=b"{}")
    assert world.pca.list_certificate_authorities()["CertificateAuthorities"]
    world.client("kms").create_key()


def test_an_action_that_a_role_does_not_have(world: World) -> None:
    pca = client_of_role(world, "acm-pca", allow("acm-pca:ListCertificateAuthorities"))
    pca.list_certificate_authorities()
    status, code, message = refused(pca.describe_certificate_authority, CertificateAuthorityArn=world.ca)
    assert (status, code) == (400, "AccessDeniedException")
    assert message == (
        f"User: arn:aws:sts::{HUB}:assumed-role/Limited/test is not authorized to perform: "
        f"acm-pca:DescribeCertificateAuthority on resource: {world.ca} "
        "because no identity-based policy allows the acm-pca:DescribeCertificateAuthority action"
    )


def test_what_was_needed_is_told(world: World) -> None:
    pca = client_of_role(world, "acm-pca", allow("acm-pca:List*"))
    pca.list_certificate_authorities()
    refused(pca.describe_certificate_authority, CertificateAuthorityArn=world.ca)
    assert world.aws.permissions() == {
        f"arn:aws:iam::{HUB}:role/Limited": {
            "acm-pca:DescribeCertificateAuthority": [world.ca],
            "acm-pca:ListCertificateAuthorities": ["*"],
        }
    }
    world.aws.reset()
    assert world.aws.permissions() == {}


def test_a_role_without_policies_may_only_ask_who_it_is(world: World) -> None:
    sts = client_of_role(world, "sts")
    assert sts.get_caller_identity()["Account"] == HUB
    status, code, _message = refused(sts.assume_role, RoleArn=f"arn:aws:iam::{MEMBER}:role/X", RoleSessionName="test")
    assert (status, code) == (403, "AccessDenied")


def test_users_and_managed_policies(world: World) -> None:
    iam = world.client("iam")
    iam.create_user(UserName="auditor")
    arn = iam.create_policy(PolicyName="read", PolicyDocument=document(allow("s3:ListAllMyBuckets")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="auditor", PolicyArn=arn)
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    world.aws.configure(enforce_permissions=True)
    s3 = world.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    s3.list_buckets()
    assert refused(s3.get_bucket_policy, Bucket="reports")[:2] == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("action", "resource", "call", "parameters"),
    [
        ("s3:GetObject", REPORT, "get_object", {"Key": REPORT}),
        ("s3:PutObject", RECORD, "put_object", {"Key": RECORD, "Body": b"{}"}),
        ("s3:ListBucket", "", "list_objects_v2", {}),
        ("s3:GetObjectTagging", REPORT, "get_object_tagging", {"Key": REPORT}),
        ("s3:GetLifecycleConfiguration", "", "get_bucket_lifecycle_configuration", {}),
        ("s3:PutBucketPublicAccessBlock", "", "put_public_access_block", {"PublicAccessBlockConfiguration": BLOCKED}),
    ],
)
def test_s3_calls_its_actions_otherwise(
    world: World, action: str, resource: str, call: str, parameters: dict[str, Any]
) -> None:
    world.s3.put_object(Bucket="reports", Key=REPORT, Body=b"{}")
    arn = f"arn:aws:s3:::reports/{resource}" if resource else "arn:aws:s3:::reports"
    allowed = client_of_role(world, "s3", allow(action, arn))
    try:
        getattr(allowed, call)(Bucket="reports", **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration"
    others = [each for each in ("s3:GetObject", "s3:PutObject", "s3:ListBucket") if each != action]
    limited = client_of_role(world, "s3", allow(others), name="Other")
    assert refused(getattr(limited, call), Bucket="reports", **parameters)[:2] == (403, "AccessDenied")


def test_that_an_object_is_not_there_is_told_only_to_those_who_may_list(world: World) -> None:
    reader = client_of_role(world, "s3", allow("s3:GetObject"))
    assert refused(reader.get_object, Bucket="reports", Key="nothing")[:2] == (403, "AccessDenied")
    lister = client_of_role(world, "s3", allow(["s3:GetObject", "s3:ListBucket"]), name="Lister")
    assert refused(lister.get_object, Bucket="reports", Key="nothing")[1] == "NoSuchKey"


def test_another_account_needs_the_bucket_s_permission_and_its_own(world: World) -> None:
    world.s3.put_object(Bucket="reports", Key=REPORT, Body=b"{}")
    member = client_of_role(world, "s3", allow("s3:*"), account=MEMBER)
    status, code, message = refused(member.get_object, Bucket="reports", Key=REPORT)
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith("because no resource-based policy allows the s3:GetObject action")
    grant = {
        **allow("s3:GetObject", "arn:aws:s3:::reports/*"),
        "Principal": {"AWS": f"arn:aws:iam::{MEMBER}:root"},
    }
    world.set_policy(grant)
    assert member.get_object(Bucket="reports", Key=REPORT)["Body"].read() == b"{}"
    without = client_of_role(world, "s3", account=MEMBER, name="Without")
    assert "no identity-based policy" in refused(without.get_object, Bucket="reports", Key=REPORT)[2]


def test_a_bucket_that_names_a_role_of_its_own_account_needs_no_identity_policy(world: World) -> None:
    world.s3.put_object(Bucket="reports", Key=REPORT, Body=b"{}")
    role = client_of_role(world, "s3")
    grant = allow("s3:GetObject", "arn:aws:s3:::reports/*")
    world.set_policy({**grant, "Principal": {"AWS": HUB}})
    assert refused(role.get_object, Bucket="reports", Key=REPORT)[0] == 403
    world.set_policy({**grant, "Principal": {"AWS": f"arn:aws:iam::{HUB}:role/Limited"}})
    role.get_object(Bucket="reports", Key=REPORT)


def test_a_deny_that_depends_on_who_calls(world: World) -> None:
    role = client_of_role(world, "s3", allow("s3:*"))
    condition = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/Someone"}}
    world.set_policy(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*", "Condition": condition}
    )
    assert (
        "with an explicit deny in a resource-based policy"
        in refused(role.put_object, Bucket="reports", Key=RECORD, Body=b"")[2]
    )


@pytest.mark.parametrize("enforced", [False, True])
def test_without_tls(world: World, enforced: bool) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    world.set_policy({**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    world.aws.configure(enforce_permissions=enforced)
    world.s3.put_object(Bucket="reports", Key=RECORD, Body=b"{}")
    world.aws.configure(secure_transport=False)
    assert refused(world.s3.get_object, Bucket="reports", Key=RECORD)[0] == 403


def test_objects_encrypted_with_a_key_need_the_key(world: World) -> None:
    kms = world.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    world.encrypt(key)
    world.s3.put_object(Bucket="reports", Key=REPORT, Body=b"{}")
    role = client_of_role(world, "s3", allow(["s3:GetObject", "s3:PutObject"]))
    assert "kms:Decrypt" in refused(role.get_object, Bucket="reports", Key=REPORT)[2]
    assert "kms:GenerateDataKey" in refused(role.put_object, Bucket="reports", Key=REPORT, Body=b"")[2]
    able = client_of_role(world, "s3", allow(["s3:*", "kms:Decrypt"]), name="Able")
    root = {**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"}}
    context = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::reports/audit-report/*"}}
    world.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=document({**root, "Condition": context}))
    able.get_object(Bucket="reports", Key=REPORT)
    world.s3.put_object(Bucket="reports", Key="audit-report/k", Body=b"")
    assert "kms:Decrypt" in refused(able.get_object, Bucket="reports", Key="audit-report-tracking/x")[2]


def test_over_http(server: Any) -> None:
    assert server.request("GET", "permissions") == (200, {})
    status, answer = server.request("POST", "settings", {"enforce_permissions": "yes"})
    assert status == 400
    assert "enforce_permissions" in answer["error"]


def test_a_copy_needs_permission_for_both_objects(world: World) -> None:
    world.s3.put_object(Bucket="reports", Key=REPORT, Body=b"{}")
    both = [allow("s3:GetObject", "arn:aws:s3:::reports/*"), allow("s3:PutObject", "arn:aws:s3:::reports/copy")]
    source = {"Bucket": "reports", "Key": REPORT}
    for number, action in enumerate(("s3:PutObject", "s3:GetObject")):
        s3 = client_of_role(world, "s3", both[number], name=f"Half{number}")
        _status, code, message = refused(s3.copy_object, Bucket="reports", Key="copy", CopySource=source)
        assert code == "AccessDenied"
        assert f"not authorized to perform: {action}" in message
    client_of_role(world, "s3", *both).copy_object(Bucket="reports", Key="copy", CopySource=source)
