# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document: numbers that can be checked by hand, and what comes first."""

from __future__ import annotations

import copy
import json
import typing as t
from datetime import datetime, timedelta

import pytest

from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_findings import audit_summary_findings
from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_text import audit_summary_text
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.attention import KINDS, SEVERITIES
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from sample_fleet import NAMES, NOW, arn_of, certificate, iso, sample_fleet, summary_of

ACCOUNT = "111122223333"
ARN = arn_of(ACCOUNT, "us-east-1", 1)


def document_of(
    reports: t.Any = (), contents: t.Any = (), authorities: t.Any = (), **options: t.Any
) -> dict[str, t.Any]:
    """Of entries of both modules; each of ``authorities`` describes the CA of an entry, or of one of its own."""
    entries = [dict(each) for each in contents]
    for number, described in enumerate(authorities):
        if number == len(entries):
            entries.append({"certificate_authority_arn": ARN, "created_at": None, "s3_key": None})
        entries[number]["certificate_authority"] = described
    made, read = {"audit_reports": list(reports)}, {"audit_reports": entries, "findings": options.pop("findings", [])}
    return fleet_document([read], [made], options.pop("now", NOW), **options)


def report(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "certificate_authority_arn": ARN,
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "certificate_authority_status": "ACTIVE",
        "action": "reused",
        "audit_report_id": "r1",
        "audit_report_status": "SUCCESS",
        "created_at": (NOW - timedelta(hours=1)).isoformat(),
        "age_seconds": 3600,
        "s3_bucket_name": "bucket",
        "s3_key": "audit-report/x/r1.json",
        **changes,
    }


def content(summary: dict[str, t.Any] | None = None, **changes: t.Any) -> dict[str, t.Any]:
    nothing = {"issued": 0, "valid": 0, "expired": 0, "revoked": 0}
    return {**report(), "summary": {**nothing, **(summary or {})}, **changes}


def unread(**changes: t.Any) -> dict[str, t.Any]:
    """A report of which nothing is known."""
    return content(**changes) | {"summary": None}


def authority(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "name": "The CA",
        "status": "ACTIVE",
        "type": "ROOT",
        "key_algorithm": "RSA_2048",
        "not_after": (NOW + timedelta(days=1000)).isoformat(),
        **changes,
    }


def finding(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "rule": "expiring",
        "severity": "warning",
        "certificate_authority_arn": ARN,
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "count": 1,
        "short_lived": 0,
        "certificates": [certificate(7, NOW + timedelta(days=2), "not_after")],
        **changes,
    }


def only_row(document: dict[str, t.Any]) -> dict[str, t.Any]:
    (row,) = document["certificate_authorities"]
    return t.cast("dict[str, t.Any]", row)


def matters(document: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(item["severity"], item["kind"]) for item in document["attention"]]


def test_nothing_at_all() -> None:
    document = document_of()
    assert document["schema_version"] == 1
    assert document["generated_at"] == "2026-11-23T08:30:00Z"
    assert document["totals"]["certificate_authorities"] == document["totals"]["issued"] == 0
    assert document["attention"] == document["certificate_authorities"] == document["accounts"] == []
    assert [each["month"] for each in document["expiry_by_month"]] == [
        "2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04",
        "2027-05", "2027-06", "2027-07", "2027-08", "2027-09", "2027-10",
    ]  # fmt: skip
    assert document["issued_by_month"][0] == {"month": "2025-12", "certificates": 0}
    assert document["issued_by_month"][-1] == {"month": "2026-11", "certificates": 0}


