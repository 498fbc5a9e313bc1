# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done with each CA, or each report that is named by its key: find the report, and read it."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import queue
import threading
import typing as t

from ..._aws.advice import unexpected
from ..._aws.errors import AWSError, Problem
from ..._aws.times import to_text
from ..advice import explain
from ..authority_jobs import DescribeJob, TagsJob
from ..authority_properties import properties_of
from ..models import AuditReport, CertificateAuthority, Target
from ..report_bucket import ReportBucket, StoredObject
from .certificate_columns import Arrow
from .certificates_file import CertificateFile
from .changes import EDGE_FIELDS, EarlierReport
from .dataset import Conflict, Dataset, DatasetBucket
from .download import read_object
from .known_reports import KnownAuthority
from .locator import Located, Locator, NoSuchReport
from .memory import MemoryBudget
from .options import InfoRequest, Key
from .reader import Block, read_blocks
from .reading import Reading, SkippedRows
from .replacements import MOST_ALIKE, TooManyAlike
from .results import Contents, DatasetResult, InfoEntry
from .source import ReportDamaged

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock
    from ..._aws.scheduler import Job
    from ..arns import CertificateAuthorityArn
    from .rules import Rule


class ReadingRun:
    """What all jobs share. ``emit`` takes the entries, in any thread."""

    def __init__(
        self,
        request: InfoRequest,
        clients: Clients,
        bucket: ReportBucket,
        clock: Clock,
        file: CertificateFile | None,
        arrow: Arrow | None,
        emit: t.Callable[[InfoEntry], None],
    ) -> None:
        self.request = request
        self.clients = clients
        self.bucket = bucket
        self.clock = clock
        self.locator = Locator(bucket, request, clock)
        self.file = file
        self.arrow = arrow
        self.datasets = DatasetBucket(clients.s3(), bucket.name)
        self.emit = emit
        self.now = clock.now()
        self.budget = MemoryBudget()
        self.ended = threading.Event()


class _Job(abc.ABC):
    """Finds a report and reads it, all in one step: a request or two, and then as long as it takes."""

    lane = None

    def __init__(self, run: ReadingRun, entry: InfoEntry, tags: t.Mapping[str, str] | None = None) -> None:
        self._run = run
        self._entry = entry
        self._tags = tags

    def step(self) -> t.Sequence[Job]:
        try:
            self._look()
        except ReportDamaged as e:
            self._fail(Problem("AuditReportDamaged", str(e)))
        except NoSuchReport as e:
            self._fail(Problem("AuditReportNotFound", str(e)))
        except TooManyAlike:
            self._fail(
                Problem(
                    "TooManyCertificates",
                    f"More than {MOST_ALIKE:,} certificates of a few subjects fulfill the conditions, too many to find "
                    "out which of them were replaced; add a condition, such as a lower expiring_within, or leave "
                    "replaced out.",
                )
            )
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

    def _read(self, response_format: str, stored: StoredObject, body: t.Any, earlier: Located | None = None) -> None:
        """:param body: of the object, if it is open already. It is closed."""
        with contextlib.closing(body) if body is not None else contextlib.nullcontext():
            self._read_with(response_format, stored, body, earlier)

    def _read_with(self, response_format: str, stored: StoredObject, body: t.Any, earlier: Located | None) -> None:
        run = self._run
        if not run.request.reads:
            return
        with contextlib.ExitStack() as stack:
            dataset = self._dataset(stored)
            if dataset is not None:
                stack.enter_context(dataset)
            if run.request.reads_anyway or (dataset is not None and dataset.writing):
                self._read_contents(response_format, stored, body, earlier, dataset)
            if dataset is not None:
                self._entry = dataclasses.replace(self._entry, dataset=self._dataset_result(dataset))

    def _read_contents(
        self, response_format: str, stored: StoredObject, body: t.Any, earlier: Located | None, dataset: Dataset | None
    ) -> None:
        run = self._run
        known, skipped = None, SkippedRows(not run.request.skip_errors)
        if earlier is not None:
            with run.budget.reserve(earlier.stored.size):
                known = self._read_earlier(earlier, skipped)
        rules = [rule for rule in run.request.rules if self._holds(rule)]
        columns = (dataset is not None and dataset.writing) or (run.file is not None and run.file.is_parquet)
        with run.budget.reserve(stored.size, columns=columns):
            reading = Reading(
                run.request, run.now, self._entry, run.file, known, rules, skipped, run.budget.comparing, dataset
            )
            contents = reading.read(lambda fields, bad: self._blocks(response_format, stored, fields, bad, body))
        if earlier is not None and contents.changes is not None:
            origin = {
                "audit_report_id": earlier.report.audit_report_id,
                "created_at": to_text(earlier.report.created_at),
            }
            contents = dataclasses.replace(contents, changes={"from": origin, **contents.changes})
        self._entry = dataclasses.replace(self._entry, contents=contents)

    def _dataset(self, stored: StoredObject) -> Dataset | None:
        run, arn, created_at = self._run, self._arn, self._entry.created_at
        if run.arrow is None or arn is None or created_at is None:
            return None
        return Dataset(None if run.request.check_mode else run.arrow, run.datasets, arn, created_at, stored)

    def _dataset_result(self, dataset: Dataset) -> DatasetResult:
        problem, error = None, dataset.error
        if isinstance(error, Conflict):
            problem = Problem(
                "ConditionalRequestConflict",
                "The data set of this certificate authority was written by somebody else at the same time; run the "
                "task again.",
            )
        elif error is not None:
            problem = explain(error, arn=self._arn, bucket=self._run.bucket.name, writes=False, dataset=True)
        return DatasetResult(dataset.key, dataset.action, problem)

    def _holds(self, rule: Rule) -> bool:
        return rule.holds_for(self._arn) and rule.admits_tags(self._tags)

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

    def _blocks(
        self,
        response_format: str,
        stored: StoredObject,
        fields: t.Sequence[int],
        bad: t.Callable[[str], None],
        body: t.Any = None,
    ) -> t.Iterator[Block]:
        return read_blocks(self._pieces(stored, body), response_format, fields, bad)

    def _pieces(self, stored: StoredObject, body: t.Any) -> t.Iterator[bytes]:
        for piece in read_object(self._run.bucket, stored, self._pause, body):
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


