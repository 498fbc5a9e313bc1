# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure, side by side: python tests/benchmarks/run.py, started by `make bench`.

A full run takes up to 20 minutes and writes docs/benchmarks.md. Everything runs on this machine, against a stub.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

# The tools are scripts beside each other and no package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from document import Setting, document, machine, packages, replace_sections
from figures import QUICK, Bench, Sizes
from measuring import HERE, Stub, running_stub
from outcome import TARGET_COLUMNS, Section, plain_table
from peers import Peers

from project import ROOT, ToolError, clean_environment, main_of_tool

PARTS = (
    "fleet",
    "role",
    "inventory",
    "slices",
    "slow",
    "growth",
    "history",
    "one",
    "limit",
    "contents",
    "candidates",
    "together",
    "dataset",
)
PAGE = ROOT / "docs" / "benchmarks.md"


def say(text: str) -> None:
    """At once, also into a pipe."""
    print(text, flush=True)


def stub_rate(stub: Stub) -> str:
    """How fast the stub is, in words."""
    stub.reset(latency=0.0)
    command: list[str | Path] = [sys.executable, HERE / "load.py", stub.endpoint]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean_environment(), check=False)
    if done.returncode:
        raise ToolError(f"the stub's own speed could not be measured: {done.stderr.strip()[-500:]}")
    rate, of_processor = (float(word) for word in done.stdout.split())
    return (
        f"{1e6 / of_processor:.0f} microseconds of CPU time per request, and processes at most {rate:,.0f} requests "
        "per second"
    )


def read_sizes(options: argparse.Namespace) -> Sizes:
    """What is measured, and how much of it."""
    sizes = QUICK if options.quick else Sizes()
    if options.accounts is not None:
        sizes = dataclasses.replace(
            sizes,
            accounts=options.accounts,
            per_account_sample=min(sizes.per_account_sample, options.accounts),
            cli_sample=min(sizes.cli_sample, options.accounts),
            forks_sample=min(sizes.forks_sample, options.accounts),
        )
    if options.certificates is not None:
        sizes = dataclasses.replace(sizes, certificates=options.certificates)
    if options.latency is not None:
        sizes = dataclasses.replace(sizes, latency=options.latency)
    if options.concurrency is not None:
        sizes = dataclasses.replace(sizes, concurrency=options.concurrency)
    return sizes


def main(arguments: list[str]) -> int:
    """Measure and print; write the page after a full run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help=f"measure only these parts, separated by commas: {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="use small sizes, to test the benchmarks")
    parser.add_argument("--certificates", type=int, help="the number of certificates in the large report (1000000)")
    parser.add_argument("--write", action="store_true", help="with --only: update these parts of docs/benchmarks.md")
    parser.add_argument("--accounts", type=int, help="the number of accounts (1000)")
    parser.add_argument("--latency", type=float, help="the duration of a request to AWS in seconds (0.08)")
    parser.add_argument("--concurrency", type=int, help="the value of the option concurrency (64)")
    options = parser.parse_args(arguments)
    only = [part.strip() for part in options.only.split(",") if part.strip()]
    for part in only:
        if part not in PARTS:
            raise ToolError(f"--only: there is no {part!r}; there are {', '.join(PARTS)}.")
    full = not only and not options.quick and arguments == []
    sizes = read_sizes(options)

    started = time.monotonic()
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(prefix="cloudpki-bench-") as scratch, running_stub() as stub:
        rate = stub_rate(stub)
        say(f"On {machine()}, with {packages()}.")
        say(f"Latency {sizes.latency * 1000:.0f} ms, concurrency {sizes.concurrency}. The stub: {rate}.\n")
        bench = Bench(Peers(stub, Path(scratch)), sizes, say)
        if not set(only) or set(only) - {"contents", "candidates", "together", "dataset", "inventory"}:
            bench.warm_up()
        for part in only or PARTS:
            sections.append(getattr(bench, part)())
    targets = [target for section in sections for target in section.targets]
    minutes = (time.monotonic() - started) / 60
    say(f"Targets\n\n{plain_table(TARGET_COLUMNS, [target.row() for target in targets])}\n\n{minutes:.1f} minutes.")
    if options.write and only:
        PAGE.write_text(replace_sections(PAGE.read_text(encoding="utf-8"), sections), encoding="utf-8")
        say(f"Replaced in {PAGE.relative_to(ROOT)}.")
    if full:
        day = datetime.now(UTC).strftime("%Y-%m-%d")
        setting = Setting(machine(), packages(), rate, day, minutes)
        PAGE.write_text(document(setting, sections, sizes), encoding="utf-8")
        say(f"Written to {PAGE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
