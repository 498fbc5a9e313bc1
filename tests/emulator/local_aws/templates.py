# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate templates of Private CA: which extensions a certificate gets. Pure.

https://docs.aws.amazon.com/privateca/latest/userguide/UsingTemplates.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

DEFAULT = "arn:aws:acm-pca:::template/EndEntityCertificate/V1"
ROOT = "arn:aws:acm-pca:::template/RootCACertificate/V1"
#: There are templates for subordinate CAs with this many layers of CAs below them.
LONGEST_PATH = 3

_VARIANTS = "(?:_CriticalBasicConstraints)?(?:_(?:APIPassthrough|CSRPassthrough|APICSRPassthrough))?"
_ARN = re.compile(r"arn:aws[\w-]*:acm-pca:::template/(?P<name>\w+)/V1")
_USAGES = {
    "EndEntityCertificate": (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    "EndEntityServerAuthCertificate": (ExtendedKeyUsageOID.SERVER_AUTH,),
    "EndEntityClientAuthCertificate": (ExtendedKeyUsageOID.CLIENT_AUTH,),
    "CodeSigningCertificate": (ExtendedKeyUsageOID.CODE_SIGNING,),
    "OCSPSigningCertificate": (ExtendedKeyUsageOID.OCSP_SIGNING,),
    "BlankEndEntityCertificate": (),
}
_END_ENTITY = re.compile(f"(?P<base>{'|'.join(_USAGES)}){_VARIANTS}")
_PATH = f"_PathLen(?P<length>[0-{LONGEST_PATH}])"
_SUBORDINATE = re.compile(f"(?:Blank)?SubordinateCACertificate{_PATH}{_VARIANTS}")
_ROOT = re.compile(f"(?:Blank)?RootCACertificate(?:{_PATH})?{_VARIANTS}")


@dataclass(frozen=True)
class Template:
    """What a template makes of a certificate."""

    arn: str
    is_ca: bool
    is_root: bool = False
    path_length: int | None = None
    usages: tuple[x509.ObjectIdentifier, ...] = ()
    blank: bool = False

    @property
    def takes_subject(self) -> bool:
        """Whether the request may say what the subject is, instead of the CSR."""
        return "_APIPassthrough/" in self.arn or "_APICSRPassthrough/" in self.arn

    def extensions(
        self, public_key: CertificatePublicKeyTypes, issuer_key: CertificatePublicKeyTypes
    ) -> list[tuple[x509.ExtensionType, bool]]:
        """The extensions and whether each is critical."""
        found: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=self.is_ca, path_length=self.path_length), True),
            (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
        ]
        if not self.is_root:
            found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), False))  # type: ignore[arg-type]
        if self.blank:
            return found
        code_or_ocsp = {ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.OCSP_SIGNING} & set(self.usages)
        found.append((_key_usage(self.is_ca, encipherment=not self.is_ca and not code_or_ocsp), True))
        if self.usages:
            found.append((x509.ExtendedKeyUsage(list(self.usages)), False))
        return found


def find_template(arn: str | None) -> Template | None:
    """The template of an ARN (None: the service's default), or None for one that the service does not have."""
    match = _ARN.fullmatch(arn or DEFAULT)
    if match is None:
        return None
    arn, name = arn or DEFAULT, match["name"]
    blank = name.startswith("Blank")
    if found := _END_ENTITY.fullmatch(name):
        return Template(arn, is_ca=False, usages=_USAGES[found["base"]], blank=blank)
    if found := _SUBORDINATE.fullmatch(name):
        return Template(arn, is_ca=True, path_length=int(found["length"]), blank=blank)
    if found := _ROOT.fullmatch(name):
        length = int(found["length"]) if found["length"] else None
        return Template(arn, is_ca=True, is_root=True, path_length=length, blank=blank)
    return None


def subordinate(path_length: int) -> Template:
    """The template of a subordinate CA with at most so many layers of CAs below it."""
    template = find_template(f"arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen{path_length}/V1")
    assert template is not None, path_length
    return template


def _key_usage(is_ca: bool, encipherment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        key_encipherment=encipherment,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
