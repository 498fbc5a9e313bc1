# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for securityhub_findings whatever goes wrong."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.cloudpki.aws.plugins.modules import securityhub_findings

from ..unit.plugins.modules.conftest import Run
from .conftest import MakeScene, Tell
from .faults import ANY, Fault, check_sentence, check_warnings, in_rounds
from .findings_faults import FEW, MANY, active, few, many
from .scene import over_http

pytestmark = pytest.mark.filterwarnings("ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each fault, with findings for one request and for several."""
    in_rounds(metafunc, {"few": FEW, "many": MANY})


def test_a_fault(
    make_scene: MakeScene, run_module: Run, setting: str, fault: Fault, round_number: int, tell: Tell
) -> None:
    scene = make_scene({"few": few, "many": many}[setting], round_number)
    fault.begin(scene)
    began = scene.clock.monotonic()
    with over_http(scene) if fault.http else contextlib.nullcontext() as url:
        struck = run_module(securityhub_findings, **scene.options, endpoint_url=url)
    seconds = scene.clock.monotonic() - began
    scene.before = scene.after = scene.mangle = None
    fault.end(scene)
    claimed = [each["id"] for each in struck.get("findings", ()) if each["action"] == "created"]
    missing = set(claimed) - set(active(scene.aws))
    healed = run_module(securityhub_findings, **scene.options)
    wanted = [each["id"] for each in scene.options["findings"]]
    stored = active(scene.aws)
    tell(
        fault.name,
        twice=len(stored) - len(set(stored)),
        lost=len(missing) + len(set(wanted) - set(stored)),
        seconds=seconds,
    )

    assert fault.chance or scene.happened
    assert missing == set()
    assert ("failed" not in healed, stored) == (True, wanted), healed
    check_warnings(struck, ANY if fault.chance else fault.warns)
    assert struck.get("failed", False) is (len(claimed) < len(wanted))
    assert ("failed" in struck) or fault.says in (None, ANY), struck
    for each in struck.get("findings", [{"error": {"message": struck.get("msg")}}]):
        if "error" in each:
            check_sentence(each["error"]["message"], fault.says)
    assert run_module(securityhub_findings, **scene.options)["changed"] is False
    assert seconds <= 600
