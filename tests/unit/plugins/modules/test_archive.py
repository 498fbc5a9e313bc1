# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of reports in an archive, as acm_pca_audit_report makes them."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit import archive
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.archive import Archive
from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report_bucket

from .conftest import AWS, BUCKET, Run, warnings_of

ARCHIVE = "example-corp-pca-audit-archive"
COPY = "s3:CopyObject"
MIB = 1024 * 1024

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def locked_bucket(aws: AWS, run_module: Run) -> None:
    """An archive in another region than the reports."""
    made = run_module(
        acm_pca_audit_report_bucket,
        name=ARCHIVE,
        region="eu-central-1",
        purpose="archive",
        retention_mode="COMPLIANCE",
        retention_days=30,
    )
    assert made["changed"] is True
    aws.emulator.reset()


@pytest.fixture
def audit(run: Run) -> Run:
    """Run acm_pca_audit_report with the archive."""

    def audited(**options: t.Any) -> t.Any:
        return run(**{"archive_bucket_name": ARCHIVE, **options})

    return audited


def archived_keys(aws: AWS, name: str = ARCHIVE) -> list[str]:
    return [version["Key"] for version in aws.s3.list_object_versions(Bucket=name).get("Versions", [])]


def test_a_report_is_copied_once_to_where_nobody_can_change_it(aws: AWS, audit: Run) -> None:
    arn = aws.create_ca()
    predicted = audit(certificate_authority_arn=arn, check=True)
    assert archived_keys(aws) == []
    made = audit(certificate_authority_arn=arn)
    key = made["audit_report"]["s3_key"]
    for result in (predicted, made):
        assert (result["changed"], result["audit_report"]["action"]) == (True, "created")
        assert (result["audit_report"]["archived"], result["summary"]["archived"]) == (True, 1)
        assert result["diff"]["after"][arn]["archive_bucket_name"] == ARCHIVE
        assert "warnings" not in result
    assert archived_keys(aws) == [key]

    original, copy = (aws.s3.get_object(Bucket=name, Key=key) for name in (BUCKET, ARCHIVE))
    assert copy["Body"].read() == original["Body"].read()
    assert copy["ContentType"] == original["ContentType"]
    aws.s3.copy_object(Bucket=ARCHIVE, Key=key, CopySource={"Bucket": BUCKET, "Key": key})
    aws.s3.delete_object(Bucket=ARCHIVE, Key=key)
    with pytest.raises(aws.s3.exceptions.ClientError, match="AccessDenied"):
        aws.s3.delete_object(Bucket=ARCHIVE, Key=key, VersionId=copy["VersionId"])
    kept = aws.s3.get_object(Bucket=ARCHIVE, Key=key, VersionId=copy["VersionId"])
    assert kept["ETag"] == copy["ETag"]

    aws.emulator.reset()
    again = audit(certificate_authority_arn=arn)
    assert (again["changed"], again["audit_report"]["archived"], again["summary"]["archived"]) == (False, True, 1)
    assert aws.emulator.calls() == {"s3:GetObject": 1, "s3:HeadObject": 1}


def test_a_report_from_before_is_copied_when_it_is_reused(aws: AWS, run: Run, audit: Run) -> None:
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)
    assert "archived" not in made["audit_report"]
    assert "archived" not in made["summary"]
    predicted = audit(certificate_authority_arn=arn, check=True)
    assert archived_keys(aws) == []
    reused = audit(certificate_authority_arn=arn)
    for result in (predicted, reused):
        assert (result["changed"], result["audit_report"]["action"]) == (True, "reused")
        assert result["audit_report"]["archived"] is True
        assert [
            each[arn].get("archive_bucket_name") for each in (result["diff"]["before"], result["diff"]["after"])
        ] == [
            None,
            ARCHIVE,
        ]
    assert archived_keys(aws) == [made["audit_report"]["s3_key"]]
    # Another archive is another place.
    aws.create_bucket("another-archive", admitted=False)
    assert audit(certificate_authority_arn=arn, archive_bucket_name="another-archive")["changed"] is True
    assert archived_keys(aws, "another-archive") == [made["audit_report"]["s3_key"]]


