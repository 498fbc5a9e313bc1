# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of acm_pca_certificate_authority_info: their specification, and which CAs pass. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .selection import SELECTION_SPEC

if t.TYPE_CHECKING:
    from .models import CertificateAuthority

# The values of the API, in its order.
# https://docs.aws.amazon.com/privateca/latest/APIReference/API_CertificateAuthority.html
STATUSES = ("CREATING", "PENDING_CERTIFICATE", "ACTIVE", "DELETED", "DISABLED", "EXPIRED", "FAILED")
TYPES = ("ROOT", "SUBORDINATE")
USAGE_MODES = ("GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE")
# https://docs.aws.amazon.com/privateca/latest/APIReference/API_CertificateAuthorityConfiguration.html
KEY_ALGORITHMS = (
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "SM2",
)

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **SELECTION_SPEC,
    "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
    "type": {"type": "list", "elements": "str", "choices": list(TYPES)},
    "usage_mode": {"type": "list", "elements": "str", "choices": list(USAGE_MODES)},
    "key_algorithm": {"type": "list", "elements": "str", "choices": list(KEY_ALGORITHMS)},
    "tags": {"type": "dict"},
    "include_tags": {"type": "bool", "default": False},
}


@dataclasses.dataclass(frozen=True)
class AuthorityFilter:
    """Which CAs are wanted: those that have one of the values of each property. None: whatever it is.

    ``tags`` have to be there with these values; None is any value.
    """

    status: frozenset[str] | None = None
    type: frozenset[str] | None = None
    usage_mode: frozenset[str] | None = None
    key_algorithm: frozenset[str] | None = None
    tags: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    include_tags: bool = False

    @property
    def needs_tags(self) -> bool:
        """Whether the tags have to be read, which costs a request for each CA."""
        return self.include_tags or bool(self.tags)

    def admits(self, authority: CertificateAuthority) -> bool:
        """Whether a CA that was described is wanted, as far as that hangs on anything but its tags."""
        description = authority.description or {}
        configuration = description.get("CertificateAuthorityConfiguration", {})
        # CAs made before there were usage modes have none.
        found = {
            "status": authority.status,
            "type": description.get("Type"),
            "usage_mode": description.get("UsageMode", "GENERAL_PURPOSE"),
            "key_algorithm": configuration.get("KeyAlgorithm"),
        }
        wanted = {name: getattr(self, name) for name in found}
        return all(wanted[name] is None or found[name] in wanted[name] for name in found)

    def admits_tags(self, tags: t.Mapping[str, str]) -> bool:
        """Whether a CA with these tags is wanted."""
        return all(key in tags and value in (None, tags[key]) for key, value in self.tags.items())


def read_filter(params: t.Mapping[str, t.Any]) -> AuthorityFilter:
    """Read the parameters that say which CAs are wanted. An empty list is as good as none."""

    def values(name: str) -> frozenset[str] | None:
        return frozenset(params[name]) if params[name] else None

    tags = {str(key): None if value is None else str(value) for key, value in (params["tags"] or {}).items()}
    return AuthorityFilter(
        values("status"), values("type"), values("usage_mode"), values("key_algorithm"), tags, params["include_tags"]
    )
