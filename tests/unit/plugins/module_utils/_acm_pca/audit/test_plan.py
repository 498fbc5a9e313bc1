# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t
from datetime import timedelta

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.plan import (
    Step,
    after_refusal,
    plan,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.models import AuditReport

from ..builders import NOW, authority, report, request

# Every combination of these is planned. A last report of the other format is as good as none.
LASTS = ["none", "other format", "CREATING", "SUCCESS", "FAILED"]
FORCES = [False, True]
FORMATS = ["JSON", "CSV"]
STATUSES = ["ACTIVE", "DISABLED", "CREATING", "PENDING_CERTIFICATE", "EXPIRED", "FAILED", "DELETED"]

ANY = "any"
AUDITABLE = ("ACTIVE", "DISABLED")
OTHERS = ("CREATING", "PENDING_CERTIFICATE", "EXPIRED", "FAILED", "DELETED")
NOTHING_TO_USE = ("none", "other format", "FAILED")

# last report, younger or older than max_age, force, status of the CA -> step. One row speaks of each combination.
TABLE: list[tuple[t.Any, t.Any, t.Any, t.Any, Step]] = [
    ("SUCCESS", "younger", False, ANY, Step.REUSE),
    ("CREATING", "younger", False, ANY, Step.WAIT),
    (("SUCCESS", "CREATING"), "older", False, AUDITABLE, Step.CREATE),
    (("SUCCESS", "CREATING"), "older", False, OTHERS, Step.REFUSE),
    (NOTHING_TO_USE, ANY, False, AUDITABLE, Step.CREATE),
    (NOTHING_TO_USE, ANY, False, OTHERS, Step.REFUSE),
    (ANY, ANY, True, AUDITABLE, Step.CREATE),
    (ANY, ANY, True, OTHERS, Step.REFUSE),
]


def speaks_of(row: tuple[t.Any, ...], combination: tuple[t.Any, ...]) -> bool:
    return all(
        said == ANY or value == said or (isinstance(said, tuple) and value in said)
        for said, value in zip(row, combination, strict=True)
    )


def last_reports(last: str, age: float, response_format: str) -> dict[str, AuditReport]:
    if last == "none":
        return {}
    if last == "other format":
        other = "CSV" if response_format == "JSON" else "JSON"
        return {other: report(age, response_format=other)}
    return {response_format: report(age, status=last, response_format=response_format)}


# At the very edge: a report as old as max_age is too old, one a second younger is not. None is younger than 0 seconds.
EDGES = [("older", max_age, max_age) for max_age in (0, 600, 1800, 86400)]
EDGES += [("younger", max_age, max_age - 1) for max_age in (600, 1800, 86400)]


@pytest.mark.parametrize(("age", "max_age", "seconds"), EDGES)
@pytest.mark.parametrize(("last", "force", "status"), list(itertools.product(LASTS, FORCES, STATUSES)))
@pytest.mark.parametrize("response_format", FORMATS)
def test_every_combination(
    last: str, age: str, force: bool, status: str, response_format: str, max_age: int, seconds: int
) -> None:
    (step,) = [row[4] for row in TABLE if speaks_of(row[:4], (last, age, force, status))]
    asked = request(force=force, response_format=response_format, max_age=timedelta(seconds=max_age))
    reports = last_reports(last, seconds, response_format)
    decided = plan(authority(status), reports, asked, NOW)
    assert decided.step is step
    if step in (Step.REUSE, Step.WAIT):
        assert decided.report == reports[response_format]
    if step is Step.REFUSE:
        assert decided.problem is not None
        assert decided.problem.code == "InvalidStateException"
        assert status in decided.problem.message


def test_a_clock_that_is_ahead_makes_no_difference() -> None:
    assert plan(authority(), {"JSON": report(-5)}, request(), NOW).step is Step.REUSE


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
        ([report(60, status="FAILED")], {}, Step.REFUSE),
    ],
)
def test_after_refusal(reports: list[AuditReport], changes: dict[str, t.Any], step: Step | None) -> None:
    verdict = after_refusal(reports, request(**changes), NOW)
    assert (verdict.step if verdict else None) is step
    if step is Step.REFUSE:
        assert verdict is not None
        assert verdict.problem is not None
        assert verdict.problem.code == "ReportIntervalNotElapsed"
        assert "2026-11-23T12:29:00Z" in verdict.problem.message


def test_reuse_beyond_max_age_is_said() -> None:
    fresh = after_refusal([report(60)], request(), NOW)
    stale = after_refusal([report(60)], request(max_age=timedelta(seconds=30)), NOW)
    assert fresh is not None
    assert fresh.warning is None
    assert stale is not None
    assert stale.warning is not None
    assert "max_age (30 s)" in stale.warning
