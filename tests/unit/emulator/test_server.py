# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from emulator_helpers import EMULATOR, Server, bucket_statement, create_ca, document, run_to_its_end, running


def client(server: Server, service: str, region: str = "us-east-1", **options: Any) -> Any:
    credentials = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "not-a-secret"}
    return boto3.session.Session().client(
        service,
        region,
        endpoint_url=server.url,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
        **{**credentials, **options},
    )


def test_first_line_is_the_address_and_nothing_is_logged() -> None:
    with running() as server:
        assert server.url.startswith("http://127.0.0.1:")
        client(server, "s3").list_buckets()
        server.process.send_signal(signal.SIGTERM)
        out, err = server.process.communicate(timeout=30)
        assert (out, err, server.process.returncode) == ("", "", 0)


def test_verbose_logs_requests_and_why_reports_are_refused() -> None:
    with running("--verbose") as server:
        pca = client(server, "acm-pca")
        with pytest.raises(ClientError):
            pca.create_certificate_authority_audit_report(
                CertificateAuthorityArn=create_ca(pca), S3BucketName="nowhere", AuditReportResponseFormat="CSV"
            )
        server.process.send_signal(signal.SIGTERM)
        _out, err = server.process.communicate(timeout=30)
        assert "acm-pca:CreateCertificateAuthorityAuditReport 400\n" in err
        assert "refused: there is no bucket nowhere." in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_at_once_and_without_a_traceback(number: signal.Signals) -> None:
    with running() as server:
        # A client that keeps its connection open does not hold the server up.
        client(server, "sts").get_caller_identity()
        server.process.send_signal(number)
        _out, err = server.process.communicate(timeout=10)
        assert (server.process.returncode, err) == (0, "")


