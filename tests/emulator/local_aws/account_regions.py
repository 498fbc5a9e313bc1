# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which regions an account has enabled: ListRegions of AWS Account Management, page by page, which moto lacks.

https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
"""

from __future__ import annotations

import functools
import json

import boto3
from moto.account.responses import AccountResponse
from moto.core.responses import ActionResult

from local_aws.emulator import emulator
from local_aws.regions import is_opt_in

LONGEST_PAGE = 50


def list_regions(self: AccountResponse) -> ActionResult:
    """The regions of the partition aws with their statuses for the caller's account."""
    given = json.loads(self.body or "{}")
    disabled = emulator.settings.disabled_regions.get(self.current_account, ())

    def status(region: str) -> str:
        if not is_opt_in(region, "aws"):
            return "ENABLED_BY_DEFAULT"
        return "DISABLED" if region in disabled else "ENABLED"

    wanted = given.get("RegionOptStatusContains")
    listed = [(name, status(name)) for name in _regions()]
    found = [(name, found) for name, found in listed if not wanted or found in wanted]
    start, size = int(given.get("NextToken") or 0), int(given.get("MaxResults") or 20)
    end = start + min(size, LONGEST_PAGE)
    result: dict[str, object] = {
        "Regions": [{"RegionName": name, "RegionOptStatus": found} for name, found in found[start:end]]
    }
    if end < len(found):
        result["NextToken"] = str(end)
    return ActionResult(result=result)


@functools.cache
def _regions() -> tuple[str, ...]:
    return tuple(sorted(boto3.session.Session().get_available_regions("ec2", "aws")))
