# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may assume which role: by the role's trust policy, where moto knows the role.

moto lets everybody assume everything. That stays so for roles that nobody has made, unless ``require_roles`` is set.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.models import Role
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

from local_aws import policy, sessions, wire
from local_aws.emulator import emulator
from local_aws.identities import find_role
from local_aws.organization import organization_context
from local_aws.policy import Principal, Question, decide
from local_aws.wire import Call

_SESSION_ARN = re.compile(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/.+")


class _RefusedError(Exception):
    """STS says no: code and message."""


def checking(assume: Callable[[TokenResponse], Any]) -> Callable[[TokenResponse], Any]:
    """Wrap moto's AssumeRole: what STS checks comes first."""

    @functools.wraps(assume)
    def assume_role(self: TokenResponse) -> Any:
        try:
            _check(self)
        except _RefusedError as refused:
            # moto knows no HTTP status for errors that the API's model does not declare, and AccessDenied is one.
            call = Call("sts", "AssumeRole", self.region, self.access_key or "")
            answer = wire.error_answer(call, *refused.args)
            return answer.body.decode(), {**answer.headers, "status": answer.status}
        return assume(self)

    return assume_role


def _check(response: TokenResponse) -> None:
    # Which of several mistakes is reported first, is a guess: parameters, the trust policy, the limits of the session.
    seconds = response._get_int_param("DurationSeconds", 3600)
    trouble = sessions.trouble_with_duration(seconds)
    if trouble is not None:
        raise _RefusedError("ValidationError", trouble)
    arn = str(response._get_param("RoleArn"))
    role = find_role(arn)
    if role is None:
        allowed = not emulator.settings.require_roles
    else:
        given = {"sts:ExternalId": response._get_param("ExternalId")}
        given["sts:RoleSessionName"] = response._get_param("RoleSessionName")
        allowed = trusts(role, _caller_arn(response), response.current_account, given)
    if not allowed:
        raise _RefusedError(
            "AccessDenied",
            f"User: {_caller_arn(response)} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )
    limit = int(role.max_session_duration or 3600) if role is not None else None
    trouble = sessions.trouble_with_role(seconds, limit, chained=sessions.is_session(response.access_key or ""))
    if trouble is not None:
        raise _RefusedError("ValidationError", trouble)


def trusts(role: Role, caller_arn: str, caller_account: str, given: Mapping[str, str | None]) -> bool:
    """Whether a role's trust policy lets a caller in; ``given`` are condition keys of the request, None if not sent."""
    document = policy.parse(role.assume_role_policy_document)
    if document is None:
        return False
    # A trust policy names no resource: it is about the role that it belongs to.
    statements = [{**each, "Resource": "*"} for each in policy.statements_of(document)]
    partition = caller_arn.split(":")[1]
    context: dict[str, str | tuple[str, ...]] = {
        "aws:PrincipalAccount": caller_account,
        "aws:PrincipalArn": _principal_arn(caller_arn),
        "aws:SecureTransport": "true",
        **{name: value for name, value in given.items() if value is not None},
    }
    for name, value in organization_context(caller_account).items():
        context[name.replace("aws:SourceOrg", "aws:PrincipalOrg")] = value
    names = (caller_account, f"arn:{partition}:iam::{caller_account}:root", caller_arn, _principal_arn(caller_arn))
    question = Question("sts:AssumeRole", role.arn, Principal("AWS", names), context)
    return bool(decide({**document, "Statement": statements}, question))


def _principal_arn(caller_arn: str) -> str:
    """As policies name the caller: a session goes by its role."""
    return _SESSION_ARN.sub(r"arn:\1:iam::\2:role/\3", caller_arn)


def _caller_arn(response: TokenResponse) -> str:
    backend = sts_backends[response.current_account][response.partition]
    return str(backend.get_caller_identity(response.access_key, response.region)[1])
