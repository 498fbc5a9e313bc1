# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo: audit a sample organization on a local AWS, twice, and download the reports.

Started by `make demo`: run.py [FOLDER]. The output is in demo-output/, or in FOLDER, which must be new or empty.
VERBOSE=1 shows the output of ansible-playbook.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

# The tools are scripts in one directory, and not a package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from local_aws_process import CREDENTIALS, REGION, LocalAWS, local_aws
from project import ROOT, ToolError, clean_environment, main_of_tool, own_process_group, program

PLAYBOOK = ROOT / "tests" / "demo" / "playbook.yml"
OUTPUT = ROOT / "demo-output"
CREATE = "acm-pca:CreateCertificateAuthorityAuditReport"

PLAYBOOK_SECONDS = 300  # far longer than it takes, to stop a run that hangs

RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
REPORT_KEY = re.compile(r"^audit-report/(?P<ca>[^/]+)/(?P<report>[^/]+\.(?:json|csv))$")


@dataclass(frozen=True)
class PlaybookRun:
    """The result of one run of the playbook."""

    changed_tasks: int
    requested: int
    seconds: float


@dataclass(frozen=True)
class Report:
    """A downloaded report."""

    path: Path
    account_id: str
    region: str
    certificates: int
    revoked: int


def run_playbook(aws: LocalAWS, variables: Path, scratch: Path) -> PlaybookRun:
    """Run the playbook once. :raises ToolError: if it fails, with the end of its output"""
    verbose = os.environ.get("VERBOSE", "0") not in ("", "0")
    packages = Path(boto3.__file__).parents[1]
    settings = scratch / "ansible.cfg"
    settings.write_text("[defaults]\n", encoding="utf-8")
    env = clean_environment(
        **CREDENTIALS,
        AWS_REGION=REGION,
        # Ignore the user's accounts (~/.aws, the instance role), Ansible settings and collections.
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        ANSIBLE_CONFIG=str(settings),
        ANSIBLE_HOME=str(scratch),
        ANSIBLE_COLLECTIONS_PATH=str(packages),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_RETRY_FILES_ENABLED="0",
    )
    command: list[str | Path] = [
        *(program("ansible-playbook"), "--inventory", "localhost,", "--connection", "local"),
        *("--extra-vars", f"@{variables}", PLAYBOOK),
    ]
    before = aws.get("/_emulator/calls").get(CREATE, 0)
    started = time.monotonic()
    output = ""
    with own_process_group(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        if verbose:
            for line in process.stdout:
                print(f"    {line}", end="", flush=True)
                output += line
        try:
            rest, _nothing = process.communicate(timeout=PLAYBOOK_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ToolError(f"the playbook did not finish within {PLAYBOOK_SECONDS} s.") from error
        output += rest or ""
    hosts = RECAP.findall(output)
    if process.returncode or not hosts:
        tail = "\n".join(line for line in output.strip().splitlines() if line.strip())[-4000:]
        raise ToolError(f"the playbook failed with exit code {process.returncode}. The end of its output:\n{tail}")
    return PlaybookRun(
        changed_tasks=sum(int(host[2]) for host in hosts),
        requested=aws.get("/_emulator/calls").get(CREATE, 0) - before,
        seconds=time.monotonic() - started,
    )


def fetch_reports(aws: LocalAWS, arns: Iterable[str], output: Path) -> list[Report]:
    """Copy every report from S3 to OUTPUT/ACCOUNT/REGION/CA/."""
    # arn:PARTITION:acm-pca:REGION:ACCOUNT:certificate-authority/CA
    owners = {arn.rpartition("/")[2]: arn.split(":")[3:5] for arn in arns}
    # All settings are explicit, so that the AWS settings of the user are ignored.
    s3 = boto3.session.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    ).client("s3", endpoint_url=aws.endpoint, config=Config(s3={"addressing_style": "path"}))

    reports = []
    for bucket in s3.list_buckets()["Buckets"]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"], Prefix="audit-report/")
        for key in (item["Key"] for page in pages for item in page.get("Contents", [])):
            found = REPORT_KEY.match(key)
            if not found:
                continue
            region, account_id = owners.get(found["ca"], ["unknown", "unknown"])
            path = output / account_id / region / found["ca"] / found["report"]
            path.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket["Name"], key, str(path))
            certificates, revoked = count(path)
            reports.append(Report(path, account_id, region, certificates, revoked))
    return sorted(reports, key=lambda report: report.path)


