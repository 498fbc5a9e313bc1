# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with Security Hub and what to do about it, in sentences for people. Pure."""

from __future__ import annotations

from .._aws import advice
from .._aws.errors import AWSError, Problem, is_denied
from .._aws.text import clean
from .asff import Hub


def explain(error: AWSError, hub: Hub) -> Problem:
    """The error's own code and words, and what to do about it."""
    what_to_do = None
    if error.code == "InvalidAccessException":
        what_to_do = _enable(hub)
    elif is_denied(error):
        what_to_do = (
            f"The credentials of this task need securityhub:BatchImportFindings on {hub.product_arn}, and "
            "securityhub:GetFindings."
        )
    elif error.code == "LimitExceededException":
        what_to_do = "Security Hub throttled the requests; run the task again later."
    return advice.explain(error, advice=what_to_do)


def explain_finding(code: str, message: str, hub: Hub) -> Problem:
    """A finding that Security Hub did not take, although it took the request."""
    text = clean(message).rstrip(".")
    return Problem(code, f"{text}. {_enable(hub)}" if code == "InvalidAccess" else f"{text}.")


def explain_size(largest: int) -> Problem:
    """A finding that Security Hub would refuse."""
    return Problem(
        "FindingTooLarge",
        f"The finding is larger than the {largest:,} bytes that Security Hub accepts, and was not sent; give fewer "
        "resources, or shorter details and product_fields.",
    )


def _enable(hub: Hub) -> str:
    return (
        f"Security Hub (CSPM) must be enabled in account {hub.account_id}, region {hub.region}: enable it there, or "
        "give the region where it is."
    )
