# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""acm_pca_audit_report and acm_pca_certificate_authority_info over many accounts and regions."""

from __future__ import annotations

import json
import threading
import typing as t
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import boto3
import botocore
import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca import discovery
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.report_service import ReportService
from ansible_collections.cloudpki.aws.plugins.modules import (
    acm_pca_audit_report,
    acm_pca_audit_report_info,
    acm_pca_certificate_authority_info,
)
from local_aws.emulator import Emulator
from local_aws.in_process import local_aws

from .conftest import Result, Run, age_record, warnings_of

FLEET = Path(__file__).parents[3] / "emulator" / "organizations" / "fleet.yml"
BUCKET = "fleet-audit-reports"
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2"]
OWN = "123456789012"
PAYMENTS, LOGISTICS, WORKLOADS, SECURITY = "100000000003", "100000000004", "100000000006", "100000000001"

CREATE = "acm-pca:CreateCertificateAuthorityAuditReport"
DESCRIBE = "acm-pca:DescribeCertificateAuthorityAuditReport"
LIST = "acm-pca:ListCertificateAuthorities"

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def fleet(no_machine_settings: None) -> Iterator[Emulator]:
    """14 accounts with 43 CAs in every status, and a bucket that the service may write to for all of them."""
    with local_aws(seed=FLEET, report_seconds=0) as emulator:
        emulator.reset()
        yield emulator


def accounts_of(fleet: Emulator, *only: str) -> list[dict[str, t.Any]]:
    """What to give as ``accounts``: the task's own one without a role, as it cannot assume one in itself."""
    seeded = [each for each in fleet.seeded["accounts"] if not only or each["id"] in only]
    return [
        {}
        if each["id"] == OWN
        else {
            "role_arn": each["role_arn"],
            **({"external_id": "fleet-payments-7f3a"} if each["id"] == PAYMENTS else {}),
        }
        for each in seeded
    ]


def authorities_of(fleet: Emulator, *only: str) -> dict[str, str]:
    """The status of each CA by ARN, as seeded."""
    return {
        ca["arn"]: ca["status"]
        for account in fleet.seeded["accounts"]
        if not only or account["id"] in only
        for ca in account["certificate_authorities"]
    }


@pytest.fixture
def audit(run_module: Run, fleet: Emulator) -> Run:
    """Run acm_pca_audit_report over the fleet."""

    def run(**options: t.Any) -> Result:
        given = {"s3_bucket_name": BUCKET, "region": "us-east-1", "accounts": accounts_of(fleet), "regions": REGIONS}
        return run_module(acm_pca_audit_report, **{**given, **options})

    return run


@pytest.fixture
def find(run_module: Run, fleet: Emulator) -> Run:
    """Run acm_pca_certificate_authority_info over the fleet."""

    def run(**options: t.Any) -> Result:
        given = {"region": "us-east-1", "accounts": accounts_of(fleet), "regions": REGIONS}
        return run_module(acm_pca_certificate_authority_info, **{**given, **options})

    return run


def actions(result: Result) -> dict[str, str]:
    return {each["certificate_authority_arn"]: each["action"] for each in result["audit_reports"]}


# --- the whole fleet


def test_the_whole_fleet_and_again(fleet: Emulator, audit: Run) -> None:
    status = authorities_of(fleet)
    expected = {arn: "created" if found in ("ACTIVE", "DISABLED") else "skipped" for arn, found in status.items()}
    predicted = audit(check=True)
    made = audit()
    for result in (predicted, made):
        assert actions(result) == expected
        assert list(actions(result)) == sorted(expected)
        assert result["changed"] is True
        assert (result["summary"]["accounts"], result["summary"]["regions"]) == (14, 3)
        assert result["summary"]["certificate_authorities"] == len(status)
    assert {each["certificate_authority_status"] for each in made["audit_reports"]} == set(status.values())
    auditable = sum(action == "created" for action in expected.values())
    calls = fleet.calls()
    assert calls[CREATE] == auditable
    assert calls["sts:AssumeRole"] == 13 * 2  # each role once in each of the two runs
    assert calls[LIST] == 14 * 3 * 2

    fleet.reset()
    again = audit()
    assert again["changed"] is False
    assert again["summary"]["reused"] == auditable
    assert fleet.calls() == {
        LIST: 14 * 3,
        "s3:GetObject": auditable,
        "s3:HeadObject": auditable,
        "s3:ListObjectsV2": 1,  # whether the bucket may be read at all
        "sts:AssumeRole": 13,
        "sts:GetCallerIdentity": 1,  # whether the task's own account is listed by a role as well
    }


