# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet that real processes audit, in real time: what happens at a request of theirs, and what must hold then."""

from __future__ import annotations

import contextlib
import random
import threading
import typing as t
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import ClientError

from local_aws.audit_reports import AuditReport
from local_aws.server import CALL_KEY
from module_process import ModuleProcess

from ..unit.plugins.modules.conftest import AWS, BUCKET, REGION
from .scene import Scene, fleet, member_of, served

#: How long AWS takes to make a report: longer than a module that is interrupted takes to end.
REPORT_SECONDS = 0.2
_LONGEST_PAUSE = 0.05


@dataclass(frozen=True)
class Moment:
    """A request of a run, by its number, and what happens as it arrives or as soon as it is carried out."""

    request: int
    carried_out: bool
    happen: Callable[[], None]


@dataclass
class Run:
    """A run: its options, a folder of its own, the operations that it has requested, and what happens meanwhile."""

    folder: Path
    options: dict[str, t.Any]
    requests: list[str] = field(default_factory=list)
    moment: Moment | None = None

    def process(self, last_seconds: int = 300) -> ModuleProcess:
        """To be started.

        :param last_seconds: how long requests have to end after an interrupt: on a busy machine, they take their time.
        """
        return ModuleProcess(self.options, self.folder, last_seconds)


@dataclass
class LiveFleet:
    """Some CAs at a local AWS that is a server, and the runs that audit them."""

    aws: AWS
    arns: list[str]
    folder: Path
    options: dict[str, t.Any]
    _runs: list[Run] = field(default_factory=list)

    def expect(self) -> Run:
        """Another run."""
        number = len(self._runs)
        folder = self.folder / str(number)
        folder.mkdir()
        # By which a request tells whose it is.
        mark = {"aws_config": {"user_agent_extra": f"run/{number}"}}
        self._runs.append(Run(folder, {**self.options, **mark}))
        return self._runs[-1]

    def audit(self, moment: Moment | None = None) -> tuple[dict[str, t.Any], list[str]]:
        """A run from beginning to end: its result, and its requests."""
        run = self.expect()
        run.moment = moment
        process = run.process()
        process.start()
        assert (process.wait(), process.errors()) == (0, ""), process.result()
        return process.result(), run.requests

    def request_elsewhere(self, arns: Iterable[str]) -> None:
        """Request reports as the AWS CLI would, where the service does not refuse it."""
        for arn in arns:
            with contextlib.suppress(ClientError):
                member_of(self.aws, arn.split(":")[4]).request_report(arn)

    def age(self) -> dict[str, int]:
        """Let an hour pass, so that all reports are too old; how many each CA has."""
        self.aws.emulator.advance(3600)
        return {arn: len(Scene.reports(arn)) for arn in self.arns}

    def remembered(self, before: dict[str, int]) -> int:
        """Of how many CAs the tracking record names a report that was requested since."""
        return sum(len(Scene.reports(arn)) > before[arn] and _is_recorded(self.aws, arn) for arn in self.arns)

    def twice(self, before: dict[str, int]) -> int:
        """How many reports there are beyond one new one per CA."""
        return sum(max(len(Scene.reports(arn)) - before[arn] - 1, 0) for arn in self.arns)

    def lost(self, before: dict[str, int], result: dict[str, t.Any]) -> int:
        """Of how many CAs there is no new report, or one that a run does not return, or no tracking record names."""
        returned = {each["certificate_authority_arn"]: each["audit_report_id"] for each in result["audit_reports"]}
        return sum(
            len(Scene.reports(arn)) == before[arn]
            or returned.get(arn) != _last(arn).id
            or not _is_recorded(self.aws, arn)
            for arn in self.arns
        )

    def watch(self, application: t.Any) -> t.Any:
        """WSGI: the local AWS, and what happens at one of the requests."""

        def answer(environ: dict[str, t.Any], start_response: Callable[..., t.Any]) -> Iterable[bytes]:
            run = self._runs[int(environ["HTTP_USER_AGENT"].rpartition("run/")[2])]
            number = len(run.requests)
            run.requests.append("")
            due = run.moment if run.moment and run.moment.request == number else None
            if due and not due.carried_out:
                due.happen()
            body = b"".join(application(environ, start_response))
            run.requests[number] = environ[CALL_KEY]
            if due and due.carried_out:
                due.happen()
            return [body]

        return answer


def some_time(chance: random.Random, requests: int, happen: Callable[[], None]) -> Moment:
    """At, or soon after, one of so many requests."""

    def soon() -> None:
        pause = chance.choice([0.0, chance.uniform(0.0, _LONGEST_PAUSE)])
        if pause:
            threading.Timer(pause, happen).start()
        else:
            happen()

    return Moment(chance.randrange(requests), chance.random() < 0.5, soon)


def _last(arn: str) -> AuditReport:
    return Scene.reports(arn)[-1]


def _is_recorded(aws: AWS, arn: str) -> bool:
    try:
        record = aws.record(arn)["JSON"]
    except aws.s3.exceptions.NoSuchKey:
        return False
    last = _last(arn)
    return (record["audit_report_id"], record["s3_key"]) == (last.id, last.key)


@contextmanager
def live_fleet(aws: AWS, folder: Path) -> Iterator[LiveFleet]:
    """Five CAs in three accounts and two regions, whose first reports were made an hour ago."""
    aws.emulator.configure(report_seconds=REPORT_SECONDS)
    arns, options = fleet(aws)
    live = LiveFleet(aws, arns, folder, {})
    with served(live.watch) as url:
        own = {"endpoint_url": url, "access_key": "testing", "secret_key": "testing", "region": REGION}
        live.options = {**own, "s3_bucket_name": BUCKET, "wait_delay": 1, **options}
        yield live
