# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate authorities, audit reports, and which of them a task is about: plain, frozen data."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

if t.TYPE_CHECKING:
    from .._aws.accounts import Account
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
class Scope:
    """Where to look for CAs with the credentials of one account.

    ``regions`` says of each whether the task named it: one that the account has not enabled is an error only then.
    """

    account: Account
    regions: t.Mapping[str, bool]


@dataclasses.dataclass(frozen=True)
class Selection:
    """Which CAs a task is about: those with these ARNs, or without any (None) all in these scopes.

    ``home_region`` is where the task's own credentials ask S3 and STS.
    """

    arns: tuple[CertificateAuthorityArn, ...] | None
    scopes: tuple[Scope, ...]
    home_region: str
    concurrency: int


@dataclasses.dataclass(frozen=True)
class CertificateAuthority:
    """One private CA. ``status`` and ``description`` (the API's structure) are None until the service was asked."""

    arn: CertificateAuthorityArn
    status: str | None = None
    description: t.Mapping[str, t.Any] | None = None

    @property
    def auditable(self) -> bool:
        """Whether the service makes audit reports of the CA; assumed as long as its status is not known."""
        return self.status is None or self.status in AUDITABLE_STATUSES


@dataclasses.dataclass(frozen=True)
class Target:
    """A CA in scope, and whose credentials serve it. ``discovered`` is false where the task named its ARN."""

    authority: CertificateAuthority
    account: Account
    discovered: bool


@dataclasses.dataclass(frozen=True)
class AuditReport:
    """One audit report. ``created_at`` is in UTC and rounded down to seconds.

    ``archive_bucket_name`` is the archive that is known to have a copy, if any is.
    """

    certificate_authority_arn: str
    audit_report_id: str
    response_format: str
    status: str
    s3_bucket_name: str
    s3_key: str
    created_at: datetime
    archive_bucket_name: str | None = None

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
