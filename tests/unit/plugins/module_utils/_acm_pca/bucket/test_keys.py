# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.keys import (
    KmsKey,
    is_same_key,
    trouble_with_key,
)

ID = "11111111-2222-3333-4444-555555555555"
ARN = f"arn:aws:kms:eu-central-1:111111111111:key/{ID}"
USABLE = KmsKey(ARN, "CUSTOMER", "Enabled", "SYMMETRIC_DEFAULT")
REGION = "eu-central-1"


def test_a_usable_key() -> None:
    assert trouble_with_key("alias/audit", USABLE, REGION) is None


@pytest.mark.parametrize(
    ("name", "key", "sentence"),
    [
        ("alias/audit", None, "There is no KMS key alias/audit in eu-central-1."),
        ("alias/audit", dataclasses.replace(USABLE, manager="AWS"), "is an AWS managed key. Nobody can change its"),
        # As it is where KMS was not asked.
        ("alias/aws/s3", None, "alias/aws/s3 is an AWS managed key"),
        ("alias/audit", dataclasses.replace(USABLE, state="PendingDeletion"), "is in the state PendingDeletion"),
        ("alias/audit", dataclasses.replace(USABLE, spec="RSA_2048"), "has the key spec RSA_2048"),
        (
            "alias/audit",
            dataclasses.replace(USABLE, arn=ARN.replace("eu-central-1", "us-east-1")),
            "is in us-east-1 and the bucket in eu-central-1",
        ),
    ],
)
def test_keys_that_cannot_be_used(name: str, key: KmsKey | None, sentence: str) -> None:
    assert sentence in str(trouble_with_key(name, key, REGION))


@pytest.mark.parametrize("name", [ARN, ID, "alias/audit"])
def test_a_key_by_another_name(name: str) -> None:
    assert is_same_key(name, USABLE, {"alias/audit": USABLE})


@pytest.mark.parametrize("name", ["alias/other", "alias/gone", "22222222-2222-3333-4444-555555555555"])
def test_another_key(name: str) -> None:
    described = {"alias/other": dataclasses.replace(USABLE, arn=f"{ARN}9"), "alias/gone": None}
    assert not is_same_key(name, USABLE, described)
