# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What acm_pca_audit_report_info returns: reports and what is in them, and what could not be seen. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from ..._aws.errors import Problem
from ..._aws.messages import grouped, name_of
from ..._aws.outcome import Outcome, failure_of
from ..._aws.times import to_text
from ..arns import CertificateAuthorityArn
from ..models import AuditReport
from ..skipped_regions import SkippedRegion, to_results, warnings_of
from .counts import add_summaries
from .dataset import WRITTEN
from .rules import Rule


@dataclasses.dataclass(frozen=True)
class Finding:
    """The certificates of a report that fulfill the conditions of a rule. ``certificates`` are some of them."""

    rule: Rule
    count: int
    certificates: list[dict[str, t.Any]]
    short_lived: int


@dataclasses.dataclass(frozen=True)
class Contents:
    """What was read of a report. None: not asked for."""

    summary: dict[str, t.Any] | None = None
    certificates: list[dict[str, t.Any]] | None = None
    matched: int = 0
    short_lived: int | None = None
    findings: tuple[Finding, ...] = ()
    """Of each rule that holds for the CA, also those without any certificate."""
    changes: dict[str, t.Any] | None = None
    with_changes: bool = False
    unreadable: tuple[str, ...] = ()
    """The first of the rows that were skipped."""
    skipped: int = 0


@dataclasses.dataclass(frozen=True)
class DatasetResult:
    """What became of the file of a CA in the data set, and why it failed, if it did."""

    s3_key: str
    action: str
    problem: Problem | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """As results have it."""
        error = {"error": self.problem.to_dict()} if self.problem else {}
        return {"s3_key": self.s3_key, "action": self.action, **error}


@dataclasses.dataclass(frozen=True)
class InfoEntry:
    """A CA, or a report that was named by its key, or a region or an account that could not be looked at."""

    arn: CertificateAuthorityArn | None
    account_id: str | None
    region: str | None
    bucket: str
    s3_key: str | None = None
    response_format: str | None = None
    audit_report_id: str | None = None
    created_at: datetime | None = None
    size: int | None = None
    contents: Contents = Contents()
    certificate_authority: t.Mapping[str, t.Any] | None = None
    tags: t.Mapping[str, str] | None = None
    problem: Problem | None = None
    account_name: str | None = None
    dataset: DatasetResult | None = None

    @property
    def failure(self) -> Problem | None:
        """What failed: the entry, or what was to be written of it."""
        return self.problem or (self.dataset.problem if self.dataset else None)

    @property
    def was_read(self) -> bool:
        """Whether its report was found and read to the end, whatever else failed."""
        return self.created_at is not None and (self.problem is None or self.contents.summary is not None)

    def of_report(self, report: AuditReport, size: int) -> InfoEntry:
        """The same with its report."""
        return dataclasses.replace(
            self,
            s3_key=report.s3_key,
            response_format=report.response_format,
            audit_report_id=report.audit_report_id,
            created_at=report.created_at,
            size=size,
        )


def place_of(entry: InfoEntry) -> tuple[str, str, str, str]:
    """In which order entries are."""
    return (entry.arn.text if entry.arn else "", entry.account_id or "", entry.region or "", entry.s3_key or "")


