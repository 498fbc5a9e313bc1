# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for acm_pca_audit_report_bucket whatever goes wrong."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.cloudpki.aws.plugins.modules import acm_pca_audit_report_bucket

from ..unit.plugins.modules.conftest import Run
from .bucket_faults import ADOPTED, NEW, OTHERS, adopted, new, statements
from .conftest import MakeScene, Tell
from .faults import ANY, Fault, check_sentence, check_warnings, in_rounds
from .scene import Scene, over_http

pytestmark = pytest.mark.filterwarnings("ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each fault, with a bucket that is there and one that is not."""
    in_rounds(metafunc, {"adopted": ADOPTED, "new": NEW})


def test_a_fault(
    make_scene: MakeScene, run_module: Run, setting: str, fault: Fault, round_number: int, tell: Tell
) -> None:
    scene = make_scene({"adopted": adopted, "new": new}[setting], round_number)
    fault.begin(scene)
    began = scene.clock.monotonic()
    with over_http(scene) if fault.http else contextlib.nullcontext() as url:
        struck = run_module(acm_pca_audit_report_bucket, **scene.options, endpoint_url=url)
    seconds = scene.clock.monotonic() - began
    scene.before = scene.after = scene.mangle = None
    healed = run_module(acm_pca_audit_report_bucket, **scene.options)
    theirs = {"First", "Second"} if fault.warns == OTHERS else {"First"}
    lost = 0 if setting == "new" or scene.calls["s3:DeleteBucket"] else len(theirs - _others(scene))
    tell(fault.name, lost=lost, seconds=seconds)

    assert fault.chance or scene.happened
    assert lost == 0
    check_warnings(struck, ANY if fault.chance else fault.warns)
    assert struck.get("failed", False) is ("msg" in struck)
    assert ("failed" in struck) or fault.says in (None, ANY), struck
    if "failed" in struck:
        check_sentence(struck["msg"], fault.says)
    assert "failed" not in healed, healed["msg"]
    assert run_module(acm_pca_audit_report_bucket, check=True, **scene.options)["changes"] == []
    assert seconds <= 1200  # It asks one thing after the other, so every answer that is late counts.


def _others(scene: Scene) -> set[str]:
    return {each["Sid"] for each in statements(scene.aws) if not each["Sid"].startswith("Cloudpki")}
