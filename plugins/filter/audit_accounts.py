# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_accounts
short_description: Build the list of accounts to audit
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Combines a list of roles and a list of account IDs into a value for the option O(cloudpki.aws.acm_pca_audit_report#module:accounts),
    and returns the IDs of the accounts.
positional: _input
options:
  _input:
    description: Entries in the format of O(cloudpki.aws.acm_pca_audit_report#module:accounts).
    type: list
    elements: dict
    required: true
  account_ids:
    description: IDs of further accounts, each with a role named O(role_name). The current account (O(own_account_id)) needs no role.
    type: list
    elements: str
    default: []
  role_name:
    description: The name of the role, with its path if it has one, in each of O(account_ids).
    type: str
    default: ""
  external_id:
    description: The external ID of these roles.
    type: str
    default: ""
  own_account_id:
    description: The ID of the current account, which the credentials belong to.
    type: str
    required: true
  partition:
    description: The AWS partition of the accounts.
    type: str
    default: aws
  certificate_authority_arns:
    description: ARNs of CAs. If not empty, C(admitted) in the result only contains their accounts.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Audit three accounts by their IDs
  cloudpki.aws.acm_pca_audit_report:
    s3_bucket_name: example-corp-pca-audit-reports
    accounts: >-
      {{ ([] | cloudpki.aws.audit_accounts(account_ids=['111122223333', '444455556666', '777788889999'],
         role_name='PrivateCAAudit', own_account_id=caller.account)).accounts }}
"""

RETURN = r"""
_value:
  description:
    - The list of C(accounts), their C(account_ids), and the C(role_arns) of those that have a role.
    - C(admitted) contains the IDs of the accounts that may use the bucket. These are all accounts, or with O(certificate_authority_arns) the accounts
      of these CAs.
    - If no account is given, the current account is used.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._fleet.accounts import (
    accounts_from_ids,
    admitted,
    ids_of,
    role_arns_of,
)


def audit_accounts(
    accounts: t.Sequence[t.Any],
    *,
    own_account_id: str,
    account_ids: t.Sequence[t.Any] = (),
    role_name: str = "",
    external_id: str = "",
    partition: str = "aws",
    certificate_authority_arns: t.Sequence[t.Any] = (),
) -> dict[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        listed = [*accounts, *accounts_from_ids(account_ids, role_name, external_id, own_account_id, partition)] or [{}]
        return {
            "accounts": listed,
            "account_ids": ids_of(listed, own_account_id),
            "admitted": admitted(ids_of(listed, own_account_id), certificate_authority_arns),
            "role_arns": role_arns_of(listed),
        }
    except ValueError as e:
        raise AnsibleFilterError(str(e)) from e


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_accounts": audit_accounts}
