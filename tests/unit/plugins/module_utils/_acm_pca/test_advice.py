# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.advice import explain
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket_statements import Access, bucket_statements
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import Account
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, InvalidOption, Problem

from .builders import ARN, BUCKET, CA_ID

CA = parse_certificate_authority_arn(ARN)
CREATE = "CreateCertificateAuthorityAuditReport"


def refused(code: str, message: str = "No.", operation: str = CREATE, status: int = 400) -> AWSError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return AWSError("Failed to do it", exception=ClientError(response, operation))


def explained(error: AWSError) -> Problem:
    return explain(error, arn=CA, bucket=BUCKET)


@pytest.mark.parametrize(
    ("code", "message", "operation", "words"),
    [
        ("AccessDeniedException", "User x may not", CREATE, [f"acm-pca:{CREATE} on {ARN}"]),
        (
            "KMS.DisabledException",
            "key/a is disabled.",
            "PutObject",
            [f"The KMS key of the bucket '{BUCKET}'", "enable"],
        ),
        ("AccessDeniedException", "no resource-based policy allows it", CREATE, ["account 111122223333", "RAM"]),
        (
            "AccessDeniedException",
            f"not authorized to perform: x on resource: {ARN} with an explicit deny in a resource-based policy",
            CREATE,
            [f"The policy of {ARN} denies it with a Deny statement"],
        ),
        (
            "AccessDenied",
            "not authorized to perform: s3:GetObject with an explicit deny in a resource-based policy",
            "GetObject",
            [f"The policy of the bucket '{BUCKET}' or of its KMS key denies it"],
        ),
        (
            "AccessDeniedException",
            "not authorized with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/x",
            CREATE,
            ["A policy of the credentials' own user or role denies it"],
        ),
        (
            "AccessDeniedException",
            "not authorized with an explicit deny in a service control policy",
            CREATE,
            ["A service control policy of the organization denies it"],
        ),
        (
            "AccessDeniedException",
            "not authorized with an explicit deny in a permissions boundary",
            CREATE,
            ["The permissions boundary of the credentials' user or role denies it"],
        ),
        (
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
            "GetObject",
            ["S3 does not accept the session token in this region", "version 1", "AWS_STS_REGIONAL_ENDPOINTS"],
        ),
        (
            "IllegalLocationConstraintException",
            "The af-south-1 location constraint is incompatible for the region specific endpoint",
            "ListObjectsV2",
            ["set region to the region of the bucket"],
        ),
        ("AccessDenied", "Access Denied", "GetObject", ["needs s3:GetObject", "s3:ListBucket on", BUCKET, CA_ID]),
        ("403", "Forbidden", "HeadObject", ["needs s3:GetObject", "403 for an object that is not there"]),
        ("AccessDenied", "Access Denied", "PutObject", ["needs s3:PutObject", "tracking=listing"]),
        ("AccessDenied", "Access Denied", "ListObjectsV2", ["needs s3:ListBucket"]),
        ("AccessDenied", "not authorized to perform: kms:GenerateDataKey", "PutObject", ["needs kms:GenerateDataKey"]),
        ("502", "Bad Gateway", "ListObjectsV2", ["Check endpoint_url"]),
        ("NoSuchBucket", "The specified bucket does not exist", "ListObjectsV2", ["s3_bucket_name"]),
        ("ResourceNotFoundException", "Could not find it", CREATE, ["account 111122223333", "us-east-1"]),
        ("UnrecognizedClientException", "The security token is invalid", CREATE, ["Check the credentials"]),
        ("ExpiredTokenException", "The token is expired", CREATE, ["Check the credentials"]),
        ("ThrottlingException", "Rate exceeded", CREATE, ["run the task again later"]),
        ("RequestFailedException", "The request has failed", CREATE, ["run the task again later"]),
    ],
)
def test_the_code_the_words_of_aws_and_what_to_do(code: str, message: str, operation: str, words: list[str]) -> None:
    problem = explained(refused(code, message, operation))
    assert problem.code == code
    assert problem.message.startswith(f"Failed to do it: {code}: {message}")
    for word in words:
        assert word in problem.message
    # Not told as a CA that is shared, unless it is.
    assert ("RAM" in problem.message) is ("RAM" in words)


