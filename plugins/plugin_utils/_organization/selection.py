# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which accounts of an organization are wanted. Pure."""

from __future__ import annotations

import dataclasses
import fnmatch
import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.text import quoted

from .accounts import Organization, OrganizationAccount, is_unit_id

_TAG = "tag:"
_FIELDS = ("id", "name", "email")

# A condition of a filter: what it is about, and the patterns of which one has to match.
Filter = t.Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True)
class Selection:
    """What the options of the inventory select."""

    states: frozenset[str]
    units: tuple[str, ...] = ()
    excluded_units: tuple[str, ...] = ()
    include: tuple[Filter, ...] = ()
    exclude: tuple[Filter, ...] = ()

    @property
    def needs_units(self) -> bool:
        """Whether it takes the organizational units of accounts to select them."""
        return bool(self.units or self.excluded_units)

    @property
    def needs_unit_names(self) -> bool:
        """Whether it takes their names, since they are not given by their IDs."""
        return any(not is_unit_id(unit) and unit for unit in (*self.units, *self.excluded_units))

    @property
    def needs_tags(self) -> bool:
        """Whether it takes the tags of accounts to select them."""
        return any(name.startswith(_TAG) for each in (*self.include, *self.exclude) for name in each)


def read_filters(option: str, given: t.Sequence[t.Mapping[t.Any, t.Any]]) -> tuple[Filter, ...]:
    """The option ``include_filters`` or ``exclude_filters``, checked.

    :raises InvalidOption: for the first condition that cannot be used.
    """
    return tuple(_read_filter(f"{option}[{number}]", each) for number, each in enumerate(given))


def _read_filter(place: str, given: t.Mapping[t.Any, t.Any]) -> Filter:
    if not isinstance(given, t.Mapping) or not given:
        raise InvalidOption(f"{place}: give at least one condition, such as name or tag:team.")
    conditions: dict[str, tuple[str, ...]] = {}
    for name, value in given.items():
        if name not in _FIELDS and not (isinstance(name, str) and len(name) > len(_TAG) and name.startswith(_TAG)):
            raise InvalidOption(
                f"{place}: {quoted(str(name))} is not a condition; accepted: {', '.join(_FIELDS)}, and tag: with the "
                "key of a tag behind it."
            )
        patterns = value if isinstance(value, list) else [value]
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            raise InvalidOption(
                f"{place}.{name}: {quoted(str(value))} is not accepted; accepted: a pattern or a list of patterns, in "
                "quotes if they look like numbers."
            )
        conditions[name] = tuple(patterns)
    return conditions


def in_question(organization: Organization, selection: Selection) -> tuple[OrganizationAccount, ...]:
    """The accounts that everything but filters selects: those whose tags may be needed."""
    chosen = []
    for account in organization.accounts:
        if account.state not in selection.states:
            continue
        if selection.needs_units:
            names = _names_of_units(organization, account)
            if selection.units and not names.intersection(selection.units):
                continue
            if names.intersection(selection.excluded_units):
                continue
        chosen.append(account)
    return tuple(chosen)


def filtered(accounts: t.Iterable[OrganizationAccount], selection: Selection) -> tuple[OrganizationAccount, ...]:
    """Those of the accounts that the filters select: any of the included ones, and none of the excluded ones."""
    return tuple(
        account
        for account in accounts
        if (not selection.include or any(_matches(account, each) for each in selection.include))
        and not any(_matches(account, each) for each in selection.exclude)
    )


def units_without_accounts(organization: Organization, selection: Selection) -> list[str]:
    """What is given as an organizational unit, and is one of no account whatever its state."""
    known: set[str] = set()
    for account in organization.accounts:
        known |= _names_of_units(organization, account)
    return [unit for unit in (*selection.units, *selection.excluded_units) if unit not in known]


def read_units(given: t.Iterable[str]) -> tuple[str, ...]:
    """Organizational units as people write them: with slashes around them or not."""
    return tuple(unit.strip("/") for unit in given)


def _names_of_units(organization: Organization, account: OrganizationAccount) -> set[str]:
    """All that the units above an account can be called: IDs, and paths of names. The root's path is empty."""
    units = account.units or ()
    names = [organization.unit_names.get(unit, unit) for unit in units[1:]]
    return {*units, *("/".join(names[:length]) for length in range(len(names) + 1))}


def _matches(account: OrganizationAccount, conditions: Filter) -> bool:
    return all(
        value is not None and any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)
        for value, patterns in ((value_of(account, name), patterns) for name, patterns in conditions.items())
    )


def value_of(account: OrganizationAccount, name: str) -> str | None:
    """What a condition, or an entry of hostnames, is about."""
    if name.startswith(_TAG):
        return (account.tags or {}).get(name[len(_TAG) :])
    return str(getattr(account, name))


def is_value_name(name: str) -> bool:
    """Whether there is such a thing as :func:`value_of` returns."""
    return name in _FIELDS or (name.startswith(_TAG) and len(name) > len(_TAG))
