# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._private_ca.models import AuditReport
from ansible_collections.cloudpki.aws.plugins.module_utils._private_ca.plan import (
    REFUSAL_CANDIDATES,
    Step,
    after_refusal,
    is_interval_refusal,
    plan,
)

from .builders import NOW, authority, report, request


@pytest.mark.parametrize(
    ("last", "changes", "step"),
    [
        (None, {}, Step.CREATE),
        (report(0), {}, Step.REUSE),
        (report(1799), {}, Step.REUSE),
        (report(1800), {}, Step.CREATE),
        (report(-5), {}, Step.REUSE),  # The other machine's clock is a little ahead.
        (report(0), {"max_age": timedelta(0)}, Step.CREATE),
        (report(80000), {"max_age": timedelta(days=1)}, Step.REUSE),
        (report(60), {"force": True}, Step.CREATE),
        (report(60, status="CREATING"), {}, Step.WAIT),
        (report(2000, status="CREATING"), {}, Step.CREATE),
        (report(60, status="CREATING"), {"force": True}, Step.CREATE),
        (report(60, status="FAILED"), {}, Step.CREATE),
    ],
)
def test_plan(last: AuditReport | None, changes: dict[str, t.Any], step: Step) -> None:
    decided = plan(authority(), last, request(**changes), NOW)
    assert decided.step is step
    if step in (Step.REUSE, Step.WAIT):
        assert decided.report == last


@pytest.mark.parametrize("status", ["CREATING", "PENDING_CERTIFICATE", "EXPIRED", "FAILED", "DELETED"])
def test_statuses_without_audits(status: str) -> None:
    refused = plan(authority(status), None, request(), NOW)
    assert refused.step is Step.REFUSE
    assert refused.problem is not None
    assert refused.problem.code == "InvalidStateException"
    assert status in refused.problem.message
    assert plan(authority(status), report(60), request(), NOW).step is Step.REUSE


def test_a_disabled_ca_is_audited() -> None:
    assert plan(authority("DISABLED"), None, request(), NOW).step is Step.CREATE


@pytest.mark.parametrize("code", sorted(REFUSAL_CANDIDATES))
def test_refusal_candidates(code: str) -> None:
    assert is_interval_refusal(code, "whatever")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", "Permission error with your S3 bucket 'reports'. Check that your bucket policy"),
        ("AccessDeniedException", ""),
        ("ResourceNotFoundException", ""),
    ],
)
def test_other_refusals(code: str, message: str) -> None:
    assert not is_interval_refusal(code, message)


@pytest.mark.parametrize(
    ("reports", "changes", "step"),
    [
        ([], {}, None),
        ([report(1800)], {}, None),
        ([report(60)], {}, Step.REUSE),
        ([report(60, status="CREATING")], {}, Step.WAIT),
        ([report(60)], {"force": True}, Step.REFUSE),
        ([report(60, status="CREATING")], {"force": True}, Step.REFUSE),
        ([report(60, response_format="CSV")], {}, Step.REFUSE),
        ([report(60, response_format="CSV"), report(7200)], {}, Step.REFUSE),
        ([report(60, response_format="CSV"), report(1700)], {}, Step.REUSE),
    ],
)
def test_after_refusal(reports: list[AuditReport], changes: dict[str, t.Any], step: Step | None) -> None:
    verdict = after_refusal(reports, request(**changes), NOW)
    assert (verdict.step if verdict else None) is step
    if step is Step.REFUSE:
        assert verdict is not None
        assert verdict.problem is not None
        assert verdict.problem.code == "ReportIntervalNotElapsed"
        assert "2026-11-23T12:29:00+00:00" in verdict.problem.message


def test_reuse_beyond_max_age_is_said() -> None:
    fresh = after_refusal([report(60)], request(), NOW)
    stale = after_refusal([report(60)], request(max_age=timedelta(seconds=30)), NOW)
    assert fresh is not None
    assert fresh.warning is None
    assert stale is not None
    assert stale.warning is not None
    assert "max_age (30 s)" in stale.warning
