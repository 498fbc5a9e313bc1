# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions that an account has not enabled. Pure.

AWS does not say there that the region is off: it knows neither the account nor its credentials. As people report it:

* services of the JSON protocols, Private CA among them: ``UnrecognizedClientException``
  (github.com/aws/chalice issue 1445, github.com/ekristen/aws-nuke issue 774: HTTP 400);
* STS and the other query APIs: ``InvalidClientTokenId`` (aws-nuke issue 774, github.com/trek10inc/awsume issue 59:
  HTTP 403);
* EC2: ``AuthFailure`` (github.com/turbot/steampipe-plugin-aws issue 75: HTTP 401, for a region that is not opted in);
* S3: ``InvalidToken`` for temporary credentials (github.com/aws/aws-cli issue 8413, awsume issue 59). For the keys of
  users nobody seems to have written it down; here ``InvalidAccessKeyId``, as for a key of another partition.

Whose region has to be enabled for AssumeRole: the caller's (github.com/awsdocs/iam-user-guide pull request 283).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from local_aws import wire
from local_aws.wire import Answer, Call

#: The access keys of sessions begin so, those of users with AKIA.
_TEMPORARY = "ASIA"

_INVALID = "The security token included in the request is invalid"


def refusal(call: Call, disabled: Mapping[str, Collection[str]]) -> Answer | None:
    """What a call gets whose account has not enabled the region; None where it has. ``disabled`` is by account."""
    if not disabled or call.region not in disabled.get(call.account, ()):
        return None
    return wire.error_answer(call, *_code_and_message(call))


def _code_and_message(call: Call) -> tuple[str, str]:
    if call.service == "s3":
        if call.access_key.startswith(_TEMPORARY):
            return "InvalidToken", "The provided token is malformed or otherwise invalid."
        return "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
    if call.protocol == "ec2":
        return "AuthFailure", "AWS was not able to validate the provided access credentials"
    if call.protocol in wire.XML_PROTOCOLS:
        return "InvalidClientTokenId", _INVALID
    return "UnrecognizedClientException", _INVALID
