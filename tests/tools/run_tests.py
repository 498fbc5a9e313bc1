# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the parts of `make test`, side by side where two cores carry it, and sum up: run_tests.py [PART ...]

A failing part does not hide the next one's result: all of them run, and the summary names those that failed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import rulebook_environment
from container_programs import obstacle
from make_env import KINDS, NEWEST, OLDEST, RULEBOOK, end_of, find_python
from project import ToolError, environment_name, main_of_tool
from side_by_side import CORES, Job, Outcome, run_side_by_side


@dataclass(frozen=True)
class Part:
    """A target of the Makefile. `make TARGET` runs it alone."""

    target: str
    arguments: str = ""
    cores: int = 1
    time_zone: str = ""  # that of the machine, if empty
    after: str = "env"  # the target that must have passed before, in the same environment, if it is one of the parts


# By the ends of the environments' names. Those beside the default one have what depends on the versions of Ansible, of
# amazon.aws and of boto3.
PARTS = {
    "": (
        Part("ee"),  # early, because it waits a lot for disk and network
        Part("lint"),
        Part("types"),
        Part("docs"),
        Part("site"),
        Part("ansible-lint"),
        Part("sanity"),
        Part("demo"),
        Part("pages", after="demo"),
        Part("build"),
        Part("importer", after="build"),
        Part("installed", after="build"),
        # These use both cores themselves. Nothing may depend on the host's time zone, on either side of UTC.
        Part("unit", cores=CORES, time_zone="America/Los_Angeles"),
        Part("integration", cores=CORES),
        Part("faults", "--rounds 1", cores=CORES),
    ),
    NEWEST: (
        Part("sanity"),
        Part("demo", "{scratch}/newest"),
        Part("unit", cores=CORES, time_zone="Asia/Tokyo"),
        Part("integration", "--short", cores=CORES),
    ),
    OLDEST: (Part("demo", "{scratch}/oldest"), Part("unit", "tests/unit/plugins tests/unit/roles", cores=CORES)),
    # A target of integration runs ansible-rulebook in it. It is made beside other parts, so that nothing waits for it.
    RULEBOOK: (),
}


def _name(target: str, environment: str) -> str:
    return f"{target} ({environment})"


def jobs_of(parts: Sequence[Part], environment: str, scratch: str) -> list[Job]:
    """The parts in an environment, through make, so that a part is the same alone and as one of many."""
    return [
        Job(
            _name(part.target, environment),
            (
                *("make", "--no-print-directory", part.target, f"ENV={environment}", f"PYTHON={sys.executable}"),
                f"ARGS={part.arguments.format(scratch=scratch)}",
                *([f"TZ={part.time_zone}"] if part.time_zone else ()),
            ),
            part.cores,
            _name(part.after, environment) if part.after else "",
        )
        for part in parts
    ]


def other_environments() -> list[str]:
    """Those beside the default one that this machine can have."""
    environments = []
    for end in (NEWEST, OLDEST):
        python = find_python(KINDS[end])
        if python is None:
            print(
                f"No working Python {' or '.join(KINDS[end].pythons)} was found, so there are no tests in .venv{end}."
            )
        elif end == NEWEST and python == sys.executable:
            print("The default environment has the newest ansible already.")
        else:
            environments.append(f".venv{end}")
    return environments


def _heading(name: str) -> None:
    print(f"\n=== {name} ===", flush=True)


def _started(job: Job) -> None:
    if job.cores == CORES:  # its output is seen as it comes
        _heading(job.name)


def _ended(outcome: Outcome) -> None:
    if outcome.output is not None:
        _heading(outcome.name)
        print(outcome.output, end="", flush=True)


def print_summary(outcomes: list[Outcome], skipped: dict[str, str], seconds: float) -> None:
    """One line per part."""
    print("\n=== summary ===")
    for name, why in skipped.items():
        print(f"{name:<30}skipped. {why}")
    for outcome in outcomes:
        result = "FAILED" if outcome.exit_code else "passed"
        print(f"{outcome.name:<30}{result}{outcome.seconds:>7.0f} s")
    failed = [outcome.name for outcome in outcomes if outcome.exit_code]
    print(
        f"{len(outcomes)} parts, {len(failed)} failed, {seconds:.0f} s" + (f": {', '.join(failed)}" if failed else ".")
    )


def main(arguments: list[str]) -> int:
    """Run the named parts, or all that there are for this environment; for the default one, also those in others."""
    began = time.monotonic()
    own = environment_name()
    end = end_of(own)
    for target in arguments:
        if target not in (part.target for part in PARTS[""]):
            raise ToolError(f"{target} is no part of `make test`.")
    parts = [part for part in PARTS[""] if part.target in arguments] if arguments else PARTS[end]
    others = [] if arguments or end else other_environments()
    skipped = {}
    why_no_ee = obstacle() if Part("ee") in parts else None
    if why_no_ee:
        parts = [part for part in parts if part != Part("ee")]
        skipped[_name("ee", own)] = why_no_ee
        print(why_no_ee)
    if Part("integration", cores=CORES) in parts:
        why_no_rulebook = rulebook_environment.obstacle()
        if why_no_rulebook:
            skipped[_name("eda_rulebook", own)] = why_no_rulebook
        else:
            others.append(rulebook_environment.ENVIRONMENT)
    with tempfile.TemporaryDirectory(prefix="cloudpki-tests-") as scratch:
        jobs = [job for environment in others for job in jobs_of([Part("env", after="")], environment, scratch)]
        jobs += jobs_of(parts, own, scratch)
        for environment in others:
            jobs += jobs_of(PARTS[end_of(environment)], environment, scratch)
        # What takes both cores comes last, so that the others fill up both until then.
        jobs.sort(key=lambda job: job.cores)
        outcomes = run_side_by_side(jobs, started=_started, ended=_ended)
    print_summary(outcomes, skipped, time.monotonic() - began)
    return 1 if any(outcome.exit_code for outcome in outcomes) else 0


if __name__ == "__main__":
    main_of_tool(main)
