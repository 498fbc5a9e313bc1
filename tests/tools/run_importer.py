# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run galaxy-importer, which Galaxy runs on every upload, over the archive in build/."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from build_collection import archive
from project import ROOT, ToolError, clean_environment, main_of_tool, own_process_group, program

CONFIG = ROOT / "tests" / "tools" / "galaxy-importer.cfg"


def main(arguments: list[str]) -> int:
    """Run it. It exits with 0 after errors as well, so what it says decides."""
    path = archive()
    # It unpacks below $HOME/.ansible/tmp otherwise, and writes importer_result.json where it is started.
    with tempfile.TemporaryDirectory(prefix="cloudpki-importer-") as scratch:
        env = clean_environment(GALAXY_IMPORTER_CONFIG=str(CONFIG), GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP=scratch)
        command: list[str | Path] = [program("python"), "-m", "galaxy_importer.main", path]
        pipe, both = subprocess.PIPE, subprocess.STDOUT
        with own_process_group(command, cwd=Path(scratch), env=env, stdout=pipe, stderr=both) as process:
            output, _nothing = process.communicate()
    print(output.rstrip())
    problems = [line for line in output.splitlines() if line.startswith(("ERROR", "CRITICAL", "WARNING"))]
    if process.returncode or problems:
        raise ToolError(f"galaxy-importer found {len(problems)} problems in {Path(path).name}.")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
