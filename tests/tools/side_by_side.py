# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run commands side by side, as many as two cores carry, and keep the output of each in one piece."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from project import clean_environment, own_process_group

CORES = 2  # of the machines of most CI services


@dataclass(frozen=True)
class Job:
    """A command. One that takes all cores runs alone, and its output is seen as it comes."""

    name: str
    command: tuple[str | Path, ...]
    cores: int = 1
    after: str = ""  # the job that must have passed before, if it is among those that are run


@dataclass(frozen=True)
class Outcome:
    """How a job ended, and what it wrote, or None if that was seen as it came."""

    name: str
    exit_code: int
    seconds: float
    output: str | None


def run_side_by_side(
    jobs: Sequence[Job], ended: Callable[[Outcome], None], started: Callable[[Job], None] = lambda _job: None
) -> list[Outcome]:
    """Run all jobs, in this order as far as cores are free, and return how they ended, in the order of their ends."""
    for number, job in enumerate(jobs):
        if job.after in (later.name for later in jobs[number:]):
            raise ValueError(f"{job.name} must come after {job.after} in the list, or both would wait for ever.")
    names = {job.name for job in jobs}
    waiting = list(jobs)
    running: dict[Job, tuple[ExitStack, Callable[[], Outcome | None]]] = {}
    outcomes: dict[str, Outcome] = {}
    with ExitStack() as everything:  # ends what is running when this is interrupted
        while waiting or running:
            for job in list(waiting):
                before = outcomes.get(job.after)
                if before and before.exit_code:
                    waiting.remove(job)
                    outcomes[job.name] = Outcome(job.name, 1, 0, f"Not run, because {job.after} failed.\n")
                    ended(outcomes[job.name])
                elif (before or job.after not in names) and sum(each.cores for each in running) + job.cores <= CORES:
                    waiting.remove(job)
                    started(job)
                    stack = everything.enter_context(ExitStack())
                    running[job] = stack, stack.enter_context(_running(job))
            time.sleep(0.1)
            for job, (stack, outcome_of) in list(running.items()):
                outcome = outcome_of()
                if outcome:
                    del running[job]
                    stack.close()
                    outcomes[job.name] = outcome
                    ended(outcome)
    return list(outcomes.values())


@contextmanager
def _running(job: Job) -> Iterator[Callable[[], Outcome | None]]:
    """The job, which is ended with the block, and a function that says how it ended, or None while it runs."""
    began = time.monotonic()
    sys.stdout.flush()
    with ExitStack() as stack:
        # A file, not a pipe, which somebody would have to read all the time.
        file = None if job.cores == CORES else stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
        to = file.fileno() if file else None
        process = stack.enter_context(own_process_group(job.command, env=clean_environment(), stdout=to, stderr=to))

        def outcome() -> Outcome | None:
            code = process.poll()
            if code is None:
                return None
            if file:
                file.seek(0)
            return Outcome(job.name, code, time.monotonic() - began, file.read() if file else None)

        yield outcome
