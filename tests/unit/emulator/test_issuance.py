# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from moto.acmpca import models
from moto.acmpca.responses import ACMPCAResponse
from pki_helpers import (
    ROOT,
    YEARS_10,
    active_root,
    active_subordinate,
    authority,
    certificate_of,
    chain_of,
    colons,
    create_authority,
    csr,
    issue,
    ledger,
    subscriber_key,
    utc,
    verify_chain,
)

from local_aws import clock, issuance
from local_aws.in_process import local_aws
from local_aws.validity import moment_of

NOW = utc(2026, 3, 2, 22, 43, 58)
TEMPLATE = "arn:aws:acm-pca:::template/{}/V1"


@pytest.fixture
def pca(client: Callable[..., Any]) -> Iterator[Any]:
    with local_aws(), clock.use(lambda: NOW):
        yield client("acm-pca")


@pytest.fixture
def root(pca: Any) -> str:
    return active_root(pca)


def refusal(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(*arguments, **parameters)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(refused.value.response["Error"]["Code"])


def key_kind(key: object) -> str | int:
    assert isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey))
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else key.curve.name


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("RSA_2048", 2048),
        ("RSA_3072", 3072),
        ("RSA_4096", 4096),
        ("EC_prime256v1", "secp256r1"),
        ("EC_secp384r1", "secp384r1"),
        ("EC_secp521r1", "secp521r1"),
    ],
)
def test_a_ca_uses_a_key_of_its_algorithm(pca: Any, algorithm: str, kind: str | int) -> None:
    ca = active_root(pca, algorithm)
    chain = chain_of(pca, ca, issue(pca, ca))
    assert len(chain) == 2
    verify_chain(chain)
    assert key_kind(chain[1].public_key()) == kind
    assert chain[0].public_key() == subscriber_key().public_key()


@pytest.mark.parametrize("algorithm", ["SM2", "ML_DSA_44", None])
def test_a_key_that_cannot_be_made_becomes_what_moto_makes(algorithm: str | None) -> None:
    assert key_kind(issuance.make_key(algorithm).public_key()) == 2048


def test_the_key_is_made_when_it_is_needed_and_once(pca: Any) -> None:
    # Of an algorithm whose keys take a while to make, so that threads would meet.
    ca = authority(create_authority(pca, "RSA_3072"))
    assert "private_key" not in vars(ca)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _number: id(issuance.key_of(ca)), range(32)))
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, "GENERAL_PURPOSE"), *(({"UsageMode": m}, m) for m in ("GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE"))],
)
def test_usage_mode_is_kept(pca: Any, given: dict[str, str], kept: str) -> None:
    described = pca.describe_certificate_authority(CertificateAuthorityArn=create_authority(pca, **given))
    assert described["CertificateAuthority"]["UsageMode"] == kept


def test_every_attribute_of_the_subject_is_in_the_csr(pca: Any) -> None:
    subject = {
        "CommonName": "www.example1.com",
        "Country": "US",
        "State": "Washington",
        "Locality": "Seattle",
        "Organization": "Example Company",
        "OrganizationalUnit": "Sales",
        "SerialNumber": "5",
        "GenerationQualifier": "Jr",
        "DistinguishedNameQualifier": "46",
        "CustomAttributes": [{"ObjectIdentifier": "1.3.6.1.4.1.37244.1.3", "Value": "ABCD"}],
    }
    ca = create_authority(pca, Subject=subject)
    request = pca.get_certificate_authority_csr(CertificateAuthorityArn=ca)["Csr"]
    found = [(each.oid.dotted_string, each.value) for each in x509.load_pem_x509_csr(request.encode()).subject]
    assert found == [
        ("2.5.4.6", "US"),
        ("2.5.4.8", "Washington"),
        ("2.5.4.7", "Seattle"),
        ("2.5.4.10", "Example Company"),
        ("2.5.4.11", "Sales"),
        ("2.5.4.3", "www.example1.com"),
        ("2.5.4.46", "46"),
        ("2.5.4.44", "Jr"),
        ("2.5.4.5", "5"),
        ("1.3.6.1.4.1.37244.1.3", "ABCD"),
    ]


def test_a_subject_that_x509_does_not_allow_is_refused(pca: Any) -> None:
    assert refusal(create_authority, pca, Subject={"Country": "USA"}) == "InvalidArgsException"


