# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stub that benchmarks run against: what it is asked, boto3 understands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
if str(BENCHMARKS) not in sys.path:
    sys.path.insert(0, str(BENCHMARKS))

from fleet import BUCKET, HUB, REGION, account_id, ca_arn, role_arn  # noqa: E402
from measuring import Stub, running_stub  # noqa: E402

ACCOUNT = account_id(5)
ARN = ca_arn(ACCOUNT, 0)


@pytest.fixture(autouse=True)
def _no_machine_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from the machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def running() -> Iterator[Stub]:
    with running_stub() as stub:
        yield stub


@pytest.fixture
def stub(running: Stub) -> Stub:
    running.reset(accounts=10, cas=3, latency=0.0, report_seconds=0.0, rates={}, history_of="", history=0)
    return running


def client(stub: Stub, service: str, credentials: dict[str, Any] | None = None) -> Any:
    given = credentials or {"AccessKeyId": "testing", "SecretAccessKey": "testing"}
    return boto3.session.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given.get("SessionToken"),
        region_name=REGION,
    ).client(service, endpoint_url=stub.endpoint, config=Config(retries={"total_max_attempts": 1}))


def in_account(stub: Stub) -> Any:
    """acm-pca with the role of ACCOUNT."""
    assumed = client(stub, "sts").assume_role(RoleArn=role_arn(ACCOUNT), RoleSessionName="audit")
    return client(stub, "acm-pca", assumed["Credentials"])


def create(acm_pca: Any, arn: str = ARN) -> Any:
    return acm_pca.create_certificate_authority_audit_report(
        CertificateAuthorityArn=arn, S3BucketName=BUCKET, AuditReportResponseFormat="JSON"
    )


def status(acm_pca: Any, report: Any) -> str:
    found = acm_pca.describe_certificate_authority_audit_report(
        CertificateAuthorityArn=ARN, AuditReportId=report["AuditReportId"]
    )
    return str(found["AuditReportStatus"])


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_account_sees_its_own_cas_alone(stub: Stub) -> None:
    acm_pca = in_account(stub)
    listed = acm_pca.list_certificate_authorities()["CertificateAuthorities"]
    assert [ca["Arn"] for ca in listed] == [ca_arn(ACCOUNT, number) for number in range(3)]
    described = acm_pca.describe_certificate_authority(CertificateAuthorityArn=ARN)
    assert described["CertificateAuthority"]["Status"] == "ACTIVE"
    with pytest.raises(ClientError) as refused:
        create(acm_pca, ca_arn(HUB, 0))
    assert code(refused) == "ResourceNotFoundException"


def test_cas_are_listed_by_the_page(stub: Stub) -> None:
    stub.change(cas=250)
    pages = client(stub, "acm-pca").get_paginator("list_certificate_authorities").paginate()
    sizes = [len(page["CertificateAuthorities"]) for page in pages]
    assert sizes == [100, 100, 50]


def test_a_report_appears_when_it_is_made(stub: Stub) -> None:
    stub.change(report_seconds=0.5)
    acm_pca, s3 = in_account(stub), client(stub, "s3")
    report = create(acm_pca)
    assert status(acm_pca, report) == "CREATING"
    with pytest.raises(ClientError) as absent:
        s3.get_object(Bucket=BUCKET, Key=report["S3Key"])
    assert code(absent) == "NoSuchKey"
    time.sleep(0.6)
    assert status(acm_pca, report) == "SUCCESS"
    assert s3.get_object(Bucket=BUCKET, Key=report["S3Key"])["Body"].read().startswith(b"[{")
    assert s3.head_object(Bucket=BUCKET, Key=report["S3Key"])["ContentLength"] > 2


def test_requests_over_the_rate_are_throttled(stub: Stub) -> None:
    stub.change(rates={"CreateCertificateAuthorityAuditReport": 1.0})
    acm_pca = in_account(stub)
    create(acm_pca)
    with pytest.raises(ClientError) as refused:
        create(acm_pca)
    assert code(refused) == "ThrottlingException"
    create(client(stub, "acm-pca"), ca_arn(HUB, 0))
    counted = stub.calls()
    assert counted["reports"] == 2
    assert counted["calls"]["acm-pca:CreateCertificateAuthorityAuditReport"] == 3
    assert counted["errors"] == {"acm-pca:CreateCertificateAuthorityAuditReport ThrottlingException": 1}


def test_conditional_writes(stub: Stub) -> None:
    s3 = client(stub, "s3")

    def put(**condition: str) -> str:
        return str(s3.put_object(Bucket=BUCKET, Key="records/a.json", Body=b"{}", **condition)["ETag"])

    with pytest.raises(ClientError) as absent:
        put(IfMatch='"0"')
    etag = put(IfNoneMatch="*")
    with pytest.raises(ClientError) as present:
        put(IfNoneMatch="*")
    with pytest.raises(ClientError) as other:
        put(IfMatch='"0"')
    assert [code(absent), code(present), code(other)] == ["NoSuchKey", "PreconditionFailed", "PreconditionFailed"]
    assert put(IfMatch=etag) == etag


@pytest.mark.parametrize("reports", [1, 999, 2500])
def test_a_history_is_listed_by_the_page(stub: Stub, reports: int) -> None:
    arn = ca_arn(HUB, 0)
    stub.reset(history_of=arn, history=reports)
    s3 = client(stub, "s3")
    key = create(client(stub, "acm-pca"), arn)["S3Key"]
    s3.put_object(Bucket=BUCKET, Key="audit-report-tracking/a.json", Body=b"{}")
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{key.rpartition('/')[0]}/"))
    listed = [each for page in pages for each in page["Contents"]]
    keys = [each["Key"] for each in listed]
    assert len(pages) == reports // 1000 + 1
    assert len(set(keys)) == reports + 1
    assert keys == sorted(keys)
    assert keys[-1] == key
    ages = sorted(time.time() - each["LastModified"].timestamp() for each in listed)
    assert ages[0] < 60
    assert 7200 <= ages[1] < 7260
    assert s3.head_object(Bucket=BUCKET, Key=keys[0])["LastModified"] == listed[0]["LastModified"]


def test_who_the_caller_is(stub: Stub) -> None:
    assert client(stub, "sts").get_caller_identity()["Account"] == HUB
    assert client(stub, "iam").list_account_aliases()["AccountAliases"] == ["example-corp"]


def test_every_answer_takes_its_time(stub: Stub) -> None:
    stub.change(latency=0.2)
    started = time.monotonic()
    client(stub, "sts").get_caller_identity()
    assert time.monotonic() - started >= 0.2


def test_it_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script = f'"$0" "$1" --port 0 > "{tmp_path}/out" & echo $! > "{file}"; wait'
    with subprocess.Popen(["sh", "-c", script, sys.executable, str(BENCHMARKS / "stub.py")]) as shell:
        deadline = time.monotonic() + 30
        while "ready" not in _text(tmp_path / "out"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        shell.kill()
    pid = int(_text(file))
    while _is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")


def test_an_organization(stub: Stub) -> None:
    stub.change(accounts=45)
    organizations = client(stub, "organizations")
    pages = list(organizations.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 20, 5]
    assert pages[0]["Accounts"][5]["Id"] == ACCOUNT
    unit = organizations.describe_organizational_unit(OrganizationalUnitId="ou-abcd-00000005")["OrganizationalUnit"]
    assert unit["Name"] == "Unit 05"
    assert stub.calls()["calls"] == {"organizations:DescribeOrganizationalUnit": 1, "organizations:ListAccounts": 3}
