# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_accounts
short_description: The accounts to audit, from a list of roles or of account ids
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Gives what the option O(cloudpki.aws.acm_pca_audit_report#module:accounts) takes, and the ids of the accounts.
positional: _input
options:
  _input:
    description: Entries as O(cloudpki.aws.acm_pca_audit_report#module:accounts) takes them.
    type: list
    elements: dict
    required: true
  account_ids:
    description: Ids of further accounts, each with a role called O(role_name). The own account needs none.
    type: list
    elements: str
    default: []
  role_name:
    description: The name of the role, with its path if it has one, in each of O(account_ids).
    type: str
    default: ""
  external_id:
    description: The external ID for those roles.
    type: str
    default: ""
  own_account_id:
    description: The account of the own credentials.
    type: str
    required: true
  partition:
    description: The AWS partition of the accounts.
    type: str
    default: aws
  certificate_authority_arns:
    description: CAs of these accounts, if only they are meant.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Audit three accounts by their ids
  cloudpki.aws.acm_pca_audit_report:
    s3_bucket_name: example-corp-pca-audit-reports
    accounts: >-
      {{ ([] | cloudpki.aws.audit_accounts(account_ids=['111122223333', '444455556666', '777788889999'],
         role_name='PrivateCAAudit', own_account_id=caller.account)).accounts }}
"""

RETURN = r"""
_value:
  description:
    - The C(accounts), their C(account_ids) and, of those that have one, their C(role_arns).
    - C(admitted) are the ids of the accounts that a bucket is for - all, or with O(certificate_authority_arns) those that these name.
    - Without any account, the own one.
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