@pytest.mark.parametrize(
    ("kind", "value", "end"),
    [
        ("DAYS", 1, NOW + timedelta(days=1)),
        ("DAYS", 400, NOW + timedelta(days=400)),
        ("MONTHS", 13, utc(2027, 4, 2, 22, 43, 58)),
        ("YEARS", 2, utc(2028, 3, 2, 22, 43, 58)),
        ("ABSOLUTE", 1798761599, utc(2026, 12, 31, 23, 59, 59)),
        ("END_DATE", 270102030405, utc(2027, 1, 2, 3, 4, 5)),
        ("END_DATE", 20270102030405, utc(2027, 1, 2, 3, 4, 5)),
    ],
)
def test_validity(pca: Any, root: str, kind: str, value: int, end: datetime) -> None:
    found = certificate_of(pca, root, issue(pca, root, Validity={"Type": kind, "Value": value}))
    assert found.not_valid_after_utc == end
    assert found.not_valid_before_utc == NOW - timedelta(minutes=60)
    assert (ledger(root)[0].not_before, ledger(root)[0].not_after) == (found.not_valid_before_utc, end)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("DAYS", 0),
        ("DAYS", -3),
        ("DAYS", "30"),
        ("DAYS", True),
        ("DAYS", 10**9),
        ("YEARS", 10**5),
        ("WEEKS", 1),
        ("ABSOLUTE", 10**15),
        ("ABSOLUTE", 1500000000),  # long ago
        ("END_DATE", 261332030405),  # month 13
        ("END_DATE", 601231235959),  # UTCTime means 1960
        ("END_DATE", 2026123123595),  # neither of the two forms
        ("YEARS", 11),  # longer than the CA itself
        (None, None),
    ],
)
def test_validity_that_is_refused(pca: Any, root: str, kind: str | None, value: object) -> None:
    validity = {"Type": kind, "Value": value} if kind else None
    assert refusal(issue, pca, root, Validity=validity) == "ValidationException"
    assert len(ledger(root)) == 1


@pytest.mark.parametrize(
    ("digits", "moment"),
    [
        (491231235959, utc(2049, 12, 31, 23, 59, 59)),  # the documentation's example
        (500101000000, utc(1950, 1, 1)),
        (80102030405, utc(2008, 1, 2, 3, 4, 5)),  # a number does not keep its zeros
        (20500101000000, utc(2050, 1, 1)),
    ],
)
def test_years_of_two_digits(digits: int, moment: datetime) -> None:
    assert moment_of({"Type": "END_DATE", "Value": digits}, NOW) == moment


def test_validity_not_before(pca: Any, root: str) -> None:
    start = utc(2026, 3, 20, 10, 0, 0)
    arn = issue(pca, root, ValidityNotBefore={"Type": "ABSOLUTE", "Value": int(start.timestamp())})
    assert certificate_of(pca, root, arn).not_valid_before_utc == start


@pytest.mark.parametrize(
    "start",
    [{"Type": "DAYS", "Value": 2}, {"Type": "ABSOLUTE", "Value": int((NOW + timedelta(days=31)).timestamp())}],
    ids=["no moment", "after the end"],
)
def test_validity_not_before_that_is_refused(pca: Any, root: str, start: dict[str, Any]) -> None:
    assert refusal(issue, pca, root, ValidityNotBefore=start) == "ValidationException"


def test_short_lived_certificates_last_seven_days_at_most(pca: Any) -> None:
    ca = active_root(pca, UsageMode="SHORT_LIVED_CERTIFICATE")
    found = certificate_of(pca, ca, issue(pca, ca, Validity={"Type": "DAYS", "Value": 7}))
    assert found.not_valid_after_utc == NOW + timedelta(days=7)
    assert refusal(issue, pca, ca, Validity={"Type": "DAYS", "Value": 8}) == "ValidationException"


SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@pytest.mark.parametrize(
    ("template", "usages", "encipherment"),
    [
        (None, {SERVER, CLIENT}, True),
        ("EndEntityCertificate", {SERVER, CLIENT}, True),
        ("EndEntityCertificate_CSRPassthrough", {SERVER, CLIENT}, True),
        ("EndEntityServerAuthCertificate", {SERVER}, True),
        ("EndEntityServerAuthCertificate_APIPassthrough", {SERVER}, True),
        ("EndEntityClientAuthCertificate", {CLIENT}, True),
        ("CodeSigningCertificate", {ExtendedKeyUsageOID.CODE_SIGNING}, False),
        ("OCSPSigningCertificate", {ExtendedKeyUsageOID.OCSP_SIGNING}, False),
    ],
)
def test_end_entity_templates(
    pca: Any, root: str, template: str | None, usages: set[x509.ObjectIdentifier], encipherment: bool
) -> None:
    arn = issue(pca, root, TemplateArn=template and TEMPLATE.format(template))
    extensions = certificate_of(pca, root, arn).extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.value.ca, constraints.critical) == (False, True)
    assert set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == usages
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.key_encipherment is encipherment
    assert not usage.value.key_cert_sign
    assert ledger(root)[0].template_arn == TEMPLATE.format(template or "EndEntityCertificate")


