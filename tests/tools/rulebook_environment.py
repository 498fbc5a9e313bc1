# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of ansible-rulebook, and what it needs of the machine. Standard library only.

Started by .ci/run: rulebook_environment.py, which prints the package to install, or nothing if there is a Java.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from make_env import KINDS, RULEBOOK, find_python
from project import ROOT, ToolError, run

ENVIRONMENT = f".venv{RULEBOOK}"
OLDEST_JAVA = 17
PACKAGE = "default-jre-headless"


def obstacle() -> str | None:
    """Why ansible-rulebook cannot be run here, as a sentence, or None if it can."""
    if not _has_java():
        return (
            f"The test of the rulebook needs Java {OLDEST_JAVA} or newer. On Debian and Ubuntu, install it with: "
            f"apt-get install --no-install-recommends {PACKAGE}"
        )
    pythons = KINDS[RULEBOOK].pythons
    if find_python(KINDS[RULEBOOK]) is None:
        return f"The test of the rulebook needs Python {' or '.join(pythons)}."
    return None


def make_environment() -> Path:
    """Make the environment, unless it is ready, and return its path. :raises ToolError: if it cannot be made"""
    if run([sys.executable, Path(__file__).with_name("make_env.py"), ENVIRONMENT]):
        raise ToolError(f"{ENVIRONMENT} could not be made.")
    return ROOT / ENVIRONMENT


def _has_java() -> bool:
    try:
        done = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.search(r'version "(\d+)', done.stderr)
    return version is not None and int(version.group(1)) >= OLDEST_JAVA


if __name__ == "__main__":
    print(*(() if _has_java() else (PACKAGE,)))
