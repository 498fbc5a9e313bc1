# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listing the CAs of an account, region by region, and what it means where a region refuses."""

from __future__ import annotations

import threading
import typing as t

from .._aws.advice import unexpected
from .._aws.enabled_regions import region_statuses
from .._aws.errors import (
    AWSError,
    Problem,
    has_bad_credentials,
    is_denied_by_organization,
    is_refused_by_region,
)
from .._aws.regions import is_opt_in
from .advice import (
    explain,
    explain_denied_everywhere,
    explain_refused_region,
)
from .authorities import list_authorities
from .models import Scope, Target
from .quotas import LIST_AUTHORITIES
from .skipped_regions import DENIED, NOT_ENABLED, SkippedRegion, uncertain

if t.TYPE_CHECKING:
    from .._aws.accounts import Account
    from .._aws.scheduler import Job, Lane
    from .finder import Finder

_ENABLED = frozenset({"ENABLED", "ENABLED_BY_DEFAULT"})
_DISABLED = frozenset({"DISABLED", "DISABLING"})


def region_jobs(scope: Scope, finder: Finder) -> list[Job]:
    """The jobs that list the CAs of an account in all regions of a scope."""
    search = _Search(scope, finder)
    return [_RegionJob(search, region) for region in scope.regions]


class _Search:
    """What has become of the regions of one account so far."""

    def __init__(self, scope: Scope, finder: Finder) -> None:
        self.scope = scope
        self.finder = finder
        self.reached = False
        # What the regions answered that refuse the credentials, and those without a name of their own that are denied.
        self.refused: dict[str, AWSError] = {}
        self.denied: dict[str, AWSError] = {}
        self._left = len(scope.regions)
        self._lock = threading.Lock()

    @property
    def account(self) -> Account:
        return self.scope.account

    def ends(self, region: str, error: AWSError | None = None) -> t.Sequence[Job]:
        """One more region is done. After the last one, what follows is a look at those that refused."""
        with self._lock:
            self._left -= 1
            if error is None:
                self.reached = True
            elif is_refused_by_region(error):
                self.refused[region] = error
            else:
                self.denied[region] = error
            return [_RefusalsJob(self)] if not self._left and (self.refused or self.denied) else ()

    def is_named(self, region: str) -> bool:
        return self.scope.regions[region]

    def fail(self, region: str | None, problem: Problem) -> None:
        self.finder.fail(self.account, region, problem)

    def skip(self, region: str, reason: str, *, told: bool = False) -> None:
        self.finder.skipped(SkippedRegion(self.account, region, reason, told))


class _RegionJob:
    """Lists the CAs that an account owns in a region."""

    def __init__(self, search: _Search, region: str) -> None:
        self._search = search
        self._region = region

    @property
    def lane(self) -> Lane:
        return (self._search.account.account_id or "", self._region, LIST_AUTHORITIES)

    def step(self) -> t.Sequence[Job]:
        search, region = self._search, self._region
        try:
            authorities = list_authorities(search.finder.clients, search.account, region)
        except AWSError as e:
            if is_refused_by_region(e) or (is_denied_by_organization(e) and not search.is_named(region)):
                return search.ends(region, e)
            search.fail(region, explain(e, account=search.account, region=region))
            return search.ends(region)
        except Exception as e:  # noqa: BLE001
            search.fail(region, unexpected(e))
            return search.ends(region)
        targets = (Target(authority, search.account, discovered=True) for authority in authorities)
        return [*(job for target in targets for job in search.finder.hand_on(target)), *search.ends(region)]


class _RefusalsJob:
    """Tells regions that an account has not enabled, or may not use, from credentials that are wrong.

    It comes after all regions of the account, since what the others answered tells as well. AWS is asked only if that
    may make a difference, so that the usual search of all regions costs no request more:

    * A session of a role that was assumed here has a token that every enabled region accepts, so a refusal means that
      the region is not enabled. The same goes for the keys of a user, once any region has accepted them.
    * The token of the task's own session may be one of version 1, which enabled regions refuse as well.
    """

    lane = None

    def __init__(self, search: _Search) -> None:
        self._search = search

    def step(self) -> t.Sequence[Job]:
        try:
            self._judge_refused()
            self._judge_denied()
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this account's alone.
            self._search.fail(None, unexpected(e))
        return ()

    def _judge_refused(self) -> None:
        search, clients = self._search, self._search.finder.clients
        open_to_all = [each for each in sorted(search.refused) if not is_opt_in(each, clients.partition_of(each) or "")]
        to_be_enabled = [each for each in sorted(search.refused) if each not in open_to_all]
        # A policy denies only whom AWS knows.
        good = search.reached or bool(search.denied)
        if open_to_all and not good:
            self._blame_credentials()
            return
        good = good or search.account.role_arn is not None
        old_token = bool(to_be_enabled) and clients.may_have_old_token(search.account)
        asks = bool(to_be_enabled) and (old_token or not good)
        statuses: dict[str, str] = {}
        problem: AWSError | None = None
        if asks:
            try:
                statuses = region_statuses(clients, search.account)
            except AWSError as e:
                problem = e
        if not good and problem is not None and has_bad_credentials(problem):
            self._blame_credentials()
            return
        for region in open_to_all:
            search.fail(region, explain(search.refused[region], account=search.account))
        for region in to_be_enabled:
            if asks:
                self._judge_by_status(region, statuses.get(region), problem, old_token)
            else:
                self._not_enabled(region)

    def _judge_by_status(self, region: str, status: str | None, problem: AWSError | None, old: bool) -> None:
        search, error = self._search, self._search.refused[region]
        if status in _ENABLED:
            search.fail(region, explain_refused_region(error, search.account, region, enabled=True, old_token=old))
        elif status in _DISABLED:
            self._not_enabled(region)
        elif search.is_named(region):
            search.fail(region, explain_refused_region(error, search.account, region, enabled=None, old_token=old))
        else:
            search.skip(region, uncertain(status, problem))

    def _not_enabled(self, region: str) -> None:
        search = self._search
        if search.is_named(region):
            error = search.refused[region]
            search.fail(region, explain_refused_region(error, search.account, region, enabled=False, old_token=False))
        else:
            search.skip(region, NOT_ENABLED)

    def _blame_credentials(self) -> None:
        """No region at all accepts the credentials, so that is one failure, beside those of regions with names."""
        search = self._search
        named = [region for region in search.refused if search.is_named(region)]
        for region in named:
            search.fail(region, explain(search.refused[region], account=search.account))
        if len(named) < len(search.refused):
            error = search.refused[min(search.refused)]
            search.fail(None, explain(error, account=search.account))

    def _judge_denied(self) -> None:
        search = self._search
        for region in search.denied:
            search.skip(region, DENIED, told=not search.reached)
        if search.denied and not search.reached:
            # Nothing of this account was looked at, which must not pass for an account without CAs.
            error = search.denied[min(search.denied)]
            search.fail(None, explain_denied_everywhere(error, search.account))
