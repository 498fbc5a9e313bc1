# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of an inventory, and their variables. Pure."""

from __future__ import annotations

import collections
import dataclasses
import re
import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.options import check_range
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.text import quoted
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data, as_own_text, without_templates

from .accounts import Organization, OrganizationAccount
from .selection import is_value_name, value_of

# Names that mean something else to Ansible.
_RESERVED = frozenset({"all", "ungrouped", "localhost", "aws_organization"})
# Keys by which Ansible marks values in JSON, such as __ansible_vault.
_FOREIGN = "__ansible_"
_MOST_SHARDS = 1000


@dataclasses.dataclass(frozen=True)
class Appearance:
    """How accounts become hosts."""

    hostnames: tuple[str, ...] = ("id",)
    prefix: str = "aws_account_"
    role_name: str | None = None
    regions: tuple[str, ...] = ()
    shards: int | None = None


@dataclasses.dataclass(frozen=True)
class InventoryHost:
    """A host, with variables that no version of ansible-core takes for templates."""

    name: str
    variables: t.Mapping[str, t.Any]


def check_appearance(appearance: Appearance) -> None:
    """Refuse what makes no hosts or no variables.

    :raises InvalidOption: for the first such option.
    """
    for number, name in enumerate(appearance.hostnames):
        if not is_value_name(name):
            raise InvalidOption(
                f"hostnames[{number}]: {quoted(name)} is not accepted; accepted: id, name, email, and tag: with the "
                "key of a tag behind it."
            )
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", appearance.prefix, re.ASCII):
        raise InvalidOption(
            f"hostvars_prefix: {quoted(appearance.prefix)} is not accepted; accepted: letters, digits and underscores, "
            "not beginning with a digit."
        )
    if appearance.shards is not None:
        check_range("shards", appearance.shards, 1, _MOST_SHARDS)


def hosts_of(
    organization: Organization, accounts: t.Iterable[OrganizationAccount], appearance: Appearance
) -> list[InventoryHost]:
    """A host for each account; or as many as there are shards, with about the same number of accounts each.

    There are no shards without accounts, because the role takes an empty list for the account of its credentials.
    """
    ordered = sorted(accounts, key=lambda account: account.id)
    if appearance.shards is None:
        names = _host_names(ordered, appearance.hostnames)
        return [
            InventoryHost(
                names[account.id], {**_described(organization, account, appearance), **_audited([account], appearance)}
            )
            for account in ordered
        ]
    count = min(appearance.shards, len(ordered))
    digits = len(str(count))
    return [
        InventoryHost(f"shard_{number + 1:0{digits}}", _audited(ordered[number::count], appearance))
        for number in range(count)
    ]


def _audited(accounts: t.Iterable[OrganizationAccount], appearance: Appearance) -> dict[str, t.Any]:
    """The variables of the role audit_reports."""
    listed = []
    for account in accounts:
        # Playbooks pass the list through JSON, which before ansible-core 2.19 takes the marks of distrust away.
        entry = {"account_id": as_own_text(account.id), "name": as_data(without_templates(account.name))}
        if appearance.role_name is not None:
            role = f"arn:{account.partition}:iam::{account.id}:role/{appearance.role_name}"
            entry["role_arn"] = as_own_text(role)
        listed.append(entry)
    variables: dict[str, t.Any] = {"audit_reports_accounts": listed}
    if appearance.regions:
        variables["audit_reports_regions"] = [as_own_text(region) for region in appearance.regions]
    return variables


def _described(organization: Organization, account: OrganizationAccount, appearance: Appearance) -> dict[str, t.Any]:
    state = as_own_text(account.state) if re.fullmatch(r"[A-Z_]+", account.state) else as_data(account.state)
    values = {
        "id": as_own_text(account.id),
        "name": as_data(account.name),
        "email": as_data(account.email),
        "state": state,
        # Checked when it was read.
        "arn": as_own_text(account.arn),
        "organizational_unit_path": as_data(organization.unit_path(account)),
        "joined_at": as_data(account.joined_at),
    }
    if account.tags is not None:
        values["tags"] = as_data({key: value for key, value in account.tags.items() if not key.startswith(_FOREIGN)})
    return {f"{appearance.prefix}{name}": value for name, value in values.items()}


def _host_names(accounts: t.Sequence[OrganizationAccount], preferences: t.Sequence[str]) -> dict[str, str]:
    """By ID: what the first preference makes that is a name of one account only, or else the ID."""
    names: dict[str, str] = {}
    for preference in preferences:
        others = [account for account in accounts if account.id not in names]
        made = {account.id: _host_name(account, value_of(account, preference)) for account in others}
        uses = collections.Counter([*made.values(), *names.values()])
        names.update({key: name for key, name in made.items() if name and uses[name] == 1})
    return {account.id: names.get(account.id, account.id) for account in accounts}


def _host_name(account: OrganizationAccount, value: str | None) -> str | None:
    """A text as the name of a host: without what patterns, ranges and files are made of."""
    name = re.sub(r"[^\w.@-]+", "_", value or "", flags=re.ASCII).lstrip("@_.-").rstrip("_.-")
    # Digits alone may be the ID of another account.
    usable = name and name.lower() not in _RESERVED and (not name.isdigit() or name == account.id)
    return name if usable else None
