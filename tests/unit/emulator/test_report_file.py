# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from pki_helpers import csr, entry, utc

from local_aws.ledger import LedgerEntry
from local_aws.report_file import FIELDS, render, subject_text

#: The documentation's examples: who asked is empty in the first, and when it was revoked in both of the originals.
ISSUED = entry(requested_by_service_principal="acm.amazonaws.com")
REVOKED = entry(
    serial="ff:ee:dd:cc:bb:aa:99:88:77:66:55:44:33:22:11:00",
    revoked_at=utc(2020, 3, 5, 1, 2, 3),
    revocation_reason="KEY_COMPROMISE",
)
CA = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555"
SUBJECT = "CN=www.example1.com,OU=Sales,O=Example Company,L=Seattle,ST=Washington,C=US"

HOSTILE = [
    'CN=say "hello", and, more',
    "CN=line\none,OU=carriage\r\nreturn",
    '=HYPERLINK("http://example.com";"click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "CN=\u202egnp.exe\u200b\u00a0",
    "CN=Bücher für 東京 🔐",
    "CN=<script>alert(1)</script>{{ lookup('env', 'HOME') }}",
    'CN="',
    '""',
    "CN=" + "x" * 65536,
    "CN=tab\tand \x00 and \x1b[31m",
    "",
]


def json_of(*entries: LedgerEntry) -> Any:
    return json.loads(render(entries, "JSON"))


def csv_of(*entries: LedgerEntry) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(entries, "CSV").decode(), newline=""), strict=True))


def test_csv_to_the_letter() -> None:
    rest = f'"{SUBJECT}",2020-03-02T21:43:57+0000,2020-04-07T22:43:57+0000,2020-03-02T22:43:58+0000'
    template = "arn:aws:acm-pca:::template/EndEntityCertificate/V1"
    certificate = f"{CA}/certificate/0123456789abcdef0123456789abcdef"
    assert render([ISSUED, REVOKED], "CSV").decode().splitlines() == [
        "awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,notBefore,notAfter,issuedAt,revokedAt,"
        "revocationReason,templateArn",
        f"123456789012,acm.amazonaws.com,{certificate},{ISSUED.serial},{rest},,,{template}",
        f"123456789012,,{certificate},{REVOKED.serial},{rest},2020-03-05T01:02:03+0000,KEY_COMPROMISE,{template}",
    ]


def test_json_to_the_letter() -> None:
    common = {
        "awsAccountId": "123456789012",
        "certificateArn": f"{CA}/certificate/0123456789abcdef0123456789abcdef",
        "subject": SUBJECT,
        "notBefore": "2020-03-02T21:43:57+0000",
        "notAfter": "2020-04-07T22:43:57+0000",
        "issuedAt": "2020-03-02T22:43:58+0000",
        "templateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1",
    }
    assert json_of(ISSUED, REVOKED) == [
        {**common, "serial": ISSUED.serial, "requestedByServicePrincipal": "acm.amazonaws.com"},
        {
            **common,
            "serial": REVOKED.serial,
            "revokedAt": "2020-03-05T01:02:03+0000",
            "revocationReason": "KEY_COMPROMISE",
        },
    ]


def test_json_keys_are_in_the_order_of_the_columns() -> None:
    full = entry(
        requested_by_service_principal="acm.amazonaws.com", revoked_at=utc(2020, 3, 5), revocation_reason="SUPERSEDED"
    )
    [row] = json_of(full)
    assert tuple(row) == FIELDS


def test_an_empty_report() -> None:
    assert render([], "JSON") == b"[]"
    assert render([], "CSV").decode() == ",".join(FIELDS) + "\n"


@pytest.mark.parametrize("subject", HOSTILE)
def test_hostile_subjects_survive_both_formats(subject: str) -> None:
    before, hostile, after = entry(serial="01"), entry(serial="02", subject=subject), entry(serial="03")
    assert [row["subject"] for row in json_of(before, hostile, after)] == [SUBJECT, subject, SUBJECT]
    rows = csv_of(before, hostile, after)
    assert [row["subject"] for row in rows] == [SUBJECT, subject, SUBJECT]
    assert [row["serial"] for row in rows] == ["01", "02", "03"]
    assert {row["templateArn"] for row in rows} == {before.template_arn}


@pytest.mark.parametrize("response_format", ["JSON", "CSV"])
def test_times_of_other_zones_are_written_in_utc(response_format: str) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    moved = entry(issued_at=datetime(2020, 3, 3, 4, 13, 58, 999999, tzinfo=zone))
    assert render([moved], response_format) == render([entry()], response_format)


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        (
            # As in the documentation: the last attribute first, and numbers where RFC 2253 has no name.
            [
                (NameOID.COUNTRY_NAME, "US"),
                (NameOID.STATE_OR_PROVINCE_NAME, "Washington"),
                (NameOID.LOCALITY_NAME, "Seattle"),
                (NameOID.ORGANIZATION_NAME, "Example Company"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "Sales"),
                (NameOID.COMMON_NAME, "www.example1.com"),
                (NameOID.TITLE, "Dr"),
                (NameOID.SERIAL_NUMBER, "7"),
            ],
            f"2.5.4.5=#130137,2.5.4.12=#13024472,{SUBJECT}",
        ),
        (
            [(NameOID.DOMAIN_COMPONENT, "com"), (NameOID.DOMAIN_COMPONENT, "example"), (NameOID.USER_ID, "anna")],
            "UID=anna,DC=example,DC=com",
        ),
        ([(NameOID.STREET_ADDRESS, "Main Street 1")], "STREET=Main Street 1"),
        ([(NameOID.EMAIL_ADDRESS, "a@b.c")], "1.2.840.113549.1.9.1=#0c0561" + "40622e63"),
        ([(NameOID.COMMON_NAME, 'a,b+c;d<e>f"g\\h')], 'CN=a\\,b\\+c\\;d\\<e\\>f\\"g\\\\h'),
        ([(NameOID.COMMON_NAME, "#1 ")], "CN=\\#1\\ "),
        ([(NameOID.COMMON_NAME, "Grüße")], "CN=Grüße"),
        ([(NameOID.SURNAME, "Grün")], "2.5.4.4=#0c054772c3bc6e"),
    ],
)
def test_subject_text(attributes: list[tuple[x509.ObjectIdentifier, str]], text: str) -> None:
    assert subject_text(x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])) == text


def test_several_attributes_in_one_place_stay_together() -> None:
    pair = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.USER_ID, "b")]
    name = x509.Name(
        [
            x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COUNTRY_NAME, "US")]),
            x509.RelativeDistinguishedName(pair),
        ]
    )
    assert subject_text(name) in ("CN=a+UID=b,C=US", "UID=b+CN=a,C=US")


@pytest.mark.parametrize(("length", "header"), [(127, "137f"), (128, "138180"), (255, "1381ff"), (300, "1382012c")])
def test_long_values_have_a_long_header(length: int, header: str) -> None:
    # Not an attribute whose length X.509 limits.
    name = x509.Name([x509.NameAttribute(NameOID.POSTAL_ADDRESS, "x" * length)])
    assert subject_text(name) == f"2.5.4.16=#{header}{'78' * length}"


def test_the_subject_of_a_csr_is_shown_as_it_was_asked_for() -> None:
    hostile = '=evil(" , and\nmore\r\n{{ it }}<b>é'
    request = x509.load_pem_x509_csr(csr(hostile))
    [row] = csv_of(entry(subject=subject_text(request.subject)))
    assert row["subject"].replace("\\", "") == f"CN={hostile}"
