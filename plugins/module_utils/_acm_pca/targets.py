# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CAs are in scope: the ones whose ARNs the task gives, or all that the accounts own in the regions.

Accounts and regions are looked at at the same time, and each CA that is found goes its way at once.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.accounts import Account
from .._aws.advice import unexpected
from .._aws.errors import AWSError, Problem
from .advice import explain, explain_unlisted_account
from .discovery import region_jobs
from .models import CertificateAuthority, Scope, Selection, Target
from .selection import needs_own_account, owner_of, scopes_by_account, with_own_account
from .skipped_regions import SkippedRegion

if t.TYPE_CHECKING:
    from .._aws.clients import Clients
    from .._aws.scheduler import Job
    from .arns import CertificateAuthorityArn

# What AWS answers in a region that the account has not enabled: the credentials are not known there.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html


@dataclasses.dataclass(frozen=True)
class Unreachable:
    """A CA that no listed account serves, or a region or account (``region`` is None) that could not be looked at."""

    account_id: str | None
    region: str | None
    problem: Problem
    arn: CertificateAuthorityArn | None = None
    account_name: str | None = None


@dataclasses.dataclass(frozen=True)
class Finder:
    """What becomes of what is found: ``found`` gives the jobs that follow. All are called in any thread."""

    clients: Clients
    found: t.Callable[[Target], t.Sequence[Job]]
    failed: t.Callable[[Unreachable], None]
    skipped: t.Callable[[SkippedRegion], None]
    _seen: dict[str, Target] = dataclasses.field(default_factory=dict)

    def hand_on(self, target: Target) -> t.Sequence[Job]:
        """The jobs for a CA, the first time that it is found."""
        return self.found(target) if self._seen.setdefault(target.authority.arn.text, target) is target else ()

    def fail(self, account: Account, region: str | None, problem: Problem) -> None:
        """An account, or a region of it, that could not be looked at."""
        self.failed(Unreachable(account.account_id, region, problem, account_name=account.name))


def resolve_own_account(selection: Selection, clients: Clients) -> Selection:
    """Find out which of the accounts is the task's own, which asks AWS only if it matters.

    :raises AWSError: where the task's own credentials cannot be used, or another account has no role.
    """
    return with_own_account(selection, clients.own_account_id()) if needs_own_account(selection) else selection


def finding_jobs(selection: Selection, finder: Finder) -> list[Job]:
    """The jobs that find the CAs. Those with ARNs are found already, without a request."""
    if selection.arns is None:
        return [job for scope in selection.scopes for job in _jobs_of(scope, finder)]
    jobs: list[Job] = []
    by_account = scopes_by_account(selection)
    for arn in selection.arns:
        account = owner_of(arn, by_account)
        if account:
            jobs += finder.hand_on(Target(CertificateAuthority(arn), account, discovered=False))
        else:
            finder.failed(Unreachable(arn.account_id, arn.region, explain_unlisted_account(arn), arn))
    return jobs


def _jobs_of(scope: Scope, finder: Finder) -> list[Job]:
    if finder.clients.has_to_assume(scope.account):
        return [_AccountJob(scope, finder)]
    return region_jobs(scope, finder)


class _AccountJob:
    """Assumes the role of an account, before anything else is asked there."""

    lane = None

    def __init__(self, scope: Scope, finder: Finder) -> None:
        self._scope = scope
        self._finder = finder

    def step(self) -> t.Sequence[Job]:
        account = self._scope.account
        try:
            with self._finder.clients.acting_as(account):
                pass
        except AWSError as e:
            return self._fail(explain(e, account=account))
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this account's alone.
            return self._fail(unexpected(e))
        return region_jobs(self._scope, self._finder)

    def _fail(self, problem: Problem) -> t.Sequence[Job]:
        self._finder.fail(self._scope.account, None, problem)
        return ()
