# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of each CA that is found, and of each account and region where none can be."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .._aws.accounts import Account
    from .._aws.clients import Clients
    from .._aws.errors import Problem
    from .._aws.scheduler import Job
    from .arns import CertificateAuthorityArn
    from .models import Target
    from .skipped_regions import SkippedRegion


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
