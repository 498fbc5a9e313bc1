# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the summary page: accounts, and CAs with their reports. Pure."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote

from .._summary.attention import CRITICAL, NOTICE, SEVERITIES, WARNING
from .._summary.rows import MISSING
from .._text import shortened
from .elements import Html, each_of, element
from .words import (
    ACCOUNT_NAMES_SIZE,
    NAMES_SIZE,
    SEVERITY_NAMES,
    STATES,
    Document,
    count_of,
    day_or_minute,
    number_of,
    section_of,
    size_of_name,
)

# The console's address of an object. It finds the bucket's region by itself. Other partitions have no public console.
_CONSOLES = {
    "aws": "https://console.aws.amazon.com",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
    "aws-cn": "https://console.amazonaws.cn",
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

_UNKNOWN = "\u2013"
_SEVERITY_WORDS = {CRITICAL: "now", WARNING: "soon", NOTICE: "note"}


def accounts_section(document: Document) -> Html:
    """The accounts and their sums."""
    names = ("Authorities", "Issued", "Valid", f"{document['expiring_within']} days", "Revoked", "Attention")
    head = [element("th", "Account", scope="col"), *(element("th", name, scope="col", class_="n") for name in names)]
    size = size_of_name(ACCOUNT_NAMES_SIZE, len(document["accounts"]))
    fields = ("certificate_authorities", "issued", "valid", "expiring", "revoked")
    rows = each_of(
        element(
            "tr",
            element("th", *_account(each["account_id"], each["account_name"], size), scope="row"),
            *(element("td", number_of(each[name])) for name in fields),
            element("td", number_of(each["needing_attention"] + each["unreachable"])),
        )
        for each in document["accounts"]
    )
    caption = element("caption", "Accounts, with the sums of their certificate authorities")
    table = element(
        "table", caption, element("thead", element("tr", *head)), element("tbody", rows), class_="cards accounts"
    )
    nothing = element("p", "No account has a certificate authority.", class_="note")
    return section_of("accounts", "Accounts", _scrolled("accounts", table) if document["accounts"] else nothing)


def _scrolled(name: str, table: Html) -> Html:
    return element("div", table, class_="scrolled", role="region", tabindex="0", aria_labelledby=f"{name}-heading")


def _account(account_id: str, name: str | None, size: int) -> list[str]:
    number = element("code", account_id)
    return [element("b", shortened(name, size)), number] if name else [number]


def in_order(document: Document) -> list[Document]:
    """The CAs as the table has them: those of an account together, each account as far as possible by its name."""
    return sorted(
        document["certificate_authorities"],
        key=lambda row: (
            row["account_name"] or "~",
            row["account_id"],
            row["name"] or "~",
            row["certificate_authority_arn"],
        ),
    )


def authorities_section(document: Document, rows: t.Sequence[Document]) -> Html:
    """The CAs and their reports. ``rows`` as ``in_order`` returns them."""
    if not rows:
        return section_of("authorities", "Certificate authorities", element("p", "None was found.", class_="note"))
    numeric = ("Issued", "Valid", f"{document['expiring_within']} days", "Revoked")
    head = [
        *(element("th", name, scope="col") for name in ("Certificate authority", "Account", "Region", "Status")),
        *(element("th", name, scope="col") for name in ("Valid until", "Last report")),
        *(element("th", name, scope="col", class_="n") for name in numeric),
    ]
    sizes = size_of_name(NAMES_SIZE, len(rows)), size_of_name(ACCOUNT_NAMES_SIZE, len(rows))
    within = document["expiring_within"]
    body = each_of(_authority(number, row, within, sizes) for number, row in enumerate(rows, start=1))
    table = element(
        "table",
        element("caption", "Certificate authorities and their reports"),
        element("thead", element("tr", *head)),
        element("tbody", body),
        class_="cards authorities",
    )
    return section_of("authorities", "Certificate authorities", _controls(rows), _scrolled("authorities", table))


def _controls(rows: t.Sequence[Document]) -> Html:
    """They do nothing without the script, which shows them."""
    states = [name for name in STATES if any(row["report"]["state"] == name for row in rows)]

    def choice(name: str, label: str, options: t.Iterable[tuple[str, str]]) -> Html:
        listed = each_of(element("option", words, value=value) for value, words in options)
        return element("p", element("label", label, for_=name), element("select", listed, id=name))

    severities = [("", "all"), ("any", "any"), *((name, SEVERITY_NAMES[name].lower()) for name in SEVERITIES)]
    return element(
        "div",
        element(
            "p",
            element("label", "Find a name, account, region or ARN", for_="find"),
            element("input", id="find", type="search", autocomplete="off", spellcheck="false"),
            class_="wide",
        ),
        choice("state", "Report", [("", "all"), *((name, STATES[name]) for name in states)]),
        choice("severity", "Attention", severities),
        element("button", "Show all", id="all", type="button"),
        element("p", count_of(len(rows), "certificate authority", "certificate authorities"), id="told", role="status"),
        class_="controls",
        id="controls",
        hidden=True,
    )


def _authority(number: int, row: Document, within: int, sizes: tuple[int, int]) -> Html:
    """One row, in few bytes: there may be a thousand."""
    name_size, account_size = sizes
    counts, report = row["counts"], row["report"]
    state = report["state"] if report["state"] in STATES else MISSING
    severity = row["severity"] if row["severity"] in SEVERITIES else None
    word = element("em", _SEVERITY_WORDS[severity]) if severity else None
    name = element("b", shortened(row["name"], name_size)) if row["name"] else element("b", "No name known")
    numbers = [number_of(counts[key]) if counts else _UNKNOWN for key in ("issued", "valid")] + [
        number_of(counts["expiring_within"].get(str(within), 0)) if counts else _UNKNOWN,
        number_of(counts["revoked"]) if counts else _UNKNOWN,
    ]
    identifier = element("code", row["certificate_authority_arn"].rpartition("/")[2])
    return element(
        "tr",
        element("th", name, " ", word, identifier, scope="row"),
        element("td", *_account(row["account_id"], row["account_name"], account_size)),
        element("td", row["region"]),
        element("td", (row["status"] or "unknown").replace("_", " ").lower()),
        element("td", day_or_minute(row["not_after"], 10)),
        element(
            "td",
            element("span", STATES[state]),
            " " if report["created_at"] else None,
            day_or_minute(report["created_at"], 16),
            _report_link(row["certificate_authority_arn"], report),
        ),
        *(element("td", each) for each in numbers),
        id=f"ca-{number}",
        data_state=state,
        data_severity=severity,
    )


def _report_link(arn: str, report: Document) -> Html | None:
    """Where the report is, if it is there: what is still being made, or failed, is not."""
    bucket, key = report["s3_bucket_name"], report["s3_key"]
    if not bucket or not key or report["audit_report_status"] != "SUCCESS":
        return None
    uri = f"s3://{bucket}/{key}"
    console = _CONSOLES.get(arn.split(":")[1] if arn.startswith("arn:") else "")
    # What is not a bucket's name, or not as it was after it was made visible, leads nowhere.
    if console is None or not _BUCKET.fullmatch(bucket) or not key.isascii() or "\\" in key:
        return element("code", uri)
    address = f"{console}/s3/object/{bucket}?prefix={quote(key)}"
    return element("a", uri, href=address)
