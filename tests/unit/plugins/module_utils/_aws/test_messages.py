# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.messages import grouped, name_of, some

from .._acm_pca.builders import ARN


@pytest.mark.parametrize(
    ("account_id", "region", "name"),
    [
        ("111122223333", "us-east-1", "account 111122223333, region us-east-1"),
        ("111122223333", None, "account 111122223333"),
        (None, "us-east-1", "region us-east-1"),
        (None, None, "the account of the task's own credentials"),
    ],
)
def test_names(account_id: str | None, region: str | None, name: str) -> None:
    assert name_of(None, account_id, region) == name
    assert name_of(parse_certificate_authority_arn(ARN), account_id, region) == ARN


def test_the_same_is_told_once_and_never_too_much() -> None:
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(list("abcde")) == "a, b, c and 2 more"
    assert grouped([("a", "X."), ("b", "Y."), ("c", "X.")], "all") == ["a, c: X.", "b: Y."]
    many = grouped([(str(number), f"{number}.") for number in range(5)], "all")
    assert many == ["0: 0.", "1: 1.", "2: 2.", "For 2 more, see all."]
