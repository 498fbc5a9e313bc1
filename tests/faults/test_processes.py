# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of acm_pca_audit_report, as processes, that end early, are made at once, or meet reports of others."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import threading
import time
import typing as t
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from project import clean_environment, own_process_group, program

from ..unit.plugins.modules.conftest import AWS
from .conftest import Tell
from .live_fleet import LiveFleet, Moment, Run, live_fleet, some_time
from .scene import CREATE

#: How often each is tried in a round.
KILLS, TIMES = 8, 2

pytestmark = pytest.mark.filterwarnings("ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Several rounds, each with other moments."""
    if "chance" in metafunc.fixturenames:
        rounds = metafunc.config.getoption("--rounds")
        metafunc.parametrize("chance", range(1, rounds + 1), indirect=True)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """The same in each run of a round, whatever else runs."""
    return random.Random(request.node.name)


@pytest.fixture
def live(aws: AWS, tmp_path: Path) -> Iterator[LiveFleet]:
    with live_fleet(aws, tmp_path) as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_a_run_that_is_ended(live: LiveFleet, chance: random.Random, number: signal.Signals, tell: Tell) -> None:
    times = KILLS if number == signal.SIGKILL else TIMES
    _result, requests = live.audit()
    twice = lost = ended = 0
    longest = 0.0
    # Some end by themselves, just before the signal comes.
    for _time in range(3 * times):
        if ended == times:
            break
        before = live.age()
        run = live.expect()
        process = run.process()
        run.moment = some_time(chance, len(requests), partial(process.send, number))
        process.start()
        exit_code = process.wait()
        ended += exit_code != 0
        _check_end(process.errors(), exit_code, number, process.result())
        unknown = len(live.arns) - live.remembered(before)
        began = time.monotonic()
        result, later_requests = live.audit()
        longest = max(longest, time.monotonic() - began)
        twice += live.twice(before) + max(later_requests.count(CREATE) - unknown, 0)
        lost += live.lost(before, result)
    tell(f"{number.name} at a random moment", rounds=times, twice=twice, lost=lost, seconds=longest)
    assert ended == times
    assert (twice, lost) == (0, 0)


def _check_end(errors: str, exit_code: int, number: signal.Signals, result: dict[str, t.Any]) -> None:
    assert errors == ""
    if number == signal.SIGINT:
        assert exit_code in (0, 1)
        assert not exit_code or result["msg"].endswith("."), result
        assert "exception" not in result
    else:
        assert exit_code in (0, -number)


def test_a_request_that_hangs_after_an_interrupt(live: LiveFleet, tell: Tell) -> None:
    live.audit()
    live.age()
    _result, requests = live.audit()
    before = live.age()
    run = live.expect()
    process = run.process(last_seconds=10)
    ended = threading.Event()

    def hang() -> None:
        process.send(signal.SIGINT)
        ended.wait(60)

    run.moment = Moment(requests.index(CREATE), carried_out=True, happen=hang)
    process.start()
    exit_code = process.wait()
    ended.set()
    began = time.monotonic()
    result, _requests = live.audit()
    twice, lost = live.twice(before), live.lost(before, result)
    tell("SIGINT, and an answer that never comes", twice=twice, lost=lost, seconds=time.monotonic() - began)
    assert (exit_code, process.errors()) == (-signal.SIGALRM, "")
    assert process.result()["msg"].startswith("Interrupted")
    assert (twice, lost) == (0, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_a_task_that_is_stopped(live: LiveFleet, chance: random.Random, number: signal.Signals, tell: Tell) -> None:
    """As by Ctrl-C, or by AWX's cancel."""
    _result, requests = live.audit()
    # It may end by itself, just before the signal comes.
    for _time in range(5):
        before = live.age()
        run = live.expect()
        exit_code, written = _stop_task(run, chance, len(requests), number)
        if exit_code:
            break
    unknown = len(live.arns) - live.remembered(before)
    began = time.monotonic()
    result, later_requests = live.audit()
    twice = live.twice(before) + max(later_requests.count(CREATE) - unknown, 0)
    lost = live.lost(before, result)
    tell(f"{number.name} to a task at a random moment", twice=twice, lost=lost, seconds=time.monotonic() - began)
    assert exit_code != 0, written
    assert "Traceback" not in written
    assert (twice, lost) == (0, 0)


def _stop_task(run: Run, chance: random.Random, requests: int, number: signal.Signals) -> tuple[int, str]:
    """Send the signal at, or soon after, one of so many requests. The exit code, and what was written."""
    command = [
        *(program("ansible"), "localhost", "-m", "cloudpki.aws.acm_pca_audit_report", "-a", json.dumps(run.options)),
        *("-e", f"ansible_python_interpreter={sys.executable}"),
    ]
    environment = clean_environment(
        ANSIBLE_HOME=str(run.folder), ANSIBLE_REMOTE_TMP=str(run.folder), TASK=str(run.folder)
    )
    with (run.folder / "output").open("w+") as output:
        descriptor = output.fileno()
        with own_process_group(command, env=environment, stdout=descriptor, stderr=descriptor) as ansible:
            run.moment = some_time(chance, requests, partial(os.kill, ansible.pid, number))
            exit_code = ansible.wait(300)
            _wait_for_the_end_of(run.folder)
    return exit_code, (run.folder / "output").read_text()


def _wait_for_the_end_of(folder: Path) -> None:
    """Of all processes that a task has started, which have its folder in their environments."""
    mark = f"TASK={folder}".encode()
    deadline = time.monotonic() + 300
    left = True
    while left:
        left = False
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                left = left or mark in environment.read_bytes()
        assert not left or time.monotonic() < deadline, "a process is left"
        time.sleep(0.1)


@pytest.mark.parametrize("runs", [2, 4, 8])
def test_runs_at_once(live: LiveFleet, chance: random.Random, runs: int, tell: Tell) -> None:
    live.audit()
    twice = lost = 0
    longest = 0.0
    for _time in range(TIMES):
        before = live.age()
        began = time.monotonic()
        processes = []
        for _run in range(runs):
            processes.append(live.expect().process())
            processes[-1].start()
            time.sleep(chance.choice([0.0, chance.uniform(0.0, 0.1)]))
        for process in processes:
            assert (process.wait(), process.errors()) == (0, ""), process.result()
        longest = max(longest, time.monotonic() - began)
        twice += live.twice(before)
        lost += sum(live.lost(before, process.result()) for process in processes)
    tell(f"{runs} runs at once", rounds=TIMES, twice=twice, lost=lost, seconds=longest)
    assert (twice, lost) == (0, 0)


def test_reports_that_others_request(live: LiveFleet, chance: random.Random, tell: Tell) -> None:
    """As with the AWS CLI, at a random moment, for some of the CAs."""
    _result, requests = live.audit()
    twice = lost = 0
    longest = 0.0
    for _time in range(TIMES):
        before = live.age()
        some = chance.sample(live.arns, chance.randint(1, len(live.arns)))
        began = time.monotonic()
        result, _requests = live.audit(some_time(chance, len(requests), partial(live.request_elsewhere, some)))
        longest = max(longest, time.monotonic() - began)
        twice += live.twice(before)
        lost += live.lost(before, result)
    tell("reports requested by others meanwhile", rounds=TIMES, twice=twice, lost=lost, seconds=longest)
    assert (twice, lost) == (0, 0)
