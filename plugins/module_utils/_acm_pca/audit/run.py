# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps joined: from a request to an outcome."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ..._aws.clock import Clock, Deadline
from ..._aws.errors import AWSError
from ..._aws.outcome import Outcome
from ..._aws.scheduler import run_jobs
from ..authority_properties import properties_of
from ..finder import Finder, Unreachable
from ..models import Target
from ..quotas import PACES
from ..report_bucket import ReportBucket
from ..results_file import ResultsFile
from ..skipped_regions import SkippedRegion
from ..targets import finding_jobs, resolve_own_account
from .archive import Archive
from .archive_job import ArchiveJob, has_to_be_copied
from .jobs import Context
from .options import AuditRequest
from .plan_job import PlanJob
from .report_service import ReportService
from .results import Entry, outcome_of
from .tracking import Known, Tracking

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.scheduler import Job


def keep_reports_fresh(request: AuditRequest, clients: Clients, clock: Clock) -> Outcome:
    """See to it that every CA in scope has a report no older than asked for.

    :raises AWSError: for what concerns all CAs alike: the bucket, the credentials, the endpoint. What concerns
        one CA or account is in its entry.
    """
    with contextlib.ExitStack() as stack:
        file = None
        if request.results_file is not None:
            file = stack.enter_context(ResultsFile(request.results_file, request.mode))
        outcome = _keep_reports_fresh(
            request, clients, clock, "audit_reports" if file is None else f"audit_reports in {file.path}"
        )
        return outcome if file is None else file.write(outcome)


def _keep_reports_fresh(request: AuditRequest, clients: Clients, clock: Clock, see: str) -> Outcome:
    selection = request.selection
    clients.prepare(selection.home_region, selection.concurrency)
    bucket = ReportBucket(clients.s3(), request.s3_bucket_name)
    service = ReportService(clients)
    archive = None
    if request.archive_bucket_name is not None:
        archive = Archive(clients.s3(), request.archive_bucket_name, request.s3_bucket_name)
    entries: list[Entry] = []
    skipped: list[SkippedRegion] = []

    def end(entry: Entry, last: Known | None) -> t.Sequence[Job]:
        if archive is not None and has_to_be_copied(entry, request):
            return [ArchiveJob(entry, last or Known(), context, archive, entries.append)]
        entries.append(entry)
        return ()

    context = Context(
        request=request,
        clients=clients,
        service=service,
        bucket=bucket,
        tracking=Tracking(bucket, service, request, clock),
        clock=clock,
        deadline=Deadline(clock, request.wait_timeout),
        end=end,
    )
    known = _try_bucket(context, bucket)
    selection = resolve_own_account(selection, clients)
    request = dataclasses.replace(request, selection=selection)

    def found(target: Target) -> t.Sequence[Job]:
        if target.discovered and not target.authority.auditable:
            # Listed, so that it is not missed, but there is no point in asking about its reports.
            entries.append(_skipped(target))
            return ()
        return [PlanJob(target, context, known.get(target.authority.arn.text))]

    finder = Finder(clients, found, lambda unreachable: entries.append(_unreachable(unreachable)), skipped.append)
    run_jobs(finding_jobs(selection, finder), selection.concurrency, PACES, clock)
    return outcome_of(entries, request, clock.now(), skipped, see)


def _try_bucket(context: Context, bucket: ReportBucket) -> dict[str, Known]:
    """Make sure that the bucket can be read before anything is requested.

    With ARNs, reading what is known of the first CA tells that as well, and costs nothing.

    :returns: what was found out on the way, by ARN.
    :raises AWSError: where the bucket cannot be used.
    """
    arns = context.request.selection.arns
    if arns:
        try:
            return {arns[0].text: context.tracking.read(arns[0])}
        except AWSError:
            pass  # Either the bucket's trouble, or that CA's alone, which it will then meet again.
    bucket.check()
    return {}


def _skipped(target: Target) -> Entry:
    arn = target.authority.arn
    return Entry(
        arn,
        arn.account_id,
        arn.region,
        target.authority.status,
        "skipped",
        account_name=target.account.name,
        certificate_authority=properties_of(target.authority),
    )


def _unreachable(unreachable: Unreachable) -> Entry:
    return Entry(
        unreachable.arn,
        unreachable.account_id,
        unreachable.region,
        None,
        "failed",
        problem=unreachable.problem,
        account_name=unreachable.account_name,
    )
