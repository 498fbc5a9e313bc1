# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS Private CA means by an error that has several meanings. Pure."""

from __future__ import annotations

import re

from .._aws.errors import AWSError

CREATE_OPERATION = "CreateCertificateAuthorityAuditReport"
# Not what is said of callers, who may lack permissions as well: "is not authorized to perform: s3:PutObject".
_BUCKET_WORDS = re.compile(r"\bS3 bucket\b|\bbucket policy\b|\brequires '?s3:\w+", re.IGNORECASE)

# What the service answers to a second report inside 30 minutes is not publicly known; these are the errors that it
# may be. They mean that only while there is such a report, since each also has a meaning of its own.
_INTERVAL_CODES = frozenset(
    {
        "RequestInProgressException",
        "ThrottlingException",
        "LimitExceededException",
        "InvalidStateException",
        "InvalidRequestException",
        "ValidationException",
    }
)


def may_be_interval(error: AWSError) -> bool:
    """Whether CreateCertificateAuthorityAuditReport may have been refused for a report in the last 30 minutes."""
    return error.code in _INTERVAL_CODES and not is_about_bucket(error)


def is_about_bucket(error: AWSError) -> bool:
    """Whether the service says that it may not write to the bucket, whatever code that comes with.

    The code is not publicly known. The texts are those of CreateCertificateAuthority, which refuses a bucket for CRLs:
    "Permission error with your S3 bucket ..." (https://github.com/hashicorp/terraform-provider-aws/issues/33306) and
    the older "The ACM Private CA Service Principal 'acm-pca.amazonaws.com' requires 's3:GetBucketAcl' permissions"
    (https://repost.aws/knowledge-center/acm-ca-crl-s3-getbucketacl).
    """
    return error.operation == CREATE_OPERATION and bool(_BUCKET_WORDS.search(error.aws_message))
