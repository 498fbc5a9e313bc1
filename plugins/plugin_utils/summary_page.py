# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTML page from the document of fleet_summary. Pure; the style and the script are files beside this one.

The page needs no network and no script. Its own script sorts and filters; its policy allows that script and no other.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import typing as t
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from .fleet_attention import CRITICAL, NOTICE, SEVERITIES, WARNING
from .fleet_rows import CURRENT, FAILED, MISSING, NOT_POSSIBLE, PENDING, STALE, UNREADABLE
from .fleet_summary import SCHEMA_VERSION
from .hostile_text import shortened
from .html_elements import Html, each_of, element, own_code
from .summary_chart import Bar, bar_chart, share_bar, strip
from .summary_input import SummaryError, to_time

Document = t.Mapping[str, t.Any]

# How much is on the page; the document has all of it.
ATTENTION_AT_ONCE = 12
ATTENTION_AT_MOST = 200
RANKS = 12
# Bytes of a name in a table, so that a thousand CAs stay under 1 MB whatever they are called.
NAME_SIZE = 96
ACCOUNT_SIZE = 64

# The console's address of an object. It finds the bucket's region by itself. Other partitions have no public console.
_CONSOLES = {
    "aws": "https://console.aws.amazon.com",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
    "aws-cn": "https://console.amazonaws.cn",
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

# Not those of the machine's language.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNKNOWN = "\u2013"

_SEVERITY_NAMES = {CRITICAL: "Act now", WARNING: "Act soon", NOTICE: "Good to know"}
_SEVERITY_WORDS = {CRITICAL: "now", WARNING: "soon", NOTICE: "note"}
_STATES = {
    CURRENT: "current",
    PENDING: "being made",
    STALE: "stale",
    NOT_POSSIBLE: "not possible",
    MISSING: "missing",
    UNREADABLE: "unreadable",
    FAILED: "failed",
}


def summary_page(document: Document, title: str = "Private CA audit") -> str:
    """The page, as text in UTF-8.

    :raises SummaryError: where the document is none that fleet_document made.
    """
    version = document.get("schema_version") if isinstance(document, t.Mapping) else None
    if version != SCHEMA_VERSION:
        raise SummaryError(
            f"The document has the schema version {version!r}; this page is made from version {SCHEMA_VERSION}. "
            "Make the document with the filter cloudpki.aws.audit_summary of the same version of the collection."
        )
    try:
        return _page(document, title)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as e:
        raise SummaryError(
            f"The document is not as the filter cloudpki.aws.audit_summary makes it ({type(e).__name__}: {e})."
        ) from e


def _page(document: Document, title: str) -> str:
    style, script = _own_file("summary_page.css"), _own_file("summary_page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    made = to_time(document["generated_at"])
    numbers = {
        row["certificate_authority_arn"]: number
        for number, row in enumerate(document["certificate_authorities"], start=1)
    }
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{title}, {_day(made)}"),
        own_code("style", style),
    )
    sections = [
        _figures(document),
        _attention(document, numbers),
        _expiry(document),
        _issuance(document),
        _accounts(document),
        _authorities(document),
    ]
    body = element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        _header(document, title, made),
        element("main", *sections, id="content", tabindex="-1"),
        _footer(document),
        own_code("script", script),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


@functools.cache
def _own_file(name: str) -> str:
    """A file beside this one, without the comment that it starts with (the licence)."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return text.split("*/", 1)[1].strip()


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode('utf-8')).digest()).decode('ascii')}'"


# Words and numbers


def _number(value: int) -> str:
    return f"{value:,}"


def _count(value: int, one: str, many: str) -> str:
    return f"{value:,} {one if value == 1 else many}"


def _day(time: datetime) -> str:
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


def _time_element(text: str | None, with_hour: bool = False) -> Html | None:
    if not text:
        return None
    return element("time", text[:16].replace("T", " ") if with_hour else text[:10], datetime=text)


def _month_name(month: str) -> str:
    return f"{_MONTHS[int(month[5:7]) - 1]} {month[:4]}"


def _joined(parts: t.Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


# The parts of the page, from top to bottom


def _header(document: Document, title: str, made: datetime) -> Html:
    totals = document["totals"]
    places = [("attention", "Attention"), ("expiry", "Expiry"), ("issuance", "Issuance")]
    places += [("accounts", "Accounts"), ("authorities", "Certificate authorities")]
    links = each_of(element("li", element("a", name, href=f"#{place}")) for place, name in places)
    moment = element("time", f"{_day(made)}, {made:%H:%M} UTC", datetime=document["generated_at"])
    scope = _joined(
        [
            _count(totals["certificate_authorities"], "certificate authority", "certificate authorities"),
            _count(totals["accounts"], "account", "accounts"),
            _count(totals["regions"], "region", "regions"),
        ]
    )
    return element(
        "header",
        element("p", "AWS Private CA ", element("span", scope), class_="kicker"),
        element("h1", title),
        element("p", moment, class_="made"),
        element("p", *_verdict(document), class_="verdict"),
        element("nav", element("ul", links), aria_label="Sections"),
    )


def _verdict(document: Document) -> list[str]:
    """The page in two sentences."""
    totals = document["totals"]
    severities = [item["severity"] for item in document["attention"]]
    urgent, soon = severities.count(CRITICAL), severities.count(WARNING)
    if urgent:
        first: list[str] = [element("strong", _count(urgent, "matter", "matters"), class_=CRITICAL)]
        first.append(f" {'needs' if urgent == 1 else 'need'} action now")
        first += [f", {soon:,} soon. "] if soon else [". "]
    elif soon:
        first = [element("strong", _count(soon, "matter", "matters"), class_=WARNING)]
        first.append(f" {'needs' if soon == 1 else 'need'} action soon, none at once. ")
    elif totals["certificate_authorities"]:
        first = ["Nothing needs action. "]
    else:
        return ["No certificate authority was found."]
    counted, all_of = totals["certificate_authorities_counted"], totals["certificate_authorities"]
    whose = "every certificate authority" if counted == all_of else f"{counted:,} of {all_of:,} certificate authorities"
    return [*first, f"The numbers are from the reports of {whose}."]


def _section(name: str, heading: str, *children: str | None) -> Html:
    return element(
        "section", element("h2", heading, id=f"{name}-heading"), *children, id=name, aria_labelledby=f"{name}-heading"
    )


def _figures(document: Document) -> Html:
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
            element("dd", element("b", _number(value)), element("small", note) if note else None),
            class_=class_ or None,
        )
        for name, value, class_, note in figures
    )
    reasons = sorted(totals["revoked_by_reason"].items(), key=lambda pair: (-pair[1], pair[0]))
    states = [(name, totals["reports"].get(name, 0)) for name in _STATES]
    return _section(
        "figures",
        "Certificates",
        element("dl", listed, class_="figures"),
        strip([(name, totals[name]) for name in ("valid", "expired", "revoked")]),
        element(
            "dl",
            _facts("Reports", [f"{value:,} {_STATES[name]}" for name, value in states if value]),
            _facts("Revoked for", [f"{value:,} {_reason(name)}" for name, value in reasons]),
            _facts(
                "Authorities",
                [f"{value:,} {_reason(name)}" for name, value in totals["certificate_authorities_by_status"].items()],
            ),
            class_="facts",
        ),
    )


def _facts(name: str, values: t.Sequence[str]) -> Html | None:
    if not values:
        return None
    return element("div", element("dt", name), element("dd", ", ".join(values)))


def _reason(text: str) -> str:
    """``KEY_COMPROMISE`` as words."""
    return shortened(text.replace("_", " ").lower(), NAME_SIZE)


def _share(part: int, whole: int) -> str | None:
    return f"{100 * part / whole:.0f} % of all issued" if whole else None


def _longer(totals: Document, within: str) -> str | None:
    others = [f"{totals['expiring_within'][days]:,} in {days}" for days in ("60", "90") if int(days) > int(within)]
    return ", ".join(others) or None


def _attention(document: Document, numbers: t.Mapping[str, int]) -> Html:
    items = document["attention"]
    parts: list[str | None] = []
    left = ATTENTION_AT_MOST
    for severity in SEVERITIES:
        group = [item for item in items if item["severity"] == severity]
        if not group:
            continue
        shown = [_matter(item, numbers) for item in group[: max(left, 0)]]
        left -= len(shown)
        rest = shown[ATTENTION_AT_ONCE:]
        beyond = len(group) - len(shown)
        parts.append(
            element(
                "div",
                element("h3", _SEVERITY_NAMES[severity], " ", element("span", _number(len(group)), class_="count")),
                element("ol", *shown[:ATTENTION_AT_ONCE]) if shown else None,
                _folded(rest, ATTENTION_AT_ONCE + 1) if rest else None,
                element("p", f"{beyond:,} more are in the JSON document.", class_="note") if beyond else None,
                class_=f"matters {severity}",
            )
        )
    if not parts:
        parts = [element("p", "Nothing. All reports are current, and nothing expires soon.", class_="note")]
    return _section("attention", "What needs attention", *parts)


def _folded(items: t.Sequence[Html], start: int) -> Html:
    return element("details", element("summary", f"{len(items):,} more"), element("ol", *items, start=start))


def _matter(item: Document, numbers: t.Mapping[str, int]) -> Html:
    number = numbers.get(item["certificate_authority_arn"] or "")
    where = [each for each in (item["account_id"], item["region"]) if each]
    meta = [", ".join(where)] if where else []
    link = element("a", "in the table", href=f"#ca-{number}") if number else None
    return element(
        "li",
        element("p", item["sentence"]),
        element("p", *meta, ", " if meta and link else None, link, class_="where") if meta or link else None,
    )


def _expiry(document: Document) -> Html:
    months = document["expiry_by_month"]
    near = to_time(document["generated_at"]) + timedelta(days=document["expiring_within"])
    bars = [
        Bar(
            label=_MONTHS[int(each["month"][5:7]) - 1][:3],
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
    description = f"{_count(total, 'valid certificate expires', 'valid certificates expire')} in these months"
    if total:
        description += f", the most in {_month_name(most['month'])}: {most['certificates']:,}"
    description += (
        f". {_count(authorities, 'certificate authority expires', 'certificate authorities expire')} in them."
    )
    rows = [
        (_month_name(each["month"]), _number(each["certificates"]), _number(each["certificate_authorities"]))
        for each in months
    ]
    rows.append(("Later", _number(document["expiring_later"]), ""))
    legend = [
        element("li", f"Certificates, the months of the next {document['expiring_within']} days", class_="key strong"),
        element("li", "Certificates, later months", class_="key"),
        element("li", "A certificate authority itself", class_="key mark") if authorities else None,
    ]
    return _section(
        "expiry",
        "When certificates expire",
        element("p", description, f" {_count(document['expiring_later'], 'expires', 'expire')} later.", class_="note"),
        element(
            "figure",
            bar_chart("expiry-chart", "Valid certificates by the month in which they expire", description, bars),
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


def _issuance(document: Document) -> Html:
    months = document["issued_by_month"]
    bars = [
        Bar(
            label=_MONTHS[int(each["month"][5:7]) - 1][:3],
            second_label=each["month"][:4] if not number or each["month"].endswith("-01") else "",
            value=each["certificates"],
        )
        for number, each in enumerate(months)
    ]
    total = sum(each["certificates"] for each in months)
    description = (
        f"{_count(total, 'certificate was', 'certificates were')} issued in these months, "
        f"{document['issued_earlier']:,} before them."
    )
    rows = [("Earlier", _number(document["issued_earlier"]))]
    rows += [(_month_name(each["month"]), _number(each["certificates"])) for each in months]
    templates = [(_template(each["template_arn"]), each["certificates"]) for each in document["by_template"]]
    principals = [
        ("An IAM principal" if name == "none" else name, each["certificates"])
        for each in document["by_requesting_principal"]
        for name in [each["requested_by_service_principal"]]
    ]
    return _section(
        "issuance",
        "What was issued",
        element("p", description, class_="note"),
        element(
            "figure",
            bar_chart("issuance-chart", "Certificates by the month in which they were issued", description, bars),
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
            "tr", element("th", name, share_bar(value, whole), scope="row"), element("td", _number(value), class_="n")
        )
        for name, value in shown
    )
    head = element("tr", element("th", column, scope="col"), element("th", "Certificates", scope="col", class_="n"))
    table = element(
        "table", element("caption", heading), element("thead", head), element("tbody", rows), class_="ranking"
    )
    return table if shown else element("div", element("h3", heading), element("p", "No certificates.", class_="note"))


def _accounts(document: Document) -> Html:
    names = ("Authorities", "Issued", "Valid", f"In {document['expiring_within']} days", "Revoked", "Attention")
    head = [element("th", "Account", scope="col"), *(element("th", name, scope="col", class_="n") for name in names)]
    fields = ("certificate_authorities", "issued", "valid", "expiring", "revoked")
    rows = each_of(
        element(
            "tr",
            element("th", *_account(each["account_id"], each["account_name"]), scope="row"),
            *(element("td", _number(each[name])) for name in fields),
            element("td", _number(each["needing_attention"] + each["unreachable"])),
        )
        for each in document["accounts"]
    )
    caption = element("caption", "Accounts, with the sums of their certificate authorities")
    table = element(
        "table", caption, element("thead", element("tr", *head)), element("tbody", rows), class_="cards accounts"
    )
    nothing = element("p", "No account has a certificate authority.", class_="note")
    return _section("accounts", "Accounts", _scrolled("accounts", table) if document["accounts"] else nothing)


def _scrolled(name: str, table: Html) -> Html:
    return element("div", table, class_="scrolled", role="region", tabindex="0", aria_labelledby=f"{name}-heading")


def _account(account_id: str, name: str | None) -> list[str]:
    number = element("code", account_id)
    return [element("b", shortened(name, ACCOUNT_SIZE)), number] if name else [number]


def _authorities(document: Document) -> Html:
    rows = document["certificate_authorities"]
    if not rows:
        return _section("authorities", "Certificate authorities", element("p", "None was found.", class_="note"))
    numeric = ("Issued", "Valid", f"In {document['expiring_within']} days", "Revoked")
    head = [
        *(element("th", name, scope="col") for name in ("Certificate authority", "Account", "Region", "Status")),
        *(element("th", name, scope="col") for name in ("Valid until", "Last report")),
        *(element("th", name, scope="col", class_="n") for name in numeric),
    ]
    body = each_of(_authority(number, row, document) for number, row in enumerate(rows, start=1))
    table = element(
        "table",
        element("caption", "Certificate authorities and their reports"),
        element("thead", element("tr", *head)),
        element("tbody", body),
        class_="cards authorities",
    )
    return _section("authorities", "Certificate authorities", _controls(rows), _scrolled("authorities", table))


def _controls(rows: t.Sequence[Document]) -> Html:
    """They do nothing without the script, which shows them."""
    states = [name for name in _STATES if any(row["report"]["state"] == name for row in rows)]

    def choice(name: str, label: str, options: t.Iterable[tuple[str, str]]) -> Html:
        listed = each_of(element("option", words, value=value) for value, words in options)
        return element("p", element("label", label, for_=name), element("select", listed, id=name))

    severities = [("", "all"), ("any", "any"), *((name, _SEVERITY_NAMES[name].lower()) for name in SEVERITIES)]
    return element(
        "div",
        element(
            "p",
            element("label", "Find a name, account, region or ARN", for_="find"),
            element("input", id="find", type="search", autocomplete="off", spellcheck="false"),
            class_="wide",
        ),
        choice("state", "Report", [("", "all"), *((name, _STATES[name]) for name in states)]),
        choice("severity", "Attention", severities),
        element("button", "Show all", id="all", type="button"),
        element("p", _count(len(rows), "certificate authority", "certificate authorities"), id="told", role="status"),
        class_="controls",
        id="controls",
        hidden=True,
    )


def _authority(number: int, row: Document, document: Document) -> Html:
    counts, report = row["counts"], row["report"]
    state = report["state"] if report["state"] in _STATES else MISSING
    severity = row["severity"] if row["severity"] in SEVERITIES else None
    word = element("span", _SEVERITY_WORDS[severity], class_="flag") if severity else None
    name = element("b", shortened(row["name"], NAME_SIZE)) if row["name"] else element("b", "No name known")
    numbers = [_number(counts[key]) if counts else _UNKNOWN for key in ("issued", "valid")] + [
        _number(counts["expiring_within"].get(str(document["expiring_within"]), 0)) if counts else _UNKNOWN,
        _number(counts["revoked"]) if counts else _UNKNOWN,
    ]
    return element(
        "tr",
        element("th", name, " ", word, element("code", row["certificate_authority_arn"]), scope="row"),
        element("td", *_account(row["account_id"], row["account_name"])),
        element("td", row["region"]),
        element("td", (row["status"] or "unknown").replace("_", " ").lower()),
        element("td", _time_element(row["not_after"])),
        element(
            "td",
            element("span", _STATES[state], class_=f"state {state}"),
            " " if report["created_at"] else None,
            _time_element(report["created_at"], with_hour=True),
            _report_link(row["certificate_authority_arn"], report["s3_bucket_name"], report["s3_key"]),
        ),
        *(element("td", each) for each in numbers),
        id=f"ca-{number}",
        data_state=state,
        data_severity=severity,
    )


def _report_link(arn: str, bucket: str | None, key: str | None) -> Html | None:
    if not bucket or not key:
        return None
    uri = f"s3://{bucket}/{key}"
    console = _CONSOLES.get(arn.split(":")[1] if arn.startswith("arn:") else "")
    # What is not a bucket's name, or not as it was after it was made visible, leads nowhere.
    if console is None or not _BUCKET.fullmatch(bucket) or not key.isascii() or "\\" in key:
        return element("code", uri, class_="uri")
    address = f"{console}/s3/object/{bucket}?prefix={quote(key)}"
    return element("a", uri, class_="uri", href=address, rel="noopener noreferrer")


def _footer(document: Document) -> Html:
    totals = document["totals"]
    days = document["stale_after"] / 86400
    stale = _count(int(days), "day", "days") if days == int(days) else f"{document['stale_after']:,} seconds"
    notes = [
        "Each certificate counts once: as revoked if it was, even if it expired since, or else as valid or expired.",
        f"A report is stale once it is older than {stale}.",
        "Months and times are in UTC.",
    ]
    if totals["unreadable"]:
        notes.append(
            f"{_count(totals['unreadable'], 'line', 'lines')} of the reports could not be read, and did not count."
        )
    return element(
        "footer",
        each_of(element("p", note) for note in notes),
        element(
            "p",
            f"Made by the collection cloudpki.aws from AWS Private CA audit reports. Schema version {SCHEMA_VERSION}.",
        ),
    )
