# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates that match a rule, per rule and CA, on their way into the summary. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .input import Entry, SummaryError, from_time
from .rows import Row

CRITICAL, WARNING, NOTICE = "critical", "warning", "notice"
SEVERITIES = (CRITICAL, WARNING, NOTICE)

_ARN_LIMIT = 512


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate that matches a rule; texts are visible and cut, times are ISO 8601 in UTC."""

    certificate_arn: str
    serial: str
    subject: str | None
    issued_at: str | None
    not_after: str | None
    revoked_at: str | None
    revocation_reason: str | None
    template_arn: str | None
    requested_by_service_principal: str | None


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a rule found in a CA. ``count`` is complete, ``certificates`` are the most pressing of them.

    ``short_lived`` certificates expire as well, but were never meant to live longer.
    """

    rule: str
    severity: str
    certificate_authority_arn: str | None
    account_id: str | None
    region: str | None
    count: int
    short_lived: int
    certificates: list[Certificate]


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a rule found in all CAs, and how many certificates it left out because they never live longer."""

    rule: str
    severity: str
    certificates: int
    short_lived: int


def rules_of(entries: t.Iterable[Entry]) -> list[Rule]:
    """The rules by severity, also those that found nothing. Those of the same name are one.

    :raises SummaryError: a sentence about what was given.
    """
    rules: dict[tuple[str, str], Rule] = {}
    for entry in entries:
        name, severity = entry.text("rule") or "unnamed", _severity(entry)
        earlier = rules.get((severity, name), Rule(name, severity, 0, 0))
        rules[severity, name] = Rule(
            name,
            severity,
            earlier.certificates + entry.count("certificates"),
            earlier.short_lived + entry.count("short_lived"),
        )
    return sorted(rules.values(), key=lambda each: SEVERITIES.index(each.severity))


def findings_of(entries: t.Iterable[Entry], rows: t.Sequence[Row]) -> list[Finding]:
    """The findings in their order: by severity, rule and CA.

    :param rows: the CAs. A finding about a report that was read, but belongs to none, is left as it is.
    :raises SummaryError: a sentence about what was given.
    """
    order = {row.certificate_authority_arn: number for number, row in enumerate(rows)}
    found = [finding_of(entry) for entry in entries]
    rules = {rule: number for number, rule in enumerate(dict.fromkeys(each.rule for each in found))}
    return sorted(
        found,
        key=lambda each: (
            SEVERITIES.index(each.severity),
            rules[each.rule],
            order.get(each.certificate_authority_arn or "", len(order)),
        ),
    )


def finding_of(entry: Entry) -> Finding:
    """A finding, as the module returned it or as a document has it. :raises SummaryError: if it is none"""
    return Finding(
        rule=entry.text("rule") or "unnamed",
        severity=_severity(entry),
        certificate_authority_arn=entry.text("certificate_authority_arn"),
        account_id=entry.text("account_id"),
        region=entry.text("region"),
        count=entry.count("count"),
        short_lived=entry.count("short_lived"),
        certificates=[certificate_of(each) for each in entry.parts("certificates")],
    )


def _severity(entry: Entry) -> str:
    severity = entry.text("severity")
    if severity not in SEVERITIES:
        raise SummaryError(f"{entry.place}.severity is none of {', '.join(SEVERITIES)}.")
    return severity


def certificate_of(entry: Entry) -> Certificate:
    """A certificate of a finding. :raises SummaryError: if it is none"""
    return Certificate(
        certificate_arn=entry.text("certificate_arn", _ARN_LIMIT) or "",
        serial=entry.text("serial") or "unknown",
        subject=entry.text("subject"),
        issued_at=from_time(entry.time("issued_at")),
        not_after=from_time(entry.time("not_after")),
        revoked_at=from_time(entry.time("revoked_at")),
        revocation_reason=entry.text("revocation_reason"),
        template_arn=entry.text("template_arn"),
        requested_by_service_principal=entry.text("requested_by_service_principal"),
    )
