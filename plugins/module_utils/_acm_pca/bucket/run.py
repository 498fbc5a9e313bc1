# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what the module returns: look, plan, change, tell."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.errors import InvalidOption, Problem
from ..._aws.outcome import Outcome
from .apply import Changer
from .options import BucketRequest, check_options, read_bucket_options
from .plan import Plan, plan_bucket
from .policies import Policy, statements_of
from .settings import Settings, describe
from .state import BucketState, StateReader

if t.TYPE_CHECKING:
    from ..._aws.clients import Clients
    from ..._aws.clock import Clock

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html#API_CreateBucket_Errors
_CREATED_MEANWHILE = "BucketAlreadyOwnedByYou"


def manage(params: t.Mapping[str, t.Any], clients: Clients, clock: Clock, check_mode: bool) -> Outcome:
    """Bring a bucket and its key to what the task asks for.

    :raises AWSError: where that cannot be told, so that nothing was changed.
    """
    check_options(params)
    region = clients.region
    if not region:
        raise InvalidOption("region: no region is given; set region, or the environment variable AWS_REGION.")
    if not clients.partition_of(region):
        raise InvalidOption(f"region: '{region}' is not an AWS region.")
    request = read_bucket_options(params, region=region, account_id=clients.own_account_id(), partitions=clients)
    outcome = _manage(request, clients, clock, check_mode)
    if outcome.failure and outcome.failure.code == _CREATED_MEANWHILE:
        # By another run, or by a request of this one whose answer was lost. What there is now is what counts.
        outcome = _manage(request, clients, clock, check_mode)
    return outcome


def _manage(request: BucketRequest, clients: Clients, clock: Clock, check_mode: bool) -> Outcome:
    state = StateReader(request, clients).read()
    plan = plan_bucket(request, state)
    if plan.refusals:
        return _refused(request, state, plan)
    changer = Changer(request, state, plan, clients, clock)
    if check_mode:
        changes = [step.sentence for step in changer.left]
        return _outcome(request, state, plan, changes, *_predicted(plan, state), exists=state.exists)
    problem = changer.apply()
    warnings = [*plan.warnings, *changer.warnings]
    if problem:
        return Outcome({"changed": bool(changer.done), "changes": changer.done}, problem, warnings)
    policies = (changer.bucket_policy, changer.key_policy)
    exists = state.exists or request.present
    outcome = _outcome(request, state, plan, changer.done, *policies, exists=exists)
    return dataclasses.replace(outcome, warnings=warnings)


def _refused(request: BucketRequest, state: BucketState, plan: Plan) -> Outcome:
    problem = Problem("Refused", f"{' '.join(plan.refusals)} Nothing was changed.")
    before = _shown(request, state, describe(state), state.exists)
    results = {"changed": False, "changes": [], "bucket": before, "policy": state.policy}
    return Outcome(results, problem, plan.warnings)


def _predicted(plan: Plan, state: BucketState) -> tuple[Policy, Policy | None]:
    """The policies from then on, if nobody else changes them."""
    key_policy = plan.key.policy if plan.key else None
    if plan.key_policy and key_policy is not None:
        key_policy = plan.key_policy.merge(key_policy)
    return plan.bucket_policy.merge(state.policy), key_policy


def _outcome(
    request: BucketRequest,
    state: BucketState,
    plan: Plan,
    changes: t.Sequence[str],
    policy: Policy,
    key_policy: Policy | None,
    *,
    exists: bool,
) -> Outcome:
    before = _diff(describe(state), state.policy if state.exists else None, plan.key.policy if plan.key else None)
    results = {
        "changed": bool(changes),
        "bucket": _shown(request, state, plan.settings, exists),
        "policy": policy if statements_of(policy) else {},
        "key_policy": key_policy or {},
        "changes": list(changes),
        "diff": {"before": before, "after": _diff(plan.settings, policy if plan.settings else None, key_policy)},
    }
    return Outcome(results, warnings=plan.warnings)


def _shown(request: BucketRequest, state: BucketState, settings: Settings, exists: bool) -> dict[str, t.Any]:
    return {
        "name": request.name,
        "arn": request.arn,
        "region": state.region,
        "account_id": request.account_id,
        "exists": exists,
        **settings,
    }


def _diff(settings: Settings, policy: Policy | None, key_policy: Policy | None) -> dict[str, t.Any]:
    shown = dict(settings)
    if policy is not None:
        shown["policy"] = policy
    if key_policy is not None:
        shown["key_policy"] = key_policy
    return shown
