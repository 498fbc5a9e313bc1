# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run ended: what failed, and what it leaves for the next job. Pure.

AWX hands the statistics to the next job as variables. So no name is that of a variable of the role, no text is a
template, and the size has a limit.
"""

from __future__ import annotations

import json
import typing as t

from .._text import visible, without_templates
from .findings import SEVERITIES
from .input import MESSAGE_LIMIT, Entry, entries_of
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


def verdict_of(summary: t.Any, tasks: t.Any) -> dict[str, t.Any]:
    """``failures``: a sentence for each; ``statistics``: the arguments of set_stats.

    :param summary: what the filter audit_summary made, or nothing.
    :param tasks: what tasks registered, in any order; nothing for those that did not run.
    :raises SummaryError: a sentence about what was given.
    """
    results = list(_single(entries_of(tasks, "tasks")))
    failures = dict.fromkeys(sentence for each in results for sentence in _failures(each))
    return {"failures": list(failures), "statistics": _statistics(summary, results)}


def _single(results: t.Iterable[Entry]) -> t.Iterator[Entry]:
    """Each result of a task with a loop by itself."""
    for result in results:
        if "results" in result.fields:
            yield from _single(result.parts("results"))
        elif not result.fields.get("skipped"):
            yield result


def _failures(result: Entry) -> t.Iterator[str]:
    # The first of them are named, in a line each.
    for failure in result.parts("failures"):
        yield failure.text("sentence", MESSAGE_LIMIT) or "Something failed without a message."
    omitted = result.count("failures_omitted")
    if omitted:
        yield f"{omitted:,} more failed."
    # A task that must not end the play has not failed for Ansible (failed_when). The modules of this collection have a
    # message only if they failed, and community.aws.sns always has one, but an ID only if it sent the message.
    spared = "failed_when_result" in result.fields and "message_id" not in result.fields
    if "failures" not in result.fields and (result.fields.get("failed") or spared) and result.fields.get("msg"):
        yield visible(str(result.fields["msg"]), MESSAGE_LIMIT)


def _statistics(summary: t.Any, results: t.Iterable[Entry]) -> dict[str, t.Any]:
    parts = [each.part("summary") for each in results]
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
