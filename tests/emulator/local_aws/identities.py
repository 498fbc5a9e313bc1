# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls, and what the identity policies attached to him say. Asks moto what there is.

Sessions of roles, and users, that moto knows have the policies attached to them. Everybody else is an administrator of
their account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.models import Role, User, iam_backends

from local_aws import sessions
from local_aws.organization import organization_context
from local_aws.policy import parse
from local_aws.wire import Call

_ROLE_ARN = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>\d{12}):role/.+")

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class Identity:
    """Who calls. ``own_names`` are those of the caller alone, not those that stand for the whole account."""

    account: str
    arn: str
    own_names: tuple[str, ...]
    policies: tuple[Mapping[str, Any], ...]
    context: Mapping[str, str]

    @property
    def account_names(self) -> tuple[str, ...]:
        """How a policy names the account, which hands the decision to the account's identity policies."""
        partition = self.arn.split(":")[1]
        return (self.account, f"arn:{partition}:iam::{self.account}:root")


def identity_of(call: Call, partition: str, secure_transport: bool) -> Identity:
    """Who makes a call; ``secure_transport`` is whether it counts as having come by TLS."""
    account = call.account
    session = sessions.session_of(call.access_key)
    role = find_role(session.role_arn) if session is not None else None
    user = None if session is not None else _user_of(call.access_key, account, partition)
    if session is not None and role is not None:
        arn, principal_arn, policies = str(session.arn), str(role.arn), tuple(_policies_of(role))
    elif user is not None:
        arn, principal_arn, policies = str(user.arn), str(user.arn), tuple(_policies_of(user))
    else:
        arn = str(session.arn) if session is not None else f"arn:{partition}:iam::{account}:root"
        principal_arn, policies = (str(session.role_arn) if session is not None else arn), (_EVERYTHING,)
    own_names = (principal_arn, arn)
    context = {
        "aws:PrincipalArn": principal_arn,
        "aws:PrincipalAccount": account,
        "aws:SecureTransport": "true" if secure_transport else "false",
    }
    organization = organization_context(account).get("aws:SourceOrgID")
    if isinstance(organization, str):
        context["aws:PrincipalOrgID"] = organization
    return Identity(account, arn, own_names, policies, context)


def _user_of(access_key: str, account: str, partition: str) -> User | None:
    if account not in iam_backends or partition not in iam_backends[account]:
        return None
    backend = iam_backends[account][partition]
    key = backend.access_keys.get(access_key)
    return backend.users.get(key.user_name) if key is not None else None


def _policies_of(owner: Role | User) -> Iterator[Mapping[str, Any]]:
    for document in owner.policies.values():
        yield from filter(None, [parse(document)])
    for managed in owner.managed_policies.values():
        versions = [version.document for version in managed.versions if version.is_default]
        yield from filter(None, map(parse, versions))


def find_role(arn: str) -> Role | None:
    """A role of any account, if there is one. Nothing is created by looking."""
    match = _ROLE_ARN.fullmatch(arn)
    if match is None or match["account"] not in iam_backends:
        return None
    backends = iam_backends[match["account"]]
    if match["partition"] not in backends:
        return None
    return next((role for role in backends[match["partition"]].get_roles() if role.arn == arn), None)


def administrator_policy() -> str:
    """The policy of roles that may do everything."""
    return json.dumps(_EVERYTHING)
