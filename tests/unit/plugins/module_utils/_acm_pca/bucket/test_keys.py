# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.keys import usable_key

KEY = "arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555"
POLICY: dict[str, t.Any] = {"Version": "2012-10-17", "Statement": []}

USABLE = {"key_arn": KEY, "key_manager": "CUSTOMER", "key_state": "Enabled", "key_policies": [POLICY]}


def test_a_usable_key() -> None:
    assert usable_key([USABLE], "alias/audit", "eu-central-1", needs_policy=True) is USABLE
    assert usable_key([{**USABLE, "key_policies": []}], KEY, "", needs_policy=False)["key_arn"] == KEY


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key_manager": "AWS"}, "is an AWS managed key. Nobody can change its policy"),
        ({"key_state": "PendingDeletion"}, "is in the state PendingDeletion"),
        ({"key_spec": "RSA_2048"}, "has the key spec RSA_2048"),
        ({"key_arn": KEY.replace("eu-central-1", "us-east-1")}, "is in us-east-1 and the bucket in eu-central-1"),
        ({"key_policies": []}, "kms:ListKeyPolicies and kms:GetKeyPolicy are needed"),
    ],
)
def test_keys_that_cannot_be_used(changes: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        usable_key([{**USABLE, **changes}], "alias/audit", "eu-central-1", needs_policy=True)


def test_an_alias_of_aws_tells_whose_key_it_is() -> None:
    with pytest.raises(ValueError, match="alias/aws/s3 is an AWS managed key"):
        usable_key([USABLE], "alias/aws/s3", "", needs_policy=True)


def test_a_key_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="The KMS key alias/audit could not be read"):
        usable_key([], "alias/audit", "", needs_policy=True)
