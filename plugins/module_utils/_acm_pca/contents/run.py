# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of CAs and what is inside them: from a request to what the module returns."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ..._aws.errors import Problem
from ..._aws.scheduler import run_jobs
from ..finder import Finder, Unreachable
from ..quotas import PACES
from ..report_bucket import ReportBucket
from ..results_file import ResultsFile
from ..skipped_regions import SkippedRegion
from ..targets import finding_jobs, resolve_own_account
from .certificate_columns import load_arrow
from .certificates_file import CertificateFile
from .known_reports import KnownAuthority, read_known_reports
from .memory import share_memory
from .options import InfoRequest
from .reading_jobs import Approach, KeyJob, ReadingRun
from .results import InfoEntry, outcome_of, place_of

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock
    from ..._aws.outcome import Outcome
    from ..._aws.scheduler import Job


def read_reports(request: InfoRequest, clients: Clients, clock: Clock) -> Outcome:
    """Find the reports that are asked for, and read them.

    :raises AWSError: for what concerns all of them alike. What concerns one is in its entry.
    """
    share_memory()
    clients.prepare(request.selection.home_region, request.selection.concurrency)
    bucket = ReportBucket(clients.s3(), request.s3_bucket_name)
    known: dict[str, KnownAuthority] = {}
    if request.audit_reports_files is not None:
        known = read_known_reports(request.audit_reports_files, bucket.name)
    arrow = load_arrow("dataset") if request.dataset else None
    entries: list[InfoEntry] = []
    skipped: list[SkippedRegion] = []
    with contextlib.ExitStack() as stack:
        file = None
        if request.certificates_file is not None and not request.check_mode:
            file = stack.enter_context(CertificateFile(request.certificates_file, request.mode, clock.now()))
        results_file = None
        if request.results_file is not None:
            results_file = stack.enter_context(ResultsFile(request.results_file, request.mode))
        run = ReadingRun(request, clients, bucket, clock, file, arrow, entries.append)
        if request.keys is not None:
            jobs: list[Job] = [KeyJob(run, key) for key in request.keys]
        else:
            bucket.check()
            selection = resolve_own_account(request.selection, clients)
            if request.audit_reports_files is not None:
                selection = dataclasses.replace(selection, arns=tuple(each.arn for each in known.values()))
            finder = Finder(
                clients,
                Approach(run, known).follow,
                lambda unreachable: entries.append(_unreachable(unreachable, bucket.name)),
                skipped.append,
            )
            jobs = finding_jobs(selection, finder)
        try:
            run_jobs(jobs, request.selection.concurrency, PACES, clock)
        finally:
            run.ended.set()
        see = "audit_reports" if results_file is None else f"audit_reports in {results_file.path}"
        outcome = outcome_of(entries, request.contents, request.rules, run.now, skipped, see)
        read = [entry for entry in sorted(entries, key=place_of) if entry.was_read]
        # If nothing could be read, an empty file would say that there are no certificates.
        if file is not None and (read or outcome.failure is None):
            try:
                outcome.results["changed"] |= file.finish([entry.s3_key or "" for entry in read])
            except OSError as e:
                problem = Problem(
                    type(e).__name__, f"certificates_file: {file.path} could not be written: {e.strerror}."
                )
                outcome = dataclasses.replace(outcome, failure=problem.after(outcome.failure))
        return outcome if results_file is None else results_file.write(outcome)


def _unreachable(unreachable: Unreachable, bucket: str) -> InfoEntry:
    return InfoEntry(
        unreachable.arn,
        unreachable.account_id,
        unreachable.region,
        bucket,
        problem=unreachable.problem,
        account_name=unreachable.account_name,
    )
