# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from emulator_helpers import bucket_statement, create_ca, document
from moto import mock_aws
from moto.acmpca.responses import ACMPCAResponse
from moto.core.botocore_stubber import BotocoreStubber
from moto.iam import models as iam_models

from local_aws.checks import InputError
from local_aws.in_process import local_aws
from local_aws.install import install
from local_aws.settings import Settings

Client = Callable[..., Any]


def code_of(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value.response["Error"]["Code"])


def test_install_twice_changes_nothing() -> None:
    install()
    before = (BotocoreStubber.__call__, ACMPCAResponse.create_certificate_authority_audit_report)
    install()
    assert before == (BotocoreStubber.__call__, ACMPCAResponse.create_certificate_authority_audit_report)


def test_settings_are_keyword_arguments_and_gone_afterwards(client: Client) -> None:
    with local_aws(report_seconds=9, bucket_refusal="later") as aws:
        assert (aws.settings.report_seconds, aws.settings.bucket_refusal) == (9.0, "later")
        client("sts").get_caller_identity()
    with local_aws() as aws:
        assert aws.settings == Settings()
        assert aws.calls() == {}
        assert aws.seeded == {}


def test_wrong_setting_leaves_no_mock_behind() -> None:
    with pytest.raises(InputError, match="'report_second' is not known"), local_aws(report_second=1):
        pytest.fail("never reached")
    with local_aws() as aws:
        assert aws.settings == Settings()


@pytest.mark.parametrize(
    ("service", "method", "parameters", "operation", "error", "status"),
    [
        ("acm-pca", "list_certificate_authorities", {}, "ListCertificateAuthorities", "InvalidArgsException", 400),
        ("organizations", "list_accounts", {}, "ListAccounts", "AccessDeniedException", 400),
        ("sts", "get_caller_identity", {}, "GetCallerIdentity", "ExpiredToken", 403),
        ("sts", "assume_role", {"RoleArn": "arn:x", "RoleSessionName": "s"}, "AssumeRole", "AccessDenied", 403),
        ("iam", "list_roles", {}, "ListRoles", "ServiceFailure", 400),
        ("ec2", "describe_regions", {}, "DescribeRegions", "UnauthorizedOperation", 400),
        ("kms", "list_keys", {}, "ListKeys", "KMSInternalException", 400),
        ("s3", "list_objects_v2", {"Bucket": "b"}, "ListObjectsV2", "AccessDenied", 403),
        ("s3", "list_objects", {"Bucket": "b"}, "ListObjects", "NoSuchBucket", 404),
        ("s3", "get_object", {"Bucket": "b", "Key": "a/b"}, "GetObject", "NoSuchKey", 404),
        (
            "s3",
            "put_object",
            {"Bucket": "b", "Key": "a/b", "Body": b"x"},
            "PutObject",
            "ConditionalRequestConflict",
            409,
        ),
        ("s3", "get_bucket_policy", {"Bucket": "b"}, "GetBucketPolicy", "NoSuchBucketPolicy", 404),
        ("s3", "put_bucket_policy", {"Bucket": "b", "Policy": "{}"}, "PutBucketPolicy", "MalformedPolicy", 400),
    ],
)
def test_ordered_error(
    client: Client,
    service: str,
    method: str,
    parameters: dict[str, Any],
    operation: str,
    error: str,
    status: int,
) -> None:
    with local_aws() as aws:
        aws.fault(f"{service}:{operation}", error=error, message="as ordered")
        with pytest.raises(ClientError) as refused:
            getattr(client(service), method)(**parameters)
        response = refused.value.response
        assert (response["Error"]["Code"], response["Error"]["Message"]) == (error, "as ordered")
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert aws.calls() == {f"{service}:{operation}": 1}


def test_head_shows_the_status_only(client: Client) -> None:
    with local_aws() as aws:
        aws.fault("s3:HeadObject", error="AccessDenied")
        assert code_of(client("s3").head_object, Bucket="b", Key="k") == "403"


def test_operation_that_fails_is_not_carried_out(client: Client) -> None:
    with local_aws() as aws:
        s3 = client("s3")
        aws.fault("s3:CreateBucket", error="InternalError")
        assert code_of(s3.create_bucket, Bucket="reports") == "InternalError"
        assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(("after", "buckets"), [(False, []), (True, ["reports"])])
def test_lost_connection(client: Client, after: bool, buckets: list[str]) -> None:
    with local_aws() as aws:
        s3 = client("s3")
        aws.fault("s3:CreateBucket", drop=True, **({"after": True} if after else {}))
        with pytest.raises(ConnectionClosedError):
            s3.create_bucket(Bucket="reports")
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == buckets


