# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking AWS Private CA about single CAs: jobs that describe one, and that read its tags."""

from __future__ import annotations

import abc
import typing as t

from .._aws.advice import unexpected
from .._aws.errors import AWSError, Problem
from .advice import explain
from .authorities import describe_authority, list_tags
from .models import CertificateAuthority, Target
from .quotas import DESCRIBE_AUTHORITY, LIST_TAGS

if t.TYPE_CHECKING:
    from .._aws.clients import Clients
    from .._aws.scheduler import Job, Lane

_Answer = t.TypeVar("_Answer")


class _AuthorityJob(abc.ABC, t.Generic[_Answer]):
    """A request about one CA. What becomes of the answer is for others to say, in any thread."""

    operation: str

    def __init__(
        self,
        target: Target,
        clients: Clients,
        answered: t.Callable[[_Answer], t.Sequence[Job]],
        failed: t.Callable[[Problem], t.Sequence[Job]],
    ) -> None:
        """:param answered: gives the jobs that follow from the answer.
        :param failed: gives those that follow where there is none.
        """
        self._target = target
        self._clients = clients
        self._answered = answered
        self._failed = failed

    @property
    def lane(self) -> Lane:
        arn = self._target.authority.arn
        return (arn.account_id, arn.region, self.operation)

    def step(self) -> t.Sequence[Job]:
        try:
            answer = self._ask()
        except AWSError as e:
            return self._failed(explain(e, arn=self._target.authority.arn, account=self._target.account))
        except Exception as e:  # noqa: BLE001
            # Whatever it is, it is this CA's alone.
            return self._failed(unexpected(e))
        return self._answered(answer)

    @abc.abstractmethod
    def _ask(self) -> _Answer:
        """Make the request."""


class DescribeJob(_AuthorityJob[t.Optional[CertificateAuthority]]):
    """Describes a CA. The answer is None if there is no such CA."""

    operation = DESCRIBE_AUTHORITY

    def _ask(self) -> CertificateAuthority | None:
        try:
            return describe_authority(self._clients, self._target.account, self._target.authority.arn)
        except AWSError as e:
            if e.code == "ResourceNotFoundException":
                return None
            raise


class TagsJob(_AuthorityJob[dict[str, str]]):
    """Reads the tags of a CA."""

    operation = LIST_TAGS

    def _ask(self) -> dict[str, str]:
        return list_tags(self._clients, self._target.account, self._target.authority.arn)
