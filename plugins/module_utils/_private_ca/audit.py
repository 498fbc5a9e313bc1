# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps joined: from a request to an outcome."""

from __future__ import annotations

import dataclasses
import math
import typing as t
from concurrent.futures import Executor, ThreadPoolExecutor

from .advice import explain, explain_missing_file, unexpected
from .bucket import ReportBucket
from .errors import PrivateCAError
from .jobs import PACES, Context, ReportJob, Result
from .models import AuditReport, AuditRequest, Target
from .plan import Plan, Step, after_refusal, plan
from .reports import ReportService
from .results import Entry, Outcome, outcome_of
from .rounds import run_rounds
from .targets import Unreachable, discovered_targets, given_targets
from .tracking import Known, Tracking

if t.TYPE_CHECKING:
    from .clients import Clients
    from .clock import Clock


@dataclasses.dataclass(frozen=True)
class _Planned:
    """A CA, what is known of it, and what is to be done. ``before`` is its last report as the run found it."""

    target: Target
    known: Known
    plan: Plan
    before: AuditReport | None


def keep_reports_fresh(request: AuditRequest, clients: Clients, clock: Clock) -> Outcome:
    """See to it that every CA in scope has a report no older than asked for.

    :raises PrivateCAError: for what concerns all CAs alike: the bucket, the credentials, the endpoint. What concerns
        one CA is in its entry.
    """
    clients.set_concurrency(request.concurrency)
    likely_region = request.arns[0].region if request.arns else None
    bucket = ReportBucket(clients.s3(likely_region), request.s3_bucket_name)
    bucket.check()
    service = ReportService(clients)
    context = Context(
        request=request,
        clients=clients,
        service=service,
        tracking=Tracking(bucket, service, request, clock),
        clock=clock,
        deadline=math.inf,
    )
    executor = ThreadPoolExecutor(max_workers=request.concurrency)
    try:
        entries = _entries(context, executor)
    finally:
        # Not waited for: after an interrupt, requests that were not sent yet must not be sent any more.
        executor.shutdown(wait=False, cancel_futures=True)
    return outcome_of(entries, request, clock.now())


def _entries(context: Context, executor: Executor) -> list[Entry]:
    found = _find_targets(context, executor)
    entries = [_unreachable(context, each) for each in found if isinstance(each, Unreachable)]
    targets = [each for each in found if isinstance(each, Target)]
    # Those are listed, so that nobody misses them, but asking about their reports would be in vain.
    entries += [_entry(each, Result("skipped")) for each in targets if each.discovered and not each.authority.auditable]
    in_scope = [each for each in targets if not each.discovered or each.authority.auditable]

    planned: list[_Planned] = []
    for each in executor.map(lambda target: _plan(context, target), in_scope):
        if isinstance(each, Entry):
            entries.append(each)
        else:
            planned.append(each)

    request = context.request
    # Counted from here, so that the first requests are sent however long it took to find out what to do.
    context = dataclasses.replace(context, deadline=context.clock.monotonic() + request.wait_timeout)
    settled = [each for each in planned if _is_settled(each.plan, request)]
    jobs = [
        (each, ReportJob(each.target.authority, each.known, each.plan, context))
        for each in planned
        if not _is_settled(each.plan, request)
    ]
    entries += executor.map(lambda each: _settle(context, each), settled)
    run_rounds([job for _each, job in jobs], executor, request.concurrency, PACES, context.clock)
    entries += [_job_entry(each, job) for each, job in jobs]
    return entries


def _find_targets(context: Context, executor: Executor) -> list[Target | Unreachable]:
    if context.request.arns is not None:
        return given_targets(context.request.arns, context.clients, executor)
    return discovered_targets([t.cast(str, context.request.region)], context.clients, executor)


def _plan(context: Context, target: Target) -> _Planned | Entry:
    """Find the last report and decide, for one CA; its entry where that is not possible."""
    request, now = context.request, context.clock.now()
    try:
        known = context.tracking.find(target.authority.arn)
        before = known.reports.get(request.response_format)
        decided = plan(target.authority, known.reports, request, now)
        if request.check_mode and decided.step is Step.CREATE:
            decided = after_refusal(context.tracking.verified(known), request, now) or decided
            if decided.step is Step.CREATE and known.missing and known.missing.younger_than_interval(now):
                decided = Plan(Step.REFUSE, problem=explain_missing_file(known.missing))
            if decided.step is Step.REUSE and decided.report and not context.tracking.confirm(decided.report):
                decided = Plan(Step.REFUSE, problem=explain_missing_file(decided.report))
        return _Planned(target, known, decided, before)
    except PrivateCAError as e:
        problem = explain(e, arn=target.authority.arn, bucket=request.s3_bucket_name)
        return _entry(target, Result("failed", problem=problem))
    except Exception as e:  # noqa: BLE001
        # As in a job: one CA's trouble, whatever it is, must not cost the others their reports.
        return _entry(target, Result("failed", problem=unexpected(e)))


def _is_settled(decided: Plan, request: AuditRequest) -> bool:
    """Whether nothing is left to ask of the service."""
    if request.check_mode or decided.step in (Step.REUSE, Step.REFUSE):
        return True
    return decided.step is Step.WAIT and not request.wait


def _settle(context: Context, planned: _Planned) -> Entry:
    """The entry of a CA that needs nothing from the service, or (in check mode) gets nothing."""
    decided, known = planned.plan, planned.known
    warnings = [*known.warnings, *([decided.warning] if decided.warning else [])]
    if known.outdated:
        known, warning = context.tracking.remember(planned.target.authority.arn, known)
        warnings += [warning] if warning else []
    result = {
        Step.REUSE: Result("reused", decided.report),
        Step.WAIT: Result("pending", decided.report),
        Step.CREATE: Result("created", requested=True),
        Step.REFUSE: Result("failed", decided.report, decided.problem),
    }[decided.step]
    return _entry(planned.target, result, planned.before, warnings)


def _job_entry(planned: _Planned, job: ReportJob) -> Entry:
    result = t.cast(Result, job.result)
    target = dataclasses.replace(planned.target, authority=job.authority)
    return _entry(target, result, planned.before, [*planned.known.warnings, *job.warnings])


def _entry(target: Target, result: Result, before: AuditReport | None = None, warnings: t.Sequence[str] = ()) -> Entry:
    return Entry(
        arn=target.authority.arn,
        region=target.authority.arn.region,
        certificate_authority_status=target.authority.status,
        action=result.action,
        report=result.report,
        before=before,
        problem=result.problem,
        requested=result.requested,
        warnings=tuple(warnings),
    )


def _unreachable(context: Context, unreachable: Unreachable) -> Entry:
    problem = explain(unreachable.error, arn=unreachable.arn, bucket=context.request.s3_bucket_name)
    return Entry(unreachable.arn, unreachable.region, None, "failed", problem=problem)