def test_sums_over_two_authorities() -> None:
    other = arn_of("222233334444", "eu-central-1", 2)
    first = {
        "issued": 10, "valid": 6, "expired": 3, "revoked": 1,
        "revoked_by_reason": {"SUPERSEDED": 1},
        "recently_revoked_by_reason": {"SUPERSEDED": 1},
        "issued_within": {"1": 1, "7": 2, "30": 6},
        "expiring_within": {"30": 1, "60": 2, "90": 3},
        "by_template": {"a": 7, "none": 3},
        "by_requesting_principal": {"acm.amazonaws.com": 10},
        "issued_by_month": {"2024-01": 4, "2026-11": 6},
        "expiring_by_month": {"2026-12": 2, "2027-10": 1, "2027-11": 3},
        "unreadable": 2,
    }  # fmt: skip
    second = {
        "issued": 5, "valid": 4, "expired": 0, "revoked": 1,
        "revoked_by_reason": {"KEY_COMPROMISE": 1},
        "expiring_within": {"30": 0, "60": 0, "90": 1},
        "by_template": {"a": 1, "b": 4},
        "by_requesting_principal": {"none": 5},
        "issued_by_month": {"2026-10": 5},
        "expiring_by_month": {"2026-12": 1, "2030-01": 3},
    }  # fmt: skip
    placed = {"certificate_authority_arn": other, "account_id": "222233334444", "region": "eu-central-1"}
    document = document_of(
        [report(), report(**placed)],
        [
            content(first, changes={"newly_issued": 3, "newly_revoked": 0, "newly_expired": 1}),
            content(
                second,
                **placed,
                account_name="payments",
                changes={"newly_issued": 1, "newly_revoked": 1, "newly_expired": 0},
            ),
        ],
        [authority(not_after="2027-10-31T23:00:00Z"), authority(status="DISABLED", key_algorithm="ML_DSA_44")],
    )
    assert document["totals"] == {
        "accounts": 2, "regions": 2, "certificate_authorities": 2, "certificate_authorities_counted": 2,
        "certificate_authorities_by_status": {"ACTIVE": 1, "DISABLED": 1},
        "reports": {"current": 2}, "unreachable": 0,
        "attention": {"critical": 0, "warning": 0, "notice": 1},
        "issued": 15, "own_certificates": 0, "valid": 10, "expired": 3, "revoked": 2,
        "revoked_by_reason": {"KEY_COMPROMISE": 1, "SUPERSEDED": 1},
        "recently_revoked_by_reason": {"SUPERSEDED": 1},
        "issued_within": {"1": 1, "7": 2, "30": 6},
        "expiring_within": {"30": 1, "60": 2, "90": 4},
        "unreadable": 2,
        "changes": {"newly_expired": 1, "newly_issued": 4, "newly_revoked": 1},
    }  # fmt: skip
    months = {each["month"]: each for each in document["expiry_by_month"]}
    assert months["2026-12"]["certificates"] == 3
    assert months["2027-10"] == {"month": "2027-10", "certificates": 1, "certificate_authorities": 1}
    assert document["expiring_later"] == 6
    assert [each["certificates"] for each in document["issued_by_month"]] == [0] * 10 + [5, 6]
    assert document["issued_earlier"] == 4
    assert document["by_template"] == [
        {"template_arn": "a", "certificates": 8},
        {"template_arn": "b", "certificates": 4},
        {"template_arn": "none", "certificates": 3},
    ]
    assert document["by_requesting_principal"] == [
        {"requested_by_service_principal": "acm.amazonaws.com", "certificates": 10},
        {"requested_by_service_principal": "none", "certificates": 5},
    ]
    assert document["by_key_algorithm"] == [
        {"key_algorithm": "ML_DSA_44", "post_quantum": True, "certificate_authorities": 1, "valid": 4},
        {"key_algorithm": "RSA_2048", "post_quantum": False, "certificate_authorities": 1, "valid": 6},
    ]
    assert [(each["account_id"], each["account_name"], each["issued"]) for each in document["accounts"]] == [
        (ACCOUNT, None, 10),
        ("222233334444", "payments", 5),
    ]
    assert document["certificate_authorities"][0]["account_name"] == "payments"
    assert document["certificate_authorities"][0]["counts"]["key_compromises"] == 1


@pytest.mark.parametrize(
    ("reports", "contents", "authorities", "state"),
    [
        ([report()], [], [], "current"),
        ([], [content()], [], "current"),
        ([report(created_at="2026-11-20T08:30:00Z")], [], [], "stale"),
        # What was requested now could be read only in an older report.
        ([report()], [content(created_at="2026-11-01T08:30:00Z")], [], "stale"),
        ([report(action="pending", audit_report_status="CREATING")], [], [], "pending"),
        ([report(action="created", audit_report_status="CREATING")], [], [], "pending"),
        ([report(action="created", audit_report_id=None, created_at=None)], [], [], "pending"),  # check mode
        ([report(action="failed", error={"code": "X", "message": "Y"})], [content()], [], "failed"),
        ([report()], [unread(error={"code": "X", "message": "Y"})], [], "unreadable"),
        # What was read is counted, whatever else is not known.
        ([report()], [content(error={"code": "X", "message": "Y"})], [], "current"),
        # It was deleted since.
        ([report()], [unread(s3_key=None, created_at=None)], [], "missing"),
        # A report that could be read makes up for one that could not.
        ([report()], [unread(error={"code": "X", "message": "Y"}), content()], [], "current"),
        ([report(action="skipped", certificate_authority_status="EXPIRED", created_at=None)], [], [], "not_possible"),
        ([], [content()], [authority(status="EXPIRED")], "not_possible"),
        ([], [], [authority()], "missing"),
        ([], [], [authority(status="CREATING")], "not_possible"),
    ],
)
def test_the_state_of_a_report(reports: t.Any, contents: t.Any, authorities: t.Any, state: str) -> None:
    document = document_of(reports, contents, authorities)
    assert only_row(document)["report"]["state"] == state
    assert document["totals"]["reports"] == {state: 1}


