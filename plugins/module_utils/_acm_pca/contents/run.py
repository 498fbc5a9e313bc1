# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The reports of CAs and what is inside them: from a request to what the module returns."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import hashlib
import queue
import threading
import typing as t
from datetime import datetime

from ..._aws.advice import unexpected
from ..._aws.errors import AWSError, Problem
from ..._aws.scheduler import run_jobs
from ..._aws.times import to_text
from ..advice import explain
from ..models import Target
from ..quotas import PACES
from ..report_bucket import ReportBucket, StoredObject
from ..targets import Finder, Unreachable, finding_jobs, resolve_own_account
from .certificates import SERIAL, Row, normal_form, time_bytes
from .changes import EDGE_FIELDS, ChangesBuilder, EarlierReport
from .counts import SummaryBuilder
from .csv_file import CertificateFile
from .download import MemoryBudget, read_object, share_memory
from .fast_parser import ALL_FIELDS, SUMMARY_FIELDS
from .locator import Located, Locator, NoSuchReport
from .options import InfoRequest, Key
from .reader import Block, read_blocks
from .replacements import MOST_CANDIDATES, Replacements, TooManyCandidates
from .results import Contents, InfoEntry, outcome_of, place_of
from .source import ReportDamaged

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock
    from ..._aws.outcome import Outcome
    from ..._aws.scheduler import Job
    from ..arns import CertificateAuthorityArn
    from .certificate_filter import CertificateFilter

# How many of the rows that were skipped are told, of each report.
_ROWS_TOLD = 5


def read_reports(request: InfoRequest, clients: Clients, clock: Clock, put: t.Callable[[str, str], None]) -> Outcome:
    """Find the reports that are asked for, and read them.

    :param put: moves a file to where another one may be.
    :raises AWSError: for what concerns all of them alike. What concerns one is in its entry.
    """
    share_memory()
    clients.prepare(request.selection.home_region, request.selection.concurrency)
    bucket = ReportBucket(clients.s3(), request.s3_bucket_name)
    entries: list[InfoEntry] = []
    with contextlib.ExitStack() as stack:
        file = None
        if request.certificates_file is not None and not request.check_mode:
            file = stack.enter_context(CertificateFile(request.certificates_file))
        run = _Run(request, clients, bucket, clock, file, entries.append)
        if request.keys is not None:
            jobs: list[Job] = [_KeyJob(run, key) for key in request.keys]
        else:
            bucket.check()
            selection = resolve_own_account(request.selection, clients)
            finder = Finder(
                clients,
                lambda target: [_AuthorityJob(run, target)],
                lambda unreachable: entries.append(_unreachable(unreachable, bucket.name)),
            )
            jobs = finding_jobs(selection, finder)
        try:
            run_jobs(jobs, request.selection.concurrency, PACES, clock)
        finally:
            run.ended.set()
        outcome = outcome_of(entries, request.contents, run.now)
        if file is not None and outcome.failure is None:
            read = [entry for entry in sorted(entries, key=place_of) if entry.created_at is not None]
            try:
                outcome.results["changed"] = file.finish([_part_name(entry.s3_key) for entry in read], put)
            except OSError as e:
                problem = Problem(
                    type(e).__name__, f"certificates_file: {file.path} could not be written: {e.strerror}."
                )
                return dataclasses.replace(outcome, failure=problem)
    return outcome


class _Run:
    """What all jobs share. ``emit`` takes the entries, in any thread."""

    def __init__(
        self,
        request: InfoRequest,
        clients: Clients,
        bucket: ReportBucket,
        clock: Clock,
        file: CertificateFile | None,
        emit: t.Callable[[InfoEntry], None],
    ) -> None:
        self.request = request
        self.clients = clients
        self.bucket = bucket
        self.clock = clock
        self.locator = Locator(bucket, request, clock)
        self.file = file
        self.emit = emit
        self.now = clock.now()
        self.budget = MemoryBudget()
        self.ended = threading.Event()


