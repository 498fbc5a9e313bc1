# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS Private CA means by an error that has several meanings. Pure."""

from __future__ import annotations

from .._aws.errors import AWSError

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
    """Whether the service says that it may not write to the bucket (the text is the one its sibling call gives)."""
    return error.code == "ValidationException" and "s3 bucket" in error.aws_message.lower()
