# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role writes its summary to a directory, and to nothing that only looks like one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from project import clean_environment, program


def test_a_link_to_a_directory_is_refused(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    variables = {
        "ansible_python_interpreter": sys.executable,
        "audit_reports_bucket_name": "example-corp-pca-audit-reports",
        "audit_reports_summary_directory": f"{link}/",
    }
    role = {"name": "cloudpki.aws.audit_reports", "tasks_from": "summary"}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": variables,
        "tasks": [{"ansible.builtin.import_role": role}],
    }
    playbook = tmp_path / "site.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    done = subprocess.run(
        [program("ansible-playbook"), "-i", "localhost,", "-c", "local", playbook],
        env=clean_environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert f"{link} already exists as a link" in done.stdout + done.stderr
    assert list(folder.iterdir()) == []
