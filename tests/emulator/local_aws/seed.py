# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build an organization in moto's backends from a seed file: accounts, CAs, certificates, revocations, buckets.

The backends are used directly and not through boto3, which for a thousand accounts is a matter of minutes.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from moto.acmpca.models import CertificateAuthority, acmpca_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.organizations import utils as organizations_utils
from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends

from local_aws import clock, ledger, sharing
from local_aws.identities import administrator_policy
from local_aws.issuance import SHORT_LIFE, SHORT_LIVED, PrivateKey, issue, make_key
from local_aws.seed_buckets import PARTITION, create_bucket
from local_aws.seed_checks import depths_below
from local_aws.seed_file import parse
from local_aws.seed_model import WITHOUT_CERTIFICATE, Account, Authority, Organization, SeedError
from local_aws.templates import ROOT, Template, find_template, subordinate

__all__ = ["SeedError", "load"]

DAY = timedelta(days=1)

#: How long ago the CAs of an organization were made, and for how long their certificates are valid from now on.
CA_AGE = 5 * 365 * DAY
CA_REMAINS = 10 * 365 * DAY
#: How long ago an EXPIRED CA expired.
CA_EXPIRED = 10 * DAY

_SIGNING = {"RSA": "SHA256WITHRSA", "EC_": "SHA256WITHECDSA"}


