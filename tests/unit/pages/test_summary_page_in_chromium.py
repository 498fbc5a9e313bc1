# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page in a real browser: what it shows, sorts and filters, in both schemes, by keyboard, and on paper.

A made-up fleet has one of everything; the demo's page is made by the role, from reports.
"""

from __future__ import annotations

import csv
import itertools
import json
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.cloudpki.aws.plugins.plugin_utils._page.page import summary_page
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from chromium import Browser, find_chromium
from project import BUILD, ROOT, ToolError
from sample_fleet import NOW, sample_fleet

ROWS = "Array.from(document.querySelectorAll('table.authorities > tbody > tr'))"
SHOWN = f"{ROWS}.filter((row) => row.getClientRects().length).map((row) => row.id)"

# Whether text can be read, by the formula of WCAG 2.2: the worst contrasts of all texts to what they stand on.
CONTRASTS = """
(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = numbers(colour).slice(0, 3).map((each) => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if ((numbers(colour)[3] ?? 1) === 1) return colour;
    }
    return "none";
  };
  const found = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length || element.closest("title, desc")) continue;
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    const [light, dark] = [luminance(colour), luminance(behind(element))].sort((a, b) => b - a);
    found.set(`${colour} on ${behind(element)}`, (light + 0.05) / (dark + 0.05));
  }
  return Array.from(found.entries());
})()
"""


@pytest.fixture(scope="module")
def document() -> dict[str, t.Any]:
    return fleet_document(**sample_fleet().arguments(), now=NOW)


@pytest.fixture(scope="module")
def page(document: dict[str, t.Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "summary.html"
    file.write_text(summary_page(document), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        program = find_chromium()
    except ToolError as e:
        pytest.fail(str(e), pytrace=False)
    with Browser(program) as started:
        yield started


@pytest.fixture(autouse=True)
def nothing_is_reported(browser: Browser) -> Iterator[None]:
    """No test may leave an error in the console, or have the page ask for anything."""
    browser.problems.clear()
    yield
    browser.evaluate("0")  # whatever was reported before this answer has been read with it
    assert browser.problems == []


def text_of(browser: Browser, selector: str) -> str:
    return t.cast(str, browser.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))


def texts_of(browser: Browser, selector: str) -> list[str]:
    expression = f"Array.from(document.querySelectorAll({json.dumps(selector)}), (each) => each.textContent)"
    return t.cast("list[str]", browser.evaluate(expression))


def shown(browser: Browser) -> list[str]:
    return t.cast("list[str]", browser.evaluate(SHOWN))


def column(browser: Browser, number: int) -> list[str]:
    """The texts of a column of the CAs, from 1."""
    return texts_of(browser, f"table.authorities > tbody > tr > :nth-child({number})")


def sort_by(browser: Browser, name: str, table: str = "authorities") -> None:
    browser.evaluate(
        f"Array.from(document.querySelectorAll('table.{table} thead button'))"
        f".find((each) => each.textContent.trim() === {json.dumps(name)}).click()"
    )


def choose(browser: Browser, name: str, value: str) -> None:
    browser.evaluate(
        f"(() => {{ const each = document.getElementById({json.dumps(name)}); each.value = {json.dumps(value)};"
        " each.dispatchEvent(new Event('change', {bubbles: true})); return each.value; })()"
    )


def check_numbers(browser: Browser, document: dict[str, t.Any]) -> None:
    """The page that is open shows the numbers of the document."""
    totals = document["totals"]
    figures = [int(each.replace(",", "")) for each in texts_of(browser, ".figures b")]
    names = ("issued", "valid", None, "expired", "revoked")
    assert figures == [totals[name] if name else totals["expiring_within"]["30"] for name in names]

    numbers = "#expiry .chart .value:not(.narrow)"
    bars = texts_of(browser, f"#expiry-chart-desc, {numbers}")
    assert f"{sum(each['certificates'] for each in document['expiry_by_month']):,} valid certificates" in bars[0]
    assert [int(each.replace(",", "")) for each in bars[1:]] == [
        each["certificates"] for each in document["expiry_by_month"]
    ]
    table = texts_of(browser, "#expiry details tbody td:nth-child(2)")
    assert [int(each.replace(",", "")) for each in table[:12]] == [
        each["certificates"] for each in document["expiry_by_month"]
    ]
    assert int(table[12].replace(",", "")) == document["expiring_later"]

    valid = column(browser, 8)
    assert len(valid) == totals["certificate_authorities"]
    assert sum(int(each.replace(",", "")) for each in valid if each != "–") == totals["valid"]  # noqa: RUF001
    rows = texts_of(browser, "table.accounts tbody td:nth-child(3)")
    assert sum(int(each.replace(",", "")) for each in rows) == totals["issued"]
    counts = dict.fromkeys(("critical", "warning", "notice"), 0)
    for item in document["attention"]:
        counts[item["severity"]] += 1
    assert texts_of(browser, ".items .count") == [str(each) for each in counts.values()]
    assert [len(texts_of(browser, f".items.{each} li")) for each in counts] == list(counts.values())


def check_filters(browser: Browser, document: dict[str, t.Any]) -> None:
    """The page that is open shows of each state of reports and each severity as many CAs as are in the document."""
    authorities = document["certificate_authorities"]
    for state, number in document["totals"]["reports"].items():
        choose(browser, "state", state)
        assert len(shown(browser)) == number, state
    choose(browser, "state", "")
    for severity in ("critical", "warning", "notice"):
        choose(browser, "severity", severity)
        assert len(shown(browser)) == sum(row["severity"] == severity for row in authorities), severity
    choose(browser, "severity", "any")
    assert len(shown(browser)) == sum(bool(row["severity"]) for row in authorities)


def take_picture(browser: Browser, name: str) -> None:
    folder = BUILD / "summary-page"
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / name
    picture.unlink(missing_ok=True)
    browser.screenshot(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_numbers_are_those_of_the_document(browser: Browser, page: Path, document: dict[str, t.Any]) -> None:
    browser.open(page)
    check_numbers(browser, document)


def test_bars_are_as_high_as_their_numbers(browser: Browser, page: Path, document: dict[str, t.Any]) -> None:
    browser.open(page)
    heights = browser.evaluate(
        "Array.from(document.querySelectorAll('#expiry .bar'), (each) => each.getBoundingClientRect().height)"
    )
    values = [each["certificates"] for each in document["expiry_by_month"]]
    assert heights == pytest.approx([180 * each / max(values) for each in values], abs=0.2)
    strip = browser.evaluate(
        "Array.from(document.querySelectorAll('.strip rect'), (each) => each.getBoundingClientRect().width)"
    )
    totals = document["totals"]
    assert strip == pytest.approx(
        [sum(strip) * totals[name] / totals["issued"] for name in ("valid", "expired", "revoked")], abs=0.5
    )


def test_sorting(browser: Browser, page: Path) -> None:
    browser.open(page)
    sort_by(browser, "Issued")
    issued = [int(each.replace(",", "")) if each[0].isdigit() else -1 for each in column(browser, 7)]
    assert issued == sorted(issued, reverse=True) and issued[-1] == -1 and issued[0] > 1000
    header = "document.querySelector('table.authorities [aria-sort]')"
    assert browser.evaluate(f"{header}.textContent + ' ' + {header}.ariaSort") == "Issued descending"
    assert text_of(browser, "#told") == "Sorted by Issued, descending. All 40 are shown."

    sort_by(browser, "Issued")
    assert [int(each.replace(",", "")) for each in column(browser, 7) if each[0].isdigit()] == sorted(
        each for each in issued if each >= 0
    )
    assert browser.evaluate(f"{header}.ariaSort") == "ascending"

    sort_by(browser, "Valid until")
    dates = column(browser, 5)
    known = [each for each in dates if each]
    assert known == sorted(known) and dates[-1] == "" and known[0] == "2026-11-14"
    assert browser.evaluate("document.querySelectorAll('[aria-sort]').length") == 1

    sort_by(browser, "Account", "accounts")
    assert texts_of(browser, "table.accounts tbody th")[:2] == ["666677778888", "logistics-production333344445555"]


def test_sorting_by_keyboard(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.press("Tab", 9)
    assert browser.evaluate("document.activeElement.textContent") == "Skip to the content"
    browser.press("Enter", 13, "\r")
    assert browser.evaluate("document.activeElement.id") == "content"
    browser.evaluate("document.getElementById('all').focus()")
    browser.press("Tab", 9)  # the table's frame, which can be scrolled
    browser.press("Tab", 9)
    assert browser.evaluate("document.activeElement.textContent.trim()") == "Certificate authority"
    browser.press("Enter", 13, "\r")
    names = column(browser, 1)
    assert names == sorted(names, key=str.lower)
    outline = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_filtering(browser: Browser, page: Path, document: dict[str, t.Any]) -> None:
    browser.open(page)
    assert len(shown(browser)) == 40
    browser.evaluate("document.getElementById('find').focus()")
    browser.type("payments us-EAST-1")
    wanted = [
        row
        for row in document["certificate_authorities"]
        if row["account_name"] == "payments-production" and row["region"] == "us-east-1"
    ]
    assert len(shown(browser)) == len(wanted) == 2
    assert text_of(browser, "#told") == "2 of 40 are shown."
    browser.evaluate("document.getElementById('all').click()")
    assert len(shown(browser)) == 40

    arn = document["certificate_authorities"][7]["certificate_authority_arn"]
    browser.evaluate("document.getElementById('find').focus()")
    browser.type(arn)
    assert len(shown(browser)) == 1
    assert arn.rpartition("/")[2] in browser.evaluate(f"document.getElementById('{shown(browser)[0]}').textContent")
    browser.evaluate("document.getElementById('all').click()")

    check_filters(browser, document)
    choose(browser, "state", "failed")
    choose(browser, "severity", "notice")
    assert shown(browser) == []
    assert text_of(browser, "#told") == "0 of 40 are shown."


def test_a_link_to_a_row_that_is_filtered_away_shows_it(browser: Browser, page: Path) -> None:
    browser.open(page)
    choose(browser, "state", "failed")
    assert len(shown(browser)) == 1
    target = browser.evaluate("document.querySelector('.items.critical a').hash")
    browser.evaluate("new Promise((done) => { addEventListener('hashchange', () => setTimeout(done)); "
                     "document.querySelector('.items.critical a').click(); })")  # fmt: skip
    assert target[1:] in shown(browser) and len(shown(browser)) == 40


def test_without_a_script_all_is_there(browser: Browser, page: Path) -> None:
    browser.open(page, script=False)
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = [each["role"]["value"] for each in nodes if not each.get("ignored")]
    assert roles.count("button") == roles.count("searchbox") == 0
    assert roles.count("rowheader") >= 46
    browser.open(page)


@pytest.mark.parametrize("width", [1280, 400])
def test_what_a_screen_reader_is_told(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    nodes = [each for each in browser.call("Accessibility.getFullAXTree")["nodes"] if not each.get("ignored")]
    told = [(each["role"]["value"], each.get("name", {}).get("value", "")) for each in nodes]
    roles = [role for role, _name in told]
    for role in ("banner", "navigation", "main", "contentinfo", "status", "searchbox"):
        assert roles.count(role) == 1, role
    images = [name for role, name in told if role in ("image", "img")]
    assert len(images) == 2 and images[0].startswith("Valid certificates by month of expiry")
    assert ("searchbox", "Find a name, account, region or ARN") in told
    assert ("combobox", "Report") in told and ("combobox", "Attention") in told
    assert all(name for role, name in told if role in ("link", "button", "combobox", "searchbox", "region"))
    # Tables stay tables where the style makes cards of their rows.
    assert ("table", "Certificate authorities and their reports") in told
    assert roles.count("rowheader") >= 46


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_everything_can_be_read(browser: Browser, page: Path, scheme: str, width: int) -> None:
    browser.open(page, width=width, scheme=scheme)
    background = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(251, 250, 246)", "dark": "rgb(20, 23, 26)"}[scheme]
    contrasts = browser.evaluate(CONTRASTS)
    assert len(contrasts) > 8
    assert [each for each in contrasts if each[1] < 4.5] == []
    # Nothing is wider than the window, and no table wider than its frame.
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    frames = "Array.from(document.querySelectorAll('.scrolled'), (each) => [each.scrollWidth, each.clientWidth])"
    assert all(needed <= there for needed, there in browser.evaluate(frames))
    take_picture(browser, f"{scheme}-{width}.png")


@pytest.mark.parametrize("width", [1280, 1024, 768, 400, 320])
def test_numbers_above_bars_do_not_touch(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    for chart in ("expiry", "issuance"):
        boxes = browser.evaluate(
            f"Array.from(document.querySelectorAll('#{chart} .chart > text.value'))"
            ".map((each) => each.getBoundingClientRect()).filter((each) => each.width)"
            ".map((each) => [each.left, each.right])"
        )
        assert len(boxes) == 12
        assert all(left[1] <= right[0] for left, right in itertools.pairwise(boxes)), (chart, boxes)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_run_nothing_and_break_nothing(browser: Browser, tmp_path: Path) -> None:
    fleet = sample_fleet()
    evil = ["<script>document.title='broken'</script>", "<img src=x onerror=\"document.title='broken'\">", "W" * 65536]
    for number, content in enumerate(fleet.contents):
        content["certificate_authority"]["name"] = evil[number % 3]
        content["account_name"] = "\u202e" + "M" * 65536
    for each in fleet.reports:
        each["account_name"] = "\u202e" + "M" * 65536
    page = tmp_path / "hostile.html"
    page.write_text(summary_page(fleet_document(**fleet.arguments(), now=NOW)), encoding="utf-8")
    for width in (1280, 400):
        browser.open(page, width=width)
        assert browser.evaluate("document.title") == "Private CA audit, 23 November 2026"
        assert browser.evaluate("document.querySelectorAll('img, script').length") == 1
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_holds(browser: Browser, page: Path) -> None:
    """Were markup to get in all the same, nothing in it would run."""
    browser.open(page)
    browser.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"document.title=1\">"
        "<p id=\"styled\" style=\"position: fixed\"></p>')"
    )  # fmt: skip
    position = browser.evaluate("getComputedStyle(document.getElementById('styled')).position")
    assert position == "static"
    assert browser.evaluate("new Promise((done) => setTimeout(() => done(document.title), 50))") != "1"
    refused = [each for each in browser.problems if "Content Security Policy" in each or "request: data:" in each]
    assert refused and refused == browser.problems
    browser.problems.clear()


def test_it_prints(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.open(page, scheme="dark")
    browser.call("Emulation.setEmulatedMedia", media="print")
    # On paper it is light, whatever the screen is.
    assert browser.evaluate("getComputedStyle(document.documentElement).color") == "rgb(26, 32, 38)"
    assert browser.evaluate("document.querySelector('nav').getClientRects().length") == 0
    assert browser.evaluate("document.getElementById('controls').getClientRects().length") == 0
    # What is folded up stays so, and says so.
    summaries = "Array.from(document.querySelectorAll('summary'), (each) => each.getClientRects().length)"
    assert browser.evaluate(summaries) == [1, 0, 0]
    browser.call("Emulation.setEmulatedMedia", media="")
    paper = tmp_path / "printed.pdf"
    browser.print(paper)
    pages = paper.read_bytes().count(b"/Type /Page\n")
    assert 3 <= pages <= 8


@pytest.mark.demo_page
def test_the_page_that_the_demo_made(browser: Browser) -> None:
    output = ROOT / "demo-output"
    assert output.is_dir(), "make demo makes the page"

    document = json.loads((output / "summary.json").read_text(encoding="utf-8"))
    issued = document["totals"]["issued"]
    # The JSON is held to the reports that were fetched, so that the page is not compared with its own mistakes.
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in output.glob("*/*/*/*.json")]
    listed = issued + document["totals"]["own_certificates"]
    assert [len(reports), sum(map(len, reports))] == [document["totals"]["reports"]["current"], listed]
    assert sum("revokedAt" in row for report in reports for row in report) == document["totals"]["revoked"]
    with (output / "certificates.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _row in csv.DictReader(file)) == listed > issued > 0

    authorities = document["certificate_authorities"]
    for scheme in ("light", "dark"):
        browser.open(output / "index.html", scheme=scheme)
        check_numbers(browser, document)
        assert [each for each in browser.evaluate(CONTRASTS) if each[1] < 4.5] == []
        take_picture(browser, f"demo-{scheme}.png")

    sort_by(browser, "Issued")
    counted = sorted((row["counts"]["issued"] for row in authorities if row["counts"]), reverse=True)
    assert [int(each) for each in column(browser, 7) if each.isdigit()] == counted
    sort_by(browser, "Issued")
    assert [int(each) for each in column(browser, 7) if each.isdigit()] == counted[::-1]

    browser.evaluate("document.getElementById('find').focus()")
    browser.type("security us-east-1")
    wanted = [row for row in authorities if (row["account_name"], row["region"]) == ("security", "us-east-1")]
    assert len(shown(browser)) == len(wanted) > 0
    assert text_of(browser, "#told") == f"{len(wanted)} of {len(authorities)} are shown."
    browser.evaluate("document.getElementById('all').click()")
    check_filters(browser, document)
