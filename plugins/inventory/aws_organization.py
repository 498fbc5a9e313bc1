# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aws_organization
short_description: Use the accounts of an AWS Organization as hosts
version_added: 0.9.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Reads the accounts of an AWS Organization, and creates a host for each of them, or a number of hosts that share the accounts.
  - Each host has the variable C(audit_reports_accounts), which is the list of accounts of the role P(cloudpki.aws.audit_reports#role).
  - The file must have a name that ends with C(aws_organization.yml) or C(aws_organization.yaml).
  - All hosts are in the group C(aws_organization).
requirements:
  - boto3 >= 1.35.69
  - botocore >= 1.35.69
extends_documentation_fragment:
  - inventory_cache
  - constructed
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices:
      - cloudpki.aws.aws_organization
  organizational_units:
    description:
      - The organizational units whose accounts to include, with the accounts of all units below them. If empty, all accounts are included.
      - A unit is given by its ID, or by the path of its name, such as V(Production/Payments). The ID of the root, or V(/), stands for all accounts.
      - A unit without accounts causes a warning.
    type: list
    elements: str
    default: []
  exclude_organizational_units:
    description:
      - The organizational units whose accounts to exclude, with the accounts of all units below them, in the same format.
      - Takes precedence over O(organizational_units).
    type: list
    elements: str
    default: []
  account_states:
    description:
      - The states of the accounts to include.
      - Only accounts in the state V(ACTIVE) can be entered. Other accounts stay in the organization for up to 90 days.
    type: list
    elements: str
    choices:
      - PENDING_ACTIVATION
      - ACTIVE
      - SUSPENDED
      - PENDING_CLOSURE
      - CLOSED
    default:
      - ACTIVE
  include_filters:
    description:
      - A list of filters. Accounts that match at least one of them are included. If empty, all accounts are included.
      - A filter is a dictionary of conditions, all of which must be met. The keys are V(id), V(name), V(email), and V(tag:) followed by the key of a tag. The
        values are shell-style patterns, or lists of such patterns.
      - Filters by tags require one request for each account that the other options select, except those of the filters.
    type: list
    elements: dict
    default: []
  exclude_filters:
    description:
      - A list of filters in the same format. Accounts that match at least one of them are excluded.
      - Takes precedence over O(include_filters).
    type: list
    elements: dict
    default: []
  include_tags:
    description:
      - Whether hosts have a variable with the tags of the account.
      - This requires one request for each account. AWS Organizations does not allow parallel requests, so that the tags of 1,000 accounts can take minutes.
    type: bool
    default: false
  role_name:
    description:
      - The name of a role in each account, including its path if it has one. The variable C(audit_reports_accounts) then contains the ARN of the role.
      - The role must also exist in the account that your credentials belong to. If it does not, leave this option out and set the variable
        C(audit_reports_role_name) of the role P(cloudpki.aws.audit_reports#role), which does not assume a role in that account.
    type: str
  regions:
    description: The regions in which to discover CAs. If not empty, hosts have the variable C(audit_reports_regions) with this value.
    type: list
    elements: str
    default: []
  shards:
    description:
      - The number of hosts to create. The accounts are distributed evenly. The hosts only have the variables of the role, and no names of accounts.
      - Use shards to audit many accounts in few tasks, and in as many slices of an AWX job as there are hosts. A host per account takes much longer.
      - There are fewer hosts if there are fewer accounts.
      - If not set, there is one host for each account.
    type: int
  hostnames:
    description:
      - A list of names for hosts, in order of precedence. The elements are V(id), V(name), V(email), and V(tag:) followed by the key of a tag.
      - In names, all characters except letters, digits and V(_.@-) are replaced. A name that several accounts would have is not used for any of them.
      - If an account has none of the names, its ID is used.
      - Not used with O(shards).
    type: list
    elements: str
    default:
      - id
  hostvars_prefix:
    description: The prefix of the names of variables that describe the account.
    type: str
    default: aws_account_
  strict_permissions:
    description:
      - Whether a missing permission is an error.
      - With V(false), a missing permission for organizational units or tags causes a warning, and the hosts lack what could not be read, unless other options
        depend on it. The result is then not cached.
    type: bool
    default: true
notes:
  - The credentials must belong to the management account of the organization, or to a delegated administrator.
  - They need the permissions C(organizations:ListAccounts) and C(organizations:DescribeOrganizationalUnit), and with O(include_tags) or filters by tags
    also C(organizations:ListTagsForResource).
  - Versions of botocore that do not know where accounts are in the organization also need C(organizations:ListRoots),
    C(organizations:ListAccountsForParent) and C(organizations:ListOrganizationalUnitsForParent) instead of
    C(organizations:DescribeOrganizationalUnit).
  - Host variables with the prefix O(hostvars_prefix) are C(id), C(name), C(email), C(state), C(arn), C(organizational_unit_path), C(joined_at) and C(tags).
    C(organizational_unit_path) is empty for accounts in the root.
  - Names, email addresses and tags are never evaluated as templates. Names of variables that O(compose) sets are not evaluated again either.
    In C(audit_reports_accounts), braces that start a template are written as escape sequences. Tags whose keys begin with C(__ansible_) are left out, because
    Ansible gives such keys another meaning.
  - The cache contains all accounts, so that other options can be changed without refreshing it.
seealso:
  - plugin: amazon.aws.aws_ec2
    plugin_type: inventory
"""

EXAMPLES = r"""
# private_ca.aws_organization.yml: one host for each active account
plugin: cloudpki.aws.aws_organization

---

# Production without its sandboxes, named as the accounts are, in groups by team, and cached for an hour
plugin: cloudpki.aws.aws_organization
organizational_units:
  - Production
exclude_organizational_units:
  - Production/Sandboxes
include_tags: true
hostnames:
  - name
keyed_groups:
  - key: aws_account_tags.team
    prefix: team
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible
cache_timeout: 3600

---

# For AWX: a source of an inventory for a job with four slices, in each of which one task audits a quarter of the accounts
plugin: cloudpki.aws.aws_organization
shards: 4
role_name: PrivateCAAudit
regions:
  - all

---

# Accounts by names and tags, with a role in the management account, and as much as the permissions allow
plugin: cloudpki.aws.aws_organization
assume_role_arn: arn:aws:iam::123456789012:role/OrganizationReader
include_filters:
  - name: prod-*
  - tag:pki: ["internal", "external"]
exclude_filters:
  - name: "*-sandbox"
strict_permissions: false
"""

import dataclasses
import typing as t

try:
    from botocore import __version__ as botocore_version
except ImportError:
    botocore_version = "unknown"  # AWSInventoryBase says what is missing.

from ansible.errors import AnsibleError
from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import check_role_name
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, InvalidOption, aws_errors
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.text import clean, quoted
from ansible_collections.cloudpki.aws.plugins.plugin_utils._organization.accounts import (
    Organization,
    OrganizationAccount,
    from_stored,
    to_stored,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._organization.advice import sentence
from ansible_collections.cloudpki.aws.plugins.plugin_utils._organization.hosts import (
    Appearance,
    InventoryHost,
    check_appearance,
    hosts_of,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._organization.reader import (
    CLIENT_CONFIG,
    OrganizationReader,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._organization.selection import (
    Selection,
    filtered,
    in_question,
    read_filters,
    read_units,
    units_without_accounts,
)
from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import as_data

GROUP = "aws_organization"


class InventoryModule(AWSInventoryBase):
    """Connects the options, AWS Organizations, the cache and the hosts."""

    NAME = "cloudpki.aws.aws_organization"
    INVENTORY_FILE_SUFFIXES = ("aws_organization.yml", "aws_organization.yaml")

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the hosts of one file to the inventory."""
        try:
            super().parse(inventory, loader, path, cache=cache)
            selection, appearance = self._selection(), self._appearance()
            organization = self._organization(path, cache, selection, appearance)
        except AWSError as e:
            self.fail_aws(sentence(e))
        if selection.needs_units:
            for unit in units_without_accounts(organization, selection):
                self.warn(f"No account is in the organizational unit {quoted(unit)}; check its ID or its path.")
        chosen = filtered(in_question(organization, selection), selection)
        self._add(hosts_of(organization, chosen, appearance))

    def _selection(self) -> Selection:
        return Selection(
            states=frozenset(self._texts("account_states")),
            units=read_units(self._texts("organizational_units")),
            excluded_units=read_units(self._texts("exclude_organizational_units")),
            include=read_filters("include_filters", self.get_option("include_filters")),
            exclude=read_filters("exclude_filters", self.get_option("exclude_filters")),
        )

    def _appearance(self) -> Appearance:
        appearance = Appearance(
            hostnames=self._texts("hostnames"),
            prefix=self.get_option("hostvars_prefix"),
            role_name=self.get_option("role_name"),
            regions=self._texts("regions"),
            shards=self.get_option("shards"),
        )
        check_appearance(appearance)
        check_role_name(appearance.role_name, [])
        return appearance

    def _texts(self, name: str) -> tuple[str, ...]:
        """An option that is a list of texts, whose elements Ansible does not check."""
        given = self.get_option(name)
        for number, each in enumerate(given):
            if not isinstance(each, str):
                raise InvalidOption(f"{name}[{number}]: {quoted(str(each))} is not a text; put it in quotes.")
        return tuple(given)

    def _organization(self, path: str, cache: bool, selection: Selection, appearance: Appearance) -> Organization:
        named_by_tags = appearance.shards is None and any(name.startswith("tag:") for name in appearance.hostnames)
        shown = self.get_option("include_tags") and appearance.shards is None
        with_tags = shown or selection.needs_tags or named_by_tags
        cached = self._cached(path, cache)
        if cached is not None and not (with_tags and _without_tags(cached, selection)):
            return cached

        complete = True

        def denied(error: AWSError) -> None:
            nonlocal complete
            needed = {
                "ListTagsForResource": selection.needs_tags,
                "DescribeOrganizationalUnit": selection.needs_unit_names,
            }
            if self.get_option("strict_permissions") or needed.get(str(error.operation), selection.needs_units):
                raise error
            complete = False
            self.warn(f"{sentence(error)} The inventory lacks what could not be read.")

        reader = OrganizationReader(self.client("organizations", config=CLIENT_CONFIG), denied)
        organization = reader.organization()
        unknown = [account.id for account in organization.accounts if not account.state]
        if unknown:
            # No account would be ACTIVE then, and an empty inventory ends a play without an error.
            raise AWSError(
                f"The state of the account {unknown[0]} is not known, because botocore {botocore_version} is too old "
                "for what AWS Organizations returns; upgrade boto3 and botocore."
            )
        if with_tags:
            tagged = reader.with_tags(in_question(organization, selection))
            accounts = tuple(tagged.get(account.id, account) for account in organization.accounts)
            organization = dataclasses.replace(organization, accounts=accounts)
        if complete and self.get_option("cache"):
            self._cache[self.get_cache_key(path)] = to_stored(organization)
        return organization

    def _cached(self, path: str, cache: bool) -> Organization | None:
        try:
            found, stored = self.get_cached_result(path, cache)
            return from_stored(stored) if found else None
        except (AnsibleError, EOFError, OSError, TypeError, ValueError) as e:
            self.warn(f"The cache of the inventory cannot be used, so the organization is read again: {clean(str(e))}")
            return None

    def _freeze_iam_role(self, iam_role_arn: str) -> None:
        aws_errors("assume the role assume_role_arn")(super()._freeze_iam_role)(iam_role_arn)

    def _compose(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        # What is composed of the names of accounts is as little a template as they are.
        return as_data(super()._compose(*args, **kwargs))

    def _add(self, hosts: t.Iterable[InventoryHost]) -> None:
        self.inventory.add_group(GROUP)
        strict = self.get_option("strict")
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for host in hosts:
            self.inventory.add_host(host.name, group=GROUP)
            for name, value in host.variables.items():
                self.inventory.set_variable(host.name, name, value)
            self._set_composite_vars(compose, host.variables, host.name, strict=strict)
            self._add_host_to_composed_groups(groups, host.variables, host.name, strict=strict)
            self._add_host_to_keyed_groups(keyed, host.variables, host.name, strict=strict)


def _without_tags(organization: Organization, selection: Selection) -> bool:
    accounts: t.Iterable[OrganizationAccount] = in_question(organization, selection)
    return any(account.tags is None for account in accounts)
