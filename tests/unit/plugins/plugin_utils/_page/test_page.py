# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page as text: its structure, what it may load, how large it gets, and that no text becomes markup.

What a browser makes of it is in tests/unit/pages/.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
import re
import typing as t
from html.parser import HTMLParser

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from ansible_collections.cloudpki.aws.plugins.plugin_utils._page.chart import Bar, chart_of, short_number
from ansible_collections.cloudpki.aws.plugins.plugin_utils._page.page import summary_page
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.input import SummaryError
from sample_fleet import NOW, Fleet, add_authority, sample_fleet

VOID = {"meta", "input"}
MEGABYTE = 1_000_000

HOSTILE = (
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "{{ 7 * 7 }}{% raw %}{# x #}",
    "</style><style>*{display:none}</style>",
    "--><!-- <![CDATA[ ]]>",
    "javascript:alert(1)",
    "&lt;b&gt;&amp;",
    "\u202egnp.exe\u2066",
    "\x00\x1b[2J\r\n",
)


class Parsed(HTMLParser):
    """The elements, attributes and texts of a page, in order; fails where elements are not nested as they should be.

    Cells and rows end where the next begins, or what holds them ends.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _value in attrs}) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag in ("td", "th", "tr"):
            self._end_implied(("td", "th", "tr") if tag == "tr" else ("td", "th"))
            assert self._open[-1] in ("tr", "thead", "tbody")
        if tag not in VOID:
            self._open.append(tag)

    def _end_implied(self, tags: tuple[str, ...]) -> None:
        while self._open[-1] in tags:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("thead", "tbody"):
            self._end_implied(("td", "th", "tr"))
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"A comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"A declaration: {data}")

    def all_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.elements if each == tag]


def page_of(fleet: Fleet, **options: t.Any) -> str:
    return summary_page(fleet_document(**fleet.arguments(), now=NOW), **options)


def with_text(text: str) -> Fleet:
    """A small fleet in which everything that others choose is this text."""
    fleet = Fleet()
    for number in (1, 4, 19, 9):
        add_authority(fleet, number, "111122223333", "us-east-1")
    for content in fleet.contents:
        content["account_name"] = content["certificate_authority"]["name"] = text
        content["certificate_authority"]["key_algorithm"] = text
        summary = content.get("summary")
        if summary:
            for certificate in (*summary["next_to_expire"], *summary["key_compromises"]):
                certificate |= {"subject": text, "serial": text}
            summary["by_template"] = {text: 3}
            summary["by_requesting_principal"] = {text: 3}
            summary["revoked_by_reason"] = {text: 1, "KEY_COMPROMISE": 1}
    for each in (*fleet.reports, *fleet.contents):
        if "error" in each:
            each["error"] = {"code": text, "message": text}
    for finding in fleet.findings:
        finding["rule"] = text
    return fleet


def structure(page: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    return [(tag, tuple(attributes.items())) for tag, attributes in Parsed(page).elements]


HARMLESS = structure(page_of(with_text("harmless"), title="harmless"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    page = page_of(with_text(text), title=text)
    assert structure(page) == HARMLESS
    shown = "".join(Parsed(page).texts)
    assert text.isprintable() is (text in shown)
    if set(text) & set('<>"{}'):
        assert text not in page


@settings(max_examples=60)
@given(st.text(alphabet=st.one_of(st.sampled_from("<>&\"'{}%#;/!-=\u202e\u0000a "), st.characters()), min_size=1))
def test_any_text_stays_text(text: str) -> None:
    page = page_of(with_text(text), title=text)
    assert structure(page) == HARMLESS
    page.encode("utf-8")


def test_a_page_is_no_template() -> None:
    page = page_of(with_text("{{ 7 * 7 }} {% if x %} {# y #}"))
    assert jinja2.Environment(autoescape=False, keep_trailing_newline=True).from_string(page).render() == page  # noqa: S701


@pytest.mark.parametrize("mark", [str, Markup])
def test_everything_in_a_document_is_hostile(mark: t.Callable[[str], str]) -> None:
    """Also what fleet_document would never let through: the document may come from a file that somebody changed."""
    evil = mark('"><script>alert(1)</script>\u202e{{ x }}')
    document = fleet_document(**sample_fleet().arguments(), now=NOW)

    def poisoned(value: t.Any, key: str = "") -> t.Any:
        if isinstance(value, dict):
            return {name: poisoned(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [poisoned(each, key) for each in value]
        kept = key in ("month", "generated_at", "severity") or not isinstance(value, str)
        return value if kept else evil

    page = summary_page(poisoned(document))
    assert len(Parsed(page).all_of("script")) == 1
    assert "<script>alert" not in page and "{{ x" not in page and "\u202e" not in page
    assert not [each for each in Parsed(page).all_of("a") if not (each["href"] or "").startswith("#")]


def test_the_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    page = page_of(sample_fleet())
    policies = [each["content"] for each in Parsed(page).all_of("meta") if each.get("http-equiv")]
    hashes = {
        name: base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        for name, code in re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
    }
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    ]
    for tag, attributes in Parsed(page).elements:
        assert not {"src", "style", "srcset", "xlink:href"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert tag not in ("link", "iframe", "object", "embed", "base", "form", "img", "foreignobject"), tag
    assert "@import" not in page and "url(" not in page


@pytest.mark.parametrize(
    ("partition", "start"),
    [
        ("aws", "https://console.aws.amazon.com/s3/object/"),
        ("aws-us-gov", "https://console.amazonaws-us-gov.com/s3/object/"),
        ("aws-cn", "https://console.amazonaws.cn/s3/object/"),
        ("aws-iso", None),
        ("aws-eusc", None),
    ],
)
def test_reports_are_linked_to_where_there_is_a_console(partition: str, start: str | None) -> None:
    fleet = Fleet()
    add_authority(fleet, 1, "111122223333", "us-east-1")
    for each in (*fleet.reports, *fleet.contents, *fleet.findings):
        each["certificate_authority_arn"] = each["certificate_authority_arn"].replace("arn:aws:", f"arn:{partition}:")
    page = Parsed(page_of(fleet))
    key = fleet.reports[0]["s3_key"]
    uri = f"s3://example-corp-pca-audit-reports/{key}"
    assert uri in page.texts
    links = [each for each in page.all_of("a") if each["href"] and not each["href"].startswith("#")]
    if start is None:
        assert links == []
    else:
        assert [each["href"] for each in links] == [f"{start}example-corp-pca-audit-reports?prefix={key}"]


@pytest.mark.parametrize(
    ("changes", "linked"),
    [
        ({"s3_bucket_name": "a.b/../evil?x="}, False),
        ({"s3_bucket_name": "UPPER"}, False),
        ({"s3_key": "audit-report/\u202e.json"}, False),
        ({"s3_key": "audit-report/a&b=c#d?e.json"}, True),
        ({"audit_report_status": "FAILED"}, False),
        ({"audit_report_status": "CREATING"}, False),
    ],
)
def test_links_lead_only_to_reports(changes: dict[str, t.Any], linked: bool) -> None:
    fleet = Fleet()
    add_authority(fleet, 1, "111122223333", "us-east-1")
    fleet.contents.clear()
    fleet.reports[0] |= changes
    links = [each["href"] or "" for each in Parsed(page_of(fleet)).all_of("a")]
    links = [each for each in links if not each.startswith("#")]
    assert len(links) == linked
    assert all(each.endswith("?prefix=audit-report/a%26b%3Dc%23d%3Fe.json") for each in links)


def large_fleet(text: str) -> Fleet:
    """1,000 CAs in 500 accounts, all of which need attention."""
    fleet = Fleet()
    for number in range(1000):
        add_authority(fleet, 1 + 40 * number, f"{number % 500:012}", "ap-southeast-2")
        fleet.contents[-1]["certificate_authority"]["name"] = f"{text} {number}"
        fleet.reports[-1]["account_name"] = f"{text} {number % 500}"
    for each in (*fleet.reports, *fleet.contents):
        each["s3_bucket_name"] = "b" * 63  # as long as they get
        for certificate in each.get("summary", {}).get("next_to_expire", []):
            certificate["subject"] = text
    return fleet


@pytest.mark.parametrize("text", ["Example Corp Issuing CA", '<"{\u202e' * 16384, "株式会社" * 100])
def test_a_thousand_authorities_stay_under_a_megabyte(text: str) -> None:
    fleet = large_fleet(text)
    page = page_of(fleet)
    assert len(page.encode("utf-8")) < MEGABYTE
    rows = [each["id"] for each in Parsed(page).all_of("tr") if each.get("id")]
    assert len(rows) == 1000


def test_more_items_than_fit_are_counted() -> None:
    document = fleet_document(**large_fleet("CA").arguments(), now=NOW)
    page = Parsed(summary_page(document))
    warnings = [item for item in document["attention"] if item["severity"] == "warning"]
    urgent = len([item for item in document["attention"] if item["severity"] == "critical"])
    in_navigation, in_legend = 5, 2
    assert len(page.all_of("li")) - in_navigation - in_legend == 120
    assert f"{120 - urgent - 6} more" in page.texts
    assert f"The JSON document lists {len(warnings) - (120 - urgent):,} more." in page.texts


def test_the_page_can_be_read_by_programs_that_read_aloud() -> None:
    page = Parsed(page_of(sample_fleet()))
    assert page.all_of("html") == [{"lang": "en"}]
    ids = [attributes["id"] for _tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        for name in ("aria-labelledby", "for"):
            assert set((attributes.get(name) or "").split()) <= set(ids), tag
        if tag == "a" and (attributes["href"] or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids
    assert [tag for tag, _attributes in page.elements if tag in ("header", "nav", "main", "footer")] == [
        "header", "nav", "main", "footer",
    ]  # fmt: skip
    assert all(each.get("scope") in ("row", "col") for each in page.all_of("th"))
    assert len(page.all_of("table")) == len(page.all_of("caption")) == 7
    headings = [int(tag[1]) for tag, _attributes in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    charts = [each for each in page.all_of("svg") if "role" in each]
    assert [each["aria-labelledby"] for each in charts] == [
        "expiry-chart-title expiry-chart-desc",
        "issuance-chart-title issuance-chart-desc",
    ]
    # Without its script, the page offers nothing that does nothing.
    assert next(each for each in page.all_of("div") if each.get("id") == "controls").get("hidden", "no") is None
    outside = [each for each in page.all_of("button") if each.get("id") != "all"]
    assert outside == []


def test_the_numbers_are_those_of_the_document() -> None:
    document = fleet_document(**sample_fleet().arguments(), now=NOW)
    texts = Parsed(summary_page(document)).texts
    totals = document["totals"]
    for name in ("issued", "valid", "expired", "revoked"):
        assert f"{totals[name]:,}" in texts
    for item in document["attention"]:
        assert item["sentence"] in "".join(texts)
    for each in document["expiry_by_month"]:
        assert f"{each['certificates']:,}" in texts
    assert "6 items" in texts
    assert "The numbers are based on the reports of 34 of 40 certificate authorities." in "".join(texts)


@pytest.mark.parametrize(
    ("fleet", "sentence"),
    [
        (Fleet(), "No certificate authorities were found."),
        (with_text("x"), "items"),
    ],
)
def test_the_verdict(fleet: Fleet, sentence: str) -> None:
    assert sentence in "".join(Parsed(page_of(fleet)).texts)


def test_a_fleet_without_trouble() -> None:
    fleet = Fleet()
    add_authority(fleet, 1, "111122223333", "us-east-1")
    fleet.findings.clear()
    texts = "".join(Parsed(page_of(fleet)).texts)
    assert "Nothing needs action. The numbers are based on the reports of every certificate authority." in texts
    fleet.contents[0]["certificate_authority"]["not_after"] = "2027-01-15T00:00:00Z"
    texts = "".join(Parsed(page_of(fleet)).texts)
    assert "1 item needs action soon, none now." in texts


def test_the_short_lived_are_named_among_those_that_expire() -> None:
    fleet = sample_fleet()
    for content in fleet.contents[::5]:
        content["certificate_authority"]["usage_mode"] = "SHORT_LIVED_CERTIFICATE"
    short_lived = sum(
        content["summary"]["expiring_within"]["30"] for content in fleet.contents[::5] if "summary" in content
    )
    assert f"{short_lived:,} of them short-lived" in Parsed(page_of(fleet)).texts
    assert "of them short-lived" not in "".join(Parsed(page_of(sample_fleet())).texts)


def test_questions_that_are_answered_without_a_click() -> None:
    document = fleet_document(**sample_fleet().arguments(), now=NOW)
    texts = Parsed(summary_page(document)).texts
    totals = document["totals"]
    assert f"{totals['issued_within']['1']:,} in the last 24 hours" in texts
    assert "the next on 2026-11-24" in texts
    found = sum(each["count"] for each in document["findings"] if each["rule"] == "expires within 30 days")
    assert f"{found:,} expires within 30 days" in texts[texts.index("Rules") + 1]
    assert "12,000 expires within 30 days" in texts[texts.index("Short-lived, left out") + 1]
    assert (
        texts[texts.index("Revocations in 90 days") + 1]
        == f"{totals['recently_revoked_by_reason']['SUPERSEDED']:,} superseded"
    )
    assert "EC_prime256v1, 20 authorities" in texts
    assert any("10 of 40 certificate authorities have a key that is ready for post-quantum" in each for each in texts)


def test_many_templates_are_added_up() -> None:
    fleet = Fleet()
    add_authority(fleet, 1, "111122223333", "us-east-1")
    fleet.contents[0]["summary"]["by_template"] = {f"arn:aws:acm-pca:::template/T{n:02}/V1": 100 - n for n in range(20)}
    texts = Parsed(page_of(fleet)).texts
    assert "T11/V1" in texts and "T12/V1" not in texts
    assert texts[texts.index("8 others") + 1] == str(sum(100 - number for number in range(12, 20)))


def test_many_reasons_are_added_up() -> None:
    fleet = Fleet()
    add_authority(fleet, 1, "111122223333", "us-east-1")
    fleet.contents[0]["summary"]["revoked_by_reason"] = {f"REASON_{n:02}": 100 - n for n in range(20)}
    fleet.contents[0]["summary"]["recently_revoked_by_reason"] = {}
    told = next(each for each in Parsed(page_of(fleet)).texts if "reason 00" in each)
    assert told.startswith("100 reason 00, 99 reason 01, ")
    assert told.endswith(f"89 reason 11, {sum(100 - number for number in range(12, 20))} others")


def test_a_sentence_about_something_else_is_told_as_it_is() -> None:
    document = fleet_document(**sample_fleet().arguments(), now=NOW)
    document["attention"][0] |= {"name": "x", "sentence": "Something happened."}
    assert "<li><p>Something happened.</p>" in summary_page(document)


@pytest.mark.parametrize("document", [None, [], {}, {"schema_version": 2}, "text"])
def test_another_document_is_refused(document: t.Any) -> None:
    with pytest.raises(SummaryError, match=r"has the schema version .*, but the page needs version 1"):
        summary_page(document)


@pytest.mark.parametrize("name", ["totals", "attention", "expiry_by_month", "generated_at", "certificate_authorities"])
def test_a_damaged_document_is_refused(name: str) -> None:
    document = fleet_document(**sample_fleet().arguments(), now=NOW)
    for damaged in ({**document, name: "<b>"}, {key: each for key, each in document.items() if key != name}):
        with pytest.raises(SummaryError, match="is not in the format of the filter"):
            summary_page(copy.deepcopy(damaged))


def places_in(value: t.Any) -> t.Iterator[tuple[t.Any, t.Any]]:
    """All containers in a document, with the key of each of their items."""
    for key, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(each, (dict, list)):
            yield from places_in(each)


@pytest.mark.parametrize(
    "wrong",
    [None, 10**400, 1e400, "<script>", {"<script>": "<script>"}],
    ids=["nothing", "huge", "infinite", "text", "dictionary"],
)
def test_anything_of_a_wrong_type_is_refused_or_harmless(wrong: t.Any) -> None:
    fleet = Fleet()
    add_authority(fleet, 4, "111122223333", "us-east-1")
    document = fleet_document(**fleet.arguments(), now=NOW)
    refused = 0
    for container, key in places_in(document):
        right, container[key] = container[key], wrong
        try:
            page = summary_page(document)
        except SummaryError:
            refused += 1
        else:
            assert len(Parsed(page).all_of("script")) == 1
        container[key] = right
    assert refused > 20


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (999, "999"), (1000, "1.0k"), (9999, "9.9k"), (10000, "10k"), (999999, "999k"),
        (1_234_567, "1.2M"), (99_000_000, "99M"), (2_000_000_000, "2.0G"),
    ],
)  # fmt: skip
def test_short_numbers(value: int, text: str) -> None:
    assert short_number(value) == text
    assert len(text) <= 4


def test_the_heights_of_bars() -> None:
    chart = chart_of([Bar("a", "", 10000), Bar("b", "", 1), Bar("c", "", 0)], plot=100)
    assert [column.height for column in chart.columns] == ["100", "2", "0"]
    assert all(float(column.top) + float(column.height) == chart.floor for column in chart.columns)
    assert chart_of([], plot=100).columns == []
