# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organization as it was read: its accounts, and the names of its organizational units. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.times import to_text

_UNIT_ID = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_ROOT_ID = re.compile(r"r-[0-9a-z]{4,32}")
_TEXTS = ("id", "name", "email", "state", "arn", "joined_at")


@dataclasses.dataclass(frozen=True)
class OrganizationAccount:
    """An account as AWS Organizations describes it. All of it is text from outside.

    ``units`` are the IDs of the root and of the organizational units that it is in, from the top; None if not known.
    ``tags`` is None as long as nobody asked for them.
    """

    id: str
    name: str
    email: str
    state: str
    arn: str
    joined_at: str
    units: tuple[str, ...] | None = None
    tags: t.Mapping[str, str] | None = None

    @property
    def partition(self) -> str:
        """The partition of AWS that it is in."""
        return self.arn.split(":")[1]


@dataclasses.dataclass(frozen=True)
class Organization:
    """What was read. ``unit_names`` are by ID; a unit whose name was not read is called by its ID."""

    accounts: tuple[OrganizationAccount, ...]
    unit_names: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def unit_path(self, account: OrganizationAccount) -> str | None:
        """The names of the units that the account is in, such as ``Production/Payments``; empty in the root."""
        if account.units is None:
            return None
        return "/".join(self.unit_names.get(unit, unit) for unit in account.units[1:])


def read_account(answer: t.Mapping[str, t.Any], units: tuple[str, ...] | None = None) -> OrganizationAccount:
    """An account of an answer of AWS Organizations.

    :param units: where it is, if that is known; otherwise the answer may say it.
    :raises ValueError: if this is no account.
    """
    joined_at = answer.get("JoinedTimestamp")
    account = OrganizationAccount(
        id=answer["Id"],
        name=answer.get("Name") or "",
        email=answer.get("Email") or "",
        # Status was to be retired in 2026, and older versions of botocore do not know State.
        state=answer.get("State") or answer.get("Status") or "",
        arn=answer["Arn"],
        joined_at=to_text(joined_at) if joined_at else "",
        units=units or _units_of_paths(answer.get("Paths") or []),
    )
    _check(account)
    return account


def is_unit_id(text: str) -> bool:
    """Whether a text is the ID of an organizational unit, or of the root."""
    return bool(_UNIT_ID.fullmatch(text) or _ROOT_ID.fullmatch(text))


def _units_of_paths(paths: t.Sequence[str]) -> tuple[str, ...] | None:
    """The root and the units of ``o-.../r-.../ou-.../111122223333/``."""
    for path in paths:
        steps = path.split("/")
        if any(_ROOT_ID.fullmatch(step) for step in steps):
            return tuple(step for step in steps if is_unit_id(step))
    return None


def to_stored(organization: Organization) -> dict[str, t.Any]:
    """As the cache of the inventory has it: nothing but what JSON knows."""
    # Keys of tags may be such by which Ansible marks values in JSON.
    accounts = [
        {**dataclasses.asdict(account), "tags": None if account.tags is None else [*map(list, account.tags.items())]}
        for account in organization.accounts
    ]
    return {"accounts": accounts, "unit_names": dict(organization.unit_names)}


def from_stored(stored: t.Any) -> Organization:
    """The reverse of :func:`to_stored`.

    :raises ValueError: if somebody else, or another version of this collection, has written it.
    """
    try:
        accounts = tuple(_stored_account(each) for each in stored["accounts"])
        unit_names = _texts(stored["unit_names"])
    except (AttributeError, KeyError, TypeError) as e:
        raise ValueError("it has another form") from e
    return Organization(accounts, unit_names)


def _stored_account(stored: t.Mapping[str, t.Any]) -> OrganizationAccount:
    units, tags = stored["units"], stored["tags"]
    account = OrganizationAccount(
        **{name: stored[name] for name in _TEXTS},
        units=None if units is None else tuple(units),
        tags=None if tags is None else _texts(dict(tags)),
    )
    _check(account)
    return account


def _texts(given: t.Mapping[str, str]) -> dict[str, str]:
    texts = dict(given.items())
    if not all(isinstance(text, str) for pair in texts.items() for text in pair):
        raise ValueError("it has another form")
    return texts


def _check(account: OrganizationAccount) -> None:
    texts = [getattr(account, name) for name in _TEXTS] + list(account.units or ())
    if not all(isinstance(text, str) for text in texts) or not re.fullmatch(r"[0-9]{12}", account.id):
        raise ValueError("it is not an account")
    if not re.fullmatch(rf"arn:[a-z-]+:organizations::[0-9]{{12}}:account/o-[a-z0-9]+/{account.id}", account.arn):
        raise ValueError("it has no ARN of an account")
