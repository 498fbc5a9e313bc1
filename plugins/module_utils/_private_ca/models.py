# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What travels through the steps: plain, frozen data without behaviour beyond reading itself."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta, timezone

if t.TYPE_CHECKING:
    from .arns import CertificateAuthorityArn

CREATING = "CREATING"
SUCCESS = "SUCCESS"
FAILED = "FAILED"

# The states in which the service makes audit reports; in all others it answers InvalidStateException.
# https://docs.aws.amazon.com/privateca/latest/userguide/PcaAuditReport.html
AUDITABLE_STATUSES = frozenset({"ACTIVE", "DISABLED"})

# The service makes one report per CA in this time, whatever the format.
# https://docs.aws.amazon.com/privateca/latest/APIReference/API_CreateCertificateAuthorityAuditReport.html
REPORT_INTERVAL = timedelta(minutes=30)

EXTENSIONS = {"JSON": "json", "CSV": "csv"}


@dataclasses.dataclass(frozen=True)
class CertificateAuthority:
    """One private CA, as the service described it."""

    arn: CertificateAuthorityArn
    status: str

    @property
    def auditable(self) -> bool:
        """Whether the service makes audit reports of a CA in this status."""
        return self.status in AUDITABLE_STATUSES


@dataclasses.dataclass(frozen=True)
class Target:
    """A CA in scope. ``discovered`` is false where the task named its ARN."""

    authority: CertificateAuthority
    discovered: bool


@dataclasses.dataclass(frozen=True)
class AuditReport:
    """One audit report. ``created_at`` is in UTC and rounded down to seconds."""

    certificate_authority_arn: str
    audit_report_id: str
    response_format: str
    status: str
    s3_bucket_name: str
    s3_key: str
    created_at: datetime

    def age(self, now: datetime) -> timedelta:
        """How old the report is; never negative, since two clocks may differ by a little."""
        return max(now - self.created_at, timedelta(0))

    def younger_than_interval(self, now: datetime) -> bool:
        """Whether the service still refuses another report of this CA because of this one."""
        return self.age(now) < REPORT_INTERVAL

    @property
    def next_possible_at(self) -> datetime:
        """When the service makes another report of the same CA again."""
        return self.created_at + REPORT_INTERVAL


def newest(reports: t.Iterable[AuditReport]) -> AuditReport | None:
    """The youngest of some reports, or None of none."""
    return max(reports, key=lambda report: report.created_at, default=None)


def to_utc(moment: datetime) -> datetime:
    """A time of AWS's in UTC, whole seconds: what records and results hold."""
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC, for example ``2026-11-23T09:30:00+00:00``."""
    return to_utc(moment).isoformat()


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why something failed: a stable code (the AWS error code where there is one) and a sentence for people."""

    code: str
    message: str


@dataclasses.dataclass(frozen=True)
class AuditRequest:
    """What the task asks for, checked. ``arns`` is None for discovery; times are in seconds."""

    arns: tuple[CertificateAuthorityArn, ...] | None
    region: str | None
    s3_bucket_name: str
    response_format: str
    max_age: timedelta
    force: bool
    wait: bool
    wait_timeout: int
    wait_delay: int
    use_record: bool
    concurrency: int
    check_mode: bool
