# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One CA's way to a report: request it, follow it, cope with a refusal. The steps ask ``plan`` what to do."""

from __future__ import annotations

import dataclasses
import typing as t

from .advice import explain, explain_failed_report, explain_missing_file, explain_refusal, explain_timeout
from .authorities import describe_authority
from .errors import PrivateCAError, is_transient
from .models import CREATING, FAILED, AuditReport, AuditRequest, CertificateAuthority, Problem
from .plan import Plan, Step, after_refusal, is_interval_refusal, is_rate_limit, status_problem

if t.TYPE_CHECKING:
    from .clients import Clients
    from .clock import Clock
    from .reports import ReportService
    from .rounds import Lane
    from .tracking import Known, Tracking

# Requests per second that the service takes per account and region, the other way round; not adjustable.
# https://docs.aws.amazon.com/general/latest/gr/pca.html
SPACING = {"create": 1.0, "describe": 0.05, "search": 0.0}

# The longest pause before a request that was refused for the request rate is repeated.
_LONGEST_PAUSE = 30.0


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of one CA."""

    action: str
    report: AuditReport | None = None
    problem: Problem | None = None
    requested: bool = False


@dataclasses.dataclass(frozen=True)
class Context:
    """What all jobs of a run share. ``deadline`` is on the monotonic clock."""

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
        self._refusals = 0
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
            return self._end_with_problem(Problem(type(e).__name__, f"Unexpected failure, please report it: {e}"))

    def _create(self) -> float | None:
        context, arn = self._context, self.authority.arn
        request = context.request
        try:
            report = context.service.create(arn, request.s3_bucket_name, request.response_format, context.clock.now())
        except PrivateCAError as e:
            if not is_interval_refusal(e.code, e.aws_message):
                raise
            self._refusal = e
            self._refusals += 1
            verdict = after_refusal(context.tracking.verified(self._known), request, context.clock.now())
            return self._obey(verdict) if verdict else self._search()
        self._requested = True
        self._report = report
        # Written at once, so that another run waits for this report and requests none.
        self._remember(report)
        if not request.wait:
            return self._end(Result("created", report))
        self._operation = "describe"
        return float(request.wait_delay)

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
        """Look for the report that somebody else must have requested, since the service refuses ours."""
        context = self._context
        refusal = t.cast("PrivateCAError", self._refusal)
        if refusal.code == "InvalidStateException":
            self.authority = describe_authority(context.clients, self.authority.arn)
            if not self.authority.auditable:
                return self._end_with_problem(status_problem(self.authority))
        self._known = context.tracking.find_other(self.authority.arn)
        verdict = after_refusal(list(self._known.reports.values()), context.request, context.clock.now())
        if verdict:
            return self._obey(verdict)
        may_ask_again = is_rate_limit(refusal.code)
        if self._late() or not context.request.wait or (context.request.force and not may_ask_again):
            return self._end_with_problem(explain_refusal(refusal, context.clock.now()))
        self._operation = "create" if may_ask_again else "search"
        return self._pause(2.0 ** (self._refusals - 1) if may_ask_again else 1.0)

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
        self._known, warning = self._context.tracking.remember(self.authority.arn, self._known, report)
        if warning:
            self.warnings.append(warning)

    def _late(self) -> bool:
        return self._context.clock.monotonic() >= self._context.deadline

    def _pause(self, times: float = 1.0) -> float:
        """Until the next round, but never past the deadline: the last look is at the deadline itself."""
        pause = min(self._context.request.wait_delay * times, max(_LONGEST_PAUSE, self._context.request.wait_delay))
        return max(min(pause, self._context.deadline - self._context.clock.monotonic()), 0.0)

    def _end(self, result: Result) -> float | None:
        """Done; the answer is ``step``'s that no further step is due."""
        self.result = dataclasses.replace(result, requested=self._requested)
        return None

    def _end_with_problem(self, problem: Problem) -> float | None:
        return self._end(Result("failed", self._report, problem))
