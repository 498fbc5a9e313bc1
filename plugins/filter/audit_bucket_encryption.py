# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_bucket_encryption
short_description: Determine the default encryption of a bucket for audit reports
version_added: 0.3.0
author:
  - cloudpki.aws contributors (@cloudpki)
description:
  - Determines whether the reports in a bucket are encrypted with KMS, and with which key, so that the key policy can be managed.
positional: _input
options:
  _input:
    description: The result of M(amazon.aws.s3_bucket) for the bucket. V(null) if the bucket does not exist.
    type: dict
    required: true
  as_s3_says:
    description: The C(bucket_encryption) that M(amazon.aws.s3_bucket_info) returned. Only this module returns whether an S3 bucket key is used.
    type: dict
    default: {}
  kms_key:
    description: The required key. If omitted, the bucket keeps its encryption.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show the encryption of a bucket
  ansible.builtin.debug:
    msg: "{{ bucket | cloudpki.aws.audit_bucket_encryption }}"
"""

RETURN = r"""
_value:
  description: Whether the encryption uses C(kms), the C(key) (empty for the AWS managed key), and whether a C(bucket_key) is used.
  type: dict
"""

import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.bucket.settings import encryption_of


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
