# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose credentials a request is signed with: the task's own, or those of a role that it assumes.

A botocore client costs several milliseconds and about a megabyte, so a thousand accounts share one per region. What
changes from request to request is who signs it, and botocore asks for that at each request.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import typing as t
from datetime import datetime, timezone

try:
    from botocore.credentials import RefreshableCredentials
    from botocore.exceptions import NoCredentialsError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from .errors import AWSError, aws_errors

if t.TYPE_CHECKING:
    from .accounts import Account

_acting: contextvars.ContextVar[t.Any] = contextvars.ContextVar("acting", default=None)

# What part of a session's lifetime is left when it is renewed: beside the work, and at the latest.
_ADVISORY, _MANDATORY = 1 / 3, 1 / 15


class CurrentCredentials:
    """What clients take for their credentials: the assumed role's inside ``acting_with``, else the task's own."""

    method = "explicit"

    def __init__(self, own: t.Any) -> None:
        """:param own: botocore's credentials of the task itself, or None if it has none."""
        self._own = own

    def own_have_token(self) -> bool:
        """Whether the task's own credentials are those of a session."""
        return self._own is not None and self._own.get_frozen_credentials().token is not None

    def get_frozen_credentials(self) -> t.Any:
        """botocore's access key, secret and token for the request at hand; renewed if they are about to expire."""
        credentials = _acting.get() or self._own
        if credentials is None:
            raise NoCredentialsError()
        return credentials.get_frozen_credentials()

    def get_deferred_property(self, name: str) -> t.Callable[[], t.Any]:
        """As botocore's own: asked when a request is made."""
        return lambda: getattr(self.get_frozen_credentials(), name)

    def load_credentials(self) -> CurrentCredentials:
        """For a botocore session, whose provider of credentials this is as well."""
        return self


@contextlib.contextmanager
def acting_with(credentials: t.Any) -> t.Iterator[None]:
    """Requests of this thread are signed with these credentials until the block ends."""
    token = _acting.set(credentials)
    try:
        yield
    finally:
        _acting.reset(token)


class AssumedRoles:
    """The sessions of roles: each role is assumed once, and again when its session is about to expire."""

    def __init__(self, sts: t.Callable[[], t.Any]) -> None:
        """:param sts: gives the client of STS, which signs with the task's own credentials."""
        self._sts = sts
        self._sessions: dict[Account, t.Any] = {}
        self._locks: dict[Account, threading.Lock] = {}

    def is_known(self, account: Account) -> bool:
        """Whether it is known already that the role can be assumed, or that it cannot."""
        return account in self._sessions

    def credentials_of(self, account: Account) -> t.Any:
        """botocore's credentials of an account's role.

        :raises AWSError: where the role cannot be assumed; found out once.
        """
        with self._locks.setdefault(account, threading.Lock()):
            if account not in self._sessions:
                try:
                    self._sessions[account] = self._session(account)
                except AWSError as e:
                    self._sessions[account] = e
        session = self._sessions[account]
        if isinstance(session, AWSError):
            raise session
        return session

    def _session(self, account: Account) -> t.Any:
        def renew() -> dict[str, t.Any]:
            return self._assume(account)

        first = renew()
        lifetime = (datetime.fromisoformat(first["expiry_time"]) - datetime.now(timezone.utc)).total_seconds()
        # botocore's own times are made for sessions of an hour: one of 15 minutes would be renewed all the time.
        return RefreshableCredentials.create_from_metadata(
            first,
            refresh_using=renew,
            method="assume-role",
            advisory_timeout=int(lifetime * _ADVISORY),
            mandatory_timeout=int(lifetime * _MANDATORY),
        )

    @aws_errors("assume the role")
    def _assume(self, account: Account) -> dict[str, t.Any]:
        request = {
            "RoleArn": account.role_arn,
            "RoleSessionName": account.role_session_name,
            "DurationSeconds": account.duration_seconds,
        }
        if account.external_id is not None:
            request["ExternalId"] = account.external_id
        # A session is renewed in the middle of a request that is signed with the old one.
        with acting_with(None):
            credentials = self._sts().assume_role(**request, aws_retry=True)["Credentials"]
        return {
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "token": credentials["SessionToken"],
            "expiry_time": credentials["Expiration"].isoformat(),
        }
