# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault is, and those that concern requests alone, whatever module sends them."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from local_aws import wire
from local_aws.wire import Answer, Call

from ..unit.plugins.modules.conftest import Result, warnings_of
from .scene import Scene

Step = Callable[[Scene], None]

#: What a result says where a fault may be survived or not, by chance.
ANY = ""
#: How often a fault that depends on chance is tried at most: in simulated time, rounds differ less than in real time.
MOST_ROUNDS = 10
_URL = "https://aws.example.com/"


def do(happen: Step, scene: Scene) -> None:
    happen(scene)
    scene.happened += 1


def nothing(_scene: Scene) -> None:
    """Nothing to do."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong during a run, and what must be said of it.

    ``says`` are words of the message of each CA that fails, ``warns`` those of a warning; None: there is none.
    """

    name: str
    begin: Step
    says: str | None = None
    warns: str | None = None
    #: Whether it strikes one CA of a fleet, whose others must not notice.
    one: bool = False
    #: Whether a run has made the reports before, or only requested them.
    again: bool = False
    requested: bool = False
    options: dict[str, t.Any] = field(default_factory=dict)
    #: Whether it only concerns CAs in the region of the bucket.
    home: bool = False
    #: How it ends, before the next run.
    end: Step = nothing
    #: What the next run says of the CAs that were struck; None: it has their reports.
    then: str | None = None
    #: Whether it depends on chance which requests it strikes.
    chance: bool = False
    #: Whether requests travel by HTTP.
    http: bool = False


# --- requests that fail on their way, or at AWS


def sometimes(share: float, happen: Callable[[Scene, Call], Answer | None], after: bool = False) -> Step:
    def begin(scene: Scene) -> None:
        def strike(call: Call) -> Answer | None:
            return happen(scene, call) if scene.random.random() < share else None

        if after:
            scene.after = strike
        else:
            scene.before = strike

    return begin


def error(code: str | None, only: str | None = None) -> Callable[[Scene, Call], Answer | None]:
    def answer(_scene: Scene, call: Call) -> Answer | None:
        if only not in (None, call.service):
            return None
        return wire.throttled(call) if code is None else wire.error_answer(call, code, "Ordered.")

    return answer


def refuse(_scene: Scene, call: Call) -> Answer | None:
    raise EndpointConnectionError(endpoint_url=_URL)


def lose(_scene: Scene, call: Call) -> Answer | None:
    raise ConnectionClosedError(endpoint_url=_URL)


def be_late(scene: Scene, call: Call) -> Answer | None:
    scene.clock.sleep(60.0)  # botocore's read timeout
    raise ReadTimeoutError(endpoint_url=_URL)


def for_struck(name: str, code: str, message: str = "Ordered.") -> Step:
    def begin(scene: Scene) -> None:
        scene.before = lambda call: (
            wire.error_answer(call, code, message) if call.name == name and scene.strikes(call) else None
        )

    return begin


def always(happen: Callable[[Scene, Call], Answer | None]) -> Step:
    return sometimes(1.0, happen)


def first_answers(mangle: Callable[[bytes], tuple[bytes, bool]]) -> Step:
    """The first answer to each request about each CA arrives mangled, if it has a body."""

    def begin(scene: Scene) -> None:
        seen = set()

        def first(call: Call, body: bytes) -> tuple[bytes, bool]:
            request = (call.name, call.certificate_authority_arn, call.key, call.role_arn, call.region)
            if request in seen or not body:
                return body, False
            seen.add(request)
            return mangle(body)

        scene.mangle = first

    return begin


def answers_to(name: str, mangle: Callable[[bytes], tuple[bytes, bool]]) -> Step:
    def begin(scene: Scene) -> None:
        scene.mangle = lambda call, body: mangle(body) if call.name == name and scene.strikes(call) else (body, False)

    return begin


def half(body: bytes) -> tuple[bytes, bool]:
    return body[: len(body) // 2], False


def reset(body: bytes) -> tuple[bytes, bool]:
    return body[: len(body) // 2], True


def page(_body: bytes) -> tuple[bytes, bool]:
    return b"<html><body>Sign in to the hotel's network</body></html>", False


def denied(name: str) -> Step:
    """The credentials have no permission for an operation."""
    return instead_of(name, lambda call: wire.error_answer(call, "AccessDenied", "Ordered."))


def instead_of(name: str, happen: Callable[[Call], Answer | None]) -> Step:
    """Whenever an operation is requested, instead of carrying it out."""
    return always(lambda _scene, call: happen(call) if call.name == name else None)


def once(name: str, happen: Step, *, after: bool = False) -> Step:
    """Something that happens at AWS as soon as an operation is requested, or carried out, for the first time."""

    def begin(scene: Scene) -> None:
        def strike(call: Call) -> None:
            if call.name == name:
                scene.before = scene.after = None
                do(happen, scene)

        if after:
            scene.after = strike
        else:
            scene.before = strike

    return begin


NETWORK = [
    Fault("30 % of requests throttled", sometimes(0.3, error(None)), ANY, chance=True),
    Fault("90 % of requests throttled", sometimes(0.9, error(None)), ANY, chance=True),
    Fault("30 % of requests answered with 500", sometimes(0.3, error("InternalError")), ANY, chance=True),
    Fault("30 % of requests answered with 503", sometimes(0.3, error("ServiceUnavailable")), ANY, chance=True),
    Fault("30 % of connections refused", sometimes(0.3, refuse), ANY, chance=True),
    Fault("all connections refused", always(refuse), "Check the region, the network, proxy and certificates"),
    Fault("30 % of connections closed without an answer", sometimes(0.3, lose, after=True), ANY, chance=True),
    Fault("30 % of answers later than the read timeout", sometimes(0.3, be_late, after=True), ANY, chance=True),
    Fault("first answers reset in the middle of the body", first_answers(reset), http=True),
    Fault("first answers cut off", first_answers(half), ANY, http=True),
    Fault("first answers replaced by a page in HTML", first_answers(page), ANY, http=True),
]


# --- what the tests of all modules share


def in_rounds(metafunc: pytest.Metafunc, faults: Mapping[str, Sequence[Fault]]) -> None:
    """Test each fault of each setting, and those that depend on chance in several rounds."""
    rounds = min(metafunc.config.getoption("--rounds"), MOST_ROUNDS)
    cases = [
        (setting, fault, number)
        for setting, each in faults.items()
        for fault in each
        for number in range(rounds if fault.chance else 1)
    ]
    names = [f"{setting}, {fault.name}, round {number + 1}" for setting, fault, number in cases]
    metafunc.parametrize(("setting", "fault", "round_number"), cases, ids=names)


def check_warnings(result: Result, warns: str | None) -> None:
    """A result is no traceback, and warns of what it must, and of nothing else."""
    assert "exception" not in result
    assert "Unexpected failure" not in str(result)
    warnings = warnings_of(result)
    assert (warns in (None, ANY)) or any(warns in each for each in warnings), warnings
    assert warns is not None or not warnings, warnings


def check_sentence(text: str, says: str | None) -> None:
    """A message is made of sentences, in one line, and says what it must."""
    assert says is not None, text
    assert says in text
    assert re.fullmatch(r"\S[^\n]*[.]", text), text
