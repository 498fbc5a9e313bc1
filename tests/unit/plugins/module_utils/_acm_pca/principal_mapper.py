# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second opinion on policies: the evaluator of Principal Mapper (NCC Group), which this project did not write."""

from __future__ import annotations

import collections
import collections.abc
import importlib.util
import typing as t

from local_aws.policy import Principal

# Only in the default environment.
INSTALLED = importlib.util.find_spec("principalmapper") is not None

if INSTALLED:
    for _name in ("Mapping", "MutableMapping"):  # where Principal Mapper looks for them, and Python 3.9 still had them
        setattr(collections, _name, getattr(collections.abc, _name))
    from principalmapper.common.nodes import Node
    from principalmapper.querying.local_policy_simulation import (
        ResourcePolicyEvalResult,
        resource_policy_authorization,
    )


def allows(
    policy: t.Mapping[str, t.Any], action: str, resource: str, principal: Principal, context: t.Mapping[str, str]
) -> bool:
    """Whether the policy of a resource lets somebody do something."""
    arn = principal.names[-1]
    asker = arn
    if principal.kind == "AWS":
        asker = Node(arn, "AROAEXAMPLE", [], [], {}, [], 0, False, False, None, False, {})
    owner = arn.split(":")[4] if principal.kind == "AWS" else ""
    found = resource_policy_authorization(asker, owner, dict(policy), action, resource, dict(context))
    return found not in (ResourcePolicyEvalResult.NO_MATCH, ResourcePolicyEvalResult.DENY_MATCH)
