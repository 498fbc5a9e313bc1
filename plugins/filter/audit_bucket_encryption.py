# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_bucket_encryption
short_description: The default encryption that a bucket for audit reports is going to have
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Tells whether the reports in a bucket are encrypted by KMS, and with which key, so that the policy of the key can be looked after.
positional: _input
options:
  _input:
    description: What M(amazon.aws.s3_bucket) returned for the bucket. V(null) if there is no such bucket yet.
    type: dict
    required: true
  as_s3_says:
    description: The C(bucket_encryption) of M(amazon.aws.s3_bucket_info), which alone knows of S3 bucket keys.
    type: dict
    default: {}
  kms_key:
    description: The key that the bucket should have. Left out, it keeps its encryption.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show how a bucket is encrypted
  ansible.builtin.debug:
    msg: "{{ bucket | cloudpki.aws.audit_bucket_encryption }}"
"""

RETURN = r"""
_value:
  description: Whether it is by C(kms), the C(key) (empty for that of AWS), and whether there is a C(bucket_key).
  type: dict
"""

import typing as t

from ansible_collections.cloudpki.aws.plugins.plugin_utils._bucket.settings import encryption_of


def audit_bucket_encryption(
    current: t.Mapping[str, t.Any] | None,
    *,
    as_s3_says: t.Mapping[str, t.Any] | None = None,
    kms_key: str = "",
) -> dict[str, t.Any]:
    """See DOCUMENTATION."""
    return encryption_of(current or None, as_s3_says, kms_key)._asdict()


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file."""
        return {"audit_bucket_encryption": audit_bucket_encryption}
