# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the role's README and of the playbooks' pages, as they stand, against the local AWS."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import boto3
import pytest
import yaml

from documents import examples
from local_aws_process import CREDENTIALS, LocalAWS, local_aws
from project import clean_environment, program

SEED = """
management_account: "777788889999"
accounts:
  - name: pki
    id: "777788889999"
    certificate_authorities: [{name: Root CA}]
  - name: payments
    id: "111122223333"
    role: PrivateCAAudit
    external_id: audit-4711
    certificate_authorities: [{name: Payments CA, issued: {valid: 2, expiring: 1}}]
  - name: logistics
    id: "444455556666"
    role: PrivateCAAudit
    external_id: audit-4711
    certificate_authorities: [{name: Logistics CA, region: eu-central-1, issued: {valid: 1}}]
"""


@pytest.fixture
def aws(tmp_path: Path) -> t.Iterator[LocalAWS]:
    seed = tmp_path / "seed.yml"
    seed.write_text(SEED, encoding="utf-8")
    with local_aws(seed=seed, report_seconds=0) as running:
        yield running


def test_the_examples_work_one_after_the_other(aws: LocalAWS, tmp_path: Path) -> None:
    def play(*arguments: str) -> str:
        done = subprocess.run(
            [program("ansible-playbook"), *arguments],
            cwd=tmp_path,
            env=clean_environment(
                HOME=str(tmp_path),
                AWS_ENDPOINT_URL=aws.endpoint,
                AWS_REGION="us-east-1",
                ANSIBLE_LOCALHOST_WARNING="false",
                **CREDENTIALS,
            ),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
        return done.stdout

    def write(name: str, page: str, number: int = 0) -> str:
        (tmp_path / name).write_text(examples(page, "yaml")[number], encoding="utf-8")
        return name

    def summarized() -> set[str]:
        file = tmp_path / "audit-summary" / "summary.json"
        document = json.loads(file.read_text(encoding="utf-8"))
        file.unlink()
        assert document["totals"]["reports"] == {"current": len(document["certificate_authorities"])}
        return {each["name"] for each in document["certificate_authorities"]}

    log = play(write("play.yml", "roles/audit_reports/README.md"))
    assert "Reports created: 3, reused: 0, in progress: 0." in log
    assert summarized() == {"Root CA", "Payments CA", "Logistics CA"}

    log = play("cloudpki.aws.make_reports", "-e", "@" + write("reports.yml", "docs/make_reports.md"))
    assert "Reports created: 0, reused: 2, in progress: 0." in log

    play("cloudpki.aws.summarize_reports", "-e", "@" + write("summary.yml", "docs/summarize_reports.md"))
    assert summarized() == {"Payments CA", "Logistics CA"}

    log = play("cloudpki.aws.audit_fleet", "-e", "@" + write("fleet.yml", "docs/audit_fleet.md"))
    assert "Reports created: 0, reused: 2, in progress: 0." in log

    accounts = write("accounts.yml", "docs/audit_fleet.md", 1)
    hosts = ("-e", "audit_reports_hosts=private_ca_accounts", "--limit", "payments")
    log = play("-i", accounts, "cloudpki.aws.audit_fleet", *hosts)
    assert "Reports created: 0, reused: 1, in progress: 0." in log

    # The hosts may be a slice of an AWX job, which takes nobody out of the policy of the bucket.
    part = "private_ca_accounts: {hosts: {slice: {audit_reports_accounts: [{account_id: '111122223333'}]}}}"
    (tmp_path / "slice.yml").write_text(part, encoding="utf-8")
    variables = {**yaml.safe_load(examples("docs/audit_fleet.md", "yaml")[0]), "audit_reports_prepare_bucket": True}
    del variables["audit_reports_accounts"]
    play("-i", "slice.yml", "cloudpki.aws.audit_fleet", *hosts[:2], "-e", json.dumps(variables))
    s3 = boto3.client(
        "s3",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    policy = s3.get_bucket_policy(Bucket=variables["audit_reports_bucket_name"])["Policy"]
    assert [account for account in ("111122223333", "444455556666", "777788889999") if account not in policy] == []
