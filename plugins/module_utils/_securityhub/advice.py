# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with Security Hub and what to do about it, in sentences for people. Pure."""

from __future__ import annotations

from .._acm_pca import advice
from .._acm_pca.models import Problem
from .._aws.errors import PrivateCAError
from .asff import Hub

_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})


def explain(error: PrivateCAError, hub: Hub) -> Problem:
    """The error's own code and words, and what to do about it."""
    if error.code == "InvalidAccessException":
        what_to_do = (
            f"Security Hub (CSPM) has to be enabled in account {hub.account_id}, region {hub.region}: enable it there, "
            "or give the region where it is."
        )
    elif error.code in _DENIED:
        what_to_do = (
            f"The credentials of this task need securityhub:BatchImportFindings on {hub.product_arn}, and "
            "securityhub:GetFindings."
        )
    elif error.code == "LimitExceededException":
        what_to_do = "Security Hub could not take so many requests just now; run the task again later."
    else:
        return advice.explain(error)
    words = advice.clean(f"{error.message}: {error.code}: {error.aws_message}").rstrip(".")
    return Problem(error.code, f"{words}. {what_to_do}")
