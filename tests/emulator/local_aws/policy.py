# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""May this principal do that under this resource-based policy? Pure evaluation of S3 bucket and KMS key policies.

What is decided here and where real IAM leaves room:

* An explicit Deny wins over any Allow, and without an Allow the answer is no: a service principal has no identity
  policy that could allow anything.
* ``"Principal": "*"`` and ``{"AWS": "*"}`` are documented as equivalent, so both match a service principal too.
* A condition key that the request does not carry makes a positive operator false and a negated one
  (``StringNotEquals``, ...) true, as in IAM. So ``aws:PrincipalOrgID``, which never accompanies a service principal,
  cannot allow it, while a Deny on ``StringNotEquals aws:PrincipalOrgID`` hits it.
* An operator that is not evaluated here (dates, IP addresses, binaries, typing errors) counts as not met in an Allow
  and as met in a Deny: the answer may be stricter than AWS's, never more generous.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

SERVICE_PRINCIPAL = "acm-pca.amazonaws.com"

#: Versions before this one know no policy variables.
VERSION_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True)
class Principal:
    """Who asks: a kind as policies write it (``Service`` or ``AWS``) and every name the asker goes by."""

    kind: str
    names: tuple[str, ...]


PRIVATE_CA = Principal("Service", (SERVICE_PRINCIPAL,))