class _Job(abc.ABC):
    """Finds a report and reads it, all in one step: a request or two, and then as long as it takes."""

    lane = None

    def __init__(self, run: _Run, entry: InfoEntry) -> None:
        self._run = run
        self._entry = entry

    def step(self) -> t.Sequence[Job]:
        try:
            self._look()
        except ReportDamaged as e:
            self._fail(Problem("AuditReportDamaged", str(e)))
        except NoSuchReport as e:
            self._fail(Problem("AuditReportNotFound", str(e)))
        except _TooMuchAsked as e:
            self._fail(Problem("TooManyCertificates", str(e)))
        except AWSError as e:
            self._fail(self._explain(e))
        except OSError as e:
            self._fail(Problem(type(e).__name__, f"The certificates could not be written to the disk: {e.strerror}."))
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this report's alone.
            self._fail(unexpected(e))
        self._run.emit(self._entry)
        return ()

    @property
    def _arn(self) -> CertificateAuthorityArn | None:
        return self._entry.arn

    @abc.abstractmethod
    def _look(self) -> None:
        """Find the report, and read it."""

    def _read(self, response_format: str, stored: StoredObject, earlier: Located | None) -> None:
        if self._run.request.reads:
            known, skipped = None, _Skipped(not self._run.request.skip_errors)
            if earlier is not None:
                with self._run.budget.reserve(earlier.stored.size):
                    known = self._read_earlier(earlier, skipped)
            # What is remembered of certificates that may have been replaced can be more than reading needs.
            with self._run.budget.reserve(stored.size, alone=self._run.request.wanted.replaced is not None):
                replaced = self._find_replaced(response_format, stored)
                reading = _Reading(self._run, self._entry, known, replaced, skipped)
                contents = reading.read(response_format, stored, self._blocks)
            if earlier is not None and contents.changes is not None:
                origin = {
                    "audit_report_id": earlier.report.audit_report_id,
                    "created_at": to_text(earlier.report.created_at),
                }
                contents = dataclasses.replace(contents, changes={"from": origin, **contents.changes})
            self._entry = dataclasses.replace(self._entry, contents=contents)

    def _read_earlier(self, earlier: Located, skipped: _Skipped) -> EarlierReport:
        known = EarlierReport(earlier.report.created_at)
        about = f"The earlier report {earlier.report.audit_report_id}: "

        def bad(text: str) -> None:
            skipped(about + text)

        try:
            for block in self._blocks(earlier.report.response_format, earlier.stored, EDGE_FIELDS, bad):
                known.add(block)
        except ReportDamaged as e:
            raise ReportDamaged(str(e) if str(e).startswith(about) else about + str(e)) from e
        return known

    def _find_replaced(self, response_format: str, stored: StoredObject) -> frozenset[bytes] | None:
        """The serial numbers of certificates that were replaced; None where nobody asks."""
        request = self._run.request
        if request.wanted.replaced is None or not (request.contents == "certificates" or request.certificates_file):
            return None
        # Rows that cannot be read are told by the reading that counts them.
        bad = _Skipped(not request.skip_errors)
        now = self._run.now
        replacements = Replacements(request.wanted.at(now), request.wanted.horizon(now))
        try:
            for block in self._blocks(response_format, stored, ALL_FIELDS, bad):
                replacements.add_candidates(block.rows())
        except TooManyCandidates as e:
            raise _TooMuchAsked(
                f"More than {MOST_CANDIDATES:,} certificates of the report pass the filters, too many to look up which "
                "of them were replaced; make expiring_within smaller, or do not ask for that (replaced)."
            ) from e
        if replacements.needs_successors:
            for block in self._blocks(response_format, stored, ALL_FIELDS, bad):
                replacements.add_successors(block.rows())
        return replacements.replaced()

    def _blocks(
        self, response_format: str, stored: StoredObject, fields: t.Sequence[int], bad: t.Callable[[str], None]
    ) -> t.Iterator[Block]:
        return read_blocks(self._pieces(stored), response_format, fields, bad)

    def _pieces(self, stored: StoredObject) -> t.Iterator[bytes]:
        for piece in read_object(self._run.bucket, stored, self._pause):
            if self._run.ended.is_set():
                # After an interrupt nobody wants the rest any more, and the process could not end before.
                raise ReportDamaged("Interrupted.")
            yield piece

    def _pause(self, seconds: float) -> None:
        self._run.clock.next_of(queue.SimpleQueue[None](), seconds)

    def _fail(self, problem: Problem) -> None:
        self._entry = dataclasses.replace(self._entry, problem=problem, contents=Contents())

    def _explain(self, error: AWSError) -> Problem:
        if error.code in ("412", "PreconditionFailed"):
            return Problem(error.code, "The report was replaced by another one while it was read; run the task again.")
        return explain(error, arn=self._arn, bucket=self._run.bucket.name, writes=False)


