# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for acm_pca_audit_report whatever goes wrong."""

from __future__ import annotations

import contextlib

import pytest

from ..unit.plugins.modules.conftest import Result, Run
from .audit_report_faults import FAULTS
from .conftest import MakeScene, Tell
from .faults import ANY, Fault, check_sentence, check_warnings, in_rounds
from .scene import Scene, fleet, over_http, single

WAIT_TIMEOUT = 900

pytestmark = pytest.mark.filterwarnings("ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each fault, for one CA that is named and for several that are found."""
    in_rounds(metafunc, dict.fromkeys(("single CA", "fleet"), FAULTS))


def test_a_fault(
    make_scene: MakeScene,
    run: Run,
    setting: str,
    fault: Fault,
    round_number: int,
    tell: Tell,
) -> None:
    scene = make_scene({"single CA": single, "fleet": fleet}[setting], round_number, one=fault.one)
    if fault.home:
        scene.stay_at_home()
    options = {"wait_delay": 10, **scene.options, **fault.options}
    if fault.again or fault.requested:
        assert "failed" not in run(**options, wait=fault.again)
    fault.begin(scene)
    began = scene.clock.monotonic()
    with over_http(scene) if fault.http else contextlib.nullcontext() as url:
        struck = run(**options, wait_timeout=WAIT_TIMEOUT, endpoint_url=url)
    seconds = scene.clock.monotonic() - began
    scene.before = scene.after = scene.mangle = None
    fault.end(scene)
    finished = {arn: report.id for arn in scene.arns if (report := scene.report_of(arn))}
    healed = run(**options)
    lost = [arn for arn, report_id in finished.items() if _is_lost(report_id, _entry(healed, arn))]
    tell(fault.name, twice=scene.twice, lost=len(lost), seconds=seconds)

    assert fault.chance or scene.happened
    assert scene.twice == 0
    assert lost == []
    _check(struck, scene, fault.says, ANY if fault.chance else fault.warns)
    if fault.then is None:
        assert "failed" not in healed, healed
        assert {each["audit_report_status"] for each in healed["audit_reports"]} <= {"SUCCESS", None}
    else:
        _check(healed, scene, fault.then, ANY)
    assert seconds <= WAIT_TIMEOUT + 600


def _is_lost(report_id: str, entry: Result) -> bool:
    """Of a CA that was deleted and is found, not named, nothing is said but its status."""
    return entry.get("action") != "skipped" and entry.get("audit_report_id") != report_id


def _entry(result: Result, arn: str) -> Result:
    return next((each for each in result.get("audit_reports", ()) if each["certificate_authority_arn"] == arn), {})


def _check(result: Result, scene: Scene, says: str | None, warns: str | None) -> None:
    """What holds for every result: it says of each CA what became of it, in a sentence where that is nothing good."""
    check_warnings(result, warns)
    if "audit_reports" not in result:
        check_sentence(result["msg"], says)
        return
    entries = result["audit_reports"]
    failed = [each for each in entries if each["action"] == "failed"]
    assert result.get("failed", False) is bool(failed)
    assert not failed or says is not None, result["msg"]
    assert failed or says in (None, ANY), entries
    for each in failed:
        check_sentence(each["error"]["message"], says)
        assert each["certificate_authority_arn"] in (None, *scene.struck)
    named = [each["certificate_authority_arn"] for each in entries if each["certificate_authority_arn"]]
    assert len(named) == len(set(named))
    for arn in set(scene.arns) - set(scene.struck):
        assert _entry(result, arn)["audit_report_status"] == "SUCCESS"
    if None not in [each["certificate_authority_arn"] for each in entries]:
        assert set(scene.arns) - set(scene.struck) <= set(named) <= set(scene.arns)
