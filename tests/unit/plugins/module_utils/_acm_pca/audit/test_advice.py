# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.audit.advice import (
    explain_failed_report,
    explain_missing_file,
    explain_refusal,
    explain_timeout,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

from ..builders import ARN, BUCKET, NOW, report

CA = parse_certificate_authority_arn(ARN)


def refused(code: str) -> AWSError:
    response = {"Error": {"Code": code, "Message": "No."}}
    return AWSError("Failed to do it", exception=ClientError(response, "CreateCertificateAuthorityAuditReport"))


def test_times_from_which_a_report_is_possible() -> None:
    refusal = explain_refusal(refused("RequestInProgressException"), NOW)
    assert refusal.code == "RequestInProgressException"
    assert "2026-11-23T12:30:00Z" in refusal.message
    assert "2026-11-23T12:29:00Z" in explain_missing_file(report(60)).message


def test_a_failed_report_and_a_late_one() -> None:
    failed = explain_failed_report(CA, BUCKET, "eu-central-1")
    assert failed.code == "AuditReportFailed"
    assert '"Service": "acm-pca.amazonaws.com"' in failed.message
    late = explain_timeout(report(60, status="CREATING"), 900)
    assert late.code == "WaitTimeout"
    assert "900 s" in late.message


@pytest.mark.parametrize(
    ("code", "words"),
    [("RequestInProgressException", "somebody else may have"), ("ThrottlingException", "request rate")],
)
def test_a_refusal_that_nothing_explains(code: str, words: str) -> None:
    assert words in explain_refusal(refused(code), NOW).message
