# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.plan import LARGEST_BUCKET_POLICY
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import (
    merge_policy,
    read_policy,
    size_of,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket_statements import (
    BUCKET_SIDS,
    Access,
    bucket_statements,
    key_sids,
    key_statements,
    private_ca_writes,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.service_principals import service_principals
from documents import examples
from local_aws.policy import PRIVATE_CA, Principal, Question, decide

from . import principal_mapper

BUCKET = "audit-bucket"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
HUB, MEMBER, STRANGER = "111111111111", "222222222222", "999999999999"
MEMBER_ROLE = f"arn:aws:iam::{MEMBER}:role/PrivateCAAudit"
CA = f"arn:aws:acm-pca:eu-central-1:{MEMBER}:certificate-authority/11111111-2222-3333-4444-555555555555"
OTHER_CA = f"arn:aws:acm-pca:eu-central-1:{MEMBER}:certificate-authority/66666666-7777-8888-9999-000000000000"
REPORT = f"{BUCKET_ARN}/audit-report/11111111-2222-3333-4444-555555555555/report.json"
SUMMARY = f"{BUCKET_ARN}/audit-summary/index.html"
DATASET = f"{BUCKET_ARN}/audit-certificates/11111111-2222-3333-4444-555555555555.parquet"
RECORD = f"{BUCKET_ARN}/audit-report-tracking/11111111-2222-3333-4444-555555555555.json"
ACCESS = Access(bucket=BUCKET, partition="aws", account_ids=(HUB, MEMBER), reader_arns=(f"arn:aws:iam::{HUB}:root",))


def service(account: str, ca: str = CA, organization: str = "o-example123") -> dict[str, str]:
    return {
        "aws:SourceAccount": account,
        "aws:SourceArn": ca.replace(MEMBER, account),
        "aws:SourceOrgID": organization,
        "aws:SecureTransport": "true",
    }


def may(
    access: Access,
    action: str,
    resource: str,
    principal: Principal = PRIVATE_CA,
    context: t.Mapping[str, str] | None = None,
    statements: t.Callable[[Access], list[dict[str, t.Any]]] = bucket_statements,
) -> bool:
    policy = merge_policy(read_policy(None), statements(access))
    question = Question(action, resource, principal, context or service(MEMBER))
    answer = bool(decide(policy, question))
    if principal_mapper.INSTALLED:
        assert principal_mapper.allows(policy, action, resource, principal, question.context) is answer
    return answer


def caller(account: str, role: str = "PrivateCAAudit") -> Principal:
    arn = f"arn:aws:iam::{account}:role/{role}"
    return Principal("AWS", (account, f"arn:aws:iam::{account}:root", arn))


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:PutObjectAcl"])
@pytest.mark.parametrize(
    "key", ["acm-pca-permission-test-key", "acm-pca-permission-test-key-private", "audit-report/x/y.csv"]
)
def test_the_service_writes_reports_and_its_test_keys(action: str, key: str) -> None:
    assert may(ACCESS, action, f"{BUCKET_ARN}/{key}")


@pytest.mark.parametrize("action", ["s3:GetBucketAcl", "s3:GetBucketLocation"])
def test_the_service_looks_at_the_bucket(action: str) -> None:
    assert may(ACCESS, action, BUCKET_ARN)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", RECORD),
        ("s3:PutObject", f"{BUCKET_ARN}/crl/x.crl"),
        ("s3:PutObject", f"{BUCKET_ARN}/index.html"),
        ("s3:GetObject", REPORT),
        ("s3:DeleteObject", REPORT),
        ("s3:ListBucket", BUCKET_ARN),
        ("s3:PutBucketPolicy", BUCKET_ARN),
    ],
)
def test_the_service_does_nothing_else(action: str, resource: str) -> None:
    assert not may(ACCESS, action, resource)


def test_a_ca_of_a_stranger_cannot_make_the_service_write_here() -> None:
    assert not may(ACCESS, "s3:PutObject", REPORT, context=service(STRANGER))


def test_a_ca_arn_of_ours_does_not_help_a_stranger() -> None:
    assert not may(ACCESS, "s3:PutObject", REPORT, context={**service(STRANGER), "aws:SourceArn": CA})


def test_the_service_does_not_write_on_behalf_of_nobody() -> None:
    assert not may(ACCESS, "s3:PutObject", REPORT, context={"aws:SecureTransport": "true"})


def test_another_kind_of_source_is_no_ca() -> None:
    context = {**service(MEMBER), "aws:SourceArn": f"arn:aws:acm-pca:eu-central-1:{MEMBER}:template/x"}
    assert not may(ACCESS, "s3:PutObject", REPORT, context=context)


def test_only_the_cas_that_are_named_where_some_are() -> None:
    access = dataclasses.replace(ACCESS, certificate_authority_arns=(CA,))
    assert may(access, "s3:PutObject", REPORT)
    assert not may(access, "s3:PutObject", REPORT, context=service(MEMBER, OTHER_CA))


