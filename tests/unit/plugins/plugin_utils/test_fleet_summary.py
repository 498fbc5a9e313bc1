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
        ([report(1, age=8 * 86400)], [], [], ["report_stale"]),
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
