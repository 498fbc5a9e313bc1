# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The reports of CAs and what is inside them: from a request to what the module returns."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import queue
import threading
import typing as t

from ..._aws.advice import unexpected
from ..._aws.errors import AWSError, Problem
from ..._aws.scheduler import run_jobs
from ..._aws.times import to_text
from ..advice import explain
from ..models import Target
from ..quotas import PACES
from ..report_bucket import ReportBucket, StoredObject
from ..skipped_regions import SkippedRegion
from ..targets import Finder, Unreachable, finding_jobs, resolve_own_account
from .changes import EDGE_FIELDS, EarlierReport
from .csv_file import CertificateFile
from .download import read_object
from .fast_parser import ALL_FIELDS
from .locator import Located, Locator, NoSuchReport
from .memory import MemoryBudget, share_memory
from .options import InfoRequest, Key
from .reader import Block, read_blocks
from .reading import Reading, SkippedRows
from .replacements import MOST_CANDIDATES, Replacements, TooManyCandidates
from .results import Contents, InfoEntry, outcome_of, place_of
from .source import ReportDamaged

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock
    from ..._aws.outcome import Outcome
    from ..._aws.scheduler import Job
    from ..arns import CertificateAuthorityArn


def read_reports(request: InfoRequest, clients: Clients, clock: Clock, put: t.Callable[[str, str], None]) -> Outcome:
    """Find the reports that are asked for, and read them.

    :param put: moves a file to where another one may be.
    :raises AWSError: for what concerns all of them alike. What concerns one is in its entry.
    """
    share_memory()
    clients.prepare(request.selection.home_region, request.selection.concurrency)
    bucket = ReportBucket(clients.s3(), request.s3_bucket_name)
    entries: list[InfoEntry] = []
    skipped: list[SkippedRegion] = []
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
                skipped.append,
            )
            jobs = finding_jobs(selection, finder)
        try:
            run_jobs(jobs, request.selection.concurrency, PACES, clock)
        finally:
            run.ended.set()
        outcome = outcome_of(entries, request.contents, run.now, skipped)
        if file is not None and outcome.failure is None:
            read = [entry for entry in sorted(entries, key=place_of) if entry.created_at is not None]
            try:
                outcome.results["changed"] = file.finish([entry.s3_key or "" for entry in read], put)
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
        run = self._run
        if run.request.reads:
            known, skipped = None, SkippedRows(not self._run.request.skip_errors)
            if earlier is not None:
                with self._run.budget.reserve(earlier.stored.size):
                    known = self._read_earlier(earlier, skipped)
            # What is remembered of certificates that may have been replaced can be more than reading needs.
            with self._run.budget.reserve(stored.size, alone=self._run.request.wanted.replaced is not None):
                replaced = self._find_replaced(response_format, stored)
                reading = Reading(run.request, run.now, self._entry, run.file, known, replaced, skipped)
                contents = reading.read(response_format, stored, self._blocks)
            if earlier is not None and contents.changes is not None:
                origin = {
                    "audit_report_id": earlier.report.audit_report_id,
                    "created_at": to_text(earlier.report.created_at),
                }
                contents = dataclasses.replace(contents, changes={"from": origin, **contents.changes})
            self._entry = dataclasses.replace(self._entry, contents=contents)

    def _read_earlier(self, earlier: Located, skipped: SkippedRows) -> EarlierReport:
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
        """The serial numbers of certificates that were replaced; None if that was not asked for."""
        request = self._run.request
        if request.wanted.replaced is None or not (request.contents == "certificates" or request.certificates_file):
            return None
        # Rows that cannot be read are told by the reading that counts them.
        bad = SkippedRows(not request.skip_errors)
        now = self._run.now
        replacements = Replacements(request.wanted.at(now), request.wanted.horizon(now))
        try:
            for block in self._blocks(response_format, stored, ALL_FIELDS, bad):
                replacements.add_candidates(block.rows())
        except TooManyCandidates as e:
            raise _TooMuchAsked(
                f"More than {MOST_CANDIDATES:,} certificates of the report pass the filters, too many to find out "
                "which of them were replaced; lower expiring_within, or leave replaced out."
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
                # After an interrupt the rest is not needed, and the process could not end before.
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
        entry = InfoEntry(arn, arn.account_id, arn.region, run.bucket.name, account_name=target.account.name)
        super().__init__(run, entry)

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


def _unreachable(unreachable: Unreachable, bucket: str) -> InfoEntry:
    return InfoEntry(
        unreachable.arn,
        unreachable.account_id,
        unreachable.region,
        bucket,
        problem=unreachable.problem,
        account_name=unreachable.account_name,
    )
