# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which buckets Private CA can write to."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_helpers import World, bucket_statement, create_ca, document

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
CA_ID = "11111111-2222-3333-4444-555555555555"
PERMISSION_ERROR = "Permission error with your S3 bucket 'reports'. Check that your bucket policy"

REFUSED_POLICIES: dict[str, list[dict[str, Any]]] = {
    "no statement": [],
    "another service": [bucket_statement("reports", Principal={"Service": "acm.amazonaws.com"})],
    "without PutObject": [
        bucket_statement("reports", Action=["s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"])
    ],
    "without PutObjectAcl": [
        bucket_statement("reports", Action=["s3:PutObject", "s3:GetBucketAcl", "s3:GetBucketLocation"])
    ],
    "without GetBucketAcl": [
        bucket_statement("reports", Action=["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketLocation"])
    ],
    "without GetBucketLocation": [
        bucket_statement("reports", Action=["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl"])
    ],
    "objects only": [bucket_statement("reports", Resource="arn:aws:s3:::reports/*")],
    "bucket only": [bucket_statement("reports", Resource="arn:aws:s3:::reports")],
    "another account": [bucket_statement("reports", Condition={"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}})],
    "another CA": [
        bucket_statement(
            "reports",
            Condition={
                "ArnLike": {"aws:SourceArn": f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/{CA_ID}"}
            },
        )
    ],
    "principal's organization": [bucket_statement("reports", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}})],
    "explicit deny": [
        bucket_statement("reports"),
        bucket_statement("reports", Effect="Deny", Principal="*", Action="s3:PutObject"),
    ],
}


@pytest.mark.parametrize("statements", REFUSED_POLICIES.values(), ids=REFUSED_POLICIES)
def test_bucket_policy_that_lets_nobody_write(world: World, statements: list[dict[str, Any]]) -> None:
    world.set_policy(*statements)
    code, message = world.refusal()
    assert code == "ValidationException"
    assert message.startswith(PERMISSION_ERROR)
    world.aws.configure(bucket_refusal="later", report_seconds=0)
    report = world.create()
    assert world.status(report) == "FAILED"
    assert world.keys() == []


ACCEPTED_CONDITIONS: list[dict[str, Any]] = [
    {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    {"ArnLike": {"aws:SourceArn": f"arn:aws:acm-pca:*:{ACCOUNT}:certificate-authority/*"}},
    {"Bool": {"aws:SecureTransport": "true"}},
]


@pytest.mark.parametrize("condition", ACCEPTED_CONDITIONS)
def test_bucket_policy_with_a_condition(world: World, condition: dict[str, Any]) -> None:
    world.aws.configure(report_seconds=0)
    world.set_policy(
        bucket_statement("reports", Condition=condition),
        bucket_statement("reports", Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
    )
    assert world.status(world.create()) == "SUCCESS"


def test_policy_for_report_objects_only(world: World) -> None:
    ca_id = world.ca.rpartition("/")[2]
    world.set_policy(
        bucket_statement("reports", Resource=["arn:aws:s3:::reports", f"arn:aws:s3:::reports/audit-report/{ca_id}/*"])
    )
    world.aws.configure(require_test_keys=True)
    assert world.refusal()[0] == "ValidationException"
    world.aws.configure(require_test_keys=False)
    world.create()


def test_organization(world: World) -> None:
    organizations = world.client("organizations")
    organization_id = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="pki")["OrganizationalUnit"]["Id"]
    member = organizations.create_account(AccountName="m", Email="m@example.com")["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    own_pca, own_ca = world.pca, world.ca
    world.pca = world.client("acm-pca", **world.as_account(member))
    world.ca = create_ca(world.pca)
    world.aws.configure(report_interval=0)
    world.set_policy(bucket_statement("reports", Condition={"StringEquals": {"aws:SourceOrgID": organization_id}}))
    world.create()
    world.set_policy(
        bucket_statement(
            "reports",
            Condition={"ForAnyValue:StringLike": {"aws:SourceOrgPaths": f"{organization_id}/{root}/{unit}/*"}},
        )
    )
    world.create()
    world.aws.configure(send_organization=False)
    assert world.refusal()[0] == "ValidationException"
    # The management account is a member as well, but not in that unit.
    world.aws.configure(send_organization=True)
    world.pca, world.ca = own_pca, own_ca
    assert world.refusal()[0] == "ValidationException"
    world.set_policy(bucket_statement("reports", Condition={"StringEquals": {"aws:SourceOrgID": organization_id}}))
    world.create()
    # An account outside.
    world.pca = world.client("acm-pca", **world.as_account(OTHER_ACCOUNT))
    world.ca = create_ca(world.pca)
    assert world.refusal()[0] == "ValidationException"


@pytest.mark.parametrize("code", ["ValidationException", "ResourceNotFoundException"])
def test_missing_bucket(world: World, code: str) -> None:
    world.aws.configure(missing_bucket_code=code)
    found = world.refusal(S3BucketName="no-such-bucket")
    assert found[0] == code
    assert "'no-such-bucket'" in found[1]
    world.aws.configure(bucket_refusal="later", report_seconds=0)
    assert world.status(world.create(S3BucketName="no-such-bucket")) == "FAILED"


def test_bucket_that_goes_away_meanwhile(world: World) -> None:
    report = world.create()
    world.s3.delete_bucket(Bucket="reports")
    world.aws.advance(60)
    assert world.status(report) == "FAILED"


def test_caller_has_to_be_able_to_write_if_set(world: World) -> None:
    world.aws.configure(require_caller_write=True, report_interval=0)
    world.create()  # the bucket's own account
    world.pca = world.client("acm-pca", **world.as_account(OTHER_ACCOUNT))
    world.ca = create_ca(world.pca)
    code, message = world.refusal()
    assert (code, message.startswith(PERMISSION_ERROR)) == ("ValidationException", True)
    for principal in (OTHER_ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:root"):
        world.set_policy(
            bucket_statement("reports"),
            bucket_statement("reports", Principal={"AWS": principal}, Action="s3:PutObject"),
        )
        world.create()
    world.set_policy(bucket_statement("reports"))
    world.aws.configure(bucket_refusal="later", report_seconds=0)
    assert world.status(world.create()) == "FAILED"


@pytest.mark.parametrize(
    ("ca_region", "bucket_region", "principal"),
    [
        ("eu-west-1", "us-east-1", "acm-pca.amazonaws.com"),
        ("af-south-1", "af-south-1", "acm-pca.amazonaws.com"),
        ("af-south-1", "us-east-1", "acm-pca.af-south-1.amazonaws.com"),
        ("us-gov-east-1", "us-gov-west-1", "acm-pca.amazonaws.com"),
        ("us-east-1", "af-south-1", None),
        ("me-south-1", "af-south-1", None),
    ],
)
def test_as_whom_private_ca_writes_depends_on_the_regions(
    world: World, ca_region: str, bucket_region: str, principal: str | None
) -> None:
    location = {} if bucket_region == "us-east-1" else {"LocationConstraint": bucket_region}
    world.s3 = world.client("s3", bucket_region)
    bucket = {"Bucket": "regional", **({"CreateBucketConfiguration": location} if location else {})}
    world.s3.create_bucket(**bucket)
    world.pca = world.client("acm-pca", ca_region)
    world.ca = create_ca(world.pca)
    world.aws.configure(report_seconds=0, report_interval=0)
    partition = "aws-us-gov" if ca_region.startswith("us-gov") else "aws"

    def admit(*names: str) -> None:
        resources = [f"arn:{partition}:s3:::regional", f"arn:{partition}:s3:::regional/*"]
        statement = bucket_statement("regional", Principal={"Service": list(names)}, Resource=resources)
        world.s3.put_bucket_policy(Bucket="regional", Policy=document(statement))

    others = {"acm-pca.amazonaws.com", f"acm-pca.{ca_region}.amazonaws.com"} - {principal}
    admit(*others, *([] if principal else [f"acm-pca.{bucket_region}.amazonaws.com"]))
    if principal is None:
        # The service takes the request, and tells nobody why the report fails.
        assert world.status(world.create(S3BucketName="regional")) == "FAILED"
        return
    assert world.refusal(S3BucketName="regional")[0] == "ValidationException"
    admit(principal)
    assert world.status(world.create(S3BucketName="regional")) == "SUCCESS"


def key_statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "acm-pca.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::reports/audit-report/*"]}},
        **changes,
    }


def create_key(world: World, *statements: dict[str, Any], region: str = "us-east-1") -> str:
    arn = world.client("kms", region).create_key(Policy=document(*statements))["KeyMetadata"]["Arn"]
    return str(arn)


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (key_statement(), True),
        (key_statement(Condition={}), True),
        (key_statement(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}), True),
        (key_statement(Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}), True),
        (key_statement(Action="kms:*"), True),
        (key_statement(Action="kms:GenerateDataKey"), False),
        (key_statement(Action="kms:Decrypt"), False),
        (key_statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), False),
        (
            key_statement(
                Condition={"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other/audit-report/*"}}
            ),
            False,
        ),
    ],
)
def test_customer_managed_key(world: World, statement: dict[str, Any], allowed: bool) -> None:
    world.encrypt(create_key(world, statement))
    if allowed:
        world.aws.configure(report_seconds=0)
        report = world.create()
        assert world.status(report) == "SUCCESS"
        assert world.s3.head_object(Bucket="reports", Key=report["S3Key"])["ServerSideEncryption"] == "aws:kms"
    else:
        code, message = world.refusal()
        assert (code, message.startswith(PERMISSION_ERROR)) == ("ValidationException", True)
        world.aws.configure(bucket_refusal="later", report_seconds=0)
        assert world.status(world.create()) == "FAILED"


