# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many slow things at once without a thread for each: jobs take short steps in turn, and wait outside the threads."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import typing as t
from concurrent.futures import Executor, Future

from .clock import Clock

Lane = tuple[str, str, str]


class Job(t.Protocol):
    """Something that is done in steps, each a request or two."""

    @property
    def lane(self) -> Lane:
        """Whose rate limit the next step counts against: account, region, operation."""

    def step(self) -> float | None:
        """Take the next step, in any thread. Never raises.

        :returns: after how many seconds the next one is due, or None when the job is done.
        """


@dataclasses.dataclass(frozen=True)
class Pace:
    """How fast an operation may be called in one account and region: the service's rate limit, the other way round.

    ``seconds`` lie between two calls. ``serial`` ones are counted from the answer, so that they also arrive no closer
    together than they were sent.
    """

    seconds: float
    serial: bool = False


def run_rounds(
    jobs: t.Iterable[Job], executor: Executor, concurrency: int, paces: t.Mapping[str, Pace], clock: Clock
) -> None:
    """Take the jobs to their ends.

    :param concurrency: how many steps run at the same time at most.
    :param paces: by operation; one that is not named is called as fast as it goes.
    """
    order = itertools.count()
    start = clock.monotonic()
    due: list[tuple[float, int, Job]] = [(start, next(order), job) for job in jobs]
    heapq.heapify(due)
    next_free: dict[Lane, float] = {}
    busy: dict[Lane, list[Job]] = {}
    running: dict[Future[float | None], tuple[Job, Lane]] = {}
    while due or running:
        now = clock.monotonic()
        while due and due[0][0] <= now and len(running) < concurrency:
            _when, _order, job = heapq.heappop(due)
            lane = job.lane
            if lane in busy:
                busy[lane].append(job)
                continue
            if next_free.get(lane, now) > now:
                heapq.heappush(due, (next_free[lane], next(order), job))
                continue
            pace = paces.get(lane[2], Pace(0.0))
            if pace.serial:
                busy[lane] = []
            next_free[lane] = now + pace.seconds
            running[executor.submit(job.step)] = (job, lane)
        must_wait = len(running) >= concurrency or not due
        seconds = None if must_wait else max(due[0][0] - clock.monotonic(), 0.0)
        for future in clock.wait(running, seconds):
            job, lane = running.pop(future)
            delay, now = future.result(), clock.monotonic()
            if lane in busy:
                next_free[lane] = now + paces[lane[2]].seconds
                for waiting in busy.pop(lane):
                    heapq.heappush(due, (next_free[lane], next(order), waiting))
            if delay is not None:
                heapq.heappush(due, (now + delay, next(order), job))
