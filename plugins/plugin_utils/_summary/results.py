# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks registered, or wrote to files, taken apart: entries, findings, and why a whole task failed. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._text import visible
from .input import MESSAGE_LIMIT, Entry, SummaryError, entries_of

INFO, REPORT = "acm_pca_audit_report_info", "acm_pca_audit_report"


@dataclasses.dataclass
class Results:
    """Of any number of tasks. ``failures``: sentences about tasks that failed before they looked at any CA."""

    entries: list[Entry] = dataclasses.field(default_factory=list)
    findings: list[Entry] = dataclasses.field(default_factory=list)
    rules: list[Entry] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    regions_skipped: list[dict[str, str | None]] = dataclasses.field(default_factory=list)


def read_results(place: str, results: t.Any, module: str) -> Results:
    """Take results apart; those of a task with a loop are in one.

    :param place: what to call them in an error.
    :param module: whose results they should be.
    :raises SummaryError: a sentence about what was given.
    """
    read = Results()
    for result in entries_of(results, place, f"what the module {module} returned"):
        _add(read, result, module)
    return read


def _add(read: Results, result: Entry, module: str) -> None:
    if "results" in result.fields and "audit_reports" not in result.fields:
        for item in result.parts("results"):
            _add(read, item, module)
    elif "audit_reports" in result.fields:
        read.entries += result.parts("audit_reports")
        read.findings += result.parts("findings")
        read.rules += result.parts("findings_summary")
        read.regions_skipped += [
            {name: each.text(name) for name in ("account_id", "region", "reason")}
            for each in result.parts("regions_skipped")
        ]
    elif result.fields.get("skipped") or "summary" in result.fields:
        # The rest is in the file that it was written to.
        return
    elif "msg" in result.fields:
        read.failures.append(visible(str(result.fields["msg"]) or "It failed without a message.", MESSAGE_LIMIT))
    else:
        raise SummaryError(
            f"{result.place} has no audit_reports; pass what the module {module} returned, or the file to which it "
            "wrote its results."
        )
