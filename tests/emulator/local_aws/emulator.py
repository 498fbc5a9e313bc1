# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one local AWS of this process. moto's backends are global; so is what is added to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, overload

from moto.utilities.utils import get_partition

from local_aws import bucket_access, checks, regions, sessions
from local_aws.audit_reports import AuditReports
from local_aws.identities import identity_of
from local_aws.permissions import Permissions
from local_aws.settings import Settings
from local_aws.traffic import Fault, Traffic, Verdict
from local_aws.wire import Answer, Call

ResponseT = TypeVar("ResponseT")


class ConnectionLostError(Exception):
    """The client is to get no answer."""


class Emulator:
    """Settings, traffic and reports, and what can be done to them from outside.

    The control endpoints and the in-process tests both call these methods, so both mean the same.
    """

    def __init__(self) -> None:
        self.reports = AuditReports()
        #: What seeding returned, for whoever wants to know what there is.
        self.seeded: Mapping[str, Any] = {}
        self._lock = threading.Lock()
        self._settings = Settings()
        self._traffic = Traffic()
        self._permissions = Permissions()

    @property
    def settings(self) -> Settings:
        """The settings in force: an immutable object, replaced as a whole by :meth:`configure`."""
        return self._settings

    def configure(self, **values: Any) -> Settings:
        """Change settings by keyword arguments."""
        return self.change_settings(values)

    def change_settings(self, values: Mapping[str, Any]) -> Settings:
        """Change settings. Raises InputError, and then nothing has changed."""
        with self._lock:
            self._settings = self._settings.changed(values)
            return self._settings

    def advance(self, seconds: float) -> int:
        """Let every report grow older. Returns how many there are."""
        return self.reports.advance(checks.positive_number("seconds", seconds))

    def fault(self, operation: str, **values: Any) -> None:
        """Let the next calls of an operation fail, by keyword arguments."""
        self.add_fault({"operation": operation, **values})

    def add_fault(self, values: Mapping[str, Any]) -> None:
        """Let the next calls of an operation fail; see traffic.Fault. Raises InputError."""
        self._traffic.add(Fault.from_dict(values))

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        return self._traffic.faults()

    @overload
    def calls(self) -> dict[str, int]: ...

    @overload
    def calls(self, by: Literal["account"]) -> dict[str, dict[str, int]]: ...

    def calls(self, by: Literal["account"] | None = None) -> dict[str, int] | dict[str, dict[str, int]]:
        """Requests per ``service:Operation`` since the last reset, if wanted for each account that made them."""
        return self._traffic.calls() if by is None else self._traffic.calls_by_account()

    def permissions(self) -> dict[str, dict[str, list[str]]]:
        """What callers needed to be allowed since the last reset, by principal and action: resources.

        Recorded only while ``enforce_permissions`` is set.
        """
        return self._permissions.needed()

    def take_over(self, seeded: Mapping[str, Any]) -> None:
        """What seeding returned becomes what there is. Nothing of its making counts."""
        self.seeded = seeded
        disabled = {each["id"]: each["disabled_regions"] for each in seeded["accounts"] if each["disabled_regions"]}
        if disabled:
            self.configure(disabled_regions={**self.settings.disabled_regions, **disabled})
        self.reset()

    def reset(self) -> None:
        """Forget faults and counters. Settings, reports and everything in moto stay."""
        self._traffic.reset()
        self._permissions.reset()

    def start_afresh(self) -> None:
        """Back to how a new process begins; moto's backends are reset by moto."""
        self._traffic.reset()
        self._permissions.reset()
        self.reports.forget()
        self.seeded = {}
        with self._lock:
            self._settings = Settings()

    def pass_on(self, call: Call | None, carry_out: Callable[[], ResponseT]) -> ResponseT | Answer:
        """Take one request through: finish due reports, count, limit, fail, or let moto carry it out.

        Raises ConnectionLostError when the client is to get no answer.
        """
        self.reports.finish_due()
        verdict = self._judge(call) if call is not None else Verdict()
        if verdict.delay:
            time.sleep(verdict.delay)
            self.reports.finish_due()
        if verdict.drop and not verdict.after:
            raise ConnectionLostError
        if verdict.answer is not None:
            return verdict.answer
        response = carry_out()
        if verdict.drop:
            raise ConnectionLostError
        return response

    def _judge(self, call: Call) -> Verdict:
        settings = self.settings
        refusal = sessions.refusal(call) or regions.refusal(call, settings.disabled_regions)
        refusal = refusal or regions.denial(call, settings.denied_regions, lambda: _arn_of_caller(call))
        refusal = refusal or bucket_access.refusal_of_stranger(call)
        if refusal is None and settings.enforce_permissions:
            refusal = self._permissions.refusal(call, settings.secure_transport)
        return self._traffic.admit(call, settings.rate_limits, refusal)


def _arn_of_caller(call: Call) -> str:
    return identity_of(call, get_partition(call.region), secure_transport=True).arn


emulator = Emulator()
