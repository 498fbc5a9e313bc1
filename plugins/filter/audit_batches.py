# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_batches
short_description: Split the accounts to audit into batches
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Splits a list of accounts into batches, each for one task, so that the job log shows the progress.
positional: _input
options:
  _input:
    description: Entries in the format of O(cloudpki.aws.acm_pca_audit_report#module:accounts).
    type: list
    elements: dict
    required: true
  size:
    description: The maximum number of accounts in a batch.
    type: int
    required: true
  certificate_authority_arns:
    description: ARNs of CAs. If not empty, only these CAs are audited, each in the batch of its account.
    type: list
    elements: str
    default: []
  own_account_id:
    description: The ID of the current account, which an entry without a role refers to.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the batches of 1000 accounts
  ansible.builtin.debug:
    msg: "{{ item.first }} to {{ item.last }} of {{ item.total }}"
  loop: "{{ accounts | cloudpki.aws.audit_batches(size=100, own_account_id='111122223333') }}"
"""

RETURN = r"""
_value:
  description:
    - The batches, each with C(accounts), C(certificate_authority_arns), the positions of its C(first) and C(last) account (counted from 1), and the
      C(total) number of accounts.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._fleet.accounts import batches_of


def audit_batches(
    accounts: t.Sequence[dict[str, t.Any]],
    *,
    size: int,
    own_account_id: str,
    certificate_authority_arns: t.Sequence[str] = (),
) -> list[dict[str, t.Any]]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        batches = batches_of(accounts, int(size), certificate_authority_arns, own_account_id)
    except ValueError as e:
        raise AnsibleFilterError(str(e)) from e
    return [
        {
            "first": batch.first,
            "last": batch.last,
            "total": batch.total,
            "accounts": list(batch.accounts),
            "certificate_authority_arns": list(batch.certificate_authority_arns),
        }
        for batch in batches
    ]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_batches": audit_batches}
