# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket_statements import (
    BUCKET_SIDS,
    KEY_SIDS,
    Access,
    bucket_statements,
    key_statements,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import merge_policy, size_of
from local_aws.policy import PRIVATE_CA, Principal, Question, decide

ROLE = Path(__file__).resolve().parents[5] / "roles" / "audit_reports"

BUCKET = "audit-bucket"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
HUB, MEMBER, STRANGER = "111111111111", "222222222222", "999999999999"
MEMBER_ROLE = f"arn:aws:iam::{MEMBER}:role/PrivateCAAudit"
CA = f"arn:aws:acm-pca:eu-central-1:{MEMBER}:certificate-authority/11111111-2222-3333-4444-555555555555"
OTHER_CA = f"arn:aws:acm-pca:eu-central-1:{MEMBER}:certificate-authority/66666666-7777-8888-9999-000000000000"
REPORT = f"{BUCKET_ARN}/audit-report/11111111-2222-3333-4444-555555555555/report.json"
RECORD = f"{BUCKET_ARN}/audit-report-tracking/11111111-2222-3333-4444-555555555555.json"
ACCESS = Access(bucket=BUCKET, partition="aws", account_ids=(HUB, MEMBER), hub_principals=(f"arn:aws:iam::{HUB}:root",))


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
    policy = merge_policy(None, statements(access))
    return bool(decide(policy, Question(action, resource, principal, context or service(MEMBER))))


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
    [("s3:GetObject", REPORT), ("s3:GetObject", RECORD), ("s3:PutObject", RECORD), ("s3:ListBucket", BUCKET_ARN)],
)
def test_the_hub_reads_and_tracks(action: str, resource: str) -> None:
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
def test_the_hub_gets_nothing_else(action: str, resource: str) -> None:
    assert not may(ACCESS, action, resource, caller(HUB))


def test_members_write_only_where_that_is_asked_for() -> None:
    assert not may(ACCESS, "s3:PutObject", REPORT, caller(MEMBER))
    granted = dataclasses.replace(ACCESS, member_roles=(MEMBER_ROLE,))
    assert may(granted, "s3:PutObject", REPORT, caller(MEMBER))
    assert not may(granted, "s3:PutObject", RECORD, caller(MEMBER))
    assert not may(granted, "s3:GetObject", REPORT, caller(MEMBER))
    assert not may(granted, "s3:PutObject", REPORT, caller(STRANGER))


def test_members_of_an_organization_write_by_the_name_of_their_role() -> None:
    access = dataclasses.replace(
        ACCESS, account_ids=(), organization_id="o-example123", member_roles=("arn:aws:iam::*:role/PrivateCAAudit",)
    )

    def context(role: str, organization: str) -> dict[str, str]:
        return {
            "aws:PrincipalArn": f"arn:aws:iam::{MEMBER}:role/{role}",
            "aws:PrincipalOrgID": organization,
            "aws:SecureTransport": "true",
        }

    def writes(role: str, organization: str) -> bool:
        return may(access, "s3:PutObject", REPORT, caller(MEMBER, role), context(role, organization))

    assert writes("PrivateCAAudit", "o-example123")
    assert not writes("Somebody", "o-example123")
    assert not writes("PrivateCAAudit", "o-other")


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


@pytest.mark.parametrize("access", [ACCESS, dataclasses.replace(ACCESS, member_roles=(MEMBER_ROLE,))])
def test_every_statement_has_an_id_that_is_known(access: Access) -> None:
    assert {each["Sid"] for each in bucket_statements(access)} <= set(BUCKET_SIDS)
    assert {each["Sid"] for each in key_statements(access)} == set(KEY_SIDS)


def test_the_order_of_accounts_makes_no_difference() -> None:
    assert bucket_statements(ACCESS) == bucket_statements(
        dataclasses.replace(ACCESS, account_ids=(MEMBER, HUB, MEMBER))
    )


def test_how_many_accounts_a_bucket_policy_holds() -> None:
    """The argument specification of the role says how many, and its variables how many bytes."""
    largest = int(re.findall(r"largest=(\d+), hint", (ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))[0])

    def size(accounts: int) -> int:
        ids = tuple(f"{number:012d}" for number in range(accounts))
        return size_of(merge_policy(None, bucket_statements(dataclasses.replace(ACCESS, account_ids=ids))))

    assert largest == 20 * 1024
    assert size(1200) < largest < size(1400)


def test_other_partitions() -> None:
    text = json.dumps(bucket_statements(dataclasses.replace(ACCESS, partition="aws-us-gov", hub_principals=())))
    assert "arn:aws-us-gov:s3:::" in text
    assert "arn:aws:" not in text
