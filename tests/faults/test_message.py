# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for the message of the role's alerts whatever goes wrong."""

from __future__ import annotations

import pytest
from ansible_collections.community.aws.plugins.modules import sns

from ansible_collections.cloudpki.aws.plugins.filter.audit_summary_verdict import audit_summary_verdict

from ..unit.plugins.modules.conftest import Run
from .conftest import MakeScene, Tell
from .faults import Fault, in_rounds
from .message_faults import FAULTS, sent, topic

pytestmark = pytest.mark.filterwarnings("ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each fault."""
    in_rounds(metafunc, {"topic": FAULTS})


def test_a_fault(
    make_scene: MakeScene,
    run_module: Run,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    fault: Fault,
    round_number: int,
    tell: Tell,
) -> None:
    """The role stores that a message was sent, and sends it again the next time, by whether there is a message_id."""
    monkeypatch.setattr(sns, "Clock", None, raising=False)  # As the modules of this collection have one.
    scene = make_scene(topic, round_number)
    fault.begin(scene)
    began = scene.clock.monotonic()
    struck = run_module(sns, **scene.options)
    seconds = scene.clock.monotonic() - began
    scene.before = scene.after = None
    fault.end(scene)
    told = "message_id" in struck
    # As with failed_when: false.
    failures = audit_summary_verdict("", [{**struck, "failed": False, "failed_when_result": False}])["failures"]
    tell(fault.name, twice=max(sent() - 1, 0), lost=int(told and not sent()), seconds=seconds)

    assert fault.chance or scene.happened
    assert not told or sent()
    assert bool(failures) is not told
    assert told or fault.says is not None
    assert all(str(fault.says) in each and "\n" not in each for each in failures)
    assert told or run_module(sns, **scene.options)["message_id"]
    assert seconds <= 600
