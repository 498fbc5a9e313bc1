# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page shows of a document: which rows, in which order, in how many bytes, and in which words. Pure.

``view_of`` makes the variables of the template, which escapes them.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from urllib.parse import quote

from .._summary.findings import CRITICAL, NOTICE, SEVERITIES, WARNING
from .._summary.input import to_time
from .._summary.rows import MISSING, SHORT_LIVED
from .._text import shortened
from .chart import shares_of
from .months import expiry_of, issuance_of
from .ranking import NAME_SIZE, Count, Ranking, first_of, ranking_of
from .words import SEVERITY_NAMES, STATES, count_of, day_or_minute, number_of

Document = t.Mapping[str, t.Any]

# How much is on the page; the document has all of it.
ATTENTION_AT_ONCE = {CRITICAL: 20, WARNING: 6, NOTICE: 4}
ATTENTION_AT_MOST = 120  # as the documentation of the filter says

# Bytes that all sentences, and all names of a table, take together, so that a thousand CAs stay under 1 MB whatever
# they are called.
ATTENTION_SIZE = 72_000
NAMES_SIZE = 72_000
ACCOUNT_NAMES_SIZE = 48_000

# The console's address of an object. It finds the bucket's region by itself. Other partitions have no public console.
_CONSOLES = {
    "aws": "https://console.aws.amazon.com",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
    "aws-cn": "https://console.amazonaws.cn",
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

_UNKNOWN = "\u2013"
_SEVERITY_WORDS = {CRITICAL: "now", WARNING: "soon", NOTICE: "note"}


@dataclasses.dataclass(frozen=True)
class Item:
    """Something that needs attention: a sentence that begins with ``name``, and the row of the CA that it is about."""

    name: str
    rest: str
    place: str
    row: int | None


@dataclasses.dataclass(frozen=True)
class Group:
    """What is equally urgent: the first ``at_once`` items are unfolded, and ``beyond`` are not on the page."""

    severity: str
    name: str
    total: int
    items: t.Sequence[Item]
    at_once: int
    beyond: int


@dataclasses.dataclass(frozen=True)
class Authority:
    """A row of the table of CAs."""

    id: str
    name: str | None
    account_id: str
    account_name: str | None
    region: str
    status: str
    severity: str | None
    not_after: str | None
    state: str
    created_at: str | None
    report_uri: str | None
    report_address: str | None
    numbers: t.Sequence[str]


def view_of(document: Document) -> dict[str, t.Any]:
    """The variables of the template."""
    totals = document["totals"]
    authorities = sorted(document["certificate_authorities"], key=_place_of)
    severities = [item["severity"] for item in document["attention"]]
    within = str(document["expiring_within"])
    short_lived = sum(
        row["counts"]["expiring_within"].get(within, 0)
        for row in authorities
        if row["usage_mode"] == SHORT_LIVED and row["counts"]
    )
    return {
        "document": document,
        "totals": totals,
        "made": to_time(document["generated_at"]),
        "urgent": severities.count(CRITICAL),
        "soon": severities.count(WARNING),
        "figures": _figures(totals, within, short_lived, _next_expiry(authorities)),
        "short_lived": short_lived,
        "strip": shares_of([(name, totals[name]) for name in ("valid", "expired", "revoked")]),
        "facts": _facts(document),
        "attention": _attention(document["attention"], authorities),
        "expiry": expiry_of(document),
        "issuance": issuance_of(document),
        "account_name_size": _size_of_name(ACCOUNT_NAMES_SIZE, len(document["accounts"])),
        "authorities": _authorities(authorities, within),
        "algorithms": _algorithms(document["by_key_algorithm"]),
        "post_quantum": sum(
            each["certificate_authorities"] for each in document["by_key_algorithm"] if each["post_quantum"]
        ),
        "regions_skipped": len(document["regions_skipped"]),
        "states": STATES,
        "severity_names": SEVERITY_NAMES,
        "severity_words": _SEVERITY_WORDS,
    }


def _place_of(row: Document) -> tuple[str, ...]:
    """CAs of an account stand together, each account as far as possible by its name."""
    account = (row["account_name"] or "~").lower(), row["account_id"]
    return *account, row["name"] or "~", row["certificate_authority_arn"]


def _next_expiry(authorities: t.Iterable[Document]) -> str:
    """The day on which the next valid certificate expires."""
    found = (row["counts"]["next_expiry_at"] for row in authorities if row["counts"])
    return min(filter(None, found), default="")[:10]


def _figures(
    totals: Document, within: str, short_lived: int, next_expiry: str
) -> list[tuple[str, int, str, tuple[str, ...]]]:
    """Names, numbers, classes and notes. ``short_lived``: expiring certificates that need no attention."""
    changes = totals["changes"] or {}

    def new(name: str) -> str:
        return f"{changes[name]:,} since the last report" if changes.get(name) else ""

    issued, valid = totals["issued"], totals["valid"]
    expiring = totals["expiring_within"]
    longer = [f"{expiring[days]:,} in {days} days" for days in ("60", "90") if int(days) > int(within)]
    notes = (
        f"the next on {next_expiry}" if next_expiry else "",
        f"{short_lived:,} of them short-lived" if short_lived else "",
        *longer,
    )
    today = totals["issued_within"].get("1", 0)
    return [
        ("Issued", issued, "", (f"{today:,} in the last 24 hours", new("newly_issued"))),
        ("Valid", valid, "valid", (f"{100 * valid / issued:.0f}% of issued" if issued else "",)),
        (f"Expiring in {within} days", expiring[within], WARNING, notes),
        ("Expired", totals["expired"], "expired", (new("newly_expired"),)),
        ("Revoked", totals["revoked"], "revoked", (new("newly_revoked"),)),
    ]


def _facts(document: Document) -> list[tuple[str, list[Count]]]:
    totals = document["totals"]
    broken, left_out = (
        [(shortened(each["rule"], NAME_SIZE), each[name]) for each in document["rules"] if each[name]]
        for name in ("certificates", "short_lived")
    )
    states = [(words, totals["reports"].get(name, 0)) for name, words in STATES.items()]
    return [
        ("Reports", [each for each in states if each[1]]),
        ("Rules", first_of(broken, "others")),
        ("Short-lived, left out", first_of(left_out, "others")),
        ("Revocations in 90 days", first_of(_by_number(totals["recently_revoked_by_reason"]), "others")),
        ("All revocations", first_of(_by_number(totals["revoked_by_reason"]), "others")),
        ("Authorities", first_of(_by_number(totals["certificate_authorities_by_status"]), "others")),
    ]


def _by_number(numbers: t.Mapping[str, int]) -> list[Count]:
    ordered = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(shortened(name.replace("_", " ").lower(), NAME_SIZE), value) for name, value in ordered]


