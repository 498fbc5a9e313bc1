# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.core.request import Request

from local_aws.checks import InputError
from local_aws.traffic import Fault, Traffic
from local_aws.wire import Call, call_of, error_answer, throttled

LIST = "acm-pca:ListCertificateAuthorities"
CA = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555"


def call(name: str = LIST, **changes: Any) -> Call:
    service, operation = name.split(":")
    values = {"region": "us-east-1", "access_key": "A", "forced_account": "123456789012", **changes}
    return Call(service=service, operation=operation, **values)


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_calls_are_counted_by_name_until_the_reset() -> None:
    traffic = Traffic()
    for name in (LIST, "s3:GetObject", LIST):
        traffic.admit(call(name), {})
    assert traffic.calls() == {LIST: 2, "s3:GetObject": 1}
    traffic.reset()
    assert traffic.calls() == {}


def test_calls_are_counted_for_each_account() -> None:
    traffic = Traffic()
    for account in ("111111111111", "222222222222", "222222222222"):
        traffic.admit(call(forced_account=account), {})
    traffic.admit(call("s3:GetObject", forced_account="111111111111"), {})
    assert traffic.calls() == {LIST: 3, "s3:GetObject": 1}
    assert traffic.calls_by_account() == {"111111111111": {LIST: 1, "s3:GetObject": 1}, "222222222222": {LIST: 2}}
    traffic.reset()
    assert traffic.calls_by_account() == {}


def test_refused_call_is_counted_and_uses_nothing_up() -> None:
    traffic = Traffic(Time())
    traffic.add(Fault.from_dict({"operation": LIST, "drop": True}))
    refusal = error_answer(call(), "ExpiredTokenException", "over")
    assert [traffic.admit(call(), {LIST: 1.0}, refusal).answer for _number in range(3)] == [refusal] * 3
    assert traffic.calls() == {LIST: 3}
    assert traffic.admit(call(), {LIST: 1.0}).drop
    assert admitted(traffic, {LIST: 1.0})


def test_counting_loses_nothing_between_threads() -> None:
    traffic = Traffic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: traffic.admit(call(), {}), range(500)))
    assert traffic.calls() == {LIST: 500}


def admitted(traffic: Traffic, rates: dict[str, float], **changes: Any) -> bool:
    return traffic.admit(call(**changes), rates).answer is None


def test_rate_limit() -> None:
    time = Time()
    traffic = Traffic(time)
    rates = {LIST: 2.0}
    assert [admitted(traffic, rates) for _number in range(3)] == [True, True, False]
    time.now += 0.5
    assert [admitted(traffic, rates) for _number in range(2)] == [True, False]
    time.now += 60
    assert [admitted(traffic, rates) for _number in range(3)] == [True, True, False]


def test_rate_limit_below_one_a_second_lets_the_first_request_through() -> None:
    time = Time()
    traffic = Traffic(time)
    assert [admitted(traffic, {LIST: 0.1}) for _number in range(2)] == [True, False]
    time.now += 10
    assert admitted(traffic, {LIST: 0.1})


def test_rate_limit_is_for_each_account_region_and_operation() -> None:
    traffic = Traffic(Time())
    rates = {LIST: 1.0, "s3:GetObject": 1.0}
    assert admitted(traffic, rates)
    assert admitted(traffic, rates, region="eu-west-1")
    assert admitted(traffic, rates, forced_account="210987654321")
    assert admitted(traffic, rates, name="s3:GetObject")
    assert admitted(traffic, rates, name="sts:GetCallerIdentity")
    assert not admitted(traffic, rates)


def test_rate_limit_of_one_account() -> None:
    traffic = Traffic(Time())
    rates = {LIST: 3.0, f"{LIST}@210987654321": 1.0, "s3:GetObject@210987654321": 1.0}
    assert [admitted(traffic, rates) for _number in range(4)] == [True, True, True, False]
    assert [admitted(traffic, rates, forced_account="210987654321") for _number in range(2)] == [True, False]
    assert all(admitted(traffic, rates, name="s3:GetObject") for _number in range(3))


