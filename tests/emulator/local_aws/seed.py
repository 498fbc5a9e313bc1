# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build an organization in moto's backends from a seed file: accounts, CAs, certificates, revocations, buckets.

The backends are used directly and not through boto3, which for a thousand accounts is a matter of minutes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from moto.acmpca.models import CertificateAuthority, acmpca_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.organizations import utils as organizations_utils
from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends
from moto.s3.models import s3_backends

from local_aws import clock, ledger
from local_aws.issuance import PrivateKey, issue, make_key
from local_aws.policy import SERVICE_PRINCIPAL
from local_aws.seed_file import WITHOUT_CERTIFICATE, Account, Authority, Bucket, Organization, SeedError, parse
from local_aws.templates import ROOT, Template, find_template

__all__ = ["SeedError", "load"]

PARTITION = "aws"

#: How long ago the CAs of an organization were made, and for how long their certificates are valid from now on.
CA_AGE = timedelta(days=5 * 365)
CA_REMAINS = timedelta(days=10 * 365)
#: How long ago an EXPIRED CA expired.
CA_EXPIRED = timedelta(days=10)

_SUBORDINATE = "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1"
_SIGNING = {"RSA": "SHA256WITHRSA", "EC_": "SHA256WITHECDSA"}


def load(path: Path) -> dict[str, Any]:
    """Build what the file describes. Returns what was built, fit for JSON. Raises SeedError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SeedError(f"{path} cannot be read: {reason}.") from error
    try:
        organization = parse(text)
    except SeedError as error:
        raise SeedError(f"{path}: {error}") from error
    return _Builder(organization).build()


class _Builder:
    """Builds one organization; what was built so far is kept for what refers to it."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._now = clock.now().replace(microsecond=0)
        self._accounts: dict[str, str] = {}
        self._authorities: dict[str, CertificateAuthority] = {}
        self._units: dict[str, str] = {}

    def build(self) -> dict[str, Any]:
        management = self._organization.management_account
        backend: OrganizationsBackend = organizations_backends[management][PARTITION]
        if backend.org is None:
            backend.create_organization(region="us-east-1", FeatureSet="ALL")
        # Accounts first: a CA may be signed by one of another account, and buckets name accounts.
        for account in self._organization.accounts:
            self._accounts[account.name] = self._create_account(backend, account)
        for account in self._organization.accounts:
            for authority in account.certificate_authorities:
                self._authorities[authority.name] = self._create_authority(self._accounts[account.name], authority)
        return {
            "organization_id": backend.org.id if backend.org else None,
            "management_account": management,
            "buckets": [self._create_bucket(bucket) for bucket in self._organization.buckets],
            # Last, since a parent's ledger also holds the subordinates that it signed.
            "accounts": [self._describe(account) for account in self._organization.accounts],
        }

    def _create_account(self, backend: OrganizationsBackend, account: Account) -> str:
        email = account.email or f"{account.name}@example.com"
        if account.id == self._organization.management_account:
            member = next(each for each in backend.accounts if each.id == account.id)
            member.name, member.email = account.name, email
            _create_role(account.id, account.role, account.id)
        else:
            member = _new_member(backend, account, email)
        if account.organizational_unit:
            member.parent_id = self._unit(backend, account.organizational_unit)
        return str(member.id)

    def _unit(self, backend: OrganizationsBackend, name: str) -> str:
        if name not in self._units:
            root = backend.list_roots()["Roots"][0]["Id"]
            unit = backend.create_organizational_unit(ParentId=root, Name=name)
            self._units[name] = unit["OrganizationalUnit"]["Id"]
        return self._units[name]

    def _create_authority(self, account_id: str, authority: Authority) -> CertificateAuthority:
        backend = acmpca_backends[account_id][authority.region]
        arn = backend.create_certificate_authority(
            certificate_authority_configuration={
                "KeyAlgorithm": authority.key_algorithm,
                "SigningAlgorithm": _SIGNING[authority.key_algorithm[:3]],
                "Subject": {"Country": "US", "Organization": "Example Corp", "CommonName": authority.name},
            },
            revocation_configuration={},
            certificate_authority_type=authority.type,
            security_standard=None,
            tags=[{"Key": key, "Value": value} for key, value in authority.tags.items()],
        )
        ca = backend.certificate_authorities[arn]
        ca.usage_mode = authority.usage_mode
        begin = self._now - CA_AGE
        ca.created_at = begin.timestamp()
        if authority.status not in WITHOUT_CERTIFICATE:
            end = self._now - CA_EXPIRED if authority.status == "EXPIRED" else self._now + CA_REMAINS
            self._certify(ca, authority, begin, end)
            self._issue_all(ca, authority)
        ca.status = authority.status
        return ca

    def _certify(self, ca: CertificateAuthority, authority: Authority, begin: datetime, end: datetime) -> None:
        """Give a CA its certificate: its own, its parent's, or one of a CA outside AWS."""
        csr = x509.load_pem_x509_csr(ca.csr)
        if authority.type == "SUBORDINATE" and authority.parent is None:
            certificate, chain = _outside_certificate(csr, begin, end)
        else:
            signer = self._authorities[authority.parent] if authority.parent else ca
            template = _template(_SUBORDINATE if authority.parent else ROOT)
            with clock.use(lambda: begin):
                issued = issue(signer, csr, template=template, not_before=begin, not_after=end)
            certificate, chain = signer.get_certificate(issued)
        ca.import_certificate_authority_certificate(certificate, chain or None)

    def _issue_all(self, ca: CertificateAuthority, authority: Authority) -> None:
        wanted = authority.issued
        # The same file makes the same organization, apart from ids and keys.
        chance = random.Random(authority.name)  # noqa: S311 - it chooses dates, not keys
        serials = []
        for number in range(1, wanted.total + 1):
            begin, end = self._lifetime(number, authority, chance)
            csr = _subscriber_csr(wanted.name.replace("{n}", str(number)))
            with clock.use(lambda moment=begin: moment):  # type: ignore[misc]
                arn = issue(
                    ca,
                    csr,
                    template=_template(wanted.templates[number % len(wanted.templates)]),
                    not_before=begin - timedelta(hours=1),
                    not_after=end,
                    requested_by=wanted.principals[number % len(wanted.principals)],
                )
            serials.append((begin, x509.load_pem_x509_certificate(ca.issued_certificates[arn]).serial_number))
        reasons = [reason for reason, count in wanted.revoked.items() for _number in range(count)]
        for reason, (begin, serial) in zip(reasons, chance.sample(serials, len(reasons)), strict=True):
            text = ledger.serial_text(serial)
            moment = begin + (self._now - begin) * chance.random()
            ledger.revoke(ca, text, reason, moment.replace(microsecond=0))
            ca.revoked_certificates[text.upper()] = {"revocation_reason": reason, "revocation_time": moment.timestamp()}

    def _lifetime(self, number: int, authority: Authority, chance: random.Random) -> tuple[datetime, datetime]:
        """When a certificate was issued and when it ends: the valid ones first, then the expiring, then the expired."""
        wanted, now = authority.issued, self._now
        day = timedelta(days=1)
        if number <= wanted.valid:
            return now - chance.uniform(0.1, 200) * day, now + chance.uniform(
                wanted.expiring_within_days + 1, 390
            ) * day
        if number <= wanted.valid + wanted.expiring:
            return now - chance.uniform(30, 300) * day, now + chance.uniform(0.5, wanted.expiring_within_days) * day
        latest = 11 if authority.status == "EXPIRED" else 1
        end = now - chance.uniform(latest, 300) * day
        return end - chance.uniform(30, 390) * day, end

    def _create_bucket(self, bucket: Bucket) -> dict[str, Any]:
        named = bucket.account or self._organization.management_account
        account_id = self._accounts.get(named, named)
        backend = s3_backends[account_id][PARTITION]
        if bucket.name in s3_backends.bucket_accounts:
            raise SeedError(f"the bucket {bucket.name} is already there.")
        backend.create_bucket(bucket.name, bucket.region)
        policy = self._audit_policy(bucket.name) if bucket.policy == "audit-reports" else bucket.policy
        if policy != "none":
            backend.put_bucket_policy(bucket.name, json.dumps(policy).encode())
        key_arn = None
        if bucket.encryption != "none":
            key_arn = _encrypt(bucket, account_id)
        return {"name": bucket.name, "account": account_id, "region": bucket.region, "kms_key_arn": key_arn}

    def _audit_policy(self, bucket: str) -> dict[str, Any]:
        """What Private CA needs, for the CAs of every account of the file."""
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "PrivateCAAuditReports",
                    "Effect": "Allow",
                    "Principal": {"Service": SERVICE_PRINCIPAL},
                    "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "s3:GetBucketLocation"],
                    "Resource": [f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"],
                    "Condition": {"StringEquals": {"aws:SourceAccount": sorted(self._accounts.values())}},
                }
            ],
        }

    def _describe(self, account: Account) -> dict[str, Any]:
        account_id = self._accounts[account.name]
        return {
            "id": account_id,
            "name": account.name,
            "email": account.email or f"{account.name}@example.com",
            "organizational_unit": account.organizational_unit,
            "role_arn": f"arn:{PARTITION}:iam::{account_id}:role/{account.role}",
            "certificate_authorities": [
                _describe_authority(self._authorities[authority.name], authority)
                for authority in account.certificate_authorities
            ],
        }


