# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build an execution environment, and audit a sample organization on a local AWS in it, as a job of AWX does.

Started by `make ee`: run.py
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import boto3
from botocore.config import Config

# The tools are scripts in one directory, and not a package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from container_programs import obstacle
from image import IMAGE, Storage, build_image, container_storage, do
from local_aws_process import CREDENTIALS, REGION, LocalAWS, local_aws
from project import ToolError, main_of_tool

BUCKET = "example-corp-private-ca-audits"
# Where ansible-runner mounts the directory of the job.
IN_CONTAINER = "/runner"

# As AWX runs it with podman (root, nothing but the variables of a credential), and stricter: nothing that the image
# contains can be changed, the home directory is empty, and no image is pulled.
CONTAINER_OPTIONS = ["--user=root", "--network=host", "--pull=never", "--read-only", "--tmpfs=/root"]


def client(aws: LocalAWS, service: str) -> t.Any:
    """A client of the hub account."""
    return boto3.session.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    ).client(service, endpoint_url=aws.endpoint, config=Config(s3={"addressing_style": "path"}))


def write_job(directory: Path, aws: LocalAWS, accounts: list[dict[str, str]]) -> None:
    """The files of a job that ansible-runner reads: its playbook, inventory, variables, credential and image."""
    session = client(aws, "sts").get_session_token()["Credentials"]
    files: dict[str, t.Any] = {
        "project/audit.yml": [{"import_playbook": "cloudpki.aws.audit_fleet"}],
        "inventory/hosts.json": {"all": {"hosts": {"localhost": {}}}},
        "env/settings": {
            "process_isolation": True,
            "process_isolation_executable": "podman",
            "container_image": IMAGE,
            "container_options": CONTAINER_OPTIONS,
        },
        "env/envvars": {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
            "AWS_SECURITY_TOKEN": session["SessionToken"],
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_REGION": REGION,
        },
        "env/extravars": {
            "audit_reports_bucket_name": BUCKET,
            "audit_reports_accounts": accounts,
            "audit_reports_role_name": "OrganizationAccountAccessRole",
            "audit_reports_regions": ["us-east-1", "eu-central-1"],
            "audit_reports_summary_directory": f"{IN_CONTAINER}/summary",
        },
    }
    for name, content in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")


def check(directory: Path, aws: LocalAWS, arns: set[str]) -> None:
    """Whether the job left a report of each of these CAs, and the summary. :raises ToolError: if not"""
    objects = client(aws, "s3").list_objects_v2(Bucket=BUCKET, Prefix="audit-report/").get("Contents", [])
    with_report = {item["Key"].split("/")[1] for item in objects}
    without = sorted(arn for arn in arns if arn.rpartition("/")[2] not in with_report)
    if without:
        raise ToolError(f"the job succeeded, but {without[0]} has no report in the bucket.")
    for name in ("summary.json", "index.html"):
        if not (directory / "summary" / name).is_file():
            raise ToolError(f"the job succeeded, but it did not write the summary's {name}.")
    summary = json.loads((directory / "summary" / "summary.json").read_text(encoding="utf-8"))
    current = summary["totals"]["reports"]["current"]
    if current != len(arns):
        raise ToolError(f"the summary knows {current} current reports instead of {len(arns)}.")
    print(f"  {current} reports in the bucket, and their summary was written.")


def run_job(folder: Path, aws: LocalAWS, storage: Storage) -> None:
    """Run audit_fleet in the image, and check what it left. :raises ToolError: if that failed"""
    accounts = aws.get("/_emulator/seed")["accounts"]
    write_job(folder, aws, [{"account_id": account["id"], "name": account["name"]} for account in accounts])
    runner: list[str | Path] = [sys.executable, "-m", "ansible_runner", "run", folder, "--playbook", "audit.yml"]
    do("audit_fleet, in the image", runner, storage)
    authorities = [ca for account in accounts for ca in account["certificate_authorities"]]
    check(folder, aws, {ca["arn"] for ca in authorities if ca["status"] in ("ACTIVE", "DISABLED")})


def main(_arguments: list[str]) -> int:
    """Build, run, check, and remove everything."""
    why_not = obstacle()
    if why_not:
        raise ToolError(why_not)
    began = time.monotonic()
    print("Building an execution environment, and running cloudpki.aws.audit_fleet in it:", flush=True)
    with tempfile.TemporaryDirectory(prefix="cloudpki-ee-") as name, container_storage(Path(name)) as storage:
        build_image(Path(name), storage)
        with local_aws() as aws:
            run_job(Path(name) / "job", aws, storage)
    print(f"Done in {time.monotonic() - began:.0f} s. The image and its containers are removed.")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
