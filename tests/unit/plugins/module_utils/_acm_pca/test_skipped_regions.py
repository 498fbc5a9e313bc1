# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.skipped_regions import (
    DENIED,
    NOT_ENABLED,
    SkippedRegion,
    to_results,
    uncertain,
    warnings_of,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import Account

ACCOUNTS = [Account(f"{number:012}", name=f"name {number}") for number in range(100)]


def test_results_are_in_a_stable_order() -> None:
    skipped = [SkippedRegion(account, region, NOT_ENABLED) for account in ACCOUNTS[:2] for region in ("b", "a")]
    expected = [
        {"account_id": account.account_id, "account_name": account.name, "region": region, "reason": "not enabled"}
        for account in ACCOUNTS[:2]
        for region in ("a", "b")
    ]
    assert to_results(skipped) == to_results(reversed(skipped)) == expected


def test_what_policies_deny_is_told_once_for_each_region() -> None:
    regions = ["eu-west-3", "sa-east-1"]
    warnings = warnings_of(SkippedRegion(account, region, DENIED) for account in ACCOUNTS for region in regions)
    assert len(warnings) == 2
    for region, warning in zip(regions, warnings, strict=True):
        assert f"deny the region {region} to account 000000000000, account 000000000001, " in warning
        assert "and 97 more" in warning
        assert "name" not in warning


def test_what_may_be_enabled_is_told_however_many_accounts_there_are() -> None:
    reason = uncertain(None, None)
    warnings = warnings_of(SkippedRegion(account, "af-south-1", reason) for account in ACCOUNTS)
    assert len(warnings) == 1
    assert "and 97 more: af-south-1 refused the credentials" in warnings[0]


@pytest.mark.parametrize(
    "skipped", [SkippedRegion(ACCOUNTS[0], "a", NOT_ENABLED), SkippedRegion(ACCOUNTS[0], "a", DENIED, told=True)]
)
def test_what_is_certain_or_told_otherwise_is_no_warning(skipped: SkippedRegion) -> None:
    assert warnings_of([skipped]) == []
