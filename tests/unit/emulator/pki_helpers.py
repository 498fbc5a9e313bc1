# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CAs and certificates for the emulator's own tests, made by way of the API as any client makes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto.acmpca.models import CertificateAuthority, acmpca_backends

from local_aws.ledger import LedgerEntry, ledger_of

ROOT = "arn:aws:acm-pca:::template/RootCACertificate/V1"
DAYS_30 = {"Type": "DAYS", "Value": 30}
YEARS_10 = {"Type": "YEARS", "Value": 10}


@cache
def subscriber_key() -> ec.EllipticCurvePrivateKey:
    """The key of whoever asks for certificates."""
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name: str) -> x509.Name:
    """A name of nothing but a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def csr(subject: x509.Name | str = "www.example.com", *extensions: x509.ExtensionType) -> bytes:
    """A certificate signing request, as PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        name(subject) if isinstance(subject, str) else subject
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(subscriber_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def create_authority(pca: Any, algorithm: str = "EC_prime256v1", kind: str = "ROOT", **parameters: Any) -> str:
    """A CA that waits for its certificate."""
    signing = "SHA256WITHECDSA" if algorithm.startswith("EC_") else "SHA256WITHRSA"
    configuration = {
        "KeyAlgorithm": algorithm,
        "SigningAlgorithm": signing,
        "Subject": parameters.pop("Subject", {"Country": "US", "Organization": "Example Corp", "CommonName": kind}),
    }
    answer = pca.create_certificate_authority(
        CertificateAuthorityConfiguration=configuration, CertificateAuthorityType=kind, **parameters
    )
    return str(answer["CertificateAuthorityArn"])


def active_root(pca: Any, algorithm: str = "EC_prime256v1", **parameters: Any) -> str:
    """A root CA that has signed its own certificate."""
    ca = create_authority(pca, algorithm, **parameters)
    request = pca.get_certificate_authority_csr(CertificateAuthorityArn=ca)["Csr"]
    arn = issue(pca, ca, request.encode(), Validity=YEARS_10, TemplateArn=ROOT)
    certificate = pca.get_certificate(CertificateAuthorityArn=ca, CertificateArn=arn)["Certificate"]
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=ca, Certificate=certificate.encode())
    return ca


def active_subordinate(pca: Any, parent: str, path_length: int = 0, **parameters: Any) -> str:
    """A subordinate CA with a certificate of its parent and the chain above."""
    ca = create_authority(pca, kind="SUBORDINATE", **parameters)
    request = pca.get_certificate_authority_csr(CertificateAuthorityArn=ca)["Csr"]
    template = f"arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen{path_length}/V1"
    arn = issue(pca, parent, request.encode(), Validity={"Type": "YEARS", "Value": 5}, TemplateArn=template)
    issued = pca.get_certificate(CertificateAuthorityArn=parent, CertificateArn=arn)
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=ca,
        Certificate=issued["Certificate"].encode(),
        CertificateChain=issued["CertificateChain"].encode(),
    )
    return ca


def issue(pca: Any, ca: str, request: bytes | None = None, **parameters: Any) -> str:
    """Issue a certificate for 30 days, if nothing else is said."""
    given = {"SigningAlgorithm": _suitable_algorithm(pca, ca), "Validity": DAYS_30, **parameters}
    given = {key: value for key, value in given.items() if value is not None}
    answer = pca.issue_certificate(CertificateAuthorityArn=ca, Csr=csr() if request is None else request, **given)
    return str(answer["CertificateArn"])


def _suitable_algorithm(pca: Any, ca: str) -> str:
    described = pca.describe_certificate_authority(CertificateAuthorityArn=ca)["CertificateAuthority"]
    return str(described["CertificateAuthorityConfiguration"]["SigningAlgorithm"])


def chain_of(pca: Any, ca: str, certificate_arn: str) -> list[x509.Certificate]:
    """A certificate, and those that it comes with, nearest first."""
    answer = pca.get_certificate(CertificateAuthorityArn=ca, CertificateArn=certificate_arn)
    pem = answer["Certificate"] + "\n" + answer.get("CertificateChain", "")
    return x509.load_pem_x509_certificates(pem.encode())


def certificate_of(pca: Any, ca: str, certificate_arn: str) -> x509.Certificate:
    """A certificate that a CA issued."""
    return chain_of(pca, ca, certificate_arn)[0]


def verify_chain(chain: list[x509.Certificate]) -> None:
    """Every certificate is signed by the next one, which may do so, and the last one by itself."""
    for depth, (certificate, issuer) in enumerate(zip(chain, [*chain[1:], chain[-1]], strict=True)):
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        assert constraints.ca
        if constraints.path_length is not None and issuer is not certificate:
            # What is between the issuer and the end entity.
            assert depth <= constraints.path_length


def authority(arn: str) -> CertificateAuthority:
    """moto's own object for a CA."""
    _arn, _partition, _service, region, account, _rest = arn.split(":", 5)
    return acmpca_backends[account][region].certificate_authorities[arn]


def ledger(arn: str) -> tuple[LedgerEntry, ...]:
    """What a CA has issued, newest first."""
    return ledger_of(authority(arn))


def colons(serial: int) -> str:
    """A serial as openssl shows it, independent of the code under test."""
    return serial.to_bytes((serial.bit_length() + 7) // 8 or 1, "big").hex(":")


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def entry(**changes: Any) -> LedgerEntry:
    """An entry as in the documentation of the service."""
    ca = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555"
    values: Mapping[str, Any] = {
        "aws_account_id": "123456789012",
        "requested_by_service_principal": None,
        "certificate_arn": f"{ca}/certificate/0123456789abcdef0123456789abcdef",
        "serial": "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
        "subject": "CN=www.example1.com,OU=Sales,O=Example Company,L=Seattle,ST=Washington,C=US",
        "not_before": utc(2020, 3, 2, 21, 43, 57),
        "not_after": utc(2020, 4, 7, 22, 43, 57),
        "issued_at": utc(2020, 3, 2, 22, 43, 58),
        "revoked_at": None,
        "revocation_reason": None,
        "template_arn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1",
        **changes,
    }
    return LedgerEntry(**values)
