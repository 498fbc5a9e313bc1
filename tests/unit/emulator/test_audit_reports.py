# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a report: made, aged, and only one in 30 minutes."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, bucket_statement, create_ca
from moto.core.base_backend import BackendDict

from local_aws import clock
from local_aws.settings import REFUSALS


def test_report_is_creating_and_then_in_the_bucket(world: World) -> None:
    report = world.create()
    ca_id = world.ca.rpartition("/")[2]
    assert uuid.UUID(report["AuditReportId"])
    assert report["S3Key"] == f"audit-report/{ca_id}/{report['AuditReportId']}.json"
    assert world.status(report) == "CREATING"
    assert world.keys() == []
    world.aws.advance(60)
    assert world.keys() == ["acm-pca-permission-test-key", "acm-pca-permission-test-key-private", report["S3Key"]]
    assert world.status(report) == "SUCCESS"
    found = world.s3.get_object(Bucket="reports", Key=report["S3Key"])
    assert found["ContentType"] == "application/json"
    assert json.loads(found["Body"].read()) == []


def test_csv(world: World) -> None:
    world.aws.configure(report_seconds=0)
    report = world.create(AuditReportResponseFormat="CSV")
    assert report["S3Key"].endswith(f"{report['AuditReportId']}.csv")
    found = world.s3.get_object(Bucket="reports", Key=report["S3Key"])
    assert found["Body"].read().startswith(b"awsAccountId,requestedByServicePrincipal,certificateArn,")


def test_early_get_finds_nothing(world: World) -> None:
    report = world.create()
    with pytest.raises(world.s3.exceptions.NoSuchKey):
        world.s3.get_object(Bucket="reports", Key=report["S3Key"])


def test_describe(world: World) -> None:
    before = clock.now()
    report = world.create()
    described = world.describe(report)
    assert (described["S3BucketName"], described["S3Key"]) == ("reports", report["S3Key"])
    assert abs((described["CreatedAt"] - before).total_seconds()) < 60


def test_created_at_is_a_number_on_the_wire(world: World) -> None:
    report = world.create()
    bodies: list[bytes] = []
    world.pca.meta.events.register(
        "before-parse.acm-pca", lambda response_dict, **_kwargs: bodies.append(response_dict["body"])
    )
    world.describe(report)
    assert isinstance(json.loads(bodies[-1])["CreatedAt"], float)


def test_waiter(world: World) -> None:
    world.aws.configure(report_seconds=0.2)
    report = world.create()
    world.pca.get_waiter("audit_report_created").wait(
        CertificateAuthorityArn=world.ca,
        AuditReportId=report["AuditReportId"],
        WaiterConfig={"Delay": 1, "MaxAttempts": 30},
    )
    assert world.keys("audit-report/") == [report["S3Key"]]


def test_report_tells_what_was_issued_when_it_was_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    issued: list[str] = ["one"]
    monkeypatch.setattr("local_aws.audit_reports.ledger_of", lambda _ca: tuple(issued))
    monkeypatch.setattr("local_aws.audit_reports.render", lambda entries, form: f"{form}: {entries}".encode())
    report = world.create()
    issued.append("two")
    world.aws.advance(60)
    assert world.s3.get_object(Bucket="reports", Key=report["S3Key"])["Body"].read() == b"JSON: ('one',)"


# -- one report every 30 minutes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("second_format", ["JSON", "CSV"])
def test_second_report_inside_the_interval(world: World, code: str, second_format: str) -> None:
    world.aws.configure(refusal_code=code)
    first = world.create()
    assert world.refusal(AuditReportResponseFormat=second_format) == (code, REFUSALS[code])
    world.aws.advance(1700)
    assert world.refusal(AuditReportResponseFormat=second_format)[0] == code
    assert world.status(first) == "SUCCESS"
    world.aws.advance(100)
    assert world.create(AuditReportResponseFormat=second_format)["AuditReportId"] != first["AuditReportId"]


def test_interval_is_for_each_ca(world: World) -> None:
    world.create()
    world.ca = create_ca(world.pca)
    world.create()


def test_interval_of_zero_is_no_rule(world: World) -> None:
    world.aws.configure(report_interval=0)
    world.create()
    world.create()


