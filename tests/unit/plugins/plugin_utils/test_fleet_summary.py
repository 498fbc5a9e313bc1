# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.cloudpki.aws.plugins.plugin_utils.fleet_summary import fleet_document

from .fleet_builders import NOW, arn, authority, content, report


def kinds(document: dict[str, t.Any]) -> list[str]:
    return [each["kind"] for each in document["attention"]]


def test_numbers_are_added_up() -> None:
    document = fleet_document(
        [report(1), report(2, account=2)], [content(1), content(2, account=2)], [authority(1)], now=NOW
    )
    assert document["totals"] == {
        "accounts": 2,
        "regions": 1,
        "certificate_authorities": 2,
        "reports": 2,
        "reports_read": 2,
        "failed": 0,
        "issued": 20,
        "valid": 12,
        "expired": 6,
        "revoked": 2,
        "expiring_within": {"30": 0, "60": 2, "90": 4},
        "revoked_by_reason": {"SUPERSEDED": 2},
    }
    assert document["generated_at"] == "2026-11-23T09:00:00Z"
    assert document["attention"] == []
    assert document["issued_by_month"] == [
        {"month": "2026-01", "certificates": 8},
        {"month": "2026-10", "certificates": 12},
    ]
    assert document["by_template"][0]["certificates"] == 14
    assert document["by_requesting_principal"] == [
        {"principal": None, "certificates": 12},
        {"principal": "acm.amazonaws.com", "certificates": 8},
    ]


def test_the_next_twelve_months_with_those_in_which_nothing_expires() -> None:
    months = fleet_document([report(1)], [content(1)], [], now=NOW)["expiring_by_month"]
    assert [each["month"] for each in months][:3] == ["2026-11", "2026-12", "2027-01"]
    assert [each["certificates"] for each in months] == [1] + [0] * 10 + [4]


def test_nothing_at_all() -> None:
    document = fleet_document([], [], [], now=NOW)
    assert document["totals"]["certificate_authorities"] == 0
    assert document["certificate_authorities"] == []


def test_each_ca_once_whatever_is_known_of_it() -> None:
    document = fleet_document([report(2)], [content(3)], [authority(1)], now=NOW, names={"000000000001": "payments"})
    rows = document["certificate_authorities"]
    assert [row["certificate_authority_arn"] for row in rows] == [arn(1), arn(2), arn(3)]
    assert [row["certificates"] is None for row in rows] == [True, True, False]
    assert rows[0]["account_name"] == "payments"
    assert rows[1]["report"]["s3_key"] == "audit-report/2/report-2.json"


@pytest.mark.parametrize(
    ("reports", "contents", "authorities", "expected"),
    [
        ([report(1, action="failed", error="It is gone.")], [], [], ["report_failed"]),
        ([report(1, age=8 * 86400)], [content(1)], [], ["report_stale"]),
        ([report(1)], [], [], ["reports_unread"]),
        ([report(1)], [{**report(1), "error": {"message": "Cut off."}}], [], ["report_unreadable"]),
        ([report(1)], [content(1, expiring_within={"30": 2, "60": 2, "90": 2})], [], ["certificates_expiring"]),
        ([report(1)], [content(1, revoked_by_reason={"KEY_COMPROMISE": 1})], [], ["key_compromised"]),
        ([report(1)], [content(1, unreadable=1)], [], ["rows_unreadable"]),
        ([], [], [authority(1, days=-1)], ["certificate_authority_expired"]),
        ([], [], [authority(1, status="EXPIRED")], ["certificate_authority_expired"]),
        ([], [], [authority(1, days=20)], ["certificate_authority_expiring"]),
        ([], [], [authority(1, days=-1, status="DELETED")], []),
        ([], [], [{**authority(1), "not_after": None}], []),
        (
            [{**report(1, action="failed", error="No entry."), "certificate_authority_arn": None}],
            [],
            [],
            ["account_failed"],
        ),
    ],
)
def test_what_needs_attention(
    reports: list[t.Any], contents: list[t.Any], authorities: list[t.Any], expected: list[str]
) -> None:
    assert kinds(fleet_document(reports, contents, authorities, now=NOW)) == expected


def test_what_is_worst_comes_first_and_of_the_same_the_most() -> None:
    soon = {"60": 9, "90": 9}
    document = fleet_document(
        [report(1), report(2), report(3, action="failed", error="X")],
        [content(1, expiring_within={"30": 2, **soon}), content(2, expiring_within={"30": 5, **soon})],
        [],
        now=NOW,
    )
    assert kinds(document) == ["report_failed", "certificates_expiring", "certificates_expiring"]
    assert [each["count"] for each in document["attention"]] == [1, 5, 2]
    assert document["attention"][1]["text"] == f"{arn(2)}: 5 certificates expire within 30 days."


def test_a_wider_window() -> None:
    document = fleet_document([report(1)], [content(1)], [authority(1, days=59)], now=NOW, expiring_within=60)
    assert kinds(document) == ["certificates_expiring", "certificate_authority_expiring"]
    assert document["expiring_within_days"] == 60


