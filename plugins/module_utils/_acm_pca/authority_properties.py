# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What results say of a certificate authority. Pure."""

from __future__ import annotations

import typing as t

from .._aws.times import to_text
from .models import CertificateAuthority


def properties_of(authority: CertificateAuthority) -> dict[str, t.Any] | None:
    """The properties of a CA as the API describes them, or None where it was not asked."""
    description = authority.description
    if description is None:
        return None
    configuration = description.get("CertificateAuthorityConfiguration", {})
    not_after = description.get("NotAfter")
    return {
        "name": configuration.get("Subject", {}).get("CommonName"),
        "type": description.get("Type"),
        "usage_mode": description.get("UsageMode"),
        "status": description.get("Status"),
        "key_algorithm": configuration.get("KeyAlgorithm"),
        "not_after": to_text(not_after) if not_after else None,
    }