@pytest.mark.parametrize(("counts", "refused"), [(False, False), (True, True)])
def test_failed_report_keeps_the_ca_waiting_if_set(world: World, counts: bool, refused: bool) -> None:
    world.aws.configure(bucket_refusal="later", failed_reports_count=counts, report_seconds=0)
    world.s3.delete_bucket_policy(Bucket="reports")
    assert world.status(world.create()) == "FAILED"
    world.set_policy(bucket_statement("reports"))
    if refused:
        assert world.refusal()[0] == "RequestInProgressException"
    else:
        assert world.status(world.create()) == "SUCCESS"


def test_refused_request_does_not_keep_the_ca_waiting(world: World) -> None:
    assert world.refusal(S3BucketName="no-such-bucket")[0] == "ValidationException"
    world.create()


# -- the clock -----------------------------------------------------------------------------------------------------


def test_advance_ages_report_and_object(world: World) -> None:
    world.aws.configure(report_seconds=0)
    report = world.create()
    created = world.describe(report)["CreatedAt"]
    modified = world.s3.head_object(Bucket="reports", Key=report["S3Key"])["LastModified"]
    world.s3.put_object(Bucket="reports", Key="audit-report-tracking/x.json", Body=b"{}")
    tracked = world.s3.head_object(Bucket="reports", Key="audit-report-tracking/x.json")["LastModified"]
    assert world.aws.advance(3600) == 1
    assert (created - world.describe(report)["CreatedAt"]).total_seconds() == 3600
    aged = world.s3.head_object(Bucket="reports", Key=report["S3Key"])["LastModified"]
    assert (modified - aged).total_seconds() == 3600
    assert world.s3.head_object(Bucket="reports", Key="audit-report-tracking/x.json")["LastModified"] == tracked


def test_object_is_as_old_as_the_end_of_its_making(world: World) -> None:
    report = world.create()
    created = world.describe(report)["CreatedAt"]
    world.aws.advance(1000)
    modified = world.s3.head_object(Bucket="reports", Key=report["S3Key"])["LastModified"]
    # Made 60 s after it was asked for; advanced by 1000 s, both are that much older. S3 knows whole seconds only.
    assert abs((modified - created).total_seconds() + 1000 - 60) <= 1


def test_time_passes_by_itself(world: World) -> None:
    report = world.create()
    later = clock.now() + timedelta(seconds=61)
    with clock.use(lambda: later):
        assert world.status(report) == "SUCCESS"


# -- events --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bucket", "result"), [("reports", "success"), ("no-such-bucket", "failure")])
def test_event(world: World, bucket: str, result: str) -> None:
    sqs, events = world.client("sqs"), world.client("events")
    queue = sqs.create_queue(QueueName="audits")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="audits", EventPattern=json.dumps({"source": ["aws.acm-pca"]}))
    events.put_targets(Rule="audits", Targets=[{"Id": "queue", "Arn": queue_arn}])
    world.aws.configure(bucket_refusal="later")
    report = world.create(S3BucketName=bucket)
    world.aws.advance(60)
    event = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert (event["detail-type"], event["detail"]) == ("ACM Private CA Audit Report Generation", {"result": result})
    assert event["resources"] == [world.ca, report["AuditReportId"]]


# -- moto stays as it is -------------------------------------------------------------------------------------------


def test_reports_go_when_moto_is_reset(world: World) -> None:
    world.create()
    BackendDict.reset()
    world.s3.create_bucket(Bucket="reports")
    world.aws.advance(60)
    assert world.keys() == []


def test_conditional_writes(world: World) -> None:
    put = {"Bucket": "reports", "Key": "audit-report-tracking/x.json"}
    etag = world.s3.put_object(**put, Body=b"1", IfNoneMatch="*")["ETag"]
    with pytest.raises(ClientError, match=re.escape("PreconditionFailed")):
        world.s3.put_object(**put, Body=b"2", IfNoneMatch="*")
    world.s3.put_object(**put, Body=b"3", IfMatch=etag)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        world.s3.put_object(**put, Body=b"4", IfMatch=etag)
