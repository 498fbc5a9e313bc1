# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Issuing and revoking as Private CA does it: real keys, the validity that was asked for, templates, and a ledger."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.acmpca import models
from moto.acmpca.models import CertificateAuthority
from moto.acmpca.responses import ACMPCAResponse
from moto.core.exceptions import JsonRESTError

from local_aws import clock, ledger
from local_aws.ledger import LedgerEntry, serial_text
from local_aws.names import name_of
from local_aws.report_file import subject_text
from local_aws.templates import Template, find_template
from local_aws.validity import MOMENTS, ValidityError, moment_of

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

#: Every key algorithm of Private CA that makes X.509 certificates with keys that the cryptography package has.
KEY_ALGORITHMS = ("RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "EC_prime256v1": ec.SECP256R1,
    "EC_secp384r1": ec.SECP384R1,
    "EC_secp521r1": ec.SECP521R1,
}
_HASHES: Mapping[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
REVOCATION_REASONS = (
    "UNSPECIFIED",
    "KEY_COMPROMISE",
    "CERTIFICATE_AUTHORITY_COMPROMISE",
    "AFFILIATION_CHANGED",
    "SUPERSEDED",
    "CESSATION_OF_OPERATION",
    "PRIVILEGE_WITHDRAWN",
    "A_A_COMPROMISE",
)

#: A certificate is valid from an hour before it was issued, for clients whose clocks are late.
_BACKDATING = timedelta(minutes=60)

SHORT_LIVED = "SHORT_LIVED_CERTIFICATE"
#: How long the certificates of a CA in the mode SHORT_LIVED_CERTIFICATE may last.
SHORT_LIFE = timedelta(days=7)

_key_lock = threading.Lock()
#: Of two requests to revoke a certificate one is too late.
_revocation_lock = threading.Lock()


def install() -> None:
    """Extend moto's certificate authorities in this process. Calling it again does nothing."""
    if models.rsa is _NoKeyYet:
        return
    # moto makes an RSA key for every CA at once and decrypts it at every use; the right key is made when it is needed.
    models.rsa = _NoKeyYet
    CertificateAuthority.key = property(key_of)
    # moto leaves out half of the attributes that a CA's subject can have.
    CertificateAuthority.issuer = property(lambda ca: name_of(ca.subject))
    CertificateAuthority.issue_certificate = _issue_from_moto
    ACMPCAResponse.create_certificate_authority = _create_certificate_authority
    ACMPCAResponse.issue_certificate = _issue_certificate
    ACMPCAResponse.revoke_certificate = _revoke_certificate


class _NoKeyYet:
    """Stands in for cryptography's rsa module where moto makes a CA."""

    RSAPublicKey = rsa.RSAPublicKey
    RSAPrivateKey = rsa.RSAPrivateKey

    @staticmethod
    def generate_private_key(**_kwargs: Any) -> type[_NoKeyYet]:
        return _NoKeyYet

    @staticmethod
    def private_bytes(**_kwargs: Any) -> bytes:
        return b""


def key_of(ca: CertificateAuthority) -> PrivateKey:
    """The CA's private key, of the algorithm that its configuration names; made at its first use."""
    with _key_lock:
        key: PrivateKey | None = vars(ca).get("private_key")
        if key is None:
            key = vars(ca)["private_key"] = make_key(ca.certificate_authority_configuration.get("KeyAlgorithm"))
        return key


def make_key(algorithm: str | None) -> PrivateKey:
    """A new private key. An algorithm that cannot be made here (SM2, ML-DSA) becomes RSA_2048, as in moto."""
    if algorithm is not None and algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm]())
    size = int(algorithm.removeprefix("RSA_")) if algorithm is not None and algorithm in KEY_ALGORITHMS else 2048
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def issue(
    ca: CertificateAuthority,
    csr: x509.CertificateSigningRequest,
    *,
    template: Template,
    not_before: datetime,
    not_after: datetime,
    subject: x509.Name | None = None,
    signing_algorithm: str | None = None,
    requested_by: str | None = None,
) -> LedgerEntry:
    """Issue a certificate, and remember it. The subject is the CSR's unless one is given."""
    key, subject = key_of(ca), csr.subject if subject is None else subject
    # X.509 and the reports know whole seconds.
    now, not_before, not_after = (moment.replace(microsecond=0) for moment in (clock.now(), not_before, not_after))
    serial = x509.random_serial_number()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if template.is_root else _issuer_of(ca))
        .public_key(csr.public_key())
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension, critical in template.extensions(csr.public_key(), key.public_key()):
        builder = builder.add_extension(extension, critical)
    with suppress(x509.ExtensionNotFound):
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        builder = builder.add_extension(names.value, names.critical)
    wanted = signing_algorithm or ca.certificate_authority_configuration.get("SigningAlgorithm") or "SHA256"
    certificate = builder.sign(key, _HASHES.get(wanted[:6], _HASHES["SHA256"]))

    arn = f"{ca.arn}/certificate/{uuid4().hex}"
    ca.issued_certificates[arn] = certificate.public_bytes(serialization.Encoding.PEM)
    if not template.is_root:
        ca.issued_certificates_certificate_chains[arn] = _with_chain(ca)
    entry = LedgerEntry(
        aws_account_id=ca.account_id,
        requested_by_service_principal=requested_by,
        certificate_arn=arn,
        serial=serial_text(serial),
        subject=subject_text(subject),
        not_before=not_before,
        not_after=not_after,
        issued_at=now,
        revoked_at=None,
        revocation_reason=None,
        template_arn=template.arn,
    )
    ledger.add(ca, entry)
    return entry