def test_the_time_zone_of_the_run_does_not_matter() -> None:
    shifted = NOW.astimezone(tz=None) + timedelta(0)
    assert fleet_document([], [], [], now=shifted) == fleet_document([], [], [], now=NOW)


def test_what_was_not_read_is_told_from_what_is_zero() -> None:
    totals = fleet_document([report(1), report(2), report(3, action="failed")], [content(1)], [authority(4)], now=NOW)[
        "totals"
    ]
    assert (totals["certificate_authorities"], totals["reports"], totals["reports_read"]) == (4, 2, 1)
    empty = fleet_document([report(1)], [{**report(1), "summary": {}}], [], now=NOW)
    assert empty["totals"]["reports_read"] == 1


def test_an_account_that_both_modules_lost_is_told_once() -> None:
    lost = {
        "certificate_authority_arn": None,
        "account_id": "000000000001",
        "region": None,
        "s3_key": None,
        "error": {"code": "AccessDenied", "message": "No role."},
    }
    elsewhere = {**lost, "account_id": None, "region": "eu-west-1"}
    named = {"000000000001": "payments"}
    document = fleet_document([{**lost, "action": "failed"}], [lost, elsewhere], [], now=NOW, names=named)
    assert [(each["kind"], each["account_id"], each["region"], each["text"]) for each in document["attention"]] == [
        (
            "account_failed",
            "000000000001",
            None,
            "The account payments (000000000001) could not be looked at: No role.",
        ),
        ("account_failed", None, "eu-west-1", "The own account in eu-west-1 could not be looked at: No role."),
    ]


def test_a_report_that_was_named_by_its_key() -> None:
    by_key = {"certificate_authority_arn": None, "s3_key": "audit-report/1/2.json"}
    document = fleet_document([], [{**by_key, "error": {"code": "NoSuchKey"}}, {**by_key, "summary": {}}], [], now=NOW)
    assert [each["text"] for each in document["attention"]] == [
        "The report audit-report/1/2.json could not be read: NoSuchKey"
    ]


def test_the_first_certificates_of_all_cas() -> None:
    def named(number: int, *days: int) -> t.Any:
        return content(
            number,
            next_to_expire=[{"subject": f"CN={day}", "not_after": f"2026-12-{day:02d}T00:00:00Z"} for day in days],
            key_compromises=[{"subject": f"CN={day}", "revoked_at": f"2026-10-{day:02d}T00:00:00Z"} for day in days],
        )

    document = fleet_document([], [named(1, 1, 4, 5, 8, 9), named(2, 2, 3, 6)], [], now=NOW)
    soonest = [(each["subject"], each["certificate_authority_arn"]) for each in document["next_to_expire"]]
    assert soonest == [("CN=1", arn(1)), ("CN=2", arn(2)), ("CN=3", arn(2)), ("CN=4", arn(1)), ("CN=5", arn(1))]
    assert [each["subject"] for each in document["key_compromises"]] == ["CN=9", "CN=8", "CN=6", "CN=5", "CN=4"]


def test_a_long_name_leaves_the_sentence_readable() -> None:
    found = fleet_document([], [], [authority(1, name="x" * 64_000, days=-1)], now=NOW)["attention"][0]
    assert found["name"] == "x" * 120 + "..."
    assert found["text"] == f"The CA {found['name']} expired on 2026-11-22."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, [], []), "The reports: expected a list of dictionaries, as the modules return it, not null."),
        (
            ({"a": 1}, [], []),
            "The reports: expected a list of dictionaries, as the modules return it, not a dictionary.",
        ),
        (([], "x", []), "contents: expected a list of dictionaries, as the modules return it, not text."),
        (([], [], [{}, 5]), "authorities: item 2 is of the type int; expected a dictionary, as the modules return it."),
        (
            ([{"certificate_authority_arn": ["a"]}], [], []),
            "The reports: the certificate_authority_arn of item 1 is a list; expected text.",
        ),
        (
            ([], [content(1, issued="many")], []),
            f"The summary of {arn(1)} in contents is not one that cloudpki.aws.acm_pca_audit_report_info returns: "
            "invalid literal for int() with base 10: 'many'.",
        ),
    ],
)
def test_what_is_not_as_the_modules_return_it(arguments: t.Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        fleet_document(*arguments, now=NOW)
    assert str(caught.value) == said


def test_names_are_a_dictionary() -> None:
    with pytest.raises(ValueError, match="names: expected a dictionary of account ids and names, not a list"):
        fleet_document([], [], [], now=NOW, names=["a"])  # type: ignore[arg-type]


def test_parts_of_an_unexpected_kind_are_left_out() -> None:
    odd = {**report(1), "error": "It broke.", "age_seconds": "old"}
    document = fleet_document([odd], [], [{**authority(1), "certificate_authority_configuration": "x"}], now=NOW)
    row = document["certificate_authorities"][0]
    assert (row["name"], row["report"]["error"], row["report"]["age_seconds"]) == (None, "It broke.", None)
