# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sections of the summary page that tell and draw: figures, attention, expiry, issuance. Pure."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from .._summary.attention import CRITICAL, NOTICE, SEVERITIES, WARNING
from .._summary.input import to_time
from .._text import shortened
from .chart import Bar, bar_chart, share_bar, strip
from .elements import Html, each_of, element
from .words import MONTHS, NAME_SIZE, SEVERITY_NAMES, STATES, Document, count_of, month_name, number_of, section_of

# How much is on the page; the document has all of it.
ATTENTION_AT_ONCE = {CRITICAL: 20, WARNING: 6, NOTICE: 4}
ATTENTION_AT_MOST = 120  # as the documentation of the filter says
ATTENTION_SIZE = 72_000  # bytes of all sentences
RANKS = 12
# Pixels: expiry is what a reader acts on, issuance what explains it.
EXPIRY_PLOT, ISSUANCE_PLOT = 180, 96


def figures_section(document: Document) -> Html:
    """How many certificates there are, and what is known of reports and CAs."""
    totals = document["totals"]
    within = str(document["expiring_within"])
    changes = totals["changes"] or {}

    def new(name: str, words: str) -> str | None:
        return f"{changes[name]:,} {words}" if changes.get(name) else None

    figures = [
        ("Issued", totals["issued"], "", new("newly_issued", "since the last report")),
        ("Valid", totals["valid"], "valid", _share(totals["valid"], totals["issued"])),
        (f"Expiring in {within} days", totals["expiring_within"][within], WARNING, _longer(totals, within)),
        ("Expired", totals["expired"], "expired", new("newly_expired", "since the last report")),
        ("Revoked", totals["revoked"], "revoked", new("newly_revoked", "since the last report")),
    ]
    listed = each_of(
        element(
            "div",
            element("dt", name),
            element("dd", element("b", number_of(value)), element("small", note) if note else None),
            class_=class_ or None,
        )
        for name, value, class_, note in figures
    )
    states = [(name, totals["reports"].get(name, 0)) for name in STATES]
    return section_of(
        "figures",
        "Certificates",
        element("dl", listed, class_="figures"),
        strip([(name, totals[name]) for name in ("valid", "expired", "revoked")]),
        element(
            "dl",
            _facts("Reports", [(STATES[name], value) for name, value in states if value]),
            _facts("Revoked for", _by_number(totals["revoked_by_reason"])),
            _facts("Authorities", _by_number(totals["certificate_authorities_by_status"])),
            class_="facts",
        ),
    )


def _by_number(numbers: t.Mapping[str, int]) -> list[tuple[str, int]]:
    ordered = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(_reason(name), value) for name, value in ordered]


def _facts(name: str, values: t.Sequence[tuple[str, int]]) -> Html | None:
    if not values:
        return None
    told = [f"{value:,} {what}" for what, value in values[:RANKS]]
    if values[RANKS:]:
        told.append(f"{sum(value for _what, value in values[RANKS:]):,} others")
    return element("div", element("dt", name), element("dd", ", ".join(told)))


def _reason(text: str) -> str:
    """``KEY_COMPROMISE`` as words."""
    return shortened(text.replace("_", " ").lower(), NAME_SIZE)


def _share(part: int, whole: int) -> str | None:
    return f"{100 * part / whole:.0f} % of all issued" if whole else None


def _longer(totals: Document, within: str) -> str | None:
    others = [f"{totals['expiring_within'][days]:,} in {days}" for days in ("60", "90") if int(days) > int(within)]
    return ", ".join(others) or None


def attention_section(document: Document, authorities: t.Sequence[Document]) -> Html:
    """What to do first. ``authorities`` are the rows of the table, in its order, which the matters link to."""
    numbers = {row["certificate_authority_arn"]: number for number, row in enumerate(authorities, start=1)}
    items = document["attention"]
    parts: list[str | None] = []
    left = ATTENTION_AT_MOST
    size = ATTENTION_SIZE // max(min(len(items), ATTENTION_AT_MOST), 12)
    for severity in SEVERITIES:
        group = [item for item in items if item["severity"] == severity]
        if not group:
            continue
        shown = [_matter(item, numbers, size) for item in group[: max(left, 0)]]
        left -= len(shown)
        rest = shown[ATTENTION_AT_ONCE[severity] :]
        beyond = len(group) - len(shown)
        parts.append(
            element(
                "div",
                element("h3", SEVERITY_NAMES[severity], " ", element("span", number_of(len(group)), class_="count")),
                element("ol", *shown[: ATTENTION_AT_ONCE[severity]]) if shown else None,
                _folded(rest, ATTENTION_AT_ONCE[severity] + 1) if rest else None,
                element("p", f"{beyond:,} more are in the JSON document.", class_="note") if beyond else None,
                class_=f"matters {severity}",
            )
        )
    if not parts:
        parts = [element("p", "Nothing, as far as this run could see.", class_="note")]
    return section_of("attention", "What needs attention", *parts)


def _folded(items: t.Sequence[Html], start: int) -> Html:
    return element("details", element("summary", f"{len(items):,} more"), element("ol", *items, start=start))


