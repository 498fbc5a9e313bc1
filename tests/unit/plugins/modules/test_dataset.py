# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""acm_pca_audit_report_info: the certificates as a data set, and as a local Parquet file."""

from __future__ import annotations

import importlib
import io
import json
import random
import sys
import typing as t
from datetime import datetime
from pathlib import Path

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import dataset as dataset_file

from .conftest import ACCOUNT, AWS, BUCKET, REGION, Run
from .test_acm_pca_audit_report_info import Certificate, Reports, as_csv, as_json, certificate, some_certificates

pq = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.filterwarnings("ignore")

NEWER = "22222222-0000-4000-8000-000000000002.csv"


@pytest.fixture
def reports(aws: AWS) -> Reports:
    return Reports(aws)


def key_of(arn: str) -> str:
    return f"audit-certificates/{arn.rpartition('/')[2]}.parquet"


def stored(aws: AWS, arn: str) -> t.Any:
    """The data set of a CA as a table."""
    return pq.read_table(io.BytesIO(aws.s3.get_object(Bucket=BUCKET, Key=key_of(arn))["Body"].read()))


def uploads(aws: AWS) -> list[t.Any]:
    """Those that were begun and neither completed nor aborted."""
    return list(aws.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


def test_one_file_of_a_ca(reports: Reports, info: Run) -> None:
    rows = some_certificates(reports.arn)
    own = {"templateArn": "arn:aws:acm-pca:::template/RootCACertificate/V1", "subject": "CN=Root\\, Inc.,C=US"}
    reports.put(as_json([*rows, certificate(reports.arn, 9, **own)]))
    predicted = info(certificate_authority_arn=[reports.arn], dataset=True, check=True)
    assert predicted["audit_reports"][0]["dataset"] == {"s3_key": key_of(reports.arn), "action": "written"}
    assert predicted["changed"] is True
    assert reports.aws.object_keys("audit-certificates/") == []

    reports.aws.emulator.reset()
    result = info(certificate_authority_arn=[reports.arn], dataset=True, contents="certificates", tracking="listing")
    [entry] = result["audit_reports"]
    assert "failed" not in result
    assert result["changed"] is True
    assert entry["dataset"] == {"s3_key": key_of(reports.arn), "action": "written"}
    assert (reports.aws.calls("s3:GetObject"), reports.aws.calls("s3:PutObject")) == (1, 1)
    table = stored(reports.aws, reports.arn)
    assert table.schema.metadata == {b"cloudpki.aws.schema_version": b"1"}
    assert [str(table.schema.field(name).type) for name in ("serial", "not_after")] == [
        "string",
        "timestamp[ms, tz=UTC]",
    ]
    found = table.to_pylist()
    assert len(found) == 7
    for row, expected in zip(found, entry["certificates"], strict=True):
        assert row["certificate_authority_arn"] == reports.arn
        assert (row["account_id"], row["region"]) == (ACCOUNT, REGION)
        assert row["audit_report_created_at"].strftime("%Y-%m-%dT%H:%M:%SZ") == entry["created_at"]
        for name, value in expected.items():
            if name not in ("status", "subject_attributes"):
                given = row[name].strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(row[name], datetime) else row[name]
                assert given == value, name
    assert [row["own_certificate"] for row in found] == [False] * 6 + [True]
    assert [(row["subject_common_name"], row["subject_organization"]) for row in found[3:]] == [
        ("www4.example.com", "Example Corp"),
        (None, None),
        ("www400.example.com", "Example Corp"),
        ("Root, Inc.", None),
    ]


def test_only_another_report_is_written_again(reports: Reports, info: Run) -> None:
    options = {"certificate_authority_arn": [reports.arn], "dataset": True, "tracking": "listing", "contents": "none"}
    reports.put(as_json(some_certificates(reports.arn)), age=3600)
    assert info(**options)["changed"] is True
    before = reports.aws.s3.head_object(Bucket=BUCKET, Key=key_of(reports.arn))["LastModified"]
    again = info(**options)
    assert again["changed"] is False
    assert again["audit_reports"][0]["dataset"]["action"] == "unchanged"
    assert reports.aws.s3.head_object(Bucket=BUCKET, Key=key_of(reports.arn))["LastModified"] == before
    # What else is asked for is answered nevertheless.
    assert info(**{**options, "contents": "summary"})["summary"]["issued"] == 6
    reports.put(as_csv([certificate(reports.arn, 1)]), NEWER)
    assert info(**options)["changed"] is True
    assert stored(reports.aws, reports.arn).num_rows == 1
    # An older report, of the format that is asked for, takes nobody's place.
    older = info(**options, audit_report_response_format="JSON")
    assert (older["changed"], older["audit_reports"][0]["dataset"]["action"]) == (False, "unchanged")
    assert stored(reports.aws, reports.arn).num_rows == 1


def test_another_schema_is_written_again(reports: Reports, info: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"certificate_authority_arn": [reports.arn], "dataset": True}
    reports.put(as_json(some_certificates(reports.arn)))
    assert info(**options)["changed"] is True
    monkeypatch.setattr(dataset_file, "SCHEMA_VERSION", 2)
    assert info(**options)["changed"] is True


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads in many parts, of reports that are not large."""
    columns = importlib.import_module(dataset_file.CertificateColumns.__module__)
    monkeypatch.setattr(columns, "_LARGEST_GROUP", 64 * 1024)
    monkeypatch.setattr(dataset_file, "_PART", 8 * 1024)
    # moto refuses them as S3 does.
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)


def many_certificates(arn: str, count: int = 1500) -> list[Certificate]:
    chance = random.Random(1)
    # So that nothing of them can be compressed well.
    return [certificate(arn, number, serial=chance.randbytes(16).hex(":")) for number in range(count)]


def test_upload_in_parts(reports: Reports, info: Run, small_parts: None) -> None:
    rows = many_certificates(reports.arn)
    reports.put(as_json(rows))
    reports.aws.emulator.reset()
    result = info(certificate_authority_arn=[reports.arn], dataset=True)
    assert result["audit_reports"][0]["dataset"]["action"] == "written"
    assert reports.aws.calls("s3:UploadPart") > 3
    assert reports.aws.calls("s3:PutObject") == 0
    table = stored(reports.aws, reports.arn)
    assert table["serial"].to_pylist() == [row["serial"] for row in rows]
    assert uploads(reports.aws) == []
    assert info(certificate_authority_arn=[reports.arn], dataset=True)["changed"] is False


def test_a_damaged_report_leaves_the_file_as_it_was(reports: Reports, info: Run, small_parts: None) -> None:
    reports.put(as_json([certificate(reports.arn, 1)]), age=3600)
    assert info(certificate_authority_arn=[reports.arn], dataset=True, tracking="listing")["changed"] is True
    body = as_csv(many_certificates(reports.arn)) + b"no certificate\n"
    reports.put(body, NEWER)
    result = info(certificate_authority_arn=[reports.arn], dataset=True, tracking="listing")
    [entry] = result["audit_reports"]
    assert entry["error"]["code"] == "AuditReportDamaged"
    assert result["changed"] is False
    assert "dataset" not in entry
    assert stored(reports.aws, reports.arn).num_rows == 1
    assert uploads(reports.aws) == []


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_what_was_read_is_not_lost_if_it_cannot_be_written(
    reports: Reports, info: Run, small_parts: None, tmp_path: Path, operation: str
) -> None:
    reports.put(as_json(many_certificates(reports.arn)))
    reports.aws.emulator.fault(f"s3:{operation}", count=20, error="AccessDenied")
    file = tmp_path / "certificates.csv"
    result = info(certificate_authority_arn=[reports.arn], dataset=True, certificates_file=str(file))
    [entry] = result["audit_reports"]
    assert result["failed"] is True
    assert (entry["dataset"]["action"], entry["dataset"]["error"]["code"]) == ("failed", "AccessDenied")
    assert "s3:PutObject and s3:AbortMultipartUpload on audit-certificates/" in entry["dataset"]["error"]["message"]
    assert entry["dataset"]["error"]["message"] in result["msg"]
    assert "error" not in entry
    assert entry["summary"]["issued"] == result["summary"]["issued"] == 1500
    assert result["summary"]["failed"] == 1
    assert len(file.read_text().splitlines()) == 1501
    assert reports.aws.object_keys("audit-certificates/") == []
    assert uploads(reports.aws) == []


def test_it_cannot_be_looked_at(reports: Reports, info: Run, tmp_path: Path) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    reports.aws.emulator.fault("s3:HeadObject", count=20, error="AccessDenied")
    file = tmp_path / "results.json"
    result = info(certificate_authority_arn=[reports.arn], dataset=True, results_file=str(file))
    assert (result["failed"], result["changed"]) == (True, False)
    [failure] = result["failures"]
    assert "The operation needs s3:GetObject" in failure["sentence"]
    assert json.loads(file.read_text())["audit_reports"][0]["summary"]["issued"] == 6


@pytest.mark.parametrize(("same", "action"), [(True, "unchanged"), (False, "failed")])
def test_somebody_else_writes_at_the_same_time(
    reports: Reports, info: Run, monkeypatch: pytest.MonkeyPatch, same: bool, action: str
) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    finish = dataset_file.Dataset.finish

    def too_late(self: dataset_file.Dataset) -> None:
        metadata = self._wanted if same else {}
        reports.aws.s3.put_object(Bucket=BUCKET, Key=self.key, Body=b"theirs", Metadata=metadata)
        finish(self)

    monkeypatch.setattr(dataset_file.Dataset, "finish", too_late)
    result = info(certificate_authority_arn=[reports.arn], dataset=True)
    [entry] = result["audit_reports"]
    assert (entry["dataset"]["action"], result["changed"]) == (action, False)
    assert ("failed" in result) == (not same)
    assert reports.aws.s3.get_object(Bucket=BUCKET, Key=key_of(reports.arn))["Body"].read() == b"theirs"


def test_nothing_without_a_report(reports: Reports, info: Run) -> None:
    result = info(certificate_authority_arn=[reports.arn], dataset=True)
    assert (result["changed"], "failed" in result) == (False, False)
    assert "dataset" not in result["audit_reports"][0]


@pytest.mark.parametrize("option", ["s3_key", "audit_report_id"])
def test_only_of_the_last_report(reports: Reports, info: Run, option: str) -> None:
    given = {"s3_key": ["a.json"]} if option == "s3_key" else {option: "x", "certificate_authority_arn": [reports.arn]}
    result = info(dataset=True, **given)
    assert result["failed"] is True
    assert f"leave {option} out" in result["msg"]


@pytest.mark.parametrize("option", ["dataset", "certificates_file"])
def test_without_pyarrow(
    reports: Reports, info: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str
) -> None:
    reports.put(as_json(some_certificates(reports.arn)))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    value: t.Any = True if option == "dataset" else str(tmp_path / "certificates.parquet")
    result = info(certificate_authority_arn=[reports.arn], **{option: value})
    assert result["failed"] is True
    assert result["msg"].startswith(f"{option}: Failed to import the required Python library (pyarrow)")
    assert list(tmp_path.iterdir()) == []
    # Nobody else needs it.
    assert "failed" not in info(certificate_authority_arn=[reports.arn])


def test_local_file(reports: Reports, info: Run, tmp_path: Path) -> None:
    other = reports.aws.create_ca()
    keys = [reports.put(as_json(some_certificates(reports.arn)))]
    reports.arn, first = other, reports.arn
    keys.append(reports.put(as_csv(many_certificates(other, 3)), NEWER))
    file = tmp_path / "certificates.parquet"
    options = {"certificate_authority_arn": [first, other], "certificates_file": str(file), "revoked": False}
    assert info(**options, check=True)["changed"] is False
    assert list(tmp_path.iterdir()) == []
    assert info(**options)["changed"] is True
    table = pq.read_table(file)
    assert table.num_rows == 7
    arns = sorted([first, other])
    assert table["certificate_authority_arn"].unique().to_pylist() == arns
    assert info(**options)["changed"] is False
    # Of a report that only its key is known of, there is no CA.
    assert info(s3_key=keys[:1], certificates_file=str(file))["changed"] is True
    table = pq.read_table(file)
    assert (table.num_rows, table["certificate_authority_arn"].null_count) == (6, 6)
    assert [path.name for path in tmp_path.iterdir()] == ["certificates.parquet"]
