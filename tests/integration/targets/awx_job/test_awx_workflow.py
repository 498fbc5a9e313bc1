# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workflow of AWX over slices: each of its jobs is run by ansible-runner, as AWX does, against the local AWS."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import Counter
from pathlib import Path

import boto3
import pytest

from local_aws_process import LocalAWS, local_aws
from project import ROOT, clean_environment, program

# The environment of the newest ansible does not have it.
pytestmark = pytest.mark.skipif(importlib.util.find_spec("ansible_runner") is None, reason="there is no ansible-runner")

BUCKET = "workflow-reports"
DAY = 86400
# A user that no machine knows, as containers on OpenShift have.
STRANGER = 54321
CAP_DAC_READ_SEARCH = 1 << 2
# As long as anything may take on a machine that has other things to do.
LIMIT = 600

SEED = """
accounts:
  - {{name: hub, id: "123456789012"}}
  - name: member
    id: "100000000001"
    copies: {copies}
    organizational_unit: Production
    role: PrivateCAAudit
    certificate_authorities:
      - {{name: Issuing CA, issued: {{valid: 2, expiring: 1}}}}
buckets:
  - {{name: {bucket}}}
"""

INVENTORY = {
    "plugin": "cloudpki.aws.aws_organization",
    "organizational_units": ["Production"],
    "regions": ["us-east-1"],
}

VARIABLES = {
    "audit_reports_hosts": "aws_organization",
    "audit_reports_bucket_name": BUCKET,
    "audit_reports_max_age": DAY,
    "audit_reports_wait_delay": 1,
}

HostVariables = dict[str, t.Any]


@dataclasses.dataclass
class Ended:
    """What AWX knows of a job that has ended."""

    status: str
    # What set_stats left.
    artifacts: dict[str, t.Any]
    log: str
    directory: Path