def test_an_organization_takes_the_place_of_the_accounts() -> None:
    access = dataclasses.replace(ACCESS, account_ids=(), organization_id="o-example123")
    assert may(access, "s3:PutObject", REPORT, context=service(STRANGER))
    assert not may(access, "s3:PutObject", REPORT, context=service(STRANGER, organization="o-other"))


@pytest.mark.parametrize("principal", [PRIVATE_CA, caller(HUB)])
def test_nothing_goes_without_tls(principal: Principal) -> None:
    context = {**service(MEMBER), "aws:SecureTransport": "false"}
    assert may(ACCESS, "s3:PutObject", REPORT)
    assert not may(ACCESS, "s3:PutObject", REPORT, principal, context)
    assert not may(ACCESS, "s3:GetObject", REPORT, principal, context)
    assert not may(ACCESS, "s3:ListBucket", BUCKET_ARN, principal, context)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", REPORT),
        *[(f"s3:{action}Object", key) for action in ("Get", "Put") for key in (RECORD, SUMMARY, DATASET)],
        ("s3:ListBucket", BUCKET_ARN),
    ],
)
def test_readers_read_and_keep_what_is_theirs(action: str, resource: str) -> None:
    assert may(ACCESS, action, resource, caller(HUB))
    assert not may(ACCESS, action, resource, caller(MEMBER))
    assert not may(ACCESS, action, resource, caller(STRANGER))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", REPORT),
        ("s3:DeleteObject", RECORD),
        ("s3:GetObject", f"{BUCKET_ARN}/index.html"),
        ("s3:PutBucketPolicy", BUCKET_ARN),
    ],
)
def test_readers_get_nothing_else(action: str, resource: str) -> None:
    assert not may(ACCESS, action, resource, caller(HUB))


def member(role: str = "PrivateCAAudit", account: str = MEMBER, organization: str = "o-example123") -> dict[str, str]:
    return {
        "aws:PrincipalArn": f"arn:aws:iam::{account}:role/{role}",
        "aws:PrincipalOrgID": organization,
        "aws:SecureTransport": "true",
    }


def test_members_write_only_where_that_is_asked_for() -> None:
    assert not may(ACCESS, "s3:PutObject", REPORT, caller(MEMBER), member())
    granted = dataclasses.replace(ACCESS, member_role_name="PrivateCAAudit")
    assert may(granted, "s3:PutObject", REPORT, caller(MEMBER), member())
    assert not may(granted, "s3:PutObject", RECORD, caller(MEMBER), member())
    assert not may(granted, "s3:GetObject", REPORT, caller(MEMBER), member())
    assert not may(granted, "s3:PutObject", REPORT, caller(MEMBER, "Somebody"), member("Somebody"))
    assert not may(granted, "s3:PutObject", REPORT, caller(STRANGER), member(account=STRANGER))


def test_members_of_an_organization_write_by_the_name_of_their_role() -> None:
    access = dataclasses.replace(
        ACCESS, account_ids=(), organization_id="o-example123", member_role_name="PrivateCAAudit"
    )

    def writes(**who: str) -> bool:
        return may(access, "s3:PutObject", REPORT, caller(MEMBER), member(**who))

    assert writes()
    assert not writes(role="Somebody")
    assert not writes(organization="o-other")


@pytest.mark.parametrize("organization_id", ["", "o-example123"])
def test_no_principal_of_a_member_has_to_be_there_already(organization_id: str) -> None:
    access = dataclasses.replace(ACCESS, organization_id=organization_id, member_role_name="PrivateCAAudit")
    assert f"{MEMBER}:role" not in json.dumps([each["Principal"] for each in bucket_statements(access)])


def test_an_archive_is_for_readers_alone() -> None:
    archive = dataclasses.replace(ACCESS, archive=True)
    assert may(archive, "s3:PutObject", REPORT, caller(HUB))
    assert may(archive, "s3:GetObject", REPORT, caller(HUB))
    assert may(archive, "s3:ListBucket", BUCKET_ARN, caller(HUB))
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"):
        assert not may(archive, action, REPORT, caller(HUB))
    assert not may(archive, "s3:PutObject", RECORD, caller(HUB))
    assert not may(archive, "s3:PutObject", REPORT)
    assert not may(archive, "s3:PutObject", REPORT, caller(HUB), {"aws:SecureTransport": "false"})
    [encrypts] = key_statements(archive)
    assert encrypts["Principal"] == {"AWS": list(ACCESS.reader_arns)}


def test_the_service_of_a_region_that_accounts_have_to_enable() -> None:
    regional = Principal("Service", ("acm-pca.eu-south-1.amazonaws.com",))
    assert not may(ACCESS, "s3:PutObject", REPORT, regional)
    access = dataclasses.replace(
        ACCESS, service_principals=service_principals(["eu-central-1", "eu-south-1"], "eu-central-1")
    )
    for principal in (regional, PRIVATE_CA):
        assert may(access, "s3:PutObject", REPORT, principal)
        assert may(access, "kms:GenerateDataKey", "key", principal, ENCRYPTED, key_statements)


