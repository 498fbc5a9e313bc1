# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate authorities that their owner shares with other accounts, as AWS RAM does it: by a policy on the CA.

What the consumer may do is what the CA's resource-based policy allows, and never an audit report: the managed and the
customer managed permissions of RAM have no such action (AWS Private CA User Guide, "Customer managed permissions in
RAM"). So the owner alone makes reports, and everybody else is told that no resource-based policy allows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from moto.acmpca.models import ACMPCABackend, CertificateAuthority, acmpca_backends
from moto.acmpca.responses import ACMPCAResponse
from moto.core.exceptions import JsonRESTError
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from local_aws.bucket_access import Caller
from local_aws.policy import Principal, Question, decide
from local_aws.templates import DEFAULT

CA_ARN = re.compile(r"arn:[^:]+:acm-pca:(?P<region>[^:]+):(?P<account>\d{12}):certificate-authority/[^/]+")

#: What the policy of a CA can allow; the other actions are the owner's.
SHAREABLE = (
    "DescribeCertificateAuthority",
    "GetCertificate",
    "GetCertificateAuthorityCertificate",
    "IssueCertificate",
    "ListPermissions",
    "ListTags",
    "RevokeCertificate",
)
#: What RAM's default permission allows beside issuing by the default template.
_READ = ("DescribeCertificateAuthority", "GetCertificate", "GetCertificateAuthorityCertificate", "ListPermissions")


def share(ca: CertificateAuthority, accounts: Collection[str]) -> None:
    """Share a CA with accounts, as RAM's default permission for private CAs does."""
    partition = get_partition(ca.region_name)
    to = {"Principal": {"AWS": [f"arn:{partition}:iam::{account}:root" for account in sorted(accounts)]}}
    reading = {"Action": [f"acm-pca:{name}" for name in (*_READ, "ListTags")]}
    issuing = {
        "Action": "acm-pca:IssueCertificate",
        "Condition": {"StringEquals": {"acm-pca:TemplateArn": DEFAULT}},
    }
    statements = [{"Effect": "Allow", **to, **each, "Resource": ca.arn} for each in (reading, issuing)]
    ca.policy = json.dumps({"Version": "2012-10-17", "Statement": statements})


def shared_with(account: str, region: str) -> list[CertificateAuthority]:
    """The CAs of other accounts that an account sees in a region."""
    return [
        ca
        for ca in _authorities_in(region)
        if ca.account_id != account and allows(ca, account, "DescribeCertificateAuthority")
    ]


def allows(ca: CertificateAuthority, account: str, action: str, caller_arn: str = "", template: str = DEFAULT) -> bool:
    """Whether the policy of a CA allows another account an action."""
    if ca.policy is None or action not in SHAREABLE:
        return False
    partition = get_partition(ca.region_name)
    names = (account, f"arn:{partition}:iam::{account}:root", caller_arn)
    context = {"aws:PrincipalAccount": account, "acm-pca:TemplateArn": template}
    return bool(decide(ca.policy, Question(f"acm-pca:{action}", ca.arn, Principal("AWS", names), context)))


def find(arn: str, region: str) -> CertificateAuthority | None:
    """A CA of any account, if the endpoint of the region knows it. Nothing is created by looking."""
    match = CA_ARN.fullmatch(arn)
    if match is None or match["region"] != region or match["account"] not in acmpca_backends:
        return None
    backends = acmpca_backends[match["account"]]
    return backends[region].certificate_authorities.get(arn) if region in backends else None


def check_access(response: ACMPCAResponse, ca: CertificateAuthority, action: str) -> None:
    """Let owners do everything, and others what the CA's policy allows. Raises AccessDeniedException."""
    if ca.account_id == response.current_account:
        return
    caller = caller_of(response)
    template = str(_parameters(response).get("TemplateArn") or DEFAULT)
    if not allows(ca, caller.account, action, caller.arn, template):
        raise JsonRESTError(
            "AccessDeniedException",
            f"User: {caller.arn} is not authorized to perform: acm-pca:{action} on resource: {ca.arn} "
            f"because no resource-based policy allows the acm-pca:{action} action",
        )


def backend_of(response: ACMPCAResponse) -> ACMPCABackend:
    """moto's ACMPCAResponse.acmpca_backend: that of the owner, where the request names the CA of another account."""
    parameters = _parameters(response)
    arn = parameters.get("CertificateAuthorityArn") or parameters.get("ResourceArn")
    ca = find(arn, response.region) if isinstance(arn, str) else None
    if ca is None:
        return acmpca_backends[response.current_account][response.region]
    check_access(response, ca, response._get_action())
    return acmpca_backends[ca.account_id][response.region]


def caller_of(response: ACMPCAResponse) -> Caller:
    """Who asks."""
    backend = sts_backends[response.current_account][response.partition]
    _user_id, arn, account = backend.get_caller_identity(response.access_key, response.region)
    return Caller(account, arn)


def _authorities_in(region: str) -> Iterator[CertificateAuthority]:
    # Lists, because other threads add accounts and CAs meanwhile.
    for backends in list(acmpca_backends.values()):
        if region in backends:
            yield from list(backends[region].certificate_authorities.values())


def _parameters(response: ACMPCAResponse) -> Mapping[str, Any]:
    try:
        given = json.loads(response.body or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, Mapping) else {}
