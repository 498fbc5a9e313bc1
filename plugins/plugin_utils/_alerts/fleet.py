# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody has to be told of: what needs attention in the fleet, and each certificate that does. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._summary.attention import CRITICAL, SEVERITIES, WARNING
from .._summary.input import Entry, SummaryError, entries_of
from .._summary.rows import CURRENT, NOT_POSSIBLE, PENDING, STALE
from .._summary.stored_document import rows_of_summary, time_of_summary
from .._text import visible
from .certificates import alerts_of_certificates
from .model import ABSENT, UNKNOWN, UNREAD, Alert, name_of, of_authority
from .plan import AlertPlan

# Of reports in other states, the summary says itself why nothing is known of them.
_READABLE = frozenset({CURRENT, STALE, NOT_POSSIBLE, PENDING})

# What the summary says of a CA's certificates all together is said here of each of them.
_TOLD_ONE_BY_ONE = frozenset({"certificates_expiring", "key_compromise"})


@dataclasses.dataclass(frozen=True)
class Alerts:
    """``alerts``: the most urgent first. ``complete``: ARNs of the CAs of which all certificates were looked at."""

    alerts: t.Sequence[Alert]
    complete: t.Sequence[str]


def alerts_of(
    summary: t.Any, plan: AlertPlan, certificates: t.Any, failures: t.Any = (), absent: t.Iterable[t.Any] = ()
) -> Alerts:
    """Everything that somebody has to be told of.

    :param summary: what the filter audit_summary made. Its time is now.
    :param plan: of the same summary.
    :param certificates: the ``audit_reports`` of acm_pca_audit_report_info that the plan asked for, one after another.
    :param failures: those of acm_pca_certificate_authority_info.
    :param absent: the names of hosts whose accounts nobody has results of.
    :raises SummaryError: a sentence about what was given.
    """
    rows = {row.text("certificate_authority_arn"): row for row in rows_of_summary(summary)}
    reasons = _reasons(failures)
    told, unsearched = alerts_of_certificates(certificates, rows, plan, time_of_summary(summary))
    alerts = [
        *told,
        *(
            _of_attention(entry, rows)
            for entry in entries_of(summary.get("attention") or [], "summary.attention")
            if entry.text("kind") not in _TOLD_ONE_BY_ONE
        ),
        *(_of_unknown(rows[arn], plan.days[arn], reasons) for arn in plan.unknown),
        *(_of_unread(row) for row in rows.values() if _is_unread(row)),
        *(_of_absent(visible(str(host))) for host in absent),
    ]
    # Rows that could not be read may be certificates of which there was an alert before, and so may certificates that
    # are looked for in fewer days than tags would say that nobody could read.
    damaged = {arn for arn, row in rows.items() if arn and (row.part("counts") or row).count("unreadable")}
    complete = set(plan.days) - unsearched - damaged - set(plan.unknown)
    # Both searches of a CA may fail for the same reason.
    by_id = {alert.id: alert for alert in sorted(alerts, key=_order, reverse=True)}
    return Alerts(sorted(by_id.values(), key=_order), sorted(complete))


def _order(alert: Alert) -> tuple[int, bool, str, str]:
    # What is wrong with CAs and accounts comes before single certificates.
    return (SEVERITIES.index(alert.severity), alert.certificate is not None, alert.due_at or "~", alert.id)


def _of_attention(entry: Entry, rows: t.Mapping[str | None, Entry]) -> Alert:
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


_Place = tuple[t.Optional[str], t.Optional[str], t.Optional[str]]


def _reasons(failures: t.Any) -> dict[_Place, str]:
    """Why something is not known, by CA, by region and account, or by account."""
    found: dict[_Place, str] = {}
    for entry in entries_of(failures, "failures", "the failures that acm_pca_certificate_authority_info returned"):
        error = entry.part("error")
        place = (entry.text("certificate_authority_arn"), entry.text("account_id"), entry.text("region"))
        found[place] = (error.text("message", 600) if error else None) or "No reason was given."
    return found


def _of_unknown(row: Entry, days: int, reasons: t.Mapping[_Place, str]) -> Alert:
    arn, account, region = (row.text(name) for name in ("certificate_authority_arn", "account_id", "region"))
    places: list[_Place] = [(arn, account, region), (None, account, region), (None, account, None), (None, None, None)]
    reason = next((reasons[place] for place in places if place in reasons), "No reason was given.")
    sentence = (
        f"The tags and the usage mode of {name_of(row)} are unknown, so alerts for its certificates start "
        f"{days} days before they expire: {reason}"
    )
    return of_authority(row, WARNING, UNKNOWN, sentence)


def _of_absent(host: str) -> Alert:
    sentence = f"The audit of the host {host} did not finish, so the state of its accounts is unknown."
    return Alert(CRITICAL, ABSENT, sentence, None, host, None, None, None, None)


def _is_unread(row: Entry) -> bool:
    report = row.part("report")
    has_report = report is not None and report.text("s3_key") is not None and report.text("state") in _READABLE
    return has_report and row.part("counts") is None


def _of_unread(row: Entry) -> Alert:
    return of_authority(row, CRITICAL, UNREAD, f"{name_of(row)} has an audit report that was not read.")