@pytest.mark.parametrize("form", ["arn", "id", "alias", "alias arn"])
def test_key_by_any_of_its_names(world: World, form: str) -> None:
    arn = create_key(world, key_statement())
    world.client("kms").create_alias(AliasName="alias/reports", TargetKeyId=arn)
    names = {
        "arn": arn,
        "id": arn.rpartition("/")[2],
        "alias": "alias/reports",
        "alias arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/reports",
    }
    world.encrypt(names[form])
    world.create()


@pytest.mark.parametrize(
    "key",
    [
        None,
        "alias/aws/s3",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/s3",
        "11111111-2222-3333-4444-555555555555",
        "alias/nobody",
        f"arn:aws:kms:us-east-1:999999999999:key/{CA_ID}",
        "arn:aws:kms",
    ],
)
def test_aws_managed_and_missing_keys_are_refused(world: World, key: str | None) -> None:
    world.encrypt(key)
    assert world.refusal()[0] == "ValidationException"


def test_sse_s3_needs_no_key(world: World) -> None:
    world.encrypt(None, algorithm="AES256")
    world.create()


def test_key_has_to_be_in_the_region_of_the_ca(world: World) -> None:
    world.encrypt(create_key(world, key_statement(), region="eu-west-1"))
    assert world.refusal()[0] == "ValidationException"


def test_disabled_key(world: World) -> None:
    arn = create_key(world, key_statement())
    world.encrypt(arn)
    world.client("kms").disable_key(KeyId=arn.rpartition("/")[2])
    assert world.refusal()[0] == "ValidationException"


def test_bucket_key_makes_the_bucket_the_encryption_context(world: World) -> None:
    world.encrypt(create_key(world, key_statement()), bucket_key=True)
    assert world.refusal()[0] == "ValidationException"
    both = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}}
    world.encrypt(create_key(world, key_statement(Condition=both)), bucket_key=True)
    world.create()
