# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is in what a run writes, however much it tells: as ansible-playbook shows it, and as AWX stores it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws_process import REGION, local_aws
from project import clean_environment

# The environments of the newest and the oldest ansible do not have it.
pytest.importorskip("ansible_runner")

# Parts of each other in no way, and what nothing else in a run is called.
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "zecretsecret0key",
    "AWS_SESSION_TOKEN": "zecretsession0token",
    "AWS_SECURITY_TOKEN": "zecretolder0token",
}
EXTERNAL_IDS = {"right": "zecretexternal0right", "wrong": "zecretexternal0wrong"}

ORGANIZATION = """
accounts:
  - {name: hub, id: "123456789012"}
  - {name: one, id: "100000000001", certificate_authorities: [{name: Issuing CA, issued: {valid: 2}}]}
  - {name: other, id: "100000000002"}
"""
PLAYBOOK = [{"import_playbook": "cloudpki.aws.prepare_accounts"}, {"import_playbook": "cloudpki.aws.audit_fleet"}]


def test_no_secret_is_in_the_output_of_a_run_that_fails(tmp_path: Path) -> None:
    seed = tmp_path / "organization.yml"
    seed.write_text(ORGANIZATION, encoding="utf-8")
    accounts = [
        {"account_id": "100000000001"},
        {"account_id": "100000000002", "external_id": EXTERNAL_IDS["wrong"]},
    ]
    variables = {
        "audit_reports_accounts": accounts,
        "audit_reports_bucket_name": "example-corp-pca-audit-reports",
        "audit_reports_role_name": "Auditor",
        "audit_reports_external_id": EXTERNAL_IDS["right"],
        "audit_reports_reader_arns": ["arn:aws:iam::123456789012:root"],
        "audit_reports_provisioning_role_name": "OrganizationAccountAccessRole",
        "audit_reports_regions": [REGION],
        "audit_reports_batch_size": 1,
        "audit_reports_wait_delay": 1,
        "audit_reports_summary_directory": str(tmp_path / "artifacts" / "summary"),
        "audit_reports_summary_certificates": True,
    }
    project = tmp_path / "project"
    project.mkdir()
    (project / "site.yml").write_text(json.dumps(PLAYBOOK), encoding="utf-8")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
    # Where the temporary files of Ansible and of the role are, and are left, if any are.
    temporary = tmp_path / "artifacts" / "tmp"
    temporary.mkdir(parents=True)
    with local_aws(seed=seed, report_seconds=0) as aws:
        command = [sys.executable, "-m", "ansible_runner", "run", tmp_path, "--ident", "job", "--playbook", "site.yml"]
        done = subprocess.run(
            [*command, "-vvvvv", "--cmdline=--diff"],
            env=clean_environment(
                **SECRETS,
                AWS_ACCESS_KEY_ID="ASIAIOSFODNN7EXAMPLE",
                AWS_ENDPOINT_URL=aws.endpoint,
                AWS_REGION=REGION,
                HOME=str(tmp_path),
                PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
                TMPDIR=str(temporary),
            ),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    output = done.stdout + done.stderr
    assert "100000000002: Failed to assume the role" in output, output[-5000:]
    assert done.returncode == 2
    assert (tmp_path / "artifacts" / "summary" / "certificates.csv").exists()
    assert "iam_role" in output and "module_args" in output

    # What ansible-runner itself was started with, which AWX stores in its own way.
    given = tmp_path / "artifacts" / "job" / "command"
    written = [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file() and path != given]
    assert len(written) > 50
    for secret in {**SECRETS, **EXTERNAL_IDS}.values():
        assert secret not in output
        assert [path for path in written if secret in path.read_text(encoding="utf-8", errors="replace")] == []
