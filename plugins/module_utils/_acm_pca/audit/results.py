# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module returns: one entry per CA, a summary, the difference, and what to say about failures. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from ..._aws.errors import Problem
from ..._aws.messages import grouped, name_of, some
from ..._aws.outcome import Outcome, failure_of
from ..._aws.times import to_text
from ..arns import CertificateAuthorityArn
from ..models import AuditReport, Selection
from ..skipped_regions import SkippedRegion, to_results, warnings_of
from .options import AuditRequest

ACTIONS = ("created", "reused", "pending", "skipped", "failed")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One CA's outcome, or that of a region or an account (``region`` is None) that could not be looked at.

    ``account_id`` is None for the account of the task's own credentials as long as none of its CAs is known. ``before``
    is the last report known before the run, ``requested`` whether a report was (in check mode: would be) requested,
    ``copied`` whether it was (would be) copied to the archive.
    """

    arn: CertificateAuthorityArn | None
    account_id: str | None
    region: str | None
    certificate_authority_status: str | None
    action: str
    report: AuditReport | None = None
    before: AuditReport | None = None
    problem: Problem | None = None
    requested: bool = False
    copied: bool = False
    warnings: tuple[str, ...] = ()
    account_name: str | None = None
    certificate_authority: t.Mapping[str, t.Any] | None = None


def outcome_of(
    entries: t.Iterable[Entry],
    request: AuditRequest,
    now: datetime,
    skipped: t.Sequence[SkippedRegion],
    see: str = "audit_reports",
) -> Outcome:
    """Put the entries in order (by ARN; what could not be read first) and sum them up.

    :param see: where messages say that all entries are.
    """
    ordered = sorted(entries, key=_place)
    results: dict[str, t.Any] = {
        "changed": any(entry.requested or entry.copied for entry in ordered),
        "audit_reports": [_entry_dict(entry, request, now) for entry in ordered],
        "regions_skipped": to_results(skipped),
        "summary": {**_summary(ordered, request), "regions_skipped": len(skipped)},
        "diff": _diff(ordered, request),
    }
    if request.selection.arns is not None and len(request.selection.arns) == 1:
        results["audit_report"] = results["audit_reports"][0]
    return Outcome(results, _failure(ordered, see), [*_warnings(ordered, request, skipped, see), *warnings_of(skipped)])


def _place(entry: Entry) -> tuple[str, str, str]:
    return (entry.arn.text if entry.arn else "", entry.account_id or "", entry.region or "")


def _entry_dict(entry: Entry, request: AuditRequest, now: datetime) -> dict[str, t.Any]:
    report = entry.report
    result: dict[str, t.Any] = {
        "certificate_authority_arn": entry.arn.text if entry.arn else None,
        "account_id": entry.account_id,
        "account_name": entry.account_name,
        "region": entry.region,
        "certificate_authority_status": entry.certificate_authority_status,
        "action": entry.action,
        "audit_report_response_format": request.response_format,
        "s3_bucket_name": request.s3_bucket_name,
        "audit_report_id": report.audit_report_id if report else None,
        "audit_report_status": report.status if report else None,
        "s3_key": report.s3_key if report else None,
        "created_at": to_text(report.created_at) if report else None,
        "age_seconds": int(report.age(now).total_seconds()) if report else None,
    }
    if request.archive_bucket_name is not None:
        result["archived"] = entry.copied or _in_archive(report, request)
    if request.results_file is not None:
        # For the task that reads the reports, which need not ask again.
        result["certificate_authority"] = entry.certificate_authority
    if entry.problem:
        result["error"] = entry.problem.to_dict()
    return result


def _in_archive(report: AuditReport | None, request: AuditRequest) -> bool:
    return report is not None and report.archive_bucket_name == request.archive_bucket_name


def _summary(entries: t.Sequence[Entry], request: AuditRequest) -> dict[str, int]:
    selection = request.selection
    summary = {action: sum(entry.action == action for entry in entries) for action in ACTIONS}
    if request.archive_bucket_name is not None:
        summary["archived"] = sum(entry.copied or _in_archive(entry.report, request) for entry in entries)
    accounts = {entry.account_id for entry in entries if entry.account_id}
    regions = {entry.region for entry in entries if entry.region}
    if selection.arns is None:
        # Looked at, whether or not a CA was found there.
        listed = {scope.account.account_id for scope in selection.scopes}
        own_unseen = None in listed and not accounts - listed
        accounts |= {account_id for account_id in listed if account_id}
        regions |= {region for scope in selection.scopes for region in scope.regions}
        summary["accounts"] = len(accounts) + own_unseen
    else:
        summary["accounts"] = len(accounts)
    summary["regions"] = len(regions)
    summary["certificate_authorities"] = sum(entry.arn is not None for entry in entries)
    return summary


def _diff(entries: t.Sequence[Entry], request: AuditRequest) -> dict[str, dict[str, t.Any]]:
    """The last report of each CA before and after; only of those that this run requested or archived one of."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for entry in entries:
        if not entry.arn or not (entry.requested or entry.copied):
            continue
        before[entry.arn.text] = _last_report(entry.before)
        after[entry.arn.text] = _last_report(entry.report)
        if request.check_mode and entry.requested:
            # What a report would be called is the service's to say; that there would be one is what check mode tells.
            after[entry.arn.text] = {
                "audit_report_status": "CREATING",
                "audit_report_response_format": request.response_format,
            }
        if entry.copied:
            after[entry.arn.text]["archive_bucket_name"] = request.archive_bucket_name
    return {"before": before, "after": after}


def _last_report(report: AuditReport | None) -> dict[str, t.Any]:
    if report is None:
        return {}
    archive = {"archive_bucket_name": report.archive_bucket_name} if report.archive_bucket_name else {}
    return {
        **archive,
        "audit_report_id": report.audit_report_id,
        "audit_report_response_format": report.response_format,
        "audit_report_status": report.status,
        "created_at": to_text(report.created_at),
        "s3_key": report.s3_key,
    }


def _warnings(
    entries: t.Sequence[Entry], request: AuditRequest, skipped: t.Sequence[SkippedRegion], see: str
) -> list[str]:
    said = [(_name(entry), text) for entry in entries for text in dict.fromkeys(entry.warnings)]
    return grouped(said, see) if entries else [nothing_found(request.selection, skipped)]


def _failure(entries: t.Sequence[Entry], see: str) -> Problem | None:
    failed = [(_name(entry), entry.problem) for entry in entries if entry.problem and entry.action == "failed"]
    return failure_of(failed, len(entries), see)


def nothing_found(selection: Selection, skipped: t.Sequence[SkippedRegion]) -> str:
    """What to say where there is no CA at all."""
    listed = {(scope.account.account_id, region) for scope in selection.scopes for region in scope.regions}
    looked_at = listed - {(each.account.account_id, each.region) for each in skipped}
    if not looked_at:
        return "No region was looked at, since all regions in scope were skipped."
    regions = some(sorted({region for _account, region in looked_at}))
    if len(selection.scopes) == 1:
        return f"The account owns no private certificate authority in {regions}."
    accounts = len({scope.account.account_id for scope in selection.scopes})
    return f"None of the {accounts} accounts owns a private certificate authority in {regions}."


def _name(entry: Entry) -> str:
    return name_of(entry.arn, entry.account_id, entry.region)
