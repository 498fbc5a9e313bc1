# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Which report of a CA is meant: the last one, or the one that is named, and which one came before."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from ..models import EXTENSIONS, FAILED, SUCCESS, AuditReport, newest
from ..tracking_record import read_record, report_from_key, report_prefix
from .options import PREVIOUS, InfoRequest

if t.TYPE_CHECKING:
    from ..._aws.clock import Clock
    from ..arns import CertificateAuthorityArn
    from ..report_bucket import ReportBucket, StoredObject


@dataclasses.dataclass(frozen=True)
class Located:
    """A report and its file; also the body of the file, to be closed, if it was opened to see whether it is there."""

    report: AuditReport
    stored: StoredObject
    body: t.Any = None


class NoSuchReport(Exception):
    """The report that is named is not in the bucket: a sentence."""


class Locator:
    """Finds reports. Writes nothing, not even a record."""

    def __init__(self, bucket: ReportBucket, request: InfoRequest, clock: Clock) -> None:
        self._bucket = bucket
        self._request = request
        self._clock = clock

    def find(
        self, arn: CertificateAuthorityArn, known: AuditReport | None = None
    ) -> tuple[Located | None, Located | None]:
        """The report that the task asks for, and the one that it is compared with. None where there is none.

        :param known: the last report, if it is known already.
        :raises NoSuchReport: where a report is named that is not there.
        :raises AWSError: where S3 does not let it be found out.
        """
        request = self._request
        listed: list[Located] | None = None
        current: Located | None
        if request.changes_since is not None or (request.audit_report_id is None and not request.use_record):
            listed = self._list(arn)
        if request.audit_report_id is not None:
            current = self._by_id(arn, request.audit_report_id)
        elif listed is not None:
            current = next((each for each in listed if each.report.response_format in request.formats), None)
        else:
            current = (known and self._reach(known)) or self._by_record(arn) or self._newest(arn)
        if current is None or listed is None or request.changes_since is None:
            return current, None
        return current, self._earlier(current, listed, request.changes_since)

    def reach(self, key: str) -> tuple[StoredObject, t.Any] | None:
        """An object and its body, which is None where reports are not read. One request, so it is opened at once."""
        if self._request.reads:
            return self._bucket.fetch(key)
        stored = self._bucket.look_up(key)
        return None if stored is None else (stored, None)

    def _reach(self, report: AuditReport) -> Located | None:
        """A report that there should be, if its file is in the bucket."""
        found = self.reach(report.s3_key)
        if found is None:
            return None
        stored, body = found
        created_at = min(report.created_at, stored.modified)
        return Located(dataclasses.replace(report, status=SUCCESS, created_at=created_at), stored, body)

    def _list(self, arn: CertificateAuthorityArn) -> list[Located]:
        return [Located(report, stored) for report, stored in self._bucket.list_reports(arn)]

    def _newest(self, arn: CertificateAuthorityArn) -> Located | None:
        formats = self._request.formats
        return next((each for each in self._list(arn) if each.report.response_format in formats), None)

    def _by_id(self, arn: CertificateAuthorityArn, audit_report_id: str) -> Located:
        for response_format in self._request.formats:
            key = f"{report_prefix(arn)}{audit_report_id}.{EXTENSIONS[response_format]}"
            stored = self._bucket.look_up(key)
            report = report_from_key(arn, self._bucket.name, key, stored.modified) if stored else None
            if stored and report:
                return Located(report, stored)
        raise NoSuchReport(
            f"The report {audit_report_id} of this certificate authority is not in the bucket '{self._bucket.name}' "
            f"(format {' or '.join(self._request.formats)}); check audit_report_id and s3_bucket_name."
        )

    def _by_record(self, arn: CertificateAuthorityArn) -> Located | None:
        """The last report as the record of acm_pca_audit_report has it. None where that is no evidence."""
        stored_record = self._bucket.read_record(arn)
        if stored_record is None:
            return None
        try:
            reports = read_record(arn, self._bucket.name, stored_record.body, self._clock.now())
        except ValueError:
            return None
        report = newest(report for name, report in reports.items() if name in self._request.formats)
        # The record says CREATING of finished reports as well; only the file tells.
        return self._reach(report) if report and report.status != FAILED else None

    def _earlier(self, current: Located, listed: list[Located], since: datetime | str) -> Located | None:
        """The report, in whatever format, that the current one is compared with."""
        before = [
            each
            for each in listed
            if each.report.created_at < current.report.created_at and each.stored.key != current.stored.key
        ]
        if isinstance(since, datetime):
            return next((each for each in before if each.report.created_at <= since), None)
        if since == PREVIOUS:
            return before[0] if before else None
        found = next((each for each in before if each.report.audit_report_id == since), None)
        if found is None:
            raise NoSuchReport(
                f"The report {since} that changes_since names is not in the bucket '{self._bucket.name}', or it is not "
                f"older than the report {current.report.audit_report_id}."
            )
        return found
