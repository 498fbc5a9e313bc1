# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_helpers import World, create_ca
from pki_helpers import csr

from local_aws.in_process import local_aws

Client = Callable[..., Any]

OWNER, CONSUMER, STRANGER = "111111111111", "222222222222", "333333333333"

ORGANIZATION = f"""
accounts:
  - name: owner
    id: "{OWNER}"
    certificate_authorities:
      - {{name: Shared, shared_with: [consumer], tags: {{tier: issuing}}, issued: {{valid: 1}}}}
      - {{name: Kept}}
      - {{name: Elsewhere, region: eu-central-1, shared_with: ["{CONSUMER}"]}}
  - name: consumer
    id: "{CONSUMER}"
    certificate_authorities: [{{name: Own}}]
  - {{name: stranger, id: "{STRANGER}"}}
buckets: [{{name: reports}}]
"""


@dataclass
class Shares:
    """The three accounts, and the CAs by their names."""

    client: Client
    arns: Mapping[str, str]

    def pca(self, account: str, region: str = "us-east-1") -> Any:
        given = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole", RoleSessionName="test"
        )["Credentials"]
        return self.client(
            "acm-pca",
            region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    def listed(self, account: str, region: str = "us-east-1", **parameters: str) -> set[str]:
        found = self.pca(account, region).list_certificate_authorities(**parameters)["CertificateAuthorities"]
        return {name for name, arn in self.arns.items() if arn in [ca["Arn"] for ca in found]}


@pytest.fixture
def shares(tmp_path: Path, client: Client) -> Iterator[Shares]:
    path = tmp_path / "organization.yml"
    path.write_text(ORGANIZATION, encoding="utf-8")
    with local_aws(path, report_seconds=0) as aws:
        made = [ca for account in aws.seeded["accounts"] for ca in account["certificate_authorities"]]
        assert [ca["shared_with"] for ca in made] == [[CONSUMER], [], [CONSUMER], []]
        yield Shares(client, {ca["name"]: ca["arn"] for ca in made})


@pytest.mark.parametrize(
    ("account", "region", "own", "others"),
    [
        (OWNER, "us-east-1", {"Shared", "Kept"}, set()),
        (OWNER, "eu-central-1", {"Elsewhere"}, set()),
        (CONSUMER, "us-east-1", {"Own"}, {"Shared"}),
        (CONSUMER, "eu-central-1", set(), {"Elsewhere"}),
        (CONSUMER, "eu-west-1", set(), set()),
        (STRANGER, "us-east-1", set(), set()),
    ],
)
def test_who_sees_what(shares: Shares, account: str, region: str, own: set[str], others: set[str]) -> None:
    assert shares.listed(account, region) == own
    assert shares.listed(account, region, ResourceOwner="SELF") == own
    assert shares.listed(account, region, ResourceOwner="OTHER_ACCOUNTS") == others


def test_what_a_consumer_may_do(shares: Shares) -> None:
    arn = shares.arns["Shared"]
    pca = shares.pca(CONSUMER)
    assert pca.describe_certificate_authority(CertificateAuthorityArn=arn)["CertificateAuthority"]["Arn"] == arn
    assert pca.list_tags(CertificateAuthorityArn=arn)["Tags"] == [{"Key": "tier", "Value": "issuing"}]
    assert pca.get_certificate_authority_certificate(CertificateAuthorityArn=arn)["Certificate"]
    issued = pca.issue_certificate(
        CertificateAuthorityArn=arn,
        Csr=csr("shared.example.com"),
        SigningAlgorithm="SHA256WITHECDSA",
        Validity={"Type": "DAYS", "Value": 1},
    )
    assert pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued["CertificateArn"])["Certificate"]


@pytest.mark.parametrize(
    ("account", "name", "method", "parameters"),
    [
        (
            CONSUMER,
            "Shared",
            "create_certificate_authority_audit_report",
            {"S3BucketName": "reports", "AuditReportResponseFormat": "JSON"},
        ),
        (
            CONSUMER,
            "Shared",
            "describe_certificate_authority_audit_report",
            {"AuditReportId": "11111111-2222-3333-4444-555555555555"},
        ),
        (CONSUMER, "Shared", "update_certificate_authority", {"Status": "DISABLED"}),
        (CONSUMER, "Shared", "delete_certificate_authority", {}),
        (CONSUMER, "Shared", "tag_certificate_authority", {"Tags": [{"Key": "a", "Value": "b"}]}),
        (
            CONSUMER,
            "Shared",
            "issue_certificate",
            {"TemplateArn": "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1"},
        ),
        (CONSUMER, "Kept", "describe_certificate_authority", {}),
        (STRANGER, "Shared", "describe_certificate_authority", {}),
        (STRANGER, "Shared", "list_tags", {}),
    ],
)
def test_what_is_the_owners(shares: Shares, account: str, name: str, method: str, parameters: dict[str, Any]) -> None:
    arn, pca = shares.arns[name], shares.pca(account)
    with pytest.raises(ClientError) as refused:
        getattr(pca, method)(CertificateAuthorityArn=arn, **parameters)
    action = f"acm-pca:{pca.meta.method_to_api_mapping[method]}"
    role = f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/test"
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: {role} is not authorized to perform: {action} on resource: {arn} "
        f"because no resource-based policy allows the {action} action",
    }


def test_owner_makes_reports_of_what_is_shared(shares: Shares) -> None:
    answer = shares.pca(OWNER).create_certificate_authority_audit_report(
        CertificateAuthorityArn=shares.arns["Shared"], S3BucketName="reports", AuditReportResponseFormat="JSON"
    )
    assert answer["S3Key"]


def test_policy_of_a_ca_shares_it_too(world: World) -> None:
    other = world.client("acm-pca", **world.as_account(CONSUMER))
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": CONSUMER},
        "Action": ["acm-pca:DescribeCertificateAuthority", "acm-pca:CreateCertificateAuthorityAuditReport"],
        "Resource": world.ca,
    }
    world.pca.put_policy(ResourceArn=world.ca, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    [found] = other.list_certificate_authorities(ResourceOwner="OTHER_ACCOUNTS")["CertificateAuthorities"]
    assert (found["Arn"], found["OwnerAccount"]) == (world.ca, "123456789012")
    # No permission of RAM has this action, whatever a policy says.
    world.pca = other
    assert world.refusal()[0] == "AccessDeniedException"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        other.delete_policy(ResourceArn=world.ca)


def test_ca_that_is_nowhere_is_not_found(world: World) -> None:
    arn = create_ca(world.pca).replace("123456789012", STRANGER)
    with pytest.raises(world.pca.exceptions.ResourceNotFoundException):
        world.pca.describe_certificate_authority(CertificateAuthorityArn=arn)
