# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements of others that deny AWS Private CA what it needs. Pure.

Not everything about a request of the service is known, so there are three answers: denied, perhaps denied, not denied.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .policies import Policy, Statement, name_of, statements_of, values_of

NO, PERHAPS, YES = 0, 1, 2

# What requests of a service never carry: it has no organization, no account, no tags and no network of its own.
_ABSENT = re.compile(
    r"aws:(principalorgid|principalorgpaths|principalaccount|principalarn|principaltag/.+|userid|username|sourcevpce?"
    r"|sourcevpcarn|vpcsourceip|sourceip|multifactorauth\w*|tokenissuetime|calledvia\w*|federatedprovider"
    r"|principaltype|ec2instancesourcevpc)"
)
_KNOWN = {"aws:securetransport": "true", "aws:principalisawsservice": "true", "aws:viaawsservice": "false"}

_OPERATOR = re.compile(r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?")


@dataclasses.dataclass(frozen=True)
class ServiceRequest:
    """What the service asks for: ``resources`` by action, and what is known about on whose behalf.

    ``sources`` are ARNs of CAs, made up where only the account is known; then ``any_source`` is true.
    """

    service_principals: tuple[str, ...]
    resources: t.Mapping[str, tuple[str, ...]]
    account_ids: tuple[str, ...]
    sources: tuple[str, ...]
    any_source: bool
    organization_id: str


@dataclasses.dataclass(frozen=True)
class Denial:
    """A statement that denies the service something, or perhaps does."""

    statement: str
    actions: tuple[str, ...]
    is_certain: bool


def denials(policy: Policy, request: ServiceRequest, ours: t.Collection[str]) -> list[Denial]:
    """The statements of others that deny the service what it asks for.

    :param ours: the ids of statements that are not of others.
    """
    found = []
    for number, statement in enumerate(statements_of(policy), 1):
        if statement.get("Effect") != "Deny" or statement.get("Sid") in ours:
            continue
        if not _means(statement, request.service_principals):
            continue
        reached = {
            action: max(_has_resource(statement, resource) for resource in resources)
            for action, resources in request.resources.items()
            if _has_action(statement, action)
        }
        worst = max(reached.values(), default=NO)
        if worst != NO:
            answer = min(worst, _holds(statement.get("Condition"), request))
            hit = tuple(action for action, covered in reached.items() if covered == worst)
            if answer != NO:
                found.append(Denial(name_of(statement, number), hit, answer == YES))
    return found


def _means(statement: Statement, service_principals: t.Sequence[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], service_principals)
    return _names(statement.get("Principal"), service_principals)


def _names(principal: t.Any, service_principals: t.Sequence[str]) -> bool:
    if not isinstance(principal, t.Mapping):
        return bool(principal == "*")
    services = values_of(principal.get("Service"))
    return "*" in values_of(principal.get("AWS")) or any(name in services for name in ("*", *service_principals))


def _has_action(statement: Statement, action: str) -> bool:
    if "NotAction" in statement:
        return not any(_is_like(action.lower(), each.lower()) for each in values_of(statement["NotAction"]))
    return any(_is_like(action.lower(), each.lower()) for each in values_of(statement.get("Action")))


def _has_resource(statement: Statement, resource: str) -> int:
    """The resource may be a pattern itself, of which a policy can name a part."""
    if "NotResource" in statement:
        found = max((_covers(each, resource) for each in values_of(statement["NotResource"])), default=NO)
        return YES - found
    return max((_covers(each, resource) for each in values_of(statement.get("Resource"))), default=NO)


def _covers(pattern: str, resource: str) -> int:
    if "${" in pattern:
        return PERHAPS
    if _is_like(resource, pattern):
        return YES
    literal = resource.split("*", 1)[0]
    return PERHAPS if literal != resource and pattern.startswith(literal) else NO


def _holds(condition: t.Any, request: ServiceRequest) -> int:
    if condition is None:
        return YES
    if not isinstance(condition, t.Mapping) or not all(isinstance(keys, t.Mapping) for keys in condition.values()):
        return PERHAPS
    return min(
        (
            _one_holds(str(operator).lower(), str(key).lower(), values_of(wanted), request)
            for operator, keys in condition.items()
            for key, wanted in keys.items()
        ),
        default=YES,
    )


def _one_holds(operator: str, key: str, wanted: list[str], request: ServiceRequest) -> int:
    match = _OPERATOR.fullmatch(operator)
    if not match:
        return PERHAPS
    quantifier, name, if_exists = match.groups()
    is_absent = _ABSENT.fullmatch(key) is not None
    values = _values(key, request)
    if name == "null":
        return PERHAPS if not is_absent and not values else _answer(("true" in wanted) == is_absent)
    if is_absent:
        return _answer(bool(if_exists) or quantifier == "forallvalues" or ("not" in name and not quantifier))
    if key == "s3:tlsversion" and name == "numericlessthan":
        # AWS itself uses nothing older.
        return NO if all(each in ("1.0", "1.1", "1.2") for each in wanted) else PERHAPS
    if not values or any("${" in each for each in wanted):
        return PERHAPS
    compare = _COMPARISONS.get(name.replace("not", ""))
    if compare is None:
        return PERHAPS
    hit = any(any(compare(value, each) for each in wanted) != ("not" in name) for value in values)
    if key == "aws:sourcearn" and request.any_source:
        # Of CAs that are not known, only some may be hit.
        is_about_authorities = "not" not in name and any(":acm-pca:" in each for each in wanted)
        return PERHAPS if hit or is_about_authorities else NO
    return _answer(hit)


def _values(key: str, request: ServiceRequest) -> t.Sequence[str]:
    """What requests carry under a key, one after the other; nothing if it is not known."""
    if key in _KNOWN:
        return (_KNOWN[key],)
    if key == "aws:sourceaccount":
        return request.account_ids
    if key == "aws:sourcearn":
        return request.sources
    if key == "aws:sourceorgid":
        return (request.organization_id,) if request.organization_id else ()
    if key in ("aws:principalservicename", "aws:principalservicenameslist"):
        return request.service_principals
    return ()


def _answer(holds: bool) -> int:
    return YES if holds else NO


def _is_like(value: str, pattern: str) -> bool:
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


_COMPARISONS: dict[str, t.Callable[[str, str], bool]] = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": _is_like,
    "arnequals": _is_like,
    "arnlike": _is_like,
    "bool": lambda value, wanted: value == wanted.lower(),
}