def test_s3_is_asked_with_the_tasks_own_credentials_alone(fleet: Emulator, audit: Run) -> None:
    audit()
    by_account = fleet.calls(by="account")
    assert {account for account, calls in by_account.items() if any(name.startswith("s3:") for name in calls)} == {OWN}
    assert by_account[PAYMENTS][CREATE] == 3
    assert by_account[OWN][CREATE] == 1


def test_given_arns_are_served_by_their_accounts_and_cost_two_requests_when_fresh(fleet: Emulator, audit: Run) -> None:
    arns = [arn for arn, status in authorities_of(fleet).items() if status in ("ACTIVE", "DISABLED")]
    made = audit(certificate_authority_arn=arns, regions=None)
    assert made["summary"]["created"] == len(arns)
    by_account = fleet.calls(by="account")
    created = {account: calls[CREATE] for account, calls in by_account.items() if CREATE in calls}
    assert created == Counter(arn.split(":")[4] for arn in arns)

    fleet.reset()
    again = audit(certificate_authority_arn=arns, regions=None)
    assert again["summary"]["reused"] == len(arns)
    assert fleet.calls() == {"s3:GetObject": len(arns), "s3:HeadObject": len(arns)}


@pytest.mark.parametrize("by_arn", [False, True])
def test_a_new_report_costs_at_most_six_requests(fleet: Emulator, audit: Run, by_arn: bool) -> None:
    """All of them, also those to assume the role; but not how often a report is looked at while it is being made."""
    [arn, *_others] = [
        arn for arn, status in authorities_of(fleet, SECURITY).items() if status == "ACTIVE" and "us-east-1" in arn
    ]
    options = {"accounts": accounts_of(fleet, SECURITY), "regions": ["us-east-1"]}
    if by_arn:
        options = {"accounts": accounts_of(fleet, SECURITY), "regions": None, "certificate_authority_arn": [arn]}
    once = 0 if by_arn else 1  # whether the bucket may be read, for all CAs

    def requests() -> int:
        calls = fleet.calls()
        fleet.reset()
        return sum(count for operation, count in calls.items() if operation != DESCRIBE)

    assert audit(**options)["summary"]["created"] == 1
    assert requests() - once <= 6
    fleet.advance(3600)
    age_record(arn, 3600, BUCKET)
    fleet.reset()
    assert audit(**options)["summary"]["created"] == 1
    assert requests() <= 6
    assert audit(**options)["summary"]["reused"] == 1
    assert requests() == (2 if by_arn else 5)


def test_reports_that_are_still_being_made_are_waited_for_by_the_next_run(fleet: Emulator, audit: Run) -> None:
    fleet.configure(report_seconds=3600)
    requested = audit(wait=False)
    fleet.reset()
    pending = audit(wait=False)
    assert pending["summary"]["pending"] == requested["summary"]["created"]
    fleet.configure(report_seconds=0)
    fleet.advance(3600)
    awaited = audit(max_age=86400)
    assert awaited["summary"]["reused"] == requested["summary"]["created"]
    assert CREATE not in fleet.calls()


def test_few_threads_do_it_as_well(fleet: Emulator, audit: Run) -> None:
    assert audit(concurrency=1)["summary"]["created"] == audit(concurrency=256)["summary"]["reused"]


