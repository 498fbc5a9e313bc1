# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bucket policies as they concern callers, where moto takes conditions and principals for more than they say.

moto denies a caller every object of a bucket whose policy denies connections without TLS, or denies something to some
service: it does not look at the condition, and takes every principal that is no string for everybody. A hardened
report bucket would be closed to everybody. And it takes policies of any size.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend

from local_aws.emulator import emulator
from local_aws.policy import Principal, Question, decide

#: S3 counts after it has taken out the white space.
LARGEST_POLICY = 20 * 1024

#: What is known of a caller here: nothing but whether he comes by TLS.
_ANYBODY = Principal("AWS", ())
_KNOWN_KEYS = {"aws:securetransport", "s3:tlsversion"}


def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """moto's FakeBucket.get_permission: what the policy says to everybody, its conditions included."""
    policy = _parsed(self.policy)
    if policy is None:
        return PermissionResult.NEUTRAL
    statements = policy.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    # moto does not say who calls, so a Deny that hangs on who calls is left out: better open than closed by mistake.
    judged = {**policy, "Statement": [one for one in listed if not _is_deny_that_depends_on_the_caller(one)]}
    context = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
    if not emulator.settings.secure_transport:
        context = {"aws:SecureTransport": "false"}
    decision = decide(judged, Question(action, resource, _ANYBODY, context))
    if decision.explicit_deny:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if decision else PermissionResult.NEUTRAL


def limiting_size(put: Callable[..., None]) -> Callable[..., None]:
    """Wrap moto's S3Backend.put_bucket_policy: 20 KB and no more."""

    @functools.wraps(put)
    def put_bucket_policy(self: S3Backend, bucket_name: str, policy: bytes) -> None:
        document = _parsed(policy)
        if document is not None and len(json.dumps(document, separators=(",", ":"))) > LARGEST_POLICY:
            raise S3ClientError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
        put(self, bucket_name, policy)

    return put_bucket_policy


def _parsed(policy: bytes | None) -> Mapping[str, Any] | None:
    try:
        document = json.loads(policy or b"")
    except ValueError:
        return None
    return document if isinstance(document, Mapping) else None


def _is_deny_that_depends_on_the_caller(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Deny":
        return False
    condition = statement.get("Condition") or {}
    if not isinstance(condition, Mapping) or "NotPrincipal" in statement:
        return True
    return any(
        not isinstance(keys, Mapping) or any(key.lower() not in _KNOWN_KEYS for key in keys)
        for keys in condition.values()
    )
