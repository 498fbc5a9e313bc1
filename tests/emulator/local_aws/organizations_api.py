# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Organizations as the real one answers: where accounts are, small pages, and who may ask.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.organizations.models import OrganizationsBackend, organizations_backends
from moto.organizations.responses import OrganizationsResponse
from moto.organizations.utils import PAGINATION_MODEL

from local_aws.emulator import emulator
from local_aws.organization import path_of

#: What only the management account and delegated administrators may ask.
_READING = (
    "DescribeAccount",
    "DescribeOrganizationalUnit",
    "ListAccounts",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "ListRoots",
    "ListTagsForResource",
)
_PAGE = 20


def install() -> None:
    """Change moto's AWS Organizations."""
    for name in ("list_accounts", "list_accounts_for_parent", "describe_account"):
        setattr(OrganizationsResponse, name, _with_places(getattr(OrganizationsResponse, name)))
    OrganizationsResponse.organizations_backend = property(_backend_of)
    # moto continues after the account that joined at the same time.
    PAGINATION_MODEL["list_accounts"].update(limit_default=_PAGE, unique_attribute="Id")


def _with_places(operation: Callable[[OrganizationsResponse], str]) -> Callable[[OrganizationsResponse], str]:
    """Accounts with ``Paths``, and without what the setting ``hidden_account_fields`` names."""

    @functools.wraps(operation)
    def answer(self: OrganizationsResponse) -> str:
        content: dict[str, Any] = json.loads(operation(self))
        accounts = content["Accounts"] if "Accounts" in content else [content["Account"]]
        for account in accounts:
            account["Paths"] = [f"{path_of(self.organizations_backend, account['Id'])}{account['Id']}/"]
            for name in emulator.settings.hidden_account_fields:
                account.pop(name, None)
        return json.dumps(content)

    return answer


def _backend_of(self: OrganizationsResponse) -> OrganizationsBackend:
    """That of the caller; or of the management account, for a delegated administrator that reads."""
    account, partition = self.current_account, self.partition
    management, _partition = organizations_backends.master_accounts.get(account, (account, partition))
    if management == account or self._get_action() not in _READING:
        return organizations_backends[account][partition]
    backend: OrganizationsBackend = organizations_backends[management][partition]
    if not any(admin.account.id == account for admin in backend.admins):
        raise JsonRESTError("AccessDeniedException", "You don't have permissions to access this resource.")
    return backend
