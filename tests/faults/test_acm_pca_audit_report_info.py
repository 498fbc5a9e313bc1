# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for acm_pca_audit_report_info whatever goes wrong."""

from __future__ import annotations

import contextlib

import pytest

from ..unit.plugins.modules.conftest import Result, Run
from .conftest import MakeScene, Tell
from .faults import ANY, Fault, check_sentence, check_warnings, in_rounds
from .info_faults import CERTIFICATES, FAULTS, csv_reports, json_reports
from .scene import over_http

pytestmark = pytest.mark.filterwarnings("ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each fault, for reports in both formats."""
    in_rounds(metafunc, {"JSON": FAULTS, "CSV": FAULTS})


def test_a_fault(make_scene: MakeScene, info: Run, setting: str, fault: Fault, round_number: int, tell: Tell) -> None:
    scene = make_scene({"JSON": json_reports, "CSV": csv_reports}[setting], round_number, one=fault.one)
    fault.begin(scene)
    began = scene.clock.monotonic()
    with over_http(scene) if fault.http else contextlib.nullcontext() as url:
        struck = info(**scene.options, endpoint_url=url)
    seconds = scene.clock.monotonic() - began
    scene.before = scene.after = scene.mangle = None
    fault.end(scene)
    healed = info(**scene.options)
    wrong = [each for each in _read(struck) if each != CERTIFICATES]
    tell(fault.name, lost=len(wrong) + _read(healed).count(CERTIFICATES) - len(scene.arns), seconds=seconds)

    assert fault.chance or scene.happened
    assert wrong == []
    assert _read(healed) == [CERTIFICATES, CERTIFICATES]
    check_warnings(struck, ANY if fault.chance else fault.warns)
    if "audit_reports" not in struck:
        check_sentence(struck["msg"], fault.says)
        return
    failed = [each for each in struck["audit_reports"] if "error" in each]
    assert struck.get("failed", False) is bool(failed)
    assert failed or fault.says in (None, ANY), struck
    for each in failed:
        check_sentence(each["error"]["message"], fault.says)
    assert {each["certificate_authority_arn"] for each in failed} <= set(scene.struck)
    assert seconds <= 600


def _read(result: Result) -> list[int]:
    """How many certificates each report has that was read."""
    return [each["summary"]["issued"] for each in result.get("audit_reports", ()) if each.get("summary")]
