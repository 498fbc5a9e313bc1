# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An alert: one thing that somebody has to be told, and what people call what it is about. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from .._summary.input import Entry
from .._text import visible

EXPIRING, COMPROMISED, UNREAD, UNTOLD, UNKNOWN, ABSENT = (
    "certificate_expiring",
    "certificate_compromised",
    "certificates_unread",
    "certificates_untold",
    "authority_unknown",
    "host_absent",
)

_NAME_LIMIT = 120


@dataclasses.dataclass(frozen=True)
class Certificate:
    """The certificate that an alert is about; texts are visible and cut, times are ISO 8601 in UTC."""

    certificate_arn: str
    serial: str
    subject: str | None
    issued_at: str | None
    not_after: str
    revoked_at: str | None
    revocation_reason: str | None
    template_arn: str | None
    requested_by_service_principal: str | None


@dataclasses.dataclass(frozen=True)
class Alert:
    """One thing to tell. ``due_at``: when it happens or happened. ``days``: how long before it was to be told."""

    severity: str
    kind: str
    sentence: str
    certificate_authority_arn: str | None
    certificate_authority_name: str | None
    account_id: str | None
    account_name: str | None
    region: str | None
    due_at: str | None
    certificate: Certificate | None = None
    days: int | None = None

    @property
    def id(self) -> str:
        """What it is known by in another run, whatever it says then."""
        place = [
            self.kind,
            self.certificate_authority_arn or self.certificate_authority_name,
            self.account_id,
            self.region,
        ]
        certificate = [self.certificate.certificate_arn, self.certificate.serial] if self.certificate else []
        return hashlib.sha256(json.dumps(place + certificate).encode("ascii")).hexdigest()[:16]

    def to_dict(self) -> dict[str, t.Any]:
        """As the filter returns it."""
        return {"id": self.id, **dataclasses.asdict(self)}


def of_authority(row: Entry, severity: str, kind: str, sentence: str, **more: t.Any) -> Alert:
    """An alert about a CA, which is a row of the summary."""
    return Alert(
        severity=severity,
        kind=kind,
        sentence=sentence,
        certificate_authority_arn=row.text("certificate_authority_arn"),
        certificate_authority_name=row.text("name"),
        account_id=row.text("account_id"),
        account_name=row.text("account_name"),
        region=row.text("region"),
        **{"due_at": None, **more},
    )


def title_of(certificate: Certificate) -> str:
    """What people call a certificate."""
    return visible(certificate.subject or f"the certificate with the serial number {certificate.serial}", _NAME_LIMIT)


def name_of(row: Entry) -> str:
    """What people call a CA."""
    arn = row.text("certificate_authority_arn") or ""
    return visible(row.text("name") or f"the certificate authority {arn.rpartition('/')[2]}", _NAME_LIMIT)
