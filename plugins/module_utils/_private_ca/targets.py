# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CAs are in scope: the ones whose ARNs the task gives, or all that the account owns in the region."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import paginated_query_with_retries
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from .arns import CertificateAuthorityArn, parse_certificate_authority_arn
from .errors import THROTTLING_CODES, PrivateCAError, aws_errors
from .models import CertificateAuthority, Target

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
    """List the CAs that the account owns in each region. CAs that others share with it are not its to audit."""

    def find(region: str) -> list[Target | Unreachable]:
        try:
            return [Target(authority, discovered=True) for authority in _list_authorities(clients, region)]
        except PrivateCAError as e:
            return [Unreachable(None, region, e)]

    return [found for in_region in executor.map(find, regions) for found in in_region]


@aws_errors("describe the certificate authority")
def describe_authority(clients: Clients, arn: CertificateAuthorityArn) -> CertificateAuthority:
    """One CA as it is now."""
    response = clients.private_ca(arn.region).describe_certificate_authority(
        CertificateAuthorityArn=arn.text, aws_retry=True
    )
    return CertificateAuthority(arn=arn, status=response["CertificateAuthority"]["Status"])


@aws_errors("list the certificate authorities")
def _list_authorities(clients: Clients, region: str) -> list[CertificateAuthority]:
    retry = AWSRetry.jittered_backoff(retries=6, delay=1, max_delay=20, catch_extra_error_codes=list(THROTTLING_CODES))
    response = paginated_query_with_retries(
        clients.private_ca(region), "list_certificate_authorities", retry, ResourceOwner="SELF"
    )
    return [
        CertificateAuthority(arn=parse_certificate_authority_arn(listed["Arn"]), status=listed["Status"])
        for listed in response["CertificateAuthorities"]
    ]
