# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run integration targets with ansible-test, each with local servers of its own: run_integration.py [TARGET ...]

A target with a script, runme.sh, starts what it needs itself. One target's output is seen as it comes. Several run side
by side, and only what failed is shown. All run where none is named, or with --short those that have `short` in their
file `aliases`. Those with `rulebook` there run ansible-rulebook, in an environment of its own, and are skipped where
that is not possible. Other options are ansible-test's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from local_aws_process import CREDENTIALS, FLEET, REGION, local_aws
from project import ROOT, ToolError, main_of_tool, program, run
from rulebook_environment import make_environment, obstacle
from server_process import server_process
from side_by_side import Job, Outcome, run_side_by_side
from stage import staged

TARGETS = ROOT / "tests" / "integration" / "targets"
AWX = ROOT / "tests" / "awx" / "serve.py"
AWX_PROJECT = ROOT / "extensions" / "awx"

# ansible-test leaves out targets with such an alias, and is content.
SKIPPED = ("cloud/", "disabled", "unsupported", "unstable")


def aliases_of(target: str) -> list[str]:
    """What the target's file `aliases` says. :raises ToolError: if it would be skipped silently"""
    file = TARGETS / target / "aliases"
    aliases = file.read_text(encoding="utf-8").split() if file.exists() else []
    for alias in aliases:
        if alias.startswith(SKIPPED):
            raise ToolError(f"{target} would not be run, because of the alias {alias} in {file.name}.")
    return aliases


def select(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The targets to run, and the options for ansible-test."""
    aliases = {path.name: aliases_of(path.name) for path in sorted(TARGETS.iterdir())}
    options = [argument for argument in arguments if argument.startswith("-")]
    targets = [argument for argument in arguments if not argument.startswith("-")]
    for name in targets:
        if name not in aliases:
            raise ToolError(f"{name} is no integration target. There are: {', '.join(aliases)}.")
    if "--short" in options:
        options.remove("--short")
        targets = [name for name in aliases if "short" in aliases[name]]
        if not targets:
            raise ToolError("no integration target has the alias `short`.")
    return targets or [name for name in aliases if "hidden" not in aliases[name]], options


@contextmanager
def servers_of(target: str) -> Iterator[dict[str, Any]]:
    """Both local AWS and the local AWX, for as long as the block lasts. Yields variables that say where they are."""
    if (TARGETS / target / "runme.sh").exists():
        yield {}
        return
    awx_command: list[str | Path] = [sys.executable, AWX, "--project", AWX_PROJECT]
    # One local AWS for the targets that make what they need, and one with a fleet that is there already.
    with (
        local_aws() as aws,
        local_aws(seed=FLEET, report_seconds=1) as fleet,
        server_process("the local AWX", awx_command) as awx_endpoint,
    ):
        yield {
            "local_aws_endpoint": aws.endpoint,
            "local_aws_region": REGION,
            "local_aws_access_key": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "local_aws_secret_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            "local_aws_organization": aws.get("/_emulator/seed"),
            "local_fleet_endpoint": fleet.endpoint,
            "local_fleet": fleet.get("/_emulator/seed"),
            "local_awx_endpoint": awx_endpoint,
        }


def run_target(target: str, options: list[str]) -> int:
    """Run one, with the variables that ansible-test hands to every target."""
    environment = {"rulebook_environment": str(make_environment())} if "rulebook" in aliases_of(target) else {}
    with staged() as copy, servers_of(target) as variables:
        config = copy / "tests" / "integration" / "integration_config.yml"
        config.write_text(yaml.safe_dump({**variables, **environment, "collection_path": str(copy)}), encoding="utf-8")
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        command = [program("ansible-test"), "integration", "--local", "--color", "no", "--python", version]
        return run([*command, *options, target], cwd=copy)


def size(target: str) -> int:
    """How long it takes, by a guess: longest first, so that no worker is left with a long one at the end."""
    return sum(file.stat().st_size for file in (TARGETS / target).rglob("*") if file.is_file())


def main(arguments: list[str]) -> int:
    """Run them, and exit with 0 if all passed."""
    targets, options = select(arguments)
    without = [name for name in targets if "rulebook" in aliases_of(name)]
    why_no_rulebook = obstacle() if without else None
    if why_no_rulebook:
        print(f"{', '.join(without)} skipped. {why_no_rulebook}")
        targets = [name for name in targets if name not in without]
        if not targets:
            return 0
    if len(targets) == 1:
        return run_target(targets[0], options)

    def tell(outcome: Outcome) -> None:
        if outcome.exit_code:
            print(f"\n{outcome.output}", end="")
        result = "FAILED" if outcome.exit_code else "passed"
        print(f"{outcome.name:<36}{result}{outcome.seconds:>7.0f} s", flush=True)

    targets.sort(key=size, reverse=True)
    jobs = [Job(target, (sys.executable, Path(__file__), target, *options)) for target in targets]
    outcomes = run_side_by_side(jobs, ended=tell)
    failed = sorted(outcome.name for outcome in outcomes if outcome.exit_code)
    print(f"{len(outcomes)} targets, {len(failed)} failed" + (f": {', '.join(failed)}" if failed else "."))
    return 1 if failed else 0


if __name__ == "__main__":
    main_of_tool(main)
