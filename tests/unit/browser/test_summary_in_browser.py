# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary page in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.cloudpki.aws.plugins.plugin_utils.fleet_summary import fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils.summary_page import summary_page
from ansible_collections.cloudpki.aws.tests.unit.plugins.plugin_utils.fleet_builders import (
    NOW,
    authority,
    content,
    report,
)

from .chromium import Page, browser

PICTURES = Path(__file__).resolve().parents[3] / "build" / "pictures"

HOSTILE = "<img src=x onerror=document.title='pwned'>"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Forty CAs of five accounts, with something of every kind."""
    numbers = range(40)
    reports = [
        report(each, each % 5, action="failed", error="It is in the wrong status.")
        if each % 13 == 5
        else report(each, each % 5)
        for each in numbers
    ]
    contents = [
        content(each, each % 5, issued=100 + each, valid=90 + each, expired=7, revoked=3)
        for each in numbers
        if each % 13 != 5
    ]
    authorities = [
        authority(each, f"Issuing CA {each:02d}", each % 5, status="DISABLED" if each % 4 == 0 else "ACTIVE")
        for each in numbers
    ]
    authorities[7]["certificate_authority_configuration"] = {"subject": {"common_name": HOSTILE}}
    return fleet_document(reports, contents, authorities, now=NOW)


@pytest.fixture(scope="module")
def page(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(summary_page(document), encoding="utf-8")
    with browser() as tab:
        tab.resize(1280)
        tab.open(file.as_uri())
        yield tab


def names(page: Page) -> list[str]:
    """The CAs of the table that are shown, in their order."""
    found: list[str] = page.run(
        "Array.from(document.querySelectorAll('#authorities tbody tr')).filter(row => !row.hidden)"
        ".map(row => row.cells[0].firstChild.textContent)"
    )
    return found


def click(page: Page, column: str) -> None:
    page.run(
        "Array.from(document.querySelectorAll('#authorities thead button'))"
        f".find(each => each.textContent === {json.dumps(column)}).click()"
    )


def type_into(page: Page, name: str, value: str) -> None:
    page.run(
        f"(field => {{ field.value = {json.dumps(value)}; field.dispatchEvent(new Event('input'));"
        f" field.dispatchEvent(new Event('change')); }})(document.getElementById({json.dumps(name)}))"
    )


def test_the_numbers_are_those_of_the_document(page: Page, document: dict[str, Any]) -> None:
    shown = page.run(
        "Object.fromEntries(Array.from(document.querySelectorAll('[data-total]'))"
        ".map(each => [each.dataset.total, Number(each.textContent.replaceAll(',', ''))]))"
    )
    totals = document["totals"]
    assert shown == {
        "Certificates issued": totals["issued"],
        "Valid": totals["valid"],
        "Expiring within 30 days": totals["expiring_within"]["30"],
        "Expired": totals["expired"],
        "Revoked": totals["revoked"],
        "Keys compromised": 0,
        "CAs with a report": totals["reports"],
        "Failures": totals["failed"],
    }
    bars = page.run("Array.from(document.querySelectorAll('.chart .value')).map(each => Number(each.textContent))")
    assert bars == [month["certificates"] for month in document["expiring_by_month"]]
    assert len(names(page)) == len(document["certificate_authorities"])


def test_sorting(page: Page, document: dict[str, Any]) -> None:
    click(page, "Issued")
    issued = page.run(
        "Array.from(document.querySelectorAll('#authorities tbody tr')).map(row => Number(row.cells[5].dataset.sort))"
    )
    assert issued == sorted(issued)
    assert issued[0] == -1
    click(page, "Issued")
    again = page.run(
        "Array.from(document.querySelectorAll('#authorities tbody tr')).map(row => Number(row.cells[5].dataset.sort))"
    )
    assert again == sorted(issued, reverse=True)
    assert page.run("document.querySelectorAll('[aria-sort]').length") == 1
    click(page, "Certificate authority")
    sorted_names = names(page)
    assert [name for name in sorted_names if name.startswith("Issuing")] == sorted(
        row["name"] for row in document["certificate_authorities"] if row["name"].startswith("Issuing")
    )


def test_filters(page: Page) -> None:
    type_into(page, "find", "issuing ca 1")
    assert sorted(names(page)) == [f"Issuing CA {number}" for number in range(10, 20)]
    type_into(page, "status", "DISABLED")
    assert sorted(names(page)) == ["Issuing CA 12", "Issuing CA 16"]
    assert page.run("document.getElementById('told').textContent") == "2 of 40 CAs shown"
    type_into(page, "find", "")
    type_into(page, "status", "")
    assert len(names(page)) == 40


def test_a_name_that_is_markup_stays_a_name(page: Page) -> None:
    assert page.run("document.title") == "Private CA fleet audit"
    assert page.run("document.querySelectorAll('img').length") == 0
    assert HOSTILE in names(page)


def test_everything_can_be_reached_by_keyboard(page: Page) -> None:
    reachable = page.run(
        "Array.from(document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')).length"
    )
    assert reachable > 40
    assert page.run("document.querySelectorAll('[tabindex]:not([tabindex=\"0\"])').length") == 0


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_and_small_screens(page: Page, scheme: str, width: int) -> None:
    page.resize(width)
    page.prefer(scheme)
    background = page.run("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) > 384) is (scheme == "light")
    assert page.run("document.documentElement.scrollWidth") <= width
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(PICTURES / f"summary-{scheme}-{width}.png")


def test_nothing_complains(page: Page) -> None:
    page.run("1")
    assert page.complaints == []
