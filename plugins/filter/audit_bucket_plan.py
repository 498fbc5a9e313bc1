# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_bucket_plan
short_description: Plan the changes to a bucket for audit reports
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Compares a bucket with its required state, and returns only the arguments of M(amazon.aws.s3_bucket) that change something.
  - That module does not support check mode. With this filter, a playbook can predict the changes.
positional: _input
options:
  _input:
    description: The result of M(amazon.aws.s3_bucket) for the bucket. V(null) if the bucket does not exist.
    type: dict
    required: true
  name:
    description: The name of the bucket.
    type: str
    required: true
  policy:
    description: The required bucket policy.
    type: dict
    required: true
  kms_key_arn:
    description:
      - The ARN of the required KMS key.
      - If omitted, the default encryption is not changed, and a bucket without default encryption gets SSE-S3.
    type: str
    default: ""
  tags:
    description: Tags to add to the bucket. Existing tags are kept.
    type: dict
    default: {}
  object_lock:
    description: The default retention of Object Lock, C(mode) and C(days) or C(years). If omitted, it is not changed.
    type: dict
    default: {}
  lifecycle:
    description: The lifecycle configuration of the bucket, as M(amazon.aws.s3_bucket_info) returns it.
    type: dict
    default: {}
  expiration_days:
    description: The number of days after which reports are deleted. With V(0), the lifecycle configuration is not changed.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Show what would change in a bucket
  ansible.builtin.debug:
    msg: "{{ (bucket | cloudpki.aws.audit_bucket_plan(name=bucket.name, policy=policy)).changes }}"
"""

RETURN = r"""
_value:
  description:
    - The C(arguments) for M(amazon.aws.s3_bucket) and the arguments for M(community.aws.s3_lifecycle) as C(lifecycle), each empty if nothing changes,
      and descriptions of the C(changes).
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.settings import plan_bucket


def audit_bucket_plan(
    current: t.Mapping[str, t.Any] | None,
    *,
    name: str,
    policy: t.Mapping[str, t.Any],
    kms_key_arn: str = "",
    tags: t.Mapping[str, str] | None = None,
    object_lock: t.Mapping[str, t.Any] | None = None,
    lifecycle: t.Mapping[str, t.Any] | None = None,
    expiration_days: int = 0,
) -> dict[str, t.Any]:
    """See DOCUMENTATION. :raises AnsibleFilterError: a sentence that says why it cannot be done"""
    try:
        plan = plan_bucket(
            name,
            current or None,
            policy=policy,
            kms_key_arn=kms_key_arn,
            tags=tags,
            object_lock=object_lock,
            lifecycle=lifecycle,
            expiration_days=int(expiration_days),
        )
    except ValueError as e:
        raise AnsibleFilterError(str(e)) from e
    return plan._asdict()


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_bucket_plan": audit_bucket_plan}