@pytest.mark.parametrize(
    ("template", "is_ca", "length"),
    [
        *((f"SubordinateCACertificate_PathLen{length}", True, length) for length in range(4)),
        ("BlankSubordinateCACertificate_PathLen1_APIPassthrough", True, 1),
        ("BlankEndEntityCertificate_APIPassthrough", False, None),
        ("BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough", False, None),
    ],
)
def test_ca_and_blank_templates(pca: Any, root: str, template: str, is_ca: bool, length: int | None) -> None:
    found = certificate_of(pca, root, issue(pca, root, TemplateArn=TEMPLATE.format(template)))
    constraints = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (is_ca, length)
    oids = {extension.oid for extension in found.extensions}
    assert (x509.KeyUsage.oid in oids) is not template.startswith("Blank")
    if x509.KeyUsage.oid in oids:
        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.key_cert_sign
        assert usage.crl_sign


@pytest.mark.parametrize(
    "template",
    [
        TEMPLATE.format("NoSuchCertificate"),
        TEMPLATE.format("SubordinateCACertificate_PathLen4"),
        TEMPLATE.format("EndEntityCertificate_Passthrough"),
        "arn:aws:acm-pca:::template/EndEntityCertificate/V2",
        "EndEntityCertificate",
    ],
)
def test_unknown_templates_are_refused(pca: Any, root: str, template: str) -> None:
    assert refusal(issue, pca, root, TemplateArn=template) == "InvalidArgsException"


@pytest.mark.parametrize(
    ("template", "taken"),
    [
        ("BlankEndEntityCertificate_APIPassthrough", True),
        ("EndEntityCertificate_APICSRPassthrough", True),
        ("EndEntityCertificate", False),
        ("EndEntityCertificate_CSRPassthrough", False),
    ],
)
def test_a_subject_in_api_passthrough_counts_where_the_template_takes_it(
    pca: Any, root: str, template: str, taken: bool
) -> None:
    passed = {"Subject": {"CommonName": "api.example.com", "Organization": "Example Corp"}}
    arn = issue(pca, root, TemplateArn=TEMPLATE.format(template), ApiPassthrough=passed)
    [common_name] = certificate_of(pca, root, arn).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common_name.value == ("api.example.com" if taken else "www.example.com")
    assert ledger(root)[0].subject == ("CN=api.example.com,O=Example Corp" if taken else "CN=www.example.com")


def test_a_bad_subject_in_api_passthrough_is_refused(pca: Any, root: str) -> None:
    template = TEMPLATE.format("BlankEndEntityCertificate_APIPassthrough")
    passed = {"Subject": {"Country": "Germany"}}
    assert refusal(issue, pca, root, TemplateArn=template, ApiPassthrough=passed) == "InvalidArgsException"


def test_alternative_names_are_passed_on(pca: Any, root: str) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("www.example.com"), x509.DNSName("example.com")])
    found = certificate_of(pca, root, issue(pca, root, csr("www.example.com", names)))
    assert found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value == names


@pytest.mark.parametrize("algorithm", ["SHA256WITHRSA", "SHA384WITHRSA", "SHA512WITHRSA"])
def test_signing_algorithm(pca: Any, algorithm: str) -> None:
    ca = active_root(pca, "RSA_2048")
    chain = chain_of(pca, ca, issue(pca, ca, SigningAlgorithm=algorithm))
    verify_chain(chain)
    assert chain[0].signature_hash_algorithm is not None
    assert chain[0].signature_hash_algorithm.name == algorithm[:6].lower()


def test_signing_algorithm_of_another_family_is_refused(pca: Any, root: str) -> None:
    assert refusal(issue, pca, root, SigningAlgorithm="SHA256WITHRSA") == "InvalidArgsException"


@pytest.mark.parametrize(
    "status", ["CREATING", "PENDING_CERTIFICATE", "DISABLED", "EXPIRED", "FAILED", "DELETED", "ACTIVE"]
)
def test_only_an_active_ca_issues(pca: Any, root: str, status: str) -> None:
    pca.update_certificate_authority(CertificateAuthorityArn=root, Status=status)
    if status == "ACTIVE":
        assert issue(pca, root) == ledger(root)[0].certificate_arn
    else:
        assert refusal(issue, pca, root) == "InvalidStateException"
        assert len(ledger(root)) == 1


def test_the_root_template_is_for_the_root_itself(pca: Any) -> None:
    ca = create_authority(pca)
    assert refusal(issue, pca, ca, TemplateArn=ROOT, Validity=YEARS_10) == "InvalidArgsException"


def _tampered(request: bytes) -> bytes:
    lines = request.splitlines()
    # Not the subject but the signature, which is at the end.
    lines[-3] = lines[-3][:8] + (b"AAAA" if lines[-3][8:12] != b"AAAA" else b"BBBB") + lines[-3][12:]
    return b"\n".join(lines)


