# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.service_principals import (
    can_write,
    service_principal,
)

USUAL = "acm-pca.amazonaws.com"


@pytest.mark.parametrize(
    ("authority", "bucket", "partition", "principal", "possible"),
    [
        ("us-east-1", "us-east-1", "aws", USUAL, True),
        ("us-east-1", "eu-west-1", "aws", USUAL, True),
        ("eu-south-2", "eu-south-2", "aws", USUAL, True),
        ("eu-south-2", "eu-west-1", "aws", "acm-pca.eu-south-2.amazonaws.com", True),
        # One that this version has never heard of.
        ("xx-north-7", "eu-west-1", "aws", "acm-pca.xx-north-7.amazonaws.com", True),
        ("eu-west-1", "eu-south-2", "aws", USUAL, False),
        ("me-south-1", "eu-south-2", "aws", "acm-pca.me-south-1.amazonaws.com", False),
        ("us-gov-east-1", "us-gov-west-1", "aws-us-gov", USUAL, True),
        ("cn-north-1", "cn-northwest-1", "aws-cn", USUAL, True),
    ],
)
def test_service_principals(authority: str, bucket: str, partition: str, principal: str, possible: bool) -> None:
    assert service_principal(authority, bucket, partition) == principal
    assert can_write(authority, bucket, partition) is possible
