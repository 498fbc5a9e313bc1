# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A permission of those that the role's README documents is named when it is missing."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import boto3
import pytest
import yaml

from ansible_collections.cloudpki.aws.plugins.modules import (
    acm_pca_audit_report,
    acm_pca_audit_report_info,
    acm_pca_certificate_authority_info,
    securityhub_findings,
)

from .conftest import AWS, Result, Run

TARGETS = Path(__file__).parents[3] / "integration" / "targets"
# A unit test compares these with the README, and an integration test with what the role uses.
DOCUMENTED = yaml.safe_load((TARGETS / "role_audit_reports_member_role/defaults/main.yml").read_text(encoding="utf-8"))
HUB_STATEMENTS = [*DOCUMENTED["hub_statements"], *DOCUMENTED["alerts_statements"]]
# What other collections' modules need for alerts.
OF_OTHERS = {"s3:GetObjectTagging", "sns:Publish"}

REGION = "eu-central-1"
BUCKET = "role-least-bucket"
HUB, MEMBER = "123456789012", "210987654321"
MEMBER_ROLE = f"arn:aws:iam::{MEMBER}:role/PrivateCAAudit"

pytestmark = pytest.mark.filterwarnings("ignore")


def document(*statements: dict[str, t.Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Organization:
    """A hub and a member with a CA that has a report; what the hub runs, it may do and no more."""

    def __init__(self, aws: AWS, run: Run) -> None:
        self.aws = aws
        self._run = run
        admin = boto3.session.Session(region_name=REGION)
        member = self._session(admin, f"arn:aws:iam::{MEMBER}:role/Administrator")
        self._iam = {HUB: admin.client("iam"), MEMBER: member.client("iam")}
        self.kms = admin.client("kms")

        aws.create_bucket(BUCKET)
        admin.client("securityhub").enable_security_hub()
        pca = member.client("acm-pca")
        self.ca = pca.create_certificate_authority(
            CertificateAuthorityConfiguration={
                "KeyAlgorithm": "EC_prime256v1",
                "SigningAlgorithm": "SHA256WITHECDSA",
                "Subject": {"CommonName": "example.com"},
            },
            CertificateAuthorityType="ROOT",
        )["CertificateAuthorityArn"]
        pca.update_certificate_authority(CertificateAuthorityArn=self.ca, Status="ACTIVE")

        self._create_role(HUB, DOCUMENTED["hub_role"], f"arn:aws:iam::{HUB}:root")
        self._create_role(MEMBER, MEMBER_ROLE, DOCUMENTED["hub_role"])
        self.say(DOCUMENTED["hub_role"], "allowed", *HUB_STATEMENTS)
        self.say(MEMBER_ROLE, "allowed", {"Effect": "Allow", "Action": DOCUMENTED["member_actions"], "Resource": "*"})
        hub = self._session(admin, DOCUMENTED["hub_role"]).get_credentials()
        self._credentials = {"access_key": hub.access_key, "secret_key": hub.secret_key, "session_token": hub.token}
        aws.emulator.configure(enforce_permissions=True, require_roles=True)

    @staticmethod
    def _session(session: boto3.session.Session, role: str) -> boto3.session.Session:
        made = session.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.session.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], REGION)

    def _create_role(self, account: str, arn: str, trusted: str) -> None:
        trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
        self._iam[account].create_role(RoleName=arn.rpartition("/")[2], AssumeRolePolicyDocument=document(trust))

    def say(self, role: str, name: str, *statements: dict[str, t.Any]) -> None:
        """Put a policy into a role."""
        self._iam[role.split(":")[4]].put_role_policy(
            RoleName=role.rpartition("/")[2], PolicyName=name, PolicyDocument=document(*statements)
        )

    @contextmanager
    def denied(self, action: str) -> Iterator[None]:
        """Take a permission away from the member or from the hub, for as long as the block lasts."""
        role = MEMBER_ROLE if action.startswith("acm-pca:") else DOCUMENTED["hub_role"]
        self.say(role, "denied", {"Effect": "Deny", "Action": action, "Resource": "*"})
        yield
        self._iam[role.split(":")[4]].delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="denied")

    def run(self, module: ModuleType, **options: t.Any) -> Result:
        """Run a module of ours as the hub."""
        given = {"region": REGION, **self._credentials, **options}
        if module is not securityhub_findings:
            given["accounts"] = [{"role_arn": MEMBER_ROLE}]
        if module in (acm_pca_audit_report, acm_pca_audit_report_info):
            given["s3_bucket_name"] = BUCKET
        if given.pop("by_name", False):
            given["certificate_authority_arn"] = self.ca
        return self._run(module, **given)


@pytest.fixture
def organization(aws: AWS, run_module: Run) -> Organization:
    made = Organization(aws, run_module)
    assert made.run(acm_pca_audit_report)["summary"]["created"] == 1
    return made