def test_changed_rate_and_reset_start_with_a_full_bucket() -> None:
    traffic = Traffic(Time())
    assert [admitted(traffic, {LIST: 1.0}) for _number in range(2)] == [True, False]
    assert admitted(traffic, {LIST: 3.0})
    traffic.reset()
    assert admitted(traffic, {LIST: 1.0})


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        (LIST, "ThrottlingException", 400),
        ("organizations:ListAccounts", "TooManyRequestsException", 400),
        ("s3:PutObject", "SlowDown", 503),
        ("sts:AssumeRole", "Throttling", 400),
        ("iam:ListRoles", "Throttling", 400),
        ("ec2:DescribeRegions", "RequestLimitExceeded", 503),
    ],
)
def test_throttled_in_the_words_of_the_service(name: str, code: str, status: int) -> None:
    answer = throttled(call(name))
    assert (answer.headers["x-amzn-ErrorType"], answer.status) == (code, status)
    assert code in answer.body.decode()


@pytest.mark.parametrize(
    ("name", "code", "body", "status"),
    [
        (LIST, "AccessDeniedException", '{"__type": "AccessDeniedException", "message": "a < b"}', 400),
        (LIST, "InternalFailure", '{"__type": "InternalFailure", "message": "a < b"}', 500),
        ("s3:GetObject", "NoSuchKey", "<Error><Code>NoSuchKey</Code><Message>a &lt; b</Message></Error>", 404),
        ("s3:PutObject", "PreconditionFailed", "<Code>PreconditionFailed</Code>", 412),
        ("s3:PutObject", "ConditionalRequestConflict", "<Code>ConditionalRequestConflict</Code>", 409),
        ("sts:AssumeRole", "AccessDenied", "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>", 403),
        ("iam:GetRole", "NoSuchEntity", "<Code>NoSuchEntity</Code><Message>a &lt; b</Message>", 404),
        ("ec2:DescribeRegions", "AuthFailure", "<Response><Errors><Error><Code>AuthFailure</Code>", 401),
        ("kms:CreateKey", "LimitExceededException", '"__type": "LimitExceededException"', 400),
    ],
)
def test_error_answer(name: str, code: str, body: str, status: int) -> None:
    answer = error_answer(call(name), code, "a < b")
    assert body in answer.body.decode()
    assert answer.status == status


def test_error_of_a_head_request_has_no_body() -> None:
    answer = error_answer(call("s3:HeadObject", method="HEAD"), "AccessDenied", "")
    assert (answer.status, answer.body) == (403, b"")


def test_fault_is_used_up() -> None:
    traffic = Traffic()
    traffic.add(Fault.from_dict({"operation": LIST, "count": 2, "error": "ThrottlingException"}))
    assert [traffic.admit(call(), {}).answer is not None for _number in range(3)] == [True, True, False]
    assert traffic.faults() == []


def test_fault_hits_only_what_it_names() -> None:
    traffic = Traffic()
    traffic.add(Fault.from_dict({"operation": LIST, "error": "X", "certificate_authority_arn": CA}))
    traffic.add(Fault.from_dict({"operation": "s3:GetObject", "error": "X", "key": "a/b"}))
    traffic.add(Fault.from_dict({"operation": "sts:GetCallerIdentity", "error": "X", "account": "210987654321"}))
    missed = [call(), call("s3:GetObject", key="a"), call("sts:GetCallerIdentity"), call("s3:PutObject", key="a/b")]
    assert [traffic.admit(one, {}).answer for one in missed] == [None] * 4
    hit = [
        call(certificate_authority_arn=CA),
        call("s3:GetObject", key="a/b"),
        call("sts:GetCallerIdentity", forced_account="210987654321"),
    ]
    assert all(traffic.admit(one, {}).answer for one in hit)
    assert traffic.faults() == []


