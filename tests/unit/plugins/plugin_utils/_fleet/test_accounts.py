# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.plugin_utils._fleet.accounts import (
    Account,
    accounts_from_ids,
    admitted,
    batches_of,
    ids_of,
    role_arns_of,
)

OWN = "111111111111"


def role(account_id: str) -> Account:
    return {"role_arn": f"arn:aws:iam::{account_id}:role/PrivateCAAudit"}


def arn(account_id: str, number: int = 0) -> str:
    return f"arn:aws:acm-pca:eu-central-1:{account_id}:certificate-authority/{number:08d}-1111-2222-3333-444444444444"


def test_an_entry_for_each_id_and_none_for_the_own_account_but_an_empty_one() -> None:
    accounts = accounts_from_ids(["222222222222", OWN, "222222222222"], "path/Auditor", "handshake", OWN, "aws-cn")
    assert accounts == [
        {"role_arn": "arn:aws-cn:iam::222222222222:role/path/Auditor", "external_id": "handshake"},
        {},
    ]
    assert ids_of(accounts, OWN) == ["222222222222", OWN]
    assert role_arns_of(accounts) == ["arn:aws-cn:iam::222222222222:role/path/Auditor"]


@pytest.mark.parametrize(
    ("account_id", "sentence"),
    [
        (123456789012, "is not a string. Quote it"),
        ("12345", "is not 12 digits"),
        ("o-example", "is not 12 digits"),
    ],
)
def test_ids_that_are_none(account_id: t.Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        accounts_from_ids([account_id], "Auditor", "", OWN, "aws")


@pytest.mark.parametrize("entry", [{"role_arn": "Auditor"}, {"role_arn": "arn:aws:iam::1:role/x"}, "222222222222"])
def test_entries_that_tell_no_account(entry: t.Any) -> None:
    with pytest.raises(ValueError, match="audit_reports_accounts"):
        ids_of([entry], OWN)


accounts = st.lists(st.integers(0, 30), max_size=30).map(lambda numbers: [role(f"{number:012d}") for number in numbers])


@given(accounts, st.integers(1, 12))
def test_every_account_is_in_one_batch_and_in_its_order(listed: list[Account], size: int) -> None:
    batches = batches_of(listed, size, [], OWN)
    assert [account for batch in batches for account in batch.accounts] == listed
    assert all(len(batch.accounts) <= size for batch in batches)
    assert [batch.first for batch in batches] == list(range(1, len(listed) + 1, size))
    assert [batch.last - batch.first + 1 for batch in batches] == [len(batch.accounts) for batch in batches]
    assert {batch.total for batch in batches} <= {len(listed)}


@given(accounts.filter(bool), st.integers(1, 12), st.lists(st.integers(0, 40), min_size=1, max_size=30))
def test_no_arn_is_lost_and_none_is_in_two_batches(listed: list[Account], size: int, owners: list[int]) -> None:
    arns = [arn(f"{owner:012d}", number) for number, owner in enumerate(owners)]
    batches = batches_of(listed, size, arns, OWN)
    assert sorted(each for batch in batches for each in batch.certificate_authority_arns) == sorted(arns)
    for batch in batches[:-1]:
        assert {each.split(":")[4] for each in batch.certificate_authority_arns} == set(ids_of(batch.accounts, OWN))


def test_accounts_without_a_ca_that_is_named_are_left_out() -> None:
    listed = [role("222222222222"), {}, role("333333333333")]
    batches = batches_of(listed, 10, [arn("333333333333"), arn(OWN)], OWN)
    assert [batch.accounts for batch in batches] == [({}, role("333333333333"))]
    assert (batches[0].first, batches[0].last, batches[0].total) == (1, 2, 2)


def test_a_ca_of_an_account_that_is_not_listed_is_not_lost() -> None:
    batches = batches_of([role("222222222222")], 10, [arn("999999999999")], OWN)
    assert [batch.certificate_authority_arns for batch in batches] == [(arn("999999999999"),)]
    assert batches[0].accounts == (role("222222222222"),)


def test_an_arn_that_is_none_stops_everything_before_it_begins() -> None:
    with pytest.raises(ValueError, match="'nonsense' in audit_reports_certificate_authority_arns is not an ARN"):
        batches_of([{}], 10, [arn(OWN), "nonsense"], OWN)


def test_whom_a_bucket_is_for() -> None:
    assert admitted([OWN, "222222222222"], []) == [OWN, "222222222222"]
    assert admitted([OWN, "222222222222"], [arn("222222222222"), arn("222222222222", 1)]) == ["222222222222"]
    with pytest.raises(ValueError, match="of the account 999999999999, which is not listed"):
        admitted([OWN], [arn("999999999999")])


def test_a_batch_has_an_account_at_least() -> None:
    with pytest.raises(ValueError, match="audit_reports_batch_size is 0"):
        batches_of([{}], 0, [], OWN)
