# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, bucket_statement


def lock(world: World, days: int) -> None:
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": days}}
    configuration: dict[str, Any] = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    world.s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration=configuration)


@pytest.fixture
def locked(world: World) -> World:
    world.s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    lock(world, 30)
    return world


@pytest.mark.parametrize("when", ["now", "later"])
def test_no_report_is_written_where_object_lock_is(locked: World, when: str) -> None:
    locked.s3.delete_bucket(Bucket="reports")
    locked.s3.create_bucket(Bucket="reports", ObjectLockEnabledForBucket=True)
    locked.set_policy(bucket_statement("reports"))
    locked.aws.configure(bucket_refusal=when, report_seconds=0)
    if when == "now":
        assert locked.refusal()[0] == "ValidationException"
    else:
        assert locked.status(locked.create()) == "FAILED"


def test_a_copy_is_locked_and_its_retention_can_change(locked: World) -> None:
    locked.s3.put_object(Bucket="reports", Key="a", Body=b"first")
    locked.s3.copy_object(Bucket="locked", Key="a", CopySource="reports/a")
    first = locked.s3.head_object(Bucket="locked", Key="a")["VersionId"]
    locked.s3.put_object(Bucket="reports", Key="a", Body=b"second")
    locked.s3.copy_object(Bucket="locked", Key="a", CopySource="reports/a")
    with pytest.raises(ClientError, match="AccessDenied"):
        locked.s3.delete_object(Bucket="locked", Key="a", VersionId=first)
    assert locked.s3.get_object(Bucket="locked", Key="a", VersionId=first)["Body"].read() == b"first"
    lock(locked, 60)
    found = locked.s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"]["Days"] == 60


def test_whose_a_bucket_is(locked: World) -> None:
    locked.s3.head_bucket(Bucket="reports", ExpectedBucketOwner="123456789012")
    with pytest.raises(ClientError) as refused:
        locked.s3.get_bucket_policy(Bucket="reports", ExpectedBucketOwner="210987654321")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