@pytest.mark.parametrize(
    ("regions", "bucket_region", "names"),
    [
        (["us-east-1"], "eu-central-1", ["acm-pca"]),
        (["eu-south-1"], "eu-south-1", ["acm-pca"]),
        (["eu-south-1", "me-south-1"], "eu-south-1", ["acm-pca", "acm-pca.me-south-1"]),
        (["me-south-1", "us-east-1", "eu-south-1"], None, ["acm-pca", "acm-pca.eu-south-1", "acm-pca.me-south-1"]),
    ],
)
def test_as_whom_the_service_writes(regions: list[str], bucket_region: str | None, names: list[str]) -> None:
    assert service_principals(regions, bucket_region) == tuple(f"{name}.amazonaws.com" for name in names)


ENCRYPTED = {"kms:EncryptionContext:aws:s3:arn": REPORT}


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_the_key_serves_reports(action: str) -> None:
    assert may(ACCESS, action, "key", context=ENCRYPTED, statements=key_statements)
    assert may(ACCESS, action, "key", caller(HUB), ENCRYPTED, key_statements)
    assert not may(ACCESS, action, "key", caller(MEMBER), ENCRYPTED, key_statements)


@pytest.mark.parametrize(
    "context", [RECORD, BUCKET_ARN, "arn:aws:s3:::other/audit-report/x.json", f"{BUCKET_ARN}/crl/x"]
)
def test_the_key_serves_the_service_for_nothing_else(context: str) -> None:
    encrypted = {"kms:EncryptionContext:aws:s3:arn": context}
    assert not may(ACCESS, "kms:GenerateDataKey", "key", context=encrypted, statements=key_statements)


@pytest.mark.parametrize("action", ["kms:Encrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"])
def test_the_key_allows_nothing_else(action: str) -> None:
    assert not may(ACCESS, action, "key", context=ENCRYPTED, statements=key_statements)


def test_with_a_bucket_key_kms_is_told_the_bucket() -> None:
    access = dataclasses.replace(ACCESS, bucket_key=True)
    encrypted = {"kms:EncryptionContext:aws:s3:arn": BUCKET_ARN}
    assert may(access, "kms:GenerateDataKey", "key", context=encrypted, statements=key_statements)


def test_readers_of_another_account_upload_the_summary_to_an_encrypted_bucket() -> None:
    for key in (SUMMARY, RECORD, DATASET):
        encrypted = {"kms:EncryptionContext:aws:s3:arn": key}
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            assert may(ACCESS, action, "key", caller(HUB), encrypted, key_statements)


@pytest.mark.parametrize("member_role_name", ["", "PrivateCAAudit"])
@pytest.mark.parametrize("archive", [False, True])
def test_every_statement_has_an_id_that_is_known(member_role_name: str, archive: bool) -> None:
    access = dataclasses.replace(ACCESS, member_role_name=member_role_name, archive=archive)
    assert {each["Sid"] for each in bucket_statements(access)} <= set(BUCKET_SIDS)
    assert {each["Sid"] for each in key_statements(access)} <= set(key_sids(BUCKET))


def test_buckets_can_share_a_key() -> None:
    assert not set(key_sids("one")) & set(key_sids("other"))
    assert all(sid.isalnum() for sid in key_sids("with-signs.in-it"))


def test_the_order_of_accounts_makes_no_difference() -> None:
    assert bucket_statements(ACCESS) == bucket_statements(
        dataclasses.replace(ACCESS, account_ids=(MEMBER, HUB, MEMBER))
    )


def test_how_many_accounts_a_bucket_policy_holds() -> None:
    """The documentation of the module says how many."""

    def size(accounts: int, **changes: t.Any) -> int:
        ids = tuple(f"{number:012d}" for number in range(accounts))
        access = dataclasses.replace(ACCESS, account_ids=ids, **changes)
        return size_of(merge_policy(read_policy(None), bucket_statements(access)))

    assert size(1200) < LARGEST_BUCKET_POLICY == 20 * 1024 < size(1400)
    assert size(200, member_role_name="PrivateCAAudit") < LARGEST_BUCKET_POLICY


def test_the_guide_shows_the_statement_that_the_module_adds() -> None:
    shown = examples("docs/docsite/rst/guide_bucket.rst", "json")[0]
    access = dataclasses.replace(ACCESS, bucket="example-corp-pca-audit-reports", account_ids=("111122223333",))
    assert json.loads(shown) == private_ca_writes(access)


def test_other_partitions() -> None:
    text = json.dumps(bucket_statements(dataclasses.replace(ACCESS, partition="aws-us-gov", reader_arns=())))
    assert "arn:aws-us-gov:s3:::" in text
    assert "arn:aws:" not in text
