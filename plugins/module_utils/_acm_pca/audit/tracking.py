# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last report known of a CA: from its record in the bucket, or from the list of what is in the bucket."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.errors import AWSError
from ..advice import explain
from ..models import CREATING, FAILED, SUCCESS, AuditReport, Target
from ..tracking_record import Reports, merge_report, read_record, write_record
from .options import AuditRequest

if t.TYPE_CHECKING:
    from ..._aws.clock import Clock
    from ..arns import CertificateAuthorityArn
    from ..report_bucket import ReportBucket, StoredRecord
    from .report_service import ReportService

# Each try loses only to another writer that got through, so a handful is enough for any real number of runs.
_WRITE_TRIES = 8


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of a CA's reports: the newest of each format, and where that is known from."""

    reports: dict[str, AuditReport] = dataclasses.field(default_factory=dict)
    stored: StoredRecord | None = None
    outdated: bool = False
    """Whether the record in the bucket knows other reports than ``reports``. That one is finished it need not say."""
    missing: AuditReport | None = None
    """A report that the record knows, but whose file is not in the bucket any more."""
    warnings: tuple[str, ...] = ()


class Tracking:
    """Finds and remembers the last reports, as the option ``tracking`` asks for it."""

    def __init__(self, bucket: ReportBucket, service: ReportService, request: AuditRequest, clock: Clock) -> None:
        self._bucket = bucket
        self._service = service
        self._request = request
        self._clock = clock

    def read(self, arn: CertificateAuthorityArn) -> Known:
        """Where the search begins: the record, or with ``tracking=listing`` the list of the bucket.

        :raises AWSError: where S3 does not let it be read.
        """
        if not self._request.use_record:
            return Known(self._bucket.newest_reports(arn))
        return self._read_record(arn)

    def find(self, target: Target, read: Known | None = None) -> Known:
        """The last report in the asked format (CREATING, or SUCCESS), and what else is known on the way.

        :param read: what ``read`` has answered, if somebody asked already.
        :raises AWSError: where S3 or the service does not let it be found out.
        """
        arn = target.authority.arn
        known = read or self.read(arn)
        if not self._request.use_record:
            return known
        last = known.reports.get(self._request.response_format)
        current = self._check(target, last) if last else None
        if current and current.status != FAILED:
            return dataclasses.replace(known, reports={**known.reports, current.response_format: current})
        remembered = {name: report for name, report in known.reports.items() if report is not last}
        reports = _merged(remembered, self._bucket.newest_reports(arn))
        if current and current.response_format not in reports:
            # Of no use, but it tells why there is none, and may be what the service refuses another one for.
            reports[current.response_format] = current
        return dataclasses.replace(
            known, reports=reports, outdated=_differ(known.reports, reports), missing=None if current else last
        )

    def find_other(self, arn: CertificateAuthorityArn) -> Known:
        """What is known once the service has refused a request that the record did not explain.

        Another run may have written the record since, and the console or the CLI write none.
        """
        known = self._read_record(arn) if self._request.use_record else Known()
        reports = _merged(known.reports, self._bucket.newest_reports(arn))
        return dataclasses.replace(known, reports=reports, outdated=_differ(known.reports, reports))

    def confirm(self, report: AuditReport) -> AuditReport | None:
        """The finished report if its file is in the bucket, else None: a record alone is no evidence."""
        return self._bucket.confirm(report)

    def verified(self, known: Known) -> list[AuditReport]:
        """The reports known, none younger than its file: what a record claims may be wrong."""
        now = self._clock.now()
        return [
            self._bucket.confirm(report) or report
            if report.status == SUCCESS and report.younger_than_interval(now)
            else report
            for report in known.reports.values()
        ]

    def remember(
        self, arn: CertificateAuthorityArn, known: Known, report: AuditReport | None = None
    ) -> tuple[Known, str | None]:
        """Bring the record up to date with what is known, and with one more report, whatever others write meanwhile.

        A record is only a shorter way to what the list of the bucket tells too, so a failure is a warning.

        :returns: what is known now, and a warning if the record could not be written.
        """
        reports = merge_report(known.reports, report) if report else known.reports
        known = dataclasses.replace(known, reports=reports)
        if not self._request.use_record or self._request.check_mode:
            return known, None
        stored = known.stored
        try:
            for _try in range(_WRITE_TRIES):
                written = self._bucket.write_record(arn, write_record(arn, reports), stored)
                if written:
                    return Known(reports, written, warnings=known.warnings), None
                others = self._read_record(arn)
                stored, reports = others.stored, _merged(others.reports, reports)
        except AWSError as e:
            return known, explain(e, arn=arn, bucket=self._bucket.name).message
        return known, "The tracking record could not be written, because other runs kept changing it."

    def _read_record(self, arn: CertificateAuthorityArn) -> Known:
        stored = self._bucket.read_record(arn)
        if stored is None:
            return Known()
        try:
            return Known(read_record(arn, self._bucket.name, stored.body, self._clock.now()), stored)
        except ValueError as e:
            return Known(stored=stored, warnings=(f"The tracking record {e}; the bucket is listed instead.",))

    def _check(self, target: Target, report: AuditReport) -> AuditReport | None:
        """What became of a report that the record knows; None where the record is no evidence any more."""
        now = self._clock.now()
        wanted = not self._request.force and report.age(now) < self._request.max_age
        if report.status == CREATING and not wanted and not report.younger_than_interval(now):
            # Whatever became of it, it neither does nor stands in the way. Nearly all of them have succeeded.
            return dataclasses.replace(report, status=SUCCESS)
        if report.status == CREATING:
            # The file appears only when it is complete, and S3 can be asked without the account's credentials.
            finished = self._bucket.confirm(report)
            if finished:
                return finished
            current = self._service.refresh(target.account, target.authority.arn, report)
            if current and current.status == CREATING:
                return current
            report = current or dataclasses.replace(report, status=SUCCESS)
        if report.status == FAILED:
            return report
        # Only a report that is to be reused has to be there; asking about all others would cost a request each.
        return self._bucket.confirm(report) if wanted else report


def _merged(known: Reports, more: Reports) -> dict[str, AuditReport]:
    reports = dict(known)
    for report in more.values():
        reports = merge_report(reports, report)
    return reports


def _differ(stored: Reports, reports: Reports) -> bool:
    """Whether a record has to be written anew: that a report is finished, its file tells as well."""
    return {(each.audit_report_id, each.status == FAILED) for each in stored.values()} != {
        (each.audit_report_id, each.status == FAILED) for each in reports.values()
    }