def load(path: Path) -> dict[str, Any]:
    """Build what the file describes. Returns what was built, fit for JSON. Raises SeedError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SeedError(f"{path} cannot be read: {reason}.") from error
    try:
        return _Builder(parse(text)).build()
    except SeedError as error:
        raise SeedError(f"{path}: {error}") from error


class _Builder:
    """Builds one organization; what was built so far is kept for what refers to it."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._now = clock.now().replace(microsecond=0)
        self._accounts: dict[str, str] = {}
        self._authorities: dict[str, CertificateAuthority] = {}
        self._units: dict[str, str] = {}
        self._depths = depths_below(
            [authority for account in organization.accounts for authority in account.certificate_authorities]
        )

    def build(self) -> dict[str, Any]:
        management = self._organization.management_account
        backend: OrganizationsBackend = organizations_backends[management][PARTITION]
        if backend.org is None:
            backend.create_organization(region="us-east-1", FeatureSet="ALL")
        organization_id = str(backend.describe_organization()["Organization"]["Id"])
        # Accounts first: a CA may be signed by one of another account, and buckets name accounts.
        for account in self._organization.accounts:
            self._accounts[account.name] = self._create_account(backend, account)
        # Who holds reports audits, and so may every account's role be assumed from there.
        owners = [self._account_id(bucket.account) for bucket in self._organization.buckets]
        for account in self._organization.accounts:
            # And from the account of the access keys that nobody made, or there would be no way in.
            _create_role(self._accounts[account.name], account, {management, DEFAULT_ACCOUNT_ID, *owners})
            for authority in account.certificate_authorities:
                self._authorities[authority.name] = self._create_authority(self._accounts[account.name], authority)
        buckets = [
            create_bucket(bucket, owner, self._admitted(bucket.accounts), organization_id)
            for bucket, owner in zip(self._organization.buckets, owners, strict=True)
        ]
        return {
            "organization_id": organization_id,
            "management_account": management,
            "buckets": buckets,
            # Last, since a parent's ledger also holds the subordinates that it signed.
            "accounts": [self._describe(account) for account in self._organization.accounts],
        }

    def _account_id(self, name_or_id: str | None) -> str:
        named = name_or_id or self._organization.management_account
        return self._accounts.get(named, named)

    def _admitted(self, names: Collection[str] | None) -> set[str]:
        return set(self._accounts.values()) if names is None else {self._account_id(name) for name in names}

    def _create_account(self, backend: OrganizationsBackend, account: Account) -> str:
        email = account.email or f"{account.name}@example.com"
        if account.id == self._organization.management_account:
            member = next(each for each in backend.accounts if each.id == account.id)
            member.name, member.email = account.name, email
        else:
            member = _new_member(backend, account, email)
        member.state = account.state
        # What it was called before, with fewer words.
        member.status = account.state if account.state in ("ACTIVE", "PENDING_CLOSURE") else "SUSPENDED"
        member.tags = dict(account.tags)
        if account.organizational_unit:
            member.parent_id = self._unit(backend, account.organizational_unit)
        return str(member.id)

    def _unit(self, backend: OrganizationsBackend, name: str) -> str:
        if name not in self._units:
            above, _slash, own = name.rpartition("/")
            parent = self._unit(backend, above) if above else backend.list_roots()["Roots"][0]["Id"]
            unit = backend.create_organizational_unit(ParentId=parent, Name=own)
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
        if authority.shared_with:
            sharing.share(ca, [self._account_id(name) for name in authority.shared_with])
        return ca

    def _certify(self, ca: CertificateAuthority, authority: Authority, begin: datetime, end: datetime) -> None:
        """Give a CA its certificate: its own, its parent's, or one of a CA outside AWS."""
        csr = x509.load_pem_x509_csr(ca.csr)
        depth = self._depths[authority.name]
        if authority.type == "SUBORDINATE" and authority.parent is None:
            certificate, chain = _outside_certificate(csr, depth, begin, end)
        else:
            signer = self._authorities[authority.parent] if authority.parent else ca
            template = subordinate(depth) if authority.parent else _template(ROOT)
            with clock.use(lambda: begin):
                entry = issue(signer, csr, template=template, not_before=begin, not_after=end)
            certificate, chain = signer.get_certificate(entry.certificate_arn)
        # The chain in base 64, as ImportCertificateAuthorityCertificate hands it to moto.
        ca.import_certificate_authority_certificate(certificate, base64.b64encode(chain) or None)

    def _issue_all(self, ca: CertificateAuthority, authority: Authority) -> None:
        wanted = authority.issued
        # The same file makes the same organization, apart from ids and keys.
        chance = random.Random(authority.name)
        entries = []
        for number in range(1, wanted.total + 1):
            begin, end = self._lifetime(number, authority, chance)
            csr = _subscriber_csr(wanted.name.replace("{n}", str(number)))
            with clock.use(lambda moment=begin: moment):  # type: ignore[misc]
                entry = issue(
                    ca,
                    csr,
                    template=_template(wanted.templates[number % len(wanted.templates)]),
                    not_before=begin - timedelta(hours=1),
                    not_after=end,
                    requested_by=wanted.principals[number % len(wanted.principals)],
                )
            entries.append(entry)
        reasons = [reason for reason, count in wanted.revoked.items() for _number in range(count)]
        for reason, entry in zip(reasons, chance.sample(entries, len(reasons)), strict=True):
            # Nobody revokes what has expired.
            moment = entry.issued_at + (min(self._now, entry.not_after) - entry.issued_at) * chance.random()
            ledger.revoke(ca, entry.serial, reason, moment.replace(microsecond=0))
            ca.revoked_certificates[entry.serial.upper()] = {
                "revocation_reason": reason,
                "revocation_time": moment.timestamp(),
            }

    def _lifetime(self, number: int, authority: Authority, chance: random.Random) -> tuple[datetime, datetime]:
        """When a certificate was issued and when it ends: the valid ones first, then the expiring, then the expired."""
        wanted, now = authority.issued, self._now
        if number <= wanted.valid + wanted.expiring:
            longest = SHORT_LIFE if authority.usage_mode == SHORT_LIVED else None
            if number <= wanted.valid:
                end = now + chance.uniform(wanted.expiring_within_days + 1, wanted.expiring_within_days + 360) * DAY
                begin = now - chance.uniform(0.1, 200) * DAY
            else:
                end = now + chance.uniform(0.1, wanted.expiring_within_days) * DAY
                begin = now - chance.uniform(30, 300) * DAY
            if longest is None:
                return begin, end
            begin = now - chance.uniform(0.1, 6) * DAY
            return begin, begin + longest
        # An EXPIRED CA issued nothing that outlived it.
        latest = CA_EXPIRED / DAY + 1 if authority.status == "EXPIRED" else 1
        end = now - chance.uniform(latest, 300) * DAY
        lasted = SHORT_LIFE if authority.usage_mode == SHORT_LIVED else chance.uniform(30, 390) * DAY
        return end - lasted, end

    def _describe(self, account: Account) -> dict[str, Any]:
        account_id = self._accounts[account.name]
        return {
            "id": account_id,
            "name": account.name,
            "email": account.email or f"{account.name}@example.com",
            "organizational_unit": account.organizational_unit,
            "role_arn": f"arn:{PARTITION}:iam::{account_id}:role/{account.role}",
            "external_id": account.external_id,
            "disabled_regions": list(account.disabled_regions),
            "certificate_authorities": [
                {
                    **_describe_authority(self._authorities[authority.name], authority),
                    "shared_with": [self._account_id(name) for name in authority.shared_with],
                }
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
    chosen = account.id
    if chosen is None:
        backend.create_account(**given)
    else:
        # moto chooses the id; a file may, so that what is written about it stays true.
        with patch.object(organizations_utils, "make_random_account_id", lambda: str(chosen)):
            backend.create_account(**given)
    return backend.accounts[-1]


def _create_role(account_id: str, account: Account, trusted: Collection[str]) -> None:
    """The role that auditors assume, or who may assume it where moto made it with the account."""
    arns = [f"arn:{PARTITION}:iam::{each}:root" for each in sorted(trusted)]
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": arns}, "Action": "sts:AssumeRole"}
    if account.external_id is not None:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": account.external_id}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = account.role
    backend = iam_backends[account_id]["global"]
    if any(each.name == role for each in backend.get_roles()):
        backend.update_assume_role_policy(role, policy)
    else:
        backend.create_role(
            role_name=role,
            assume_role_policy_document=policy,
            path="/",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration="3600",
        )
    # As with the role that AWS makes in a new member of an organization.
    backend.put_role_policy(role, "AdministratorAccess", administrator_policy())


@cache
def _subscriber_key() -> PrivateKey:
    """One key for every subscriber: a report does not show keys, and making thousands takes long."""
    return make_key("EC_prime256v1")


def _subscriber_csr(name: str) -> x509.CertificateSigningRequest:
    subject = [
        (NameOID.COUNTRY_NAME, "US"),
        (NameOID.ORGANIZATION_NAME, "Example Corp"),
        (NameOID.COMMON_NAME, name),
    ]
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    )
    return builder.sign(_subscriber_key(), hashes.SHA256())


def _outside_certificate(
    csr: x509.CertificateSigningRequest, depth: int, begin: datetime, end: datetime
) -> tuple[bytes, bytes]:
    """A subordinate CA's certificate from a root outside AWS, and that root's."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example Corp Offline Root")])
    key, pem = make_key("EC_prime256v1"), serialization.Encoding.PEM
    made = []
    for template, subject, public_key in (
        (_template(ROOT), name, key.public_key()),
        (subordinate(depth), csr.subject, csr.public_key()),
    ):
        builder = x509.CertificateBuilder(name, subject, public_key, x509.random_serial_number(), begin, end)
        for extension, critical in template.extensions(public_key, key.public_key()):
            builder = builder.add_extension(extension, critical)
        made.append(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    root, certificate = made
    return certificate, root


@cache
def _template(arn: str) -> Template:
    """A template that the file's checks have found to be one."""
    template = find_template(arn)
    assert template is not None, arn
    return template
