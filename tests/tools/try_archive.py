# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install the archive as a stranger does, into an empty home, and run what the README says: try_archive.py"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from build_collection import archive
from documents import examples
from local_aws_process import CREDENTIALS, REGION
from project import NAME, NAMESPACE, ToolError, clean_environment, main_of_tool, own_process_group, program
from server_process import server_process
from stage import DEPENDENCIES, installed

GUIDE = "docs/docsite/rst/guide_first_report.rst"


def main(_arguments: list[str]) -> int:
    """Install, start the local AWS of the archive, and run the guide to a first report and the README's task."""
    with tempfile.TemporaryDirectory(prefix=f"{NAMESPACE}-{NAME}-") as folder:
        home = Path(folder)
        collections = home / ".ansible" / "collections" / "ansible_collections"
        # Without the environment's own link to this repository.
        variables = clean_environment(HOME=folder, ANSIBLE_COLLECTIONS_SCAN_SYS_PATH="false")
        # What it depends on comes from the environment, since the tests need no Galaxy.
        install: list[str | Path] = [
            "collection",
            "install",
            "--no-deps",
            "--collections-path",
            home / ".ansible" / "collections",
        ]
        _run(["ansible-galaxy", *install, archive()], home, variables)
        for namespace, name in DEPENDENCIES:
            (collections / namespace).mkdir()
            (collections / namespace / name).symlink_to(installed(namespace, name), target_is_directory=True)

        collection = collections / NAMESPACE / NAME
        emulator = collection / "tests" / "emulator"
        options: list[str | Path] = ["--report-seconds", "0", "--seed", emulator / "organizations" / "fleet.yml"]
        with server_process("the local AWS of the archive", [sys.executable, emulator, *options]) as endpoint:
            variables |= {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, **CREDENTIALS}
            audit = next(text for text in examples(GUIDE, "shell") if "cloudpki.aws.audit_fleet" in text)
            output = _run(shlex.split(audit.replace("\\\n", "")), home, variables)
            _says(output, "Reports created: 1, reused: 0, in progress: 0.")

            tasks = yaml.safe_load(examples("README.md", "yaml")[0])
            plays = yaml.safe_load(examples(GUIDE, "yaml")[0])
            plays.append({"hosts": "localhost", "gather_facts": False, "tasks": tasks})
            (home / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
            _says(
                _run(["ansible-playbook", "play.yml"], home, variables), "valid certificates", ": reused, audit-report/"
            )
    print("The archive works where it is installed.")
    return 0


def _run(command: Sequence[str | Path], home: Path, variables: Mapping[str, str]) -> str:
    arguments = [program(Path(command[0]).name), *command[1:]]
    both = subprocess.STDOUT
    with own_process_group(arguments, cwd=home, env=variables, stdout=subprocess.PIPE, stderr=both) as process:
        output, _nothing = process.communicate(timeout=300)
    if process.returncode:
        raise ToolError(f"{' '.join(str(part) for part in command)} failed:\n{output}")
    return output


def _says(output: str, *expected: str) -> None:
    for each in expected:
        if each not in output:
            raise ToolError(f"'{each}' was expected in:\n{output}")


if __name__ == "__main__":
    main_of_tool(main)