def count(path: Path) -> tuple[int, int]:
    """The number of certificates in a report, and how many of them are revoked."""
    rows = list(_rows(path))
    return len(rows), sum(1 for row in rows if row.get("revokedAt"))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from json.load(file) if path.suffix == ".json" else csv.DictReader(file)


def say(what: str, text: str) -> None:
    """Print one step of the demo."""
    print(f"  {what:<12}{text}", flush=True)


def plural(number: int, word: str) -> str:
    """1 report, 2 reports."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def demonstrate(aws: LocalAWS, scratch: Path, output: Path) -> None:
    """The steps between start and stop of the local AWS."""
    organization = aws.get("/_emulator/seed")
    accounts = organization["accounts"]
    authorities = [ca for account in accounts for ca in account["certificate_authorities"]]
    auditable = [ca for ca in authorities if ca["status"] in ("ACTIVE", "DISABLED")]
    arns = [ca["arn"] for ca in authorities]
    regions = {ca["region"] for ca in authorities}
    say(
        "local AWS",
        f"{aws.endpoint} with {plural(len(accounts), 'account')} and {plural(len(arns), 'private CA')} in "
        f"{plural(len(regions), 'region')}; {len(auditable)} of the CAs have a status that allows audit reports",
    )

    variables = scratch / "variables.json"
    interpreter = {"ansible_python_interpreter": sys.executable}
    given = {
        "local_aws_endpoint": aws.endpoint,
        "accounts": [{"account_id": account["id"], "name": account["name"]} for account in accounts],
        "summary_directory": str(output),
    }
    variables.write_text(json.dumps({**given, **interpreter}), encoding="utf-8")

    first = run_playbook(aws, variables, scratch)
    say("first run", f"created the bucket and requested {plural(first.requested, 'report')} ({first.seconds:.0f} s)")
    if not first.requested:
        raise ToolError("the first run requested no report.")

    second = run_playbook(aws, variables, scratch)
    if second.requested or second.changed_tasks:
        raise ToolError(
            f"the second run was expected to change nothing, but it changed {plural(second.changed_tasks, 'task')} "
            f"and requested {plural(second.requested, 'report')}."
        )
    say("second run", f"requested no reports and changed nothing ({second.seconds:.0f} s)")

    reports = fetch_reports(aws, arns, output)
    certificates, revoked = sum(r.certificates for r in reports), sum(r.revoked for r in reports)
    say(
        "reports",
        f"downloaded to {output.name}/ with {plural(certificates, 'certificate')}, {revoked} of them revoked:",
    )
    print(f"\n    {'account':<14}{'region':<16}{'certificates':>12}{'revoked':>9}  report")
    for r in reports:
        name = f"{r.path.parent.name[:8]}.../{r.path.name}"
        print(f"    {r.account_id:<14}{r.region:<16}{r.certificates:>12}{r.revoked:>9}  {name}")
    print(f"\n  Summary page: {output / 'index.html'}")


def _empty_folder(arguments: list[str]) -> Path:
    if not arguments:
        shutil.rmtree(OUTPUT, ignore_errors=True)
        return OUTPUT
    folder = Path(arguments[0]).resolve()
    # Only remove the output of the demo.
    if folder.exists() and any(folder.iterdir()):
        raise ToolError(f"{folder} is not empty.")
    return folder


def main(arguments: list[str]) -> int:
    """Run the demo."""
    started = time.monotonic()
    output = _empty_folder(arguments)
    print("Auditing the private CAs of a sample organization on a local AWS:", flush=True)
    with tempfile.TemporaryDirectory(prefix="cloudpki-demo-") as scratch, local_aws() as aws:
        demonstrate(aws, Path(scratch), output)
    seconds = time.monotonic() - started
    print(f"\nDone in {seconds:.0f} s. The local AWS is stopped. Playbook: {PLAYBOOK.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