def test_with_listing_the_archive_tells_what_is_there(aws: AWS, audit: Run) -> None:
    arn = aws.create_ca()
    options = {"certificate_authority_arn": arn, "tracking": "listing"}
    assert audit(**options)["audit_report"]["archived"] is True
    aws.emulator.reset()
    for check in (False, True):
        again = audit(**options, check=check)
        assert (again["changed"], again["audit_report"]["archived"]) == (False, True)
    assert aws.emulator.calls() == {"s3:ListObjectsV2": 2, "s3:HeadObject": 2}


def test_a_report_is_not_copied_before_it_is_complete(aws: AWS, audit: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=3600)
    requested = audit(certificate_authority_arn=arn, wait=False)
    assert (requested["audit_report"]["archived"], "warnings" in requested) == (False, False)
    aws.emulator.advance(3600)
    assert audit(certificate_authority_arn=arn, max_age=7200)["audit_report"]["archived"] is True
    assert len(archived_keys(aws)) == 1


@pytest.mark.parametrize(
    ("operation", "error", "message", "words"),
    [
        (COPY, "AccessDenied", "Access Denied", "The operation needs s3:PutObject."),
        (COPY, "AccessDenied", "not authorized to perform: kms:GenerateDataKey", "The operation needs kms:Generate"),
        (COPY, "InvalidRequest", "Oh no", "InvalidRequest: Oh no. The report itself is not affected"),
        ("s3:HeadObject", "AccessDenied", "Access Denied", "need s3:ListBucket on"),
        (COPY, "AccessDenied", "with an explicit deny in a resource-based policy", "denies it with a Deny statement"),
    ],
)
def test_what_cannot_be_copied_spoils_nothing_and_is_copied_by_the_next_run(
    aws: AWS, audit: Run, operation: str, error: str, message: str, words: str
) -> None:
    arns = sorted([aws.create_ca(), aws.create_ca()])
    aws.emulator.fault(operation, error=error, message=message)
    mixed = audit(certificate_authority_arn=arns, concurrency=1)
    assert "failed" not in mixed
    assert [each["action"] for each in mixed["audit_reports"]] == ["created", "created"]
    assert sorted(each["archived"] for each in mixed["audit_reports"]) == [False, True]
    assert mixed["summary"]["archived"] == 1
    [warning] = warnings_of(mixed)
    missing = next(each["certificate_authority_arn"] for each in mixed["audit_reports"] if not each["archived"])
    assert warning.startswith(f"{missing}: Failed to ")
    assert words in warning
    assert len(archived_keys(aws)) == 1

    mended = audit(certificate_authority_arn=arns)
    assert (mended["changed"], mended["summary"]["reused"], mended["summary"]["archived"]) == (True, 2, 2)
    assert sorted(archived_keys(aws)) == sorted(each["s3_key"] for each in mended["audit_reports"])


@pytest.mark.parametrize("check", [False, True])
def test_an_archive_that_is_not_there(aws: AWS, audit: Run, check: bool) -> None:
    arns = [aws.create_ca(), aws.create_ca()]
    result = audit(certificate_authority_arn=arns, archive_bucket_name="no-such-archive", check=check)
    assert (result["changed"], result["summary"]["created"], result["summary"]["archived"]) == (True, 2, 0)
    [warning] = warnings_of(result)
    assert "NoSuchBucket" in warning
    assert "acm_pca_audit_report_bucket (purpose=archive), or correct archive_bucket_name" in warning


