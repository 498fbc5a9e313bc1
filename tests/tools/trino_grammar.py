# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The grammar of Trino, whose SQL Amazon Athena has, by the npm package dt-sql-parser."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from project import BUILD, ToolError, clean_environment

PACKAGE, VERSION = "dt-sql-parser", "4.5.1"
SECONDS = 90


def refused(files: Sequence[Path]) -> dict[str, list[str]]:
    """What the grammar refuses in each file, by its name. :raises ToolError: if the grammar cannot be installed."""
    script = Path(__file__).with_suffix(".mjs")
    done = _run("node", script, _installed(), *files)
    if done.returncode:
        raise ToolError(f"{PACKAGE} {VERSION} does not run with this version of node:\n{_tail(done.stderr)}")
    found: dict[str, list[str]] = json.loads(done.stdout)
    return {Path(name).name: messages for name, messages in found.items()}


def _installed() -> Path:
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise ToolError(
                f"The grammar of Trino needs {name}. Install it (on Debian and Ubuntu: apt-get install npm)."
            )
    prefix = BUILD / f"{PACKAGE}-{VERSION}"
    folder = prefix / "node_modules" / PACKAGE
    if not folder.exists():
        done = _run(
            *("npm", "install", "--prefix", prefix, "--ignore-scripts", "--no-audit", "--no-fund"),
            # It would wait for minutes before it tries again.
            "--fetch-retries=0",
            f"{PACKAGE}@{VERSION}",
        )
        if done.returncode:
            raise ToolError(f"npm could not install {PACKAGE} {VERSION}. It said:\n{_tail(done.stderr)}")
    return folder


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            # The certificates that the machine trusts, for example of a proxy, and not those that node comes with.
            env=clean_environment(NODE_OPTIONS="--use-openssl-ca"),
        )
    except subprocess.TimeoutExpired as e:
        raise ToolError(f"{command[0]} did not end within {SECONDS} s.") from e


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-5:])