def _told(sentence: str, name: str | None, size: int) -> list[str]:
    """The sentence, with what it is about set off."""
    if name and sentence.startswith(name):
        return [element("b", shortened(name, size // 3)), shortened(sentence[len(name) :], size * 2 // 3)]
    return [shortened(sentence, size)]


def _matter(item: Document, numbers: t.Mapping[str, int], size: int) -> Html:
    number = numbers.get(item["certificate_authority_arn"] or "")
    where = [each for each in (item["account_id"], item["region"]) if each]
    place = element("span", ", ".join(where)) if where else None
    link = element("a", "in the table", href=f"#ca-{number}") if number else None
    return element(
        "li",
        element("p", *_told(item["sentence"], item["name"], size)),
        element("p", place, " ", link, class_="where") if place or link else None,
    )


def expiry_section(document: Document) -> Html:
    """The next twelve months."""
    months = document["expiry_by_month"]
    near = to_time(document["generated_at"]) + timedelta(days=document["expiring_within"])
    bars = [
        Bar(
            label=MONTHS[int(each["month"][5:7]) - 1][:3],
            second_label=each["month"][:4] if not number or each["month"].endswith("-01") else "",
            value=each["certificates"],
            above=each["certificate_authorities"],
            strong=each["month"] <= f"{near:%Y-%m}",
        )
        for number, each in enumerate(months)
    ]
    total = sum(each["certificates"] for each in months)
    authorities = sum(each["certificate_authorities"] for each in months)
    most = max(months, key=lambda each: each["certificates"])
    description = f"{count_of(total, 'valid certificate expires', 'valid certificates expire')} in these twelve months"
    if total:
        description += f", the most in {month_name(most['month'])} ({most['certificates']:,})"
    description += f", and {document['expiring_later']:,} later."
    if authorities:
        own = count_of(authorities, "certificate authority expires", "certificate authorities expire")
        description += f" {own} too."
    rows = [
        (month_name(each["month"]), number_of(each["certificates"]), number_of(each["certificate_authorities"]))
        for each in months
    ]
    rows.append(("Later", number_of(document["expiring_later"]), ""))
    legend = [
        element("li", f"Certificates, the months of the next {document['expiring_within']} days", class_="key strong"),
        element("li", "Certificates, later months", class_="key"),
        element("li", "A certificate authority itself", class_="key mark") if authorities else None,
    ]
    return section_of(
        "expiry",
        "When certificates expire",
        element("p", description, class_="note"),
        element(
            "figure",
            bar_chart("expiry-chart", "Valid certificates by month of expiry", description, bars, EXPIRY_PLOT),
            element("figcaption", element("ul", *legend, class_="legend")),
        ),
        _numbers_table(
            "Valid certificates and certificate authorities by the month in which they expire",
            ("Month", "Certificates", "Authorities"),
            rows,
        ),
    )


def _numbers_table(caption: str, columns: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> Html:
    """What a chart shows, for those who would rather read."""
    head = [element("th", name, scope="col", class_="n" if number else None) for number, name in enumerate(columns)]
    body = each_of(
        element("tr", element("th", row[0], scope="row"), *(element("td", each, class_="n") for each in row[1:]))
        for row in rows
    )
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", body),
        class_="plain",
    )
    return element("details", element("summary", "These numbers as a table"), table)


def issuance_section(document: Document) -> Html:
    """The last twelve months, and by template and by who asked."""
    months = document["issued_by_month"]
    bars = [
        Bar(
            label=MONTHS[int(each["month"][5:7]) - 1][:3],
            second_label=each["month"][:4] if not number or each["month"].endswith("-01") else "",
            value=each["certificates"],
        )
        for number, each in enumerate(months)
    ]
    total = sum(each["certificates"] for each in months)
    description = (
        f"{count_of(total, 'certificate was', 'certificates were')} issued in these twelve months, "
        f"{document['issued_earlier']:,} before them."
    )
    rows = [("Earlier", number_of(document["issued_earlier"]))]
    rows += [(month_name(each["month"]), number_of(each["certificates"])) for each in months]
    templates = [(_template(each["template_arn"]), each["certificates"]) for each in document["by_template"]]
    principals = [
        ("An IAM principal" if name == "none" else name, each["certificates"])
        for each in document["by_requesting_principal"]
        for name in [each["requested_by_service_principal"]]
    ]
    return section_of(
        "issuance",
        "What was issued",
        element("p", description, class_="note"),
        element(
            "figure",
            bar_chart(
                "issuance-chart",
                "Certificates by the month in which they were issued",
                description,
                bars,
                ISSUANCE_PLOT,
            ),
        ),
        _numbers_table("Certificates by the month in which they were issued", ("Month", "Certificates"), rows),
        element(
            "div",
            _ranking("By template", "Template", templates),
            _ranking("By who asked", "Requested by", principals),
            class_="pair",
        ),
    )


def _template(arn: str) -> str:
    return "No template named" if arn == "none" else arn.rpartition(":template/")[2] or arn


def _ranking(heading: str, column: str, ranks: t.Sequence[tuple[str, int]]) -> Html:
    whole = sum(value for _name, value in ranks)
    shown = [(shortened(name, 2 * NAME_SIZE), value) for name, value in ranks[:RANKS]]
    rest = ranks[RANKS:]
    if rest:
        shown.append((f"{len(rest):,} others", sum(value for _name, value in rest)))
    rows = each_of(
        element(
            "tr", element("th", name, share_bar(value, whole), scope="row"), element("td", number_of(value), class_="n")
        )
        for name, value in shown
    )
    head = element("tr", element("th", column, scope="col"), element("th", "Certificates", scope="col", class_="n"))
    table = element(
        "table", element("caption", heading), element("thead", head), element("tbody", rows), class_="ranking"
    )
    return table if shown else element("div", element("h3", heading), element("p", "No certificates.", class_="note"))