def test_a_report_that_was_not_compared_with_every_rule() -> None:
    document = document_of([report()], [content({"issued": 2}, error={"code": "X", "message": "Tags are missing."})])
    assert matters(document) == [("critical", "report_incomplete")]
    assert document["attention"][0]["sentence"].endswith("some information about it is missing: Tags are missing.")
    assert document["totals"]["issued"] == 2
    # Findings about it may be missing, so that none may be archived.
    assert audit_summary_findings(document)["purge_prefixes"] == []
    assert audit_summary_findings(document_of([report()], [content()]))["purge_prefixes"] == [f"{ARN}/"]


def test_a_report_that_was_deleted_is_told() -> None:
    document = document_of([report()], [unread(s3_key=None, created_at=None)])
    assert matters(document) == [("critical", "report_missing")]
    assert document["attention"][0]["sentence"].endswith("has an audit report that is not in the bucket any more.")


def test_rules_and_skipped_regions_of_all_results() -> None:
    region = {"account_id": ACCOUNT, "region": "af-south-1", "reason": "not enabled"}
    rule = {"rule": "expiring", "severity": "warning", "findings": 1, "certificates": 2, "short_lived": 3}
    read = {"audit_reports": [], "findings_summary": [rule], "regions_skipped": [region]}
    made = {"audit_reports": [], "regions_skipped": [region, {**region, "region": "me-south-1"}]}
    document = fleet_document([read, read], [made], NOW)
    assert document["rules"] == [{"rule": "expiring", "severity": "warning", "certificates": 4, "short_lived": 6}]
    assert [each["region"] for each in document["regions_skipped"]] == ["af-south-1", "me-south-1"]
    assert "- 6 certificates: expiring" in audit_summary_text(document)["text"]


def test_the_newest_report_that_could_be_read_counts() -> None:
    older = content({"issued": 1, "valid": 1}, created_at="2026-11-22T08:30:00Z", s3_key="older")
    newer = content({"issued": 2, "valid": 2}, created_at="2026-11-22T08:30:01Z", s3_key="newer")
    document = document_of([], [newer, older])
    assert document["totals"]["issued"] == 2
    assert only_row(document)["report"]["s3_key"] == "newer"
    assert only_row(document)["report"]["age_seconds"] == 86399


def test_a_row_says_what_both_modules_say() -> None:
    row = only_row(document_of([report()], [content()], [authority()]))
    assert (row["name"], row["type"], row["key_algorithm"]) == ("The CA", "ROOT", "RSA_2048")
    assert (row["account_id"], row["region"], row["status"], row["severity"]) == (ACCOUNT, "us-east-1", "ACTIVE", None)
    assert row["report"]["action"] == "reused"
    # The ARN tells where it is, where nothing else does.
    row = only_row(document_of([], [{"certificate_authority_arn": ARN}]))
    assert (row["account_id"], row["region"], row["counts"]) == (ACCOUNT, "us-east-1", None)


def test_accounts_and_regions_that_could_not_be_looked_at() -> None:
    denied = {"code": "AccessDenied", "message": "The role cannot be assumed."}
    nowhere = report(certificate_authority_arn=None, action="failed", error=denied, account_name="payments")
    whole, region = {**nowhere, "region": None}, {**nowhere, "region": "eu-west-1"}
    own = {**nowhere, "region": None, "account_id": None, "account_name": None}
    # The other module fails at the same.
    document = document_of([whole, region, own], [whole])
    assert [(each["account_id"], each["region"]) for each in document["unreachable"]] == [
        (None, None), (ACCOUNT, None), (ACCOUNT, "eu-west-1"),
    ]  # fmt: skip
    assert document["totals"]["unreachable"] == 3
    assert document["totals"]["accounts"] == 1
    assert [item["sentence"] for item in document["attention"]] == [
        "The account of the task's own credentials could not be read: The role cannot be assumed.",
        "Account 111122223333 (payments) could not be read: The role cannot be assumed.",
        "Account 111122223333 (payments) in eu-west-1 could not be read: The role cannot be assumed.",
    ]
    assert all(item["sentence"].startswith(item["name"]) for item in document["attention"])
    assert document["accounts"][0]["unreachable"] == 2