def _describe_authority(ca: CertificateAuthority, authority: Authority) -> dict[str, Any]:
    entries = ledger.ledger_of(ca)
    return {
        "arn": ca.arn,
        "name": authority.name,
        "region": authority.region,
        "type": authority.type,
        "status": authority.status,
        "key_algorithm": authority.key_algorithm,
        "issued": len(entries),
        "revoked": sum(entry.revoked_at is not None for entry in entries),
    }


def _new_member(backend: OrganizationsBackend, account: Account, email: str) -> FakeAccount:
    given = {"AccountName": account.name, "Email": email, "RoleName": account.role}
    if account.id is None:
        backend.create_account(**given)
    else:
        # moto chooses the id; a file may, so that what is written about it stays true.
        with patch.object(organizations_utils, "make_random_account_id", lambda: account.id):
            backend.create_account(**given)
    return backend.accounts[-1]


def _create_role(account_id: str, role: str, trusted: str) -> None:
    iam_backends[account_id]["global"].create_role(
        role_name=role,
        assume_role_policy_document=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:{PARTITION}:iam::{trusted}:root"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )


def _encrypt(bucket: Bucket, account_id: str) -> str | None:
    """Encrypt a bucket's objects as the file says. Returns the ARN of the key that was made for it."""
    default: dict[str, str] = {"SSEAlgorithm": "aws:kms"}
    key_arn = None
    if bucket.encryption != "aws-managed":
        key = kms_backends[account_id][bucket.region].create_key(
            policy=json.dumps(_key_policy(bucket, account_id)),
            key_usage="ENCRYPT_DECRYPT",
            key_spec="SYMMETRIC_DEFAULT",
            description=f"Reports in {bucket.name}",
            tags=None,
        )
        key_arn = default["KMSMasterKeyID"] = key.arn
    encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": default}}
    s3_backends[account_id][PARTITION].put_bucket_encryption(bucket.name, encryption)
    return key_arn


def _key_policy(bucket: Bucket, account_id: str) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html#audit-report-encryption"""
    statements: list[dict[str, Any]] = [
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{PARTITION}:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    if bucket.encryption == "kms":
        objects = ["acm-pca-permission-test-key", "acm-pca-permission-test-key-private", "audit-report/*", "crl/*"]
        arns = [f"arn:{PARTITION}:s3:::{bucket.name}/{name}" for name in objects]
        statements.append(
            {
                "Sid": "PrivateCA",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE_PRINCIPAL},
                "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
                "Resource": "*",
                "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": arns}},
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


@cache
def _subscriber_key() -> PrivateKey:
    """One key for every subscriber: a report does not show keys, and making thousands takes long."""
    return make_key("EC_prime256v1")


def _subscriber_csr(name: str) -> x509.CertificateSigningRequest:
    subject = [
        (NameOID.COUNTRY_NAME, "US"),
        (NameOID.ORGANIZATION_NAME, "Example Corp"),
        (NameOID.COMMON_NAME, name[:64]),
    ]
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    )
    return builder.sign(_subscriber_key(), hashes.SHA256())


def _outside_certificate(csr: x509.CertificateSigningRequest, begin: datetime, end: datetime) -> tuple[bytes, bytes]:
    """A subordinate CA's certificate from a root outside AWS, and that root's."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example Corp Offline Root")])
    key, pem = make_key("EC_prime256v1"), serialization.Encoding.PEM
    made = []
    for template, subject, public_key in (
        (_template(ROOT), name, key.public_key()),
        (_template(_SUBORDINATE), csr.subject, csr.public_key()),
    ):
        builder = x509.CertificateBuilder(name, subject, public_key, x509.random_serial_number(), begin, end)
        for extension, critical in template.extensions(public_key, key.public_key()):
            builder = builder.add_extension(extension, critical)
        made.append(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    root, certificate = made
    return certificate, root


def _template(arn: str) -> Template:
    template = find_template(arn)
    assert template is not None, arn
    return template
