# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a seed file can say, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.templates import DEFAULT

STATUSES = ("CREATING", "PENDING_CERTIFICATE", "ACTIVE", "DISABLED", "EXPIRED", "FAILED", "DELETED")
#: A CA in one of these has never had a certificate, and so has issued none.
WITHOUT_CERTIFICATE = ("CREATING", "PENDING_CERTIFICATE", "FAILED")
#: Of accounts, as AWS Organizations has them.
STATES = ("PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED")
TYPES = ("ROOT", "SUBORDINATE")
USAGE_MODES = ("GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE")
#: By account, by organization, and no policy at all; a mapping is a policy of one's own.
POLICIES = ("audit-reports", "audit-reports-of-organization", "none")
ENCRYPTIONS = ("none", "kms", "kms-not-admitted", "aws-managed")
ACCOUNT_ID_DIGITS = 12
#: X.509's own limit, in bytes.
LONGEST_COMMON_NAME = 64


class SeedError(Exception):
    """A sentence that names the place in the file, the value and what is accepted."""


@dataclass(frozen=True)
class Issued:
    """What a CA has issued: how many of which kind, to whom, and how many of those were revoked and why."""

    valid: int = 0
    expiring: int = 0
    expired: int = 0
    expiring_within_days: int = 30
    name: str = "host-{n}.example.com"
    templates: tuple[str, ...] = (DEFAULT,)
    #: None: somebody with an IAM principal; else a service, as acm.amazonaws.com.
    principals: tuple[str | None, ...] = (None,)
    revoked: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many certificates."""
        return self.valid + self.expiring + self.expired


@dataclass(frozen=True)
class Authority:
    """A private CA. ``parent`` is the name of the CA that signs it; else a root signs itself, and a CA outside AWS
    signs a subordinate."""

    name: str
    region: str = "us-east-1"
    type: str = "ROOT"
    status: str = "ACTIVE"
    key_algorithm: str = "EC_prime256v1"
    usage_mode: str = "GENERAL_PURPOSE"
    parent: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    #: The accounts, by name or id, that AWS RAM shares it with.
    shared_with: tuple[str, ...] = ()
    issued: Issued = field(default_factory=Issued)


@dataclass(frozen=True)
class Account:
    """A member account, or the management account itself where it has its id."""

    name: str
    id: str | None = None
    email: str | None = None
    #: The path of its name from the root on: ``Production/Payments``.
    organizational_unit: str | None = None
    state: str = "ACTIVE"
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = "OrganizationAccountAccessRole"
    #: What has to be said to assume the role, if anything.
    external_id: str | None = None
    #: The regions that the account has not enabled.
    disabled_regions: tuple[str, ...] = ()
    #: Make it this many times, with numbered names and ids: for tests of size.
    copies: int = 1
    certificate_authorities: tuple[Authority, ...] = ()


@dataclass(frozen=True)
class Bucket:
    """A bucket for reports, in the account of that name or id; the management account's if none is named."""

    name: str
    account: str | None = None
    region: str = "us-east-1"
    policy: str | Mapping[str, Any] = "audit-reports"
    #: Whose CAs the policy audit-reports admits, by name or id; None: those of every account.
    accounts: tuple[str, ...] | None = None
    encryption: str = "none"


@dataclass(frozen=True)
class Organization:
    """Everything in the file."""

    management_account: str = "123456789012"
    accounts: tuple[Account, ...] = ()
    buckets: tuple[Bucket, ...] = ()
