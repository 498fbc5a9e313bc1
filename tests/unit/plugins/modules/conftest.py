# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real main() of a module, against the local AWS in this process."""

from __future__ import annotations

import functools
import json
import os
import typing as t
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType

import boto3
import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings

from ansible_collections.cloudpki.aws.plugins.module_utils._aws import clients
from ansible_collections.cloudpki.aws.plugins.module_utils._aws import module as end_of_module
from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report, acm_pca_audit_report_info
from fast_clock import FastClock
from local_aws.emulator import Emulator
from local_aws.in_process import local_aws

ACCOUNT = "123456789012"
REGION = "us-east-1"
BUCKET = "example-corp-pca-audit-reports"

Result = dict[str, t.Any]


def warnings_of(result: Result) -> list[str]:
    """The warnings, of which ansible-core 2.19 and later make more than text."""
    return [each if isinstance(each, str) else each["event"]["msg"] for each in result.get("warnings", ())]


@dataclass(frozen=True)
class AWS:
    """The local AWS and what the tests put into it."""

    emulator: Emulator
    clients: Callable[..., t.Any]

    @property
    def s3(self) -> t.Any:
        return self.clients("s3")

    def create_ca(self, status: str = "ACTIVE", region: str = REGION) -> str:
        """A CA that has issued nothing; what a report lists is the emulator's business, and tested there."""
        pca = self.clients("acm-pca", region)
        arn = pca.create_certificate_authority(
            CertificateAuthorityConfiguration={
                "KeyAlgorithm": "EC_prime256v1",
                "SigningAlgorithm": "SHA256WITHECDSA",
                "Subject": {"CommonName": "example.com"},
            },
            CertificateAuthorityType="ROOT",
        )["CertificateAuthorityArn"]
        pca.update_certificate_authority(CertificateAuthorityArn=arn, Status=status)
        return str(arn)

    def create_bucket(self, name: str, admitted: bool = True) -> None:
        self.s3.create_bucket(Bucket=name)
        if admitted:
            self.admit(name)

    def admit(self, bucket: str) -> None:
        """Let the service write to a bucket, by a policy that says nothing else."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "acm-pca.amazonaws.com"},
            "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        self.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def request_report(self, arn: str, response_format: str = "JSON", bucket: str = BUCKET) -> str:
        """As somebody with the console or the AWS CLI would."""
        pca = self.clients("acm-pca", arn.split(":")[3])
        return str(
            pca.create_certificate_authority_audit_report(
                CertificateAuthorityArn=arn, S3BucketName=bucket, AuditReportResponseFormat=response_format
            )["AuditReportId"]
        )

    def object_keys(self, prefix: str = "") -> list[str]:
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def record(self, arn: str) -> dict[str, t.Any]:
        """What the tracking record of a CA says."""
        body = self.s3.get_object(Bucket=BUCKET, Key=record_key(arn))["Body"].read()
        return t.cast("dict[str, t.Any]", json.loads(body)["audit_reports"])

    def calls(self, operation: str) -> int:
        return self.emulator.calls().get(operation, 0)


def record_key(arn: str) -> str:
    return f"audit-report-tracking/{arn.rpartition('/')[2]}.json"


def age_record(arn: str, seconds: int, bucket: str = BUCKET) -> None:
    """Let the record of a CA grow older, as ``advance`` does with the reports themselves."""
    s3 = boto3.session.Session().client("s3", REGION)
    document = json.loads(s3.get_object(Bucket=bucket, Key=record_key(arn))["Body"].read())
    for report in document["audit_reports"].values():
        created_at = datetime.strptime(report["created_at"], "%Y-%m-%dT%H:%M:%S%z") - timedelta(seconds=seconds)
        report["created_at"] = created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    s3.put_object(Bucket=bucket, Key=record_key(arn), Body=json.dumps(document).encode())


@pytest.fixture
def no_machine_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own AWS settings counts."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "ANSIBLE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # botocore's own retries sleep in real time.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")


@pytest.fixture
def aws(no_machine_settings: None) -> Iterator[AWS]:
    """A local AWS whose reports take no time, with a bucket that the service may write to."""
    with local_aws(report_seconds=0) as emulator:
        session = boto3.session.Session()

        @functools.cache
        def clients(service: str, region: str = REGION) -> t.Any:
            return session.client(service, region)

        made = AWS(emulator, clients)
        made.create_bucket(BUCKET)
        emulator.reset()
        yield made


Run = Callable[..., Result]


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a module with these options; returns what it prints for Ansible, with ``failed`` if it failed."""
    # amazon.aws's retries sleep in real time.
    monkeypatch.setitem(clients.RETRY, "max_delay", 0.01)
    # The process of a module ends, and this one does not.
    monkeypatch.setattr(end_of_module, "_begin_to_end", lambda _stopped: None)

    def run(module: ModuleType, *, check: bool = False, **options: t.Any) -> Result:
        monkeypatch.setattr(module, "Clock", FastClock)
        # Ansible collects a process's warnings in one place, and a module is a process of its own.
        monkeypatch.setattr(warnings, "_global_warnings", type(warnings._global_warnings)())
        # Since ansible-core 2.19, a module knows that it is not on the controller, where warnings are shown at once.
        if hasattr(warnings, "_internal"):
            monkeypatch.setattr(warnings._internal, "is_controller", False)
        given = {"_ansible_check_mode": check, "_ansible_diff": True, **options}
        # What ansible.module_utils.testing does, which came with ansible-core 2.19.
        arguments = {"ANSIBLE_MODULE_ARGS": {k: v for k, v in given.items() if v is not None}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        capfd.readouterr()
        with pytest.raises(SystemExit):
            module.main()
        return t.cast(Result, json.loads(capfd.readouterr().out.strip().splitlines()[-1]))

    return run


@pytest.fixture
def run(run_module: Run) -> Run:
    """Run acm_pca_audit_report with these options."""

    def audit(**options: t.Any) -> Result:
        return run_module(acm_pca_audit_report, **{"region": REGION, "s3_bucket_name": BUCKET, **options})

    return audit


@pytest.fixture
def info(run_module: Run) -> Run:
    """acm_pca_audit_report_info, with the usual region and bucket."""

    def read(**options: t.Any) -> Result:
        return run_module(acm_pca_audit_report_info, **{"region": REGION, "s3_bucket_name": BUCKET, **options})

    return read