@dataclass(frozen=True)
class Question:
    """One thing somebody wants to do. The context's keys are compared without regard to case, as in IAM."""

    action: str
    resource: str
    principal: Principal = PRIVATE_CA
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The answer, and what it is about."""

    allowed: bool
    action: str
    resource: str
    reason: str
    #: Whether a statement said no, and not only nobody yes.
    explicit_deny: bool = False

    def __bool__(self) -> bool:
        return self.allowed


def decide(policy: str | bytes | Mapping[str, Any] | None, question: Question) -> Decision:
    """Evaluate one policy document, raw or parsed, for one question."""

    def answer(allowed: bool, reason: str, explicit_deny: bool = False) -> Decision:
        return Decision(allowed, question.action, question.resource, reason, explicit_deny)

    document = parse(policy)
    if document is None:
        return answer(False, "there is no policy, or it is not a JSON object")
    asker = _Asker(question, variables=document.get("Version") == VERSION_WITH_VARIABLES)
    statements = statements_of(document)
    for statement in statements:
        if statement.get("Effect") == "Deny" and asker.is_meant_by(statement, unknown_operator=True):
            return answer(False, f"statement {_name_of(statement)} denies it", explicit_deny=True)
    for statement in statements:
        if statement.get("Effect") == "Allow" and asker.is_meant_by(statement, unknown_operator=False):
            return answer(True, f"statement {_name_of(statement)} allows it")
    return answer(False, "no statement allows it")


def first_refusal(policy: str | bytes | Mapping[str, Any] | None, questions: Iterable[Question]) -> Decision | None:
    """The first question the policy answers with no, or None when it allows them all."""
    document = parse(policy)
    return next((decision for decision in (decide(document, question) for question in questions) if not decision), None)


def parse(policy: str | bytes | Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A policy as a mapping; None for what is none."""
    if isinstance(policy, (str, bytes)):
        try:
            policy = json.loads(policy)
        except ValueError:
            return None
    return policy if isinstance(policy, Mapping) else None


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy; a single one need not be in a list."""
    return [statement for statement in _listed(document.get("Statement")) if isinstance(statement, Mapping)]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _name_of(statement: Mapping[str, Any]) -> str:
    return repr(statement["Sid"]) if statement.get("Sid") else "without a Sid"


def _text(value: Any) -> str:
    """JSON lets a policy write true and 123456789012 without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _glob(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    parts = [".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern]
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _is_like(value: str, pattern: str) -> bool:
    return _glob(pattern).fullmatch(value) is not None


def _is_like_arn(value: str, pattern: str) -> bool:
    """Each of an ARN's six parts is compared for itself, so a * does not reach over a colon of the first five."""
    values, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(values) == len(patterns) == 6 and all(map(_is_like, values, patterns))


def _compared_as_numbers(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare_texts(value: str, wanted: str) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return compare_texts


#: operator -> (how to compare the request's value with the policy's, whether the result is turned round)
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "stringequals": (lambda value, wanted: value == wanted, False),
    "stringnotequals": (lambda value, wanted: value == wanted, True),
    "stringequalsignorecase": (lambda value, wanted: value.lower() == wanted.lower(), False),
    "stringnotequalsignorecase": (lambda value, wanted: value.lower() == wanted.lower(), True),
    "stringlike": (_is_like, False),
    "stringnotlike": (_is_like, True),
    "arnequals": (_is_like_arn, False),
    "arnnotequals": (_is_like_arn, True),
    "arnlike": (_is_like_arn, False),
    "arnnotlike": (_is_like_arn, True),
    "bool": (lambda value, wanted: value.lower() == wanted.lower(), False),
    "numericequals": (_compared_as_numbers(lambda value, wanted: value == wanted), False),
    "numericnotequals": (_compared_as_numbers(lambda value, wanted: value == wanted), True),
    "numericlessthan": (_compared_as_numbers(lambda value, wanted: value < wanted), False),
    "numericlessthanequals": (_compared_as_numbers(lambda value, wanted: value <= wanted), False),
    "numericgreaterthan": (_compared_as_numbers(lambda value, wanted: value > wanted), False),
    "numericgreaterthanequals": (_compared_as_numbers(lambda value, wanted: value >= wanted), False),
}

_OPERATOR_PATTERN = re.compile(r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?")
_VARIABLE_PATTERN = re.compile(r"\$\{([^}]+)\}")


class _Asker:
    """A question put to the statements of one document, one after the other."""

    def __init__(self, question: Question, variables: bool) -> None:
        self._question = question
        self._variables = variables
        self._context = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in question.context.items()
        }

    def is_meant_by(self, statement: Mapping[str, Any], unknown_operator: bool) -> bool:
        """Whether the statement applies; ``unknown_operator`` is how a condition that nobody can read counts."""
        return (
            self._is_principal(statement)
            and self._matches(statement, "Action", self._is_action)
            and self._matches(statement, "Resource", self._is_resource)
            and self._meets(statement.get("Condition"), unknown_operator)
        )

    def _is_principal(self, statement: Mapping[str, Any]) -> bool:
        if "NotPrincipal" in statement:
            return not self._is_named(statement["NotPrincipal"])
        return self._is_named(statement.get("Principal"))

    def _is_named(self, principal: Any) -> bool:
        if principal == "*":
            return True
        if not isinstance(principal, Mapping):
            return False
        own_kind = _listed(principal.get(self._question.principal.kind))
        return "*" in _listed(principal.get("AWS")) or any(
            name == "*" or name in self._question.principal.names for name in own_kind
        )

    @staticmethod
    def _matches(statement: Mapping[str, Any], element: str, matches: Callable[[str], bool]) -> bool:
        """Action and NotAction, Resource and NotResource: exactly one of the two has to be there."""
        if element in statement:
            return any(matches(_text(value)) for value in _listed(statement[element]))
        inverse = f"Not{element}"
        return inverse in statement and not any(matches(_text(value)) for value in _listed(statement[inverse]))

    def _is_action(self, pattern: str) -> bool:
        return _glob(pattern, ignore_case=True).fullmatch(self._question.action) is not None

    def _is_resource(self, pattern: str) -> bool:
        wanted = self._with_variables(pattern)
        return wanted is not None and _is_like(self._question.resource, wanted)

    def _with_variables(self, text: str) -> str | None:
        """Fill in ``${aws:SourceAccount}`` and its like; None when the request does not carry the key."""
        if not self._variables or "${" not in text:
            return text
        names = {name.strip().lower() for name in _VARIABLE_PATTERN.findall(text)}
        if any(len(self._context.get(name, ())) != 1 for name in names):
            return None
        return _VARIABLE_PATTERN.sub(lambda match: self._context[match.group(1).strip().lower()][0], text)

    def _meets(self, condition: Any, unknown_operator: bool) -> bool:
        if condition is None:
            return True
        if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
            return unknown_operator
        return all(
            self._meets_one(operator, key, _listed(wanted), unknown_operator)
            for operator, keys in condition.items()
            for key, wanted in keys.items()
        )

    def _meets_one(self, operator: str, key: str, wanted: list[Any], unknown_operator: bool) -> bool:
        values = self._context.get(key.lower())
        texts = [_text(value) for value in wanted]
        if operator.lower() == "null":
            return any((text.lower() == "true") == (values is None) for text in texts)
        match = _OPERATOR_PATTERN.fullmatch(operator.lower())
        if match is None or match.group(2) not in _OPERATORS:
            return unknown_operator
        quantifier, name, if_exists = match.groups()
        compare, negated = _OPERATORS[name]
        if values is None:
            return bool(if_exists) or quantifier == "forallvalues" or (negated and quantifier is None)
        filled = [text for text in map(self._with_variables, texts) if text is not None]

        def is_met(value: str) -> bool:
            return any(compare(value, text) for text in filled) != negated

        return all(map(is_met, values)) if quantifier == "forallvalues" else any(map(is_met, values))
