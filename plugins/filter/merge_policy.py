# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: merge_policy
short_description: Merge statements into a resource policy by their IDs
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Replaces each statement that has the same C(Sid), or adds the statement at the end. All other statements are kept unchanged.
  - An equivalent statement is kept unchanged (one with a different order, with a different letter case where AWS ignores it, or with a string instead
    of a list with one item). Merging statements that are already in the policy therefore changes nothing.
  - Supports every policy that consists of statements, such as the policies of S3 buckets, KMS keys and SNS topics.
positional: _input
options:
  _input:
    description: The policy, as a dictionary or a JSON string. V(null), an empty string and an empty dictionary are an empty policy.
    type: raw
    required: true
  statements:
    description: The statements to merge. Each must have a unique C(Sid).
    type: list
    elements: dict
    required: true
  remove:
    description: The IDs of statements to remove.
    type: list
    elements: str
    default: []
  largest:
    description:
      - The maximum size of the policy in bytes, without white space. The filter fails if the policy is larger.
      - S3 accepts V(20480) bytes in a bucket policy, KMS V(32768) bytes in a key policy.
    type: int
  hint:
    description: Text to add to the error message if the policy is too large.
    type: str
seealso:
  - plugin: cloudpki.aws.audit_statements
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Deny connections without TLS, and keep all other statements of the policy
  amazon.aws.s3_bucket:
    name: example-corp-pca-audit-reports
    policy: "{{ bucket.policy | cloudpki.aws.merge_policy([deny_without_tls], largest=20480) }}"
  vars:
    deny_without_tls:
      Sid: DenyWithoutTLS
      Effect: Deny
      Principal: "*"
      Action: s3:*
      Resource: arn:aws:s3:::example-corp-pca-audit-reports/*
      Condition: {Bool: {"aws:SecureTransport": "false"}}
"""

RETURN = r"""
_value:
  description: The policy with the merged statements.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import merge_policy as merge
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.policies import size_of


def merge_policy(
    policy: t.Any,
    statements: t.Any,
    remove: t.Sequence[str] = (),
    largest: int | None = None,
    hint: str = "",
) -> dict[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says what is wrong"""
    try:
        merged = merge(policy, statements, remove)
    except ValueError as e:
        raise AnsibleFilterError(str(e)) from e
    if largest is not None and size_of(merged) > largest:
        raise AnsibleFilterError(
            f"The policy would have {size_of(merged)} bytes, and AWS accepts {largest}.{' ' if hint else ''}{hint}"
        )
    return merged


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"merge_policy": merge_policy}