def test_a_refused_bucket_shows_the_missing_statement() -> None:
    text = "Permission error with your S3 bucket 'b'. Check that your bucket policy, encryption settings"
    message = explained(refused("ValidationException", text)).message
    start = message.index("{")
    statement, _end = json.JSONDecoder().raw_decode(message[start:])
    access = Access(bucket=BUCKET, partition="aws", account_ids=("111122223333",), reader_arns=("arn:x",))
    assert statement == bucket_statements(access)[0]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ["111122223333"]}
    assert f"arn:aws:s3:::{BUCKET}/*" not in statement["Resource"]
    assert "kms:GenerateDataKey" in message


@pytest.mark.parametrize(
    ("ca_region", "bucket_region", "principals"),
    [
        ("us-east-1", None, "acm-pca.amazonaws.com"),
        ("us-east-1", "eu-central-1", "acm-pca.amazonaws.com"),
        ("af-south-1", "af-south-1", "acm-pca.amazonaws.com"),
        ("af-south-1", "us-east-1", "acm-pca.af-south-1.amazonaws.com"),
        ("af-south-1", None, ["acm-pca.amazonaws.com", "acm-pca.af-south-1.amazonaws.com"]),
        ("us-east-1", "af-south-1", None),
        ("me-south-1", "af-south-1", None),
    ],
)
def test_whom_to_admit_to_the_bucket(
    ca_region: str, bucket_region: str | None, principals: str | list[str] | None
) -> None:
    arn = parse_certificate_authority_arn(ARN.replace("us-east-1", ca_region))
    error = refused("ValidationException", "Permission error with your S3 bucket 'b'.")
    message = explain(error, arn=arn, bucket=BUCKET, bucket_region=bucket_region).message
    if principals is None:
        assert f"The bucket is in {bucket_region}, a region that accounts have to enable" in message
        assert f"in {ca_region}." in message
        assert "{" not in message
        return
    statement, _end = json.JSONDecoder().raw_decode(message[message.index("{") :])
    assert statement["Principal"] == {"Service": principals}
    listed = " and ".join(principals) if isinstance(principals, list) else principals
    assert f"whose policy lets {listed} use kms:GenerateDataKey" in message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "Provide credentials"),
        (EndpointConnectionError(endpoint_url="https://s3.mars-1.amazonaws.com"), "Check the region, the network"),
        (BotoCoreError(), "An unspecified error occurred"),
    ],
)
def test_what_botocore_says(error: BotoCoreError, words: str) -> None:
    problem = explain(AWSError("Failed to do it", exception=error))
    assert problem.code == type(error).__name__
    assert words in problem.message


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (
            "RegionDisabledException",
            "STS is not activated in this region for account:111122223333. Your account administrator can activate STS "
            "in this region using the IAM Console.",
            ["AWS STS is deactivated in the region", "Activate it there", "set region to one in which it is active"],
        ),
        ("AccessDenied", "not authorized to perform: sts:AssumeRole", ["The role must exist"]),
        (
            "AccessDenied",
            "not authorized to perform: sts:AssumeRole with an explicit deny in a service control policy",
            ["A service control policy of the organization denies it"],
        ),
        (
            "AccessDenied",
            "not authorized to perform: sts:AssumeRole with an explicit deny in a resource-based policy",
            ["The policy of the role denies it"],
        ),
    ],
)
def test_a_role_that_cannot_be_assumed(code: str, message: str, words: list[str]) -> None:
    account = Account("111122223333", "arn:aws:iam::111122223333:role/Audit")
    problem = explain(refused(code, message, "AssumeRole"), arn=CA, account=account)
    assert all(word in problem.message for word in words), problem.message
    assert ("The role must exist" in problem.message) is ("The role must exist" in words)


@pytest.mark.parametrize(("region", "younger"), [("us-east-1", False), ("af-south-1", True)])
def test_credentials_that_a_younger_region_refuses_need_not_be_wrong(region: str, younger: bool) -> None:
    arn = parse_certificate_authority_arn(ARN.replace("us-east-1", region))
    message = explain(refused("UnrecognizedClientException"), arn=arn).message
    assert ("must be enabled for the account" in message) is younger
    assert "heck the credentials" in message


def test_a_sentence_of_our_own_stays_as_it_is() -> None:
    assert explain(InvalidOption("max_age: -1 is too small.")).message == "max_age: -1 is too small."


@pytest.mark.parametrize("writes", [True, False])
def test_who_only_reads_is_not_told_to_get_permission_to_write(writes: bool) -> None:
    problem = explain(refused("AccessDenied", "Access Denied", "GetObject"), arn=CA, bucket=BUCKET, writes=writes)
    assert ("s3:PutObject" in problem.message) is writes
    assert "s3:GetObject on audit-report/" in problem.message
