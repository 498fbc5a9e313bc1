# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test's sanity tests on the staged copy: run_sanity.py [ARGUMENT of ansible-test sanity ...]"""

from __future__ import annotations

import sys

import pip_bootstrap
from project import ToolError, main_of_tool, program, run
from stage import staged


def main(arguments: list[str]) -> int:
    """Run all tests, or those that the arguments select."""
    pip_bootstrap.provide()
    with staged() as copy:
        ignored = sorted(path.name for path in copy.glob("tests/sanity/ignore*"))
        if ignored:
            raise ToolError(f"tests/sanity/{ignored[0]} has no place here: the collection passes without exceptions.")
        # Only this environment's Python: others found on PATH may be wrappers that do not run. What the modules may use
        # of older Pythons is checked by ruff, whose target for plugins/ is the oldest that tests/config.yml names.
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        command = [program("ansible-test"), "sanity", "--local", "--requirements", "--color", "no", "--python", version]
        return run([*command, *arguments], cwd=copy)


if __name__ == "__main__":
    main_of_tool(main)
