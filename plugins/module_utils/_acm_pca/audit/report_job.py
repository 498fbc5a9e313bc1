# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One CA's way to a report: request it, follow it, cope with a refusal. The steps ask ``plan`` what to do."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from ..._aws.clock import Deadline
from ..._aws.errors import AWSError, Problem, is_foreign, is_transient, is_unreadable
from ..authorities import describe_authority
from ..models import CREATING, FAILED, SUCCESS, AuditReport, Target, newest
from ..quotas import CREATE_REPORT, DESCRIBE_AUTHORITY, DESCRIBE_REPORT
from ..refusals import may_be_interval
from .advice import (
    explain_failed_report,
    explain_missing_file,
    explain_not_requested,
    explain_refusal,
    explain_status,
    explain_timeout,
)
from .jobs import AuthorityJob, Context
from .plan import Plan, Step, after_refusal

if t.TYPE_CHECKING:
    from ..._aws.scheduler import Job
    from .tracking import Known

_SEARCH = "search"

# How often a request is sent at most whose answer is lost, and the longest pause before it is sent again.
_TRIES = 6
_LONGEST_PAUSE = 30.0

# When to look at a new report for the first time: it may be small, and made at once.
_FIRST_LOOK = 0.5

# How long to look for the report that a request was refused for. Another run writes its record a moment after its
# request, and a report that somebody else requested is in the bucket once it is made; one in another bucket never is.
_SEARCH_SECONDS = 30.0

# By how much the clock of S3 may be behind this machine's.
_CLOCKS_APART = timedelta(seconds=30)


