# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of assumed roles: how long they may be asked for, and that they end. moto only says when they would.

The texts and codes, as people report them: chaining, github.com/99designs/aws-vault issue 263; the role's own limit,
github.com/kreuzwerker/awsu issue 27; expired sessions: query APIs ``ExpiredToken`` with HTTP 403
(github.com/aws/aws-sdk-java-v2 issue 1649), S3 ``ExpiredToken`` and JSON APIs ``ExpiredTokenException`` with 400
(github.com/salesforce/multicloudj pull request 608), EC2 ``RequestExpired`` (github.com/aws/aws-sdk-go-v2 issue 1674).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from moto.sts.models import AssumedRole

from local_aws import clock, wire
from local_aws.wire import Answer, Call

SHORTEST, LONGEST = 900, 43200
#: How long a session lasts at most that was got with the credentials of another.
LONGEST_CHAINED = 3600

_EXPIRED = "The security token included in the request is expired"

#: Every session by its access key, as long as moto has it; moto itself would search.
_sessions: WeakValueDictionary[str, AssumedRole] = WeakValueDictionary()


#: The sessions whose tokens are of version 1.
_version_1: WeakSet[AssumedRole] = WeakSet()


def remembering(
    create: Callable[..., None], cap: Callable[[], float | None], token_version: Callable[[], int]
) -> Callable[..., None]:
    """Wrap the constructor of moto's AssumedRole.

    ``cap`` says how many seconds sessions last at most, and ``token_version`` of which version their tokens are.
    """

    @functools.wraps(create)
    def create_and_remember(self: AssumedRole, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        longest = cap()
        seconds = kwargs["duration"] if longest is None else min(kwargs["duration"], longest)
        # moto's times are naive UTC.
        self.expiration = (clock.now() + timedelta(seconds=seconds)).astimezone(UTC).replace(tzinfo=None)
        _sessions[self.access_key_id] = self
        if token_version() == 1:
            _version_1.add(self)

    return create_and_remember


def is_session(access_key: str) -> bool:
    """Whether an access key is that of an assumed role."""
    return access_key in _sessions


def has_version_1(access_key: str) -> bool:
    """Whether an access key comes with a session token of version 1, as STS's global endpoint gives it."""
    return bool(_version_1) and _sessions.get(access_key) in _version_1


def session_of(access_key: str) -> AssumedRole | None:
    """The session that an access key is of, if it is that of an assumed role."""
    return _sessions.get(access_key)


def refusal(call: Call) -> Answer | None:
    """What a call with the credentials of a session gets that is over; None for every other call."""
    session = _sessions.get(call.access_key)
    if session is None or clock.now() < session.expiration.replace(tzinfo=UTC):
        return None
    return wire.error_answer(call, *_code_and_message(call))


def _code_and_message(call: Call) -> tuple[str, str]:
    if call.service == "s3":
        return "ExpiredToken", "The provided token has expired."
    if call.protocol == "ec2":
        return "RequestExpired", "Request has expired."
    return ("ExpiredToken" if call.protocol in wire.XML_PROTOCOLS else "ExpiredTokenException"), _EXPIRED


def trouble_with_duration(seconds: int) -> str | None:
    """Why no session can be had for so long, in the words in which STS checks its parameters."""
    if SHORTEST <= seconds <= LONGEST:
        return None
    limit = f"greater than or equal to {SHORTEST}" if seconds < SHORTEST else f"less than or equal to {LONGEST}"
    return (
        f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
        f"Member must have value {limit}"
    )


def trouble_with_role(seconds: int, role_limit: int | None, chained: bool) -> str | None:
    """Why this caller gets no session of this role for so long."""
    if chained and seconds > LONGEST_CHAINED:
        return "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    if role_limit is not None and seconds > role_limit:
        return "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    return None