FINDING = {"id": "a", "title": "A", "description": "A finding.", "resources": [{"id": "a"}]}
FINDINGS = {"generator_id": "tests/permissions", "findings": [FINDING]}
DESCRIBED = {"include_certificate_authority": True}
CASES: list[tuple[str, ModuleType, dict[str, t.Any]]] = [
    ("acm-pca:CreateCertificateAuthorityAuditReport", acm_pca_audit_report, {}),
    ("acm-pca:DescribeCertificateAuthority", acm_pca_audit_report, {"by_name": True, "check": True}),
    ("acm-pca:DescribeCertificateAuthorityAuditReport", acm_pca_audit_report, {}),
    ("acm-pca:ListCertificateAuthorities", acm_pca_audit_report, {}),
    ("acm-pca:DescribeCertificateAuthority", acm_pca_audit_report_info, {"by_name": True, **DESCRIBED}),
    ("acm-pca:ListTags", acm_pca_audit_report_info, {"include_tags": True}),
    ("acm-pca:ListTags", acm_pca_certificate_authority_info, {"include_tags": True}),
    ("sts:AssumeRole", acm_pca_audit_report, {}),
    ("s3:GetObject", acm_pca_audit_report, {}),
    ("s3:GetObject", acm_pca_audit_report_info, {"tracking": "listing"}),
    ("s3:ListBucket", acm_pca_audit_report, {"tracking": "listing"}),
    ("s3:ListBucket", acm_pca_audit_report_info, {"tracking": "listing"}),
    ("s3:PutObject", acm_pca_audit_report, {}),
    ("securityhub:BatchImportFindings", securityhub_findings, FINDINGS),
    ("securityhub:GetFindings", securityhub_findings, FINDINGS),
]


# One organization for all cases: making it takes longer than a case.
def test_a_missing_permission_is_named(organization: Organization) -> None:
    for action, module, options in CASES:
        # The report is too old, so that another one is made.
        organization.aws.emulator.advance(3600)
        with organization.denied(action):
            result = organization.run(module, **options)
        assert action in json.dumps([result.get("msg"), result.get("warnings")]), result
        # A record that cannot be written fails nothing: a warning says so.
        assert result.get("failed", False) is (action != "s3:PutObject"), result


def test_every_documented_permission_is_looked_at() -> None:
    documented = {*DOCUMENTED["member_actions"], *(each["Action"] for each in HUB_STATEMENTS)}
    assert {action for action, _module, _options in CASES} == documented - OF_OTHERS


def test_an_archive_needs_what_the_module_documents(organization: Organization) -> None:
    organization.aws.create_bucket("role-archive", admitted=False)
    denied = organization.run(acm_pca_audit_report, archive_bucket_name="role-archive")
    assert (denied.get("failed", False), denied["summary"]["archived"]) == (False, 0)
    assert "need s3:ListBucket on 'role-archive', s3:GetObject and s3:PutObject on" in json.dumps(denied["warnings"])
    objects = "arn:aws:s3:::role-archive/audit-report/*"
    organization.say(
        DOCUMENTED["hub_role"],
        "archive",
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::role-archive"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": objects},
    )
    archived = organization.run(acm_pca_audit_report, archive_bucket_name="role-archive")
    assert (archived["summary"]["archived"], "warnings" in archived) == (1, False)


def test_reports_that_are_encrypted_need_the_key(organization: Organization) -> None:
    key = organization.kms.create_key()["KeyMetadata"]["Arn"]
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    organization.aws.s3.put_bucket_encryption(
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": encryption}]},
    )
    # Of objects that are listed, nobody has to ask for the head, whose refusal gives no reason.
    read = {"tracking": "listing", "contents": "summary"}
    denied = organization.run(acm_pca_audit_report_info, **read)
    assert denied["failed"] is True
    assert "The operation needs kms:Decrypt" in denied["msg"]
    organization.say(
        DOCUMENTED["hub_role"], "decrypting", {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    )
    assert organization.run(acm_pca_audit_report_info, **read)["summary"]["reports"] == 1


def test_the_permissions_of_the_data_set_are_those_in_its_documentation(organization: Organization) -> None:
    pytest.importorskip("pyarrow")
    text = (TARGETS.parents[2] / "docs" / "dataset.md").read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if line.startswith("| `s3:") and "audit-certificates/*" in line]
    allowed = {
        "Effect": "Allow",
        "Action": re.findall(r"`(s3:\w+)`", row),
        "Resource": f"arn:aws:s3:::{BUCKET}/audit-certificates/*",
    }
    result = organization.run(acm_pca_audit_report_info, dataset=True)
    assert result["audit_reports"][0]["dataset"]["action"] == "failed"
    assert "The operation needs s3:GetObject" in result["msg"]
    organization.say(DOCUMENTED["hub_role"], "dataset", allowed)
    result = organization.run(acm_pca_audit_report_info, dataset=True)
    assert "failed" not in result
    assert result["audit_reports"][0]["dataset"]["action"] == "written"