class ReportJob(AuthorityJob):
    """Brings one CA its report."""

    def __init__(
        self,
        target: Target,
        context: Context,
        known: Known,
        plan: Plan,
        before: AuditReport | None,
        warnings: list[str],
    ) -> None:
        super().__init__(target, context, _SEARCH)
        self._before = before
        self._warnings = warnings
        self._known: Known = known
        self._report = plan.report if plan.step is Step.WAIT else None
        self._requested = False
        self._refusal: AWSError | None = None
        self._tries = 0
        self._search_time = Deadline(context.clock, _SEARCH_SECONDS)
        # When the first request was sent whose answer was lost: it may have been carried out.
        self._lost_at: datetime | None = None
        self._unwritable = False
        self._ask(DESCRIBE_REPORT if plan.step is Step.WAIT else CREATE_REPORT)

    def _carry_out(self, operation: str) -> float | t.Sequence[Job]:
        steps: dict[str, t.Callable[[], float | t.Sequence[Job]]] = {
            CREATE_REPORT: self._create,
            DESCRIBE_AUTHORITY: self._describe,
            DESCRIBE_REPORT: self._follow,
            _SEARCH: self._search,
        }
        return steps[operation]()

    def _create(self) -> float | t.Sequence[Job]:
        context, target = self._context, self._target
        request, now = context.request, context.clock.now()
        context.deadline.start()
        if self._late() and not self._tries:
            return self._fail(explain_not_requested(request.wait_timeout))
        self._tries += 1
        young = any(report.younger_than_interval(now) for report in self._known.reports.values())
        try:
            report = context.service.create(
                target.account,
                target.authority.arn,
                request.s3_bucket_name,
                request.response_format,
                now,
                retry=not young,
            )
        except AWSError as e:
            if may_be_interval(e):
                self._refusal = e
                if _is_about_status(e) and target.authority.status is None:
                    return self._ask(DESCRIBE_AUTHORITY)
                return self._refused()
            # Once an answer was lost, no answer but one of AWS tells what became of the request.
            lost = is_transient(e) or is_unreadable(e) or (self._lost_at is not None and is_foreign(e))
            if lost and self._tries < _TRIES and not self._late():
                self._lost_at = self._lost_at or now
                return self._pause(2.0 ** (self._tries - 1))
            raise
        return self._requested_now(report)

    def _describe(self) -> float | t.Sequence[Job]:
        """Find out whether the status of the CA is what the request was refused for."""
        target = self._target
        authority = describe_authority(self._context.clients, target.account, target.authority.arn)
        self._target = dataclasses.replace(target, authority=authority)
        return self._refused() if authority.auditable else self._fail(explain_status(authority))

    def _refused(self) -> float | t.Sequence[Job]:
        context = self._context
        verdict = after_refusal(context.tracking.verified(self._known), context.request, context.clock.now())
        return self._obey(verdict) if verdict and not self._lost_at else self._search()

    def _requested_now(self, report: AuditReport) -> float | t.Sequence[Job]:
        """A report is ours: remember it and, if that is wanted, follow it."""
        self._requested = True
        self._report = report
        # Written at once, so that another run waits for this report and requests none. That it has succeeded is not
        # written any more: the file tells.
        self._remember(report)
        if not self._context.request.wait or report.status == SUCCESS:
            return self._done("created", report)
        self._operation = DESCRIBE_REPORT
        return min(_FIRST_LOOK, self._pause())

    def _follow(self) -> float | t.Sequence[Job]:
        report = t.cast("AuditReport", self._report)
        context, arn = self._context, self._target.authority.arn
        context.deadline.start()
        try:
            current = context.service.refresh(self._target.account, arn, report, retry=False)
        except AWSError as e:
            if (is_transient(e) or is_unreadable(e)) and not self._late():
                return self._pause()
            raise
        if current is None:
            # Not known to the service: either not yet, or not any more. The file tells.
            current = context.tracking.confirm(report) or report
        self._report = current
        if current.status == CREATING:
            if self._late():
                return self._fail(explain_timeout(current, context.request.wait_timeout))
            return self._pause()
        if current.status == FAILED:
            self._remember(current)
            return self._fail(explain_failed_report(arn, current.s3_bucket_name, context.bucket.region()))
        if self._requested:
            return self._done("created", current)
        # It may have been finished long ago, and its file removed since.
        there = context.tracking.confirm(current)
        return self._done("reused", there) if there else self._fail(explain_missing_file(current))

    def _search(self) -> float | t.Sequence[Job]:
        """Look for the report that must be there, since the service refuses another: ours, or somebody else's."""
        context, target = self._context, self._target
        request, refusal = context.request, t.cast("AWSError", self._refusal)
        if _is_about_status(refusal):
            authority = describe_authority(context.clients, target.account, target.authority.arn)
            self._target = dataclasses.replace(target, authority=authority)
            if not authority.auditable:
                return self._fail(explain_status(authority))
        self._known = context.tracking.find_other(target.authority.arn)
        known = context.tracking.verified(self._known)
        ours = self._lost_report(known)
        if ours:
            return self._requested_now(ours)
        verdict = None if self._lost_at and request.force else after_refusal(known, request, context.clock.now())
        if verdict:
            return self._obey(verdict)
        self._search_time.start()
        given_up = self._late() or not request.wait
        # Our own request whose answer was lost is certainly carried out or refused, so its report is waited for.
        if given_up or (not self._lost_at and (request.force or self._search_time.passed())):
            return self._fail(explain_refusal(refusal, context.clock.now()))
        self._operation = _SEARCH
        return self._pause()

    def _lost_report(self, known: t.Iterable[AuditReport]) -> AuditReport | None:
        """A report as young as our request whose answer was lost: the report of that request."""
        if self._lost_at is None:
            return None
        since, wanted = self._lost_at - _CLOCKS_APART, self._context.request.response_format
        return newest(each for each in known if each.response_format == wanted and each.created_at >= since)

    def _obey(self, verdict: Plan) -> float | t.Sequence[Job]:
        """Do what a refusal comes down to, given a report younger than 30 minutes."""
        if verdict.step is Step.REFUSE:
            return self._done("failed", verdict.report, verdict.problem)
        if verdict.step is Step.WAIT:
            self._report = verdict.report
            if not self._context.request.wait:
                return self._done("pending", verdict.report)
            self._operation = DESCRIBE_REPORT
            return 0.0
        claimed = t.cast("AuditReport", verdict.report)
        report = self._context.tracking.confirm(claimed)
        if report is None:
            return self._fail(explain_missing_file(claimed))
        if verdict.warning:
            self._warnings.append(verdict.warning)
        if self._known.outdated:
            self._remember(report)
        return self._done("reused", report)

    def _remember(self, report: AuditReport) -> None:
        if self._unwritable:
            return
        arn = self._target.authority.arn
        self._known, warning = self._context.tracking.remember(arn, self._known, report)
        if warning:
            self._unwritable = True
            self._warnings.append(warning)

    def _late(self) -> bool:
        return self._context.request.wait and self._context.deadline.passed()

    def _pause(self, times: float = 1.0) -> float:
        """Until the next round, but never past the deadline: the last look is at the deadline itself."""
        request = self._context.request
        pause = min(request.wait_delay * times, max(_LONGEST_PAUSE, request.wait_delay))
        return min(pause, self._context.deadline.left()) if request.wait else pause

    def _last_report(self) -> AuditReport | None:
        return self._report or self._known.reports.get(self._context.request.response_format)

    def _fail(self, problem: Problem, *, requested: bool = False) -> t.Sequence[Job]:
        return super()._fail(problem, requested=requested or self._requested)

    def _done(self, action: str, report: AuditReport | None, problem: Problem | None = None) -> t.Sequence[Job]:
        return self._end(action, report, problem, requested=self._requested)


def _is_about_status(refusal: AWSError) -> bool:
    """Whether the status of the CA may be the reason."""
    return refusal.code == "InvalidStateException"
