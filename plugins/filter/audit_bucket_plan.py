# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_bucket_plan
short_description: What has to change in a bucket so that it is fit for audit reports of AWS Private CA
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Compares a bucket with what it should be, and gives the arguments of M(amazon.aws.s3_bucket) that are needed, and no others.
  - That module has no check mode. This filter is how a playbook can say beforehand what it would do.
positional: _input
options:
  _input:
    description: What M(amazon.aws.s3_bucket) returned for the bucket. V(null) if there is no such bucket yet.
    type: dict
    required: true
  name:
    description: The name of the bucket.
    type: str
    required: true
  policy:
    description: The policy that the bucket should have.
    type: dict
    required: true
  kms_key_arn:
    description:
      - The KMS key that the bucket should be encrypted with.
      - Left out, the default encryption stays as it is, and a bucket that has none gets that of S3.
    type: str
    default: ""
  tags:
    description: The tags that the bucket should have, beside those that it has.
    type: dict
    default: {}
  object_lock:
    description: The default retention of Object Lock, C(mode) and C(days) or C(years). Left out, it stays as it is.
    type: dict
    default: {}
  lifecycle:
    description: The lifecycle configuration of the bucket, as M(amazon.aws.s3_bucket_info) returns it.
    type: dict
    default: {}
  expiration_days:
    description: After how many days reports are to be deleted. With V(0), what is there stays.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Say what would change in a bucket
  ansible.builtin.debug:
    msg: "{{ (bucket | cloudpki.aws.audit_bucket_plan(name=bucket.name, policy=policy)).changes }}"
"""

RETURN = r"""
_value:
  description:
    - The C(arguments) of M(amazon.aws.s3_bucket), those of M(community.aws.s3_lifecycle) as C(lifecycle), each empty if there
      is nothing to do, and in words the C(changes) that they make.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.plugin_utils._bucket.settings import plan_bucket


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
