# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions that refuse the credentials: what the modules find out and say about them."""

from __future__ import annotations

import json
import typing as t

import boto3
import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca import discovery
from ansible_collections.cloudpki.aws.plugins.modules import (
    acm_pca_audit_report,
    acm_pca_audit_report_info,
    acm_pca_certificate_authority_info,
)

from .conftest import ACCOUNT, AWS, BUCKET, Result, Run, warnings_of

MEMBER = "210987654321"
ROLE = f"arn:aws:iam::{MEMBER}:role/Auditor"
LIST, LIST_REGIONS = "acm-pca:ListCertificateAuthorities", "account:ListRegions"

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def find(run_module: Run) -> Run:
    def run(**options: t.Any) -> Result:
        given = {"region": "us-east-1", "regions": ["us-east-1", "[am]*-south-1"], **options}
        return run_module(acm_pca_certificate_authority_info, **given)

    return run


def session(aws: AWS, version: int) -> dict[str, str]:
    """The options for a session of the member account, whose token has this version."""
    aws.emulator.configure(session_token_version=version)
    made = boto3.session.Session().client("sts", "us-east-1").assume_role(RoleArn=ROLE, RoleSessionName="test")
    aws.emulator.configure(session_token_version=2)
    aws.emulator.reset()
    names = {"access_key": "AccessKeyId", "secret_key": "SecretAccessKey", "session_token": "SessionToken"}
    return {option: made["Credentials"][name] for option, name in names.items()}


def skipped(result: Result) -> dict[str, str]:
    return {each["region"]: each["reason"] for each in result["regions_skipped"]}


def failures(result: Result) -> list[tuple[str | None, str | None, str]]:
    return [(each["account_id"], each["region"], each["error"]["message"]) for each in result["failures"]]


def test_enabled_regions_that_refuse_an_old_token_are_failures(aws: AWS, find: Run) -> None:
    aws.emulator.configure(disabled_regions={MEMBER: ["me-south-1"]})
    found = find(**session(aws, 1))
    assert skipped(found) == {"me-south-1": "not enabled"}
    ((_account, region, message),) = failures(found)
    assert region == "af-south-1"
    assert "is enabled for the account, but does not accept the session token" in message
    assert "AWS_STS_REGIONAL_ENDPOINTS=regional" in message
    # Asked once, however many regions refused.
    assert aws.calls(LIST_REGIONS) == 1
    assert "warnings" not in found


def test_a_session_whose_token_is_new_is_only_asked_for_what_refuses_it(aws: AWS, find: Run) -> None:
    assert (skipped(find(**session(aws, 2))), aws.calls(LIST_REGIONS)) == ({}, 0)
    aws.emulator.configure(disabled_regions={MEMBER: ["me-south-1", "af-south-1"]})
    found = find(**session(aws, 2))
    assert skipped(found) == {"af-south-1": "not enabled", "me-south-1": "not enabled"}
    assert (found.get("failed"), found.get("warnings"), aws.calls(LIST_REGIONS)) == (None, None, 1)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDeniedException", "the permission account:ListRegions is missing"),
        ("InternalServerException", "account:ListRegions failed (InternalServerException)"),
    ],
)
def test_what_may_be_enabled_is_never_left_out_without_a_word(aws: AWS, find: Run, code: str, reason: str) -> None:
    options = session(aws, 1)
    aws.emulator.fault(LIST_REGIONS, error=code, count=99)
    found = find(**options)
    assert skipped(found) == dict.fromkeys(
        ["af-south-1", "me-south-1"], f"may be enabled: it refuses the session token, and {reason}"
    )
    assert "failed" not in found
    (warning,) = warnings_of(found)
    assert "af-south-1, me-south-1 refused the credentials and may be enabled" in warning
    assert "Allow account:ListRegions" in warning
    named = find(**options, regions=["us-east-1", "af-south-1"])
    assert [(region, "probably not enabled" in message) for _id, region, message in failures(named)] == [
        ("af-south-1", True)
    ]
    assert named["regions_skipped"] == []


def test_a_status_that_decides_nothing_is_told(aws: AWS, find: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "region_statuses", lambda *_given: {"af-south-1": "ENABLING"})
    found = find(**session(aws, 1))
    assert skipped(found) == {
        "af-south-1": "may be enabled: its status is ENABLING",
        "me-south-1": "may be enabled: AWS does not list it",
    }
    assert len(warnings_of(found)) == 1


