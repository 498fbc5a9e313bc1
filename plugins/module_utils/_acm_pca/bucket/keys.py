# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""KMS keys that a bucket for audit reports can be encrypted with. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

AWS_KEY = "alias/aws/s3"

MANAGED = "AWS"


@dataclasses.dataclass(frozen=True)
class KmsKey:
    """A key as KMS describes it. ``policy`` is None where it was not read."""

    arn: str
    manager: str
    state: str
    spec: str
    policy: t.Mapping[str, t.Any] | None = None

    @property
    def region(self) -> str:
        """The region that the key is in."""
        return self.arn.split(":")[3]


def trouble_with_key(name: str, key: KmsKey | None, bucket_region: str) -> str | None:
    """Why reports cannot be encrypted with a key, in a sentence; None if they can.

    :param name: how the key was named: an ARN, an id or an alias.
    :param key: None if there is none.
    """
    # The aliases of AWS are reserved, so their names tell as well.
    if "alias/aws/" in name or (key is not None and key.manager == MANAGED):
        return (
            f"{name} is an AWS managed key. Nobody can change its policy, so AWS Private CA could not write reports. "
            "Set kms_key to a key of your own, or encrypt the bucket with SSE-S3."
        )
    if key is None:
        return (
            f"There is no KMS key {name} in {bucket_region}. kms_key takes the ARN, the ID or the alias of a key in "
            "the region of the bucket."
        )
    if key.state != "Enabled":
        return f"The KMS key {name} is in the state {key.state}, and only an enabled key encrypts."
    if key.spec != "SYMMETRIC_DEFAULT":
        return f"The KMS key {name} has the key spec {key.spec}, but S3 supports symmetric encryption keys only."
    if key.region != bucket_region:
        return f"The KMS key {name} is in {key.region} and the bucket in {bucket_region}. S3 needs both in one region."
    return None


def is_same_key(name: str, key: KmsKey, described: t.Mapping[str, KmsKey | None]) -> bool:
    """Whether a name is one of a key.

    :param described: keys by the names under which KMS was asked for them.
    """
    found = described.get(name)
    return name == key.arn or key.arn.endswith(f":key/{name}") or (found is not None and found.arn == key.arn)
