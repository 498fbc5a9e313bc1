# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.rules import Rule, read_rules
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption

ARN = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11223344-1234-1122-2233-112233445566"
OTHER = ARN.replace("1111", "4444", 1)


def rule(**options: t.Any) -> Rule:
    [read] = read_rules([{"name": "a", "revoked": True, **options}], with_scope=True)
    return read


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            [{"name": "soon", "expires": 30}],
            "rules: 'soon': there is no condition 'expires'; there are expiring_within,",
        ),
        ([{"name": "soon"}], "rules: 'soon': no condition is given"),
        ([{"name": "soon", "tags": {"a": "b"}, "severity": "notice"}], "rules: 'soon': no condition is given"),
        ([{"name": "soon", "subject": [{}]}], "rules: 'soon': subject: '{}' is not a text"),
        ([{"name": "soon", "expiring_within": "x"}], "rules: 'soon': argument 'expiring_within' is of type"),
        ([{"name": "soon", "expiring_within": -1}], "rules: 'soon': expiring_within: -1 is too small"),
        ([{"name": "a", "revoked": 1}, {"name": "a", "revoked": 0}], "rules: the name 'a' is given twice"),
        ([{"name": "a", "revoked": 1, "severity": "high"}], "rules: 'a': value of severity must be one of: critical,"),
        ([{"revoked": True}], "rules[0].name: nothing is no name"),
        ([{"name": "\n", "revoked": True}], "rules[0].name: '\\n' is no name"),
        ([{"name": "n" * 101, "revoked": True}], "is no name; give each rule a name of 1 to 100 printable characters"),
        ([{"name": "a", "revoked": True, "account_ids": [12]}], "rules: 'a': account_ids: '12' is not an account ID"),
        ([{"name": "a", "revoked": True, "account_ids": []}], "rules: 'a': account_ids: the list is empty"),
        ([{"name": "a", "revoked": True, "tags": {}}], "rules: 'a': tags: no tag is given"),
        ([{"name": "a", "revoked": True, "certificate_authority_arns": ["b"]}], "certificate_authority_arns: 'b' "),
        ([{"name": str(number), "revoked": True} for number in range(101)], "rules: 101 rules are given"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_name(rules: list[dict[str, t.Any]], message: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        read_rules(rules, with_scope=True)
    assert message in str(caught.value)


def test_a_scope_needs_certificate_authorities() -> None:
    with pytest.raises(InvalidOption, match="rules: 'a': with s3_key it is not known"):
        read_rules([{"name": "a", "revoked": True, "tags": {"a": "b"}}], with_scope=False)
    assert read_rules([{"name": "a", "revoked": True}], with_scope=False)[0].holds_for(None)
    assert read_rules(None, with_scope=False) == ()


@pytest.mark.parametrize(
    ("scope", "holds", "not_for"),
    [
        ({}, ARN, None),
        ({"certificate_authority_arns": [ARN]}, ARN, OTHER),
        ({"account_ids": ["111122223333"]}, ARN, OTHER),
        ({"account_ids": ["111122223333"], "certificate_authority_arns": [ARN, OTHER]}, ARN, OTHER),
    ],
)
def test_scope(scope: dict[str, t.Any], holds: str, not_for: str | None) -> None:
    read = rule(**scope)
    assert read.holds_for(parse_certificate_authority_arn(holds))
    if not_for:
        assert not read.holds_for(parse_certificate_authority_arn(not_for))


@pytest.mark.parametrize("tags", [{"pci": True}, {"cost": 7}, {"team": ["a"]}, {1: "a"}])
def test_what_is_no_tag(tags: dict[t.Any, t.Any]) -> None:
    with pytest.raises(InvalidOption, match=r"rules: '.*': tags: .* is not a text; put it in quotes"):
        rule(tags=tags)


def test_all_tags_of_a_scope_are_needed() -> None:
    read = rule(tags={"team": "payments", "owner": None, "cost": "7"})
    tags = {"team": "payments", "owner": "x", "cost": "7", "more": ""}
    assert read.admits_tags(tags)
    for missing in ("team", "owner", "cost"):
        assert not read.admits_tags({key: value for key, value in tags.items() if key != missing})
    assert not read.admits_tags({**tags, "team": "sales"})
    # Not known, where they could not be read.
    assert not read.admits_tags(None)
    assert rule().admits_tags(None)
