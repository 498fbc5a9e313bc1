# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery on its own: from a selection to the CAs in it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.scheduler import run_jobs
from .authority_filter import AuthorityFilter
from .authority_jobs import DescribeJob, TagsJob
from .authority_results import Found, outcome_of
from .finder import Finder, Unreachable
from .models import CertificateAuthority, Selection, Target
from .quotas import PACES
from .skipped_regions import SkippedRegion
from .targets import finding_jobs, resolve_own_account

if t.TYPE_CHECKING:
    from .._aws.clients import Clients
    from .._aws.clock import Clock
    from .._aws.errors import Problem
    from .._aws.outcome import Outcome
    from .._aws.scheduler import Job


def find_authorities(selection: Selection, wanted: AuthorityFilter, clients: Clients, clock: Clock) -> Outcome:
    """Find the CAs of a selection that pass the filter.

    :raises AWSError: for what concerns all accounts alike. What concerns one is among the failures.
    """
    clients.prepare(selection.home_region, selection.concurrency)
    selection = resolve_own_account(selection, clients)
    look = _Look(clients, wanted)
    skipped: list[SkippedRegion] = []
    finder = Finder(clients, look.follow, look.failed.append, skipped.append)
    run_jobs(finding_jobs(selection, finder), selection.concurrency, PACES, clock)
    return outcome_of(look.found, look.failed, skipped)


class _Look:
    """What is wanted, and what was found so far. All methods are called in any thread."""

    def __init__(self, clients: Clients, wanted: AuthorityFilter) -> None:
        self.clients = clients
        self.wanted = wanted
        self.found: list[Found] = []
        self.failed: list[Unreachable] = []

    def follow(self, target: Target) -> t.Sequence[Job]:
        """What is still to be asked about a CA: all of it, its tags, or nothing."""

        def described(authority: CertificateAuthority | None) -> t.Sequence[Job]:
            # One that was given by its ARN and does not exist is not found, and no failure.
            return self.follow(dataclasses.replace(target, authority=authority)) if authority else ()

        def tagged(tags: t.Mapping[str, str]) -> t.Sequence[Job]:
            if self.wanted.admits_tags(tags):
                self.found.append(Found(target.authority, target.account.name, tags))
            return ()

        def failed(problem: Problem) -> t.Sequence[Job]:
            arn = target.authority.arn
            self.failed.append(Unreachable(arn.account_id, arn.region, problem, arn, target.account.name))
            return ()

        if target.authority.description is None:
            return [DescribeJob(target, self.clients, described, failed)]
        if not self.wanted.admits(target.authority):
            return ()
        if self.wanted.needs_tags:
            return [TagsJob(target, self.clients, tagged, failed)]
        self.found.append(Found(target.authority, target.account.name))
        return ()