def days(number: float) -> str:
    return iso(NOW + timedelta(days=number))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"not_after": days(-1)}, [("critical", "authority_expired")]),
        ({"not_after": days(-1), "status": "EXPIRED"}, [("critical", "authority_expired")]),
        ({"not_after": days(-1), "status": "DELETED"}, []),
        ({"not_after": days(5), "status": "DELETED"}, []),
        ({"not_after": days(29.9)}, [("critical", "authority_expiring")]),
        ({"not_after": days(30.1)}, [("warning", "authority_expiring")]),
        ({"not_after": days(89.9)}, [("warning", "authority_expiring")]),
        ({"not_after": days(90.1)}, []),
        ({"not_after": None, "status": "PENDING_CERTIFICATE"}, [("notice", "authority_pending")]),
        ({"not_after": None, "status": "FAILED"}, [("critical", "authority_failed")]),
    ],
)
def test_authorities_that_need_attention(changes: dict[str, t.Any], wanted: list[tuple[str, str]]) -> None:
    document = document_of([report()], [content()], [authority(**changes)])
    assert matters(document) == wanted
    assert only_row(document)["severity"] == (wanted[0][0] if wanted else None)


def test_rules_and_rows_that_could_not_be_read_need_attention() -> None:
    findings = [
        finding(rule="later", severity="notice", count=1200),
        finding(rule="key compromise", severity="critical", certificates=[]),
        finding(rule="only short-lived ones", count=0, short_lived=7, certificates=[]),
    ]
    document = document_of([report()], [content({"unreadable": 2})], findings=findings)
    assert [(each["severity"], each["kind"], each["rule"], each["count"]) for each in document["attention"]] == [
        ("critical", "rule", "key compromise", 1),
        ("notice", "rule", "later", 1200),
        ("notice", "rows_unreadable", None, 2),
    ]
    assert document["totals"]["attention"] == {"critical": 1, "warning": 0, "notice": 2}
    assert [each["rule"] for each in document["findings"]] == ["key compromise", "only short-lived ones", "later"]


def test_sentences_say_what_and_when() -> None:
    compromise = {**certificate(8, NOW - timedelta(days=2), "revoked_at"), "revocation_reason": "KEY_COMPROMISE"}
    findings = [
        finding(rule="expiring", count=1200),
        finding(rule="key compromise", severity="critical", certificates=[compromise]),
    ]
    document = document_of([report()], [content()], [authority(not_after=days(40))], findings=findings)
    assert [(item["sentence"], item["due_at"]) for item in document["attention"]] == [
        (
            'The CA has 1 certificate that matches the rule "key compromise": CN=service-8.example.com,O=Example Corp '
            "was revoked on 2026-11-21 (KEY_COMPROMISE).",
            "2026-11-21T08:30:00Z",
        ),
        (
            "The CA expires on 2027-01-02, in 40 days. It can issue nothing that is valid for longer.",
            "2027-01-02T08:30:00Z",
        ),
        (
            'The CA has 1,200 certificates that match the rule "expiring", the first: '
            "CN=service-7.example.com,O=Example Corp is valid until 2026-11-25.",
            "2026-11-25T08:30:00Z",
        ),
    ]


def test_the_days_ahead_can_be_chosen() -> None:
    contents = [content({"expiring_within": {"30": 0, "60": 5, "90": 6}})]
    document = document_of([report()], contents, expiring_within=60)
    assert document["accounts"][0]["expiring"] == 5


def test_tasks_that_failed_as_a_whole_and_loops() -> None:
    loop = {"results": [{"audit_reports": [report()]}, {"skipped": True}, {"failed": True, "msg": "No such bucket.\n"}]}
    document = fleet_document([{"failed": True, "msg": "No such bucket.\n"}], [loop], NOW)
    assert [(item["kind"], item["sentence"]) for item in document["attention"]] == [
        ("task_failed", "No such bucket.\\u000a")
    ]
    assert len(document["certificate_authorities"]) == 1


def test_when_a_report_is_stale_can_be_chosen() -> None:
    document = document_of([report()], stale_after=3599)
    assert matters(document) == [("warning", "report_stale")]
    assert "less than a day ago" in document["attention"][0]["sentence"]
    assert matters(document_of([report()], stale_after=3600)) == []


