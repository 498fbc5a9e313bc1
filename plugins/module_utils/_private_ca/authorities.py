# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls of AWS Private CA that tell what certificate authorities there are. Does, and decides nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import paginated_query_with_retries
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from .arns import CertificateAuthorityArn, parse_certificate_authority_arn
from .errors import THROTTLING_CODES, PrivateCAError, aws_errors
from .models import CertificateAuthority

if t.TYPE_CHECKING:
    from .clients import Clients


@aws_errors("describe the certificate authority")
def describe_authority(clients: Clients, arn: CertificateAuthorityArn) -> CertificateAuthority:
    """One CA as it is now."""
    response = clients.private_ca(arn.region).describe_certificate_authority(
        CertificateAuthorityArn=arn.text, aws_retry=True
    )
    return CertificateAuthority(arn=arn, status=response["CertificateAuthority"]["Status"])


@aws_errors("list the certificate authorities")
def list_authorities(clients: Clients, region: str) -> list[CertificateAuthority]:
    """The CAs that the account owns in a region, all pages. CAs that others share with it are not its to audit."""
    retry = AWSRetry.jittered_backoff(retries=6, delay=1, max_delay=20, catch_extra_error_codes=list(THROTTLING_CODES))
    response = paginated_query_with_retries(
        clients.private_ca(region), "list_certificate_authorities", retry, ResourceOwner="SELF"
    )
    return [_listed(item["Arn"], item["Status"]) for item in response["CertificateAuthorities"]]


def _listed(arn: str, status: str) -> CertificateAuthority:
    try:
        return CertificateAuthority(arn=parse_certificate_authority_arn(arn), status=status)
    except ValueError as e:
        raise PrivateCAError(f"AWS listed '{arn}' as the ARN of a certificate authority, but it {e}.") from e
