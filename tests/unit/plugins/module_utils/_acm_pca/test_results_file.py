# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import check_row, normal_form
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.results import (
    Contents,
    Finding,
    InfoEntry,
    outcome_of,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.rules import read_rules
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.results_file import ResultsFile
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import Problem

from .contents.builders import NOW, as_json, read, usual

#: AWX drops results that are larger.
LARGEST = 700_000


@pytest.mark.parametrize("failing", [False, True])
def test_the_result_over_a_thousand_cas_is_small(tmp_path: Path, failing: bool) -> None:
    rules = read_rules([{"name": f"{number}" * 50, "revoked": False} for number in range(10)], with_scope=True)
    certificate = normal_form(check_row(usual()), b"2026-11-23T12:00:00")
    rows = [usual(number, templateArn=f"arn:aws:acm-pca:::template/T{number}/V1") for number in range(50)]
    contents = Contents(
        summary=read(as_json(rows), "JSON", fast=True).summary,
        certificates=[certificate] * 3,
        findings=tuple(Finding(rule, 3, [certificate] * 3, 1) for rule in rules),
    )
    entries = []
    for number in range(1000):
        text = f"arn:aws:acm-pca:us-east-1:{number:012}:certificate-authority/11223344-1234-1122-2233-{number:012}"
        arn = parse_certificate_authority_arn(text)
        problem = Problem("Broken", f"{number}" * 300) if failing else None
        entries.append(InfoEntry(arn, arn.account_id, arn.region, "bucket", contents=contents, problem=problem))
    outcome = outcome_of(entries, "certificates", rules, NOW, [])
    skipped = [{"account_id": f"{number:012}", "region": "sa-east-1", "reason": "x" * 500} for number in range(30_000)]
    outcome = dataclasses.replace(outcome, results={**outcome.results, "regions_skipped": skipped})
    assert len(json.dumps(outcome.results)) > 20 * LARGEST
    with ResultsFile(str(tmp_path / "results.json"), None) as file:
        left = file.write(outcome)
    assert len(json.dumps(left.results)) < LARGEST
    assert left.failure == outcome.failure
    assert left.results["summary"] == outcome.results["summary"]
    assert [each["certificates"] for each in left.results["findings_summary"]] == [3000] * 10
    assert len(left.results["failures"]) == (20 if failing else 0)
    assert left.results["failures_omitted"] == (980 if failing else 0)


def test_a_failure_of_all_is_among_the_failures(tmp_path: Path) -> None:
    problem = Problem("OSError", "certificates_file: x could not be written: No space left on device.")
    outcome = dataclasses.replace(outcome_of([], "summary", (), NOW, []), failure=problem)
    with ResultsFile(str(tmp_path / "results.json"), None) as file:
        [failure] = file.write(outcome).results["failures"]
    assert failure["sentence"] == problem.message
    assert failure["error"] == problem.to_dict()
    written = json.loads((tmp_path / "results.json").read_text())
    assert written == {name: value for name, value in outcome.results.items() if name != "changed"}
