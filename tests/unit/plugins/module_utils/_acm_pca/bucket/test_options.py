# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.options import (
    ARGUMENT_SPEC,
    BucketRequest,
    Retention,
    check_options,
    read_bucket_options,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption

ACCOUNT, MEMBER = "111111111111", "222222222222"
CA = f"arn:aws:acm-pca:eu-central-1:{MEMBER}:certificate-authority/11111111-2222-3333-4444-555555555555"
DEFAULTS = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()} | {"name": "audit"}


class OnePartition:
    """What is known of regions without botocore."""

    def partition_of(self, region: str) -> str | None:
        return {"us-gov-west-1": "aws-us-gov", "mars-1": None}.get(region, "aws")

    def regions_of(self, service: str, partition: str) -> t.Sequence[str]:
        return ["eu-central-1", "eu-south-1"] if (service, partition) == ("acm-pca", "aws") else []


def read(region: str = "eu-central-1", **options: t.Any) -> BucketRequest:
    params = {**DEFAULTS, **options}
    check_options(params)
    return read_bucket_options(params, region=region, account_id=ACCOUNT, partitions=OnePartition())


def test_what_is_left_out() -> None:
    request = read()
    assert request.account_ids == (ACCOUNT,)
    assert request.regions == ("eu-central-1",)
    assert request.reader_arns == (f"arn:aws:iam::{ACCOUNT}:root",)
    assert (request.member_role_name, request.kms_key, request.organization_id, request.queue_arn) == ("", "", "", "")
    assert (request.tags, request.expiration_days, request.retention) == (None, None, None)
    assert read("us-gov-west-1").reader_arns == (f"arn:aws-us-gov:iam::{ACCOUNT}:root",)


def test_what_is_given() -> None:
    assert read(account_ids=[MEMBER, ACCOUNT, MEMBER]).account_ids == (ACCOUNT, MEMBER)
    assert read(regions=["all"]).regions == ("eu-central-1", "eu-south-1")
    assert read(reader_arns=[MEMBER]).reader_arns == (f"arn:aws:iam::{MEMBER}:root",)
    assert read(member_write=True).member_role_name == "PrivateCAAudit"
    assert read(tags={"cost": 1234, "prod": True}).tags == {"cost": "1234", "prod": "true"}
    archive = read(purpose="archive", retention_mode="COMPLIANCE", retention_days=30)
    assert (archive.archive, archive.retention) == (True, Retention("COMPLIANCE", 30))
    assert read(purpose="archive", state="absent").present is False


def test_the_accounts_of_cas() -> None:
    assert read(certificate_authority_arns=[CA]).account_ids == (MEMBER,)
    assert read(certificate_authority_arns=[CA, CA], account_ids=[ACCOUNT, MEMBER]).account_ids == (MEMBER,)
    assert read(certificate_authority_arns=[CA, CA]).certificate_authority_arns == (CA,)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "X"}, "name: 'X' has 1 characters"),
        ({"account_ids": ["1234"]}, "account_ids: '1234' is not the ID of an account; accepted: 12 digits, in quotes"),
        ({"account_ids": [ACCOUNT], "certificate_authority_arns": [CA]}, "belongs to the account 222222222222"),
        ({"certificate_authority_arns": ["x"]}, "certificate_authority_arns: 'x' is not an ARN"),
        ({"certificate_authority_arns": [CA.replace("arn:aws", "arn:aws-cn")]}, "is in the partition aws-cn"),
        ({"certificate_authority_arns": [CA], "purge_account_ids": False}, "purge_account_ids: accounts that are not"),
        ({"organization_id": "r-abcd"}, "organization_id: 'r-abcd' is not the ID of an organization"),
        ({"reader_arns": []}, "reader_arns: the list is empty"),
        ({"reader_arns": ["*"]}, "reader_arns: '*' is not the ARN"),
        ({"reader_arns": [f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"]}, "the session of a role goes by"),
        ({"reader_arns": [f"arn:aws-cn:iam::{ACCOUNT}:role/R"]}, "in the partition aws;"),
        ({"member_role_name": "a b"}, "member_role_name: 'a b' is not accepted"),
        ({"kms_key": "a key"}, "kms_key: 'a key' is not the ARN, the ID or the alias"),
        ({"expiration_days": -1}, "expiration_days: -1 is too small"),
        ({"queue_arn": "reports"}, "queue_arn: 'reports' is not the ARN of a standard queue"),
        ({"queue_arn": f"arn:aws:sqs:eu-central-1:{ACCOUNT}:reports.fifo"}, "is not the ARN of a standard queue"),
        ({"regions": []}, "regions: the list is empty"),
        ({"regions": ["mars-1"]}, "regions: 'mars-1' is not an AWS region"),
        ({"purpose": "archive"}, "purpose: an archive needs retention_mode and retention_days."),
        (
            {"purpose": "archive", "retention_mode": "GOVERNANCE", "retention_days": 0},
            "retention_days: 0 is too small",
        ),
        (
            {"purpose": "archive", "retention_mode": "GOVERNANCE", "retention_days": 1, "account_ids": [ACCOUNT]},
            "account_ids: an archive is for readers alone",
        ),
        ({"retention_mode": "GOVERNANCE", "retention_days": 1}, "cannot write to a bucket with Object Lock"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(options: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        read(**options)
    assert sentence in str(refused.value.message)
