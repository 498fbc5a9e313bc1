# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which regions an account has enabled, as AWS Account Management knows it. Does, and decides nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.botocore import paginated_query_with_retries

from .clients import retry_of
from .errors import aws_errors

if t.TYPE_CHECKING:
    from .accounts import Account
    from .clients import Clients

# The only endpoint of the partition aws, which is the only one whose regions accounts enable. Policies that deny
# regions leave the service out, as it is a global one.
_REGION = "us-east-1"
_LONGEST_PAGE = 50


@aws_errors("list the regions of the account")
def region_statuses(clients: Clients, account: Account) -> dict[str, str]:
    """The status of each region for an account, for example ``ENABLED``. One request.

    https://docs.aws.amazon.com/accounts/latest/reference/API_Region.html
    """
    with clients.acting_as(account):
        response = paginated_query_with_retries(
            # Nobody waits long for an endpoint that a network without internet does not reach.
            clients.client("account", _REGION, repeat=False),
            "list_regions",
            retry_of("account"),
            MaxResults=_LONGEST_PAGE,
        )
    return {each["RegionName"]: each["RegionOptStatus"] for each in response["Regions"]}
