# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of X.509, from the API's ``ASN1Subject``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

#: In the order in which the service writes them; a report shows them the other way round.
_ATTRIBUTES = {
    "Country": NameOID.COUNTRY_NAME,
    "State": NameOID.STATE_OR_PROVINCE_NAME,
    "Locality": NameOID.LOCALITY_NAME,
    "Organization": NameOID.ORGANIZATION_NAME,
    "OrganizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CommonName": NameOID.COMMON_NAME,
    "DistinguishedNameQualifier": NameOID.DN_QUALIFIER,
    "Title": NameOID.TITLE,
    "Surname": NameOID.SURNAME,
    "GivenName": NameOID.GIVEN_NAME,
    "Initials": NameOID.INITIALS,
    "Pseudonym": NameOID.PSEUDONYM,
    "GenerationQualifier": NameOID.GENERATION_QUALIFIER,
    "SerialNumber": NameOID.SERIAL_NUMBER,
}


def name_of(subject: Mapping[str, Any]) -> x509.Name:
    """The name that an ``ASN1Subject`` describes. Raises ValueError for what X.509 does not allow."""
    found = [(oid, subject[key]) for key, oid in _ATTRIBUTES.items() if subject.get(key)]
    found += [
        (x509.ObjectIdentifier(custom["ObjectIdentifier"]), custom["Value"])
        for custom in subject.get("CustomAttributes") or ()
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in found])