def test_control_settings_of_the_command_line() -> None:
    with running("--report-seconds", "7.5", "--report-interval", "60") as server:
        settings = server.request("GET", "settings")[1]
        assert (settings["report_seconds"], settings["report_interval"]) == (7.5, 60.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--port", "99999"], "--port is 99999, but has to be 0 to 65535."),
        (["--port", "-1"], "--port is -1, but has to be 0 to 65535."),
        (["--port", "http"], "invalid int value: 'http'"),
        (["--report-seconds", "-1"], "report_seconds is -1.0, but has to be a number of 0 or more."),
        (["--report-interval", "nan"], "report_interval is nan, but has to be a number of 0 or more."),
        (["--seed", "no-such-file.yml"], "no-such-file.yml"),
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
    ],
)
def test_bad_options(options: list[str], sentence: str) -> None:
    done = run_to_its_end(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_seed_file(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yml"
    seed.write_text("[not, an, organization")
    done = run_to_its_end("--seed", str(seed))
    assert (done.returncode, done.stdout) == (2, "")
    assert str(seed) in done.stderr
    assert "Traceback" not in done.stderr


def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_to_its_end("--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be used: Address already in use." in done.stderr


def test_help() -> None:
    done = run_to_its_end("--help")
    assert done.returncode == 0
    assert "--report-seconds" in done.stdout
    assert "/_emulator/settings" in done.stdout


def test_report_of_an_assumed_account(server: Server) -> None:
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="fleet-reports")
    s3.put_bucket_policy(Bucket="fleet-reports", Policy=document(bucket_statement("fleet-reports")))
    role = client(server, "sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/Auditor", RoleSessionName="fleet")[
        "Credentials"
    ]
    pca = client(
        server,
        "acm-pca",
        "eu-central-1",
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )
    ca = create_ca(pca)
    assert ca.startswith("arn:aws:acm-pca:eu-central-1:210987654321:certificate-authority/")
    report = pca.create_certificate_authority_audit_report(
        CertificateAuthorityArn=ca, S3BucketName="fleet-reports", AuditReportResponseFormat="JSON"
    )
    server.request("POST", "advance", {"seconds": 5})
    described = pca.describe_certificate_authority_audit_report(
        CertificateAuthorityArn=ca, AuditReportId=report["AuditReportId"]
    )
    assert described["AuditReportStatus"] == "SUCCESS"
    assert s3.get_object(Bucket="fleet-reports", Key=report["S3Key"])["ContentLength"] > 0


@pytest.mark.parametrize(("after", "buckets"), [(False, []), (True, ["lost"])])
def test_lost_connection(server: Server, after: bool, buckets: list[str]) -> None:
    s3 = client(server, "s3")
    server.request("POST", "faults", {"operation": "s3:CreateBucket", "drop": True, "after": after})
    with pytest.raises(ConnectionClosedError):
        s3.create_bucket(Bucket="lost")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert [name for name in names if name == "lost"] == buckets


def test_error_delay_and_count_over_http(server: Server) -> None:
    server.request("POST", "reset")
    sts = client(server, "sts")
    server.request("POST", "faults", {"operation": "sts:GetCallerIdentity", "error": "ExpiredToken", "delay": 0.2})
    started = time.monotonic()
    with pytest.raises(ClientError, match="ExpiredToken"):
        sts.get_caller_identity()
    assert time.monotonic() - started >= 0.2
    sts.get_caller_identity()
    assert server.request("GET", "calls")[1] == {"sts:GetCallerIdentity": 2}


def test_objects_survive_the_way_through(server: Server) -> None:
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="bodies")
    for body in (b"", b"x" * 300_000, bytes(range(256))):
        s3.put_object(Bucket="bodies", Key="some/key with spaces & more", Body=body, Metadata={"my_key": "v"})
        found = s3.get_object(Bucket="bodies", Key="some/key with spaces & more")
        assert (found["Body"].read(), found["Metadata"]) == (body, {"my_key": "v"})
    page = s3.list_objects_v2(Bucket="bodies", Prefix="some/")
    assert [entry["Key"] for entry in page["Contents"]] == ["some/key with spaces & more"]


def test_moto_api_is_still_there(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET /moto-api/data.json HTTP/1.0\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 200")


def test_accounts_roles_regions_and_sessions_over_http() -> None:
    with running("--seed", str(EMULATOR / "organizations" / "fleet.yml")) as server:
        accounts = {each["name"]: each for each in server.request("GET", "seed")[1]["accounts"]}
        sts = client(server, "sts")

        def assume(name: str, **parameters: str) -> dict[str, str]:
            given = sts.assume_role(RoleArn=accounts[name]["role_arn"], RoleSessionName="test", **parameters)
            return {
                "aws_access_key_id": given["Credentials"]["AccessKeyId"],
                "aws_secret_access_key": given["Credentials"]["SecretAccessKey"],
                "aws_session_token": given["Credentials"]["SessionToken"],
            }

        with pytest.raises(ClientError, match="AccessDenied") as denied:
            assume("payments")
        assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert assume("payments", ExternalId=accounts["payments"]["external_id"])
        fault = {"operation": "sts:AssumeRole", "error": "AccessDenied", "role_arn": accounts["web"]["role_arn"]}
        assert server.request("POST", "faults", fault)[0] == 200
        workloads = client(server, "acm-pca", **assume("workloads"))
        with pytest.raises(ClientError, match="AccessDenied"):
            assume("web")
        listed = workloads.list_certificate_authorities(ResourceOwner="OTHER_ACCOUNTS")["CertificateAuthorities"]
        assert [ca["OwnerAccount"] for ca in listed] == [accounts["security"]["id"]]
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            client(server, "acm-pca", "af-south-1", **assume("logistics")).list_certificate_authorities()

        server.request("POST", "settings", {"session_seconds": 0.2})
        short = client(server, "acm-pca", **assume("staging"))
        time.sleep(0.3)
        with pytest.raises(ClientError, match="ExpiredTokenException"):
            short.list_certificate_authorities()
        calls = server.request("GET", "calls?by=account")[1]
        assert calls[accounts["staging"]["id"]] == {"acm-pca:ListCertificateAuthorities": 1}
        assert calls["123456789012"] == {"sts:AssumeRole": 6}
