# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the faults share: a scene, and the module in simulated time."""

from __future__ import annotations

import random
import types
import typing as t
from collections.abc import Callable, Iterator
from datetime import timedelta

import botocore.endpoint
import pytest
from ansible_collections.amazon.aws.plugins.module_utils import cloud

from ansible_collections.cloudpki.aws.plugins.module_utils._aws import clients, credentials, scheduler
from local_aws import clock as clock_of_aws

from ..unit.conftest import _descriptions_are_read_once
from ..unit.plugins.modules import conftest as modules
from ..unit.plugins.modules.conftest import AWS, aws, info, no_machine_settings, run, run_module
from .scene import Scene, Setting
from .simulation import SimulatedClock

#: Fixtures that pytest finds here.
__all__ = ["_descriptions_are_read_once", "aws", "info", "no_machine_settings", "run", "run_module"]

#: How long AWS takes to make a report.
REPORT_SECONDS = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often a fault that depends on chance is tried."""
    parser.addoption("--rounds", type=int, default=1, help="rounds of what depends on chance (default: %(default)s)")


MakeScene = Callable[..., Scene]
Tell = Callable[..., None]


@pytest.fixture
def tell(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Tell:
    """Tell what came of a fault, for the table of run.py."""

    def record(fault: str, *, seconds: float, rounds: int = 1, twice: int = 0, lost: int = 0) -> None:
        subject = request.path.stem.removeprefix("test_")
        record_property("outcome", [subject, fault, rounds, twice, lost, seconds])

    return record


@pytest.fixture
def make_scene(
    aws: AWS,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[..., t.Any],
) -> Iterator[MakeScene]:
    """Build a scene, in which nothing waits in real time, and nothing is repeated less often than for users."""
    clock = SimulatedClock()
    asleep = types.SimpleNamespace(sleep=clock.sleep)
    monkeypatch.setattr(modules, "FastClock", lambda: clock)
    monkeypatch.setattr(scheduler, "ThreadPoolExecutor", clock.executor)
    monkeypatch.setattr(cloud, "time", asleep)
    monkeypatch.setattr(botocore.endpoint, "time", asleep)
    monkeypatch.setitem(clients.RETRY, "max_delay", 20)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")

    class Credentials(credentials.RefreshableCredentials):
        def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().__init__(*args, **{**kwargs, "time_fetcher": clock.now})

    monkeypatch.setattr(credentials, "RefreshableCredentials", Credentials)
    scenes: list[Scene] = []

    def make(setting: Setting, seed: int, *, one: bool = False) -> Scene:
        """:param one: whether faults strike only the first CA."""
        arns, options = setting(aws)
        scene = Scene(aws, clock, arns, arns[:1] if one else list(arns), options, random.Random(seed))
        aws.emulator.configure(report_seconds=REPORT_SECONDS)
        monkeypatch.setattr(aws.emulator, "pass_on", scene.pass_on(aws.emulator.pass_on))
        scenes.append(scene)
        return scene

    with clock_of_aws.use(lambda: clock.now() + timedelta(seconds=scenes[0].ahead if scenes else 0)):
        yield make