def _issuer_of(ca: CertificateAuthority) -> x509.Name:
    certificate: x509.Certificate | None = ca.certificate
    return certificate.subject if certificate else name_of(ca.subject)


def _with_chain(ca: CertificateAuthority) -> bytes:
    """The CA's certificate and what is above it, as PEM."""
    # moto keeps what ImportCertificateAuthorityCertificate was given: a certificate, but the chain still in base 64.
    chain = base64.b64decode(ca.certificate_chain or b"")
    parts = (part.strip() for part in (ca.certificate_bytes, chain))
    return b"".join(part + b"\n" for part in parts if part)


def _issue_from_moto(ca: CertificateAuthority, csr_bytes: bytes, template_arn: str | None) -> str:
    """moto's own method, for whatever calls it inside moto."""
    now = clock.now()
    template = _template(template_arn)
    end = now + timedelta(days=365)
    return issue(ca, _csr(csr_bytes), template=template, not_before=now - _BACKDATING, not_after=end).certificate_arn


def _template(arn: str | None) -> Template:
    template = find_template(arn)
    if template is None:
        raise JsonRESTError("InvalidArgsException", f"The template ARN {arn} is not valid.")
    return template


def _csr(encoded: bytes | str) -> x509.CertificateSigningRequest:
    try:
        csr = x509.load_pem_x509_csr(base64.b64decode(encoded))
    except (ValueError, binascii.Error):
        csr = None
    if csr is None or not csr.is_signature_valid:
        raise JsonRESTError("MalformedCSRException", "The certificate signing request is invalid.")
    return csr


_moto_create = ACMPCAResponse.create_certificate_authority
_moto_revoke = ACMPCAResponse.revoke_certificate


def _create_certificate_authority(self: ACMPCAResponse) -> str:
    given = json.loads(self.body)
    try:
        name_of((given.get("CertificateAuthorityConfiguration") or {}).get("Subject") or {})
    except (ValueError, KeyError) as error:
        raise JsonRESTError("InvalidArgsException", f"The subject is not valid: {error}") from None
    answer: str = _moto_create(self)
    ca = self.acmpca_backend.describe_certificate_authority(json.loads(answer)["CertificateAuthorityArn"])
    ca.usage_mode = given.get("UsageMode") or "GENERAL_PURPOSE"
    return answer


