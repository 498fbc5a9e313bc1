# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import (
    dead_principals,
    lets_anybody_in,
    merge_policy,
    read_policy,
    same_policy,
    same_statement,
    size_of,
)

OURS = ("OursA", "OursB", "OursC")

words = st.text("abcdefXYZ:*/-", min_size=1, max_size=8)
values = st.one_of(words, st.lists(words, min_size=1, max_size=3, unique=True))
bodies = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": values, "Resource": values},
    optional={
        "Principal": st.one_of(
            st.just("*"), st.fixed_dictionaries({"AWS": values}), st.fixed_dictionaries({"Service": words})
        ),
        "Condition": st.fixed_dictionaries({"StringEquals": st.dictionaries(words, values, min_size=1, max_size=2)}),
    },
)


@st.composite
def statements_of(draw: st.DrawFn, sids: tuple[str, ...]) -> list[dict[str, t.Any]]:
    chosen = draw(st.lists(st.sampled_from(sids), unique=True))
    return [{"Sid": sid, **draw(bodies)} for sid in chosen]


@st.composite
def policies(draw: st.DrawFn) -> dict[str, t.Any]:
    """Statements of others, some without a Sid, and some of ours, in any order."""
    others = [*draw(statements_of(("Theirs1", "Theirs2", "oursa"))), *draw(st.lists(bodies, max_size=2))]
    ours = draw(statements_of(OURS))
    return {"Version": "2012-10-17", "Statement": draw(st.permutations([*others, *ours]))}


wanted = statements_of(OURS)


@given(policies(), wanted)
def test_merging_twice_is_merging_once(policy: dict[str, t.Any], statements: list[dict[str, t.Any]]) -> None:
    once = merge_policy(policy, statements)
    assert merge_policy(once, statements) is once


@given(policies(), wanted, st.lists(st.sampled_from(OURS), unique=True))
def test_the_statements_of_others_survive_as_they_are(
    policy: dict[str, t.Any], statements: list[dict[str, t.Any]], remove: list[str]
) -> None:
    before = copy.deepcopy(policy)
    unwanted = set(remove) - {statement["Sid"] for statement in statements}
    merged = merge_policy(policy, statements, unwanted)
    others = [each for each in before["Statement"] if each.get("Sid") not in OURS]
    assert [each for each in merged["Statement"] if each.get("Sid") not in OURS] == others
    assert policy == before, "the policy that was given must stay as it was"


@given(policies(), wanted)
def test_every_wanted_statement_is_there_once(policy: dict[str, t.Any], statements: list[dict[str, t.Any]]) -> None:
    merged = merge_policy(policy, statements)
    for statement in statements:
        found = [each for each in merged["Statement"] if each.get("Sid") == statement["Sid"]]
        assert len(found) == 1
        assert same_statement(found[0], statement)


@given(policies(), wanted)
def test_unwanted_statements_go(policy: dict[str, t.Any], statements: list[dict[str, t.Any]]) -> None:
    unwanted = set(OURS) - {statement["Sid"] for statement in statements}
    merged = merge_policy(policy, statements, unwanted)
    assert not unwanted & {each.get("Sid") for each in merged["Statement"]}