@dataclasses.dataclass(frozen=True)
class Approach:
    """Asks what has to be known of a CA before its report is read. All methods are called in any thread.

    ``known``: by ARN, what another task has found out already.
    """

    run: ReadingRun
    known: t.Mapping[str, KnownAuthority]

    def follow(self, target: Target) -> t.Sequence[Job]:
        """What is to be done with a CA that was found."""

        def described(authority: CertificateAuthority | None) -> t.Sequence[Job]:
            # Of a CA that does not exist any more there still may be a report.
            if authority is None:
                return [self._read(target, {}, None)]
            return self._read_tags(dataclasses.replace(target, authority=authority), None)

        if self._properties(target) is None and self.run.request.describe:
            return [DescribeJob(target, self.run.clients, described, lambda problem: self._read_tags(target, problem))]
        return self._read_tags(target, None)

    def _read_tags(self, target: Target, problem: Problem | None) -> t.Sequence[Job]:
        """:param problem: why the CA could not be described, which is no reason not to read its report."""
        request, arn = self.run.request, target.authority.arn
        if request.include_tags or any(rule.tags is not None and rule.holds_for(arn) for rule in request.rules):
            return [
                TagsJob(
                    target,
                    self.run.clients,
                    lambda tags: [self._read(target, tags, problem)],
                    lambda other: [self._read(target, None, problem or other)],
                )
            ]
        return [self._read(target, None, problem)]

    def _properties(self, target: Target) -> t.Mapping[str, t.Any] | None:
        known = self.known.get(target.authority.arn.text)
        return known.properties if known and known.properties else properties_of(target.authority)

    def _read(self, target: Target, tags: t.Mapping[str, str] | None, problem: Problem | None) -> AuthorityJob:
        """:param tags: None if they are not known.
        :param problem: what could not be found out about the CA itself.
        """
        request, arn = self.run.request, target.authority.arn
        entry = InfoEntry(
            arn,
            arn.account_id,
            arn.region,
            self.run.bucket.name,
            certificate_authority=self._properties(target),
            tags=tags if request.include_tags else None,
            problem=problem,
            account_name=target.account.name,
        )
        known = self.known.get(arn.text)
        report = known.report if known else None
        return AuthorityJob(
            self.run, entry, tags, report if report and report.response_format in request.formats else None
        )


class AuthorityJob(_Job):
    """The report of a CA."""

    def __init__(
        self, run: ReadingRun, entry: InfoEntry, tags: t.Mapping[str, str] | None, known: AuditReport | None
    ) -> None:
        """:param known: the report, if it is known already which one is the last."""
        super().__init__(run, entry, tags)
        self._known = known

    def _look(self) -> None:
        arn = t.cast("CertificateAuthorityArn", self._arn)
        current, earlier = self._run.locator.find(arn, self._known)
        if current is not None:
            self._entry = self._entry.of_report(current.report, current.stored.size)
            self._read(current.report.response_format, current.stored, current.body, earlier)


class KeyJob(_Job):
    """A report that is named by its key."""

    def __init__(self, run: ReadingRun, key: Key) -> None:
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
        found = self._run.locator.reach(self._key.text)
        if found is None:
            raise NoSuchReport(
                f"The bucket '{self._run.bucket.name}' has no such object; check s3_key and s3_bucket_name."
            )
        stored, body = found
        self._entry = dataclasses.replace(self._entry, created_at=stored.modified, size=stored.size)
        self._read(self._key.response_format, stored, body)
