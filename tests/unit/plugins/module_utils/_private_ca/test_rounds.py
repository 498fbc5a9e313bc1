# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import typing as t
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._private_ca.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._private_ca.rounds import Lane, Pace, run_rounds


class FakeClock(Clock):
    """A clock that only moves when somebody waits, and then at once."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        return self.time

    def wait(self, futures: t.Collection[Future[t.Any]], seconds: float | None) -> set[Future[t.Any]]:
        if futures:
            return super().wait(futures, None)
        self.time += seconds or 0.0
        return set()


class FakeJob:
    def __init__(self, clock: FakeClock, delays: list[float], lane: Lane = ("1", "us-east-1", "create")) -> None:
        self.lane = lane
        self.steps: list[float] = []
        self._clock = clock
        self._delays = list(delays)

    def step(self) -> float | None:
        self.steps.append(self._clock.monotonic())
        return self._delays.pop(0) if self._delays else None


def run(jobs: t.Sequence[t.Any], clock: FakeClock, concurrency: int = 4, **paces: Pace) -> None:
    with ThreadPoolExecutor(concurrency) as executor:
        run_rounds(jobs, executor, concurrency, paces, clock)


def test_steps_come_when_they_are_due() -> None:
    clock = FakeClock()
    quick, slow = FakeJob(clock, [1.0, 1.0]), FakeJob(clock, [5.0])
    run([quick, slow], clock)
    assert quick.steps == [0.0, 1.0, 2.0]
    assert slow.steps == [0.0, 5.0]


def test_a_thousand_waiting_jobs_take_as_long_as_one() -> None:
    clock = FakeClock()
    jobs = [FakeJob(clock, [3.0, 3.0]) for _number in range(1000)]
    run(jobs, clock, concurrency=2)
    assert clock.time == 6.0
    assert all(len(job.steps) == 3 for job in jobs)


@pytest.mark.parametrize(
    ("lanes", "last_step"),
    [
        ([("1", "us-east-1", "create")] * 4, 3.0),
        ([("1", "us-east-1", "create"), ("1", "eu-central-1", "create"), ("2", "us-east-1", "create")], 0.0),
        ([("1", "us-east-1", "describe")] * 4, 0.0),
    ],
)
@pytest.mark.parametrize("serial", [False, True])
def test_each_account_and_region_has_its_own_rate(lanes: list[Lane], last_step: float, serial: bool) -> None:
    clock = FakeClock()
    jobs = [FakeJob(clock, [], lane) for lane in lanes]
    run(jobs, clock, create=Pace(1.0, serial))
    assert max(step for job in jobs for step in job.steps) == last_step


def test_no_more_steps_at_once_than_allowed() -> None:
    clock, lock = FakeClock(), threading.Lock()
    running = most = 0

    class CountingJob(FakeJob):
        def step(self) -> float | None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.002)
            with lock:
                running -= 1
            return None

    run([CountingJob(clock, []) for _number in range(20)], clock, concurrency=3)
    assert 1 <= most <= 3


def test_a_serial_pace_counts_from_the_answer() -> None:
    clock = FakeClock()

    class SlowJob(FakeJob):
        def step(self) -> float | None:
            begun = super().step()
            self._clock.time += 5.0  # The answer takes that long.
            return begun

    jobs = [SlowJob(clock, []) for _number in range(3)]
    run(jobs, clock, create=Pace(1.0, serial=True))
    assert sorted(step for job in jobs for step in job.steps) == [0.0, 6.0, 12.0]


def test_no_jobs() -> None:
    run([], FakeClock())
