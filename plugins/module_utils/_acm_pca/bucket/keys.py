# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""KMS keys that a bucket for audit reports can be encrypted with. Pure."""

from __future__ import annotations

import typing as t

KmsKey = t.Mapping[str, t.Any]


def usable_key(keys: t.Sequence[KmsKey], name: str, bucket_region: str, needs_policy: bool) -> KmsKey:
    """The KMS key that reports can be encrypted with.

    :param keys: what amazon.aws.kms_key_info found.
    :param name: how the key was named: an ARN, an id or an alias; empty where the bucket names none.
    :param bucket_region: empty if it is not known.
    :param needs_policy: whether its policy has to be readable.
    :raises ValueError: a sentence that says why there is none.
    """
    if not keys:
        raise ValueError(
            f"The KMS key {name} could not be read: there is none, or the permission kms:DescribeKey is missing. "
            "audit_reports_kms_key takes the ARN, the id or the alias of a key in the region of the bucket."
        )
    key = keys[0]
    arn = str(key.get("key_arn"))
    region = arn.split(":")[3]
    # The aliases of AWS are reserved, so their names tell as well.
    if key.get("key_manager") != "CUSTOMER" or "alias/aws/" in name:
        raise ValueError(
            f"{name} is an AWS managed key. Nobody can change its policy, so AWS Private CA could not write "
            "reports. Set audit_reports_kms_key to a key of your own, or encrypt the bucket with SSE-S3."
        )
    if key.get("key_state") != "Enabled":
        raise ValueError(
            f"The KMS key {name} is in the state {key.get('key_state')}, and only an enabled key encrypts."
        )
    if key.get("key_spec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise ValueError(
            f"The KMS key {name} has the key spec {key['key_spec']}, but S3 supports symmetric encryption keys only."
        )
    if bucket_region and region != bucket_region:
        raise ValueError(
            f"The KMS key {name} is in {region} and the bucket in {bucket_region}. S3 requires both in the same region."
        )
    if needs_policy and not key.get("key_policies"):
        # Merged into nothing, the policy would lock its administrators out of their key.
        raise ValueError(
            f"The policy of the KMS key {name} could not be read, so nothing can be merged into it. The permissions "
            "kms:ListKeyPolicies and kms:GetKeyPolicy are needed. A key of another account is looked after there: put "
            "the statements into its "
            "policy, and set audit_reports_manage_kms_key_policy to false."
        )
    return key
