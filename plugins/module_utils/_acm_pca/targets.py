# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CAs are in scope: the ones whose ARNs the task gives, or all that the accounts own in the regions.

Accounts and regions are looked at at the same time, and each CA that is found goes its way at once.
"""

from __future__ import annotations

import typing as t

from .._aws.advice import unexpected
from .._aws.errors import AWSError, Problem
from .advice import explain, explain_unlisted_account
from .discovery import region_jobs
from .finder import Finder, Unreachable
from .models import CertificateAuthority, Scope, Selection, Target
from .selection import needs_own_account, owner_of, scopes_by_account, with_own_account

if t.TYPE_CHECKING:
    from .._aws.clients import Clients
    from .._aws.scheduler import Job


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
