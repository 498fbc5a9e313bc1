# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.tracking_record import (
    merge_report,
    read_record,
    record_key,
    report_from_key,
    write_record,
)

from .builders import ARN, BUCKET, CA_ID, NOW, OTHER_ARN, report

CA = parse_certificate_authority_arn(ARN)
ARCHIVED = dataclasses.replace(report(60), archive_bucket_name="example-archive")
REPORTS = {"JSON": ARCHIVED, "CSV": report(5, response_format="CSV", status="CREATING", name="r2")}


def test_what_is_written_is_read() -> None:
    assert read_record(CA, BUCKET, write_record(CA, REPORTS), NOW) == REPORTS


def test_what_is_stored_where() -> None:
    stored = json.loads(write_record(CA, {"JSON": report(60)}))
    assert record_key(CA) == f"audit-report-tracking/{CA_ID}.json"
    assert stored == {
        "version": 1,
        "certificate_authority_arn": ARN,
        "audit_reports": {
            "JSON": {
                "audit_report_id": "r1",
                "audit_report_status": "SUCCESS",
                "certificate_authority_arn": ARN,
                "created_at": "2026-11-23T11:59:00Z",
                "s3_key": f"audit-report/{CA_ID}/r1.json",
            }
        },
    }


def changed(**changes: t.Any) -> bytes:
    document = json.loads(write_record(CA, {"JSON": report(60)}))
    document["audit_reports"]["JSON"].update(changes)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "version 1"),
        (b'{"version": 2}', "version 1"),
        (b'{"version": true}', "version 1"),
        (write_record(parse_certificate_authority_arn(OTHER_ARN), {}), "another certificate authority"),
        (json.dumps({"version": 1, "certificate_authority_arn": ARN}).encode(), "holds no reports"),
        (json.dumps({"version": 1, "certificate_authority_arn": ARN, "audit_reports": {"JSON": 1}}).encode(), "JSON"),
        (changed(audit_report_id=7), "cannot be understood"),
        (changed(audit_report_id="../r1"), "cannot be understood"),
        (changed(s3_key="secrets/other.json"), "cannot be understood"),
        (changed(audit_report_status="DONE"), "cannot be understood"),
        (changed(certificate_authority_arn=OTHER_ARN), "cannot be understood"),
        (changed(created_at="yesterday"), "cannot be understood"),
        (changed(created_at=None), "cannot be understood"),
        (changed(created_at="2026-11-23T11:59:00"), "cannot be understood"),
        (changed(created_at="0001-01-01T00:00:00+23:59"), "cannot be understood"),
        (changed(created_at="2099-01-01T00:00:00Z"), "cannot be understood"),
        (changed(archive_bucket_name=["x"]), "cannot be understood"),
    ],
)
def test_nothing_in_a_record_is_believed_unseen(body: bytes, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        read_record(CA, BUCKET, body, NOW)


def test_unknown_formats_are_left_alone() -> None:
    document = json.loads(write_record(CA, REPORTS))
    document["audit_reports"]["XML"] = {"from": "a later version"}
    assert read_record(CA, BUCKET, json.dumps(document).encode(), NOW) == REPORTS


@pytest.mark.parametrize(
    ("known", "added", "kept"),
    [
        ({}, report(60), report(60)),
        ({"JSON": report(60)}, report(5, name="r2"), report(5, name="r2")),
        ({"JSON": report(5, name="r2")}, report(60), report(5, name="r2")),
        ({"JSON": report(5, name="r2")}, report(5, name="r3"), report(5, name="r3")),
        ({"JSON": report(60, status="CREATING")}, report(60), report(60)),
        ({"JSON": report(60)}, report(60, status="CREATING"), report(60)),
        ({"JSON": ARCHIVED}, report(60), ARCHIVED),
        ({"JSON": report(60, status="CREATING")}, ARCHIVED, ARCHIVED),
        ({"JSON": ARCHIVED}, report(60, status="CREATING"), ARCHIVED),
        ({"JSON": ARCHIVED}, report(5, name="r2"), report(5, name="r2")),
    ],
)
def test_merge_keeps_the_newer(known: dict[str, t.Any], added: t.Any, kept: t.Any) -> None:
    assert merge_report(known, added) == {"JSON": kept}


def test_merge_keeps_the_other_format() -> None:
    csv = report(60, response_format="CSV")
    assert merge_report({"CSV": csv}, report(5)) == {"CSV": csv, "JSON": report(5)}


@pytest.mark.parametrize(
    ("key", "response_format"),
    [
        (f"audit-report/{CA_ID}/r1.json", "JSON"),
        (f"audit-report/{CA_ID}/r1.csv", "CSV"),
        (f"audit-report/{CA_ID}/r1.json.bak", None),
        (f"audit-report/{CA_ID}/sub/r1.json", None),
        (f"audit-report/{CA_ID}/.json", None),
        (f"audit-report/{CA_ID}/", None),
        ("audit-report/other/r1.json", None),
    ],
)
def test_report_from_key(key: str, response_format: str | None) -> None:
    found = report_from_key(CA, BUCKET, key, NOW)
    assert (found.response_format if found else None) == response_format
    if found:
        assert (found.audit_report_id, found.s3_key, found.created_at, found.status) == ("r1", key, NOW, "SUCCESS")
