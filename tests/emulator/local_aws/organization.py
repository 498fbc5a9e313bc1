# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The organization of an account, and where in it the account is."""

from __future__ import annotations

from moto.organizations.models import FakeAccount, FakeOrganizationalUnit, OrganizationsBackend, organizations_backends


def organization_context(account_id: str) -> dict[str, str | tuple[str, ...]]:
    """``aws:SourceOrgID`` and ``aws:SourceOrgPaths`` for an account; empty for an account outside organizations."""
    backend = _organization_of(account_id)
    if backend is None or backend.org is None:
        return {}
    return {"aws:SourceOrgID": backend.org.id, "aws:SourceOrgPaths": (path_of(backend, account_id),)}


def _organization_of(account_id: str) -> OrganizationsBackend | None:
    # moto keeps members in master_accounts, while a management account has its organization in its own backend.
    master_id, partition = organizations_backends.master_accounts.get(account_id, (account_id, None))
    if master_id not in organizations_backends:
        return None  # asked first, because looking an account up would create it
    backends = organizations_backends[master_id]
    return next((backends[name] for name in list(backends.keys()) if partition in (None, name)), None)


def path_of(backend: OrganizationsBackend, account_id: str) -> str:
    """``o-.../r-.../ou-.../``, from the root down to the unit that the account is in."""
    nodes: dict[str, FakeAccount | FakeOrganizationalUnit] = {unit.id: unit for unit in backend.ou}
    steps: list[str] = []
    node = next((account for account in backend.accounts if account.id == account_id), None)
    parent_id = node.parent_id if node else None
    while parent_id and parent_id not in steps:
        steps.insert(0, parent_id)
        parent = nodes.get(parent_id)
        parent_id = parent.parent_id if parent else None
    return "/".join([backend.org.id, *steps, ""])
