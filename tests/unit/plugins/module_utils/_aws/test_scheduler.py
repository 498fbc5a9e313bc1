# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import queue
import threading
import typing as t
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.scheduler import Job, Lane, Pace, run_jobs_on


class FakeClock(Clock):
    """A clock that only moves when somebody waits, and then at once."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        return self.time

    def next_of(self, items: queue.SimpleQueue[t.Any], seconds: float | None) -> t.Any:
        if seconds is None or not items.empty():
            return super().next_of(items, None)
        # Never too little to make a difference to a float.
        self.time += max(seconds, 1e-9)
        return None


class ImmediateExecutor(Executor):
    """Does everything at once, in the calling thread: while the clock stands still."""

    def submit(self, function: t.Callable[..., t.Any], /, *args: t.Any, **kwargs: t.Any) -> Future[t.Any]:
        function(*args, **kwargs)
        return Future()


class FakeJob:
    def __init__(self, clock: FakeClock, delays: list[float], lane: Lane = ("1", "us-east-1", "create")) -> None:
        self.lane = lane
        self.steps: list[float] = []
        self._clock = clock
        self._delays = list(delays)

    def step(self) -> float | t.Sequence[Job]:
        self.steps.append(self._clock.monotonic())
        return self._delays.pop(0) if self._delays else ()


def run(jobs: t.Sequence[t.Any], clock: FakeClock, concurrency: int = 4, **paces: Pace) -> None:
    run_jobs_on(jobs, ImmediateExecutor(), concurrency, paces, clock)


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
        def step(self) -> float | t.Sequence[Job]:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.002)
            with lock:
                running -= 1
            return ()

    with ThreadPoolExecutor(8) as executor:
        run_jobs_on([CountingJob(clock, []) for _number in range(20)], executor, 3, {}, clock)
    assert 1 <= most <= 3


def test_a_serial_pace_counts_from_the_arrival_of_the_last_attempt() -> None:
    """The first takes 0.1 s, the second is repeated by botocore for 5 s, and the third is sent when that is over."""
    clock = FakeClock()
    answers = [0.1, 5.0, 0.1, 0.1]

    class SlowJob(FakeJob):
        def step(self) -> float | t.Sequence[Job]:
            outcome = super().step()
            self._clock.time += answers.pop(0)
            return outcome

    jobs = [SlowJob(clock, []) for _number in range(4)]
    run(jobs, clock, create=Pace(1.0, serial=True))
    assert sorted(step for job in jobs for step in job.steps) == pytest.approx([0.0, 1.0, 6.9, 7.9])


def test_jobs_that_follow_begin_at_once_and_in_their_lanes() -> None:
    clock = FakeClock()
    followers = [FakeJob(clock, [2.0]), FakeJob(clock, [])]

    class FirstJob(FakeJob):
        def step(self) -> float | t.Sequence[Job]:
            super().step()
            return followers

    first = FirstJob(clock, [])
    run([first], clock, create=Pace(1.0))
    assert [first.steps, *(job.steps for job in followers)] == [[0.0], [1.0, 3.0], [2.0]]


def test_what_no_job_may_raise_ends_the_run() -> None:
    clock = FakeClock()

    class BrokenJob(FakeJob):
        def step(self) -> float | t.Sequence[Job]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run([BrokenJob(clock, []), FakeJob(clock, [])], clock)


def test_no_jobs() -> None:
    run([], FakeClock())
