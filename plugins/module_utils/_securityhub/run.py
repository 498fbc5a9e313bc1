# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what the module returns: look up, plan, send, tell."""

from __future__ import annotations

import typing as t

from .._aws.errors import AWSError, InvalidOption, Problem
from .._aws.outcome import Outcome, failure_of
from .._aws.text import clean
from .advice import explain
from .asff import ARCHIVED as STATE_ARCHIVED
from .asff import SERVICE, Asff, Hub, own_product_fields
from .hub import SecurityHub
from .plan import ACTIONS, UNCHANGED, Step, plan

if t.TYPE_CHECKING:
    from .._aws.clients import Clients
    from .._aws.clock import Clock
    from .options import FindingsRequest

# AWX stores results of up to 700,000 bytes.
_MOST_LISTED = 1000

_SHOWN_IN_DIFF = ("Title", "Description", "CreatedAt", "FindingProviderFields", "Resources", "RecordState")


def synchronize(request: FindingsRequest, clients: Clients, clock: Clock, check_mode: bool) -> Outcome:
    """Import and archive findings until Security Hub has those that the task asks for.

    :raises AWSError: where they could not even be looked up.
    """
    hub = _hub_of(clients)
    security_hub = SecurityHub(clients.client(SERVICE, hub.region), hub)
    try:
        stored = security_hub.active_findings(request.generator_id)
    except AWSError as e:
        raise AWSError(explain(e, hub).message) from e
    steps = plan(
        request.findings,
        stored,
        hub=hub,
        generator_id=request.generator_id,
        purge_prefixes=request.purge_prefixes,
        now=clock.now(),
    )
    changes = [step.asff for step in steps if step.asff is not None]
    problems = {} if check_mode else security_hub.import_findings(changes)
    return _outcome(steps, problems, hub)


def _hub_of(clients: Clients) -> Hub:
    region = clients.region
    partition = clients.partition_of(region) if region else None
    if not region or not partition:
        raise InvalidOption("region: no region is given; set region, or the environment variable AWS_REGION.")
    return Hub(partition, clients.own_account_id(), region)


def _outcome(steps: t.Sequence[Step], problems: t.Mapping[str, Problem], hub: Hub) -> Outcome:
    entries = []
    for step in steps:
        entry: dict[str, t.Any] = {"id": step.id, "action": step.action}
        problem = problems.get(step.id)
        if problem:
            entry["action"] = "failed"
            entry["error"] = {"code": problem.code, "message": clean(problem.message)}
        entries.append(entry)
    done = [step for step in steps if step.action != UNCHANGED and step.id not in problems]
    results: dict[str, t.Any] = {
        "changed": bool(done),
        "findings": _listed(entries),
        "summary": {action: sum(entry["action"] == action for entry in entries) for action in (*ACTIONS, "failed")},
        "product_arn": hub.product_arn,
        "diff": {
            "before": {step.id: _diff_of(step.before) for step in done},
            "after": {step.id: _diff_of(step.asff) for step in done},
        },
    }
    failed = [(entry["id"], Problem(**entry["error"])) for entry in entries if "error" in entry]
    return Outcome(results, failure_of(failed, len(entries), "findings"))


def _listed(entries: t.Sequence[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    if len(entries) <= _MOST_LISTED:
        return list(entries)
    # What needs to be done comes before what was, and what was done before what was not needed.
    order = ("failed", *(action for action in ACTIONS if action != UNCHANGED), UNCHANGED)
    return sorted(entries, key=lambda entry: order.index(entry["action"]))[:_MOST_LISTED]


def _diff_of(asff: Asff | None) -> dict[str, t.Any]:
    """What of a finding a difference is worth showing of."""
    if asff is None:
        return {}
    if asff.get("RecordState") == STATE_ARCHIVED:
        return {"RecordState": STATE_ARCHIVED}
    return {name: asff[name] for name in _SHOWN_IN_DIFF if name in asff} | {"ProductFields": own_product_fields(asff)}