def test_the_sample_is_consistent() -> None:
    document = fleet_document(**sample_fleet().arguments(), now=NOW)
    totals = document["totals"]

    def certificates(name: str) -> int:
        return sum(each["certificates"] for each in document[name])

    assert (totals["certificate_authorities"], totals["accounts"]) == (40, len(NAMES) + 1)
    assert totals["issued"] == totals["valid"] + totals["expired"] + totals["revoked"]
    assert sum(totals["reports"].values()) == 40
    assert certificates("expiry_by_month") + document["expiring_later"] == totals["valid"]
    assert certificates("issued_by_month") + document["issued_earlier"] == totals["issued"]
    for name in ("by_template", "by_requesting_principal"):
        assert certificates(name) == totals["issued"]
    for name in ("issued", "valid", "revoked", "certificate_authorities"):
        assert sum(each[name] for each in document["accounts"]) == totals[name]
    order = [(SEVERITIES.index(item["severity"]), KINDS.index(item["kind"])) for item in document["attention"]]
    assert order == sorted(order)
    missing = {"authority_failed", "report_incomplete", "report_missing", "task_failed"}
    assert {item["kind"] for item in document["attention"]} == set(KINDS) - missing
    assert json.loads(json.dumps(document)) == document


def test_the_results_of_the_modules_are_left_as_they_are() -> None:
    fleet = sample_fleet()
    before = copy.deepcopy(fleet)
    fleet_document(**fleet.arguments(), now=NOW)
    assert fleet == before


def test_hostile_text_is_cut_and_made_visible() -> None:
    document = document_of(
        [report(action="failed", error={"code": "\n", "message": "y" * 65536})],
        [content({"by_template": {"t" * 65536: 1, "t" * 65535: 2}})],
        [authority(name="\u202e<script>" + "x" * 65536)],
    )
    name = only_row(document)["name"]
    assert name.startswith("\\u202e<script>x") and len(name) == 256
    assert len(document["attention"][0]["sentence"]) < 1000
    assert document["by_template"] == [{"template_arn": "t" * 253 + "...", "certificates": 3}]
    assert len(json.dumps(document)) < 10000


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"reports": {}},
            "reports is of the type dict, not a list. Pass what the module acm_pca_audit_report returned.",
        ),
        ({"results": [{}]}, "results[0] has no audit_reports; pass what the module acm_pca_audit_report_info returned"),
        ({"contents": 1}, "results[0].audit_reports is of the type int, not a list."),
        ({"contents": [1]}, "results[0].audit_reports[0] is of the type int, not a dictionary."),
        ({"contents": [{}]}, "results[0].audit_reports[0] has neither a certificate_authority_arn nor an error."),
        ({"contents": [report(created_at="soon")]}, "].created_at is 'soon', which is not a time such as"),
        ({"contents": [report(created_at="0001-01-01T00:00:00+23:00")]}, "which is not a time such as"),
        ({"contents": [report(created_at=7)]}, "].created_at is 7, which is not a time such as"),
        ({"contents": [report(error="no")]}, "].error is 'no', which is not a dictionary."),
        ({"contents": [report(certificate_authority=authority(status=7))]}, "y.status is 7, which is not a text."),
        ({"contents": [content({"valid": -1})]}, "].summary.valid is -1, which is not a number of at least 0."),
        ({"contents": [content({"valid": "1"})]}, "].summary.valid is '1', which is not a number"),
        ({"contents": [content({"by_template": [1]})]}, "].summary.by_template is [1], which is not a dictionary"),
        (
            {"contents": [content({"by_template": {"a": True}})]},
            "is {'a': True}, which is not a dictionary of numbers.",
        ),
        (
            {"contents": [content({"next_to_expire": 1})]},
            "].summary.next_to_expire is of the type int, not a list.",
        ),
        (
            {"findings": [finding(severity="bad")]},
            "results[0].findings[0].severity is none of critical, warning, notice",
        ),
        ({"findings": [finding(count=-1)]}, "results[0].findings[0].count is -1, which is not a number"),
        ({"expiring_within": 45}, "expiring_within is 45, but the reports are counted for 30, 60, 90 days."),
        ({"stale_after": 0}, "stale_after is 0, which is not a number of seconds of at least 1."),
        ({"now": datetime(2026, 1, 1)}, "now is 2026-01-01T00:00:00, without a time zone."),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_summed_up_is_named(arguments: dict[str, t.Any], sentence: str) -> None:
    read = {"audit_reports": arguments.pop("contents", []), "findings": arguments.pop("findings", [])}
    with pytest.raises(SummaryError) as raised:
        fleet_document(**{"results": [read], "reports": [], "now": NOW, **arguments})
    assert sentence in str(raised.value)


def test_a_thousand_authorities_take_little_time() -> None:
    contents = [
        content(summary_of(number, 50), certificate_authority_arn=arn_of(ACCOUNT, "us-east-1", number))
        for number in range(1000)
    ]
    assert document_of([], contents)["totals"]["certificate_authorities_counted"] == 1000
