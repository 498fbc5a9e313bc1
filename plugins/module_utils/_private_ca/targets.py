# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CAs are in scope: the ones whose ARNs the task gives, or all that the account owns in the region."""

from __future__ import annotations

import dataclasses
import typing as t

from .arns import CertificateAuthorityArn
from .authorities import describe_authority, list_authorities
from .errors import PrivateCAError
from .models import Target

if t.TYPE_CHECKING:
    from concurrent.futures import Executor

    from .clients import Clients


@dataclasses.dataclass(frozen=True)
class Unreachable:
    """A CA that could not be described, or a region whose CAs could not be listed (``arn`` is None)."""

    arn: CertificateAuthorityArn | None
    region: str
    error: PrivateCAError


def given_targets(
    arns: t.Iterable[CertificateAuthorityArn], clients: Clients, executor: Executor
) -> list[Target | Unreachable]:
    """Ask for the status of each CA, in its own region."""

    def find(arn: CertificateAuthorityArn) -> Target | Unreachable:
        try:
            return Target(describe_authority(clients, arn), discovered=False)
        except PrivateCAError as e:
            return Unreachable(arn, arn.region, e)

    return list(executor.map(find, arns))


def discovered_targets(regions: t.Iterable[str], clients: Clients, executor: Executor) -> list[Target | Unreachable]:
    """List the CAs that the account owns in each region."""

    def find(region: str) -> list[Target | Unreachable]:
        try:
            return [Target(authority, discovered=True) for authority in list_authorities(clients, region)]
        except PrivateCAError as e:
            return [Unreachable(None, region, e)]

    return [found for in_region in executor.map(find, regions) for found in in_region]
