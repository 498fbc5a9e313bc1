# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many slow things at once without a thread for each: jobs take short steps in turn, and wait outside the threads."""

from __future__ import annotations

import collections
import dataclasses
import heapq
import itertools
import queue
import typing as t
from concurrent.futures import Executor, ThreadPoolExecutor

from .clock import Clock

Lane = tuple[str, str, str]


class Job(t.Protocol):
    """Something that is done in steps, each a request or two."""

    @property
    def lane(self) -> Lane | None:
        """Whose rate limit the next step counts against: account, region, operation. None: no rate limit."""

    def step(self) -> float | t.Sequence[Job]:
        """Take the next step, in any thread. Never raises.

        :returns: after how many seconds the next one is due; or the job is done, and these jobs follow from it.
        """


@dataclasses.dataclass(frozen=True)
class Pace:
    """How fast an operation may be called in one account and region: the service's rate limit, the other way round.

    ``seconds`` lie between two calls. Of ``serial`` ones only one is under way at a time, and the next is counted from
    when the last attempt of it reached the service, so that they also arrive no closer together than they were sent.
    """

    seconds: float
    serial: bool = False


def run_jobs(jobs: t.Iterable[Job], concurrency: int, paces: t.Mapping[str, Pace], clock: Clock) -> None:
    """``run_jobs_on`` with threads of its own, which do not outlive it by more than the step that they are in."""
    executor = ThreadPoolExecutor(max_workers=concurrency)
    try:
        run_jobs_on(jobs, executor, concurrency, paces, clock)
    finally:
        # Not waited for: after an interrupt, requests that were not sent yet must not be sent any more.
        executor.shutdown(wait=False, cancel_futures=True)


def run_jobs_on(
    jobs: t.Iterable[Job], executor: Executor, concurrency: int, paces: t.Mapping[str, Pace], clock: Clock
) -> None:
    """Take the jobs, and those that follow from them, to their ends.

    :param concurrency: how many steps run at the same time at most.
    :param paces: by operation; one that is not named is called as fast as it goes.
    """
    _Scheduler(executor, concurrency, paces, clock).run(jobs)


@dataclasses.dataclass
class _Queue:
    """The jobs that wait for a lane, and when it is free. While it is ``closed``, somebody will open it again."""

    pace: Pace
    jobs: collections.deque[Job] = dataclasses.field(default_factory=collections.deque)
    free_at: float = 0.0
    closed: bool = False


@dataclasses.dataclass(frozen=True)
class _Done:
    """A step that was taken."""

    job: Job
    queue: _Queue | None
    operation: str
    started: float
    finished: float
    outcome: float | t.Sequence[Job] | BaseException


class _Scheduler:
    """One run. All of it but ``_take`` is in the thread that called ``run``."""

    def __init__(self, executor: Executor, concurrency: int, paces: t.Mapping[str, Pace], clock: Clock) -> None:
        self._executor = executor
        self._concurrency = concurrency
        self._paces = paces
        self._clock = clock
        self._order = itertools.count()
        # What is due when: a job, or a queue that is to be opened.
        self._due: list[tuple[float, int, Job | _Queue]] = []
        self._queues: dict[Lane, _Queue] = {}
        self._done: queue.SimpleQueue[_Done] = queue.SimpleQueue()
        self._running = 0
        # The shortest time that a serial operation took from being sent to being answered: what the way there costs.
        self._fastest: dict[str, float] = {}

    def run(self, jobs: t.Iterable[Job]) -> None:
        start = self._clock.monotonic()
        for job in jobs:
            self._plan(start, job)
        while self._due or self._running:
            now = self._clock.monotonic()
            while self._due and self._due[0][0] <= now and self._running < self._concurrency:
                self._begin(heapq.heappop(self._due)[2], now)
            if not self._due and not self._running:
                return  # Nothing was due but a queue in which no job waits.
            must_wait = self._running >= self._concurrency or not self._due
            seconds = None if must_wait else self._due[0][0] - self._clock.monotonic()
            done = self._clock.next_of(self._done, seconds)
            while done:
                self._finish(done)
                done = None if self._done.empty() else self._done.get()

    def _plan(self, when: float, what: Job | _Queue) -> None:
        heapq.heappush(self._due, (when, next(self._order), what))

    def _begin(self, what: Job | _Queue, now: float) -> None:
        if isinstance(what, _Queue):
            what.closed = False
            self._advance(what, now)
            return
        lane = what.lane
        pace = self._paces.get(lane[2]) if lane else None
        if lane is None or pace is None:
            self._start(what, None, "")
            return
        waiting = self._queues.setdefault(lane, _Queue(pace))
        waiting.jobs.append(what)
        if not waiting.closed:
            self._advance(waiting, now)

    def _advance(self, waiting: _Queue, now: float) -> None:
        """Let the first of a queue go, if it may, and plan when the queue opens for the next."""
        if not waiting.jobs:
            return
        waiting.closed = True
        if waiting.free_at > now:
            self._plan(waiting.free_at, waiting)
            return
        job = waiting.jobs.popleft()
        waiting.free_at = now + waiting.pace.seconds
        if not waiting.pace.serial:
            self._plan(waiting.free_at, waiting)
        self._start(job, waiting, t.cast("Lane", job.lane)[2])

    def _start(self, job: Job, waiting: _Queue | None, operation: str) -> None:
        self._running += 1
        self._executor.submit(self._take, job, waiting, operation)

    def _take(self, job: Job, waiting: _Queue | None, operation: str) -> None:
        started = self._clock.monotonic()
        outcome: float | t.Sequence[Job] | BaseException
        try:
            outcome = job.step()
        except BaseException as e:  # noqa: BLE001 - it is raised in the thread that runs all of this
            outcome = e
        self._done.put(_Done(job, waiting, operation, started, self._clock.monotonic(), outcome))

    def _finish(self, done: _Done) -> None:
        self._running -= 1
        if isinstance(done.outcome, BaseException):
            raise done.outcome
        if done.queue and done.queue.pace.serial:
            took = done.finished - done.started
            fastest = self._fastest[done.operation] = min(self._fastest.get(done.operation, took), took)
            done.queue.free_at = done.finished - fastest + done.queue.pace.seconds
            self._plan(done.queue.free_at, done.queue)
        if isinstance(done.outcome, (int, float)):
            self._plan(done.finished + done.outcome, done.job)
            return
        for job in done.outcome:
            self._plan(done.finished, job)