class Job:
    """One job of AWX: a container of its own, with nothing in it from before."""

    def __init__(self, aws: LocalAWS, directory: Path, playbook: str, hosts: HostVariables, **variables: t.Any) -> None:
        self.directory = directory
        script = json.dumps({"aws_organization": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}})
        for name, text in (
            ("env/extravars", json.dumps({**VARIABLES, **variables})),
            ("inventory/hosts", f"#!{sys.executable}\nprint({script!r})\n"),
            ("project/job.yml", json.dumps([{"import_playbook": f"cloudpki.aws.{playbook}"}])),
        ):
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        (directory / "inventory" / "hosts").chmod(0o700)
        for name in ("home", "tmp"):
            (directory / name).mkdir()
        runner = [sys.executable, "-m", "ansible_runner", "run", directory, "--ident", "1", "--playbook", "job.yml"]
        self._process = subprocess.Popen(
            [*as_stranger(directory), *runner],
            env=environment(aws, directory),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> Ended:
        """Wait for it."""
        self._process.wait(LIMIT)
        artifacts = self.directory / "artifacts" / "1"
        events = [json.loads(file.read_text(encoding="utf-8")) for file in artifacts.glob("job_events/*-*.json")]
        left = [event["event_data"]["artifact_data"] for event in events if event["event"] == "playbook_on_stats"]
        return Ended(
            status=(artifacts / "status").read_text(encoding="utf-8"),
            artifacts=left[0] if left else {},
            log=(artifacts / "stdout").read_text(encoding="utf-8"),
            directory=self.directory,
        )

    def cancel(self) -> Ended:
        """What AWX does for somebody who cancels a job: the runner is told, and then the container is gone."""
        processes = self._family()
        self._process.terminate()
        ended = self.end()
        kill(processes)
        return ended

    def kill(self) -> None:
        """What is left of a job whose node has lost its power."""
        kill(self._family())
        self._process.wait(LIMIT)

    def _family(self) -> list[int]:
        # Each of the runner, of Ansible and of its workers has a process group of its own.
        return list(family(self._process.pid)) if self._process.poll() is None else []


def as_stranger(directory: Path) -> list[str]:
    """What starts a program as a user without a name, who owns a directory, and can read everything else.

    Reading is a capability, because an environment in root's home is for root alone. Without it, it is no other user.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    capabilities = int(re.findall(r"^CapEff:\s*(\w+)", status, re.MULTILINE)[0], 16)
    if os.geteuid() or not capabilities & CAP_DAC_READ_SEARCH or not shutil.which("setpriv"):
        return []
    for path in (directory, *directory.rglob("*")):
        os.chown(path, STRANGER, STRANGER)
    user = ("--reuid", str(STRANGER), "--regid", str(STRANGER), "--clear-groups")
    return ["setpriv", *user, "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]


def family(pid: int) -> t.Iterator[int]:
    """A process and all that it started."""
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield from family(int(child))


def kill(processes: t.Iterable[int]) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def environment(aws: LocalAWS, directory: Path) -> dict[str, str]:
    """What the credential of a job sets, both variables for the token included, and nothing else of AWS."""
    token = "FwoGZXIvYXdzEXAMPLE"
    return clean_environment(
        HOME=str(directory / "home"),
        TMPDIR=str(directory / "tmp"),
        AWS_ENDPOINT_URL=aws.endpoint,
        AWS_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="ASIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        AWS_SECURITY_TOKEN=token,
        AWS_SESSION_TOKEN=token,
    )


class Workflow:
    """The jobs of one test. None of them outlives it."""

    def __init__(self, aws: LocalAWS, directory: Path) -> None:
        self.aws = aws
        self._directory = directory
        self._jobs: list[Job] = []
        seeded = aws.get("/_emulator/seed")
        self.arns = {
            account["id"]: authority["arn"]
            for account in seeded["accounts"]
            for authority in account["certificate_authorities"]
        }

    def start(self, playbook: str, hosts: HostVariables, **variables: t.Any) -> Job:
        job = Job(self.aws, self._directory / f"job-{len(self._jobs)}", playbook, hosts, **variables)
        self._jobs.append(job)
        return job

    def run(self, playbook: str, hosts: HostVariables, **variables: t.Any) -> Ended:
        return self.start(playbook, hosts, **variables).end()

    def close(self) -> None:
        for job in self._jobs:
            job.kill()

    def hosts(self) -> HostVariables:
        """The inventory, as AWX reads it from its source and hands it to jobs."""
        directory = self._directory / "inventory-update"
        for name in ("home", "tmp"):
            (directory / name).mkdir(parents=True)
        source = directory / "private_ca.aws_organization.yml"
        source.write_text(json.dumps(INVENTORY), encoding="utf-8")
        inventory = [program("ansible-inventory"), "--inventory", source, "--list", "--export"]
        command = [*as_stranger(directory), *inventory]
        done = subprocess.run(
            command, env=environment(self.aws, directory), capture_output=True, text=True, timeout=LIMIT, check=True
        )
        return t.cast("HostVariables", json.loads(done.stdout)["_meta"]["hostvars"])

    def reports(self) -> Counter[str]:
        """How many reports of each account's CA are in the bucket."""
        client = boto3.client(
            "s3",
            endpoint_url=self.aws.endpoint,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="audit-report/")
        keys = Counter(each["Key"].split("/")[1] for page in pages for each in page.get("Contents", []))
        return Counter({account: keys[arn.rpartition("/")[2]] for account, arn in self.arns.items()})

    def fault(self, operation: str, **fault: t.Any) -> None:
        self.aws.post("/_emulator/faults", operation=operation, **fault)

    def until(self, what: str, count: t.Callable[[], int], number: int) -> None:
        """Wait until something has been counted so often."""
        deadline = time.monotonic() + LIMIT
        while count() < number:
            assert time.monotonic() < deadline, f"{what} was not counted {number} times: {self.aws.get(CALLS)}"
            time.sleep(0.1)


CALLS = "/_emulator/calls?by=account"


@pytest.fixture
def directory() -> t.Iterator[Path]:
    """A folder that others can enter, unlike that of pytest."""
    with tempfile.TemporaryDirectory(prefix="awx-jobs-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def workflow(directory: Path, request: pytest.FixtureRequest) -> t.Iterator[Workflow]:
    seed = directory / "seed.yml"
    seed.write_text(SEED.format(copies=request.param, bucket=BUCKET), encoding="utf-8")
    with local_aws(seed=seed, report_seconds=1) as aws, contextlib.closing(Workflow(aws, directory)) as jobs:
        yield jobs


def slices(hosts: HostVariables, count: int) -> list[HostVariables]:
    """As AWX divides an inventory."""
    return [{name: hosts[name] for name in sorted(hosts)[offset::count]} for offset in range(count)]


def collection() -> dict[str, int]:
    """The files of the collection, which a job may only read."""
    folders = ("playbooks", "plugins", "roles")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*") if "__pycache__" not in file.parts)
    return {str(file): file.stat().st_mtime_ns for file in files}


def total(jobs: t.Iterable[Ended], name: str) -> int:
    return sum(job.artifacts[f"audit_reports_{name}"] for job in jobs)


@pytest.mark.parametrize("workflow", [40], indirect=True)
def test_slices_make_what_the_last_job_summarizes(workflow: Workflow) -> None:
    before = collection()
    hosts = workflow.hosts()
    prepared = workflow.run("prepare_bucket", hosts)
    running = [workflow.start("make_reports", each) for each in slices(hosts, 4)]
    made = [job.end() for job in running]
    # AWX hands what the last slice left to the next job, as variables.
    files = {"audit_reports_summary_directory": "summary", "audit_reports_summary_upload": True}
    summarized = workflow.run("summarize_reports", hosts, **files, **made[-1].artifacts)
    jobs = [prepared, *made, summarized]

    assert [job.status for job in jobs] == ["successful"] * 6, "\n".join(job.log for job in jobs)
    assert workflow.reports() == dict.fromkeys(workflow.arns, 1)
    assert [total(made, name) for name in ("accounts_in_scope", "certificate_authorities", "created")] == [40] * 3
    assert [total(made, name) for name in ("reused", "pending", "skipped", "failed")] == [0] * 4

    document = json.loads((summarized.directory / "project/summary/summary.json").read_text(encoding="utf-8"))
    assert document["totals"]["reports"] == {"current": 40}
    assert {each["account_id"] for each in document["accounts"]} == set(workflow.arns)
    # A certificate of each CA expires soon.
    attention = document["totals"]["attention"]
    assert attention["warning"] >= 40
    assert summarized.artifacts["audit_reports_certificate_authorities"] == 40
    assert {severity: total([summarized], severity) for severity in attention} == attention
    listed = summarized.artifacts["audit_reports_attention"]
    assert len(listed) + summarized.artifacts["audit_reports_attention_omitted"] == sum(attention.values())

    workflow.aws.post("/_emulator/advance", seconds=DAY // 2)
    requested = workflow.aws.get("/_emulator/calls")
    again = workflow.run("audit_fleet", hosts, audit_reports_prepare_bucket=False)
    create = "acm-pca:CreateCertificateAuthorityAuditReport"
    assert workflow.aws.get("/_emulator/calls")[create] == requested[create] == 40
    assert again.status == "successful", again.log
    assert (total([again], "reused"), total([again], "created")) == (40, 0)

    assert collection() == before
    # Ansible itself makes this folder in the home directory.
    left = [
        path.name for job in (*jobs, again) for name in ("home", "tmp") for path in (job.directory / name).iterdir()
    ]
    assert left == [".ansible"] * 7


@pytest.mark.parametrize("workflow", [12], indirect=True)
def test_what_a_slice_could_not_do_is_done_by_the_next_run(workflow: Workflow) -> None:
    hosts = {
        account: {"audit_reports_accounts": [{"account_id": account}], "audit_reports_regions": ["us-east-1"]}
        for account in workflow.arns
    }
    killed, cancelled, denied = (sorted(each) for each in slices(hosts, 3))
    create, describe = "CreateCertificateAuthorityAuditReport", "DescribeCertificateAuthorityAuditReport"
    # Of one CA, a report was requested, but not recorded; of another, it was not even requested.
    record = f"audit-report-tracking/{workflow.arns[killed[0]].rpartition('/')[2]}.json"
    workflow.fault("s3:PutObject", key=record, delay=LIMIT, count=LIMIT)
    workflow.fault(f"acm-pca:{create}", account=cancelled[0], delay=LIMIT, count=LIMIT)
    for account in denied:
        role = f"arn:aws:iam::{account}:role/PrivateCAAudit"
        workflow.fault("sts:AssumeRole", role_arn=role, error="AccessDenied", count=LIMIT)

    def counted(accounts: list[str], operation: str) -> int:
        calls = workflow.aws.get(CALLS)
        return sum(f"acm-pca:{operation}" in calls.get(account, {}) for account in accounts)

    first, second, third = (workflow.start("make_reports", each) for each in slices(hosts, 3))
    workflow.until("a request for a report", lambda: counted(killed, create), 4)
    workflow.until("a look at a report", lambda: counted(killed, describe), 3)
    first.kill()
    workflow.until("a request for a report", lambda: counted(cancelled, create), 4)
    workflow.until("a look at a report", lambda: counted(cancelled, describe), 3)
    assert second.cancel().status == "canceled"
    failed = third.end()
    assert failed.status == "failed"
    assert (total([failed], "failed"), total([failed], "created")) == (4, 0)
    lines = [failed.log.index(f"{account}: Failed to assume the role") for account in denied]
    assert lines == sorted(lines)

    workflow.fault("s3:PutObject", key="audit-summary/index.html", error="AccessDenied", count=LIMIT)
    summarized = workflow.run(
        "summarize_reports", hosts, audit_reports_summary_directory="summary", audit_reports_summary_upload=True
    )
    assert summarized.status == "failed"
    assert "audit-summary/index.html" in summarized.log
    assert "Show the alerts" in summarized.log
    assert list((summarized.directory / "tmp").iterdir()) == []
    sentences = [each["sentence"] for each in summarized.artifacts["audit_reports_attention"]]
    for account in denied:
        assert [each for each in sentences if each.startswith(f"Account {account} could not be read: ")]
        assert f"{account}: Failed to assume the role" in summarized.log
    assert total([summarized], "certificate_authorities") == 8

    workflow.aws.post("/_emulator/reset")
    workflow.aws.post("/_emulator/advance", seconds=DAY // 2)
    completed = workflow.run("make_reports", hosts)
    assert completed.status == "successful", completed.log
    assert workflow.reports() == dict.fromkeys(workflow.arns, 1)
    assert (total([completed], "reused"), total([completed], "created")) == (7, 5)
