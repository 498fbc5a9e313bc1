# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One document over a whole fleet of private CAs, from what the modules returned. Pure: no AWS, no clock.

    results of the modules -> input (checked) -> one row per CA -> sums, months, attention -> the document

The document is described in docs/summary-document.md, and is what the page shows.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta, timezone

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.counts import DAYS as PERIODS
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.counts import ISSUED_DAYS

from .attention import SEVERITIES, Item, attention_of
from .findings import findings_of, rules_of
from .input import SummaryError, from_time
from .results import INFO, REPORT, read_results
from .rows import Row, Unreachable, rows_of

SCHEMA_VERSION = 1

MONTHS = 12

# Two days: with daily runs, at least one of them made no report.
STALE_AFTER = 172800


def fleet_document(
    results: t.Sequence[t.Any],
    reports: t.Sequence[t.Any],
    now: datetime,
    expiring_within: int = 30,
    stale_after: int = STALE_AFTER,
) -> dict[str, t.Any]:
    """Sum up a run.

    A CA is in the document if any result names it.

    :param results: of acm_pca_audit_report_info, as they were registered. Of several reports of a CA, the newest that
        could be read counts.
    :param reports: results of acm_pca_audit_report, with what failed.
    :param now: the time of the run, with a zone.
    :param expiring_within: days, one of ``PERIODS``: what is counted as expiring soon.
    :param stale_after: seconds; an older report needs attention.
    :raises SummaryError: a sentence about what was given.
    """
    if isinstance(expiring_within, bool) or expiring_within not in PERIODS:
        periods = ", ".join(map(str, PERIODS))
        raise SummaryError(f"expiring_within is {expiring_within!r}, but the reports are counted for {periods} days.")
    if isinstance(stale_after, bool) or not isinstance(stale_after, int) or stale_after < 1:
        raise SummaryError(f"stale_after is {stale_after!r}, which is not a number of seconds of at least 1.")
    if now.tzinfo is None:
        raise SummaryError(f"now is {now.isoformat()}, without a time zone.")
    now = now.astimezone(timezone.utc)

    read, made = read_results("results", results, INFO), read_results("reports", reports, REPORT)
    rows, unreachable = rows_of(made.entries, read.entries, now, timedelta(seconds=stale_after))
    findings = findings_of(read.findings, rows)
    failures = list(dict.fromkeys([*made.failures, *read.failures]))
    attention = attention_of(rows, unreachable, findings, failures, now)
    worst: dict[str, str] = {}
    for item in attention:  # the worst come first
        if item.certificate_authority_arn:
            worst.setdefault(item.certificate_authority_arn, item.severity)

    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": from_time(now),
        "expiring_within": expiring_within,
        "stale_after": stale_after,
        "totals": _totals(rows, unreachable, attention),
        "attention": [dataclasses.asdict(item) for item in attention],
        "findings": [dataclasses.asdict(each) for each in findings],
        "rules": [dataclasses.asdict(each) for each in rules_of(read.rules)],
        **_months(rows, now),
        "by_template": _ranking("template_arn", [row.counted.by_template for row in rows if row.counted]),
        "by_requesting_principal": _ranking(
            "requested_by_service_principal", [row.counted.by_requesting_principal for row in rows if row.counted]
        ),
        "by_key_algorithm": _by_key_algorithm(rows),
        "accounts": _accounts(rows, unreachable, expiring_within, worst),
        "certificate_authorities": [row.to_dict(worst.get(row.certificate_authority_arn)) for row in rows],
        "unreachable": [dataclasses.asdict(each) for each in unreachable],
        "regions_skipped": _skipped([*made.regions_skipped, *read.regions_skipped]),
    }