def _issue_certificate(self: ACMPCAResponse) -> str:
    """IssueCertificate, with the parameters that moto leaves out."""
    given = json.loads(self.body)
    ca = self.acmpca_backend.describe_certificate_authority(given.get("CertificateAuthorityArn"))
    template = _template(given.get("TemplateArn"))
    # A root CA signs its own certificate before it has one, and only then becomes ACTIVE.
    if ca.status != "ACTIVE" and not (template.is_root and ca.status == "PENDING_CERTIFICATE"):
        raise JsonRESTError(
            "InvalidStateException", "The certificate authority is not in a valid state for issuing certificates."
        )
    csr = _csr(given.get("Csr") or "")
    if template.is_root and csr.public_key() != key_of(ca).public_key():
        raise JsonRESTError("InvalidArgsException", "A root CA template is for the CSR of the root CA itself.")
    start, end = _lifetime(ca, template, given)
    entry = issue(
        ca,
        csr,
        template=template,
        not_before=start,
        not_after=end,
        subject=_passed_subject(template, given),
        signing_algorithm=_signing_algorithm(ca, given.get("SigningAlgorithm")),
    )
    return json.dumps({"CertificateArn": entry.certificate_arn})


def _lifetime(ca: CertificateAuthority, template: Template, given: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """From when to when, by Validity and ValidityNotBefore. Raises ValidationException."""
    now = clock.now().replace(microsecond=0)
    try:
        begin = given.get("ValidityNotBefore")
        start = moment_of(begin, now, MOMENTS) if begin else now - _BACKDATING
        end = moment_of(given.get("Validity"), now)
    except ValidityError as error:
        raise JsonRESTError("ValidationException", str(error)) from None
    if end <= start:
        raise JsonRESTError("ValidationException", "The certificate would end before it begins.")
    if template.is_root:
        return start, end
    if ca.certificate and end > ca.certificate.not_valid_after_utc:
        raise JsonRESTError(
            "ValidationException", "The certificate validity specified exceeds the certificate authority validity."
        )
    if ca.usage_mode == SHORT_LIVED and end - max(start, now) > SHORT_LIFE:
        raise JsonRESTError("ValidationException", "A short-lived certificate is valid for seven days at most.")
    return start, end


def _passed_subject(template: Template, given: Mapping[str, Any]) -> x509.Name | None:
    """The subject in ApiPassthrough, which the service ignores unless the template takes it."""
    subject = (given.get("ApiPassthrough") or {}).get("Subject")
    if not subject or not template.takes_subject:
        return None
    try:
        return name_of(subject)
    except (ValueError, KeyError) as error:
        raise JsonRESTError("InvalidArgsException", f"The subject is not valid: {error}") from None


def _signing_algorithm(ca: CertificateAuthority, wanted: str | None) -> str | None:
    family = "ECDSA" if isinstance(key_of(ca), ec.EllipticCurvePrivateKey) else "RSA"
    if wanted is not None and not wanted.endswith(f"WITH{family}"):
        raise JsonRESTError(
            "InvalidArgsException", f"The signing algorithm {wanted} does not suit the CA's key, which is of {family}."
        )
    return wanted


def _revoke_certificate(self: ACMPCAResponse) -> str:
    """RevokeCertificate: of a certificate that the CA issued, and once."""
    given = json.loads(self.body)
    ca = self.acmpca_backend.describe_certificate_authority(given.get("CertificateAuthorityArn"))
    serial, reason = str(given.get("CertificateSerial")), given.get("RevocationReason")
    if reason not in REVOCATION_REASONS:
        raise JsonRESTError("ValidationException", f"The revocation reason {reason} is not valid.")
    with _revocation_lock:
        entry = ledger.find(ca, serial)
        if entry is None:
            raise JsonRESTError("ResourceNotFoundException", f"Could not find a certificate with the serial {serial}.")
        if _template(entry.template_arn).is_root:
            raise JsonRESTError("InvalidRequestException", "The certificate of a root CA cannot be revoked.")
        if entry.revoked_at is not None:
            raise JsonRESTError("RequestAlreadyProcessedException", "Your request has already been completed.")
        # moto's own refusals come before anything is written down.
        answer: str = _moto_revoke(self)
        ledger.revoke(ca, serial, reason, clock.now().replace(microsecond=0))
    return answer
