# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page docs/benchmarks.md with the results of the last full run."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from figures import Sizes
from outcome import TARGET_COLUMNS, Section, markdown_table

HEAD = """<!--
Copyright: Contributors to the cloudpki.aws project
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->
"""

PACKAGES = ("ansible-core", "ansible", "boto3", "botocore", "awscli")


@dataclass(frozen=True)
class Setting:
    """Where and how a run took place."""

    machine: str
    packages: str
    stub_rate: str
    day: str
    minutes: float


def machine() -> str:
    """What was measured on, in a sentence."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB of memory"
    return f"{cores} cores ({platform.machine()}){memory}, {platform.system()}, Python {platform.python_version()}"


def packages() -> str:
    """The versions that matter."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def document(setting: Setting, sections: Sequence[Section], sizes: Sizes) -> str:
    """All of it."""
    targets = [target for section in sections for target in section.targets]
    missed = [target for target in targets if not target.met]
    summary = _summary(len(missed), len(targets))
    parts = [
        HEAD,
        f"""# Benchmarks

This page compares the performance of `acm_pca_audit_report` with that of alternative solutions, for many AWS accounts.
It was generated with

    make bench

on {setting.day}, in {setting.minutes:.0f} minutes, on {setting.machine}, with
{setting.packages}.

A stub of acm-pca, s3, sts and iam on the same machine (`tests/benchmarks/stub.py`) simulates the accounts. Every
request takes {sizes.latency * 1000:.0f} ms and is executed immediately. The stub needs
{setting.stub_rate}.
The results therefore show how much CPU time the programs use, and how well they use the time in which AWS processes
requests. All results are for entire processes, from start to end, one after the other.

## Targets

{summary}
""",
        markdown_table(TARGET_COLUMNS, [target.row() for target in targets]),
        _meaning(setting, sizes),
    ]
    parts += [_written(section) for section in sections]
    parts.append(_noise(sizes))
    return "\n".join(parts).rstrip() + "\n"


def replace_sections(page: str, sections: Sequence[Section]) -> str:
    """The page with some parts measured anew. All else stays as it is."""
    for section in sections:
        written = _written(section)
        start = page.find(f"\n## {section.title}\n") + 1
        if start:
            end = page.find("\n## ", start) + 1
            page = page[:start] + written + "\n" + page[end:]
        else:
            place = page.index("\n## Accuracy\n") + 1
            page = page[:place] + written + "\n" + page[place:]
        page = _replace_targets(page, section)
    return page


def _replace_targets(page: str, section: Section) -> str:
    start = page.index(f"| {TARGET_COLUMNS[0]} |")
    end = page.index("\n\n", start)
    head, rule, *rows = page[start:end].split("\n")
    known = {row.split(" | ")[0]: row for row in rows}
    for target in section.targets:
        row = f"| {' | '.join(target.row())} |"
        known[row.split(" | ", maxsplit=1)[0]] = row
    missed = sum(" | missed" in row for row in known.values())
    summary = _summary(missed, len(known))
    before = page[:start].rstrip("\n").rpartition("\n")[0]
    return f"{before}\n{summary}\n\n" + "\n".join([head, rule, *known.values()]) + page[end:]


def _summary(missed: int, targets: int) -> str:
    return f"{missed} of {targets} targets are missed." if missed else "All targets are met."


def _written(section: Section) -> str:
    parts = [f"## {section.title}\n", f"{section.about}\n"]
    parts += [f"{markdown_table([column or ' ' for column in section.columns], section.rows)}\n"]
    parts += [f"{note}\n" for note in section.notes]
    return "\n".join(parts)


def _meaning(setting: Setting, sizes: Sizes) -> str:
    return f"""
## Explanation of the rows

- **a** One `ansible-playbook` with one task of this module, with all roles in `accounts`, all ARNs in
  `certificate_authority_arn`, and `concurrency` {sizes.concurrency}. The default of 32 has a separate row.
  "With discovery" is the same without ARNs.
- **b** The same task repeated immediately. Every report is recent enough.
- **c** The AWS CLI: for each CA `sts assume-role`, `acm-pca create-certificate-authority-audit-report` and
  `acm-pca wait audit-report-created`, in a shell function that `xargs -P` runs (`tests/benchmarks/aws_cli.sh`), with
  the best of -P {_or(sizes.cli_parallel)}. Measured with {sizes.cli_sample} accounts and extrapolated.
  It stores no record and does not search for earlier reports, so it sends fewer requests than the others.
- **d** Ansible with one host for each account: `amazon.aws.sts_assume_role`, then this module for one ARN with
  these credentials, with the best of {_or(sizes.forks)} forks, and the default ansible.cfg. Measured with
  {sizes.forks_sample} accounts. The startup time of ansible-playbook is counted once, the rest is extrapolated.
- **e** A script with boto3 and a thread pool that only sends the same requests for each CA as a
  (`tests/benchmarks/handwritten.py`), with the best of {_or(sizes.threads)} threads: with one client per account, as in
  most scripts, and with one client for all accounts, whose credentials differ between threads. a is compared with the
  faster one.

"CPU s" is the CPU time of the program and its child processes. If it is close to the seconds, the program is limited by
the CPU, because Python runs one thread at a time. "MiB module" is the peak memory (VmHWM, read ten times a second) of
the process that runs the module, and "MiB started" that of the program that was started: ansible-playbook, or
the script. A value that begins with ~ is extrapolated from a sample.
"""


def _noise(sizes: Sizes) -> str:
    return f"""## Accuracy

The benchmarks ran once on one machine, which might also run other programs. a, b and e are medians of
{sizes.repetitions} alternating runs, and their rows contain the range. Everything else except single tasks was measured
once. Differences below 10 % are not significant.

`make bench ARGS='--only fleet'` measures one part, and `make bench ARGS=--quick` runs all parts with small sizes.
Neither updates this page. `make bench ARGS=--help` shows all options.
"""


def _or(values: Sequence[int]) -> str:
    *first, last = [str(value) for value in values]
    return f"{', '.join(first)} or {last}" if first else last
