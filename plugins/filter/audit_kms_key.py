# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_kms_key
short_description: Check the KMS key of a bucket for audit reports
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Returns the key, and fails with the reason if AWS Private CA could not use it.
positional: _input
options:
  _input:
    description: The C(kms_keys) that M(amazon.aws.kms_key_info) returned.
    type: list
    elements: dict
    required: true
  name:
    description: The ARN, ID or alias that was given for the key, for error messages.
    type: str
    required: true
  bucket_region:
    description: The region of the bucket, if known.
    type: str
    default: ""
  needs_policy:
    description: Whether statements must be merged into the key policy.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Check a key
  ansible.builtin.debug:
    msg: "{{ (found.kms_keys | cloudpki.aws.audit_kms_key(name='alias/audit', bucket_region='eu-central-1')).key_arn }}"
"""

RETURN = r"""
_value:
  description: The key, as M(amazon.aws.kms_key_info) returns it.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.keys import usable_key


def audit_kms_key(
    keys: t.Sequence[t.Mapping[str, t.Any]], *, name: str, bucket_region: str = "", needs_policy: bool = True
) -> t.Mapping[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says why it cannot be used"""
    try:
        return usable_key(keys, name, bucket_region, needs_policy)
    except ValueError as e:
        raise AnsibleFilterError(str(e)) from e


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_kms_key": audit_kms_key}
