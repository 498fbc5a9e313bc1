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

from local_aws_process import REGION, LocalAWS, local_aws
from project import ROOT, clean_environment

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
PLAYBOOKS = [{"import_playbook": "cloudpki.aws.prepare_accounts"}, {"import_playbook": "cloudpki.aws.audit_fleet"}]
DEMO = [{"import_playbook": str(ROOT / "tests" / "demo" / "playbook.yml")}]


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
    with local_aws(seed=seed, report_seconds=0) as aws:
        exit_code, output = _run(tmp_path, aws, PLAYBOOKS, variables)
    assert "100000000002: Failed to assume the role" in output, output[-5000:]
    assert exit_code == 2
    assert "iam_role" in output
    _check(output, tmp_path / "artifacts")


def test_no_secret_is_in_the_output_of_the_demo(tmp_path: Path) -> None:
    with local_aws(report_seconds=0) as aws:
        accounts = aws.get("/_emulator/seed")["accounts"]
        variables = {
            "accounts": [{"account_id": each["id"], "external_id": EXTERNAL_IDS["right"]} for each in accounts],
            "local_aws_endpoint": aws.endpoint,
            "summary_directory": str(tmp_path / "artifacts" / "summary"),
        }
        exit_code, output = _run(tmp_path, aws, DEMO, variables)
    assert exit_code == 0, output[-5000:]
    _check(output, tmp_path / "artifacts")


def _run(folder: Path, aws: LocalAWS, playbook: list[dict[str, str]], variables: dict[str, object]) -> tuple[int, str]:
    """The exit code and the output of ansible-runner, told as much as possible. It writes to the folder artifacts."""
    project = folder / "project"
    project.mkdir()
    (project / "site.yml").write_text(json.dumps(playbook), encoding="utf-8")
    (folder / "env").mkdir()
    (folder / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
    # Where the temporary files of Ansible and of the role are, and are left, if any are.
    temporary = folder / "artifacts" / "tmp"
    temporary.mkdir(parents=True)
    command = [sys.executable, "-m", "ansible_runner", "run", folder, "--ident", "job", "--playbook", "site.yml"]
    done = subprocess.run(
        [*command, "-vvvvv", "--cmdline=--diff"],
        env=clean_environment(
            **SECRETS,
            AWS_ACCESS_KEY_ID="ASIAIOSFODNN7EXAMPLE",
            AWS_ENDPOINT_URL=aws.endpoint,
            AWS_REGION=REGION,
            HOME=str(folder),
            PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
            TMPDIR=str(temporary),
        ),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _check(output: str, artifacts: Path) -> None:
    """That something was told and written, and no secret."""
    assert "module_args" in output
    assert (artifacts / "summary" / "certificates.csv").exists()
    # What ansible-runner itself was started with, which AWX stores in its own way.
    given = artifacts / "job" / "command"
    written = [path for path in artifacts.rglob("*") if path.is_file() and path != given]
    assert len(written) > 50
    for secret in {**SECRETS, **EXTERNAL_IDS}.values():
        assert secret not in output
        assert [path for path in written if secret in path.read_text(encoding="utf-8", errors="replace")] == []
