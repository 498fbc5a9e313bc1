# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.options import (
    ARGUMENT_SPEC,
    AuditRequest,
    read_options,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.models import Scope, Selection
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import OWN_ACCOUNT
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption

from ..builders import ARN, BUCKET, OTHER_ARN

PARTITIONS = {"us-east-1": "aws", "eu-central-1": "aws", "cn-north-1": "aws-cn"}
CN_ARN = ARN.replace("arn:aws:", "arn:aws-cn:").replace("us-east-1", "cn-north-1")


class Known:
    """The partitions of a small world."""

    def partition_of(self, region: str) -> str | None:
        return PARTITIONS.get(region)

    def regions_of(self, service: str, partition: str) -> list[str]:
        assert service == "acm-pca"
        return [name for name, found in PARTITIONS.items() if found == partition]


def read(region: str | None = "us-east-1", **params: t.Any) -> AuditRequest:
    given: dict[str, t.Any] = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()}
    given.update({"s3_bucket_name": BUCKET, **params})
    return read_options(given, region=region, partitions=Known(), check_mode=False)


def test_defaults() -> None:
    request = read()
    assert request.selection == Selection(None, (Scope(OWN_ACCOUNT, {"us-east-1": True}),), "us-east-1", 32)
    assert request.max_age == timedelta(minutes=30)
    assert (request.response_format, request.use_record, request.wait, request.force) == ("JSON", True, True, False)
    assert (request.wait_timeout, request.wait_delay) == (900, 3)


def test_arns_may_be_anywhere_in_the_partition_and_count_once() -> None:
    request = read(certificate_authority_arn=[OTHER_ARN, ARN, OTHER_ARN], tracking="listing")
    assert [arn.text for arn in request.selection.arns or ()] == [OTHER_ARN, ARN]
    assert request.use_record is False


def test_arns_need_no_region() -> None:
    assert read(region=None, certificate_authority_arn=[OTHER_ARN]).selection.home_region == "eu-central-1"


@pytest.mark.parametrize("name", ["abc", "a-b.c-1", "1bucket", "b" * 63])
def test_bucket_names_that_s3_takes(name: str) -> None:
    assert read(s3_bucket_name=name).s3_bucket_name == name


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"max_age": -1}, ["max_age", "-1", "from 0 to"]),
        ({"wait_timeout": 0}, ["wait_timeout", "from 1 to"]),
        ({"wait_delay": -3}, ["wait_delay", "-3", "from 1 to"]),
        ({"concurrency": 1000}, ["concurrency", "1000 is too large", "to 256"]),
        ({"wait_timeout": 10**400}, ["wait_timeout", "too large"]),
        ({"wait_delay": 3601}, ["wait_delay", "too large"]),
        ({"max_age": 10**15}, ["max_age", "too large"]),
        ({"region": "us-east-1\n"}, ["region: 'us-east-1\\n'"]),
        ({"s3_bucket_name": "b\u202e" * 9999}, ["s3_bucket_name: 'b\\u202e", "..."]),
        ({"concurrency": 0}, ["concurrency", "from 1 to"]),
        ({"s3_bucket_name": ""}, ["s3_bucket_name", "0 characters", "accepted"]),
        ({"s3_bucket_name": "ab"}, ["2 characters"]),
        ({"s3_bucket_name": "b" * 64}, ["64 characters"]),
        ({"s3_bucket_name": "Reports"}, ["'Reports'", "does not allow"]),
        ({"s3_bucket_name": "my_reports"}, ["does not allow"]),
        ({"s3_bucket_name": "arn:aws:s3:::reports"}, ["does not allow", "no ARN"]),
        ({"s3_bucket_name": "reports\n"}, ["does not allow"]),
        ({"s3_bucket_name": "-reports"}, ["begin and end"]),
        ({"s3_bucket_name": "reports."}, ["begin and end"]),
        ({"s3_bucket_name": "my..reports"}, ["two dots"]),
        ({"s3_bucket_name": "192.168.5.4"}, ["IP address"]),
        ({"s3_bucket_name": "xn--reports"}, ["'xn--'", "reserves"]),
        ({"s3_bucket_name": "reports-s3alias"}, ["'-s3alias'", "reserves"]),
        ({"archive_bucket_name": "Archive"}, ["archive_bucket_name: 'Archive'", "does not allow"]),
        ({"archive_bucket_name": BUCKET}, [f"archive_bucket_name: '{BUCKET}'", "another bucket"]),
        ({"certificate_authority_arn": []}, ["certificate_authority_arn", "empty", "leave the option out"]),
        ({"certificate_authority_arn": [""]}, ["certificate_authority_arn: ''", "is not an ARN", "accepted: arn:"]),
        ({"certificate_authority_arn": [ARN, "nonsense"]}, ["'nonsense'", "is not an ARN"]),
        ({"certificate_authority_arn": [ARN.replace("acm-pca", "iam")]}, ["service 'iam'"]),
        ({"certificate_authority_arn": [ARN.replace("us-east-1", "mars-1")]}, ["'mars-1'", "not an AWS region"]),
        ({"certificate_authority_arn": [ARN.replace("arn:aws:", "arn:aws-cn:")]}, ["partition 'aws-cn'", "us-east-1"]),
        ({"certificate_authority_arn": [CN_ARN]}, ["partition 'aws-cn'", "this task runs in 'aws'"]),
        ({"certificate_authority_arn": [ARN, CN_ARN], "region": None}, ["different partitions"]),
        ({"region": None}, ["region", "nothing is given"]),
        ({"region": "mars-1"}, ["region: 'mars-1'", "us-east-1"]),
        ({"region": "mars-1", "certificate_authority_arn": [ARN]}, ["region: 'mars-1'", "us-east-1"]),
    ],
)
def test_one_clear_sentence(params: dict[str, t.Any], words: list[str]) -> None:
    with pytest.raises(InvalidOption) as caught:
        read(**params)
    for word in words:
        assert word in caught.value.message
    assert caught.value.message.endswith(".")
