# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions that refuse an account: not enabled for it, or denied by its organization. Pure.

AWS does not say there that the region is off: it knows neither the account nor its credentials. As people report it:

* services of the JSON protocols, Private CA among them: ``UnrecognizedClientException``
  (github.com/aws/chalice issue 1445, github.com/ekristen/aws-nuke issue 774: HTTP 400);
* STS and the other query APIs: ``InvalidClientTokenId`` (aws-nuke issue 774, github.com/trek10inc/awsume issue 59:
  HTTP 403);
* EC2: ``AuthFailure`` (github.com/turbot/steampipe-plugin-aws issue 75: HTTP 401, for a region that is not opted in);
* S3: ``InvalidToken`` for temporary credentials (github.com/aws/aws-cli issue 8413, awsume issue 59). For the keys of
  users nobody seems to have written it down; here ``InvalidAccessKeyId``, as for a key of another partition.

Whose region has to be enabled for AssumeRole: the caller's (github.com/awsdocs/iam-user-guide pull request 283).

An enabled region that is not enabled by default answers in the same way to session tokens of version 1
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html,
github.com/99designs/aws-vault issue 512).

What a service control policy denies by region is refused in the words of cartography's issue 1114. Such a policy leaves
out global services
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from moto.utilities.utils import get_partition

from local_aws import sessions, wire
from local_aws.iam_actions import denied_code, need_of
from local_aws.wire import Answer, Call

#: All others of the partition aws have to be enabled, new ones as well: the table "enabled by default" in
#: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html, whose regions date from before
#: 20 March 2019. None of another partition has to be.
_ENABLED_BY_DEFAULT = frozenset(
    [
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ]
)

_GLOBAL_SERVICES = ("account", "iam", "organizations", "sts")

#: The access keys of sessions begin so, those of users with AKIA.
_TEMPORARY = "ASIA"

_INVALID = "The security token included in the request is invalid"


def is_opt_in(region: str, partition: str) -> bool:
    """Whether accounts have to enable a region."""
    return partition == "aws" and region not in _ENABLED_BY_DEFAULT


def refusal(call: Call, disabled: Mapping[str, Collection[str]]) -> Answer | None:
    """What a call gets whose credentials the region does not accept; None where it does.

    ``disabled`` are, by account, the regions that it has not enabled.
    """
    if not (disabled and call.region in disabled.get(call.account, ())) and not _needs_version_2(call):
        return None
    return wire.error_answer(call, *_code_and_message(call))


def denial(call: Call, denied: Mapping[str, Collection[str]], caller_arn: Callable[[], str]) -> Answer | None:
    """What a call gets whose account may not use the region; None where it may. ``denied`` is by account."""
    if not denied or call.service in _GLOBAL_SERVICES or call.region not in denied.get(call.account, ()):
        return None
    need = need_of(call, get_partition(call.region))
    return wire.error_answer(
        call,
        denied_code(call),
        f"User: {caller_arn()} is not authorized to perform: {need.action} on resource: {need.resource} with an "
        "explicit deny in a service control policy",
    )


def _needs_version_2(call: Call) -> bool:
    return sessions.has_version_1(call.access_key) and is_opt_in(call.region, get_partition(call.region))


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
