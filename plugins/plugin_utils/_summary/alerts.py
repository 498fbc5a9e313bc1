# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody has to be told, from a summary document: what needs attention, and certificates one by one. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from .._text import visible
from .attention import RULE, state_of
from .findings import SEVERITIES, WARNING, Certificate, Finding, finding_of
from .input import Entry, SummaryError, entries_of
from .stored_document import rows_of_summary

# A finding with more certificates than are listed.
UNLISTED = "certificates_unlisted"

_NAME_LIMIT = 120


@dataclasses.dataclass(frozen=True)
class Alert:
    """One thing to tell. ``due_at``: when it happens or happened. ``rule`` and ``certificate``: what a rule found."""

    severity: str
    kind: str
    sentence: str
    certificate_authority_arn: str | None
    certificate_authority_name: str | None
    account_id: str | None
    account_name: str | None
    region: str | None
    due_at: str | None
    rule: str | None = None
    certificate: Certificate | None = None

    @property
    def id(self) -> str:
        """What it is known by in another run, whatever it says then."""
        # A certificate is told once, whichever of its rules is the most severe just now.
        rule = None if self.certificate else self.rule
        sentence = None if self.certificate_authority_arn or self.account_id else self.sentence
        place = [self.kind, rule, self.certificate_authority_arn, self.account_id, self.region, sentence]
        certificate: list[t.Any] = []
        if self.certificate:
            # Whoever knew that it expires does not know that it was revoked.
            revoked = self.certificate.revoked_at is not None
            certificate = [self.certificate.certificate_arn, self.certificate.serial, revoked]
        return hashlib.sha256(json.dumps(place + certificate).encode("ascii")).hexdigest()[:16]


def alerts_of(summary: t.Any) -> list[Alert]:
    """The most urgent first; what is wrong with CAs and accounts comes before single certificates.

    A certificate that several rules found is there once, with the most severe of them.

    :param summary: what the filter audit_summary made.
    :raises SummaryError: a sentence about what was given.
    """
    rows = {row.text("certificate_authority_arn"): row for row in rows_of_summary(summary)}
    alerts = [
        _of_item(entry, rows)
        for entry in entries_of(summary.get("attention") or [], "summary.attention")
        if entry.text("kind") != RULE
    ]
    for entry in entries_of(summary.get("findings") or [], "summary.findings"):
        finding = finding_of(entry)
        row = rows.get(finding.certificate_authority_arn) or Entry({}, entry.place)
        alerts += [_of_certificate(finding, certificate, row) for certificate in finding.certificates]
        if finding.count > len(finding.certificates):
            alerts.append(_of_unlisted(finding, row))
    by_id: dict[str, Alert] = {}
    for alert in sorted(alerts, key=_order):
        by_id.setdefault(alert.id, alert)
    return list(by_id.values())


def _order(alert: Alert) -> tuple[int, bool, str, str]:
    return (SEVERITIES.index(alert.severity), alert.certificate is not None, alert.due_at or "~", alert.id)


def _of_item(entry: Entry, rows: t.Mapping[str | None, Entry]) -> Alert:
    severity = entry.text("severity")
    if severity not in SEVERITIES:
        raise SummaryError(f"{entry.place}.severity is none of {', '.join(SEVERITIES)}.")
    arn = entry.text("certificate_authority_arn")
    row = rows.get(arn) or Entry({}, entry.place)
    return Alert(
        severity=severity,
        kind=entry.text("kind") or "unknown",
        sentence=entry.text("sentence", 1024) or "",
        certificate_authority_arn=arn,
        certificate_authority_name=row.text("name"),
        account_id=entry.text("account_id"),
        account_name=row.text("account_name"),
        region=entry.text("region"),
        due_at=entry.text("due_at"),
    )


def _of_finding(finding: Finding, row: Entry, kind: str, sentence: str, **more: t.Any) -> Alert:
    return Alert(
        **{"severity": finding.severity, "due_at": None, **more},
        kind=kind,
        sentence=sentence,
        certificate_authority_arn=finding.certificate_authority_arn,
        certificate_authority_name=row.text("name"),
        account_id=finding.account_id,
        account_name=row.text("account_name"),
        region=finding.region,
        rule=finding.rule,
    )


def _of_certificate(finding: Finding, certificate: Certificate, row: Entry) -> Alert:
    sentence = (
        f'{title_of(certificate)}, issued by {_name_of(finding, row)}, matches the rule "{finding.rule}": it '
        f"{state_of(certificate)}."
    )
    due_at = certificate.revoked_at or certificate.not_after
    return _of_finding(finding, row, RULE, sentence, due_at=due_at, certificate=certificate)


def _of_unlisted(finding: Finding, row: Entry) -> Alert:
    sentence = (
        f'{_name_of(finding, row)} has {finding.count:,} certificates that match the rule "{finding.rule}", of which '
        f"only {len(finding.certificates):,} are listed."
    )
    severity = max(finding.severity, WARNING, key=SEVERITIES.index)
    return _of_finding(finding, row, UNLISTED, sentence, severity=severity)


def title_of(certificate: Certificate) -> str:
    """What people call a certificate."""
    return visible(certificate.subject or f"the certificate with the serial number {certificate.serial}", _NAME_LIMIT)


def _name_of(finding: Finding, row: Entry) -> str:
    ca_id = (finding.certificate_authority_arn or "").rpartition("/")[2]
    return visible(row.text("name") or f"the certificate authority {ca_id}", _NAME_LIMIT)
