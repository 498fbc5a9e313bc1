# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.results import Entry, outcome_of
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import Problem
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import Outcome

from ..builders import ARN, BUCKET, CA_ID, NOW, OTHER_ARN, report, request

PROBLEM = Problem("SomeException", "It went wrong. Mend it.")


def entry(action: str, arn: str = ARN, **values: t.Any) -> Entry:
    parsed = parse_certificate_authority_arn(arn)
    return Entry(parsed, parsed.account_id, parsed.region, "ACTIVE", action, **values)


def outcome(*entries: Entry, **changes: t.Any) -> Outcome:
    return outcome_of(entries, request(**changes), NOW, ())


def test_an_entry_says_everything() -> None:
    got = outcome(entry("created", report=report(12), requested=True)).results
    assert got["changed"] is True
    assert got["audit_reports"] == [
        {
            "certificate_authority_arn": ARN,
            "account_id": "111122223333",
            "account_name": None,
            "region": "us-east-1",
            "certificate_authority_status": "ACTIVE",
            "action": "created",
            "audit_report_id": "r1",
            "audit_report_status": "SUCCESS",
            "audit_report_response_format": "JSON",
            "s3_bucket_name": BUCKET,
            "s3_key": f"audit-report/{CA_ID}/r1.json",
            "created_at": "2026-11-23T11:59:48Z",
            "age_seconds": 12,
        }
    ]


def test_entries_are_ordered_by_arn_and_counted() -> None:
    lost = Entry(None, None, "ap-south-1", None, "failed", problem=PROBLEM)
    got = outcome(entry("reused", report=report(1)), lost, entry("skipped", OTHER_ARN)).results
    assert [each["certificate_authority_arn"] for each in got["audit_reports"]] == [None, OTHER_ARN, ARN]
    assert got["changed"] is False
    assert got["summary"] == {
        "created": 0,
        "reused": 1,
        "pending": 0,
        "skipped": 1,
        "failed": 1,
        "accounts": 2,
        "regions": 3,
        "certificate_authorities": 2,
        "regions_skipped": 0,
    }


@pytest.mark.parametrize(("arns", "singular"), [(None, False), ((ARN,), True), ((ARN, OTHER_ARN), False)])
def test_the_singular_is_there_for_exactly_one_arn(arns: tuple[str, ...] | None, singular: bool) -> None:
    got = outcome(*[entry("reused", arn, report=report(1)) for arn in arns or (ARN,)], arns=arns).results
    assert ("audit_report" in got) is singular
    if singular:
        assert got["audit_report"] == got["audit_reports"][0]


def test_a_failure_keeps_its_report_and_names_the_ca() -> None:
    got = outcome(entry("failed", report=report(1, status="FAILED"), problem=PROBLEM, requested=True))
    assert got.failure is not None
    assert got.failure.message == f"{ARN}: It went wrong. Mend it."
    assert got.results["audit_reports"][0]["error"] == {"code": PROBLEM.code, "message": PROBLEM.message}
    assert got.results["audit_reports"][0]["audit_report_id"] == "r1"
    assert got.results["changed"] is True


def test_the_same_failure_is_told_once() -> None:
    arns = [ARN[:-1] + digit for digit in "12345"]
    got = outcome(*[entry("failed", arn, problem=PROBLEM) for arn in arns], entry("reused", OTHER_ARN))
    assert got.failure is not None
    assert got.failure.message == (
        "5 of 6 failed. See audit_reports for all of them. "
        f"{arns[0]}, {arns[1]}, {arns[2]} and 2 more: It went wrong. Mend it."
    )


def test_a_message_stays_short_however_much_fails() -> None:
    arns = [f"{ARN[:-3]}{number:03}" for number in range(100)]
    failed = [entry("failed", arn, problem=Problem("X", f"Went wrong at {arn}.")) for arn in arns]
    failure = outcome(*failed).failure
    assert failure is not None
    assert failure.message.endswith("For 97 more, see audit_reports.")
    assert len(failure.message) < 1000


def test_warnings_name_their_cas() -> None:
    got = outcome(entry("reused", warnings=("Old.", "Old.")), entry("reused", OTHER_ARN, warnings=("Old.",)))
    assert got.warnings == [f"{OTHER_ARN}, {ARN}: Old."]
    assert got.failure is None


def test_nothing_found_is_said() -> None:
    assert "us-east-1" in outcome().warnings[0]


def test_diff_shows_only_what_differs() -> None:
    before, after = report(7200, name="r0"), report(1)
    same = entry("reused", OTHER_ARN, report=report(5, arn=OTHER_ARN), before=report(5, arn=OTHER_ARN))
    diff = outcome(entry("created", report=after, before=before, requested=True), same).results["diff"]
    assert {arn: each["audit_report_id"] for arn, each in diff["before"].items()} == {ARN: "r0"}
    assert {arn: each["audit_report_id"] for arn, each in diff["after"].items()} == {ARN: "r1"}


def test_diff_in_check_mode_predicts() -> None:
    diff = outcome(entry("created", requested=True), check_mode=True).results["diff"]
    assert diff["before"] == {ARN: {}}
    assert diff["after"] == {ARN: {"audit_report_status": "CREATING", "audit_report_response_format": "JSON"}}
