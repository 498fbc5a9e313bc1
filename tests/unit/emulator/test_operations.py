# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the two operations take, and of whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, create_ca

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
CA_ID = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"AuditReportResponseFormat": "XML"},
            "ValidationException",
            "1 validation error detected: Value 'XML' at 'auditReportResponseFormat' failed to satisfy constraint: "
            "Member must satisfy enum value set: [JSON, CSV]",
        ),
        ({"AuditReportResponseFormat": "json"}, "ValidationException", "Member must satisfy enum value set"),
        (
            {"CertificateAuthorityArn": "arn"},
            "ValidationException",
            "Value 'arn' at 'certificateAuthorityArn' failed to satisfy constraint: "
            "Member must have length greater than or equal to 5",
        ),
        (
            {"CertificateAuthorityArn": f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/{'x' * 200}"},
            "ValidationException",
            "Member must have length less than or equal to 200",
        ),
        ({"S3BucketName": "ab"}, "ValidationException", "Value 'ab' at 's3BucketName'"),
        ({"S3BucketName": "b" * 64}, "ValidationException", "length less than or equal to 63"),
        (
            {"S3BucketName": "ab", "AuditReportResponseFormat": "PDF"},
            "ValidationException",
            "2 validation errors detected: Value 'ab'",
        ),
        ({"CertificateAuthorityArn": "not-an-arn"}, "InvalidArnException", "not-an-arn"),
        (
            {"CertificateAuthorityArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{CA_ID}"},
            "InvalidArnException",
            "",
        ),
        ({"CertificateAuthorityArn": f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:template/x"}, "InvalidArnException", ""),
        (
            {"CertificateAuthorityArn": f"arn:aws:acm-pca::{ACCOUNT}:certificate-authority/{CA_ID}"},
            "InvalidArnException",
            "",
        ),
        (
            {"CertificateAuthorityArn": f"arn:aws:acm-pca:us-east-1:12345:certificate-authority/{CA_ID}"},
            "InvalidArnException",
            "",
        ),
        (
            {"CertificateAuthorityArn": f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/a/certificate/b"},
            "InvalidArnException",
            "",
        ),
        (
            {"CertificateAuthorityArn": f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/a b"},
            "InvalidArnException",
            "",
        ),
        *[
            (
                {"CertificateAuthorityArn": f"{prefix}:certificate-authority/{CA_ID}"},
                "ResourceNotFoundException",
                CA_ID,
            )
            for prefix in [
                f"arn:aws:acm-pca:us-east-1:{ACCOUNT}",
                "arn:aws:acm-pca:us-east-1:999999999999",
                f"arn:aws:acm-pca:eu-west-1:{ACCOUNT}",
                f"arn:aws:acm-pca:xx-nowhere-1:{ACCOUNT}",
                f"arn:aws-cn:acm-pca:us-east-1:{ACCOUNT}",
            ]
        ],
    ],
)
def test_parameters(world: World, changes: dict[str, Any], code: str, message: str) -> None:
    found = world.refusal(**changes)
    assert found[0] == code
    assert message in found[1]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, "ValidationException", "3 validation errors detected: Value null at 'certificateAuthorityArn'"),
        ({"CertificateAuthorityArn": 5}, "SerializationException", "CertificateAuthorityArn"),
        ([], "SerializationException", "not a JSON object"),
        ("{", "SerializationException", "not a JSON object"),
    ],
)
def test_parameters_that_boto3_would_not_send(world: World, body: Any, code: str, message: str) -> None:
    raw = (body if isinstance(body, str) else json.dumps(body)).encode()
    world.pca.meta.events.register("before-call.acm-pca", lambda params, **_kwargs: params.update(body=raw))
    found = world.refusal()
    assert found[0] == code
    assert message in found[1]


@pytest.mark.parametrize(
    ("report_id", "code"),
    [
        ("11111111-2222-3333-4444-555555555555", "ResourceNotFoundException"),
        ("1" * 36, "ValidationException"),
        ("short", "ValidationException"),
    ],
)
def test_describe_of_no_report(world: World, report_id: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        world.describe({"AuditReportId": report_id})
    assert refused.value.response["Error"]["Code"] == code


def test_exceptions_are_those_of_the_model(world: World) -> None:
    with pytest.raises(world.pca.exceptions.ResourceNotFoundException):
        world.describe({"AuditReportId": CA_ID})
    with pytest.raises(world.pca.exceptions.InvalidArnException):
        world.create(CertificateAuthorityArn="not-an-arn")


def test_report_of_another_ca_is_not_found(world: World) -> None:
    report = world.create()
    world.ca = create_ca(world.pca)
    with pytest.raises(world.pca.exceptions.ResourceNotFoundException):
        world.describe(report)


@pytest.mark.parametrize(
    ("status", "audits"),
    [
        ("ACTIVE", True),
        ("DISABLED", True),
        ("CREATING", False),
        ("PENDING_CERTIFICATE", False),
        ("EXPIRED", False),
        ("FAILED", False),
        ("DELETED", False),
    ],
)
def test_status_of_the_ca(world: World, status: str, audits: bool) -> None:
    world.ca = create_ca(world.pca, status)
    if audits:
        assert world.create()["AuditReportId"]
    else:
        assert world.refusal()[0] == "InvalidStateException"


def test_ca_that_has_issued_too_much(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.audit_reports.MOST_CERTIFICATES", 1)
    monkeypatch.setattr("local_aws.audit_reports.ledger_of", lambda _ca: ("one", "two"))
    assert world.refusal()[0] == "InvalidStateException"


@pytest.mark.parametrize("action", ["CreateCertificateAuthorityAuditReport", "DescribeCertificateAuthorityAuditReport"])
def test_only_the_owner_of_a_ca_makes_reports(world: World, action: str) -> None:
    report = world.create()
    world.pca = world.client("acm-pca", **world.as_account(OTHER_ACCOUNT))
    with pytest.raises(ClientError) as refused:
        world.create() if action.startswith("Create") else world.describe(report)
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert f"assumed-role/Auditor/test is not authorized to perform: acm-pca:{action}" in error["Message"]
    assert error["Message"].endswith(f"because no resource-based policy allows the acm-pca:{action} action")


def test_account_by_assumed_role_writes_to_the_bucket_of_another(world: World) -> None:
    world.aws.configure(report_seconds=0)
    world.pca = world.client("acm-pca", **world.as_account(OTHER_ACCOUNT))
    world.ca = create_ca(world.pca)
    assert f":{OTHER_ACCOUNT}:" in world.ca
    report = world.create()
    assert world.status(report) == "SUCCESS"
    assert world.keys("audit-report/") == [report["S3Key"]]


def test_ca_and_bucket_in_different_regions(world: World) -> None:
    world.aws.configure(report_seconds=0)
    world.pca = world.client("acm-pca", "eu-central-1")
    world.ca = create_ca(world.pca)
    assert world.status(world.create()) == "SUCCESS"


def test_ca_is_not_found_in_another_region_than_its_own(world: World) -> None:
    world.pca = world.client("acm-pca", "eu-central-1")
    assert world.refusal()[0] == "ResourceNotFoundException"