def test_accounts_do_not_wait_for_each_other(fleet: Emulator, audit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CAs of one account are not listed before another account has a finished report."""
    finished = threading.Event()
    list_authorities, refresh = discovery.list_authorities, ReportService.refresh

    def list_late(clients: t.Any, account: t.Any, region: str) -> t.Any:
        assert account.account_id != LOGISTICS or finished.wait(60)
        return list_authorities(clients, account, region)

    def tell(self: ReportService, *args: t.Any, **options: t.Any) -> t.Any:
        report = refresh(self, *args, **options)
        if report and report.status == "SUCCESS":
            finished.set()
        return report

    monkeypatch.setattr(discovery, "list_authorities", list_late)
    monkeypatch.setattr(ReportService, "refresh", tell)
    assert audit()["summary"]["created"] == 31


def test_there_are_no_more_threads_than_requests_in_flight(
    fleet: Emulator, audit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    original = ReportService.create

    def count(self: ReportService, *args: t.Any, **options: t.Any) -> t.Any:
        threads.add(threading.current_thread().name)
        return original(self, *args, **options)

    monkeypatch.setattr(ReportService, "create", count)
    assert audit(concurrency=3)["summary"]["created"] == 31
    assert len(threads) <= 3


# --- what fails, and what does not fail with it


def test_a_role_that_cannot_be_assumed_fails_its_account_alone(fleet: Emulator, audit: Run) -> None:
    accounts = [{**each, "external_id": None} for each in accounts_of(fleet)]
    accounts = [{name: value for name, value in each.items() if value is not None} for each in accounts]
    mixed = audit(accounts=accounts)
    assert (mixed["failed"], mixed["changed"]) == (True, True)
    failed = [each for each in mixed["audit_reports"] if each["action"] == "failed"]
    assert [(each["account_id"], each["region"], each["error"]["code"]) for each in failed] == [
        (PAYMENTS, None, "AccessDenied")
    ]
    assert "without an external_id" in mixed["msg"]
    others = {arn for arn, status in authorities_of(fleet).items() if status in ("ACTIVE", "DISABLED")}
    others -= set(authorities_of(fleet, PAYMENTS))
    assert {arn for arn, action in actions(mixed).items() if action == "created"} == others


def test_a_role_that_cannot_be_assumed_is_tried_once_for_all_its_cas(fleet: Emulator, audit: Run) -> None:
    arns = [arn for arn, status in authorities_of(fleet, PAYMENTS, WORKLOADS).items() if status == "ACTIVE"]
    role = f"arn:aws:iam::{PAYMENTS}:role/CertificateAuditor"
    fleet.fault("sts:AssumeRole", error="AccessDenied", role_arn=role, count=99)
    mixed = audit(certificate_authority_arn=arns, regions=None)
    assert {arn.split(":")[4] for arn, action in actions(mixed).items() if action == "failed"} == {PAYMENTS}
    assert {arn.split(":")[4] for arn, action in actions(mixed).items() if action == "created"} == {WORKLOADS}
    assert fleet.calls()["sts:AssumeRole"] == 2
    # A fresh report needs nobody's role.
    assert audit(certificate_authority_arn=[arn for arn in arns if WORKLOADS in arn])["changed"] is False


def test_a_session_that_is_longer_than_the_role_allows(fleet: Emulator, audit: Run) -> None:
    account = {**accounts_of(fleet, LOGISTICS)[0], "duration_seconds": 7200}
    failed = audit(accounts=[account])
    assert failed["audit_reports"][0]["error"]["code"] == "ValidationError"
    assert "Lower duration_seconds (7200)" in failed["msg"]


def test_a_throttled_account_is_slower_and_fails_nothing(fleet: Emulator, audit: Run) -> None:
    fleet.configure(rate_limits={f"{CREATE}@{WORKLOADS}": 5.0, CREATE: 100.0, DESCRIBE: 2000.0, LIST: 2000.0})
    made = audit()
    assert "failed" not in made
    assert made["summary"]["created"] == 31


def test_a_region_that_is_not_enabled(fleet: Emulator, audit: Run) -> None:
    accounts = accounts_of(fleet, LOGISTICS)
    named = audit(accounts=accounts, regions=["us-east-1", "af-south-1"])
    assert named["failed"] is True
    failed = [each for each in named["audit_reports"] if each["action"] == "failed"]
    assert [(each["account_id"], each["region"]) for each in failed] == [(LOGISTICS, "af-south-1")]
    assert "The region af-south-1 is not enabled for the account" in named["msg"]
    assert named["regions_skipped"] == []
    everywhere = audit(accounts=accounts, regions=["all"])
    assert "failed" not in everywhere
    assert (everywhere["summary"]["created"], everywhere["summary"]["reused"]) == (2, 1)
    assert everywhere["summary"]["regions"] > 25
    skipped = {"account_id": LOGISTICS, "account_name": None, "region": "af-south-1", "reason": "not enabled"}
    assert skipped in everywhere["regions_skipped"]
    assert everywhere["summary"]["regions_skipped"] == len(everywhere["regions_skipped"])
    assert "warnings" not in everywhere
    assert "account:ListRegions" not in fleet.calls()
    both = audit(accounts=accounts, regions=["all", "af-south-1"])
    assert [each["region"] for each in both["audit_reports"] if each["action"] == "failed"] == ["af-south-1"]


def test_all_regions_refuse_the_credentials(fleet: Emulator, audit: Run) -> None:
    fleet.fault(LIST, error="UnrecognizedClientException", message="The security token is invalid.", count=999)
    failed = audit(accounts=accounts_of(fleet, LOGISTICS), regions=["all"])
    assert [(each["account_id"], each["region"]) for each in failed["audit_reports"]] == [(LOGISTICS, None)]
    assert "Check the credentials" in failed["msg"]


def test_regions_that_the_organization_denies_are_skipped_and_told_once_each(fleet: Emulator, audit: Run) -> None:
    denied = ["eu-west-3", "sa-east-1"]
    fleet.configure(denied_regions={LOGISTICS: denied, WORKLOADS: denied})
    accounts = accounts_of(fleet, LOGISTICS, WORKLOADS, SECURITY)
    made = audit(accounts=accounts, regions=["eu-*", "sa-*", "us-east-1"])
    assert "failed" not in made
    skipped = [(each["account_id"], each["region"]) for each in made["regions_skipped"] if each["region"] in denied]
    assert skipped == [(account, region) for account in (LOGISTICS, WORKLOADS) for region in denied]
    assert {each["reason"] for each in made["regions_skipped"] if each["region"] in denied} == {
        "denied by a policy of the organization"
    }
    assert len(warnings_of(made)) == 2
    for region, warning in zip(denied, warnings_of(made), strict=True):
        assert f"deny the region {region} to account {LOGISTICS}, account {WORKLOADS}, " in warning
        assert f"'!{region}'" in warning
    assert "warnings" not in audit(accounts=accounts, regions=["eu-*", "us-east-1", "!eu-west-3"])
    named = audit(accounts=accounts, regions=["us-east-1", "eu-west-3"])
    failed = [(each["account_id"], each["region"]) for each in named["audit_reports"] if each["action"] == "failed"]
    assert failed == [(LOGISTICS, "eu-west-3"), (WORKLOADS, "eu-west-3")]
    assert "A policy of the organization denies the region eu-west-3" in named["msg"]
    assert named["regions_skipped"] == []


def test_an_account_that_is_denied_every_region_is_no_success(fleet: Emulator, audit: Run) -> None:
    fleet.configure(denied_regions={LOGISTICS: ["eu-west-3", "eu-west-2"]})
    mixed = audit(accounts=accounts_of(fleet, LOGISTICS, SECURITY), regions=["eu-west-[23]"])
    failed = [each for each in mixed["audit_reports"] if each["action"] == "failed"]
    assert [(each["account_id"], each["region"]) for each in failed] == [(LOGISTICS, None)]
    assert failed[0]["error"]["code"] == "AccessDeniedException"
    assert "deny the account every region in scope" in mixed["msg"]
    assert [(each["account_id"], each["region"]) for each in mixed["regions_skipped"]] == [
        (LOGISTICS, "eu-west-2"),
        (LOGISTICS, "eu-west-3"),
    ]
    assert "warnings" not in mixed


def test_a_ca_that_is_deleted_between_discovery_and_creation(
    fleet: Emulator, audit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed = next(arn for arn, status in authorities_of(fleet, LOGISTICS).items() if status == "ACTIVE")
    original = ReportService.create

    def delete_first(self: ReportService, account: t.Any, arn: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        if arn.text == doomed:
            with self._clients.acting_as(account):
                pca = self._clients.client("acm-pca", arn.region)
                pca.update_certificate_authority(CertificateAuthorityArn=doomed, Status="DISABLED")
                pca.delete_certificate_authority(CertificateAuthorityArn=doomed)
        return original(self, account, arn, *args, **options)

    monkeypatch.setattr(ReportService, "create", delete_first)
    mixed = audit()
    assert [arn for arn, action in actions(mixed).items() if action == "failed"] == [doomed]
    entry = next(each for each in mixed["audit_reports"] if each["action"] == "failed")
    assert entry["error"]["code"] == "InvalidStateException"
    assert entry["certificate_authority_status"] == "DELETED"
    assert mixed["summary"]["created"] == 30


def test_a_ca_that_another_account_shares(fleet: Emulator, audit: Run) -> None:
    shared = next(
        ca["arn"]
        for account in fleet.seeded["accounts"]
        for ca in account["certificate_authorities"]
        if ca["name"] == "Shared Issuing CA"
    )
    found = audit(accounts=accounts_of(fleet, WORKLOADS))
    assert shared not in actions(found)
    refused = audit(accounts=accounts_of(fleet, WORKLOADS), certificate_authority_arn=[shared], regions=None)
    assert refused["audit_report"]["error"]["code"] == "AccountNotListed"
    assert fleet.calls(by="account").get(SECURITY, {}) == {}
    made = audit(accounts=accounts_of(fleet, WORKLOADS, SECURITY), certificate_authority_arn=[shared], regions=None)
    assert made["audit_report"]["action"] == "created"
    sts = boto3.session.Session().client("sts", "us-east-1")
    role = next(each["role_arn"] for each in fleet.seeded["accounts"] if each["id"] == WORKLOADS)
    session = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    fleet.advance(3600)
    consumer = audit(
        accounts=None,
        regions=None,
        certificate_authority_arn=[shared],
        access_key=session["AccessKeyId"],
        secret_key=session["SecretAccessKey"],
        session_token=session["SessionToken"],
    )
    assert f"use credentials of account {SECURITY}" in consumer["msg"]


def test_whatever_goes_wrong_in_one_account_the_others_are_done(
    fleet: Emulator, audit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = discovery.list_authorities

    def fail_once(clients: t.Any, account: t.Any, region: str) -> t.Any:
        if account.account_id == LOGISTICS:
            raise RuntimeError("a fault of our own")
        return original(clients, account, region)

    monkeypatch.setattr(discovery, "list_authorities", fail_once)
    mixed = audit(accounts=accounts_of(fleet, LOGISTICS, SECURITY))
    assert mixed["summary"]["created"] == 3
    failed = [each for each in mixed["audit_reports"] if each["action"] == "failed"]
    assert {each["account_id"] for each in failed} == {LOGISTICS}
    assert "Unexpected failure (a fault of our own). Please report it" in mixed["msg"]
    assert "traceback" not in mixed


def test_a_fault_of_our_own_can_be_traced(fleet: Emulator, audit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(clients: t.Any, account: t.Any, region: str) -> t.Any:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(discovery, "list_authorities", fail)
    failed = audit(accounts=accounts_of(fleet, LOGISTICS), _ansible_verbosity=3)
    assert failed["traceback"][0] == "Traceback (most recent call last):"
    assert failed["traceback"][-1] == "RuntimeError: a fault of our own"
    assert (failed["boto3_version"], failed["botocore_version"]) == (boto3.__version__, botocore.__version__)


# --- who is looked at


def test_an_account_that_is_listed_twice_is_looked_at_once(fleet: Emulator, audit: Run) -> None:
    once = accounts_of(fleet, LOGISTICS)
    hub_by_role = {"role_arn": f"arn:aws:iam::{OWN}:role/OrganizationAccountAccessRole"}
    twice = [*once, {}, *once, {**once[0], "regions": ["us-east-1", "eu-west-1"]}, hub_by_role]
    made = audit(accounts=twice)
    assert made["summary"]["created"] == 4
    assert made["summary"]["accounts"] == 2
    by_account = fleet.calls(by="account")
    assert by_account[LOGISTICS][LIST] == 4  # three regions, and the fourth that one entry adds
    assert by_account[OWN][LIST] == 3
    assert fleet.calls()["sts:AssumeRole"] == 1


def test_the_own_account_takes_part_only_if_it_is_listed(fleet: Emulator, audit: Run) -> None:
    assert {arn.split(":")[4] for arn in actions(audit(accounts=None))} == {OWN}
    assert OWN not in {arn.split(":")[4] for arn in actions(audit(accounts=accounts_of(fleet, LOGISTICS)))}
    listed = audit(accounts=accounts_of(fleet, OWN, LOGISTICS))
    assert OWN in {arn.split(":")[4] for arn in actions(listed)}


HOSTILE = "{{ lookup('pipe', 'id') }} <b>\u202epay\nments</b>"


def test_accounts_by_id_and_what_they_are_called(fleet: Emulator, run_module: Run) -> None:
    role_name = accounts_of(fleet, LOGISTICS)[0]["role_arn"].partition("role/")[2]
    fleet.configure(denied_regions={LOGISTICS: ["eu-west-3"]})
    options = {
        "region": "us-east-1",
        "regions": ["us-east-1", "eu-*"],
        "role_name": role_name,
        "accounts": [{"account_id": OWN, "name": HOSTILE}, {"account_id": LOGISTICS, "name": "logistics"}],
    }
    for module, where, more in (
        (acm_pca_audit_report, "audit_reports", {"s3_bucket_name": BUCKET}),
        (acm_pca_audit_report_info, "audit_reports", {"s3_bucket_name": BUCKET}),
        (acm_pca_certificate_authority_info, "certificate_authorities", {"include_tags": True}),
        (acm_pca_certificate_authority_info, "certificate_authorities", {}),
    ):
        fleet.reset()
        found = run_module(module, **options, **more)
        assert "failed" not in found, found["msg"]
        names = {each["account_id"]: each["account_name"] for each in [*found[where], *found["regions_skipped"]]}
        assert names == {OWN: HOSTILE, LOGISTICS: "logistics"}
        assert {each["account_id"] for each in found[where]} == {OWN, LOGISTICS}
        assert "pay" not in json.dumps(warnings_of(found))
        # The own account costs no AssumeRole, and its id one request for all.
        assert (fleet.calls()["sts:AssumeRole"], fleet.calls()["sts:GetCallerIdentity"]) == (1, 1)
    arns = [arn for arn, status in authorities_of(fleet, LOGISTICS, OWN).items() if status == "ACTIVE"]
    by_arn = run_module(acm_pca_certificate_authority_info, **options, certificate_authority_arn=arns)
    assert {each["account_name"] for each in by_arn["certificate_authorities"]} == {HOSTILE, "logistics"}


def test_what_fails_has_the_name_of_its_account(fleet: Emulator, run_module: Run) -> None:
    account = {"account_id": PAYMENTS, "name": "payments"}
    options = {"region": "us-east-1", "accounts": [account], "role_name": "CertificateAuditor"}
    arns = list(authorities_of(fleet, PAYMENTS))[:1]
    for module, where, more in (
        (acm_pca_audit_report, "audit_reports", {"s3_bucket_name": BUCKET}),
        (acm_pca_audit_report_info, "audit_reports", {"s3_bucket_name": BUCKET}),
        (acm_pca_certificate_authority_info, "failures", {}),
        (acm_pca_audit_report, "audit_reports", {"s3_bucket_name": BUCKET, "certificate_authority_arn": arns}),
        (acm_pca_certificate_authority_info, "failures", {"certificate_authority_arn": arns}),
    ):
        failed = run_module(module, **options, **more)
        assert [(each["account_id"], each["account_name"]) for each in failed[where]] == [(PAYMENTS, "payments")]
        assert "without an external_id" in failed["msg"]
    made = run_module(acm_pca_audit_report, **options, external_id="fleet-payments-7f3a", s3_bucket_name=BUCKET)
    assert "failed" not in made


def test_an_account_may_have_regions_of_its_own(fleet: Emulator, audit: Run) -> None:
    accounts = accounts_of(fleet, LOGISTICS, WORKLOADS)
    accounts[0]["regions"] = ["ap-southeast-2"]
    made = audit(accounts=accounts, regions=["eu-central-1"])
    assert {(arn.split(":")[4], arn.split(":")[3]) for arn in actions(made)} == {
        (LOGISTICS, "ap-southeast-2"),
        (WORKLOADS, "eu-central-1"),
    }


def test_no_region_of_the_task_is_needed(fleet: Emulator, audit: Run) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_DEFAULT_REGION", raising=False)
        made = audit(region=None, regions=["all"], accounts=accounts_of(fleet, LOGISTICS))
        assert made["summary"]["created"] == 3


def test_accounts_without_cas_are_said(fleet: Emulator, audit: Run) -> None:
    nothing = audit(accounts=accounts_of(fleet, "100000000002"))
    assert (nothing["changed"], nothing["audit_reports"]) == (False, [])
    assert "owns no private certificate authority" in json.dumps(nothing["warnings"])


def test_sessions_that_end_during_a_long_wait_are_renewed(fleet: Emulator, audit: Run) -> None:
    fleet.configure(session_seconds=2, report_seconds=4)
    made = audit(accounts=accounts_of(fleet, LOGISTICS), wait_delay=50)
    assert "failed" not in made
    assert made["summary"]["created"] == 3
    assert fleet.calls()["sts:AssumeRole"] >= 2


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1"), ("aws-eusc", "eusc-de-east-1")]
)
def test_other_partitions(fleet: Emulator, run_module: Run, partition: str, region: str) -> None:
    if partition not in boto3.session.Session().get_available_partitions():
        pytest.skip(f"this version of boto3 does not know {partition}")
    role = f"arn:{partition}:iam::{LOGISTICS}:role/Auditor"
    sts = boto3.session.Session().client("sts", region)
    session = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    member = boto3.session.Session(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"], region)
    pca = member.client("acm-pca")
    arn = pca.create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "EC_prime256v1",
            "SigningAlgorithm": "SHA256WITHECDSA",
            "Subject": {"CommonName": "example.com"},
        },
        CertificateAuthorityType="ROOT",
    )["CertificateAuthorityArn"]
    assert arn.startswith(f"arn:{partition}:acm-pca:{region}:{LOGISTICS}:")
    pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="ACTIVE")
    s3 = boto3.session.Session().client("s3", region)
    s3.create_bucket(Bucket="other-partition", CreateBucketConfiguration={"LocationConstraint": region})
    options = {"s3_bucket_name": "other-partition", "accounts": [{"role_arn": role}], "regions": ["all"]}

    refused = run_module(acm_pca_audit_report, **options)
    start = refused["msg"].index('{"Sid"')
    statement, _end = json.JSONDecoder().raw_decode(refused["msg"][start:])
    assert statement["Resource"][0].startswith(f"arn:{partition}:s3:::")
    s3.put_bucket_policy(
        Bucket="other-partition", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    made = run_module(acm_pca_audit_report, **options)
    assert actions(made) == {arn: "created"}
    assert run_module(acm_pca_audit_report, **options)["changed"] is False
    found = run_module(acm_pca_certificate_authority_info, accounts=options["accounts"], regions=["all"])
    assert [each["certificate_authority_arn"] for each in found["certificate_authorities"]] == [arn]


# --- acm_pca_certificate_authority_info


def test_info_finds_every_ca(fleet: Emulator, find: Run) -> None:
    status = authorities_of(fleet)
    found = find()
    assert found["changed"] is False
    assert found["failures"] == []
    returned = {each["certificate_authority_arn"]: each["status"] for each in found["certificate_authorities"]}
    assert returned == status
    assert list(returned) == sorted(status)
    assert found["summary"] == {
        "certificate_authorities": 43,
        "accounts": 13,
        "regions": 3,
        "failed": 0,
        "regions_skipped": 0,
    }
    assert "tags" not in found["certificate_authorities"][0]
    assert set(fleet.calls()) == {LIST, "sts:AssumeRole", "sts:GetCallerIdentity"}


def test_info_describes_as_the_api_does(fleet: Emulator, find: Run) -> None:
    found = find(accounts=accounts_of(fleet, PAYMENTS), usage_mode=["SHORT_LIVED_CERTIFICATE"], include_tags=True)
    (payments,) = found["certificate_authorities"]
    assert payments["account_id"] == PAYMENTS
    assert payments["region"] == "us-east-1"
    assert (payments["status"], payments["type"]) == ("ACTIVE", "SUBORDINATE")
    assert payments["certificate_authority_configuration"]["key_algorithm"] == "EC_prime256v1"
    assert payments["certificate_authority_configuration"]["subject"]["common_name"] == "Payments CA"
    assert payments["not_after"].endswith("Z")
    assert payments["tags"] == {"tier": "issuing", "team": "payments", "pci": "yes"}


@pytest.mark.parametrize(
    ("options", "count", "tag_reads"),
    [
        ({"status": ["DELETED", "EXPIRED"]}, 6, 0),
        ({"type": ["SUBORDINATE"], "status": ["ACTIVE"]}, 4, 0),
        ({"key_algorithm": ["EC_secp384r1", "EC_secp521r1"]}, 2, 0),
        ({"tags": {"team": "logistics"}}, 2, 43),
        ({"tags": {"team": None}, "status": ["DISABLED"]}, 1, 4),
        ({"tags": {"team": "pki", "tier": "root"}, "type": ["ROOT"]}, 1, None),
        ({"status": []}, 43, 0),
        ({"tags": {"team": "nobody"}}, 0, 43),
    ],
)
def test_info_filters(fleet: Emulator, find: Run, options: dict[str, t.Any], count: int, tag_reads: int | None) -> None:
    found = find(**options)
    assert len(found["certificate_authorities"]) == count
    if tag_reads is not None:
        assert fleet.calls().get("acm-pca:ListTags", 0) == tag_reads


def test_info_takes_arns(fleet: Emulator, find: Run) -> None:
    first, second, *_others = authorities_of(fleet)
    unknown = first[:-12] + "0" * 12
    found = find(certificate_authority_arn=[second, first, unknown], regions=None)
    assert [each["certificate_authority_arn"] for each in found["certificate_authorities"]] == sorted([first, second])
    assert LIST not in fleet.calls()
    assert find(certificate_authority_arn=[unknown], regions=None)["certificate_authorities"] == []


def test_info_returns_what_it_found_with_what_failed(fleet: Emulator, find: Run) -> None:
    accounts = [{name: each[name] for name in each if name != "external_id"} for each in accounts_of(fleet)]
    mixed = find(accounts=accounts)
    assert mixed["failed"] is True
    assert len(mixed["certificate_authorities"]) == 39
    (failure,) = mixed["failures"]
    assert (failure["account_id"], failure["region"], failure["certificate_authority_arn"]) == (PAYMENTS, None, None)
    assert mixed["msg"].startswith("1 of 40 failed. See failures for all of them.")
    fleet.fault("acm-pca:ListTags", error="AccessDeniedException", count=99)
    untold = find(accounts=accounts_of(fleet, LOGISTICS), include_tags=True)
    assert {each["error"]["code"] for each in untold["failures"]} == {"AccessDeniedException"}
    assert "acm-pca:ListTags" in untold["msg"]


def test_info_interrupted(find: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: t.Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(acm_pca_certificate_authority_info, "find_authorities", interrupt)
    assert find()["msg"] == "Interrupted."


@pytest.mark.parametrize("module", [acm_pca_audit_report, acm_pca_certificate_authority_info])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"accounts": []}, "accounts: the list is empty"),
        ({"regions": []}, "regions: the list is empty"),
        ({"accounts": [{"role_arn": "nonsense"}]}, "accounts[0].role_arn: 'nonsense' is not an ARN"),
        ({"regions": ["mars-1"]}, "regions: 'mars-1' is not an AWS region"),
    ],
)
def test_bad_input(fleet: Emulator, run_module: Run, module: t.Any, options: dict[str, t.Any], words: str) -> None:
    bucket = {"s3_bucket_name": BUCKET} if module is acm_pca_audit_report else {}
    failed = run_module(module, region="us-east-1", **bucket, **options)
    assert words in failed["msg"]
    assert "exception" not in failed
    assert fleet.calls() == {}
