# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways to audit a fleet that are compared, each as a command that runs from start to end."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from fleet import BUCKET, HUB, REGION, Fleet, account_id, ca_arn, role_arn
from measuring import HERE, Run, Stub, measure

from project import clean_environment, program

PLAYBOOKS = HERE / "playbooks"

# How many hosts of an inventory share the accounts.
SHARDS = 8

# By the names of the tasks in playbooks/tasks/turns.yml.
CALLER_TASK, MODULE_TASK = "Ask for the caller", "Have a fresh report"


@dataclass(frozen=True)
class Peers:
    """All of them, against one stub, with a folder for what they need."""

    stub: Stub
    scratch: Path

    def environment(self, **extra: str) -> dict[str, str]:
        """The variables for a program: nothing of the user's or the machine's AWS and Ansible settings."""
        settings = self.scratch / "ansible.cfg"
        settings.write_text("[defaults]\n", encoding="utf-8")
        return clean_environment(
            HOME=str(self.scratch),
            AWS_ENDPOINT_URL=self.stub.endpoint,
            AWS_ACCESS_KEY_ID="testing",
            AWS_SECRET_ACCESS_KEY="testing",
            AWS_DEFAULT_REGION=REGION,
            AWS_CONFIG_FILE=os.devnull,
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
            AWS_EC2_METADATA_DISABLED="true",
            ANSIBLE_CONFIG=str(settings),
            ANSIBLE_HOME=str(self.scratch),
            ANSIBLE_COLLECTIONS_PATH=str(Path(boto3.__file__).parents[1]),
            ANSIBLE_NOCOLOR="1",
            ANSIBLE_RETRY_FILES_ENABLED="0",
            **extra,
        )

    def module(self, fleet: Fleet, *, arns: bool = True, concurrency: int | None = None) -> Run:
        """This module, in one task.

        :param arns: whether it is told the CAs, or finds them itself.
        """
        variables = {
            "accounts": [{"role_arn": role} for role in fleet.roles()],
            "arns": fleet.arns() if arns else None,
            "concurrency": concurrency,
        }
        return self._playbook("fleet.yml", variables)

    def role(self, fleet: Fleet, concurrency: int) -> Run:
        """The role: reports, the summary with all certificates, a message and findings."""
        variables = {
            "accounts": [{"account_id": account} for account in fleet.account_ids()],
            "concurrency": concurrency,
            "directory": str(self.scratch / "summary"),
        }
        return self._playbook("role.yml", variables)

    def inventory(self, cache: bool = False) -> Run:
        """The inventory of the organization, as ansible-inventory lists it.

        :param cache: whether to keep it in a cache, and to use what is there.
        """
        known: dict[str, Any] = {"plugin": "cloudpki.aws.aws_organization", "region": REGION}
        if cache:
            known |= {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(self.scratch / "cache")}
        file = self._write("aws_organization.yml", known)
        command: list[str | Path] = [program("ansible-inventory"), "--inventory", file, "--list"]
        return self.program([*command, "--output", self.scratch / "hosts.json"])

    def slices(self, fleet: Fleet, slices: int, concurrency: int) -> Run:
        """The playbook make_reports in parallel jobs over the hosts of one inventory, as AWX divides them."""
        accounts = [{"account_id": account} for account in fleet.account_ids()]
        hosts = {f"accounts-{shard}": {"audit_reports_accounts": accounts[shard::SHARDS]} for shard in range(SHARDS)}
        common = {
            "ansible_python_interpreter": sys.executable,
            "audit_reports_bucket_name": BUCKET,
            "audit_reports_role_name": "Audit",
            "audit_reports_regions": [REGION],
            "audit_reports_concurrency": concurrency,
        }
        known = self._write("variables.json", {**common, "audit_reports_hosts": "all"})
        # The inventory as YAML, of which JSON is a part: Ansible goes by the name.
        inventory = self._write("shards.yml", {"all": {"hosts": hosts}})
        limits = [",".join([*hosts][number::slices]) for number in range(slices)]
        command: list[str | Path] = ["bash", HERE / "slices.sh", program("ansible-playbook"), inventory, known, *limits]
        return measure(self.stub, command, self.environment())

    def module_for_own_ca(self) -> Run:
        """This module, in one task, for one CA of the account that it runs in."""
        return self._playbook("fleet.yml", {"arns": [ca_arn(HUB, 0)]})

    def read_report(self, key: str, contents: str = "summary", file: Path | None = None) -> tuple[Run, dict[str, Any]]:
        """acm_pca_audit_report_info, in one task, and the summary that it returns."""
        variables = {"key": key, "contents": contents, "file": None if file is None else str(file)}
        run = self._playbook("contents.yml", variables, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
        if run.problem:
            return run, {}
        result = json.loads(run.output)["plays"][0]["tasks"][0]["hosts"]["localhost"]
        return run, result.get("summary", {})

    def report_module(
        self, *keys: str, rules: Sequence[Mapping[str, Any]] = (), **extra: str
    ) -> tuple[Run, dict[str, Any]]:
        """The process of acm_pca_audit_report_info alone, and the summary that it prints."""
        given = {"region": REGION, "s3_bucket_name": BUCKET, "s3_key": keys, "rules": rules, "limit": 100}
        file = self._write("arguments.json", {"ANSIBLE_MODULE_ARGS": given})
        name = "ansible_collections.cloudpki.aws.plugins.modules.acm_pca_audit_report_info"
        extra["PYTHONPATH"] = str(Path(boto3.__file__).parents[1])
        run = self.program([sys.executable, "-m", name, file], **extra)
        return run, {} if run.problem else json.loads(run.output.splitlines()[-1])["summary"]

    def dataset_module(self, report: Path, *, dataset: bool) -> tuple[Run, dict[str, Any]]:
        """The process of acm_pca_audit_report_info alone, for the last report of a CA, with or without the data set."""
        arn = ca_arn(HUB, 0)
        key = f"audit-report/{arn.rpartition('/')[2]}/00000000-0000-4000-8000-000000000000{report.suffix}"
        entry = {
            "certificate_authority_arn": arn,
            "s3_bucket_name": BUCKET,
            "s3_key": key,
            "audit_report_status": "SUCCESS",
            "created_at": "2026-01-01T00:00:00Z",
        }
        made = self._write("made.json", {"audit_reports": [entry]})
        self.stub.reset(files={f"{BUCKET}/{key}": str(report)}, latency=0.0)
        given = {"region": REGION, "s3_bucket_name": BUCKET, "audit_reports_file": [str(made)], "dataset": dataset}
        file = self._write("arguments.json", {"ANSIBLE_MODULE_ARGS": given})
        name = "ansible_collections.cloudpki.aws.plugins.modules.acm_pca_audit_report_info"
        run = self.program([sys.executable, "-m", name, file], PYTHONPATH=str(Path(boto3.__file__).parents[1]))
        return run, {} if run.problem else json.loads(run.output.splitlines()[-1])

    def program(self, command: Sequence[str | Path], **extra: str) -> Run:
        """Any other program."""
        return measure(self.stub, command, self.environment(**extra))

    def caller_info(self) -> Run:
        """amazon.aws's least module, in one task."""
        return self._playbook("caller_info.yml", {})

    def nothing(self) -> Run:
        """ansible-playbook without a task."""
        return self._playbook("nothing.yml", {})

    def turns(self, repetitions: int) -> tuple[Run, dict[str, float]]:
        """Both tasks in turn, and the median time of each task."""
        variables = {"arns": [ca_arn(HUB, 0)], "repetitions": repetitions}
        callback = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
        run = self._playbook("turns.yml", variables, **callback)
        if run.problem:
            return run, {}
        times: dict[str, list[float]] = {}
        for play in json.loads(run.output)["plays"]:
            for task in play["tasks"]:
                times.setdefault(task["task"]["name"], []).append(_seconds(task["task"]["duration"]))
        return run, {name: statistics.median(each) for name, each in times.items()}

    def usual_way(self, accounts: int, forks: int) -> Run:
        """Ansible with a host for each account."""
        hosts = {
            account: {"role_arn": role_arn(account), "ca_arn": ca_arn(account, 0)}
            for account in Fleet(accounts).account_ids()
        }
        common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "bucket": BUCKET}
        inventory = self._write("inventory.json", {"all": {"children": {"accounts": {"hosts": hosts, "vars": common}}}})
        # The inventory as YAML, of which JSON is a part: Ansible goes by the name.
        inventory = inventory.rename(inventory.with_suffix(".yml"))
        command: list[str | Path] = [program("ansible-playbook"), "--inventory", inventory, "--forks", str(forks)]
        return measure(self.stub, [*command, PLAYBOOKS / "usual_way.yml"], self.environment())

    def aws_cli(self, accounts: int, parallel: int) -> Run:
        """The AWS CLI in a shell."""
        lines = "".join(f"{ca_arn(each, 0)} {role_arn(each)}\n" for each in Fleet(accounts).account_ids())
        file = self.scratch / "lines.txt"
        file.write_text(lines, encoding="utf-8")
        command: list[str | Path] = [
            "bash",
            "-c",
            'exec bash "$1" "$2" "$3" < "$4"',
            "bash",
            HERE / "aws_cli.sh",
            str(parallel),
        ]
        return measure(self.stub, [*command, BUCKET, file], self.environment())

    def handwritten(self, accounts: int, variant: str, threads: int) -> Run:
        """A script with boto3 and threads."""
        targets = [(ca_arn(account_id(number), 0), role_arn(account_id(number))) for number in range(accounts)]
        file = self._write("targets.json", {"targets": targets})
        command: list[str | Path] = [sys.executable, HERE / "handwritten.py", variant, str(threads), file, BUCKET]
        return measure(self.stub, command, self.environment())

    def _playbook(self, playbook: str, variables: Mapping[str, Any], **extra: str) -> Run:
        known = {**variables, "bucket": BUCKET, "ansible_python_interpreter": sys.executable}
        file = self._write("variables.json", known)
        command: Sequence[str | Path] = [
            *(program("ansible-playbook"), "--inventory", "localhost,", "--connection", "local"),
            *("--extra-vars", f"@{file}", PLAYBOOKS / playbook),
        ]
        return measure(self.stub, command, self.environment(**extra))

    def _write(self, name: str, content: Any) -> Path:
        path = self.scratch / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def _seconds(duration: Mapping[str, str]) -> float:
    start, end = (datetime.fromisoformat(duration[name]) for name in ("start", "end"))
    return (end - start).total_seconds()
