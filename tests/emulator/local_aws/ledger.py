# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each CA has issued and revoked: the source of its audit reports.

Kept on moto's own certificate authorities, so that it goes when moto is reset.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from moto.acmpca.models import CertificateAuthority


@dataclass(frozen=True)
class LedgerEntry:
    """One certificate that a CA issued. Times are aware and in UTC, the serial is as reports write it."""

    aws_account_id: str
    requested_by_service_principal: str | None
    certificate_arn: str
    serial: str
    subject: str
    not_before: datetime
    not_after: datetime
    issued_at: datetime
    revoked_at: datetime | None
    revocation_reason: str | None
    template_arn: str


_lock = threading.Lock()


def ledger_of(ca: CertificateAuthority) -> tuple[LedgerEntry, ...]:
    """Everything that the CA has issued so far, newest first."""
    with _lock:
        entries = list(_entries(ca).values())
    # Sorting keeps the order of equals: of what was issued in the same second, too, the last comes first.
    return tuple(sorted(entries, key=lambda entry: entry.issued_at)[::-1])


def add(ca: CertificateAuthority, entry: LedgerEntry) -> None:
    """Remember a certificate that was just issued."""
    with _lock:
        _entries(ca)[entry.serial] = entry


def find(ca: CertificateAuthority, serial: str) -> LedgerEntry | None:
    """The certificate with this serial, however its hexadecimal digits are written."""
    with _lock:
        return _entries(ca).get(serial_text(serial))


def revoke(ca: CertificateAuthority, serial: str, reason: str, moment: datetime) -> None:
    """Remember that a certificate was revoked. It has to be there."""
    with _lock:
        entries = _entries(ca)
        serial = serial_text(serial)
        entries[serial] = replace(entries[serial], revoked_at=moment, revocation_reason=reason)


def serial_text(serial: int | str) -> str:
    """``00:11:ff``: two lower-case hexadecimal digits for each byte."""
    digits = format(serial, "x") if isinstance(serial, int) else serial.replace(":", "").lower()
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))


def _entries(ca: CertificateAuthority) -> dict[str, LedgerEntry]:
    entries: dict[str, LedgerEntry] = vars(ca).setdefault("ledger", {})
    return entries
