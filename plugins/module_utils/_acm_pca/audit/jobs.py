# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all jobs about one CA share: whom they ask, whose turn it is, and that whatever happens becomes an entry."""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from ..._aws.advice import unexpected
from ..._aws.errors import AWSError, Problem
from ..advice import explain
from ..authority_properties import properties_of
from ..models import AuditReport, Target
from ..quotas import ASSUME
from ..refusals import CREATE_OPERATION
from .options import AuditRequest
from .results import Entry

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock, Deadline
    from ..._aws.scheduler import Job, Lane
    from ..report_bucket import ReportBucket
    from .report_service import ReportService
    from .tracking import Known, Tracking


@dataclasses.dataclass(frozen=True)
class Context:
    """What all jobs of a run share.

    ``end`` takes an entry and what is known of the CA's reports by then, in any thread, and gives the jobs that follow.
    """

    request: AuditRequest
    clients: Clients
    service: ReportService
    bucket: ReportBucket
    tracking: Tracking
    clock: Clock
    deadline: Deadline
    end: t.Callable[[Entry, Known | None], t.Sequence[Job]]


class AuthorityJob(abc.ABC):
    """A job about one CA. It ends with an entry, or hands the CA on to another job."""

    def __init__(self, target: Target, context: Context, operation: str) -> None:
        self._target = target
        self._context = context
        self._operation = operation
        self._after_assuming = operation
        self._known: Known | None = None
        self._before: AuditReport | None = None
        self._warnings: list[str] = []

    @property
    def lane(self) -> Lane:
        """Account, region and kind of the next request."""
        if self._operation == ASSUME:
            return (t.cast(str, self._target.account.role_arn), "", ASSUME)
        arn = self._target.authority.arn
        return (arn.account_id, arn.region, self._operation)

    def step(self) -> float | t.Sequence[Job]:
        """One step further; see ``scheduler.Job``."""
        try:
            if self._operation == ASSUME:
                return self._assume()
            return self._carry_out(self._operation)
        except AWSError as e:
            return self._fail(self._explain(e))
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this CA's alone: the reports of all others must not be lost with it.
            return self._fail(unexpected(e))

    @abc.abstractmethod
    def _carry_out(self, operation: str) -> float | t.Sequence[Job]:
        """Take a step that asks for something."""

    def _last_report(self) -> AuditReport | None:
        """The report to name where the job fails."""
        return self._before

    def _ask(self, operation: str) -> float:
        """Let the next step ask the service, with the credentials for the account."""
        self._operation = self._after_assuming = operation
        if self._context.clients.has_to_assume(self._target.account):
            self._operation = ASSUME
        return 0.0

    def _assume(self) -> float:
        with self._context.clients.acting_as(self._target.account):
            self._operation = self._after_assuming
        return 0.0

    def _explain(self, error: AWSError) -> Problem:
        target, bucket = self._target, self._context.bucket
        # Its region costs no request any more once a report was asked for, and helps with no other failure.
        region = bucket.region() if error.operation == CREATE_OPERATION else None
        return explain(
            error, arn=target.authority.arn, bucket=bucket.name, bucket_region=region, account=target.account
        )

    def _fail(self, problem: Problem, *, requested: bool = False) -> t.Sequence[Job]:
        return self._end("failed", self._last_report(), problem, requested=requested)

    def _end(
        self,
        action: str,
        report: AuditReport | None = None,
        problem: Problem | None = None,
        *,
        requested: bool = False,
    ) -> t.Sequence[Job]:
        """Done: hand in the entry."""
        authority = self._target.authority
        return self._context.end(
            Entry(
                arn=authority.arn,
                account_id=authority.arn.account_id,
                region=authority.arn.region,
                certificate_authority_status=authority.status,
                action=action,
                report=report,
                before=self._before,
                problem=problem,
                requested=requested,
                warnings=tuple(self._warnings),
                account_name=self._target.account.name,
                certificate_authority=properties_of(authority),
            ),
            self._known,
        )
