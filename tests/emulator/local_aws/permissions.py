# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a caller may do what he asks for: identity policies, bucket policies and key policies.

Only with the setting ``enforce_permissions``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moto.s3.models import FakeBucket
from moto.utilities.utils import get_partition

from local_aws import bucket_access, wire
from local_aws.iam_actions import ALWAYS_ALLOWED, Need, denied_code, need_of
from local_aws.identities import Identity, identity_of
from local_aws.policy import Decision, Principal, Question, decide, statements_of
from local_aws.wire import Answer, Call

#: What S3 asks KMS for to read and to write an object, with the rights of the caller.
_KMS_ACTIONS = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}


class Permissions:
    """Judges calls, and remembers what they needed. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._needed: dict[str, dict[str, set[str]]] = {}

    def refusal(self, call: Call, secure_transport: bool) -> Answer | None:
        """What a call gets that is not allowed; None for one that is."""
        partition = get_partition(call.region)
        identity = identity_of(call, partition, secure_transport)
        first = need_of(call, partition)
        if first.action in ALWAYS_ALLOWED:
            return None
        for step in _steps(call, first, partition):
            need = step.need
            self._remember(identity, need)
            reason = _reason_against(identity, step)
            if reason:
                message = (
                    f"User: {identity.arn} is not authorized to perform: {need.action} on resource: {need.resource}"
                )
                return wire.error_answer(call, denied_code(call), f"{message} {reason}")
        return None

    def needed(self) -> dict[str, dict[str, list[str]]]:
        """By principal and action: the resources that were asked for since the last reset, refused ones as well."""
        with self._lock:
            return {
                principal: {action: sorted(resources) for action, resources in sorted(actions.items())}
                for principal, actions in sorted(self._needed.items())
            }

    def reset(self) -> None:
        """Forget what was needed."""
        with self._lock:
            self._needed.clear()

    def _remember(self, identity: Identity, need: Need) -> None:
        with self._lock:
            actions = self._needed.setdefault(identity.context["aws:PrincipalArn"], {})
            actions.setdefault(need.action, set()).add(need.resource)


class _Step(NamedTuple):
    """A permission that a call needs, the policy of the resource, whose it is, and what is known besides."""

    need: Need
    policy: Any
    owner: str
    context: Mapping[str, str]


def _steps(call: Call, first: Need, partition: str) -> Iterator[_Step]:
    if call.copy_source:
        # Who lets S3 copy an object has to be allowed to read it.
        name, key = call.copy_source
        yield from _steps_about(name, key, Need("s3:GetObject", f"arn:{partition}:s3:::{name}/{key}"), call, partition)
    yield from _steps_about(call.bucket, call.key, first, call, partition)


def _steps_about(name: str | None, key: str | None, first: Need, call: Call, partition: str) -> Iterator[_Step]:
    bucket = bucket_access.find_bucket(name, partition) if name else None
    if bucket is None:
        yield _Step(first, None, call.account, {})
        return
    yield _Step(first, bucket.policy, bucket.account_id, {})
    if first.action == "s3:GetObject" and key not in bucket.keys:
        # S3 says that an object is not there only to those who could have found out.
        listing = Need("s3:ListBucket", f"arn:{partition}:s3:::{bucket.name}")
        yield _Step(listing, bucket.policy, bucket.account_id, {})
    yield from _kms_steps(first, bucket)


def _kms_steps(first: Need, bucket: FakeBucket) -> Iterator[_Step]:
    """S3 asks KMS with the rights of the caller. Taken for every object is the key that new ones get."""
    key = bucket_access.customer_key_of(bucket)
    if key is not None and first.action in _KMS_ACTIONS:
        context = {"kms:EncryptionContext:aws:s3:arn": bucket_access.encryption_context(bucket, first.resource)}
        yield _Step(Need(_KMS_ACTIONS[first.action], key.arn), key.policy, key.account_id, context)


def _reason_against(identity: Identity, step: _Step) -> str | None:
    """Why a permission is not there, in AWS's words; None if it is."""
    need = step.need

    def ask(policy: Any, names: tuple[str, ...]) -> Decision:
        context = {**identity.context, **step.context}
        return decide(policy, Question(need.action, need.resource, Principal("AWS", names), context))

    everybody = (*identity.own_names, *identity.account_names)
    by_identity = [ask(_about_anybody(policy), everybody) for policy in identity.policies]
    to_account = ask(step.policy, everybody)
    if to_account.explicit_deny:
        return "with an explicit deny in a resource-based policy"
    if any(decision.explicit_deny for decision in by_identity):
        return "with an explicit deny in an identity-based policy"
    has_identity = any(by_identity)
    # A policy that names the account leaves it to the identity policies there; one that names the caller does not.
    to_caller = bool(ask(step.policy, identity.own_names))
    if need.action.startswith("kms:") and step.policy is not None:
        allowed = to_caller or (has_identity and bool(to_account))
    elif step.owner == identity.account:
        allowed = has_identity or to_caller
    else:
        allowed = has_identity and bool(to_account)
    if allowed:
        return None
    kind = "resource" if has_identity else "identity"
    return f"because no {kind}-based policy allows the {need.action} action"


def _about_anybody(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """An identity policy names no principal: it is about the one that it is attached to."""
    return {**policy, "Statement": [{**each, "Principal": "*"} for each in statements_of(policy)]}