def test_a_record_that_cannot_be_written_makes_no_second_copy(aws: AWS, audit: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.fault("s3:PutObject", error="AccessDenied", message="Access Denied", count=99)
    made = audit(certificate_authority_arn=arn)
    assert made["audit_report"]["archived"] is True
    [warning] = warnings_of(made)
    assert "write the tracking record" in warning
    aws.emulator.reset()
    again = audit(certificate_authority_arn=arn)
    assert (again["changed"], again["audit_report"]["archived"]) == (False, True)
    assert len(archived_keys(aws)) == 1
    aws.emulator.reset()
    assert audit(certificate_authority_arn=arn)["audit_report"]["archived"] is True
    assert aws.emulator.calls() == {"s3:GetObject": 1, "s3:HeadObject": 1}


def test_the_copy_is_of_the_object_that_was_seen(aws: AWS, audit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = aws.create_ca()
    original = Archive.copy

    def copy_late(self: Archive, report: t.Any) -> None:
        aws.s3.put_object(Bucket=BUCKET, Key=report.key, Body=b"forged")
        original(self, report)

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "copy", copy_late)
        refused = audit(certificate_authority_arn=arn)
    assert refused["audit_report"]["archived"] is False
    assert "Another object has taken the place of the report" in json.dumps(warnings_of(refused))
    assert archived_keys(aws) == []


def test_a_report_that_is_removed_before_it_is_copied(aws: AWS, audit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = aws.create_ca()

    def removed(_archive: Archive, key: str) -> bool:
        aws.s3.delete_object(Bucket=BUCKET, Key=key)
        return False

    monkeypatch.setattr(Archive, "contains", removed)
    made = audit(certificate_authority_arn=arn)
    assert (made["audit_report"]["action"], made["audit_report"]["archived"]) == ("created", False)
    assert "its file is not in the bucket any more" in json.dumps(warnings_of(made))


def test_a_fault_of_our_own_spoils_nothing(aws: AWS, audit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: t.Any) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(Archive, "copy", fail)
    made = audit(certificate_authority_arn=aws.create_ca())
    assert (made["audit_report"]["action"], made["audit_report"]["archived"]) == ("created", False)
    assert "Unexpected failure (a fault of our own)" in json.dumps(warnings_of(made))


@pytest.mark.parametrize("broken", [False, True])
def test_a_large_report_is_copied_in_parts(aws: AWS, audit: Run, monkeypatch: pytest.MonkeyPatch, broken: bool) -> None:
    monkeypatch.setattr(archive, "LARGEST_COPY", 6 * MIB - 1)
    monkeypatch.setattr(archive, "PART_SIZE", 5 * MIB)
    arn = aws.create_ca()
    key = f"audit-report/{arn.rpartition('/')[2]}/large.json"
    body = b"".join(number.to_bytes(4, "big") for number in range(6 * MIB // 4))
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="application/x-report")
    if broken:
        aws.emulator.fault("s3:UploadPartCopy", error="AccessDenied", message="Access Denied")
    result = audit(certificate_authority_arn=arn)
    assert (result["audit_report"]["s3_key"], result["audit_report"]["archived"]) == (key, not broken)
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=ARCHIVE)
    if broken:
        assert aws.calls("s3:AbortMultipartUpload") == 1
        assert archived_keys(aws) == []
        return
    assert (aws.calls("s3:UploadPartCopy"), aws.calls(COPY)) == (2, 0)
    copy = aws.s3.get_object(Bucket=ARCHIVE, Key=key)
    assert copy["Body"].read() == body
    assert copy["ContentType"] == "application/x-report"


def test_the_archive_encrypts_with_its_own_key(aws: AWS, audit: Run) -> None:
    key_arn = aws.clients("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    aws.s3.put_bucket_encryption(Bucket=ARCHIVE, ServerSideEncryptionConfiguration=rules)
    made = audit(certificate_authority_arn=aws.create_ca())
    copy = aws.s3.head_object(Bucket=ARCHIVE, Key=made["audit_report"]["s3_key"])
    assert (copy["ServerSideEncryption"], copy["SSEKMSKeyId"]) == ("aws:kms", key_arn)


def test_what_has_no_report_is_not_archived(aws: AWS, audit: Run) -> None:
    aws.create_ca("EXPIRED")
    aws.create_ca()
    result = audit()
    assert sorted((each["action"], each["archived"]) for each in result["audit_reports"]) == [
        ("created", True),
        ("skipped", False),
    ]
