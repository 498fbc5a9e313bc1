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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

# The tools are scripts beside each other and no package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from project import ROOT, main_of_tool

PAGE = ROOT / "docs" / "reliability.md"
ROUNDS = 10
RETRY_SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """What came of one fault in one round."""

    fault: str
    many: bool
    twice: int
    lost: int
    seconds: float


@dataclass(frozen=True)
class Row:
    """What came of one fault in all rounds: sums, and the longest times."""

    fault: str
    rounds: int
    twice: int
    lost: int
    single: float
    fleet: float

    def cells(self) -> tuple[str, ...]:
        """As they are printed."""
        return (
            self.fault,
            str(self.rounds),
            str(self.twice),
            str(self.lost),
            f"{self.single:,.0f}",
            f"{self.fleet:,.0f}",
        )


COLUMNS = ("fault", "rounds", "twice", "lost", "seconds", "fleet")


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """By fault, in the order of the alphabet: tests of several processes end in any order."""
    rows = []
    for fault in sorted({outcome.fault for outcome in outcomes}):
        own = [outcome for outcome in outcomes if outcome.fault == fault]
        rows.append(
            Row(
                fault,
                len(own),
                sum(outcome.twice for outcome in own),
                sum(outcome.lost for outcome in own),
                _longest(outcome.seconds for outcome in own if not outcome.many),
                _longest(outcome.seconds for outcome in own if outcome.many),
            )
        )
    return rows


def as_text(rows: Sequence[Row]) -> str:
    """For a terminal, with the sums below."""
    totals = ("all", *(str(sum(getattr(row, name) for row in rows)) for name in ("rounds", "twice", "lost")), "", "")
    cells = [COLUMNS, *(row.cells() for row in rows), totals]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        ).rstrip()
        for line in cells
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows of a table in Markdown."""
    return "\n".join(f"| {' | '.join(row.cells())} |" for row in rows)


def _longest(seconds: Iterable[float]) -> float:
    return max(seconds, default=0.0)


class Outcomes:
    """A pytest plugin that collects what each test recorded, also from other processes."""

    def __init__(self) -> None:
        self.collected: list[Outcome] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test has ended."""
        recorded = dict(report.user_properties)
        if report.when == "call" and "fault" in recorded:
            self.collected.append(
                Outcome(
                    fault=str(recorded["fault"]),
                    many=bool(recorded["many"]),
                    twice=int(str(recorded["twice"])),
                    lost=int(str(recorded["lost"])),
                    seconds=float(str(recorded["seconds"])),
                )
            )


def page(rows: list[Row]) -> str:
    """docs/reliability.md"""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("ansible-core", "ansible", "boto3"))
    return f"""<!--
Copyright: Contributors to the cloudpki.aws project
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Reliability

This page lists the faults that `acm_pca_audit_report` is tested with. It was generated with

    make faults

on {datetime.now(UTC):%Y-%m-%d}, with Python {platform.python_version()}, {versions}.

Each fault is tested with a local AWS (`tests/emulator/`), for a single CA whose ARN is given, and for a fleet of five
CAs in three accounts and two regions that the module finds. Faults that depend on chance are tested in several rounds.
After each round, the module runs again without the fault.

| fault | rounds | reports requested twice | reports lost | seconds, single CA | seconds, fleet |
| --- | --: | --: | --: | --: | --: |
{as_markdown(rows)}

- *Requested twice*: requests for a report of a CA whose last report is being made, or is in the bucket and not older
  than `max_age`, after AWS has confirmed the request for that report.
- *Lost*: finished reports in the bucket that the run after the fault does not return.
- *Seconds*: the longest duration of a run with the fault, with `wait_timeout=900`. The time is simulated: a report
  takes 60 seconds, and requests take no time, except those that are not answered before the read timeout.

The tests also check that a fault of one CA does not affect the others of a fleet, that the result contains a sentence
for each CA that failed and no traceback, and that a run ends at most {RETRY_SECONDS} seconds after `wait_timeout`: the
AWS SDK and `amazon.aws` may need some of that time to repeat requests.
"""


def main(arguments: list[str]) -> int:
    """Try them and print the table; write the page after a full run in which all held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, help=f"rounds of each fault that depends on chance ({ROUNDS})")
    parser.add_argument("--select", default="", help="try only faults whose names match, as pytest -k")
    options = parser.parse_args(arguments)
    rounds = ROUNDS if options.rounds is None else options.rounds
    outcomes = Outcomes()
    tests = [str(ROOT / "tests" / "faults"), "-q", f"--rounds={rounds}", "-k", options.select]
    failed = pytest.main(["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), *tests], plugins=[outcomes])
    rows = rows_of(outcomes.collected)
    print(f"\n{as_text(rows)}")
    if not failed and not arguments:
        PAGE.write_text(page(rows), encoding="utf-8")
        print(f"\nWritten to {PAGE.relative_to(ROOT)}.")
    return int(failed)


if __name__ == "__main__":
    main_of_tool(main)
