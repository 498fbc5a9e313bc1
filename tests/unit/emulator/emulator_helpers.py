# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator's own tests have in common."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.emulator import Emulator

EMULATOR = Path(__file__).resolve().parents[2] / "emulator"


@dataclass
class Server:
    """A local AWS in a process of its own."""

    url: str
    process: subprocess.Popen[str]

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Talk to a control endpoint. A str is sent as it is."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def clean_environment(**values: str) -> dict[str, str]:
    """The machine's environment without its AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    # Files that are not there: neither the configuration nor the credentials of whoever runs the tests are read.
    nothing = str(EMULATOR / "no-such-file")
    return {
        **kept,
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        "AWS_EC2_METADATA_DISABLED": "true",
        **values,
    }


def command(*options: str) -> list[str]:
    """The command that starts the local AWS."""
    return [sys.executable, str(EMULATOR), *options]


def run_to_its_end(*options: str) -> subprocess.CompletedProcess[str]:
    """Start the local AWS with options that it does not live long with."""
    return subprocess.run(
        command(*options), capture_output=True, text=True, check=False, timeout=60, cwd="/", env=clean_environment()
    )


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """A server that is ready, and stopped in the end."""
    process = subprocess.Popen(
        command("--port", "0", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env=clean_environment(),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            process.terminate()
            pytest.fail(f"the local AWS did not start: {line!r}, {process.communicate(timeout=30)[1]!r}")
        yield Server(line.removeprefix("ready ").strip(), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def bucket_statement(bucket: str, **changes: Any) -> dict[str, Any]:
    """The statement that Private CA needs; ``Key=None`` takes an element away."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "acm-pca.amazonaws.com"},
        "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        **changes,
    }
    return {name: value for name, value in statement.items() if value is not None}


def document(*statements: dict[str, Any]) -> str:
    """A policy as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def create_ca(pca: Any, status: str = "ACTIVE") -> str:
    """A CA that has not been given a certificate, which no rule of audit reports asks for."""
    arn = pca.create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "RSA_2048",
            "SigningAlgorithm": "SHA256WITHRSA",
            "Subject": {"CommonName": "example.com"},
        },
        CertificateAuthorityType="ROOT",
    )["CertificateAuthorityArn"]
    if status != "PENDING_CERTIFICATE":
        pca.update_certificate_authority(CertificateAuthorityArn=arn, Status=status)
    return str(arn)


@dataclass
class World:
    """A CA, a bucket that Private CA can write to, and clients."""

    aws: Emulator
    client: Callable[..., Any]
    pca: Any
    s3: Any
    ca: str

    def create(self, **changes: Any) -> dict[str, Any]:
        parameters = {
            "CertificateAuthorityArn": self.ca,
            "S3BucketName": "reports",
            "AuditReportResponseFormat": "JSON",
            **changes,
        }
        answer: dict[str, Any] = self.pca.create_certificate_authority_audit_report(**parameters)
        return answer

    def refusal(self, **changes: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as refused:
            self.create(**changes)
        error = refused.value.response["Error"]
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return error["Code"], error["Message"]

    def status(self, report: dict[str, Any]) -> str:
        return str(self.describe(report)["AuditReportStatus"])

    def describe(self, report: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.pca.describe_certificate_authority_audit_report(
            CertificateAuthorityArn=self.ca, AuditReportId=report["AuditReportId"]
        )
        return answer

    def keys(self, prefix: str = "") -> list[str]:
        listed = self.s3.list_objects_v2(Bucket="reports", Prefix=prefix)
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def set_policy(self, *statements: dict[str, Any]) -> None:
        self.s3.put_bucket_policy(Bucket="reports", Policy=document(*statements))

    def encrypt(self, key: str | None, algorithm: str = "aws:kms", bucket_key: bool = False) -> None:
        default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
        self.s3.put_bucket_encryption(
            Bucket="reports",
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}]
            },
        )

    def as_account(self, account: str) -> dict[str, str]:
        """Credentials of another account, by AssumeRole."""
        credentials = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/Auditor", RoleSessionName="test"
        )["Credentials"]
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
