# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an organization from AWS Organizations: one request at a time, since it refuses parallel ones."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, aws_errors, is_denied

from .accounts import Organization, OrganizationAccount, read_account

# TooManyRequestsException, by which AWS Organizations limits requests, is one that botocore waits for.
CLIENT_CONFIG: dict[str, dict[str, t.Any]] = {"retries": {"mode": "adaptive", "max_attempts": 12}}

Denied = t.Callable[[AWSError], None]


class OrganizationReader:
    """Reads an organization with a client of boto3.

    :param denied: is told what there is no permission for, where reading goes on without it. It raises if it must not.
    """

    def __init__(self, client: t.Any, denied: Denied) -> None:
        self._client = client
        self._denied = denied

    def organization(self) -> Organization:
        """All accounts with the units that they are in, without tags.

        :raises AWSError: if they cannot be read.
        """
        accounts = self._list_accounts(only_with_units=True)
        if accounts is not None:
            return Organization(accounts, self._unit_names(accounts))
        # Only a walk through the tree tells where accounts are: by units, since requests by accounts are too many.
        try:
            return self._walk()
        except AWSError as e:
            if not is_denied(e):
                raise
            self._denied(e)
        return Organization(self._list_accounts(only_with_units=False) or ())

    def with_tags(self, accounts: t.Iterable[OrganizationAccount]) -> dict[str, OrganizationAccount]:
        """The accounts with their tags, by ID; without those that cannot be read.

        :raises AWSError: if they cannot be read for another reason than missing permission.
        """
        tagged: dict[str, OrganizationAccount] = {}
        try:
            for account in accounts:
                tagged[account.id] = dataclasses.replace(account, tags=self._tags(account.id))
        except AWSError as e:
            if not is_denied(e):
                raise
            # Asking for thousands of others would take minutes, for the same answer.
            self._denied(e)
        return tagged

    def _unit_names(self, accounts: t.Iterable[OrganizationAccount]) -> dict[str, str]:
        names: dict[str, str] = {}
        try:
            for unit in sorted({unit for account in accounts for unit in (account.units or ())[1:]}):
                names[unit] = self._unit_name(unit)
        except AWSError as e:
            if not is_denied(e):
                raise
            self._denied(e)
        return names

    def _walk(self) -> Organization:
        accounts: list[OrganizationAccount] = []
        names: dict[str, str] = {}
        ways: list[tuple[str, ...]] = [(root["Id"],) for root in self._list_roots()]
        for way in ways:
            accounts += [read_account(each, way) for each in self._list_accounts_for_parent(way[-1])]
            for unit in self._list_organizational_units_for_parent(way[-1]):
                names[unit["Id"]] = unit["Name"]
                ways.append((*way, unit["Id"]))
        return Organization(tuple(accounts), names)

    @aws_errors("list the accounts of the organization")
    def _list_accounts(self, *, only_with_units: bool) -> tuple[OrganizationAccount, ...] | None:
        """None as soon as an account comes without its units, if only those with units are of use."""
        accounts: list[OrganizationAccount] = []
        for page in self._client.get_paginator("list_accounts").paginate():
            accounts += [read_account(each) for each in page["Accounts"]]
            if only_with_units and any(account.units is None for account in accounts):
                return None
        return tuple(accounts)

    @aws_errors("list the root of the organization")
    def _list_roots(self) -> list[dict[str, t.Any]]:
        return self._all("list_roots", "Roots")

    @aws_errors("list the accounts of an organizational unit")
    def _list_accounts_for_parent(self, parent: str) -> list[dict[str, t.Any]]:
        return self._all("list_accounts_for_parent", "Accounts", ParentId=parent)

    @aws_errors("list organizational units")
    def _list_organizational_units_for_parent(self, parent: str) -> list[dict[str, t.Any]]:
        return self._all("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)

    @aws_errors("read the name of an organizational unit")
    def _unit_name(self, unit: str) -> str:
        answer = self._client.describe_organizational_unit(OrganizationalUnitId=unit)
        return str(answer["OrganizationalUnit"]["Name"])

    @aws_errors("list the tags of an account")
    def _tags(self, account_id: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._all("list_tags_for_resource", "Tags", ResourceId=account_id)}

    def _all(self, operation: str, key: str, **parameters: str) -> list[dict[str, t.Any]]:
        return [each for page in self._client.get_paginator(operation).paginate(**parameters) for each in page[key]]