def _attention(items: t.Sequence[Document], authorities: t.Sequence[Document]) -> list[Group]:
    """What to do first. ``authorities`` are in the order of the table, which the items link to."""
    rows = {row["certificate_authority_arn"]: number for number, row in enumerate(authorities, start=1)}
    groups = []
    left = ATTENTION_AT_MOST
    size = ATTENTION_SIZE // max(min(len(items), ATTENTION_AT_MOST), 12)
    for severity in SEVERITIES:
        found = [item for item in items if item["severity"] == severity]
        shown = [_item(item, rows, size) for item in found[:left]]
        left -= len(shown)
        if found:
            name, at_once, beyond = SEVERITY_NAMES[severity], ATTENTION_AT_ONCE[severity], len(found) - len(shown)
            groups.append(Group(severity, name, len(found), shown, at_once, beyond))
    return groups


def _item(item: Document, rows: t.Mapping[str, int], size: int) -> Item:
    name, sentence = item["name"] or "", item["sentence"]
    if not sentence.startswith(name):
        name = ""
    return Item(
        name=shortened(name, size // 3),
        rest=shortened(sentence[len(name) :], size * 2 // 3 if name else size),
        place=", ".join(each for each in (item["account_id"], item["region"]) if each),
        row=rows.get(item["certificate_authority_arn"] or ""),
    )


def _algorithms(found: t.Sequence[Document]) -> Ranking:
    """Which keys the CAs have, and how many valid certificates hang on them."""
    counts = [
        (
            f"{each['key_algorithm']}, {count_of(each['certificate_authorities'], 'authority', 'authorities')}",
            each["valid"],
        )
        for each in found
    ]
    return ranking_of("By key algorithm", "Key algorithm", counts, "Valid certificates")


def _size_of_name(together: int, rows: int) -> int:
    """How many bytes one name of a table may take; never less than of a thousand."""
    return max(min(NAME_SIZE, together // max(rows, 1)), together // 1000)


def _authorities(rows: t.Sequence[Document], within: str) -> list[Authority]:
    name_size, account_size = (_size_of_name(size, len(rows)) for size in (NAMES_SIZE, ACCOUNT_NAMES_SIZE))
    return [_authority(row, within, name_size, account_size) for row in rows]


def _authority(row: Document, within: str, name_size: int, account_size: int) -> Authority:
    report = row["report"]
    uri, address = _report_link(row["certificate_authority_arn"], report)
    return Authority(
        id=row["certificate_authority_arn"].rpartition("/")[2],
        name=row["name"] and shortened(row["name"], name_size),
        account_id=row["account_id"],
        account_name=row["account_name"] and shortened(row["account_name"], account_size),
        region=row["region"],
        status=(row["status"] or "unknown").replace("_", " ").lower(),
        severity=row["severity"] if row["severity"] in SEVERITIES else None,
        not_after=day_or_minute(row["not_after"], 10),
        state=report["state"] if report["state"] in STATES else MISSING,
        created_at=day_or_minute(report["created_at"], 16),
        report_uri=uri,
        report_address=address,
        numbers=_numbers(row["counts"], within),
    )


def _numbers(counts: Document | None, within: str) -> list[str]:
    if not counts:
        return [_UNKNOWN] * 4
    expiring = counts["expiring_within"].get(within, 0)
    return [number_of(each) for each in (counts["issued"], counts["valid"], expiring, counts["revoked"])]


def _report_link(arn: str, report: Document) -> tuple[str | None, str | None]:
    """Where the report is, if it is there: what is still being made, or failed, is not."""
    bucket, key = report["s3_bucket_name"], report["s3_key"]
    if not bucket or not key or report["audit_report_status"] != "SUCCESS":
        return None, None
    uri = f"s3://{bucket}/{key}"
    console = _CONSOLES.get(arn.split(":")[1] if arn.startswith("arn:") else "")
    # What is not a bucket's name, or not as it was after it was made visible, leads nowhere.
    if console is None or not _BUCKET.fullmatch(bucket) or not key.isascii() or "\\" in key:
        return uri, None
    return uri, f"{console}/s3/object/{bucket}?prefix={quote(key)}"
