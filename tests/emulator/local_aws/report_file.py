# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of an audit report, as the service writes it. Pure.

https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html#pca-retrieve-audit-report
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from local_aws.ledger import LedgerEntry

#: The order of the CSV's columns. JSON has the same names.
FIELDS = (
    "awsAccountId",
    "requestedByServicePrincipal",
    "certificateArn",
    "serial",
    "subject",
    "notBefore",
    "notAfter",
    "issuedAt",
    "revokedAt",
    "revocationReason",
    "templateArn",
)

#: The attributes that are written by name; all others by their number, and then with an encoded value.
_NAMED = {
    NameOID.COMMON_NAME: "CN",
    NameOID.COUNTRY_NAME: "C",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.STREET_ADDRESS: "STREET",
    NameOID.USER_ID: "UID",
}


def render(entries: Sequence[LedgerEntry], response_format: str) -> bytes:
    """The whole file, in ``JSON`` or ``CSV``."""
    rows = [_row(entry) for entry in entries]
    if response_format == "JSON":
        present = [{name: value for name, value in row.items() if value is not None} for row in rows]
        return json.dumps(present, ensure_ascii=False).encode()
    lines = [",".join(FIELDS), *(",".join(_cell(name, row[name]) for name in FIELDS) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def subject_text(name: x509.Name) -> str:
    """A subject as reports show it: the last attribute first, as RFC 2253 has it."""
    return ",".join("+".join(map(_attribute, rdn)) for rdn in reversed(list(name.rdns)))


def _attribute(attribute: x509.NameAttribute[str] | x509.NameAttribute[str | bytes]) -> str:
    if attribute.oid in _NAMED:
        return attribute.rfc4514_string({attribute.oid: _NAMED[attribute.oid]})
    return f"{attribute.oid.dotted_string}=#{_encoded(attribute.value).hex()}"


def _encoded(value: str | bytes) -> bytes:
    """A DER string: PrintableString where its letters allow it, as most software chooses, else UTF8String."""
    if isinstance(value, bytes):
        tag, content = 0x04, value
    else:
        printable = value.isascii() and all(character.isalnum() or character in " '()+,-./:=?" for character in value)
        tag, content = (0x13 if printable else 0x0C), value.encode()
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _row(entry: LedgerEntry) -> dict[str, str | None]:
    return {
        "awsAccountId": entry.aws_account_id,
        "requestedByServicePrincipal": entry.requested_by_service_principal,
        "certificateArn": entry.certificate_arn,
        "serial": entry.serial,
        "subject": entry.subject,
        "notBefore": _time(entry.not_before),
        "notAfter": _time(entry.not_after),
        "issuedAt": _time(entry.issued_at),
        "revokedAt": _time(entry.revoked_at) if entry.revoked_at else None,
        "revocationReason": entry.revocation_reason,
        "templateArn": entry.template_arn,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _cell(name: str, value: str | None) -> str:
    """Only the subject is quoted: it is the one column that holds commas, and whatever a CSR says."""
    if name != "subject":
        return value or ""
    doubled = (value or "").replace('"', '""')
    return f'"{doubled}"'
