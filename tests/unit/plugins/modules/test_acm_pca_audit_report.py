# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.report_service import ReportService
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.report_bucket import ReportBucket

from .conftest import AWS, BUCKET, REGION, Run, age_record, record_key

CREATE = "acm-pca:CreateCertificateAuthorityAuditReport"
DESCRIBE = "acm-pca:DescribeCertificateAuthorityAuditReport"
CANDIDATES = [
    "RequestInProgressException",
    "ThrottlingException",
    "LimitExceededException",
    "InvalidStateException",
    "InvalidRequestException",
    "ValidationException",
]
UNKNOWN = f"arn:aws:acm-pca:{REGION}:123456789012:certificate-authority/00000000-0000-4000-8000-000000000000"

pytestmark = pytest.mark.filterwarnings("ignore")


# --- one CA, again and again


def test_create_reuse_and_create_again(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    predicted = run(certificate_authority_arn=[arn], check=True)
    assert (predicted["changed"], predicted["audit_report"]["action"]) == (True, "created")
    assert aws.object_keys() == []

    made = run(certificate_authority_arn=arn)
    assert (made["changed"], made["audit_report"]["action"]) == (True, "created")
    assert made["audit_report"]["audit_report_status"] == "SUCCESS"
    assert made["audit_report"]["s3_key"] in aws.object_keys()
    assert aws.record(arn)["JSON"]["audit_report_id"] == made["audit_report"]["audit_report_id"]

    again = run(certificate_authority_arns=[arn])
    assert (again["changed"], again["audit_report"]["action"]) == (False, "reused")
    assert again["audit_report"]["audit_report_id"] == made["audit_report"]["audit_report_id"]

    aws.emulator.advance(1800)
    assert run(certificate_authority_arn=arn, check=True)["changed"] is True
    renewed = run(certificate_authority_arn=arn)
    assert renewed["changed"] is True
    assert renewed["audit_report"]["audit_report_id"] != made["audit_report"]["audit_report_id"]
    assert aws.calls(CREATE) == 2


def test_reusing_costs_few_requests_however_long_the_history(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    for _number in range(3):
        run(certificate_authority_arn=arn)
        aws.emulator.advance(3600)
    aws.emulator.reset()
    assert run(certificate_authority_arn=arn, max_age=86400)["changed"] is False
    assert aws.emulator.calls() == {"s3:GetObject": 1, "s3:HeadObject": 1}


def test_each_format_has_its_own_report(aws: AWS, run: Run) -> None:
    aws.emulator.configure(report_interval=0)
    arn = aws.create_ca()
    as_json = run(certificate_authority_arn=arn)["audit_report"]
    as_csv = run(certificate_authority_arn=arn, audit_report_response_format="CSV")["audit_report"]
    assert as_csv["action"] == "created"
    assert as_csv["s3_key"].endswith(".csv")
    assert {name: each["audit_report_id"] for name, each in aws.record(arn).items()} == {
        "CSV": as_csv["audit_report_id"],
        "JSON": as_json["audit_report_id"],
    }


def test_the_other_format_stands_in_the_way(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    run(certificate_authority_arn=arn)
    failed = run(certificate_authority_arn=arn, audit_report_response_format="CSV")
    assert failed["failed"] is True
    assert failed["audit_report"]["error"]["code"] == "ReportIntervalNotElapsed"
    assert "made in JSON" in failed["msg"]


def test_the_other_format_stands_in_the_way_only_as_long_as_it_is_young(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    run(certificate_authority_arn=arn, audit_report_response_format="CSV")
    aws.emulator.advance(1800)
    assert run(certificate_authority_arn=arn, check=True)["audit_report"]["action"] == "created"
    assert run(certificate_authority_arn=arn)["audit_report"]["action"] == "created"


def test_a_ca_in_another_region(aws: AWS, run: Run) -> None:
    arn = aws.create_ca(region="eu-central-1")
    assert run(certificate_authority_arn=arn)["audit_report"]["region"] == "eu-central-1"


# --- discovery


def test_discovery(aws: AWS, run: Run) -> None:
    active, disabled = aws.create_ca(), aws.create_ca("DISABLED")
    others = {aws.create_ca(status) for status in ("CREATING", "PENDING_CERTIFICATE", "EXPIRED", "FAILED", "DELETED")}
    aws.create_ca(region="eu-central-1")
    found = run()
    assert found["changed"] is True
    assert [each["certificate_authority_arn"] for each in found["audit_reports"]] == sorted({active, disabled, *others})
    actions = {each["certificate_authority_arn"]: each["action"] for each in found["audit_reports"]}
    assert actions == {active: "created", disabled: "created", **dict.fromkeys(others, "skipped")}
    assert "audit_report" not in found
    assert found["summary"] == {
        "created": 2,
        "reused": 0,
        "pending": 0,
        "skipped": 5,
        "failed": 0,
        "accounts": 1,
        "regions": 1,
        "certificate_authorities": 7,
        "regions_skipped": 0,
    }
    assert run()["summary"]["reused"] == 2


def test_discovery_beyond_one_page(aws: AWS, run: Run) -> None:
    for _number in range(101):
        aws.create_ca()
    aws.emulator.configure(rate_limits={})
    assert run(check=True)["summary"]["created"] == 101


def test_nothing_discovered_is_said(aws: AWS, run: Run) -> None:
    nothing = run(region="sa-east-1")
    assert (nothing["changed"], nothing["audit_reports"]) == (False, [])
    assert "sa-east-1" in json.dumps(nothing["warnings"])


# --- waiting


def test_not_waiting_then_pending_then_waiting(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=3600)
    requested = run(certificate_authority_arn=arn, wait=False)
    assert requested["changed"] is True
    assert (requested["audit_report"]["action"], requested["audit_report"]["audit_report_status"]) == (
        "created",
        "CREATING",
    )
    pending = run(certificate_authority_arn=arn, wait=False)
    assert (pending["changed"], pending["audit_report"]["action"]) == (False, "pending")
    assert run(certificate_authority_arn=arn, check=True)["audit_report"]["action"] == "pending"

    late = run(certificate_authority_arn=arn, wait_timeout=10)
    assert (late["failed"], late["changed"]) == (True, False)
    assert late["audit_report"]["error"]["code"] == "WaitTimeout"
    assert late["audit_report"]["audit_report_id"] == requested["audit_report"]["audit_report_id"]

    threading.Timer(0.1, aws.emulator.advance, [3600]).start()
    awaited = run(certificate_authority_arn=arn, max_age=7200)
    assert (awaited["changed"], awaited["audit_report"]["action"]) == (False, "reused")
    assert awaited["audit_report"]["audit_report_id"] == requested["audit_report"]["audit_report_id"]
    assert aws.calls(CREATE) == 1


def test_a_late_report_of_our_own_is_changed_and_failed(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=3600)
    late = run(certificate_authority_arn=arn, wait_timeout=10)
    assert (late["failed"], late["changed"]) == (True, True)
    assert late["audit_report"]["audit_report_id"]


def test_many_are_waited_for_at_the_same_time(aws: AWS, run: Run) -> None:
    arns = [aws.create_ca(region=region) for region in ("us-east-1", "us-east-2", "eu-west-1", "eu-central-1")]
    aws.emulator.configure(report_seconds=0.3)
    made = run(certificate_authority_arn=arns, concurrency=1)
    assert made["summary"]["created"] == 4


def test_the_request_rate_is_kept(aws: AWS, run: Run) -> None:
    arns = [aws.create_ca() for _number in range(4)]
    # FastClock turns the module's second into a hundredth, so this is the service's limit of one per second.
    aws.emulator.configure(rate_limits={CREATE: 100.0})
    made = run(certificate_authority_arn=arns)
    assert made["summary"]["created"] == 4
    assert aws.calls(CREATE) == 4


# --- refusals of a second report


@pytest.mark.parametrize("code", CANDIDATES)
def test_a_refusal_reuses_the_last_report_with_a_warning(aws: AWS, run: Run, code: str) -> None:
    aws.emulator.configure(refusal_code=code)
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)
    reused = run(certificate_authority_arn=arn, max_age=0)
    predicted = run(certificate_authority_arn=arn, max_age=0, check=True)
    for result in (reused, predicted):
        assert (result["changed"], result["audit_report"]["action"]) == (False, "reused")
        assert result["audit_report"]["audit_report_id"] == made["audit_report"]["audit_report_id"]
        assert "max_age" in json.dumps(result["warnings"])


@pytest.mark.parametrize("code", CANDIDATES)
def test_a_refusal_of_force_says_when(aws: AWS, run: Run, code: str) -> None:
    aws.emulator.configure(refusal_code=code)
    arn = aws.create_ca()
    run(certificate_authority_arn=arn)
    for check in (False, True):
        refused = run(certificate_authority_arn=arn, force=True, check=check)
        assert (refused["failed"], refused["changed"]) == (True, False)
        assert refused["audit_report"]["error"]["code"] == "ReportIntervalNotElapsed"
        assert "A new report is possible from 20" in refused["msg"]


@pytest.mark.parametrize("code", CANDIDATES)
@pytest.mark.parametrize("tracking", ["record", "listing"])
def test_a_refusal_because_of_somebody_else_counts_theirs(aws: AWS, run: Run, code: str, tracking: str) -> None:
    aws.emulator.configure(refusal_code=code)
    arn = aws.create_ca()
    run(certificate_authority_arn=arn, tracking=tracking)
    aws.emulator.advance(7200)
    aws.emulator.configure(report_seconds=0.1)
    theirs = aws.request_report(arn)
    found = run(certificate_authority_arn=arn, tracking=tracking)
    assert (found["changed"], found["audit_report"]["action"]) == (False, "reused")
    assert found["audit_report"]["audit_report_id"] == theirs
    if tracking == "record":
        assert aws.record(arn)["JSON"]["audit_report_id"] == theirs


@pytest.mark.parametrize("code", CANDIDATES)
@pytest.mark.parametrize("options", [{"wait": False}, {"wait_timeout": 20}, {"wait_timeout": 86_400, "wait_delay": 10}])
def test_a_refusal_that_nothing_explains(aws: AWS, run: Run, code: str, options: dict[str, t.Any]) -> None:
    """Whoever waits does so for moments, and not for wait_timeout: a report to another bucket is never found."""
    aws.emulator.configure(refusal_code=code)
    aws.create_bucket("another-bucket")
    arn = aws.create_ca()
    aws.request_report(arn, bucket="another-bucket")
    aws.emulator.reset()
    refused = run(certificate_authority_arn=arn, **options)
    assert (refused["failed"], refused["changed"]) == (True, False)
    assert refused["audit_report"]["error"]["code"] == code
    assert aws.calls("s3:ListObjectsV2") <= 8
    assert "at the latest" in refused["msg"]


@pytest.mark.parametrize("code", [*CANDIDATES, "AccessDeniedException"])
@pytest.mark.parametrize("young", [False, True])
def test_a_refused_bucket_is_told_by_its_words(aws: AWS, run: Run, code: str, young: bool) -> None:
    arn = aws.create_ca()
    if young:
        aws.request_report(arn)
    text = "The ACM Private CA Service Principal 'acm-pca.amazonaws.com' requires 's3:GetBucketAcl' permissions"
    aws.emulator.fault(CREATE, error=code, message=text, count=99)
    refused = run(certificate_authority_arn=arn, force=True)
    assert refused["failed"] is True
    assert "Add this statement to the policy of the bucket" in refused["msg"]
    assert "30 minutes" not in refused["msg"]


def test_force_waits_for_nobody(aws: AWS, run: Run) -> None:
    aws.emulator.configure(report_seconds=3600)
    arn = aws.create_ca()
    aws.request_report(arn)
    aws.emulator.reset()
    refused = run(certificate_authority_arn=arn, force=True)
    assert refused["audit_report"]["error"]["code"] == "RequestInProgressException"
    assert aws.calls(CREATE) == 1


@pytest.mark.parametrize(("wait", "action"), [(True, "reused"), (False, "pending")])
def test_another_run_is_first(aws: AWS, run: Run, monkeypatch: pytest.MonkeyPatch, wait: bool, action: str) -> None:
    """It requests the report after we looked for one, and before we request ours."""
    aws.emulator.configure(report_seconds=0.3 if wait else 3600)
    arn = aws.create_ca()
    original = ReportService.create
    others: list[dict[str, t.Any]] = []

    def create_later(self: ReportService, *args: t.Any, **options: t.Any) -> t.Any:
        if not others:
            others.append({})
            others[0] = run(certificate_authority_arn=arn, wait=False)
        return original(self, *args, **options)

    monkeypatch.setattr(ReportService, "create", create_later)
    ours = run(certificate_authority_arn=arn, wait=wait)
    assert others[0]["changed"] is True
    assert (ours["changed"], ours["audit_report"]["action"]) == (False, action)
    assert ours["audit_report"]["audit_report_id"] == others[0]["audit_report"]["audit_report_id"]


def test_a_ca_that_is_deleted_meanwhile(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    message = "The certificate authority is not in a valid state."
    aws.emulator.fault(CREATE, error="InvalidStateException", message=message)
    pca = aws.clients("acm-pca")
    found = threading.Event()

    original = ReportBucket.newest_reports

    def delete_first(self: ReportBucket, *args: t.Any) -> t.Any:
        if not found.is_set():
            found.set()
            pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="DELETED")
        return original(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportBucket, "newest_reports", delete_first)
        failed = run(certificate_authority_arn=arn)
    assert failed["audit_report"]["error"]["code"] == "InvalidStateException"
    assert failed["audit_report"]["certificate_authority_status"] == "DELETED"


@pytest.mark.parametrize("wait", [True, False])
def test_a_throttled_request_is_repeated(aws: AWS, run: Run, wait: bool) -> None:
    arn = aws.create_ca()
    aws.emulator.fault(CREATE, error="ThrottlingException", count=4)
    assert run(certificate_authority_arn=arn, wait=wait)["changed"] is True
    assert aws.calls(CREATE) == 5


def test_a_request_that_is_throttled_all_the_time(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.fault(CREATE, error="ThrottlingException", count=99)
    failed = run(certificate_authority_arn=arn)
    assert (failed["failed"], failed["changed"]) == (True, False)
    assert failed["audit_report"]["error"]["code"] == "ThrottlingException"
    assert "request rate" in failed["msg"]


def test_requests_that_cannot_be_sent_in_time_are_not_sent(aws: AWS, run: Run) -> None:
    arns = [aws.create_ca() for _number in range(5)]
    aws.emulator.configure(report_seconds=0)
    # The third request could be sent after 2.2 s at the earliest.
    late = run(certificate_authority_arn=arns, wait_timeout=2, wait_delay=1)
    sent = aws.calls(CREATE)
    assert 1 <= sent <= 2
    assert (late["summary"]["created"], late["summary"]["failed"]) == (sent, 5 - sent)
    codes = [each["error"]["code"] for each in late["audit_reports"] if each["action"] == "failed"]
    assert set(codes) == {"WaitTimeout"}
    assert "not requested within wait_timeout (2 s)" in late["msg"]
    assert run(certificate_authority_arn=arns, wait=False, wait_timeout=2)["summary"]["created"] == 5 - sent


def test_a_delay_beyond_the_timeout_looks_once_at_its_end(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=0)
    made = run(certificate_authority_arn=arn, wait_timeout=2, wait_delay=3600)
    assert made["audit_report"]["audit_report_status"] == "SUCCESS"


# --- tracking


def test_reports_of_others_count_and_the_record_is_written(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    theirs = aws.request_report(arn)
    predicted = run(certificate_authority_arn=arn, check=True)
    assert predicted["audit_report"]["audit_report_id"] == theirs
    assert aws.object_keys("audit-report-tracking/") == []
    assert run(certificate_authority_arn=arn)["audit_report"]["audit_report_id"] == theirs
    assert aws.record(arn)["JSON"]["audit_report_id"] == theirs


def test_the_newest_report_is_found_among_many_objects(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    prefix, s3 = f"audit-report/{arn.rpartition('/')[2]}", aws.s3
    for number in range(1100):
        s3.put_object(Bucket=BUCKET, Key=f"{prefix}/0{number}.{'csv' if number % 2 else 'json.bak'}")
    theirs = aws.request_report(arn)
    found = run(certificate_authority_arn=arn, tracking="listing")
    assert (found["changed"], found["audit_report"]["audit_report_id"]) == (False, theirs)


def test_listing_writes_nothing(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn, tracking="listing")
    again = run(certificate_authority_arn=arn, tracking="listing")
    assert again["audit_report"]["audit_report_id"] == made["audit_report"]["audit_report_id"]
    assert aws.object_keys("audit-report-tracking/") == []
    assert aws.calls("s3:PutObject") == 0


@pytest.mark.parametrize("body", [b"", b"{ nonsense", b'{"version": 99}', b"x" * 200_000])
def test_an_unreadable_record_is_a_warning(aws: AWS, run: Run, body: bytes) -> None:
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)["audit_report"]
    aws.s3.put_object(Bucket=BUCKET, Key=record_key(arn), Body=body)
    reused = run(certificate_authority_arn=arn)
    assert (reused["changed"], reused["audit_report"]["audit_report_id"]) == (False, made["audit_report_id"])
    assert "tracking record" in json.dumps(reused["warnings"])
    assert "warnings" not in run(certificate_authority_arn=arn)


def test_a_record_alone_is_no_evidence(aws: AWS, run: Run) -> None:
    aws.emulator.configure(report_interval=0)
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)["audit_report"]
    aws.s3.delete_object(Bucket=BUCKET, Key=made["s3_key"])
    renewed = run(certificate_authority_arn=arn)
    assert renewed["changed"] is True
    assert renewed["audit_report"]["audit_report_id"] != made["audit_report_id"]


def test_a_removed_file_that_the_service_does_not_repeat_yet(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)["audit_report"]
    aws.s3.delete_object(Bucket=BUCKET, Key=made["s3_key"])
    failed = run(certificate_authority_arn=arn, max_age=0)
    assert failed["audit_report"]["error"]["code"] == "AuditReportMissing"
    assert "A new report is possible from 20" in failed["msg"]
    assert run(certificate_authority_arn=arn, max_age=0, check=True)["failed"] is True


def test_a_report_that_the_record_takes_for_unfinished_is_no_evidence_either(aws: AWS, run: Run) -> None:
    """The service still says SUCCESS, whatever became of the file, and refuses another report."""
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)["audit_report"]
    assert aws.record(arn)["JSON"]["audit_report_status"] == "CREATING"
    aws.s3.delete_object(Bucket=BUCKET, Key=made["s3_key"])
    failed = run(certificate_authority_arn=arn)
    assert failed["audit_report"]["error"]["code"] == "AuditReportMissing"
    assert made["s3_key"] in failed["msg"]


def test_the_file_tells_that_a_report_is_finished_and_the_record_does_not(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    made = run(certificate_authority_arn=arn)["audit_report"]
    assert (made["audit_report_status"], aws.record(arn)["JSON"]["audit_report_status"]) == ("SUCCESS", "CREATING")
    # That the service has forgotten the report makes no difference.
    aws.emulator.fault(DESCRIBE, error="ResourceNotFoundException", count=99)
    aws.emulator.reset()
    reused = run(certificate_authority_arn=arn)["audit_report"]
    assert {**reused, "age_seconds": 0} == {
        **made,
        "action": "reused",
        "certificate_authority_status": None,
        "age_seconds": 0,
    }
    assert aws.emulator.calls() == {"s3:GetObject": 1, "s3:HeadObject": 1}


@pytest.mark.parametrize("options", [{}, {"force": True}])
def test_a_report_that_was_never_finished_is_neither_looked_at_nor_waited_for(
    aws: AWS, run: Run, options: dict[str, t.Any]
) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=86_400)
    old = run(certificate_authority_arn=arn, wait=False)["audit_report"]
    aws.emulator.advance(1801)
    age_record(arn, 1801)
    aws.emulator.configure(report_seconds=0)
    aws.emulator.reset()
    made = run(certificate_authority_arn=arn, **options)["audit_report"]
    assert made["action"] == "created"
    assert made["audit_report_id"] != old["audit_report_id"]
    # One look at the new one, and none at the old.
    assert (aws.calls(DESCRIBE), aws.calls("s3:HeadObject"), aws.calls("s3:ListObjectsV2")) == (1, 0, 0)


def test_a_run_that_is_killed_after_its_request_is_gone_on_with(
    aws: AWS, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=3600)

    def killed(*_args: t.Any, **_options: t.Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ReportService, "refresh", killed)
        assert run(certificate_authority_arn=arn)["msg"].startswith("Interrupted")
    record = aws.record(arn)["JSON"]
    assert record["audit_report_status"] == "CREATING"
    aws.emulator.advance(600)
    threading.Timer(0.1, aws.emulator.advance, [3600]).start()
    resumed = run(certificate_authority_arn=arn, max_age=7200)
    assert (resumed["changed"], resumed["audit_report"]["action"]) == (False, "reused")
    assert resumed["audit_report"]["audit_report_id"] == record["audit_report_id"]
    assert aws.calls(CREATE) == 1


@pytest.mark.parametrize("killed", [False, True])
def test_a_report_that_failed_is_written(aws: AWS, run: Run, killed: bool) -> None:
    aws.emulator.configure(bucket_refusal="later")
    aws.create_bucket("closed-bucket", admitted=False)
    arn = aws.create_ca()
    options = {"certificate_authority_arn": arn, "s3_bucket_name": "closed-bucket"}
    # Where nobody waits, nobody sees it fail until the next run, which then tells why there is no other one.
    first = run(**options, wait=not killed)["audit_report"]
    if killed:
        aws.emulator.fault(CREATE, error="RequestInProgressException", count=9)
        refused = run(**options)
        assert refused["audit_report"]["error"]["code"] == "ReportIntervalNotElapsed"
        assert "it has failed" in refused["msg"]
        return
    stored = json.loads(aws.s3.get_object(Bucket="closed-bucket", Key=record_key(arn))["Body"].read())
    report = stored["audit_reports"]["JSON"]
    assert (report["audit_report_id"], report["audit_report_status"]) == (first["audit_report_id"], "FAILED")


def test_two_runs_at_once_lose_no_update(aws: AWS, run: Run) -> None:
    """Another run writes the record of the other format between our read and our write."""
    aws.emulator.configure(report_interval=0)
    arn = aws.create_ca()
    original = ReportBucket.write_record
    csv: list[str] = []

    def write_later(self: ReportBucket, *args: t.Any) -> t.Any:
        if not csv:
            csv.append("")
            csv[0] = run(certificate_authority_arn=arn, audit_report_response_format="CSV")["audit_report"][
                "audit_report_id"
            ]
        return original(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportBucket, "write_record", write_later)
        made = run(certificate_authority_arn=arn)["audit_report"]["audit_report_id"]
    assert {name: each["audit_report_id"] for name, each in aws.record(arn).items()} == {"CSV": csv[0], "JSON": made}


def test_a_record_that_cannot_be_written_is_a_warning(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.fault("s3:PutObject", error="AccessDenied", message="Access Denied", count=9)
    made = run(certificate_authority_arn=arn)
    assert (made["changed"], made["audit_report"]["action"]) == (True, "created")
    assert "s3:PutObject" in json.dumps(made["warnings"])


# --- what fails, and what does not fail with it


def test_one_failure_never_stops_the_others(aws: AWS, run: Run) -> None:
    good, expired = aws.create_ca(), aws.create_ca("EXPIRED")
    mixed = run(certificate_authority_arn=[good, expired, UNKNOWN])
    assert (mixed["failed"], mixed["changed"]) == (True, True)
    entries = {each["certificate_authority_arn"]: each for each in mixed["audit_reports"]}
    assert entries[good]["action"] == "created"
    assert entries[good]["s3_key"] in aws.object_keys()
    assert entries[expired]["error"]["code"] == "InvalidStateException"
    # Only where it is the reason, the status of a CA with a known ARN is worth a request.
    assert "in the status EXPIRED; AWS Private CA makes audit reports only" in entries[expired]["error"]["message"]
    assert [entries[arn]["certificate_authority_status"] for arn in (good, expired)] == [None, "EXPIRED"]
    assert aws.calls("acm-pca:DescribeCertificateAuthority") == 1
    assert entries[UNKNOWN]["error"]["code"] == "ResourceNotFoundException"
    assert mixed["msg"].startswith("2 of 3 failed")


def test_a_bucket_that_is_not_there(aws: AWS, run: Run) -> None:
    aws.create_ca()
    failed = run(s3_bucket_name="no-such-bucket")
    assert "NoSuchBucket" in failed["msg"]
    assert "s3_bucket_name" in failed["msg"]
    assert aws.calls(CREATE) == 0


@pytest.mark.parametrize(("when", "code"), [("now", "ValidationException"), ("later", "AuditReportFailed")])
def test_a_bucket_that_the_service_may_not_write_to(aws: AWS, run: Run, when: str, code: str) -> None:
    aws.emulator.configure(bucket_refusal=when)
    aws.create_bucket("closed-bucket", admitted=False)
    arn = aws.create_ca()
    refused = run(certificate_authority_arn=arn, s3_bucket_name="closed-bucket")
    assert refused["failed"] is True
    assert refused["audit_report"]["error"]["code"] == code
    start = refused["msg"].index('{"Sid"')
    statement, _end = json.JSONDecoder().raw_decode(refused["msg"][start:])
    aws.s3.put_bucket_policy(
        Bucket="closed-bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert run(certificate_authority_arn=arn, s3_bucket_name="closed-bucket")["changed"] is True


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("s3:GetObject", "s3:GetObject"),
        (CREATE, f"need {CREATE}"),
    ],
)
def test_a_missing_permission_is_named(aws: AWS, run: Run, operation: str, words: str) -> None:
    arn = aws.create_ca()
    code = "AccessDenied" if operation.startswith("s3:") else "AccessDeniedException"
    aws.emulator.fault(operation, error=code, message="Not authorized", count=9)
    failed = run(certificate_authority_arn=arn)
    assert failed["failed"] is True
    assert words in failed["msg"]


def test_a_region_that_cannot_be_listed(aws: AWS, run: Run) -> None:
    aws.emulator.fault("acm-pca:ListCertificateAuthorities", error="AccessDeniedException", count=9)
    failed = run()
    assert failed["failed"] is True
    assert failed["audit_reports"][0]["certificate_authority_arn"] is None
    assert failed["audit_reports"][0]["region"] == REGION
    assert "acm-pca:ListCertificateAuthorities" in failed["msg"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("options", [{}, {"force": True}, {"wait": False}, {"tracking": "listing"}])
def test_a_lost_connection_loses_no_report(aws: AWS, run: Run, after: bool, options: dict[str, t.Any]) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=0)
    aws.emulator.fault(CREATE, drop=True, after=after)
    made = run(certificate_authority_arn=arn, **options)
    assert "failed" not in made
    # Whichever of the two requests it was that was carried out, it was ours.
    assert (made["changed"], made["audit_report"]["action"]) == (True, "created")
    assert len(aws.object_keys("audit-report/")) == 1


def test_a_fault_while_polling_is_survived(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.fault(DESCRIBE, error="InternalFailure", count=12)
    assert run(certificate_authority_arn=arn)["audit_report"]["action"] == "created"


def test_a_report_that_the_service_does_not_know_at_once(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.configure(report_seconds=0.2)
    aws.emulator.fault(DESCRIBE, error="ResourceNotFoundException", count=2)
    assert run(certificate_authority_arn=arn)["audit_report"]["audit_report_status"] == "SUCCESS"


def test_a_report_that_may_not_be_followed_is_not_lost(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    aws.emulator.fault(DESCRIBE, error="AccessDeniedException", count=99)
    failed = run(certificate_authority_arn=arn)
    assert (failed["failed"], failed["changed"]) == (True, True)
    assert f"need {DESCRIBE}" in failed["msg"]
    assert failed["audit_report"]["audit_report_id"] == aws.record(arn)["JSON"]["audit_report_id"]


def test_whatever_goes_wrong_with_one_ca_the_others_are_done(
    aws: AWS, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted([aws.create_ca(), aws.create_ca()])
    original = ReportService.create

    def fail_once(self: ReportService, account: t.Any, arn: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        if arn.text == first:
            raise RuntimeError("a fault of our own")
        return original(self, account, arn, *args, **options)

    monkeypatch.setattr(ReportService, "create", fail_once)
    mixed = run(certificate_authority_arn=[first, second])
    assert [each["action"] for each in mixed["audit_reports"]] == ["failed", "created"]
    assert "Unexpected failure (a fault of our own). Please report it" in mixed["msg"]


def test_a_lost_connection_is_one_cas_alone(aws: AWS, run: Run) -> None:
    first, second = sorted([aws.create_ca(), aws.create_ca()])
    aws.emulator.fault(CREATE, drop=True, certificate_authority_arn=first, count=99)
    mixed = run(certificate_authority_arn=[first, second], aws_config={"retries": {"total_max_attempts": 1}})
    assert [each["action"] for each in mixed["audit_reports"]] == ["failed", "created"]


# --- credentials and input


@pytest.fixture
def without_aws_settings(aws: AWS) -> t.Iterator[None]:
    """The environment names neither credentials nor a region; put back before moto takes its own away."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        yield


@pytest.mark.usefixtures("without_aws_settings")
def test_missing_credentials(run: Run) -> None:
    failed = run()
    assert "Provide credentials" in failed["msg"]
    assert "Traceback" not in json.dumps(failed)


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_wrong_credentials(aws: AWS, run: Run, code: str) -> None:
    aws.emulator.fault("s3:ListObjectsV2", error=code, message="Wrong.\nx-amz-security-token:VERYSECRET", count=9)
    failed = run(secret_key="ALSOSECRET", access_key="testing")
    assert f"{code}: Wrong. Check the credentials" in failed["msg"]
    assert "SECRET" not in json.dumps({**failed, "invocation": None})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"certificate_authority_arn": []}, "certificate_authority_arn: the list is empty"),
        ({"certificate_authority_arn": ["nonsense"]}, "certificate_authority_arn: 'nonsense' is not an ARN"),
        ({"s3_bucket_name": "Reports"}, "s3_bucket_name: 'Reports'"),
        ({"s3_bucket_name": None}, "missing required arguments: s3_bucket_name"),
        ({"max_age": -1}, "max_age: -1 is too small"),
        ({"max_age": "soon"}, "max_age"),
        ({"region": None}, "region: nothing is given"),
        ({"region": "mars-1"}, "region: 'mars-1'"),
        ({"aws_config": {"colour": "red"}}, "aws_config: botocore does not accept it"),
        ({"endpoint_url": "nowhere"}, "endpoint_url: 'nowhere' is not the URL of an endpoint"),
        ({"profile": "nobody"}, "The config profile (nobody) could not be found"),
    ],
)
@pytest.mark.usefixtures("without_aws_settings")
def test_bad_input(aws: AWS, run: Run, options: dict[str, t.Any], words: str) -> None:
    failed = run(**options)
    assert failed["failed"] is True
    assert words in failed["msg"]
    assert "exception" not in failed
    assert aws.emulator.calls() == {}


@pytest.fixture
def not_aws() -> t.Iterator[tuple[str, list[bytes]]]:
    """A server that answers everything with 200 and one and the same body: its URL, and the list to put that into."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Length", str(len(bodies[0])))
            self.end_headers()
            self.wfile.write(bodies[0])

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_args: t.Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", bodies
        server.shutdown()


@pytest.mark.parametrize("body", [b"<html><body>Sign in to the hotel's network</body></html>", b"{}", b"", b"[]"])
@pytest.mark.parametrize("options", [{}, {"certificate_authority_arn": UNKNOWN}])
def test_something_that_is_not_aws_answers(
    aws: AWS, run: Run, not_aws: tuple[str, list[bytes]], body: bytes, options: dict[str, t.Any]
) -> None:
    url, bodies = not_aws
    bodies.append(body)
    failed = run(endpoint_url=url, **options)
    assert failed["failed"] is True
    assert "exception" not in failed
    assert "Check endpoint_url" in failed["msg"]


def test_an_interrupt_is_one_sentence(run: Run, aws: AWS, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: t.Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ReportBucket, "check", interrupt)
    interrupted = run()
    assert interrupted["failed"] is True
    assert interrupted["msg"].startswith("Interrupted")


def test_the_credentials_of_another_account(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    sts = boto3.session.Session().client("sts", REGION)
    role = {"RoleArn": "arn:aws:iam::111122223333:role/Auditor", "RoleSessionName": "test"}
    credentials = sts.assume_role(**role)["Credentials"]
    aws.create_bucket("bucket-of-the-first-account")
    failed = run(
        certificate_authority_arn=arn,
        access_key=credentials["AccessKeyId"],
        secret_key=credentials["SecretAccessKey"],
        session_token=credentials["SessionToken"],
    )
    assert failed["failed"] is True
    assert "account 123456789012" in failed["msg"]


def test_results_file(aws: AWS, run: Run, tmp_path: Path) -> None:
    arn = aws.create_ca()
    path = tmp_path / "results.json"
    result = run(certificate_authority_arn=[arn], results_file=str(path), check=True)
    assert {"audit_reports", "audit_report", "diff"}.isdisjoint(result)
    assert (result["changed"], result["summary"]["created"], result["failures"]) == (True, 1, [])
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["action"] for entry in written["audit_reports"]] == ["created"]
    gone = arn[:-1] + ("0" if arn[-1] != "0" else "1")
    failed = run(certificate_authority_arn=[gone], results_file=str(path))
    assert [entry["certificate_authority_arn"] for entry in failed["failures"]] == [gone]
    assert "results_file: give the path" in run(certificate_authority_arn=[arn], results_file="")["msg"]
