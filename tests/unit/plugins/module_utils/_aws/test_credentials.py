# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, NoCredentialsError

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.accounts import Account
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.credentials import (
    AssumedRoles,
    CurrentCredentials,
    acting_with,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

ROLE = "arn:aws:iam::111122223333:role/Audit"
ACCOUNT = Account("111122223333", ROLE, "external", "session", 900)


class FakeSts:
    """Hands out a new key each time, for so many seconds."""

    def __init__(self, *lifetimes: float) -> None:
        self.requests: list[dict[str, t.Any]] = []
        self._lifetimes = list(lifetimes)
        self.fail = False

    def assume_role(self, **request: t.Any) -> dict[str, t.Any]:
        self.requests.append(request)
        if self.fail:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "AssumeRole")
        lifetime = self._lifetimes.pop(0) if len(self._lifetimes) > 1 else self._lifetimes[0]
        return {
            "Credentials": {
                "AccessKeyId": f"KEY{len(self.requests)}",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": datetime.now(UTC) + timedelta(seconds=lifetime),
            }
        }


def key_of(credentials: t.Any) -> str:
    return str(credentials.get_frozen_credentials().access_key)


def test_a_role_is_assumed_once_as_the_account_says() -> None:
    sts = FakeSts(900)
    roles = AssumedRoles(lambda: sts)
    assert not roles.is_known(ACCOUNT)
    for _time in range(3):
        assert key_of(roles.credentials_of(ACCOUNT)) == "KEY1"
    assert roles.is_known(ACCOUNT)
    assert sts.requests == [
        {
            "RoleArn": ROLE,
            "RoleSessionName": "session",
            "DurationSeconds": 900,
            "ExternalId": "external",
            "aws_retry": True,
        }
    ]


def test_many_threads_assume_a_role_once() -> None:
    sts = FakeSts(900)
    roles = AssumedRoles(lambda: sts)
    with ThreadPoolExecutor(8) as executor:
        assert set(executor.map(lambda _n: key_of(roles.credentials_of(ACCOUNT)), range(64))) == {"KEY1"}
    assert len(sts.requests) == 1


def test_a_role_that_cannot_be_assumed_is_asked_for_once() -> None:
    sts = FakeSts(900)
    sts.fail = True
    roles = AssumedRoles(lambda: sts)
    for _time in range(3):
        with pytest.raises(AWSError, match="assume the role"):
            roles.credentials_of(ACCOUNT)
    assert len(sts.requests) == 1


def test_a_session_is_renewed_before_it_ends() -> None:
    sts = FakeSts(0.5, 900)
    credentials = AssumedRoles(lambda: sts).credentials_of(ACCOUNT)
    assert key_of(credentials) == "KEY1"
    threading.Event().wait(0.6)
    assert key_of(credentials) == "KEY2"


def test_a_session_is_renewed_with_the_tasks_own_credentials() -> None:
    own = Credentials("OWN", "secret", method="explicit")
    current = CurrentCredentials(own)
    asked_with: list[str] = []

    class WatchingSts(FakeSts):
        def assume_role(self, **request: t.Any) -> dict[str, t.Any]:
            asked_with.append(key_of(current))
            return super().assume_role(**request)

    sts = WatchingSts(0.2, 900)
    session = AssumedRoles(lambda: sts).credentials_of(ACCOUNT)
    threading.Event().wait(0.3)
    with acting_with(session):
        assert key_of(current) == "KEY2"
    assert asked_with == ["OWN", "OWN"]


def test_each_thread_acts_for_itself() -> None:
    current = CurrentCredentials(Credentials("OWN", "secret"))
    meet = threading.Barrier(4)

    def act(name: str) -> tuple[str, str]:
        with acting_with(Credentials(name, "secret")):
            meet.wait(10)
            inside = key_of(current)
        return inside, key_of(current)

    with ThreadPoolExecutor(4) as executor:
        assert list(executor.map(act, "ABCD")) == [(name, "OWN") for name in "ABCD"]
    assert current.get_deferred_property("access_key")() == "OWN"
    assert current.load_credentials() is current


def test_without_any_credentials_botocore_says_so() -> None:
    with pytest.raises(NoCredentialsError):
        CurrentCredentials(None).get_frozen_credentials()
