# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery on its own: from a selection to the CAs in it."""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from .._aws.advice import unexpected
from .._aws.errors import AWSError, Problem
from .._aws.scheduler import run_jobs
from .advice import explain
from .authorities import describe_authority, list_tags
from .authority_filter import AuthorityFilter
from .authority_results import Found, outcome_of
from .models import Selection, Target
from .quotas import DESCRIBE_AUTHORITY, LIST_TAGS, PACES
from .skipped_regions import SkippedRegion
from .targets import Finder, Unreachable, finding_jobs, resolve_own_account

if t.TYPE_CHECKING:
    from .._aws.clients import Clients
    from .._aws.clock import Clock
    from .._aws.outcome import Outcome
    from .._aws.scheduler import Job, Lane


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
    """What is wanted, and what was found so far. ``follow`` is called in any thread."""

    def __init__(self, clients: Clients, wanted: AuthorityFilter) -> None:
        self.clients = clients
        self.wanted = wanted
        self.found: list[Found] = []
        self.failed: list[Unreachable] = []

    def follow(self, target: Target) -> t.Sequence[Job]:
        """What is still to be asked about a CA: all of it, its tags, or nothing."""
        if target.authority.description is None:
            return [_DescribeJob(target, self)]
        if not self.wanted.admits(target.authority):
            return ()
        if self.wanted.needs_tags:
            return [_TagsJob(target, self)]
        self.found.append(Found(target.authority, target.account.name))
        return ()


class _LookJob(abc.ABC):
    """A request about one CA."""

    operation: str

    def __init__(self, target: Target, look: _Look) -> None:
        self._target = target
        self._look = look

    @property
    def lane(self) -> Lane:
        arn = self._target.authority.arn
        return (arn.account_id, arn.region, self.operation)

    def step(self) -> t.Sequence[Job]:
        try:
            return self._ask()
        except AWSError as e:
            problem = explain(e, arn=self._target.authority.arn, account=self._target.account)
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this CA's alone.
            problem = unexpected(e)
        self._fail(problem)
        return ()

    @abc.abstractmethod
    def _ask(self) -> t.Sequence[Job]:
        """Make the request."""

    def _fail(self, problem: Problem) -> None:
        arn = self._target.authority.arn
        name = self._target.account.name
        self._look.failed.append(Unreachable(arn.account_id, arn.region, problem, arn, name))


class _DescribeJob(_LookJob):
    """Describes a CA that was given by its ARN. One that does not exist is not found, and no failure."""

    operation = DESCRIBE_AUTHORITY

    def _ask(self) -> t.Sequence[Job]:
        target = self._target
        try:
            authority = describe_authority(self._look.clients, target.account, target.authority.arn)
        except AWSError as e:
            if e.code == "ResourceNotFoundException":
                return ()
            raise
        return self._look.follow(dataclasses.replace(target, authority=authority))


class _TagsJob(_LookJob):
    """Reads the tags of a CA that is wanted otherwise."""

    operation = LIST_TAGS

    def _ask(self) -> t.Sequence[Job]:
        target = self._target
        tags = list_tags(self._look.clients, target.account, target.authority.arn)
        if self._look.wanted.admits_tags(tags):
            self._look.found.append(Found(target.authority, target.account.name, tags))
        return ()