def outcome_of(
    entries: t.Sequence[InfoEntry],
    contents: str,
    rules: t.Sequence[Rule],
    now: datetime,
    regions_skipped: t.Sequence[SkippedRegion],
    see: str = "audit_reports",
) -> Outcome:
    """Put the entries in order and sum them up.

    :param see: where messages say that all entries are.
    """
    ordered = sorted(entries, key=place_of)
    failed = [entry for entry in ordered if entry.failure]
    summary: dict[str, t.Any] = {
        "certificate_authorities": len({entry.arn for entry in ordered if entry.arn}),
        "reports": sum(entry.created_at is not None and entry.problem is None for entry in ordered),
        "without_report": sum(entry.created_at is None and entry.problem is None for entry in ordered),
        "failed": len(failed),
        "regions_skipped": len(regions_skipped),
    }
    if contents != "none":
        read = [entry.contents.summary for entry in ordered if entry.contents.summary is not None]
        summary = {**add_summaries(read), **summary}
    results = {
        "changed": any(entry.dataset is not None and entry.dataset.action == WRITTEN for entry in ordered),
        "audit_reports": [_entry_dict(entry, now) for entry in ordered],
        "regions_skipped": to_results(regions_skipped),
        "summary": summary,
    }
    if rules:
        found = [(entry, finding) for entry in ordered for finding in entry.contents.findings]
        # Those of one rule stay in the order of the entries.
        found.sort(key=lambda each: each[1].rule.rank)
        results["findings"] = [_finding_dict(entry, finding) for entry, finding in found if finding.count]
        results["findings_summary"] = [
            _rule_dict(rule, [finding for _entry, finding in found if finding.rule.place == rule.place])
            for rule in sorted(rules, key=lambda rule: rule.rank)
        ]
    problems = [(_name(entry), entry.failure) for entry in ordered if entry.failure]
    skipped = [(_name(entry), _skipped(entry.contents)) for entry in ordered if entry.contents.skipped]
    warnings = [*grouped(skipped, see), *warnings_of(regions_skipped)]
    return Outcome(results, failure_of(problems, len(ordered), see), warnings)


def _finding_dict(entry: InfoEntry, finding: Finding) -> dict[str, t.Any]:
    return {
        "rule": finding.rule.name,
        "severity": finding.rule.severity,
        "certificate_authority_arn": entry.arn.text if entry.arn else None,
        "account_id": entry.account_id,
        "region": entry.region,
        "s3_key": entry.s3_key,
        "count": finding.count,
        "certificates": finding.certificates,
        "short_lived": finding.short_lived,
    }


def _rule_dict(rule: Rule, findings: t.Sequence[Finding]) -> dict[str, t.Any]:
    return {
        "rule": rule.name,
        "severity": rule.severity,
        "findings": sum(finding.count > 0 for finding in findings),
        "certificates": sum(finding.count for finding in findings),
        "short_lived": sum(finding.short_lived for finding in findings),
    }


def _authority_dict(entry: InfoEntry) -> dict[str, t.Any] | None:
    if entry.certificate_authority is None or entry.tags is None:
        return None if entry.certificate_authority is None else dict(entry.certificate_authority)
    return {**entry.certificate_authority, "tags": dict(entry.tags)}


def _skipped(contents: Contents) -> str:
    if contents.skipped == 1:
        return f"A row that cannot be read was skipped. {contents.unreadable[0]}"
    return f"{contents.skipped} rows that cannot be read were skipped. The first: {contents.unreadable[0]}"


def _name(entry: InfoEntry) -> str:
    return entry.s3_key if entry.arn is None and entry.s3_key else name_of(entry.arn, entry.account_id, entry.region)


def _entry_dict(entry: InfoEntry, now: datetime) -> dict[str, t.Any]:
    created_at, contents = entry.created_at, entry.contents
    result: dict[str, t.Any] = {
        "certificate_authority_arn": entry.arn.text if entry.arn else None,
        "account_id": entry.account_id,
        "account_name": entry.account_name,
        "region": entry.region,
        "certificate_authority": _authority_dict(entry),
        "audit_report_id": entry.audit_report_id,
        "audit_report_response_format": entry.response_format,
        "s3_bucket_name": entry.bucket,
        "s3_key": entry.s3_key,
        "created_at": to_text(created_at) if created_at else None,
        "age_seconds": max(int((now - created_at).total_seconds()), 0) if created_at else None,
        "size": entry.size,
    }
    if contents.summary is not None:
        result["summary"] = contents.summary
    if contents.certificates is not None:
        result["certificates"] = contents.certificates
        result["matched"] = contents.matched
        result["truncated"] = len(contents.certificates) < contents.matched
        if contents.short_lived is not None:
            result["short_lived"] = contents.short_lived
    if contents.with_changes:
        result["changes"] = contents.changes
    if entry.dataset is not None:
        result["dataset"] = entry.dataset.to_dict()
    if contents.unreadable:
        result["unreadable_rows"] = list(contents.unreadable)
    if entry.problem:
        result["error"] = entry.problem.to_dict()
    return result
