# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ARNs of private CAs: reading them, and saying what is wrong with one that is not. Pure."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.amazon.aws.plugins.module_utils.arn import parse_aws_arn

# As boto3 names the service.
SERVICE = "acm-pca"

ACCEPTED = "arn:<partition>:acm-pca:<region>:<account>:certificate-authority/<id>"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclasses.dataclass(frozen=True)
class CertificateAuthorityArn:
    """The ARN of a private CA and its parts."""

    text: str
    partition: str
    region: str
    account_id: str
    ca_id: str

    def __str__(self) -> str:
        return self.text


def parse_certificate_authority_arn(text: str) -> CertificateAuthorityArn:
    """Read the ARN of a private CA.

    :raises ValueError: a clause that says what is wrong with it, to be put behind the value.
    """
    # amazon.aws searches for an ARN anywhere in the text, so what surrounds it is refused here.
    parts = parse_aws_arn(text) if text.startswith("arn:") and not re.search(r"\s", text) else None
    if not parts:
        raise ValueError("is not an ARN")
    if parts["service"] != SERVICE:
        raise ValueError(f"is an ARN of the service '{parts['service']}', not of AWS Private CA ('acm-pca')")
    if not parts["region"]:
        raise ValueError("has no region")
    if not re.fullmatch(r"[0-9]{12}", parts["account_id"]):
        raise ValueError("has no account ID (12 digits)")
    kind, _slash, ca_id = parts["resource"].partition("/")
    if kind != "certificate-authority":
        raise ValueError(f"is the ARN of a '{kind}', not of a certificate authority")
    if "/certificate/" in ca_id:
        raise ValueError("is the ARN of a certificate, not of the certificate authority that issued it")
    if not _UUID.fullmatch(ca_id):
        raise ValueError(
            f"has {ca_id[:80]!r} as the id of the certificate authority, which is not a UUID in lower case"
        )
    return CertificateAuthorityArn(
        text=text,
        partition=parts["partition"],
        region=parts["region"],
        account_id=parts["account_id"],
        ca_id=ca_id,
    )
