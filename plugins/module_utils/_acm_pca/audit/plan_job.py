# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One CA's way to a plan: find its last report, and its status if that matters, and let ``plan`` decide."""

from __future__ import annotations

import dataclasses
import typing as t

from ..advice import unsupported_regions
from ..authorities import describe_authority
from ..models import Target
from ..quotas import DESCRIBE_AUTHORITY
from ..service_principals import can_write
from .advice import explain_missing_file
from .jobs import AuthorityJob, Context
from .options import AuditRequest
from .plan import Plan, Step, after_refusal, plan
from .report_job import ReportJob
from .tracking import Known

if t.TYPE_CHECKING:
    from ..._aws.scheduler import Job

_TRACK = "track"


class PlanJob(AuthorityJob):
    """Finds out what is to be done about one CA, and hands it on if that is to request a report or to wait for one."""

    def __init__(self, target: Target, context: Context, read: Known | None = None) -> None:
        """:param read: what tracking has read of it already, if anything."""
        super().__init__(target, context, _TRACK)
        self._read = read

    def _carry_out(self, operation: str) -> float | t.Sequence[Job]:
        context, target = self._context, self._target
        if operation == _TRACK:
            self._known = context.tracking.find(target, self._read)
            self._before = self._known.reports.get(context.request.response_format)
            self._warnings += self._known.warnings
        else:
            authority = describe_authority(context.clients, target.account, target.authority.arn)
            self._target = dataclasses.replace(target, authority=authority)
        known = t.cast(Known, self._known)
        decided = plan(self._target.authority, known.reports, context.request, context.clock.now())
        if context.request.check_mode and decided.step is Step.CREATE:
            if self._target.authority.status is None:
                # Without check mode, a request tells as much, and costs nothing more.
                return self._ask(DESCRIBE_AUTHORITY)
            decided = self._predict(known, decided)
        if decided.step is Step.CREATE:
            self._warn_of_regions()
        if _is_settled(decided, context.request):
            return self._settle(known, decided)
        return [ReportJob(self._target, context, known, decided, self._before, self._warnings)]

    def _warn_of_regions(self) -> None:
        """Say before anything is requested that the service may not be able to write the report."""
        arn, region = self._target.authority.arn, self._context.bucket.region()
        if region and not can_write(arn.region, region, arn.partition):
            self._warnings.append(unsupported_regions(region))

    def _predict(self, known: Known, decided: Plan) -> Plan:
        """What would become of a request, as far as it is known that the service makes one report in 30 minutes."""
        tracking, now = self._context.tracking, self._context.clock.now()
        refused = after_refusal(tracking.verified(known), self._context.request, now)
        if refused and refused.step is Step.REUSE and refused.report and not tracking.confirm(refused.report):
            return Plan(Step.REFUSE, problem=explain_missing_file(refused.report))
        if refused is None and known.missing and known.missing.younger_than_interval(now):
            return Plan(Step.REFUSE, problem=explain_missing_file(known.missing))
        return refused or decided

    def _settle(self, known: Known, decided: Plan) -> t.Sequence[Job]:
        """The end for a CA that needs nothing from the service, or (in check mode) gets nothing."""
        if decided.warning:
            self._warnings.append(decided.warning)
        if known.outdated:
            self._known, warning = self._context.tracking.remember(self._target.authority.arn, known)
            self._warnings += [warning] if warning else []
        if decided.step is Step.CREATE:
            return self._end("created", requested=True)
        action = {Step.REUSE: "reused", Step.WAIT: "pending", Step.REFUSE: "failed"}[decided.step]
        return self._end(action, decided.report, decided.problem)


def _is_settled(decided: Plan, request: AuditRequest) -> bool:
    """Whether nothing is left to ask of the service."""
    if request.check_mode or decided.step in (Step.REUSE, Step.REFUSE):
        return True
    return decided.step is Step.WAIT and not request.wait
