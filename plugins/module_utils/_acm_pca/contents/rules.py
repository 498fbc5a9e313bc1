# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Rules: which certificates somebody has to look at, of which CAs, and how pressing that is. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..._aws.errors import InvalidOption
from ..._aws.text import clean, quoted
from ..arns import ACCEPTED, CertificateAuthorityArn, parse_certificate_authority_arn
from .condition_options import CONDITION_SPEC, read_conditions
from .conditions import Conditions

SEVERITIES = ("critical", "warning", "notice")

RULE_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "severity": {"type": "str", "choices": list(SEVERITIES), "default": "warning"},
    "certificate_authority_arns": {"type": "list", "elements": "str"},
    "account_ids": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
    **CONDITION_SPEC,
}

_SCOPE = ("certificate_authority_arns", "account_ids", "tags")
_ACCOUNT = re.compile(r"[0-9]{12}")
_LONGEST_NAME = 100
_MOST_RULES = 100


@dataclasses.dataclass(frozen=True)
class Rule:
    """Certificates that fulfill the conditions are findings of it. ``place``: among the rules.

    It holds for CAs that fulfill all of the scope that is not None. A tag whose value is None may have any value.
    """

    name: str
    place: int
    conditions: Conditions
    severity: str = "warning"
    arns: frozenset[str] | None = None
    account_ids: frozenset[str] | None = None
    tags: t.Mapping[str, str | None] | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """Where its findings stand: the most severe first."""
        return (SEVERITIES.index(self.severity), self.place)

    def holds_for(self, arn: CertificateAuthorityArn | None) -> bool:
        """Whether it is about a CA, as far as its ARN says."""
        if arn is None:
            return self.arns is None and self.account_ids is None and self.tags is None
        return (self.arns is None or arn.text in self.arns) and (
            self.account_ids is None or arn.account_id in self.account_ids
        )

    def admits_tags(self, tags: t.Mapping[str, str] | None) -> bool:
        """Whether it is about CAs with these tags, which are None if they are not known."""
        if self.tags is None:
            return True
        return tags is not None and all(key in tags and value in (None, tags[key]) for key, value in self.tags.items())


def read_rules(given: t.Sequence[t.Any] | None, *, with_scope: bool) -> tuple[Rule, ...]:
    """Check the rules.

    :param with_scope: whether it is known which CA a report is of.
    :raises InvalidOption: for the first thing that cannot be used, with the name of the rule.
    """
    rules: dict[str, Rule] = {}
    if given is not None and len(given) > _MOST_RULES:
        raise InvalidOption(f"rules: {len(given)} rules are given; accepted: at most {_MOST_RULES}.")
    for place, each in enumerate(given or ()):
        rule = _read_rule(each, place)
        if rule.name in rules:
            raise InvalidOption(
                f"rules: the name {quoted(rule.name)} is given twice; give each rule a name of its own."
            )
        if not with_scope and not rule.holds_for(None):
            raise InvalidOption(
                f"rules: {quoted(rule.name)}: with s3_key it is not known which certificate authority a report is of; "
                f"leave {', '.join(_SCOPE[:-1])} and {_SCOPE[-1]} out, or select certificate authorities instead."
            )
        rules[rule.name] = rule
    return tuple(rules.values())


def _read_rule(given: t.Any, place: int) -> Rule:
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or not name.strip():
        shown = "nothing" if name is None else quoted(str(name))
        raise InvalidOption(
            f"rules[{place}].name: {shown} is no name; give each rule a name of 1 to {_LONGEST_NAME} printable "
            "characters."
        )
    about = f"rules: {quoted(name)}: "
    # Ansible's own check of options in options does not say in which rule something is wrong.
    checked = ArgumentSpecValidator(RULE_SPEC).validate(given)
    if checked.unsupported_parameters:
        unknown = min(str(key) for key in checked.unsupported_parameters)
        raise InvalidOption(f"{about}there is no condition {quoted(unknown)}; there are {', '.join(CONDITION_SPEC)}.")
    if checked.error_messages:
        raise InvalidOption(f"{about}{clean(checked.error_messages[0]).rstrip('.')}.")
    params = checked.validated_parameters
    conditions = read_conditions(params, about)
    if conditions == Conditions():
        raise InvalidOption(f"{about}no condition is given; give at least one, such as expiring_within.")
    return Rule(
        name,
        place,
        conditions,
        params["severity"],
        _read_scope(about + "certificate_authority_arns", params["certificate_authority_arns"], _check_arn),
        _read_scope(about + "account_ids", params["account_ids"], _check_account),
        _read_tags(about + "tags", params["tags"]),
    )


def _read_scope(name: str, given: t.Sequence[str] | None, check: t.Callable[[str, str], None]) -> frozenset[str] | None:
    if given is None:
        return None
    if not given:
        raise InvalidOption(f"{name}: the list is empty; leave the option out if the rule is for all.")
    for each in given:
        check(name, each)
    return frozenset(given)


def _check_arn(name: str, text: str) -> None:
    try:
        parse_certificate_authority_arn(text)
    except ValueError as e:
        raise InvalidOption(f"{name}: {quoted(text)} {e}; accepted: {ACCEPTED}.") from e


def _check_account(name: str, text: str) -> None:
    if not _ACCOUNT.fullmatch(text):
        raise InvalidOption(f"{name}: {quoted(text)} is not an account ID; give 12 digits in quotes.")


def _read_tags(name: str, given: t.Mapping[t.Any, t.Any] | None) -> dict[str, str | None] | None:
    if given is None:
        return None
    if not given:
        raise InvalidOption(f"{name}: no tag is given; leave the option out if the rule is for all.")
    for key, value in given.items():
        for each in (key, value):
            # Of what YAML makes a boolean or a number, nobody knows how the tag is written.
            if each is not None and not isinstance(each, str):
                raise InvalidOption(f"{name}: {quoted(str(each))} is not a text; put it in quotes as the tag has it.")
    return dict(given)
