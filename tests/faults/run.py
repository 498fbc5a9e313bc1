# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Try all faults, and tell in a table what came of them: python tests/faults/run.py, started by `make faults`.

A full run writes docs/reliability.md. Everything runs on this machine, against the local AWS.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

# The tools are scripts beside each other and no package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from project import ROOT, main_of_tool

PAGE = ROOT / "docs" / "reliability.md"
ROUNDS = 25
RETRY_SECONDS = 600

#: What is tested, and what `twice` and `lost` count there.
SECTIONS = {
    "acm_pca_audit_report": (
        "acm_pca_audit_report",
        "Each fault is tested for a single CA whose ARN is given, and for a fleet of five CAs in three accounts and "
        "two regions that the module finds.",
        "requests for a report of a CA whose last report is being made, or is in the bucket and not older than "
        "`max_age`, after AWS has confirmed the request for that report",
        "finished reports in the bucket that the run after the fault does not return",
    ),
    "processes": (
        "acm_pca_audit_report: crashes and races",
        "Runs over the fleet of five CAs are processes of their own, in real time. A run that ends early is followed "
        "by another one. Reports of others are requested as with the AWS CLI. A task that is stopped is one of "
        "`ansible`, of which no process is left after it.",
        "reports beyond one per CA, and requests for a report that the tracking record names",
        "CAs whose last report a run does not return, or the tracking record does not name",
    ),
    "acm_pca_audit_report_info": (
        "acm_pca_audit_report_info",
        "Each fault is tested for reports in JSON and CSV.",
        "always 0, because the module requests no reports",
        "reports that are counted incompletely without an error, or that the run after the fault does not read",
    ),
    "acm_pca_audit_report_bucket": (
        "acm_pca_audit_report_bucket",
        "Each fault is tested for a new bucket, or for a bucket whose policy has statements of others, or for both.",
        "always 0, because the module requests no reports",
        "statements of others that are not in the policy any more",
    ),
    "securityhub_findings": (
        "securityhub_findings",
        "Each fault is tested for findings that fit in one request, or that need three, or for both.",
        "findings that are stored twice",
        "findings that are returned as created and are not there, or that are missing after the run after the fault",
    ),
    "message": (
        "The message of the role audit_reports",
        "The module `community.aws.sns` is run as the role does. If it returns no ID of a message, the role says why, "
        "and sends the message again in the next run.",
        "messages that the AWS SDK sent again because the answer was lost or late",
        "messages that are returned as sent and are not",
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What came of a fault in some rounds: sums, and the longest time in seconds. ``subject`` is a section."""

    subject: str
    fault: str
    rounds: int
    twice: int
    lost: int
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """As they are printed."""
        return (self.fault, str(self.rounds), str(self.twice), str(self.lost), f"{self.seconds:,.0f}")


COLUMNS = ("fault", "rounds", "twice", "lost", "seconds")


def sum_up(subject: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """A row for each fault, in the order of the alphabet: tests of several processes end in any order."""
    return [
        _sum(subject, fault, [each for each in outcomes if (each.subject, each.fault) == (subject, fault)])
        for fault in sorted({each.fault for each in outcomes if each.subject == subject})
    ]


def _sum(subject: str, name: str, own: Sequence[Outcome]) -> Outcome:
    rounds, twice, lost = (sum(getattr(each, column) for each in own) for column in COLUMNS[1:4])
    return Outcome(subject, name, rounds, twice, lost, max((each.seconds for each in own), default=0.0))


def as_text(subject: str, rows: Sequence[Outcome]) -> str:
    """For a terminal, with the sums below."""
    cells = [(subject, *COLUMNS[1:]), *(row.cells() for row in rows), _sum(subject, "all", rows).cells()]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in cells
    )


def as_markdown(subject: str, rows: Sequence[Outcome]) -> str:
    """A section of the page."""
    title, what, twice, lost = SECTIONS[subject]
    lines = "\n".join(f"| {' | '.join(row.cells())} |" for row in rows)
    return f"""## {title}

{textwrap.fill(what, 120)}

| fault | rounds | twice | lost | seconds |
| --- | --: | --: | --: | --: |
{lines}

{textwrap.fill(f"- *Twice*: {twice}.", 120, subsequent_indent="  ")}
{textwrap.fill(f"- *Lost*: {lost}.", 120, subsequent_indent="  ")}
"""


class Outcomes:
    """A pytest plugin that collects what each test recorded, also from other processes."""

    def __init__(self) -> None:
        self.collected: list[Outcome] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test has ended."""
        if report.when == "call":
            self.collected += [Outcome(*value) for name, value in report.user_properties if name == "outcome"]  # type: ignore[misc]


def page(sections: Mapping[str, Sequence[Outcome]]) -> str:
    """docs/reliability.md"""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("ansible-core", "ansible", "boto3"))
    tables = "\n".join(as_markdown(subject, rows) for subject, rows in sections.items())
    return f"""<!--
Copyright: Contributors to the cloudpki.aws project
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Reliability

This page lists the faults that the modules are tested with. It was generated with

    make faults

on {datetime.now(UTC):%Y-%m-%d}, with Python {platform.python_version()}, {versions}.

Each fault is tested with a local AWS (`tests/emulator/`). Faults that depend on chance are tested in several rounds.
After each round, the module runs again without the fault.

The seconds are the longest duration of a run with the fault, and for crashes, of the run after it. Except for crashes
and races, the time is simulated: a report takes 60 seconds, requests take no time, except those that are not answered
before the read timeout, and `wait_timeout` is 900.

The tests also check that a fault of one CA does not affect the others, that the result contains a sentence for
everything that failed and no traceback, and that a run ends in time: a run of `acm_pca_audit_report` at most
{RETRY_SECONDS} seconds after `wait_timeout`, runs of the other modules within {RETRY_SECONDS} seconds, and runs of
`acm_pca_audit_report_bucket`, whose requests follow each other, within twice that time. The AWS SDK and `amazon.aws`
may need some of that time to repeat requests.

A statement that somebody else adds to the policy of a bucket or key in the moment between the last time that
`acm_pca_audit_report_bucket` reads the policy and the time that it writes it is overwritten: AWS has no conditional
requests for policies.

{tables}"""


def main(arguments: list[str]) -> int:
    """Try them and print the table; write the page after a full run in which all held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, help=f"rounds of what depends on chance ({ROUNDS})")
    parser.add_argument("--select", default="", help="try only faults whose names match, as pytest -k")
    options = parser.parse_args(arguments)
    rounds = ROUNDS if options.rounds is None else options.rounds
    outcomes = Outcomes()
    tests = [str(ROOT / "tests" / "faults"), "-q", f"--rounds={rounds}", "-k", options.select]
    failed = pytest.main(["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), *tests], plugins=[outcomes])
    sections = {subject: sum_up(subject, outcomes.collected) for subject in SECTIONS}
    for subject, rows in sections.items():
        if rows:
            print(f"\n{as_text(subject, rows)}")
    if not failed and not arguments:
        PAGE.write_text(page(sections), encoding="utf-8")
        print(f"\nWritten to {PAGE.relative_to(ROOT)}.")
    return int(failed)


if __name__ == "__main__":
    main_of_tool(main)
