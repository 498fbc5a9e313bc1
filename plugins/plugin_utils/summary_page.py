# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet summary as a page: one file, for people. Pure.

It stands by itself: no network, no script but its own, and none is needed. All text of the document goes through
``harmless``.
"""

from __future__ import annotations

import base64
import hashlib
import typing as t
from urllib.parse import quote

from ansible_collections.cloudpki.aws.plugins.plugin_utils.harmless import markup
from ansible_collections.cloudpki.aws.plugins.plugin_utils.summary_style import SCRIPT, STYLE

Entry = t.Mapping[str, t.Any]

MOST_ATTENTION = 200
SHOWN_AT_ONCE = 6
MOST_RANKED = 30

# https://docs.aws.amazon.com/general/latest/gr/ and the consoles of the partitions
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
_TEMPLATE = "arn:aws:acm-pca:::template/"
_NOTHING = '<span class="zero">&ndash;</span>'
_TITLES = {
    "account_failed": "Accounts that could not be looked at",
    "report_failed": "CAs without a fresh report",
    "key_compromised": "Compromised keys",
    "certificate_authority_expired": "Expired CAs",
    "report_unreadable": "Reports that could not be read",
    "certificates_expiring": "Certificates that expire soon",
    "certificate_authority_expiring": "CAs that expire soon",
    "report_stale": "Old reports",
    "reports_unread": "Reports that were not read",
    "rows_unreadable": "Reports with rows that could not be read",
}
_SEVERITIES = {"high": "Now", "medium": "Soon"}


def summary_page(document: Entry) -> str:
    """The page of a document of ``fleet_summary``."""
    rows = document["certificate_authorities"]
    parts = [
        _head(),
        '<body><a class="skip" href="#main">Skip to the content</a>',
        _header(document),
        '<main id="main">',
        _totals(document["totals"], document["expiring_within_days"]),
        _attention(document["attention"]),
        _expiring(document["expiring_by_month"]),
        _authorities(rows),
        _issuance(document),
        "</main>",
        "<footer>Made by cloudpki.aws from the audit reports of AWS Private CA. All times are in UTC.</footer>",
        f"<script>{SCRIPT}</script></body></html>\n",
    ]
    return "\n".join(parts)


def _head() -> str:
    policy = (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>Private CA fleet audit</title><style>{STYLE}</style></head>"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(document: Entry) -> str:
    totals = document["totals"]
    authorities = _count(totals["certificate_authorities"], "certificate authority", "certificate authorities")
    made = markup(str(document["generated_at"]).replace("T", " ").replace("Z", " UTC"))
    links = (
        ("attention", "Attention"),
        ("expiring", "Expiring"),
        ("cas", "Certificate authorities"),
        ("issuance", "Issuance"),
    )
    return (
        f"<header><h1>Private CA fleet audit</h1><p>{authorities} in {_count(totals['accounts'], 'account')} and "
        f"{_count(totals['regions'], 'region')}, as of "
        f'<time datetime="{markup(document["generated_at"])}">{made}</time>.</p>'
        '<nav aria-label="Sections"><ul>'
        + "".join(f'<li><a href="#{name}">{text}</a></li>' for name, text in links)
        + "</ul></nav></header>"
    )


def _totals(totals: Entry, days: int) -> str:
    soon = totals["expiring_within"].get(str(days), 0)
    compromised = sum(totals["revoked_by_reason"].get(reason, 0) for reason in ("KEY_COMPROMISE", "CA_COMPROMISE"))
    cells = [
        ("Certificates issued", totals["issued"], ""),
        ("Valid", totals["valid"], ""),
        (f"Expiring within {days} days", soon, "medium" if soon else ""),
        ("Expired", totals["expired"], ""),
        ("Revoked", totals["revoked"], ""),
        ("Keys compromised", compromised, "high" if compromised else ""),
        ("CAs with a report", totals["reports"], ""),
        ("Failures", totals["failed"], "high" if totals["failed"] else ""),
    ]
    return (
        '<section aria-labelledby="totals-h"><h2 id="totals-h">Totals</h2><dl class="totals">'
        + "".join(
            f'<div{_class(kind)}><dt>{markup(name)}</dt><dd data-total="{markup(name)}">{_number(value)}</dd></div>'
            for name, value, kind in cells
        )
        + "</dl></section>"
    )


def _attention(items: t.Sequence[Entry]) -> str:
    start = '<section id="attention" aria-labelledby="attention-h"><h2 id="attention-h">What needs attention</h2>'
    if not items:
        return start + '<p class="calm">Nothing: every report is fresh, and nothing expires soon.</p></section>'
    groups: dict[str, list[Entry]] = {}
    for item in items:
        groups.setdefault(item["kind"], []).append(item)
    return f"{start}{''.join(_group(kind, found) for kind, found in groups.items())}</section>"


def _group(kind: str, items: t.Sequence[Entry]) -> str:
    """All of a kind together; most of a long list is folded away."""
    lines = [
        f"<li><span><bdi>{markup(item['text'], 600)}</bdi></span><small>{markup(_place(item))}</small></li>"
        for item in items[:MOST_ATTENTION]
    ]
    left = len(items) - MOST_ATTENTION
    more = f"<p>And {left} more, which are in the JSON summary.</p>" if left > 0 else ""
    hidden = lines[SHOWN_AT_ONCE:]
    folded = (
        f"<details><summary>{len(hidden)} more</summary><ul>{''.join(hidden)}</ul>{more}</details>" if hidden else ""
    )
    severity = str(items[0]["severity"])
    return (
        f'<div class="group {markup(severity)}"><h3><span class="tag">{_SEVERITIES.get(severity, "Later")}</span> '
        f'{_TITLES.get(kind, markup(kind))} <span class="count">{_number(len(items))}</span></h3>'
        f"<ul>{''.join(lines[:SHOWN_AT_ONCE])}</ul>{folded}</div>"
    )


def _place(item: Entry) -> str:
    return " / ".join(str(item[name]) for name in ("account_id", "region") if item.get(name))


def _expiring(months: t.Sequence[Entry]) -> str:
    most = max((month["certificates"] for month in months), default=0) or 1
    width, height, base, gap = 960, 260, 220, 12
    step = width / max(len(months), 1)
    bars = []
    for place, month in enumerate(months):
        count = month["certificates"]
        tall = round(count / most * 180, 1)
        left, middle = round(place * step + gap / 2, 1), round((place + 0.5) * step, 1)
        kind = ' class="soon"' if place == 0 else ""
        bars.append(
            f'<rect{kind} x="{left}" y="{round(base - tall, 1)}" width="{round(step - gap, 1)}" height="{tall}"/>'
            f'<text class="value" x="{middle}" y="{round(base - tall - 8, 1)}">{_number(count)}</text>'
            f'<text x="{middle}" y="{base + 20}">{_month(month["month"])}</text>'
        )
    rows = "".join(
        f'<tr><th scope="row">{_month(month["month"])} {markup(month["month"][:4])}</th>'
        f'<td class="n">{_number(month["certificates"])}</td></tr>'
        for month in months
    )
    total = sum(month["certificates"] for month in months)
    return (
        '<section id="expiring" aria-labelledby="expiring-h"><h2 id="expiring-h">Expiring in the next 12 months</h2>'
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="expiring-h">'
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-labelledby="chart-t chart-d">'
        '<title id="chart-t">Valid certificates by the month in which they expire</title>'
        f'<desc id="chart-d">{_number(total)} in all. The numbers are in the table below.</desc>'
        f'<line x1="0" x2="{width}" y1="{base}" y2="{base}"/>{"".join(bars)}</svg></div>'
        '<details><summary>The same as a table</summary><table><thead><tr><th scope="col">Month</th>'
        '<th scope="col" class="n">Certificates</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details></section>"
    )


_COLUMNS = (
    ("Certificate authority", ""),
    ("Account", ""),
    ("Region", ""),
    ("Status", ""),
    ("Expires", ""),
    ("Issued", "n"),
    ("Valid", "n"),
    ("In 30 days", "n"),
    ("Revoked", "n"),
    ("Report", ""),
)


def _authorities(rows: t.Sequence[Entry]) -> str:
    start = '<section id="cas" aria-labelledby="cas-h"><h2 id="cas-h">Certificate authorities</h2>'
    if not rows:
        return start + '<p class="calm">There is none.</p></section>'
    statuses = sorted({str(row["status"]) for row in rows if row["status"]})
    options = "".join(f'<option value="{markup(status, 32)}">{markup(status, 32)}</option>' for status in statuses)
    head = "".join(f'<th scope="col"{_class(kind)}>{name}</th>' for name, kind in _COLUMNS)
    return (
        f'{start}<div class="filters" role="search">'
        '<label for="find">Find<input id="find" type="search" autocomplete="off"></label>'
        f'<label for="status">Status<select id="status"><option value="">any</option>{options}</select></label>'
        '<p id="told" role="status" aria-live="polite"></p></div>'
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="cas-h"><table id="authorities">'
        f"<caption>Each private CA with its last audit report.</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(map(_authority, rows))}</tbody></table></div></section>"
    )


def _authority(row: Entry) -> str:
    arn = str(row["certificate_authority_arn"])
    numbers = row["certificates"] or {}
    soon = (numbers.get("expiring_within") or {}).get("30")
    account = (
        f"<bdi>{markup(row['account_name'], 64)}</bdi><small>{markup(row['account_id'])}</small>"
        if row["account_name"]
        else markup(row["account_id"])
    )
    status = row["status"] or "unknown"
    kind = "bad" if status in ("EXPIRED", "FAILED") else "warn" if status in ("DISABLED", "DELETED") else ""
    end = str(row["not_after"] or "")[:10]
    return (
        f'<tr data-status="{markup(row["status"] or "", 32)}">'
        f'<th scope="row"><bdi>{markup(row["name"] or "unnamed", 96)}</bdi>'
        f"<small>{markup(arn.rpartition('/')[2])}</small></th><td>{account}</td><td>{markup(row['region'], 32)}</td>"
        f"<td{_class(kind)}>{markup(status, 32)}</td><td>{markup(end, 16) or _NOTHING}</td>"
        + _cell(numbers.get("issued"))
        + _cell(numbers.get("valid"))
        + _cell(soon, "warn")
        + _cell(numbers.get("revoked"))
        + _report(row["report"], arn)
        + "</tr>"
    )


def _cell(value: int | None, kind: str = "") -> str:
    if value is None:
        return '<td class="n zero" data-sort="-1">&ndash;</td>'
    classes = " ".join(filter(None, ["n", kind if value else "zero"]))
    return f'<td class="{classes}" data-sort="{int(value)}">{_number(value)}</td>'


def _report(report: Entry, arn: str) -> str:
    made = str(report["created_at"] or "")
    when = markup(made[:16].replace("T", " "))
    text = f'<span class="bad">failed</span><small>{markup(report["error"], 120)}</small>' if report["error"] else ""
    if report["s3_key"] and report["s3_bucket_name"]:
        address = f"s3://{report['s3_bucket_name']}/{report['s3_key']}"
        console = _CONSOLES.get(arn.split(":")[1] if arn.count(":") > 4 else "")
        label = when or "report"
        if console:
            bucket = quote(str(report["s3_bucket_name"]), safe="", errors="replace")
            key = quote(str(report["s3_key"]), errors="replace")
            url = f"https://{console}/s3/object/{bucket}?prefix={key}"
            label = f'<a href="{markup(url, 500)}" title="{markup(address, 300)}">{label}</a>'
        text = label + (f"<small>{markup(address, 600)}</small>" if not console else "") + text
    return f'<td data-sort="{markup(made)}">{text or "<span class=zero>none</span>"}</td>'


def _issuance(document: Entry) -> str:
    months = [(month["month"], month["certificates"]) for month in document["issued_by_month"]][-24:]
    templates = [
        (str(each["template_arn"] or "none").replace(_TEMPLATE, ""), each["certificates"])
        for each in document["by_template"]
    ]
    principals = [
        (each["principal"] or "IAM principals", each["certificates"]) for each in document["by_requesting_principal"]
    ]
    return (
        '<section id="issuance" aria-labelledby="issuance-h"><h2 id="issuance-h">Issuance</h2><div class="columns">'
        + _shares("By month", "Month", list(reversed(months)))
        + _shares("By template", "Template", templates)
        + _shares("By requesting principal", "Principal", principals)
        + "</div></section>"
    )


def _shares(title: str, label: str, counted: t.Sequence[tuple[str, int]]) -> str:
    most = max((count for _name, count in counted), default=0) or 1
    lines = "".join(
        f'<tr><th scope="row">{markup(name)}'
        '<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{round(count / most * 100, 1)}" height="4"/></svg></th><td class="n">{_number(count)}</td></tr>'
        for name, count in counted[:MOST_RANKED]
    )
    left = len(counted) - MOST_RANKED
    more = f"<p>And {left} more, which are in the JSON summary.</p>" if left > 0 else ""
    none = "" if counted else "<p>None.</p>"
    return (
        f'<div><h3>{title}</h3><table><thead><tr><th scope="col">{label}</th>'
        '<th scope="col" class="n">Certificates</th></tr></thead>'
        f"<tbody>{lines}</tbody></table>{more}{none}</div>"
    )


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _number(value: int) -> str:
    return f"{int(value):,}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{_number(number)} {one if number == 1 else many or one + 's'}"


def _month(text: str) -> str:
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return names[int(text[5:7]) - 1]
