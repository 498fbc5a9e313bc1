# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job leaves for the next one: a few numbers, and the most urgent sentences. Pure.

AWX hands it to the next job as variables. So no name is that of a variable of the role, no text is a template, and the
size has a limit.
"""

from __future__ import annotations

import json
import typing as t

from .._text import without_templates
from .findings import SEVERITIES
from .input import Entry, entries_of
from .lines import line_of
from .stored_document import rows_of_summary

# Of what acm_pca_audit_report counts, by the names that the role gives it.
_REPORTS = {
    "accounts": "audit_reports_accounts_in_scope",
    "certificate_authorities": "audit_reports_certificate_authorities",
    "created": "audit_reports_created",
    "reused": "audit_reports_reused",
    "pending": "audit_reports_pending",
    "skipped": "audit_reports_skipped",
    "failed": "audit_reports_failed",
}

_MOST_LISTED = 50
_LARGEST_LIST = 32_000


def statistics_of(summary: t.Any, reports: t.Any) -> dict[str, t.Any]:
    """The arguments of set_stats.

    :param summary: what the filter audit_summary made, or nothing.
    :param reports: results of acm_pca_audit_report. Those of other modules, and of tasks that failed before they
        counted anything, are passed over.
    :raises SummaryError: a sentence about what was given.
    """
    parts = [each.part("summary") for each in entries_of(reports, "reports")]
    counted = [part for part in parts if part is not None and "created" in part.fields]
    statistics: dict[str, t.Any] = {}
    if counted:
        statistics = {name: sum(part.count(field) for part in counted) for field, name in _REPORTS.items()}
    if summary:
        statistics.update(_of_summary(summary))
    return statistics


def _of_summary(summary: t.Any) -> dict[str, t.Any]:
    rows = rows_of_summary(summary)
    names = {row.text("account_id"): row.text("account_name") for row in rows}
    items = entries_of(summary.get("attention") or [], "summary.attention")
    severities = [item.text("severity") for item in items]
    listed = _listed(items, names)
    return {
        "audit_reports_certificate_authorities": len(rows),
        **{f"audit_reports_{severity}": severities.count(severity) for severity in SEVERITIES},
        "audit_reports_attention": listed,
        "audit_reports_attention_omitted": len(items) - len(listed),
    }


def _listed(items: t.Sequence[Entry], names: t.Mapping[str | None, str | None]) -> list[dict[str, str]]:
    """The first of them: not too many, and not too large."""
    listed: list[dict[str, str]] = []
    size = 0
    for item in items[:_MOST_LISTED]:
        account_id = item.text("account_id")
        sentence = line_of(item.text("sentence", 1024) or "", names.get(account_id), account_id, item.text("region"))
        # Whether the next job takes texts for templates is a setting of AWX (ALLOW_JINJA_IN_EXTRA_VARS).
        entry = {"severity": item.text("severity") or "", "sentence": without_templates(sentence)}
        size += len(json.dumps(entry))
        if size > _LARGEST_LIST:
            break
        listed.append(entry)
    return listed
