# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading one report, whatever is asked of it."""

from __future__ import annotations

import contextlib
import typing as t
from datetime import datetime

from .certificates import SERIAL, Row, normal_form, time_bytes
from .changes import ChangesBuilder, EarlierReport
from .counts import SummaryBuilder
from .csv_file import CertificateFile
from .fast_parser import ALL_FIELDS, SUMMARY_FIELDS
from .options import InfoRequest
from .results import Contents, InfoEntry
from .source import ReportDamaged

if t.TYPE_CHECKING:
    from ..report_bucket import StoredObject
    from .certificate_filter import CertificateFilter
    from .reader import Block

# How many of the rows that were skipped are shown, of each report.
_ROWS_SHOWN = 5


class SkippedRows:
    """Counts the rows that cannot be read, where they are to be skipped; else the first of them ends it all."""

    def __init__(self, fail: bool) -> None:
        self._fail = fail
        self.count = 0
        self.shown: list[str] = []

    def __call__(self, text: str) -> None:
        if self._fail:
            raise ReportDamaged(text)
        self.count += 1
        if len(self.shown) < _ROWS_SHOWN:
            self.shown.append(text)


class Reading:
    """Reads one report once: counts, certificates, changes and the CSV file, all from the same blocks."""

    def __init__(
        self,
        request: InfoRequest,
        now: datetime,
        entry: InfoEntry,
        file: CertificateFile | None,
        earlier: EarlierReport | None,
        replaced: frozenset[bytes] | None,
        skipped: SkippedRows,
    ) -> None:
        self._request = request
        self._file = file
        self._entry = entry
        self._skipped = skipped
        # Those of an earlier report are told, but no rows of this one.
        self._skipped_before = skipped.count
        self._admits = _admitting(request.wanted, now, replaced)
        self._summary = SummaryBuilder(now) if request.contents != "none" else None
        self._certificates: list[dict[str, t.Any]] | None = [] if request.contents == "certificates" else None
        self._matched = 0
        self._changes = None
        if earlier is not None:
            limit = request.limit if request.contents == "certificates" else None
            created_at = t.cast(datetime, entry.created_at)
            self._changes = ChangesBuilder(earlier, created_at, now, limit)
        self._now = time_bytes(now)

    def read(
        self,
        response_format: str,
        stored: StoredObject,
        blocks: t.Callable[[str, StoredObject, t.Sequence[int], t.Callable[[str], None]], t.Iterator[Block]],
    ) -> Contents:
        """Read the report."""
        skipped, file = self._skipped, self._file
        with contextlib.ExitStack() as stack:
            write = None
            if file is not None:
                write = stack.enter_context(file.part(self._entry.s3_key or "", self._now))
            by_row = bool(write or self._changes) or self._certificates is not None
            for block in blocks(response_format, stored, ALL_FIELDS if by_row else SUMMARY_FIELDS, skipped):
                if self._summary:
                    self._summary.add(block)
                if by_row:
                    self._add_rows(block.rows(), write)
        return Contents(
            summary=self._summary.build(skipped.count - self._skipped_before) if self._summary else None,
            certificates=self._certificates,
            matched=self._matched,
            changes=self._changes.build() if self._changes else None,
            with_changes=self._request.changes_since is not None,
            unreadable=tuple(skipped.shown),
            skipped=skipped.count,
        )

    def _add_rows(self, rows: list[Row], write: t.Callable[[t.Iterable[Row]], None] | None) -> None:
        if self._changes:
            self._changes.add(rows)
        if not write and self._certificates is None:
            return
        admits = self._admits
        wanted = rows if self._request.wanted.admits_all else [row for row in rows if admits(row)]
        self._matched += len(wanted)
        if self._certificates is not None:
            room = self._request.limit - len(self._certificates)
            self._certificates += [normal_form(row, self._now) for row in wanted[:room]]
        if write:
            write(wanted)


def _admitting(wanted: CertificateFilter, now: datetime, replaced: frozenset[bytes] | None) -> t.Callable[[Row], bool]:
    admits = wanted.at(now)
    if replaced is None:
        return admits
    return lambda row: admits(row) and (row[SERIAL] in replaced) is wanted.replaced
