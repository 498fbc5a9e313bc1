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

from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.attention import KINDS, SEVERITIES
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from sample_fleet import NAMES, NOW, Fleet, add_authority, arn_of, certificate, iso, sample_fleet, summary_of

ACCOUNT = "111122223333"
ARN = arn_of(ACCOUNT, "us-east-1", 1)


def document_of(
    reports: t.Any = (), contents: t.Any = (), authorities: t.Any = (), **options: t.Any
) -> dict[str, t.Any]:
    return fleet_document(list(reports), list(contents), list(authorities), options.pop("now", NOW), **options)


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


def authority(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "certificate_authority_arn": ARN,
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "status": "ACTIVE",
        "type": "ROOT",
        "not_after": (NOW + timedelta(days=1000)).isoformat(),
        "certificate_authority_configuration": {"key_algorithm": "RSA_2048", "subject": {"common_name": "The CA"}},
        **changes,
    }


def only_row(document: dict[str, t.Any]) -> dict[str, t.Any]:
    (row,) = document["certificate_authorities"]
    return t.cast("dict[str, t.Any]", row)


def matters(document: dict[str, t.Any]) -> list[tuple[str, str]]:
    return [(item["severity"], item["kind"]) for item in document["attention"]]


def test_that_short_lived_certificates_expire_is_what_they_are_for() -> None:
    summary = {"issued": 1, "valid": 1, "expiring_within": {"30": 1, "60": 1, "90": 1}}
    for mode, found in (("GENERAL_PURPOSE", ["certificates_expiring"]), ("SHORT_LIVED_CERTIFICATE", [])):
        document = document_of([report()], [content(summary)], [authority(usage_mode=mode)])
        assert [item["kind"] for item in document["attention"]] == found


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
            content(second, **placed, changes={"newly_issued": 1, "newly_revoked": 1, "newly_expired": 0}),
        ],
        [authority(not_after="2027-10-31T23:00:00Z"), authority(**placed, status="DISABLED")],
        names={222233334444: "payments"},
    )
    assert document["totals"] == {
        "accounts": 2, "regions": 2, "certificate_authorities": 2, "certificate_authorities_counted": 2,
        "certificate_authorities_by_status": {"ACTIVE": 1, "DISABLED": 1},
        "reports": {"current": 2}, "unreachable": 0,
        "issued": 15, "valid": 10, "expired": 3, "revoked": 2,
        "revoked_by_reason": {"KEY_COMPROMISE": 1, "SUPERSEDED": 1},
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
        ([report()], [content(error={"code": "X", "message": "Y"})], [], "unreadable"),
        # A report that could be read makes up for one that could not.
        ([report()], [content(error={"code": "X", "message": "Y"}), content()], [], "current"),
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


def test_the_newest_report_that_could_be_read_counts() -> None:
    older = content({"issued": 1, "valid": 1}, created_at="2026-11-22T08:30:00Z", s3_key="older")
    newer = content({"issued": 2, "valid": 2}, created_at="2026-11-22T08:30:01Z", s3_key="newer")
    document = document_of([], [newer, older])
    assert document["totals"]["issued"] == 2
    assert only_row(document)["report"]["s3_key"] == "newer"
    assert only_row(document)["report"]["age_seconds"] == 86399


def test_a_row_says_what_three_modules_say() -> None:
    row = only_row(document_of([report()], [content()], [authority()]))
    assert (row["name"], row["type"], row["key_algorithm"]) == ("The CA", "ROOT", "RSA_2048")
    assert (row["account_id"], row["region"], row["status"], row["severity"]) == (ACCOUNT, "us-east-1", "ACTIVE", None)
    assert row["report"]["action"] == "reused"
    # The ARN tells where it is, where nothing else does.
    row = only_row(document_of([], [{"certificate_authority_arn": ARN}]))
    assert (row["account_id"], row["region"], row["counts"]) == (ACCOUNT, "us-east-1", None)


def test_accounts_and_regions_that_could_not_be_looked_at() -> None:
    denied = {"code": "AccessDenied", "message": "The role cannot be assumed."}
    whole = report(certificate_authority_arn=None, region=None, action="failed", error=denied)
    region = report(certificate_authority_arn=None, region="eu-west-1", action="failed", error=denied)
    own = report(certificate_authority_arn=None, account_id=None, region=None, action="failed", error=denied)
    # The other module fails at the same.
    document = document_of([whole, region, own], [whole], names={ACCOUNT: "payments"})
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


@pytest.mark.parametrize(
    ("summary", "wanted"),
    [
        ({"expiring_within": {"30": 1}}, [("warning", "certificates_expiring", 1)]),
        ({"expiring_within": {"30": 0, "60": 9}}, []),
        ({"revoked_by_reason": {"SUPERSEDED": 4}}, []),
        # When is not known: no reason for alarm, but one to look.
        ({"revoked_by_reason": {"KEY_COMPROMISE": 2, "CA_COMPROMISE": 1}}, [("notice", "key_compromise", 3)]),
        (
            {
                "revoked_by_reason": {"KEY_COMPROMISE": 1},
                "key_compromises": [certificate(1, NOW - timedelta(days=29), "revoked_at")],
            },
            [("critical", "key_compromise", 1)],
        ),
        (
            {
                "revoked_by_reason": {"KEY_COMPROMISE": 1},
                "key_compromises": [certificate(1, NOW - timedelta(days=31), "revoked_at")],
            },
            [("notice", "key_compromise", 1)],
        ),
        ({"unreadable": 2}, [("notice", "rows_unreadable", 2)]),
    ],
)
def test_certificates_that_need_attention(summary: dict[str, t.Any], wanted: list[tuple[str, str, int]]) -> None:
    document = document_of([report()], [content(summary)])
    assert [(each["severity"], each["kind"], each["count"]) for each in document["attention"]] == wanted


def test_sentences_say_what_and_when() -> None:
    summary = {
        "expiring_within": {"30": 1200},
        "next_to_expire": [certificate(7, NOW + timedelta(days=2), "not_after")],
        "revoked_by_reason": {"KEY_COMPROMISE": 1},
        "key_compromises": [certificate(8, NOW - timedelta(days=2), "revoked_at")],
    }
    document = document_of([report()], [content(summary)], [authority(not_after=days(40))])
    assert [(item["sentence"], item["due_at"]) for item in document["attention"]] == [
        (
            "The CA revoked 1 certificate because a private key was compromised: CN=service-8.example.com,"
            "O=Example Corp, serial 4a:08:9c:01, on 2026-11-21.",
            "2026-11-21T08:30:00Z",
        ),
        (
            "The CA expires on 2027-01-02, in 40 days. It can issue nothing that is valid for longer.",
            "2027-01-02T08:30:00Z",
        ),
        (
            "The CA has 1,200 certificates that expire within 30 days, the first on 2026-11-25: "
            "CN=service-7.example.com,O=Example Corp.",
            "2026-11-25T08:30:00Z",
        ),
    ]


def test_the_days_ahead_can_be_chosen() -> None:
    contents = [content({"expiring_within": {"30": 0, "60": 5, "90": 6}})]
    document = document_of([report()], contents, [authority(not_after=days(59))], expiring_within=60)
    assert matters(document) == [("critical", "authority_expiring"), ("warning", "certificates_expiring")]
    assert document["accounts"][0]["expiring"] == 5


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
    assert {item["kind"] for item in document["attention"]} == set(KINDS) - {"authority_failed", "report_missing"}
    assert json.loads(json.dumps(document)) == document


def test_the_results_of_the_modules_are_left_as_they_are() -> None:
    fleet = sample_fleet()
    before = copy.deepcopy(fleet)
    fleet_document(**fleet.arguments(), now=NOW)
    assert fleet == before


def test_hostile_text_is_cut_and_made_visible() -> None:
    subject = {"common_name": "\u202e<script>" + "x" * 65536}
    document = document_of(
        [report(action="failed", error={"code": "\n", "message": "y" * 65536})],
        [content({"by_template": {"t" * 65536: 1, "t" * 65535: 2}})],
        [authority(certificate_authority_configuration={"subject": subject})],
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
            "reports is of the type dict, not a list. Pass the audit_reports that acm_pca_audit_report returned.",
        ),
        ({"contents": [1]}, "contents[0] is of the type int, not a dictionary."),
        ({"reports": [{}]}, "reports[0] has neither a certificate_authority_arn nor an error."),
        ({"reports": [report(created_at="soon")]}, "reports[0].created_at is 'soon', which is not a time such as"),
        ({"reports": [report(created_at="0001-01-01T00:00:00+23:00")]}, "which is not a time such as"),
        ({"reports": [report(created_at=7)]}, "reports[0].created_at is 7, which is not a time such as"),
        ({"reports": [report(error="no")]}, "reports[0].error is 'no', which is not a dictionary."),
        ({"authorities": [authority(status=7)]}, "authorities[0].status is 7, which is not a text."),
        (
            {"contents": [content({"valid": -1})]},
            "contents[0].summary.valid is -1, which is not a number of at least 0.",
        ),
        ({"contents": [content({"valid": "1"})]}, "contents[0].summary.valid is '1', which is not a number"),
        (
            {"contents": [content({"by_template": [1]})]},
            "contents[0].summary.by_template is [1], which is not a dictionary",
        ),
        (
            {"contents": [content({"by_template": {"a": True}})]},
            "is {'a': True}, which is not a dictionary of numbers.",
        ),
        (
            {"contents": [content({"next_to_expire": 1})]},
            "contents[0].summary.next_to_expire is of the type int, not a list.",
        ),
        ({"names": ["a"]}, "names is of the type list, not a dictionary of names by account ids."),
        ({"expiring_within": 45}, "expiring_within is 45, but the reports are counted for 30, 60, 90 days."),
        ({"stale_after": 0}, "stale_after is 0, which is not a number of seconds of at least 1."),
        ({"now": datetime(2026, 1, 1)}, "now is 2026-01-01T00:00:00, without a time zone."),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_summed_up_is_named(arguments: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(SummaryError) as raised:
        fleet_document(**{"reports": [], "contents": [], "authorities": [], "now": NOW, **arguments})
    assert sentence in str(raised.value)


def test_an_account_id_that_lost_its_zeros_is_found() -> None:
    fleet = Fleet([], [], [], {})
    add_authority(fleet, 1, "000022223333", "us-east-1")
    document = document_of(fleet.reports, fleet.contents, fleet.authorities, names={22223333: "old"})
    assert document["accounts"][0]["account_name"] == "old"


def test_a_thousand_authorities_take_little_time() -> None:
    contents = [
        content(summary_of(number, 50), certificate_authority_arn=arn_of(ACCOUNT, "us-east-1", number))
        for number in range(1000)
    ]
    assert document_of([], contents)["totals"]["certificate_authorities_counted"] == 1000
