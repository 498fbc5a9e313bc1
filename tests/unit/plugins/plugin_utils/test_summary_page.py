# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.plugin_utils.fleet_summary import fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils.summary_page import summary_page

from .fleet_builders import NOW, authority, content, report

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ lookup('pipe', 'id') }}",
    "{% raw %}",
    "]]></style><script>",
    "\u202egnp.exe",
    "a\x00b\x1b[31m\n\r",
    "CN=" + "x" * 64_000,
    "javascript:alert(1)",
    "=cmd()",
    "&lt;b&gt;",
    "\ud800",
]


class Structure(HTMLParser):
    """The elements of a page with their attributes' names, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[t.Any] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def structure(page: str) -> Structure:
    parsed = Structure()
    parsed.feed(page)
    return parsed


def page_with(text: str) -> str:
    """A page in which everything that others choose is this text."""
    reports = [
        report(1),
        report(2, action="failed", error=text),
        {**report(3, action="failed", error=text), "certificate_authority_arn": None},
    ]
    inside = content(
        1,
        revoked_by_reason={"KEY_COMPROMISE": 1, text: 1},
        by_template={text: 3},
        by_requesting_principal={text: 3},
        expiring_within={"30": 1, "60": 1, "90": 1},
        next_to_expire=[{"subject": text, "not_after": text}],
        key_compromises=[{"subject": text}],
    )
    ca = {**authority(1, name=text), "status": text}
    document = fleet_document(reports, [inside], [ca], now=NOW, names={"000000000001": text})
    return summary_page(document)


HARMLESS = structure(page_with("harmless")).elements


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_and_nothing_else(text: str) -> None:
    page = page_with(text)
    assert structure(page).elements == HARMLESS
    assert "{{" not in page
    assert "{%" not in page
    assert "\u202e" not in page
    assert len(page) < 200_000
    page.encode("utf-8")


@given(
    st.text(min_size=1).filter(
        lambda text: text not in ("none", "KEY_COMPROMISE", "CA_COMPROMISE", "DELETED", "EXPIRED")
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_is_text_and_nothing_else(text: str) -> None:
    assert structure(page_with(text)).elements == HARMLESS


def test_the_page_stands_by_itself() -> None:
    page = page_with("harmless")
    assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b", page)
    names = {name for element in structure(page).elements if isinstance(element, tuple) for name in element[1]}
    assert not {name for name in names if name in ("src", "style") or name.startswith("on")}
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert set(re.findall(r'href="(https?://[^/"]+)', page)) == {"https://console.aws.amazon.com"}


def test_only_what_the_page_brings_along_may_run() -> None:
    page = page_with("harmless")
    assert page.count("<script>") == 1
    assert page.count("<style>") == 1
    assert "unsafe" not in page


@pytest.mark.parametrize(
    ("partition", "console"),
    [
        ("aws-us-gov", "https://console.amazonaws-us-gov.com/"),
        ("aws-cn", "https://console.amazonaws.cn/"),
        ("aws-iso", ""),
    ],
)
def test_links_by_partition(partition: str, console: str) -> None:
    entry = report(1)
    entry["certificate_authority_arn"] = entry["certificate_authority_arn"].replace("arn:aws:", f"arn:{partition}:")
    page = summary_page(fleet_document([entry], [], [], now=NOW))
    assert re.findall(r'href="(https://[^/]+/)', page) == ([console] if console else [])
    assert "s3://audits/audit-report/1/report-1.json" in page


def test_a_thousand_cas_fit_into_a_megabyte() -> None:
    numbers = range(1000)
    document = fleet_document(
        [report(each, account=each) for each in numbers],
        [content(each, account=each, expiring_within={"30": 1, "60": 1, "90": 1}) for each in numbers],
        [authority(each, name=f"Example Corporation Issuing CA {each}", account=each) for each in numbers],
        now=NOW,
    )
    assert len(summary_page(document).encode()) < 1_000_000


def test_every_part_is_there_and_says_what_it_is() -> None:
    page = page_with("harmless")
    for part in ("Skip to the content", "<caption>", 'scope="col"', 'scope="row"', "aria-live", "<desc", 'lang="en"'):
        assert part in page
    headings = re.findall(r"<h2[^>]*>([^<]+)", page)
    assert headings == [
        "Totals",
        "What needs attention",
        "Expiring in the next 12 months",
        "Certificate authorities",
        "Issuance",
    ]
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_page_of_nothing() -> None:
    page = summary_page(fleet_document([], [], [], now=NOW))
    assert "Nothing: every report is fresh" in page
    assert "There is none." in page
