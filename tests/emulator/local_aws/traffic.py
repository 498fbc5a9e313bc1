# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests are counted, limited and made to fail here, before any of them reaches moto."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws import checks, wire
from local_aws.checks import InputError
from local_aws.settings import ACCOUNT_MARK
from local_aws.wire import Answer, Call


@dataclass
class Fault:
    """What happens to the next ``count`` calls of an operation."""

    operation: str
    count: int = 1
    error: str | None = None
    message: str | None = None
    delay: float = 0.0
    drop: bool = False
    after: bool = False
    certificate_authority_arn: str | None = None
    account: str | None = None
    region: str | None = None
    key: str | None = None
    role_arn: str | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fault:
        """Check what somebody wants. Raises InputError."""
        checks.only_known(values, _CHECKS, "a fault")
        if "operation" not in values:
            raise InputError("operation is missing; a fault has to name one, for example s3:GetObject.")
        fault = cls(**{name: _CHECKS[name](name, value) for name, value in values.items()})
        if fault.error is not None and fault.drop:
            raise InputError("error and drop were both given, but a call either gets an error or no answer at all.")
        if fault.error is None and not fault.drop and not fault.delay:
            raise InputError('a fault has to do something: "error": a code, "delay": seconds above 0, or "drop": true.')
        if fault.message is not None and fault.error is None:
            raise InputError(f"message is {fault.message!r}, but it is only accepted together with error.")
        if fault.after and not fault.drop:
            raise InputError("after is true, but it is only accepted together with drop: true.")
        return fault

    def hits(self, call: Call) -> bool:
        """Whether the call is one of those meant."""
        return (
            self.count > 0
            and self.operation == call.name
            and self.certificate_authority_arn in (None, call.certificate_authority_arn)
            and self.key in (None, call.key)
            and self.region in (None, call.region)
            and self.role_arn in (None, call.role_arn)
            and self.account in (None, call.account if self.account else None)
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON; what was not asked for is left out."""
        return {name: value for name, value in vars(self).items() if value not in (None, False, 0.0)}


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "operation": checks.operation,
    "count": checks.count,
    "error": checks.text,
    "message": checks.text,
    "delay": checks.number,
    "drop": checks.flag,
    "after": checks.flag,
    "certificate_authority_arn": checks.text,
    "account": checks.text,
    "region": checks.region,
    "key": checks.text,
    "role_arn": checks.text,
}


@dataclass(frozen=True)
class Verdict:
    """What becomes of one call. With none of it set, moto answers as always."""

    delay: float = 0.0
    answer: Answer | None = None
    drop: bool = False
    #: The connection is lost only after the operation was carried out.
    after: bool = False


class _Bucket:
    """A token bucket: holds a second's worth of requests, one at least, and starts full."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._size = max(rate, 1.0)
        self._tokens = self._size
        self._filled = now

    def take(self, now: float) -> bool:
        self._tokens = min(self._size, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Traffic:
    """Everything that is known about the calls that pass through. Safe to use from many threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._faults: list[Fault] = []
        self._buckets: dict[tuple[str, str, str, float], _Bucket] = {}

    def admit(self, call: Call, rate_limits: Mapping[str, float], refusal: Answer | None = None) -> Verdict:
        """Count a call and say what becomes of it. A call that a fault hits does not use up the rate limit.

        One that is refused already, because its credentials are no good, uses up neither.
        """
        account = call.account
        rate = rate_limits.get(f"{call.name}{ACCOUNT_MARK}{account}", rate_limits.get(call.name))
        with self._lock:
            self._calls[account, call.name] += 1
            if refusal is not None:
                return Verdict(answer=refusal)
            fault = next((fault for fault in self._faults if fault.hits(call)), None)
            if fault is not None:
                fault.count -= 1
                self._faults = [fault for fault in self._faults if fault.count > 0]
            elif rate is not None and not self._bucket(account, call, rate).take(self._monotonic()):
                return Verdict(answer=wire.throttled(call))
        if fault is None:
            return Verdict()
        answer = None
        if fault.error is not None:
            message = fault.message or f"{fault.error}, as ordered from the local AWS."
            answer = wire.error_answer(call, fault.error, message)
        return Verdict(delay=fault.delay, answer=answer, drop=fault.drop, after=fault.after)

    def add(self, fault: Fault) -> None:
        """Let something go wrong. Several faults of one operation are used up in the order they were added."""
        with self._lock:
            self._faults.append(fault)

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        with self._lock:
            return [fault.to_dict() for fault in self._faults]

    def calls(self) -> dict[str, int]:
        """Requests per ``service:Operation`` since the last reset: all that came in, refused and lost ones as well."""
        total: Counter[str] = Counter()
        with self._lock:
            for (_account, name), count in self._calls.items():
                total[name] += count
        return dict(sorted(total.items()))

    def calls_by_account(self) -> dict[str, dict[str, int]]:
        """The same for each account whose credentials the requests came with."""
        by_account: dict[str, dict[str, int]] = {}
        with self._lock:
            for (account, name), count in sorted(self._calls.items()):
                by_account.setdefault(account, {})[name] = count
        return by_account

    def reset(self) -> None:
        """Forget faults and counters, and fill the rate limits' buckets."""
        with self._lock:
            self._calls.clear()
            self._faults.clear()
            self._buckets.clear()

    def _bucket(self, account: str, call: Call, rate: float) -> _Bucket:
        # The rate is part of the key, so a changed limit starts afresh.
        return self._buckets.setdefault((account, call.region, call.name, rate), _Bucket(rate, self._monotonic()))
