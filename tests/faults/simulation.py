# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated time: what waits or sleeps costs none, and a run takes the same number of seconds on every machine."""

from __future__ import annotations

import heapq
import itertools
import queue
import typing as t
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock


class SimulatedClock(Clock):
    """A clock that only waiting and sleeping move.

    The steps of a run are taken one after the other, in this thread, but each begins at the time at which it was
    submitted: they lie side by side as with threads, and so do their sleeps.
    """

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._seconds = 0.0
        self._order = itertools.count()
        self._finished: list[tuple[float, int, t.Any]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Instead of ``time.sleep``."""
        self._seconds += seconds

    def next_of(self, items: queue.SimpleQueue[t.Any], seconds: float | None) -> t.Any:
        while not items.empty():
            done = items.get()
            heapq.heappush(self._finished, (done.finished, next(self._order), done))
        limit = float("inf") if seconds is None else self._seconds + max(seconds, 0.0)
        if self._finished and self._finished[0][0] <= limit:
            at, _number, done = heapq.heappop(self._finished)
            self._seconds = max(self._seconds, at)
            return done
        assert seconds is not None, "the run waits for a step that nobody takes"
        self._seconds = limit
        return None

    def executor(self, **_limits: int) -> SimulatedExecutor:
        """Instead of ``ThreadPoolExecutor``."""
        return SimulatedExecutor(self)

    def side_by_side(self, function: t.Callable[..., t.Any], *args: t.Any) -> None:
        """Do something that begins now, whatever it takes."""
        began = self._seconds
        function(*args)
        self._seconds = began


class SimulatedExecutor:
    """Takes each step at once."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def submit(self, function: t.Callable[..., t.Any], *args: t.Any) -> Future[None]:
        self._clock.side_by_side(function, *args)
        return Future()

    def shutdown(self, **_options: bool) -> None:
        """Nothing is left to do."""