@pytest.mark.parametrize("spoil", [_tampered, lambda _csr: b"", lambda _csr: b"no PEM", lambda request: request[:90]])
def test_a_malformed_csr_is_refused(pca: Any, root: str, spoil: Callable[[bytes], bytes]) -> None:
    assert refusal(issue, pca, root, spoil(csr())) == "MalformedCSRException"


def test_a_chain_of_four(pca: Any, client: Callable[..., Any], root: str) -> None:
    middle = active_subordinate(pca, root, path_length=1, algorithm="RSA_2048")
    lower = active_subordinate(client("acm-pca"), middle, algorithm="EC_secp384r1")
    chain = chain_of(pca, lower, issue(pca, lower))
    assert [key_kind(each.public_key()) for each in chain[1:]] == ["secp384r1", 2048, "secp256r1"]
    verify_chain(chain)
    assert len({each.serial_number for each in chain}) == 4


REVOKED = ["UNSPECIFIED", "KEY_COMPROMISE", "CERTIFICATE_AUTHORITY_COMPROMISE", "AFFILIATION_CHANGED", "SUPERSEDED"]
REVOKED += ["CESSATION_OF_OPERATION", "PRIVILEGE_WITHDRAWN", "A_A_COMPROMISE"]


@pytest.mark.parametrize("reason", REVOKED)
@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_revocation(pca: Any, root: str, reason: str, spelling: Callable[[str], str]) -> None:
    kept, lost = issue(pca, root), issue(pca, root)
    serial = spelling(colons(certificate_of(pca, root, lost).serial_number))
    pca.revoke_certificate(CertificateAuthorityArn=root, CertificateSerial=serial, RevocationReason=reason)
    found = {each.certificate_arn: (each.revoked_at, each.revocation_reason) for each in ledger(root)}
    assert found[lost] == (NOW, reason)
    assert found[kept] == (None, None)


def test_revocations_that_are_refused(pca: Any, root: str) -> None:
    serials = {kind: colons(certificate_of(pca, root, issue(pca, root)).serial_number) for kind in ("done", "new")}
    before = ledger(root)[-1]

    def revoke(serial: str, reason: str = "SUPERSEDED", ca: str = root) -> None:
        pca.revoke_certificate(CertificateAuthorityArn=ca, CertificateSerial=serial, RevocationReason=reason)

    revoke(serials["done"])
    assert refusal(revoke, serials["done"], "KEY_COMPROMISE") == "RequestAlreadyProcessedException"
    assert refusal(revoke, "00:11:22") == "ResourceNotFoundException"
    assert refusal(revoke, "not hexadecimal") == "ResourceNotFoundException"
    assert refusal(revoke, serials["new"], "BOREDOM") == "ValidationException"
    assert refusal(revoke, serials["new"], ca=active_root(pca)) == "ResourceNotFoundException"
    assert refusal(revoke, before.serial) == "InvalidRequestException"
    pca.update_certificate_authority(CertificateAuthorityArn=root, Status="DISABLED")
    assert refusal(revoke, serials["new"]) == "InvalidStateException"
    assert [each.revocation_reason for each in ledger(root)] == [None, "SUPERSEDED", None]


def test_of_many_revocations_of_one_certificate_one_counts(pca: Any, root: str) -> None:
    serial = colons(certificate_of(pca, root, issue(pca, root)).serial_number)

    def revoke(reason: str) -> str | None:
        try:
            pca.revoke_certificate(CertificateAuthorityArn=root, CertificateSerial=serial, RevocationReason=reason)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "RequestAlreadyProcessedException"
            return None
        return reason

    with ThreadPoolExecutor(8) as pool:
        [reason] = filter(None, pool.map(revoke, REVOKED))
    assert ledger(root)[0].revocation_reason == reason


def test_installing_again_changes_nothing() -> None:
    issuance.install()
    names = ("create_certificate_authority", "issue_certificate", "revoke_certificate")
    before = [models.rsa, models.CertificateAuthority.issue_certificate, *(getattr(ACMPCAResponse, n) for n in names)]
    issuance.install()
    after = [models.rsa, models.CertificateAuthority.issue_certificate, *(getattr(ACMPCAResponse, n) for n in names)]
    assert before == after


def test_what_moto_itself_issues_is_in_the_ledger(pca: Any, root: str) -> None:
    arn = models.acmpca_backends["123456789012"]["us-east-1"].issue_certificate(root, base64.b64encode(csr()), None)
    assert ledger(root)[0].certificate_arn == arn
    assert certificate_of(pca, root, arn).not_valid_after_utc == NOW + timedelta(days=365)
