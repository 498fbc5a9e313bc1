# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role over a thousand accounts, run by ansible-runner, as AWX does. AWS is the stub of the benchmarks."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from project import ROOT

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from fleet import BUCKET, HUB, REGION, Fleet
from measuring import Stub, running_stub

ACCOUNTS = 1000
# AWX stores no result that is longer, as ansible-runner counts it.
LARGEST_RESULT = 700_000

# The environment of the newest ansible does not have it.
pytestmark = pytest.mark.skipif(importlib.util.find_spec("ansible_runner") is None, reason="there is no ansible-runner")

Event = dict[str, t.Any]


@pytest.fixture(scope="module")
def running() -> t.Iterator[Stub]:
    with running_stub() as stub:
        yield stub


@pytest.fixture
def stub(running: Stub) -> Stub:
    running.reset(accounts=ACCOUNTS, cas=1, latency=0.0, report_seconds=0.0, rates={}, history_of="", history=0)
    return running


def entry(account: str) -> dict[str, str]:
    return {"account_id": account, "name": f"account-{account[-4:]}"}


def variables(directory: Path) -> dict[str, t.Any]:
    return {
        "audit_reports_bucket_name": BUCKET,
        "audit_reports_role_name": "Audit",
        "audit_reports_regions": [REGION],
        "audit_reports_prepare_bucket": False,
        "audit_reports_wait_delay": 1,
        "audit_reports_summary_directory": str(directory / "summary"),
        "audit_reports_summary_certificates": True,
        "audit_reports_sns_topic": f"arn:aws:sns:{REGION}:{HUB}:private-ca-alerts",
        "audit_reports_security_hub": True,
    }


def run(stub: Stub, directory: Path, inventory: Event, succeeds: bool = True, **more: t.Any) -> list[Event]:
    """A job as AWX runs it: the events of the playbook audit_fleet."""
    for name, content in (
        ("env/extravars", {**variables(directory), **more}),
        ("inventory/hosts.json", inventory),
        ("project/audit.yml", [{"import_playbook": "cloudpki.aws.audit_fleet"}]),
    ):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "HOME": str(directory),
        "AWS_ENDPOINT_URL": stub.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        # What ansible-runner would leave out is to be seen here.
        "MAX_EVENT_RES": "1000000000",
    }
    ident = f"job-{len(list(directory.glob('artifacts/*')))}"
    command = [sys.executable, "-m", "ansible_runner", "run", directory, "--ident", ident, "--playbook", "audit.yml"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert (done.returncode == 0) is succeeds, done.stdout[-5000:] + done.stderr[-5000:]
    files = (directory / "artifacts" / ident / "job_events").glob("*-*.json")
    events = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return sorted(events, key=lambda event: t.cast(int, event["counter"]))


def localhost(**more: t.Any) -> Event:
    return {"all": {"hosts": {"localhost": more}}}


def summary_of(directory: Path) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads((directory / "summary" / "summary.json").read_text(encoding="utf-8")))


def headers_of(events: list[Event]) -> tuple[list[str], list[str]]:
    """The headers of tasks in the log, and the tasks that were skipped."""
    return (
        [event["event_data"]["name"] for event in events if event["event"] == "playbook_on_task_start"],
        [event["event_data"]["task"] for event in events if event["event"] == "runner_on_skipped"],
    )


def test_a_fleet_in_one_job(stub: Stub, tmp_path: Path) -> None:
    accounts = [entry(account) for account in Fleet(ACCOUNTS).account_ids()]
    events = run(stub, tmp_path, localhost(audit_reports_accounts=accounts))

    totals = summary_of(tmp_path)["totals"]
    assert (totals["certificate_authorities"], totals["reports"]["current"]) == (ACCOUNTS, ACCOUNTS)
    assert totals["attention"]["critical"] + totals["attention"]["warning"] > 0

    sizes = {
        len(str(event["event_data"]["res"])): event["event_data"].get("task", "")
        for event in events
        if "res" in event.get("event_data", {})
    }
    assert {size: task for size, task in sizes.items() if size > LARGEST_RESULT} == {}
    # It would grow beyond that with the number of accounts.
    assert [size for size, task in sizes.items() if task == "Collect the accounts of all hosts" and size > 1000] == []

    calls = stub.calls()
    fetched = {key: count for key, count in calls["fetched"].items() if key.startswith("audit-report/")}
    assert Counter(fetched.values()) == {1: ACCOUNTS}

    headers, skipped = headers_of(events)
    assert len(headers) <= 25, headers
    assert len(skipped) <= 4, skipped

    plain = {"audit_reports_sns_topic": "", "audit_reports_security_hub": False, "audit_reports_summary_directory": ""}
    headers, skipped = headers_of(run(stub, tmp_path, localhost(audit_reports_accounts=accounts[:3]), **plain))
    assert len(headers) <= 12, headers
    assert len(skipped) <= 4, skipped


def test_hosts_that_are_accounts_cost_what_localhost_costs(stub: Stub, tmp_path: Path) -> None:
    accounts = [entry(account) for account in Fleet(50).account_ids()]
    ways = {
        "list": localhost(audit_reports_accounts=accounts),
        "hosts": {"all": {"hosts": {each["name"]: {"audit_reports_accounts": [each]} for each in accounts}}},
    }
    found = {}
    for way, inventory in ways.items():
        stub.reset()
        changed: Event = {"audit_reports_sns_topic": "", "audit_reports_security_hub": False}
        if way == "hosts":
            changed["audit_reports_hosts"] = "all"
        run(stub, tmp_path / way, inventory, **changed)
        document = summary_of(tmp_path / way)
        calls = stub.calls()["calls"]
        arns = [each["certificate_authority_arn"] for each in document["certificate_authorities"]]
        found[way] = (calls, document["totals"], arns)
    assert found["list"] == found["hosts"]


def test_hosts_without_accounts_are_not_taken_for_the_account_of_the_credentials(stub: Stub, tmp_path: Path) -> None:
    hosts = {"all": {"hosts": {"a": {"audit_reports_accounts": []}, "b": {}}}}
    events = run(stub, tmp_path, hosts, succeeds=False, audit_reports_hosts="all")
    [failed] = [event["event_data"]["res"]["msg"] for event in events if event["event"] == "runner_on_failed"]
    assert failed.startswith("The hosts of all have no audit_reports_accounts. Define the list for each host")
    assert stub.calls()["calls"] == {}
