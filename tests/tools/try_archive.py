# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install the archive as a stranger does, into an empty home, and run what the README says: try_archive.py"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from build_collection import archive
from documents import examples
from local_aws_process import CREDENTIALS, REGION
from project import NAME, NAMESPACE, ToolError, clean_environment, main_of_tool, own_process_group, program
from server_process import server_process
from stage import DEPENDENCIES, installed

BUCKET = "example-corp-pca-audit-reports"


def main(_arguments: list[str]) -> int:
    """Install, start the local AWS of the archive, and run a playbook by its name and the README's first task."""
    with tempfile.TemporaryDirectory(prefix=f"{NAMESPACE}-{NAME}-") as folder:
        home = Path(folder)
        collections = home / ".ansible" / "collections" / "ansible_collections"
        # Without the environment's own link to this repository.
        variables = clean_environment(HOME=folder, PWD=folder, ANSIBLE_COLLECTIONS_SCAN_SYS_PATH="false")
        # What it depends on comes from the environment, since the tests need no Galaxy.
        install = ["collection", "install", "--no-deps", "--collections-path", home / ".ansible" / "collections"]
        _run(["ansible-galaxy", *install, archive()], home, variables)
        for namespace, name in DEPENDENCIES:
            (collections / namespace).mkdir()
            (collections / namespace / name).symlink_to(installed(namespace, name), target_is_directory=True)

        collection = collections / NAMESPACE / NAME
        seed = home / "organization.yml"
        seed.write_text(examples("docs/docsite/rst/guide_testing.rst", "yaml")[0], encoding="utf-8")
        command = [sys.executable, collection / "tests" / "emulator", "--report-seconds", "0", "--seed", seed]
        with server_process("the local AWS of the archive", command) as endpoint:
            variables |= {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, **CREDENTIALS}
            fleet = ("-e", f"audit_reports_bucket_name={BUCKET}", "-e", "audit_reports_summary_directory=summary")
            _says(_run(["ansible-playbook", "cloudpki.aws.audit_fleet", *fleet], home, variables), "created: 1")

            task = home / "task.yml"
            (home / "play.yml").write_text(
                "- hosts: localhost\n  gather_facts: false\n  tasks: [{ansible.builtin.include_tasks: task.yml}]\n"
            )
            task.write_text(examples("README.md", "yaml")[0], encoding="utf-8")
            _says(_run(["ansible-playbook", "play.yml"], home, variables), ": reused, audit-report/")
    print("The archive works where it is installed.")
    return 0


def _run(command: list[str | Path], home: Path, variables: Mapping[str, str]) -> str:
    arguments = [program(str(command[0])), *command[1:]]
    both = subprocess.STDOUT
    with own_process_group(arguments, cwd=home, env=variables, stdout=subprocess.PIPE, stderr=both) as process:
        output, _nothing = process.communicate(timeout=300)
    if process.returncode:
        raise ToolError(f"{' '.join(str(part) for part in command)} failed:\n{output}")
    return output


def _says(output: str, expected: str) -> None:
    if expected not in output:
        raise ToolError(f"'{expected}' was expected in:\n{output}")


if __name__ == "__main__":
    main_of_tool(main)