class _AuthorityJob(_Job):
    """The report of a CA."""

    def __init__(self, run: _Run, target: Target) -> None:
        arn = target.authority.arn
        super().__init__(run, InfoEntry(arn, arn.account_id, arn.region, run.bucket.name))

    def _look(self) -> None:
        current, earlier = self._run.locator.find(t.cast("CertificateAuthorityArn", self._arn))
        if current is not None:
            self._entry = self._entry.of_report(current.report, current.stored.size)
            self._read(current.report.response_format, current.stored, earlier)


class _KeyJob(_Job):
    """A report that is named by its key."""

    def __init__(self, run: _Run, key: Key) -> None:
        super().__init__(
            run,
            InfoEntry(
                None,
                None,
                None,
                run.bucket.name,
                s3_key=key.text,
                response_format=key.response_format,
                audit_report_id=key.audit_report_id,
            ),
        )
        self._key = key

    def _look(self) -> None:
        stored = self._run.bucket.look_up(self._key.text)
        if stored is None:
            raise NoSuchReport(
                f"The bucket '{self._run.bucket.name}' has no such object; check s3_key and s3_bucket_name."
            )
        self._entry = dataclasses.replace(self._entry, created_at=stored.modified, size=stored.size)
        self._read(self._key.response_format, stored, None)


class _TooMuchAsked(Exception):
    """A sentence about what cannot be looked up, and what to do."""


class _Skipped:
    """Counts the rows that cannot be read, where they are to be skipped; else the first of them ends it all."""

    def __init__(self, fail: bool) -> None:
        self._fail = fail
        self.count = 0
        self.told: list[str] = []

    def __call__(self, text: str) -> None:
        if self._fail:
            raise ReportDamaged(text)
        self.count += 1
        if len(self.told) < _ROWS_TOLD:
            self.told.append(text)


class _Reading:
    """What one report comes to, while it is read."""

    def __init__(
        self,
        run: _Run,
        entry: InfoEntry,
        earlier: EarlierReport | None,
        replaced: frozenset[bytes] | None,
        skipped: _Skipped,
    ) -> None:
        request = run.request
        self._run = run
        self._entry = entry
        self._skipped = skipped
        # Those of an earlier report are told, but no rows of this one.
        self._skipped_before = skipped.count
        self._admits = _admitting(request.wanted, run.now, replaced)
        self._summary = SummaryBuilder(run.now) if request.contents != "none" else None
        self._certificates: list[dict[str, t.Any]] | None = [] if request.contents == "certificates" else None
        self._matched = 0
        self._changes = None
        if earlier is not None:
            limit = request.limit if request.contents == "certificates" else None
            created_at = t.cast(datetime, entry.created_at)
            self._changes = ChangesBuilder(earlier, created_at, run.now, limit)
        self._now = time_bytes(run.now)

    def read(
        self,
        response_format: str,
        stored: StoredObject,
        blocks: t.Callable[[str, StoredObject, t.Sequence[int], t.Callable[[str], None]], t.Iterator[Block]],
    ) -> Contents:
        """Read the report."""
        run, skipped = self._run, self._skipped
        with contextlib.ExitStack() as stack:
            write = None
            if run.file is not None:
                write = stack.enter_context(run.file.part(_part_name(self._entry.s3_key), self._now))
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
            with_changes=run.request.changes_since is not None,
            unreadable=tuple(skipped.told),
            skipped=skipped.count,
        )

    def _add_rows(self, rows: list[Row], write: t.Callable[[t.Iterable[Row]], None] | None) -> None:
        if self._changes:
            self._changes.add(rows)
        if not write and self._certificates is None:
            return
        admits = self._admits
        wanted = rows if self._run.request.wanted.admits_all else [row for row in rows if admits(row)]
        self._matched += len(wanted)
        if self._certificates is not None:
            room = self._run.request.limit - len(self._certificates)
            self._certificates += [normal_form(row, self._now) for row in wanted[:room]]
        if write:
            write(wanted)


def _admitting(wanted: CertificateFilter, now: datetime, replaced: frozenset[bytes] | None) -> t.Callable[[Row], bool]:
    admits = wanted.at(now)
    if replaced is None:
        return admits
    return lambda row: admits(row) and (row[SERIAL] in replaced) is wanted.replaced


def _part_name(key: str | None) -> str:
    return hashlib.sha256((key or "").encode("utf-8", "surrogatepass")).hexdigest()


def _unreachable(unreachable: Unreachable, bucket: str) -> InfoEntry:
    return InfoEntry(unreachable.arn, unreachable.account_id, unreachable.region, bucket, problem=unreachable.problem)
