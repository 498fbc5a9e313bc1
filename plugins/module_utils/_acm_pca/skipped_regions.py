# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions that were comprised in all or a pattern, and could not be looked at: what is said of them. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.accounts import Account
from .._aws.errors import AWSError, is_denied
from .._aws.messages import grouped, name_of, some

NOT_ENABLED = "not enabled"
DENIED = "denied by a policy of the organization"
_UNCERTAIN = "may be enabled: "

RESULT = "regions_skipped"


@dataclasses.dataclass(frozen=True)
class SkippedRegion:
    """A region that was not looked at in an account.

    ``told`` is whether something else tells of it: the failure of the account, where that has no region left.
    """

    account: Account
    region: str
    reason: str
    told: bool = False

    def to_dict(self) -> dict[str, t.Any]:
        """As results have it."""
        return {
            "account_id": self.account.account_id,
            "account_name": self.account.name,
            "region": self.region,
            "reason": self.reason,
        }


def uncertain(status: str | None, error: AWSError | None) -> str:
    """The reason for skipping a region that refused the credentials, and is perhaps enabled.

    :param status: what AWS says of the region, where it could be asked.
    :param error: why it could not be asked.
    """
    if error is None:
        return f"{_UNCERTAIN}its status is {status}" if status else f"{_UNCERTAIN}AWS does not list it"
    if is_denied(error):
        return f"{_UNCERTAIN}it refuses the session token, and the permission account:ListRegions is missing"
    return f"{_UNCERTAIN}it refuses the session token, and account:ListRegions failed ({error.code})"


def to_results(skipped: t.Iterable[SkippedRegion]) -> list[dict[str, t.Any]]:
    """All of them, in a stable order."""
    return [each.to_dict() for each in sorted(skipped, key=_place)]


def warnings_of(skipped: t.Iterable[SkippedRegion]) -> list[str]:
    """What to say of them: a sentence for each region that policies deny, and one for what may be enabled.

    Regions that are certainly not enabled need none: there are no CAs.
    """
    denied: dict[str, list[str]] = {}
    uncertain_in: dict[str, list[SkippedRegion]] = {}
    for each in sorted(skipped, key=_place):
        name = name_of(None, each.account.account_id, None)
        if each.reason == DENIED and not each.told:
            denied.setdefault(each.region, []).append(name)
        elif each.reason.startswith(_UNCERTAIN):
            uncertain_in.setdefault(name, []).append(each)
    said = [
        f"Policies of the organization deny the region {region} to {some(names)}, so it was skipped, and its "
        f"certificate authorities are missing from the results. To leave the region out without this warning, add "
        f"'!{region}' to regions."
        for region, names in denied.items()
    ]
    return said + grouped([(name, _uncertain_text(regions)) for name, regions in uncertain_in.items()], RESULT)


def _uncertain_text(regions: t.Sequence[SkippedRegion]) -> str:
    return (
        f"{some([each.region for each in regions])} refused the credentials and may be enabled, so certificate "
        "authorities may be missing from the results. Allow account:ListRegions, so that regions that are not enabled "
        "can be told from session tokens that they do not accept, or use a session of a regional STS endpoint "
        "(AWS_STS_REGIONAL_ENDPOINTS=regional)."
    )


def _place(skipped: SkippedRegion) -> tuple[str, str]:
    return (skipped.account.account_id or "", skipped.region)
