# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One CA's way to a report: request it, follow it, cope with a refusal. The steps ask ``plan`` what to do."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from .advice import (
    explain,
    explain_failed_report,
    explain_missing_file,
    explain_not_requested,
    explain_refusal,
    explain_timeout,
    unexpected,
)
from .authorities import describe_authority
from .errors import PrivateCAError, is_transient
from .models import CREATING, FAILED, SUCCESS, AuditReport, AuditRequest, CertificateAuthority, Problem, newest
from .plan import Plan, Step, after_refusal, is_interval_refusal, is_rate_limit, status_problem
from .rounds import Pace

if t.TYPE_CHECKING:
    from .clients import Clients
    from .clock import Clock
    from .reports import ReportService
    from .rounds import Lane
    from .tracking import Known, Tracking

# The service takes 1 request for a report and 20 to describe one per second, account and region; not adjustable.
# https://docs.aws.amazon.com/general/latest/gr/pca.html
PACES = {"create": Pace(1.1, serial=True), "describe": Pace(0.05)}

# How often a request is sent at most that is refused for the request rate or whose answer is lost, and the longest
# pause before it is sent again.
_TRIES = 6
_LONGEST_PAUSE = 30.0

# By how much the clock of S3 may be behind this machine's.
_CLOCKS_APART = timedelta(seconds=30)


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of one CA."""

    action: str
    report: AuditReport | None = None
    problem: Problem | None = None
    requested: bool = False


@dataclasses.dataclass(frozen=True)
class Context:
    """What all jobs of a run share. ``deadline`` is on the monotonic clock; there is none without ``wait``."""

    request: AuditRequest
    clients: Clients
    service: ReportService
    tracking: Tracking
    clock: Clock
    deadline: float


class ReportJob:
    """Brings one CA its report. ``result`` is there when ``step`` has returned None."""

    def __init__(self, authority: CertificateAuthority, known: Known, plan: Plan, context: Context) -> None:
        self.authority = authority
        self.result: Result | None = None
        self.warnings: list[str] = []
        self._known = known
        self._context = context
        self._report = plan.report if plan.step is Step.WAIT else None
        self._requested = False
        self._refusal: PrivateCAError | None = None
        self._tries = 0
        # When the first request was sent whose answer was lost: it may have been carried out.
        self._lost_at: datetime | None = None
        self._unwritable = False
        self._operation = "describe" if plan.step is Step.WAIT else "create"

    @property
    def lane(self) -> Lane:
        """Account, region and kind of the next request."""
        arn = self.authority.arn
        return (arn.account_id, arn.region, self._operation)

    def step(self) -> float | None:
        """One step further; see ``rounds.Job``."""
        try:
            return {"create": self._create, "describe": self._follow, "search": self._search}[self._operation]()
        except PrivateCAError as e:
            return self._end_with_problem(
                explain(e, arn=self.authority.arn, bucket=self._context.request.s3_bucket_name)
            )
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this CA's alone: the reports of all others must not be lost with it.
            return self._end_with_problem(unexpected(e))

    def _create(self) -> float | None:
        context, arn = self._context, self.authority.arn
        request, now = context.request, context.clock.now()
        if self._late() and not self._tries:
            return self._end_with_problem(explain_not_requested(request.wait_timeout))
        self._tries += 1
        try:
            report = context.service.create(arn, request.s3_bucket_name, request.response_format, now)
        except PrivateCAError as e:
            if is_interval_refusal(e.code, e.aws_message):
                self._refusal = e
                verdict = after_refusal(context.tracking.verified(self._known), request, now)
                return self._obey(verdict) if verdict and not self._lost_at else self._search()
            if is_transient(e) and self._may_ask_again():
                self._lost_at = self._lost_at or now
                return self._pause(2.0 ** (self._tries - 1))
            raise
        return self._requested_now(report)

    def _requested_now(self, report: AuditReport) -> float | None:
        """A report is ours: remember it and, if that is wanted, follow it."""
        self._requested = True
        self._report = report
        # Written at once, so that another run waits for this report and requests none.
        self._remember(report)
        if not self._context.request.wait or report.status == SUCCESS:
            return self._end(Result("created", report))
        self._operation = "describe"
        return self._pause()

    def _follow(self) -> float | None:
        report = t.cast("AuditReport", self._report)
        try:
            current = self._context.service.refresh(self.authority.arn, report, retry=False)
        except PrivateCAError as e:
            if is_transient(e) and not self._late():
                return self._pause()
            raise
        if current is None:
            # Not known to the service: either not yet, or not any more. The file tells.
            current = self._context.tracking.confirm(report) or report
        self._report = current
        if current.status == CREATING:
            if self._late():
                return self._end_with_problem(explain_timeout(current, self._context.request.wait_timeout))
            return self._pause()
        self._remember(current)
        if current.status == FAILED:
            return self._end_with_problem(explain_failed_report(self.authority.arn, current.s3_bucket_name))
        return self._end(Result("created" if self._requested else "reused", current))

    def _search(self) -> float | None:
        """Look for the report that must be there, since the service refuses another: ours, or somebody else's."""
        context = self._context
        request, refusal = context.request, t.cast("PrivateCAError", self._refusal)
        if refusal.code == "InvalidStateException":
            self.authority = describe_authority(context.clients, self.authority.arn)
            if not self.authority.auditable:
                return self._end_with_problem(status_problem(self.authority))
        self._known = context.tracking.find_other(self.authority.arn)
        known = context.tracking.verified(self._known)
        ours = self._lost_report(known)
        if ours:
            return self._requested_now(ours)
        verdict = None if self._lost_at and request.force else after_refusal(known, request, context.clock.now())
        if verdict:
            return self._obey(verdict)
        rate_limited = is_rate_limit(refusal.code)
        if rate_limited and self._may_ask_again():
            self._operation = "create"
            return self._pause(2.0 ** (self._tries - 1))
        if self._late() or not request.wait or (request.force and not self._lost_at):
            return self._end_with_problem(explain_refusal(refusal, rate_limited, context.clock.now()))
        self._operation = "search"
        return self._pause()

    def _lost_report(self, known: t.Iterable[AuditReport]) -> AuditReport | None:
        """A report as young as our request whose answer was lost: what that request came to."""
        if self._lost_at is None:
            return None
        since, wanted = self._lost_at - _CLOCKS_APART, self._context.request.response_format
        return newest(each for each in known if each.response_format == wanted and each.created_at >= since)

    def _may_ask_again(self) -> bool:
        return self._tries < _TRIES and not self._late()

    def _obey(self, verdict: Plan) -> float | None:
        """Do what a refusal comes down to, given a report younger than 30 minutes."""
        if verdict.step is Step.REFUSE:
            return self._end(Result("failed", verdict.report, verdict.problem))
        if verdict.step is Step.WAIT:
            self._report = verdict.report
            if not self._context.request.wait:
                return self._end(Result("pending", verdict.report))
            self._operation = "describe"
            return 0.0
        claimed = t.cast("AuditReport", verdict.report)
        report = self._context.tracking.confirm(claimed)
        if report is None:
            return self._end_with_problem(explain_missing_file(claimed))
        if verdict.warning:
            self.warnings.append(verdict.warning)
        if self._known.outdated:
            self._remember(report)
        return self._end(Result("reused", report))

    def _remember(self, report: AuditReport) -> None:
        if self._unwritable:
            return
        self._known, warning = self._context.tracking.remember(self.authority.arn, self._known, report)
        if warning:
            self._unwritable = True
            self.warnings.append(warning)

    def _late(self) -> bool:
        return self._context.request.wait and self._context.clock.monotonic() >= self._context.deadline

    def _pause(self, times: float = 1.0) -> float:
        """Until the next round, but never past the deadline: the last look is at the deadline itself."""
        request = self._context.request
        pause = min(request.wait_delay * times, max(_LONGEST_PAUSE, request.wait_delay))
        if not request.wait:
            return pause
        return max(min(pause, self._context.deadline - self._context.clock.monotonic()), 0.0)

    def _end(self, result: Result) -> float | None:
        """Done; the answer is ``step``'s that no further step is due."""
        self.result = dataclasses.replace(result, requested=self._requested)
        return None

    def _end_with_problem(self, problem: Problem) -> float | None:
        last = self._known.reports.get(self._context.request.response_format)
        return self._end(Result("failed", self._report or last, problem))
