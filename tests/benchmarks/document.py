# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document: docs/benchmarks.md, as the last full run found it."""

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
    missed = [target for target in targets if not target.reached]
    summary = f"{len(missed)} of {len(targets)} are missed." if missed else "Everything is reached."
    parts = [
        HEAD,
        f"""# Benchmarks

How long `acm_pca_audit_report` takes over a fleet of accounts, side by side with what else one can do. Written by

    make bench

on {setting.day}, in {setting.minutes:.0f} minutes, on {setting.machine}, with
{setting.packages}.

The fleet is served by a stub of acm-pca, s3, sts and iam on the same machine (`tests/benchmarks/stub.py`), in which
every request takes {sizes.latency * 1000:.0f} ms and is carried out at once. It needs
{setting.stub_rate}.
So what is measured is what the programs do, and how well they use the time in which AWS answers. All figures are whole
processes, from start to end, one after the other.

## What was to be reached

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
            place = page.index("\n## Noise\n") + 1
            page = page[:place] + written + "\n" + page[place:]
        page = _replace_targets(page, section)
    return page


def _replace_targets(page: str, section: Section) -> str:
    start = page.index("| to reach |")
    end = page.index("\n\n", start)
    head, rule, *rows = page[start:end].split("\n")
    known = {row.split(" | ")[0]: row for row in rows}
    for target in section.targets:
        row = f"| {' | '.join(target.row())} |"
        known[row.split(" | ", maxsplit=1)[0]] = row
    missed = sum(" | missed" in row for row in known.values())
    summary = f"{missed} of {len(known)} are missed." if missed else "Everything is reached."
    before = page[:start].rstrip("\n").rpartition("\n")[0]
    return f"{before}\n{summary}\n\n" + "\n".join([head, rule, *known.values()]) + page[end:]


def _written(section: Section) -> str:
    parts = [f"## {section.title}\n", f"{section.about}\n"]
    parts += [f"{markdown_table([column or ' ' for column in section.columns], section.rows)}\n"]
    parts += [f"{note}\n" for note in section.notes]
    return "\n".join(parts)


def _meaning(setting: Setting, sizes: Sizes) -> str:
    return f"""
## What the rows mean

- **a** One `ansible-playbook` with one task of this module, all roles in `accounts`, all ARNs in
  `certificate_authority_arns`, `concurrency` {sizes.concurrency} (the default is 32, which has a row of its own).
  "Finding the CAs itself": the same without ARNs.
- **b** The same again at once: every report is fresh.
- **c** The AWS CLI: for each CA `sts assume-role`, `acm-pca create-certificate-authority-audit-report` and
  `acm-pca wait audit-report-created`, in a shell function that `xargs -P` runs (`tests/benchmarks/aws_cli.sh`), with
  the best of -P {_or(sizes.cli_parallel)}. A sample of {sizes.cli_sample} accounts, scaled to the fleet.
  It keeps no record and looks for no earlier report, so it makes fewer requests than the others.
- **d** Ansible the usual way: a host for each account, `amazon.aws.sts_assume_role`, then this module for one ARN with
  these credentials, with the best of {_or(sizes.forks)} forks, ansible.cfg as it is by default. A sample of
  {sizes.forks_sample} accounts. The time in which ansible-playbook starts is counted once, the rest scaled.
- **e** A script with boto3 and a pool of threads that makes the same requests for each CA as a, and does nothing beside
  (`tests/benchmarks/handwritten.py`), with the best of {_or(sizes.threads)} threads: with a client per account, as
  people write it, and with one client for all accounts, whose credentials change from thread to thread. a is held
  against the faster one.

"processor s" is the time of the processor that the program and all it started used: where it is near the seconds, they
wait for the processor, since Python runs one thread at a time. "MiB module" is the peak (VmHWM, looked at ten times a
second) of the process that runs the module, "MiB started" that of the program that was started: ansible-playbook, or
the script. A figure that begins with ~ is scaled from a sample.
"""


def _noise(sizes: Sizes) -> str:
    return f"""## Noise

One run on one machine, which may have other things to do. a, b and e are medians of {sizes.repetitions} runs in turn,
and their rows tell the range; everything else but single tasks is measured once. Differences below 10 % mean nothing.

`make bench ARGS='--only fleet'` measures one part again, `make bench ARGS=--quick` tries all of them in a small size;
neither writes this page. `make bench ARGS=--help` tells the rest.
"""


def _or(values: Sequence[int]) -> str:
    *first, last = [str(value) for value in values]
    return f"{', '.join(first)} or {last}" if first else last
