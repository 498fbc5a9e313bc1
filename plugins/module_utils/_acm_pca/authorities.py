# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls of AWS Private CA that tell what certificate authorities there are. Does, and decides nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import paginated_query_with_retries
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .._aws.clients import retry_of
from .._aws.errors import AWSError, aws_errors
from .arns import SERVICE, CertificateAuthorityArn, parse_certificate_authority_arn
from .models import CertificateAuthority

if t.TYPE_CHECKING:
    from .._aws.accounts import Account
    from .._aws.clients import Clients


@aws_errors("describe the certificate authority")
def describe_authority(clients: Clients, account: Account, arn: CertificateAuthorityArn) -> CertificateAuthority:
    """One CA as it is now."""
    with clients.acting_as(account):
        response = clients.client(SERVICE, arn.region).describe_certificate_authority(
            CertificateAuthorityArn=arn.text, aws_retry=True
        )
    return _authority(arn, response["CertificateAuthority"])


@aws_errors("list the certificate authorities")
def list_authorities(clients: Clients, account: Account, region: str) -> list[CertificateAuthority]:
    """The CAs that an account owns in a region, all pages. CAs that others share with it are not its to audit."""
    with clients.acting_as(account):
        response = paginated_query_with_retries(
            clients.client(SERVICE, region), "list_certificate_authorities", retry_of(SERVICE), ResourceOwner="SELF"
        )
        return [_authority(_listed(item["Arn"]), item) for item in response["CertificateAuthorities"]]


@aws_errors("list the tags of the certificate authority")
def list_tags(clients: Clients, account: Account, arn: CertificateAuthorityArn) -> dict[str, str]:
    """The tags of a CA."""
    with clients.acting_as(account):
        response = paginated_query_with_retries(
            clients.client(SERVICE, arn.region), "list_tags", retry_of(SERVICE), CertificateAuthorityArn=arn.text
        )
    return dict(boto3_tag_list_to_ansible_dict(response["Tags"]))


def _authority(arn: CertificateAuthorityArn, description: dict[str, t.Any]) -> CertificateAuthority:
    return CertificateAuthority(arn=arn, status=description["Status"], description=description)


def _listed(arn: str) -> CertificateAuthorityArn:
    try:
        return parse_certificate_authority_arn(arn)
    except ValueError as e:
        raise AWSError(f"AWS listed '{arn}' as the ARN of a certificate authority, but it {e}.") from e