def test_faults_of_one_operation_come_in_order_and_do_not_use_up_the_rate() -> None:
    traffic = Traffic(Time())
    traffic.add(Fault.from_dict({"operation": LIST, "error": "First"}))
    traffic.add(Fault.from_dict({"operation": LIST, "delay": 1.5}))
    traffic.add(Fault.from_dict({"operation": LIST, "drop": True, "after": True}))
    verdicts = [traffic.admit(call(), {LIST: 1.0}) for _number in range(5)]
    assert verdicts[0].answer is not None
    assert b"First" in verdicts[0].answer.body
    assert verdicts[1].delay == 1.5
    assert (verdicts[2].drop, verdicts[2].after) == (True, True)
    assert verdicts[3].answer is None
    assert verdicts[4].answer is not None
    assert b"ThrottlingException" in verdicts[4].answer.body


def test_reset_forgets_faults() -> None:
    traffic = Traffic()
    traffic.add(Fault.from_dict({"operation": LIST, "drop": True}))
    assert traffic.faults() == [{"operation": LIST, "count": 1, "drop": True}]
    traffic.reset()
    assert not traffic.admit(call(), {}).drop


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"error": "X"}, "operation is missing"),
        ({"operation": "ListCertificateAuthorities", "error": "X"}, "has to be service:Operation"),
        ({"operation": 5, "error": "X"}, "has to be service:Operation"),
        ({"operation": "acm-pca:Lst", "error": "X"}, "acm-pca has no operation 'Lst'"),
        ({"operation": LIST}, "a fault has to do something"),
        ({"operation": LIST, "drop": False}, "a fault has to do something"),
        ({"operation": LIST, "delay": 0}, "a fault has to do something"),
        ({"operation": LIST, "error": ""}, "error is ''"),
        ({"operation": LIST, "error": "X", "drop": True}, "error and drop were both given"),
        ({"operation": LIST, "error": "X", "count": 0}, "count is 0, but has to be a whole number of 1 or more"),
        ({"operation": LIST, "error": "X", "count": 1.5}, "count is 1.5"),
        ({"operation": LIST, "error": "X", "count": True}, "count is True"),
        ({"operation": LIST, "delay": -1}, "delay is -1"),
        ({"operation": LIST, "delay": "2"}, "delay is '2'"),
        ({"operation": LIST, "drop": "yes"}, "drop is 'yes', but has to be true or false"),
        ({"operation": LIST, "delay": 1, "after": True}, "after is true, but it is only accepted together with drop"),
        (
            {"operation": LIST, "delay": 1, "message": "x"},
            "message is 'x', but it is only accepted together with error",
        ),
        ({"operation": LIST, "drop": True, "region": "europe"}, "region is 'europe', but has to be a region that "),
        ({"operation": LIST, "drop": True, "role_arn": ""}, "role_arn is ''"),
        ({"operation": LIST, "error": "X", "times": 2}, "'times' is not known to a fault, which accepts account, "),
    ],
)
def test_fault_refused_with_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        Fault.from_dict(values)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("narrowed", "hit", "missed"),
    [
        ({"region": "eu-west-1"}, {"region": "eu-west-1"}, {"region": "us-east-1"}),
        ({"role_arn": "arn:role/a"}, {"role_arn": "arn:role/a"}, {"role_arn": "arn:role/b"}),
        ({"role_arn": "arn:role/a"}, {"role_arn": "arn:role/a"}, {}),
        (
            {"region": "eu-west-1", "account": "210987654321"},
            {"region": "eu-west-1", "forced_account": "210987654321"},
            {"region": "eu-west-1"},
        ),
    ],
)
def test_fault_narrowed(narrowed: dict[str, str], hit: dict[str, str], missed: dict[str, str]) -> None:
    traffic = Traffic()
    traffic.add(Fault.from_dict({"operation": LIST, "drop": True, **narrowed}))
    assert traffic.faults() == [{"operation": LIST, "count": 1, "drop": True, **narrowed}]
    assert not traffic.admit(call(**missed), {}).drop
    assert traffic.admit(call(**hit), {}).drop


