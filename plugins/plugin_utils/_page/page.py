# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTML page from the document of fleet_summary. Pure; the style and the script are files beside this one.

The page needs no network and no script. Its own script sorts and filters; its policy allows that script and no other.

    document -> summary_sections, summary_tables -> html_elements (escapes everything) -> the page
"""

from __future__ import annotations

import base64
import functools
import hashlib
import typing as t
from datetime import datetime
from pathlib import Path

from .._summary.attention import CRITICAL, WARNING
from .._summary.document import SCHEMA_VERSION
from .._summary.input import SummaryError, to_time
from .._text import visible
from .elements import Html, each_of, element, own_code
from .sections import attention_section, expiry_section, figures_section, issuance_section
from .tables import accounts_section, authorities_section, in_order
from .words import Document, count_of, day_of, joined

TITLE = "Private CA audit"


def summary_page(document: Document, title: str = TITLE) -> str:
    """The page, as text in UTF-8.

    :raises SummaryError: where the document is none that fleet_document made.
    """
    version = document.get("schema_version") if isinstance(document, t.Mapping) else None
    if version != SCHEMA_VERSION:
        raise SummaryError(
            f"The document has the schema version {visible(repr(version), 40)}; this page is made from version "
            f"{SCHEMA_VERSION}. "
            "Make the document with the filter cloudpki.aws.audit_summary of the same version of the collection."
        )
    try:
        return _page(document, title)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as e:
        raise SummaryError(
            "The document is not as the filter cloudpki.aws.audit_summary makes it "
            f"({type(e).__name__}: {visible(str(e), 200)})."
        ) from e


def _page(document: Document, title: str) -> str:
    style, script = _own_file("page.css"), _own_file("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    made = to_time(document["generated_at"])
    authorities = in_order(document)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{title}, {day_of(made)}"),
        own_code("style", style),
    )
    sections = [
        figures_section(document),
        attention_section(document, authorities),
        expiry_section(document),
        issuance_section(document),
        accounts_section(document),
        authorities_section(document, authorities),
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


def _header(document: Document, title: str, made: datetime) -> Html:
    totals = document["totals"]
    places = [("attention", "Attention"), ("expiry", "Expiry"), ("issuance", "Issuance")]
    places += [("accounts", "Accounts"), ("authorities", "Certificate authorities")]
    links = each_of(element("li", element("a", name, href=f"#{place}")) for place, name in places)
    moment = element("time", f"{day_of(made)}, {made:%H:%M} UTC", datetime=document["generated_at"])
    scope = joined(
        [
            count_of(totals["certificate_authorities"], "certificate authority", "certificate authorities"),
            count_of(totals["accounts"], "account", "accounts"),
            count_of(totals["regions"], "region", "regions"),
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
        first: list[str] = [element("strong", count_of(urgent, "matter", "matters"), class_=CRITICAL)]
        first.append(f" {'needs' if urgent == 1 else 'need'} action now")
        first += [f", {soon:,} soon. "] if soon else [". "]
    elif soon:
        first = [element("strong", count_of(soon, "matter", "matters"), class_=WARNING)]
        first.append(f" {'needs' if soon == 1 else 'need'} action soon, none at once. ")
    elif totals["certificate_authorities"]:
        first = ["Nothing needs action. "]
    else:
        return ["No certificate authority was found."]
    counted, all_of = totals["certificate_authorities_counted"], totals["certificate_authorities"]
    whose = "every certificate authority" if counted == all_of else f"{counted:,} of {all_of:,} certificate authorities"
    return [*first, f"The numbers are from the reports of {whose}."]


def _footer(document: Document) -> Html:
    totals = document["totals"]
    days = document["stale_after"] / 86400
    stale = count_of(int(days), "day", "days") if days == int(days) else f"{document['stale_after']:,} seconds"
    notes = [
        "Each certificate counts once: as revoked if it was, even if it expired since, or else as valid or expired.",
        f"A report is stale once it is older than {stale}.",
        "Months and times are in UTC.",
    ]
    if totals["unreadable"]:
        notes.append(
            f"{count_of(totals['unreadable'], 'line', 'lines')} of the reports could not be read, and did not count."
        )
    return element(
        "footer",
        each_of(element("p", note) for note in notes),
        element(
            "p",
            f"Made by the collection cloudpki.aws from AWS Private CA audit reports. Schema version {SCHEMA_VERSION}.",
        ),
    )
