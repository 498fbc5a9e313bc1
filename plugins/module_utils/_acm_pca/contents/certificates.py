# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One certificate of an audit report: which fields it has, what is accepted in them, and its normal form. Pure.

Both formats of a report have the same fields, as text.
https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html#pca-retrieve-audit-report
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timezone

from ..._aws.text import quoted
from .distinguished_names import parse_distinguished_name

# A row of a report, checked: the fields in the order of ``API_NAMES``, as UTF-8. Empty is None. Times are in UTC and
# look like 2026-03-02T21:43:57, so that they sort as text.
Row = tuple[t.Optional[bytes], ...]

API_NAMES = (
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
NAMES = (
    "aws_account_id",
    "requested_by_service_principal",
    "certificate_arn",
    "serial",
    "subject",
    "not_before",
    "not_after",
    "issued_at",
    "revoked_at",
    "revocation_reason",
    "template_arn",
)
(
    ACCOUNT,
    PRINCIPAL,
    CERTIFICATE_ARN,
    SERIAL,
    SUBJECT,
    NOT_BEFORE,
    NOT_AFTER,
    ISSUED_AT,
    REVOKED_AT,
    REVOCATION_REASON,
    TEMPLATE_ARN,
) = range(11)

TIMES = frozenset({NOT_BEFORE, NOT_AFTER, ISSUED_AT, REVOKED_AT})
# Which certificate it is, and from when to when it is valid. All others may be empty or missing: reports from before
# 2020 have neither PRINCIPAL nor TEMPLATE_ARN, and what others make of reports may have less.
REQUIRED = frozenset({CERTIFICATE_ARN, SERIAL, NOT_BEFORE, NOT_AFTER})

# For revoked certificates without a reason. It is also one that the API has.
NO_REASON = b"UNSPECIFIED"
# Those for which a private key is in other hands: that of the certificate, of the CA, or of an attribute authority,
# which vouches for what attribute certificates say. As the API calls them, and as X.509 (RFC 5280, 5.3.1) calls the
# last two, since no page of AWS says which of its names reports have.
COMPROMISES = (
    "KEY_COMPROMISE",
    "CERTIFICATE_AUTHORITY_COMPROMISE",
    "CA_COMPROMISE",
    "A_A_COMPROMISE",
    "AA_COMPROMISE",
)
# What a root CA signs its own certificate by, and nothing else: AWS refuses the template for any other key.
# https://docs.aws.amazon.com/privateca/latest/userguide/template-definitions.html
OWN_TEMPLATE = b":template/RootCACertificate"

_ACCOUNT = re.compile(r"[0-9]{12}")
_USUAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+0000")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|([+-][0-9]{2}):?([0-9]{2}))"
)
_SHOWN = 60


class BadValue(ValueError):
    """A row that no certificate can be made of: a clause that says why."""


def check_row(values: t.Mapping[str, t.Any]) -> Row:
    """Make a row of what a report says of a certificate, by the names of the API. Other names do not matter.

    Where it does not say when the certificate was issued, that is when it became valid.

    :raises BadValue: where it is not what a report says.
    """
    row = [_check(index, values.get(name)) for index, name in enumerate(API_NAMES)]
    row[ISSUED_AT] = row[ISSUED_AT] or row[NOT_BEFORE]
    return tuple(row)


def _check(index: int, value: t.Any) -> bytes | None:
    if value is None or value == "":
        if index in REQUIRED:
            raise BadValue(f"{API_NAMES[index]} is missing")
        return None
    if not isinstance(value, str):
        raise BadValue(f"{API_NAMES[index]} is not a string")
    try:
        encoded = value.encode("utf-8")
    except UnicodeEncodeError as e:
        raise BadValue(f"{API_NAMES[index]} is not valid UTF-8") from e
    if index in TIMES:
        return _check_time(index, value)
    if index == ACCOUNT and not _ACCOUNT.fullmatch(value):
        raise BadValue(f"{API_NAMES[index]} is {quoted(value, _SHOWN)}, which is not an account ID (12 digits)")
    return encoded


def _check_time(index: int, value: str) -> bytes:
    found = _TIME.fullmatch(value)
    try:
        if not found:
            raise ValueError
        if _USUAL_TIME.fullmatch(value):
            datetime.fromisoformat(found.group(1))
            return value[:19].encode("ascii")
        offset = f"{found.group(2)}:{found.group(3)}" if found.group(2) else "+00:00"
        return time_bytes(datetime.fromisoformat(found.group(1) + offset))
    except (ValueError, OverflowError) as e:
        raise BadValue(
            f"{API_NAMES[index]} is {quoted(value, _SHOWN)}, which is not a time such as 2026-03-02T21:43:57+0000"
        ) from e


def time_bytes(moment: datetime) -> bytes:
    """A time as rows have it."""
    return moment.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat().encode("ascii")


def time_text(moment: bytes | None) -> str | None:
    """A row's time as results have it: ISO 8601 in UTC, for example ``2026-03-02T21:43:57Z``."""
    return None if moment is None else f"{moment.decode('ascii')}Z"


def text_of(value: bytes | None) -> str | None:
    """A row's text as results have it."""
    return None if value is None else value.decode("utf-8")


def is_own_template(template_arn: bytes | None) -> bool:
    """Whether it is that of the certificate of the CA itself, which ends with the CA and is renewed with it."""
    return template_arn is not None and OWN_TEMPLATE in template_arn


def status_of(row: Row, now: bytes) -> str:
    """``revoked``, ``expired`` or ``valid``, the first that applies. One that is not valid yet counts as valid.

    When a certificate was revoked decides: AWS's own examples have a reason without a time.
    """
    if row[REVOKED_AT] is not None:
        return "revoked"
    return "expired" if t.cast(bytes, row[NOT_AFTER]) <= now else "valid"


def plain_fields(row: Row, now: bytes) -> dict[str, str | None]:
    """The normal form of a certificate, but for the parts of its subject."""
    fields = {
        name: time_text(value) if index in TIMES else text_of(value)
        for index, (name, value) in enumerate(zip(NAMES, row))
    }
    fields["status"] = status_of(row, now)
    return fields


def normal_form(row: Row, now: bytes) -> dict[str, t.Any]:
    """A certificate as the module returns it."""
    fields: dict[str, t.Any] = dict(plain_fields(row, now))
    fields["subject_attributes"] = parse_distinguished_name(fields["subject"] or "")
    return fields
