# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource policies: merging statements into what is there, by their ids, and leaving the rest alone. Pure.

Runs on the controller. The statements of others are kept as they are, in their order. One of ours that says the same in
other words (another order, other letter case where AWS ignores it) is kept as well, so that nothing is written for it.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

Statement = t.Mapping[str, t.Any]

_VERSION = "2012-10-17"


def read_policy(policy: t.Any) -> dict[str, t.Any]:
    """A policy as modules return it: an object, JSON text, or nothing at all (None or an empty text).

    :raises ValueError: a sentence that says what is wrong with it.
    """
    if policy is None or policy == "" or policy == {}:
        return {"Version": _VERSION, "Statement": []}
    if isinstance(policy, (str, bytes)):
        try:
            policy = json.loads(policy)
        except ValueError as e:
            raise ValueError(f"The policy is not JSON ({e}).") from e
    if not isinstance(policy, dict):
        raise ValueError(f"The policy is {_kind(policy)}; it must be an object, or JSON text of one.")
    _statements(policy)
    return policy


def merge_policy(policy: t.Any, statements: t.Iterable[Statement], remove: t.Iterable[str] = ()) -> dict[str, t.Any]:
    """The policy with these statements in it, each in the place of the one with its id, or at the end.

    :param policy: see ``read_policy``.
    :param statements: each with a ``Sid`` of its own.
    :param remove: ids of statements that are to go, if they are there.
    :returns: the policy itself, unchanged, where it says all of that already.
    :raises ValueError: a sentence that says what is wrong with what was given.
    """
    current = read_policy(policy)
    wanted = _by_id(statements)
    unwanted = set(remove)
    clash = unwanted & set(wanted)
    if clash:
        raise ValueError(f"The statement {sorted(clash)[0]!r} cannot be both merged and removed.")
    found = _statements(current)
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
        return current
    return {**current, "Statement": merged}


def same_statement(one: Statement, other: Statement) -> bool:
    """Whether two statements mean the same, as amazon.aws compares them, and whatever case actions and keys are in."""
    return not compare_policies({"Statement": [_plain(one)]}, {"Statement": [_plain(other)]})


def size_of(policy: t.Mapping[str, t.Any]) -> int:
    """How many bytes S3 counts for a policy."""
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False).encode())


def _by_id(statements: t.Iterable[Statement]) -> dict[str, Statement]:
    by_id: dict[str, Statement] = {}
    for statement in statements:
        if not isinstance(statement, t.Mapping):
            raise ValueError(f"A statement to merge is {_kind(statement)}; it must be an object.")
        name = statement.get("Sid")
        if not isinstance(name, str) or not name:
            raise ValueError("A statement to merge has no Sid, which is how it is found again.")
        if name in by_id:
            raise ValueError(f"Two statements to merge have the Sid {name!r}.")
        by_id[name] = statement
    return by_id


def _statements(policy: t.Mapping[str, t.Any]) -> list[Statement]:
    """The statements of a policy. A single one may stand there by itself."""
    found = policy.get("Statement", [])
    listed = [found] if isinstance(found, t.Mapping) else found
    if not isinstance(listed, list) or not all(isinstance(each, t.Mapping) for each in listed):
        raise ValueError("The policy has a Statement that is neither an object nor a list of objects.")
    return listed


def _plain(statement: Statement) -> dict[str, t.Any]:
    """A statement with what AWS reads in any letter case in one: actions, and the keys of conditions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    plain = dict(statement)
    for name in ("Action", "NotAction"):
        if name in plain:
            actions = plain[name] if isinstance(plain[name], list) else [plain[name]]
            plain[name] = sorted({str(action).lower() for action in actions})
    condition = plain.get("Condition")
    if isinstance(condition, t.Mapping):
        plain["Condition"] = {
            operator: {str(key).lower(): value for key, value in keys.items()} if isinstance(keys, t.Mapping) else keys
            for operator, keys in condition.items()
        }
    return plain


def _kind(value: t.Any) -> str:
    """What something is, for people."""
    names = {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "nothing that can be read" if value is not None else "nothing")
