# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, bucket_statement


def deny(**changes: Any) -> dict[str, Any]:
    return bucket_statement("reports", **{"Effect": "Deny", "Principal": "*", "Action": "s3:*", **changes})


@pytest.mark.parametrize(
    ("statement", "open_"),
    [
        (bucket_statement("reports", Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}), True),
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (deny(Principal={"AWS": "*"}, Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (deny(Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}}), True),
        (deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}), True),
        (deny(Condition=["wrong"]), True),
        (deny(Principal={"Service": "acm-pca.amazonaws.com"}), True),
        (deny(Principal=None, NotPrincipal={"AWS": "123456789012"}), True),
        (deny(Action="s3:DeleteObject"), True),
        (deny(), False),
        (deny(Action="s3:PutObject"), False),
        (deny(Condition={"Bool": {"aws:SecureTransport": "true"}}), False),
    ],
)
def test_what_a_policy_denies_everybody(world: World, statement: dict[str, Any], open_: bool) -> None:
    world.set_policy(bucket_statement("reports"), statement)
    if open_:
        world.s3.put_object(Bucket="reports", Key="audit-report-tracking/x.json", Body=b"{}")
        return
    with pytest.raises(ClientError) as refused:
        world.s3.put_object(Bucket="reports", Key="audit-report-tracking/x.json", Body=b"{}")
    assert refused.value.response["Error"]["Code"] == "403"


def test_policy_that_is_no_json_says_nothing(world: World) -> None:
    world.s3.put_bucket_policy(Bucket="reports", Policy="[]")
    world.s3.put_object(Bucket="reports", Key="k", Body=b"")
    world.s3.put_bucket_policy(Bucket="reports", Policy="{")
    world.s3.put_object(Bucket="reports", Key="k", Body=b"")


def test_size_of_a_policy(world: World) -> None:
    accounts = [f"{number:012}" for number in range(1400)]
    with pytest.raises(ClientError) as refused:
        world.set_policy(bucket_statement("reports", Condition={"StringEquals": {"aws:SourceAccount": accounts}}))
    assert refused.value.response["Error"]["Code"] == "PolicyTooLarge"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    world.set_policy(bucket_statement("reports", Condition={"StringEquals": {"aws:SourceAccount": accounts[:1300]}}))