def _skipped(regions: t.Iterable[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """Each once: both modules skip the regions that they look at."""
    return list({(each["account_id"], each["region"]): each for each in regions}.values())


def _totals(
    rows: t.Sequence[Row], unreachable: t.Sequence[Unreachable], attention: t.Sequence[Item]
) -> dict[str, t.Any]:
    severities = [item.severity for item in attention]
    counted = [row.counted for row in rows if row.counted]
    places: list[Row | Unreachable] = [*rows, *unreachable]
    changes = [each.changes for each in counted if each.changes is not None]
    return {
        "accounts": len({each.account_id for each in places if each.account_id}),
        "regions": len({each.region for each in places if each.region}),
        "certificate_authorities": len(rows),
        "certificate_authorities_by_status": _tally(row.status or "UNKNOWN" for row in rows),
        "certificate_authorities_counted": len(counted),
        "reports": _tally(row.report.state for row in rows),
        "unreachable": len(unreachable),
        "attention": {severity: severities.count(severity) for severity in SEVERITIES},
        "issued": sum(each.issued for each in counted),
        "own_certificates": sum(each.own_certificates for each in counted),
        "valid": sum(each.valid for each in counted),
        "expired": sum(each.expired for each in counted),
        "revoked": sum(each.revoked for each in counted),
        "revoked_by_reason": _added(each.revoked_by_reason for each in counted),
        "recently_revoked_by_reason": _added(each.recently_revoked_by_reason for each in counted),
        "issued_within": {
            str(days): sum(each.issued_within.get(str(days), 0) for each in counted) for days in ISSUED_DAYS
        },
        "expiring_within": {
            str(days): sum(each.expiring_within.get(str(days), 0) for each in counted) for days in PERIODS
        },
        "unreadable": sum(each.unreadable for each in counted),
        "changes": _added(changes) if changes else None,
    }


def _by_key_algorithm(rows: t.Sequence[Row]) -> list[dict[str, t.Any]]:
    """How many CAs have a key of each kind, and how many valid certificates hang on them; the most CAs first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.key_algorithm or "unknown", []).append(row)
    return [
        {
            "key_algorithm": name,
            # FIPS 204. https://docs.aws.amazon.com/privateca/latest/userguide/supported-algorithms.html
            "post_quantum": name.startswith("ML_DSA_"),
            "certificate_authorities": len(found[name]),
            "valid": sum(row.counted.valid for row in found[name] if row.counted),
        }
        for name in sorted(found, key=lambda name: (-len(found[name]), name))
    ]


def _months(rows: t.Sequence[Row], now: datetime) -> dict[str, t.Any]:
    """What expires in this month and the next eleven, what was issued in this and the last eleven, and all the rest."""
    expiring = _added(row.counted.expiring_by_month for row in rows if row.counted)
    issued = _added(row.counted.issued_by_month for row in rows if row.counted)
    authorities = _tally(row.not_after.strftime("%Y-%m") for row in rows if row.not_after and row.expires_after(now))
    ahead = [_month(now, step) for step in range(MONTHS)]
    back = [_month(now, step - MONTHS + 1) for step in range(MONTHS)]
    valid = sum(row.counted.valid for row in rows if row.counted)
    total = sum(row.counted.issued for row in rows if row.counted)
    return {
        "expiry_by_month": [
            {"month": each, "certificates": expiring.get(each, 0), "certificate_authorities": authorities.get(each, 0)}
            for each in ahead
        ],
        "expiring_later": max(valid - sum(expiring.get(each, 0) for each in ahead), 0),
        "issued_by_month": [{"month": each, "certificates": issued.get(each, 0)} for each in back],
        "issued_earlier": max(total - sum(issued.get(each, 0) for each in back), 0),
    }


def _month(now: datetime, step: int) -> str:
    months = now.year * 12 + now.month - 1 + step
    return f"{months // 12:04}-{months % 12 + 1:02}"


def _accounts(
    rows: t.Sequence[Row], unreachable: t.Sequence[Unreachable], expiring_within: int, worst: t.Mapping[str, str]
) -> list[dict[str, t.Any]]:
    accounts: dict[str, dict[str, t.Any]] = {}

    def account(place: Row | Unreachable, account_id: str) -> dict[str, t.Any]:
        new = {
            "account_id": account_id,
            "account_name": place.account_name,
            "certificate_authorities": 0,
            "certificate_authorities_counted": 0,
            "issued": 0,
            "valid": 0,
            "expiring": 0,
            "revoked": 0,
            "unreachable": 0,
            "needing_attention": 0,
        }
        return accounts.setdefault(account_id, new)

    for row in rows:
        sums = account(row, row.account_id)
        sums["certificate_authorities"] += 1
        sums["needing_attention"] += row.certificate_authority_arn in worst
        if row.counted:
            sums["certificate_authorities_counted"] += 1
            sums["issued"] += row.counted.issued
            sums["valid"] += row.counted.valid
            sums["expiring"] += row.counted.expiring_within.get(str(expiring_within), 0)
            sums["revoked"] += row.counted.revoked
    for each in unreachable:
        if each.account_id:
            account(each, each.account_id)["unreachable"] += 1
    return [accounts[account_id] for account_id in sorted(accounts)]


def _ranking(name: str, counts: t.Iterable[t.Mapping[str, int]]) -> list[dict[str, t.Any]]:
    """The most first; by name where there are as many."""
    added = _added(counts)
    return [{name: key, "certificates": added[key]} for key in sorted(added, key=lambda key: (-added[key], key))]


def _added(counts: t.Iterable[t.Mapping[str, int]]) -> dict[str, int]:
    result: dict[str, int] = {}
    for each in counts:
        for key, number in each.items():
            result[key] = result.get(key, 0) + number
    return dict(sorted(result.items()))


def _tally(keys: t.Iterable[str]) -> dict[str, int]:
    return _added({key: 1} for key in keys)
