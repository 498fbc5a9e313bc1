# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWS CLI is the independent client: it knows nothing of this project."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from emulator_helpers import Server, bucket_statement, clean_environment, document

Aws = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def aws(server: Server) -> Aws:
    """``aws ...`` of the environment that runs the tests."""
    program = Path(sys.executable).parent / "aws"
    environment = clean_environment(
        AWS_ENDPOINT_URL=server.url,
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="not-a-secret",
        AWS_DEFAULT_REGION="eu-west-1",
        AWS_DEFAULT_OUTPUT="json",
        AWS_PAGER="",
    )

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**environment, **more},
        )

    return run


def succeed(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def make_ca(aws: Aws, **environment: str) -> str:
    arn = succeed(
        aws(
            *("acm-pca", "create-certificate-authority", "--certificate-authority-type", "ROOT"),
            *("--certificate-authority-configuration",),
            "KeyAlgorithm=RSA_2048,SigningAlgorithm=SHA256WITHRSA,Subject={CommonName=example.com}",
            *("--query", "CertificateAuthorityArn", "--output", "text"),
            **environment,
        )
    ).strip()
    succeed(
        aws(
            *("acm-pca", "update-certificate-authority", "--certificate-authority-arn", arn, "--status", "ACTIVE"),
            **environment,
        )
    )
    return arn


def make_bucket(aws: Aws, bucket: str) -> None:
    succeed(aws("s3", "mb", f"s3://{bucket}"))
    policy = document(bucket_statement(bucket))
    succeed(aws("s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy))


def create_report(arn: str, bucket: str, form: str = "CSV") -> list[str]:
    return [
        *("acm-pca", "create-certificate-authority-audit-report", "--certificate-authority-arn", arn),
        *("--s3-bucket-name", bucket, "--audit-report-response-format", form),
    ]


def test_create_wait_and_copy(aws: Aws) -> None:
    make_bucket(aws, "cli-reports")
    arn = make_ca(aws)
    report = json.loads(succeed(aws(*create_report(arn, "cli-reports"))))
    succeed(
        aws(
            *("acm-pca", "wait", "audit-report-created", "--certificate-authority-arn", arn),
            *("--audit-report-id", report["AuditReportId"]),
        )
    )
    content = succeed(aws("s3", "cp", f"s3://cli-reports/{report['S3Key']}", "-"))
    assert content.startswith("awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,")
    second = aws(*create_report(arn, "cli-reports"))
    assert second.returncode != 0
    assert "RequestInProgressException" in second.stderr


def test_wrong_bucket(aws: Aws) -> None:
    refused = aws(*create_report(make_ca(aws), "nowhere-at-all"))
    assert refused.returncode != 0
    assert "(ValidationException)" in refused.stderr
    assert "Permission error with your S3 bucket 'nowhere-at-all'" in refused.stderr


def test_another_account_by_assume_role(aws: Aws) -> None:
    make_bucket(aws, "cli-fleet-reports")
    credentials = json.loads(
        succeed(
            aws(
                *("sts", "assume-role", "--role-arn", "arn:aws:iam::210987654321:role/Auditor"),
                *("--role-session-name", "cli", "--query", "Credentials"),
            )
        )
    )
    member = {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    arn = make_ca(aws, **member)
    assert ":210987654321:" in arn
    report = json.loads(succeed(aws(*create_report(arn, "cli-fleet-reports", "JSON"), **member)))
    succeed(
        aws(
            *("acm-pca", "wait", "audit-report-created", "--certificate-authority-arn", arn),
            *("--audit-report-id", report["AuditReportId"]),
            **member,
        )
    )
    assert json.loads(succeed(aws("s3", "cp", f"s3://cli-fleet-reports/{report['S3Key']}", "-"))) == []
    # The audit account is not the owner of the CA.
    refused = aws(*create_report(arn, "cli-fleet-reports"))
    assert "(AccessDeniedException)" in refused.stderr
    assert "no resource-based policy allows" in refused.stderr
