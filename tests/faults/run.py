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
from datetime import UTC, datetime
from pathlib import Path

import pytest

# The tools are scripts beside each other and no package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from table import Outcome, Row, as_markdown, as_text, rows_of

from project import ROOT, main_of_tool

PAGE = ROOT / "docs" / "reliability.md"
ROUNDS = 25
RETRY_SECONDS = 600


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
