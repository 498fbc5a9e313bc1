# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.refusals import is_about_bucket, may_be_interval
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

BUCKET_WORDS = "Permission error with your S3 bucket 'reports'. Check that your bucket policy"


def refused(code: str, message: str) -> AWSError:
    response = {"Error": {"Code": code, "Message": message}}
    return AWSError("Failed to do it", exception=ClientError(response, "CreateCertificateAuthorityAuditReport"))


@pytest.mark.parametrize(
    ("code", "message", "interval", "bucket"),
    [
        ("RequestInProgressException", "Your request is already in progress.", True, False),
        ("ThrottlingException", "Rate exceeded", True, False),
        ("LimitExceededException", "", True, False),
        ("InvalidStateException", "", True, False),
        ("InvalidRequestException", "", True, False),
        ("ValidationException", "", True, False),
        ("ValidationException", BUCKET_WORDS, False, True),
        ("AccessDeniedException", "", False, False),
        ("ResourceNotFoundException", "", False, False),
    ],
)
def test_what_a_refusal_means(code: str, message: str, interval: bool, bucket: bool) -> None:
    error = refused(code, message)
    assert (may_be_interval(error), is_about_bucket(error)) == (interval, bucket)
