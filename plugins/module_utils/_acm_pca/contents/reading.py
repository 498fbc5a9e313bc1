# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading one report, whatever is asked of it."""

from __future__ import annotations

import contextlib
import typing as t
from datetime import datetime

from .certificate_columns import Origin
from .certificates_file import CertificateFile, WriteBlock
from .changes import ChangesBuilder, EarlierReport
from .counts import SummaryBuilder
from .dataset import Dataset
from .fast_parser import ALL_FIELDS, SUMMARY_FIELDS
from .options import InfoRequest
from .results import Contents, Finding, InfoEntry
from .rules import Rule
from .search import FirstOnes, MostPressing, Search
from .source import ReportDamaged

if t.TYPE_CHECKING:
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
    """Reads one report once: counts, certificates, changes, findings and files, all from the same blocks."""

    def __init__(
        self,
        request: InfoRequest,
        now: datetime,
        entry: InfoEntry,
        file: CertificateFile | None,
        earlier: EarlierReport | None,
        rules: t.Sequence[Rule],
        skipped: SkippedRows,
        alone: t.ContextManager[object],
        dataset: Dataset | None,
    ) -> None:
        """:param rules: those that hold for the CA.
        :param alone: entered while much memory is used, and no other reading may.
        """
        self._request = request
        self._file = file
        self._entry = entry
        self._rules = rules
        self._dataset = dataset if dataset is not None and dataset.writing else None
        self._skipped = skipped
        # Those of an earlier report are told, but no rows of this one.
        self._skipped_before = skipped.count
        self._alone = alone
        self._summary = SummaryBuilder(now) if request.contents != "none" else None
        self._limit = request.limit if request.contents == "certificates" else None
        self._changes = None
        if earlier is not None:
            created_at = t.cast(datetime, entry.created_at)
            self._changes = ChangesBuilder(earlier, created_at, now, self._limit)
        self._now = now

    def read(self, blocks: t.Callable[[t.Sequence[int], t.Callable[[str], None]], t.Iterator[Block]]) -> Contents:
        """Read the report.

        :param blocks: gives its rows with these fields, and is told where to say which of them cannot be read.
        :raises TooManyAlike: where it cannot be known which certificates were replaced.
        """
        skipped, file, dataset = self._skipped, self._file, self._dataset
        with contextlib.ExitStack() as stack:
            write: WriteBlock | None = None
            if file is not None:
                origin = Origin(self._entry.arn, t.cast(datetime, self._entry.created_at))
                write = stack.enter_context(file.part(self._entry.s3_key or "", origin))
            first = FirstOnes(self._limit, self._now, write)
            wanted = None
            if write or self._limit is not None:
                wanted = stack.enter_context(Search(self._request.wanted, self._now, first))
            pressing = [self._pressing(rule) for rule in self._rules]
            held = [
                stack.enter_context(Search(rule.conditions, self._now, kept))
                for rule, kept in zip(self._rules, pressing)
            ]
            searches = [*([wanted] if wanted else []), *held]
            fields = ALL_FIELDS if wanted or self._changes or dataset else SUMMARY_FIELDS
            for block in blocks(fields, skipped):
                if self._summary:
                    self._summary.add(block)
                if self._changes:
                    self._changes.add(block.rows())
                for search in searches:
                    search.add(block)
                if dataset:
                    dataset.add(block)
            if dataset:
                dataset.finish()
            if any(search.unfinished for search in searches):
                with self._alone:
                    for search in searches:
                        search.finish()
        return Contents(
            summary=self._summary.build(skipped.count - self._skipped_before) if self._summary else None,
            certificates=first.certificates,
            matched=first.count,
            short_lived=wanted.short_lived if wanted and self._request.wanted.expiring_within is not None else None,
            findings=tuple(
                Finding(rule, kept.count, kept.certificates(), search.short_lived)
                for rule, kept, search in zip(self._rules, pressing, held)
            ),
            changes=self._changes.build() if self._changes else None,
            with_changes=self._request.changes_since is not None,
            unreadable=tuple(skipped.shown),
            skipped=skipped.count,
        )

    def _pressing(self, rule: Rule) -> MostPressing:
        return MostPressing(self._request.limit, self._now, revoked=rule.conditions.about_revoked)