def shuffled(value: t.Any, draw: st.DrawFn) -> t.Any:
    """The same in other words: lists in another order, a single value with or without a list around it."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], draw) for key in draw(st.permutations(list(value)))}
    if isinstance(value, list):
        items = draw(st.permutations(value))
        return items[0] if len(items) == 1 and draw(st.booleans()) else list(items)
    return [value] if draw(st.booleans()) else value


@given(bodies, st.data())
def test_the_same_in_other_words_is_no_change(body: dict[str, t.Any], data: st.DataObject) -> None:
    ours = {"Sid": "OursA", **body}
    other = {"Sid": "OursA", "Effect": body["Effect"]}
    for name in ("Resource", "Condition"):
        if name in body:
            other[name] = shuffled(body[name], data.draw)
    actions = shuffled(body["Action"], data.draw)
    other["Action"] = [each.upper() for each in actions] if isinstance(actions, list) else actions.upper()
    if "Principal" in body:
        other["Principal"] = {"AWS": "*"} if body["Principal"] == "*" else shuffled(body["Principal"], data.draw)
    policy = {"Version": "2012-10-17", "Statement": [other]}
    assert merge_policy(policy, [ours]) is policy


@given(policies(), wanted)
@settings(max_examples=50)
def test_the_size_is_what_s3_counts(policy: dict[str, t.Any], statements: list[dict[str, t.Any]]) -> None:
    merged = merge_policy(policy, statements)
    assert size_of(merged) == len(json.dumps(merged, separators=(",", ":")).encode())
    assert size_of(json.loads(json.dumps(merged, indent=8))) == size_of(merged)


@pytest.mark.parametrize("nothing", [None, "", '{"Version": "2012-10-17", "Statement": []}'])
def test_no_policy_is_an_empty_one(nothing: str | None) -> None:
    assert read_policy(nothing) == {"Version": "2012-10-17", "Statement": []}


@given(policies(), st.randoms())
def test_a_policy_in_another_order_is_the_same(policy: dict[str, t.Any], random: t.Any) -> None:
    statements = list(policy["Statement"])
    random.shuffle(statements)
    assert same_policy(policy, {**policy, "Statement": statements})
    assert not same_policy(policy, {**policy, "Statement": [*statements, {"Sid": "Another", "Effect": "Deny"}]})


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_an_account_is_the_same_by_id_and_by_arn(partition: str, element: str) -> None:
    by_arn = {"Sid": "Ours", "Effect": "Allow", element: {"AWS": [f"arn:{partition}:iam::111111111111:root"]}}
    by_id = {**by_arn, element: {"AWS": "111111111111"}}
    other = {**by_arn, element: {"AWS": "222222222222"}}
    assert same_statement(by_arn, by_id)
    assert not same_statement(by_arn, other)


@pytest.mark.parametrize(
    ("statement", "dead"),
    [
        ({"Principal": {"AWS": "AROAEXAMPLE0123456789"}}, ["AROAEXAMPLE0123456789"]),
        ({"NotPrincipal": {"AWS": ["111111111111", "AIDAEXAMPLE0123456789"]}}, ["AIDAEXAMPLE0123456789"]),
        ({"Principal": {"AWS": "arn:aws:iam::111111111111:role/AROAEXAMPLE0123456789"}}, []),
        ({"Principal": {"Service": "AROAEXAMPLE0123456789"}}, []),
        ({"Principal": "*"}, []),
        ({}, []),
    ],
)
def test_principals_that_were_deleted(statement: dict[str, t.Any], dead: list[str]) -> None:
    assert dead_principals(statement) == dead


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["x", "*"]}])
def test_who_lets_anybody_in(principal: t.Any) -> None:
    public = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject"}
    assert lets_anybody_in(public)
    assert not lets_anybody_in({**public, "Effect": "Deny"})
    assert not lets_anybody_in({**public, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}})
    assert not lets_anybody_in({**public, "Principal": {"AWS": "111111111111"}})


def test_a_single_statement_may_stand_by_itself() -> None:
    theirs = {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
    }
    ours = {**theirs, "Sid": "Ours"}
    assert merge_policy({"Version": "2012-10-17", "Statement": theirs}, [ours])["Statement"] == [theirs, ours]


def test_what_belongs_to_the_policy_itself_stays() -> None:
    policy = {"Version": "2008-10-17", "Id": "theirs", "Statement": []}
    merged = merge_policy(policy, [{"Sid": "Ours", "Effect": "Allow"}])
    assert (merged["Version"], merged["Id"]) == ("2008-10-17", "theirs")


def test_a_statement_that_somebody_changed_is_mended_in_its_place() -> None:
    first, last = {"Sid": "First", "Effect": "Deny"}, {"Sid": "Last", "Effect": "Deny"}
    broken = {"Sid": "Ours", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    ours = {"Sid": "Ours", "Effect": "Allow", "Principal": {"Service": "x"}, "Action": "s3:PutObject", "Resource": "*"}
    merged = merge_policy({"Version": "2012-10-17", "Statement": [first, broken, last]}, [ours])
    assert merged["Statement"] == [first, ours, last]


def test_values_whose_letter_case_counts_are_told_apart() -> None:
    upper = {"Sid": "Ours", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::Bucket/*"}
    lower = {**upper, "Resource": "arn:aws:s3:::bucket/*"}
    assert not same_statement(upper, lower)


def test_keys_of_conditions_are_the_same_in_any_case() -> None:
    one = {"Sid": "Ours", "Effect": "Allow", "Condition": {"StringEquals": {"aws:SourceAccount": ["1", "2"]}}}
    other = {"Sid": "Ours", "Effect": "Allow", "Condition": {"StringEquals": {"AWS:sourceaccount": ["2", "1"]}}}
    assert same_statement(one, other)


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"Statement": 3}', '{"Statement": ["x"]}'])
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_policy(text)
