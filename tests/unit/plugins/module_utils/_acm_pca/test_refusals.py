# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.refusals import is_about_bucket, may_be_interval
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

ABOUT_THE_BUCKET = [
    "Permission error with your S3 bucket 'reports'. Check that your bucket policy, encryption settings",
    "The ACM Private CA Service Principal 'acm-pca.amazonaws.com' requires 's3:GetBucketAcl' permissions",
    "Could not find S3 bucket 'reports'.",
]
OTHERS = [
    "",
    "Your request is already in progress.",
    "Rate exceeded",
    "User: x is not authorized to perform: acm-pca:CreateCertificateAuthorityAuditReport on resource: y",
    "User: x is not authorized to perform: s3:PutObject on resource: y",
    "The certificate authority is not in a valid state for creating an audit report.",
]
INTERVAL_CODES = [
    "RequestInProgressException",
    "ThrottlingException",
    "LimitExceededException",
    "InvalidStateException",
    "InvalidRequestException",
    "ValidationException",
]
OTHER_CODES = ["AccessDeniedException", "ResourceNotFoundException", "InvalidArgsException"]


def refused(code: str, message: str) -> AWSError:
    response = {"Error": {"Code": code, "Message": message}}
    return AWSError("Failed to do it", exception=ClientError(response, "CreateCertificateAuthorityAuditReport"))


@pytest.mark.parametrize("code", INTERVAL_CODES + OTHER_CODES)
@pytest.mark.parametrize("message", ABOUT_THE_BUCKET + OTHERS)
def test_what_a_refusal_means(code: str, message: str) -> None:
    error = refused(code, message)
    assert is_about_bucket(error) is (message in ABOUT_THE_BUCKET)
    assert may_be_interval(error) is (code in INTERVAL_CODES and message not in ABOUT_THE_BUCKET)


def test_only_a_request_for_a_report_is_refused_like_that() -> None:
    response = {"Error": {"Code": "ValidationException", "Message": ABOUT_THE_BUCKET[0]}}
    assert not is_about_bucket(AWSError("Failed", exception=ClientError(response, "DescribeCertificateAuthority")))
