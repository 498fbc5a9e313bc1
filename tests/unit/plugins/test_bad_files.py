# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is in a file that somebody else may have written: it is read, or it is said what is wrong with it."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.filter import (
    audit_summary,
    audit_summary_findings,
    audit_summary_html,
    audit_summary_text,
    audit_summary_verdict,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.known_reports import read_known_reports
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.rules import Rule, read_rules
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.tracking_record import read_record, write_record
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import InvalidOption
from sample_fleet import NOW as FLEET_NOW
from sample_fleet import sample_fleet

from .bad_values import spoiled, spoiled_bytes, tries
from .module_utils._acm_pca.builders import ARN, BUCKET, NOW, report
from .module_utils._acm_pca.contents.builders import as_csv, as_json, read_in_every_way, usual
from .modules.test_bad_arguments import MODULES, acm_pca_audit_report_info

CA = parse_certificate_authority_arn(ARN)
ROWS = [usual(1), usual(2, revokedAt="2026-02-01T00:00:00+0000", revocationReason="KEY_COMPROMISE"), usual(3)]
REPORTS = {"JSON": as_json(ROWS), "CSV": as_csv(ROWS)}
RECORD = write_record(CA, {"JSON": report(60), "CSV": report(5, response_format="CSV", status="CREATING", name="r2")})
RESULTS = {
    "audit_reports": [
        {
            "certificate_authority_arn": ARN,
            "account_id": CA.account_id,
            "region": CA.region,
            "s3_bucket_name": BUCKET,
            "s3_key": f"audit-report/{CA.ca_id}/r1.json",
            "audit_report_status": "SUCCESS",
            "created_at": "2026-11-23T11:59:00Z",
            "certificate_authority": {"name": "Example CA", "tags": {"team": "pki"}},
        }
    ]
}
DOCUMENT = audit_summary.audit_summary(**sample_fleet().arguments(), now=FLEET_NOW)


@pytest.mark.parametrize("response_format", REPORTS)
def test_a_report(response_format: str) -> None:
    @tries(800)
    @given(spoiled_bytes(REPORTS[response_format]), st.sampled_from([1 << 20, 64]))
    def attempt(data: bytes, piece: int) -> None:
        read_in_every_way(data, response_format, piece)

    attempt()


@tries(1200)
@given(spoiled_bytes(RECORD) | spoiled(json.loads(RECORD)).map(lambda each: json.dumps(each).encode()))
def test_a_tracking_record(body: bytes) -> None:
    try:
        found = read_record(CA, BUCKET, body, NOW)
    except ValueError as e:
        # The rest of a sentence that begins with the name of the record.
        assert str(e).startswith(("is ", "belongs ", "holds "))
    else:
        assert all(each.certificate_authority_arn == ARN for each in found.values())


@tries(1000)
@given(spoiled(MODULES[acm_pca_audit_report_info][1]["rules"]))
def test_rules(rules: t.Any) -> None:
    try:
        found = read_rules(rules if isinstance(rules, list) else [rules], with_scope=True)
    except InvalidOption as e:
        assert str(e.message).startswith("rules")
    else:
        assert all(isinstance(rule, Rule) for rule in found)


@tries(500)
@given(data=spoiled_bytes(json.dumps(RESULTS).encode()) | spoiled(RESULTS).map(lambda each: json.dumps(each).encode()))
def test_a_file_of_results(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "reports.json"
    path.write_bytes(data)
    try:
        read_known_reports([str(path)], BUCKET)
    except InvalidOption as e:
        assert str(e.message).startswith(f"audit_reports_file: {path} ")


@tries(300)
@given(spoiled(RESULTS))
def test_results_that_are_summed_up(results: t.Any) -> None:
    try:
        audit_summary.audit_summary(results, results)
    except AnsibleFilterError as e:
        assert "cloudpki.aws.audit_summary: " in str(e)


def verdict(document: t.Any) -> t.Any:
    return audit_summary_verdict.audit_summary_verdict(document, [])


@tries(300)
@given(spoiled(DOCUMENT))
def test_a_summary_document(document: t.Any) -> None:
    for convert in (
        audit_summary_html.audit_summary_html,
        audit_summary_findings.audit_summary_findings,
        audit_summary_text.audit_summary_text,
        verdict,
    ):
        try:
            convert(document)
        except AnsibleFilterError as e:
            assert convert.__name__ in str(e)