def signed(service: str, method: str = "POST", url: str = "/", body: bytes = b"", **headers: str) -> Request:
    scope = f"Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/{service}/aws4_request"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request.from_primitives(
        method,
        f"http://127.0.0.1:5000{url}",
        {"Authorization": f"AWS4-HMAC-SHA256 {scope}, Signature=x", **named},
        body,
    )


FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (signed("s3", "GET", "/"), "s3:ListBuckets"),
        (signed("s3", "PUT", "/reports"), "s3:CreateBucket"),
        (signed("s3", "HEAD", "/reports"), "s3:HeadBucket"),
        (signed("s3", "GET", "/reports"), "s3:ListObjects"),
        (signed("s3", "GET", "/reports?list-type=2&prefix=a%2Fb"), "s3:ListObjectsV2"),
        (signed("s3", "GET", "/reports?location"), "s3:GetBucketLocation"),
        (signed("s3", "PUT", "/reports?policy"), "s3:PutBucketPolicy"),
        (signed("s3", "GET", "/reports?policy"), "s3:GetBucketPolicy"),
        (signed("s3", "PUT", "/reports?encryption"), "s3:PutBucketEncryption"),
        (signed("s3", "GET", "/reports?encryption"), "s3:GetBucketEncryption"),
        (signed("s3", "PUT", "/reports?versioning"), "s3:PutBucketVersioning"),
        (signed("s3", "PUT", "/reports?publicAccessBlock"), "s3:PutPublicAccessBlock"),
        (signed("s3", "POST", "/reports?delete"), "s3:DeleteObjects"),
        (signed("s3", "GET", "/reports/a/b%20c"), "s3:GetObject"),
        (signed("s3", "HEAD", "/reports/a/b"), "s3:HeadObject"),
        (signed("s3", "PUT", "/reports/a/b"), "s3:PutObject"),
        (signed("s3", "DELETE", "/reports/a/b"), "s3:DeleteObject"),
        (
            signed("sts", body=b"Action=AssumeRole&Version=2011-06-15&RoleArn=x", Content_Type=FORM),
            "sts:AssumeRole",
        ),
        (signed("iam", body=b"Action=ListRoles&Version=2010-05-08", Content_Type=FORM), "iam:ListRoles"),
        (signed("ec2", body=b"Action=DescribeRegions&Version=2016-11-15", Content_Type=FORM), "ec2:DescribeRegions"),
        (
            signed("kms", X_Amz_Target="TrentService.CreateKey", Content_Type="application/x-amz-json-1.1"),
            "kms:CreateKey",
        ),
        (
            signed(
                "organizations",
                X_Amz_Target="AWSOrganizationsV20161128.ListAccounts",
                Content_Type="application/x-amz-json-1.1",
            ),
            "organizations:ListAccounts",
        ),
        (Request.from_primitives("GET", "http://127.0.0.1:5000/reports/public", {}), "s3:GetObject"),
    ],
)
def test_call_of_names_the_operation(request_: Request, name: str) -> None:
    found = call_of(request_)
    assert found is not None
    assert found.name == name


def test_call_of_knows_region_ca_bucket_and_key() -> None:
    found = call_of(
        signed(
            "acm-pca",
            body=json.dumps({"CertificateAuthorityArn": CA}).encode(),
            X_Amz_Target="ACMPrivateCA.DescribeCertificateAuthority",
            Content_Type="application/x-amz-json-1.1",
        )
    )
    assert found is not None
    assert (found.name, found.region) == ("acm-pca:DescribeCertificateAuthority", "eu-west-1")
    assert found.certificate_authority_arn == CA
    found = call_of(signed("s3", "GET", "/reports/a/b%20c"))
    assert found is not None
    assert (found.bucket, found.key) == ("reports", "a/b c")


def test_call_of_knows_the_role() -> None:
    body = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FA"
    found = call_of(signed("sts", body=body, Content_Type=FORM))
    assert found is not None
    assert found.role_arn == "arn:aws:iam::1:role/A"


@pytest.mark.parametrize("service", ["no-such-service", "acm-pca"])
def test_what_is_no_api_call_has_no_name(service: str) -> None:
    assert call_of(signed(service, "GET", "/what")) is None