def test_keys_of_users_and_roles_that_are_assumed_here_need_no_question(aws: AWS, find: Run) -> None:
    off = ["af-south-1", "me-south-1"]
    aws.emulator.configure(disabled_regions={ACCOUNT: off, MEMBER: off})
    found = find(accounts=[{}, {"role_arn": ROLE}])
    assert [(each["account_id"], each["region"]) for each in found["regions_skipped"]] == [
        (account, region) for account in (ACCOUNT, MEMBER) for region in off
    ]
    assert (found["failures"], aws.calls(LIST_REGIONS)) == ([], 0)
    # A role can be in no region in scope, which is no fault of its credentials.
    nowhere = find(accounts=[{"role_arn": ROLE}], regions=["[am]*-south-1", "!ap-*"])
    assert (skipped(nowhere), nowhere["failures"]) == (dict.fromkeys(off, "not enabled"), [])
    assert aws.calls(LIST_REGIONS) == 0


def test_roles_are_asked_if_their_sessions_come_from_the_global_endpoint(
    aws: AWS, find: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://sts.amazonaws.com")
    aws.emulator.configure(session_token_version=1)
    found = find(accounts=[{"role_arn": ROLE}])
    assert [(account, region) for account, region, _message in failures(found)] == [
        (MEMBER, "af-south-1"),
        (MEMBER, "me-south-1"),
    ]
    assert aws.emulator.calls(by="account")[MEMBER][LIST_REGIONS] == 1


def test_keys_that_no_region_has_accepted_are_tried_elsewhere(aws: AWS, find: Run) -> None:
    aws.emulator.configure(disabled_regions={ACCOUNT: ["af-south-1", "me-south-1"]})
    found = find(regions=["af-*", "me-south-*"])
    assert skipped(found) == {"af-south-1": "not enabled", "me-south-1": "not enabled"}
    assert (found["failures"], aws.calls(LIST_REGIONS)) == ([], 1)
    for operation, code in ((LIST, "UnrecognizedClientException"), (LIST_REGIONS, "UnrecognizedClientException")):
        aws.emulator.fault(operation, error=code, count=99)
    wrong = find(regions=["af-*", "me-south-*"])
    ((_account, region, message),) = failures(wrong)
    assert region is None
    assert "Check the credentials" in message
    assert wrong["regions_skipped"] == []


def test_a_region_that_everybody_has_refuses_only_wrong_credentials(aws: AWS, find: Run) -> None:
    aws.emulator.fault(LIST, error="UnrecognizedClientException", region="us-east-1", count=1)
    ((_account, region, message),) = failures(find())
    assert region == "us-east-1"
    assert "Check the credentials" in message
    aws.emulator.fault(LIST, error="UnrecognizedClientException", count=99)
    everywhere = find(regions=["us-east-1", "all"])
    assert [region for _account, region, _message in failures(everywhere)] == [None, "us-east-1"]
    assert aws.calls(LIST_REGIONS) == 0


def test_a_fault_of_our_own_is_told(aws: AWS, find: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: t.Any) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(discovery, "region_statuses", fail)
    ((_account, region, message),) = failures(find(**session(aws, 1)))
    assert region is None
    assert "Unexpected failure (a fault of our own)" in message


@pytest.mark.parametrize(
    ("module", "options"),
    [
        (acm_pca_audit_report, {"s3_bucket_name": BUCKET}),
        (acm_pca_audit_report_info, {"s3_bucket_name": BUCKET}),
        (acm_pca_audit_report_info, {"s3_bucket_name": BUCKET, "contents": "none", "s3_key": ["x.json"]}),
        (acm_pca_certificate_authority_info, {}),
    ],
)
def test_every_module_says_what_was_skipped(
    aws: AWS, run_module: Run, module: t.Any, options: dict[str, t.Any]
) -> None:
    aws.create_ca()
    nothing = run_module(module, region="us-east-1", **options)
    assert (nothing["regions_skipped"], nothing["summary"]["regions_skipped"]) == ([], 0)
    if "s3_key" in options:
        return
    aws.emulator.configure(disabled_regions={ACCOUNT: ["me-south-1"]}, denied_regions={ACCOUNT: ["sa-east-1"]})
    found = run_module(module, region="us-east-1", regions=["us-east-1", "me-south-*", "sa-*"], **options)
    assert found["regions_skipped"] == [
        {"account_id": None, "account_name": None, "region": region, "reason": reason}
        for region, reason in (
            ("me-south-1", "not enabled"),
            ("sa-east-1", "denied by a policy of the organization"),
        )
    ]
    assert found["summary"]["regions_skipped"] == 2
    assert [warning for warning in warnings_of(found) if "account of the task's own credentials" in warning]


def test_where_everything_was_skipped_nobody_claims_that_there_is_nothing(aws: AWS, run: Run) -> None:
    aws.emulator.configure(disabled_regions={ACCOUNT: ["me-south-1"]})
    nothing = run(regions=["me-south-*"])
    assert warnings_of(nothing) == ["No region was looked at, since all regions in scope were skipped."]


# --- the bucket in another region than the CA


def bucket_in(aws: AWS, region: str, principal: str) -> None:
    location = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3 = aws.clients("s3", region)
    s3.create_bucket(Bucket="elsewhere", **location)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
        "Resource": ["arn:aws:s3:::elsewhere", "arn:aws:s3:::elsewhere/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="elsewhere", Policy=policy)
    aws.emulator.reset()


@pytest.mark.parametrize("by_arn", [True, False])
def test_a_bucket_that_the_ca_cannot_write_to_is_told_before_anything_is_requested(
    aws: AWS, run: Run, by_arn: bool
) -> None:
    arns = [aws.create_ca(), aws.create_ca()]
    bucket_in(aws, "af-south-1", "acm-pca.amazonaws.com")
    options: dict[str, t.Any] = {"s3_bucket_name": "elsewhere", "tracking": "record"}
    if by_arn:
        options["certificate_authority_arn"] = arns
    predicted = run(check=True, **options)
    assert aws.calls("acm-pca:CreateCertificateAuthorityAuditReport") == 0
    failed = run(**options)
    for result in (predicted, failed):
        (warning,) = warnings_of(result)
        assert "The bucket is in af-south-1, a region that accounts have to enable" in warning
        assert all(arn in warning for arn in arns)
    assert {each["error"]["code"] for each in failed["audit_reports"]} == {"AuditReportFailed"}
    assert "Use a bucket in a region that is enabled by default" in failed["msg"]
    assert "Add this statement" not in failed["msg"]


def test_a_ca_in_a_region_that_has_to_be_enabled_writes_under_another_name(aws: AWS, run: Run) -> None:
    arn = aws.create_ca(region="af-south-1")
    options = {"s3_bucket_name": "elsewhere", "certificate_authority_arn": [arn]}
    bucket_in(aws, "eu-central-1", "acm-pca.amazonaws.com")
    for later in ("now", "later"):
        aws.emulator.configure(bucket_refusal=later)
        refused = run(**options)
        assert '"Principal": {"Service": "acm-pca.af-south-1.amazonaws.com"}' in refused["msg"]
        assert "warnings" not in refused


def test_the_region_of_the_bucket_costs_one_request_at_most(aws: AWS, run: Run) -> None:
    arns = [aws.create_ca() for _number in range(3)]
    run(certificate_authority_arn=arns)
    aws.emulator.advance(7200)
    # The records are there, so nothing is listed, and S3 tells the region with nothing else.
    aws.emulator.reset()
    assert run(certificate_authority_arn=arns)["summary"]["created"] == 3
    assert (aws.calls("s3:HeadBucket"), aws.calls("s3:ListObjectsV2")) == (1, 0)
    # A list tells it, and so does nobody ask where nothing is requested.
    aws.emulator.advance(7200)
    aws.emulator.reset()
    assert run()["summary"]["created"] == 3
    assert run(certificate_authority_arn=arns)["summary"]["reused"] == 3
    assert aws.calls("s3:HeadBucket") == 0


def test_a_region_that_s3_does_not_tell_stops_nothing(aws: AWS, run: Run) -> None:
    arn = aws.create_ca()
    run(certificate_authority_arn=[arn])
    aws.emulator.advance(7200)
    aws.emulator.fault("s3:HeadBucket", error="AccessDenied", count=99)
    made = run(certificate_authority_arn=[arn])
    assert (made["summary"]["created"], made.get("warnings")) == (1, None)
