# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step that archives the report of one CA."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.advice import unexpected
from ..._aws.errors import AWSError
from ..models import SUCCESS
from .advice import explain_not_copied, explain_nothing_to_copy

if t.TYPE_CHECKING:
    from ..._aws.scheduler import Job
    from ..arns import CertificateAuthorityArn
    from ..models import AuditReport
    from .archive import Archive
    from .jobs import Context
    from .options import AuditRequest
    from .results import Entry
    from .tracking import Known


def has_to_be_copied(entry: Entry, request: AuditRequest) -> bool:
    """Whether the report of an entry is finished, or would be without check mode, and not known to be archived."""
    if request.archive_bucket_name is None or entry.action not in ("created", "reused"):
        return False
    if entry.report is None:
        return request.check_mode
    return entry.report.status == SUCCESS and entry.report.archive_bucket_name != request.archive_bucket_name


class ArchiveJob:
    """Copies a report, unless it is in the archive already. What goes wrong is a warning, and the entry stays."""

    lane = None

    def __init__(
        self, entry: Entry, known: Known, context: Context, archive: Archive, done: t.Callable[[Entry], None]
    ) -> None:
        """:param known: what is known of the CA's reports, and so what the record says.
        :param done: takes the entry, in any thread.
        """
        self._entry = entry
        self._known = known
        self._context = context
        self._archive = archive
        self._done = done

    def step(self) -> t.Sequence[Job]:
        """All of it: a few requests to S3, and more for a report of more than 5 GB."""
        try:
            entry = self._predict() if self._context.request.check_mode else self._copy()
        except AWSError as e:
            entry = self._warned(explain_not_copied(e, self._archive.name, self._context.bucket.name))
        except Exception as e:  # noqa: BLE001
            # Whatever it is, the report itself is there.
            entry = self._warned(unexpected(e).message)
        self._done(entry)
        return ()

    def _predict(self) -> Entry:
        report = self._entry.report
        if report and self._archive.contains(report.s3_key):
            return self._archived(report)
        # What would fail for every report.
        self._archive.check()
        return dataclasses.replace(self._entry, copied=True)

    def _copy(self) -> Entry:
        """Copy the report and remember it, so that the next run need not ask."""
        report = t.cast("AuditReport", self._entry.report)
        # The record does not know it where it could not be written, or where ``tracking=listing`` writes none.
        missing = not self._archive.contains(report.s3_key)
        if missing:
            stored = self._context.bucket.look_up(report.s3_key)
            if stored is None:
                return self._warned(explain_nothing_to_copy())
            self._archive.copy(stored)
        entry = dataclasses.replace(self._archived(report), copied=missing)
        arn = t.cast("CertificateAuthorityArn", entry.arn)
        _known, warning = self._context.tracking.remember(arn, self._known, entry.report)
        return dataclasses.replace(entry, warnings=(*entry.warnings, warning)) if warning else entry

    def _archived(self, report: AuditReport) -> Entry:
        archived = dataclasses.replace(report, archive_bucket_name=self._archive.name)
        return dataclasses.replace(self._entry, report=archived)

    def _warned(self, warning: str) -> Entry:
        return dataclasses.replace(self._entry, warnings=(*self._entry.warnings, warning))