def test_delay(client: Client) -> None:
    with local_aws() as aws:
        aws.fault("sts:GetCallerIdentity", delay=0.3)
        started = time.monotonic()
        assert client("sts").get_caller_identity()["Account"] == "123456789012"
        assert time.monotonic() - started >= 0.3


def test_rate_limit_is_for_each_account(client: Client) -> None:
    with local_aws(rate_limits={"acm-pca:ListCertificateAuthorities": 0.001}):
        own = client("acm-pca")
        own.list_certificate_authorities()
        assert code_of(own.list_certificate_authorities) == "ThrottlingException"
        client("acm-pca", "eu-west-1").list_certificate_authorities()
        credentials = client("sts").assume_role(
            RoleArn="arn:aws:iam::210987654321:role/Auditor", RoleSessionName="test"
        )["Credentials"]
        other = client(
            "acm-pca",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        other.list_certificate_authorities()
        assert code_of(other.list_certificate_authorities) == "ThrottlingException"


def test_fault_of_one_ca(client: Client) -> None:
    with local_aws() as aws:
        pca = client("acm-pca")
        first, second = create_ca(pca), create_ca(pca)
        aws.fault("acm-pca:DescribeCertificateAuthority", error="InternalFailure", certificate_authority_arn=second)
        pca.describe_certificate_authority(CertificateAuthorityArn=first)
        assert code_of(pca.describe_certificate_authority, CertificateAuthorityArn=second) == "InternalFailure"
        pca.describe_certificate_authority(CertificateAuthorityArn=second)


@pytest.mark.parametrize("style", ["virtual", "path"])
def test_fault_of_one_key(style: Literal["virtual", "path"], session: boto3.session.Session) -> None:
    with local_aws() as aws:
        s3 = session.client("s3", config=Config(s3={"addressing_style": style}, retries={"total_max_attempts": 1}))
        s3.create_bucket(Bucket="reports")
        for key in ("a/b c.json", "d"):
            s3.put_object(Bucket="reports", Key=key, Body=b"x")
        aws.fault("s3:GetObject", error="SlowDown", key="a/b c.json")
        s3.get_object(Bucket="reports", Key="d")
        assert code_of(s3.get_object, Bucket="reports", Key="a/b c.json") == "SlowDown"


def test_retries_are_counted_as_the_requests_they_are(session: boto3.session.Session) -> None:
    with local_aws() as aws:
        aws.fault("sts:GetCallerIdentity", drop=True, count=2)
        session.client("sts", config=Config(retries={"mode": "standard", "max_attempts": 3})).get_caller_identity()
        assert aws.calls() == {"sts:GetCallerIdentity": 3}


def test_reset_forgets_faults_and_counters_and_keeps_the_rest(client: Client) -> None:
    with local_aws(report_seconds=0) as aws:
        s3 = client("s3")
        s3.create_bucket(Bucket="reports")
        s3.put_bucket_policy(Bucket="reports", Policy=document(bucket_statement("reports")))
        pca = client("acm-pca")
        ca = create_ca(pca)
        pca.create_certificate_authority_audit_report(
            CertificateAuthorityArn=ca, S3BucketName="reports", AuditReportResponseFormat="JSON"
        )
        aws.fault("s3:ListObjectsV2", error="SlowDown")
        assert aws.faults()
        aws.reset()
        assert (aws.faults(), aws.calls()) == ([], {})
        assert len(s3.list_objects_v2(Bucket="reports")["Contents"]) == 3
        assert aws.settings.report_seconds == 0


def test_conditional_writes_of_many_threads_let_one_through(client: Client) -> None:
    with local_aws():
        s3 = client("s3")
        s3.create_bucket(Bucket="reports")

        def write(number: int) -> bool:
            try:
                s3.put_object(Bucket="reports", Key="one", Body=str(number).encode(), IfNoneMatch="*")
            except ClientError as error:
                assert error.response["Error"]["Code"] == "PreconditionFailed"
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(write, range(24))) == 1


def test_plain_mock_aws_still_works_beside_it(client: Client) -> None:
    install()
    with mock_aws():
        client("s3").create_bucket(Bucket="plain")
        assert [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]] == ["plain"]


def test_account_of_an_access_key(client: Client) -> None:
    with local_aws():
        iam = client("iam")
        iam.create_user(UserName="auditor")
        key = iam.create_access_key(UserName="auditor")["AccessKey"]
        role = client("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/A", RoleSessionName="test")[
            "Credentials"
        ]
        assert iam_models.get_account_id_from(key["AccessKeyId"]) == "123456789012"
        assert iam_models.get_account_id_from(role["AccessKeyId"]) == "210987654321"
        assert iam_models.get_account_id_from("AKIAIOSFODNN7NOBODYS") == "123456789012"
    # Gone with moto's data.
    assert iam_models.get_account_id_from(role["AccessKeyId"]) == "123456789012"
