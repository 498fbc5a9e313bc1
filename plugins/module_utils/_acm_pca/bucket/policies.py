# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource policies: merging statements into what is there, by their ids, and leaving the rest alone. Pure.

The statements of others are kept as they are, in their order. One of ours that says the same in other words (another
order, other letter case where AWS ignores it) is kept as well, so that nothing is written for it.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

Statement = t.Mapping[str, t.Any]
Policy = t.Mapping[str, t.Any]

_VERSION = "2012-10-17"

# In place of a user or role that was deleted, AWS shows the id that it had. No policy with such an id can be written.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_DEAD = re.compile(r"A(?:IDA|ROA)[A-Z0-9]{12,}")
_ROOT = re.compile(r"arn:[a-z0-9-]+:iam::([0-9]{12}):root")


def read_policy(policy: str | None) -> dict[str, t.Any]:
    """A policy from its JSON text; None where there is none.

    :raises ValueError: for what is no policy.
    """
    if not policy:
        return {"Version": _VERSION, "Statement": []}
    document = json.loads(policy)
    if not isinstance(document, dict):
        raise ValueError("The policy is not an object.")
    statements_of(document)
    return document


def statements_of(policy: Policy) -> list[Statement]:
    """The statements of a policy. A single one may stand there by itself.

    :raises ValueError: for what is no policy.
    """
    found = policy.get("Statement", [])
    listed = [found] if isinstance(found, t.Mapping) else found
    if not isinstance(listed, list) or not all(isinstance(each, t.Mapping) for each in listed):
        raise ValueError("The policy has a Statement that is neither an object nor a list of objects.")
    return listed


def merge_policy(policy: Policy, statements: t.Iterable[Statement], remove: t.Iterable[str] = ()) -> Policy:
    """The policy with these statements in it, each in the place of the one with its id, or at the end.

    :param statements: each with a ``Sid`` of its own.
    :param remove: ids of statements that are to go, if they are there and not among the statements.
    :returns: the policy itself, unchanged, where it says all of that already.
    """
    wanted = {str(statement["Sid"]): statement for statement in statements}
    unwanted = set(remove) - set(wanted)
    found = statements_of(policy)
    merged = []
    left = dict(wanted)
    for statement in found:
        name = statement.get("Sid")
        if name in left:
            ours = left.pop(name)
            merged.append(statement if same_statement(statement, ours) else ours)
        elif name not in wanted and name not in unwanted:
            # The second of two with the id of ours is dropped: S3 takes no such policy, so somebody mistook it.
            merged.append(statement)
    merged += left.values()
    if len(merged) == len(found) and all(one is other for one, other in zip(merged, found)):
        return policy
    return {**policy, "Statement": merged}


def same_statement(one: Statement, other: Statement) -> bool:
    """Whether two statements mean the same, as amazon.aws compares them, and whatever case actions and keys are in."""
    return not compare_policies({"Statement": [_plain(one)]}, {"Statement": [_plain(other)]})


def same_policy(one: Policy, other: Policy) -> bool:
    """Whether two policies have the same statements, in any order and in any words."""
    return not compare_policies(_plain_policy(one), _plain_policy(other))


def size_of(policy: Policy) -> int:
    """How many bytes AWS counts for a policy: white space between its parts does not count."""
    return len(to_json(policy).encode())


def to_json(policy: Policy) -> str:
    """The text of a policy, as short as it can be."""
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)


def values_of(element: t.Any) -> list[str]:
    """The values of an element that is a single value or a list of them."""
    values = element if isinstance(element, list) else [] if element is None else [element]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def dead_principals(statement: Statement) -> list[str]:
    """The ids, in a statement, of users and roles that were deleted."""
    named = [statement.get("Principal"), statement.get("NotPrincipal")]
    values = [value for each in named if isinstance(each, t.Mapping) for value in values_of(each.get("AWS"))]
    return [value for value in values if _DEAD.fullmatch(value)]


def lets_anybody_in(statement: Statement) -> bool:
    """Whether a statement allows something to everybody, without any condition."""
    if statement.get("Effect") != "Allow" or statement.get("Condition"):
        return False
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, t.Mapping) and "*" in values_of(principal.get("AWS")))


def name_of(statement: Statement, number: int) -> str:
    """How to call a statement. The number counts from 1."""
    sid = statement.get("Sid")
    return f"statement '{sid}'" if sid else f"statement number {number}, which has no Sid,"


def _plain_policy(policy: Policy) -> dict[str, t.Any]:
    # Statements are sorted, because amazon.aws takes a list of one for something else than what is in it.
    plain = [_plain(statement) for statement in statements_of(policy)]
    return {**policy, "Statement": sorted(plain, key=lambda each: json.dumps(each, sort_keys=True))}


def _plain(statement: Statement) -> dict[str, t.Any]:
    """A statement with what AWS reads in any letter case in one: actions, and the keys of conditions.

    And with accounts by their ids: amazon.aws knows their ARNs in the partition aws only.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    plain = dict(statement)
    for name in ("Action", "NotAction"):
        if name in plain:
            plain[name] = sorted({action.lower() for action in values_of(plain[name])})
    for name in ("Principal", "NotPrincipal"):
        if isinstance(plain.get(name), t.Mapping) and "AWS" in plain[name]:
            accounts = [_ROOT.sub(r"\1", value) for value in values_of(plain[name]["AWS"])]
            plain[name] = {**plain[name], "AWS": accounts}
    condition = plain.get("Condition")
    if isinstance(condition, t.Mapping):
        plain["Condition"] = {
            operator: {str(key).lower(): value for key, value in keys.items()} if isinstance(keys, t.Mapping) else keys
            for operator, keys in condition.items()
        }
    return plain
