# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the parts of `make test`, one after the other, and sum up: run_tests.py [PART ...]

A failing part does not hide the next one's result: all of them run, and the summary names those that failed.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from make_env import NEWEST, find_newer_python
from project import environment_name, main_of_tool, run

# Fast ones first. `make PART` runs each of them alone.
PARTS = ("lint", "types", "docs", "ansible-lint", "unit", "integration", "sanity", "build", "importer")
# What depends on ansible-core, and is worth a second run with the newest.
NEWEST_PARTS = ("unit", "integration", "sanity")


@dataclass(frozen=True)
class Outcome:
    """How one part ended."""

    part: str
    environment: str
    seconds: float
    exit_code: int


def run_part(part: str, environment: str) -> Outcome:
    """Run `make PART` in an environment, under a heading."""
    print(f"\n=== {part} ({environment}) ===", flush=True)
    started = time.monotonic()
    # Through make, so that a part is the same alone and as one of many.
    code = run(["make", "--no-print-directory", part, f"ENV={environment}", f"PYTHON={sys.executable}"])
    return Outcome(part, environment, time.monotonic() - started, code)


def newest_environment() -> str | None:
    """The name of the second environment, if this machine can have one, and a line that says so."""
    if environment_name().endswith(NEWEST):
        return None
    if find_newer_python() is None:
        print("\nNo working Python 3.13 or newer was found: the newest ansible is not tested here.")
        return None
    if sys.version_info >= (3, 13):
        print("\nThe default environment has the newest ansible already.")
        return None
    return f".venv{NEWEST}"


def print_summary(outcomes: list[Outcome]) -> None:
    """One line per part."""
    print("\n=== summary ===")
    for outcome in outcomes:
        result = "FAILED" if outcome.exit_code else "passed"
        print(f"{outcome.part:<14}{outcome.environment:<16}{result}{outcome.seconds:>7.0f} s")
    total = sum(outcome.seconds for outcome in outcomes)
    failed = [f"{outcome.part} ({outcome.environment})" for outcome in outcomes if outcome.exit_code]
    print(f"{len(outcomes)} parts, {len(failed)} failed, {total:.0f} s" + (f": {', '.join(failed)}" if failed else "."))


def main(arguments: list[str]) -> int:
    """Run the named parts, or all, the latter also with the newest ansible."""
    environment = environment_name()
    outcomes = [run_part(part, environment) for part in arguments or PARTS]
    if not arguments:
        newest = newest_environment()
        if newest:
            outcomes += [run_part(part, newest) for part in ("env", *NEWEST_PARTS)]
    print_summary(outcomes)
    return 1 if any(outcome.exit_code for outcome in outcomes) else 0


if __name__ == "__main__":
    main_of_tool(main)
