# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: merge_policy
short_description: Merge statements into a resource policy by their ids
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Puts each statement in the place of the one with the same C(Sid), or at the end, and keeps all other statements as they are.
  - A statement that says the same in other words (another order, another letter case where AWS ignores it, a text instead
    of a list of one) is left as it is, so that merging what is there already changes nothing.
  - Works for every policy that is made of statements, such as those of S3 buckets, KMS keys and SNS topics.
positional: _input
options:
  _input:
    description: The policy, as an object or as JSON text. Nothing (V(null), an empty text or object) is an empty policy.
    type: raw
    required: true
  statements:
    description: The statements to merge. Each needs a C(Sid) of its own.
    type: list
    elements: dict
    required: true
  remove:
    description: The ids of statements to take out, if they are there.
    type: list
    elements: str
    default: []
  largest:
    description:
      - How many bytes the policy may have, without white space. A larger one is refused.
      - S3 accepts 20480 in a bucket policy, KMS 32768 in a key policy.
    type: int
  hint:
    description: What to say besides where the policy is refused for its size.
    type: str
seealso:
  - plugin: cloudpki.aws.audit_statements
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Deny connections without TLS, beside whatever the policy says already
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
  description: The policy with the statements in it.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._bucket.policies import merge_policy as merge
from ansible_collections.cloudpki.aws.plugins.plugin_utils._bucket.policies import size_of


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
