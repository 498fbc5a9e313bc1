# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the plugins' documentation and the changelog, as Ansible's own site would: lint_docs.py"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from project import clean_environment, main_of_tool, program, run
from stage import staged

# antsibull-docs puts the name of its temporary folder into the pages that it checks. Where that random name ends with
# an underscore, it is a reference in reStructuredText, to nothing. That happens once in about forty runs.
OWN_FOLDER = re.compile(r'Unknown target name: "antsibull-docs-\w+"\.$')
TRIES = 3


def lint_plugins(copy: Path) -> int:
    """The documentation of all plugins; with another name of that folder if the name was the only thing amiss."""
    command = [program("antsibull-docs"), "lint-collection-docs", "--plugin-docs", "."]
    tries = TRIES
    while True:
        tries -= 1
        result = subprocess.run(
            command,
            cwd=copy,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = [line for line in result.stdout.splitlines() if line.strip()]
        unlucky = bool(lines) and all(OWN_FOLDER.search(line) for line in lines)
        if result.returncode == 0 or not unlucky or not tries:
            print(result.stdout, end="")
            return result.returncode


def main(_arguments: list[str]) -> int:
    """All of it, also after the first trouble."""
    with staged() as copy:
        codes = [lint_plugins(copy)]
        for arguments in (["lint"], ["lint-changelog-yaml", "changelogs/changelog.yaml"]):
            codes.append(run([program("antsibull-changelog"), *arguments], cwd=copy))
    return max(codes)


if __name__ == "__main__":
    main_of_tool(main)
