# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom policies may name. S3 and KMS take no policy with a principal that they do not know.

In place of a user or role that was deleted, AWS itself shows the id that it had, so such ids are always refused. Users
and roles by their ARNs are looked for only with the setting ``require_roles``.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.iam.models import iam_backends
from moto.kms.models import KmsBackend
from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend

from local_aws.emulator import emulator
from local_aws.identities import find_role
from local_aws.policy import parse, statements_of

_ID = re.compile(r"A(IDA|ROA)[A-Z0-9]+")
_ARN = re.compile(r"arn:([^:]+):iam::(\d{12}):(user|role)/.+")


def of_bucket_policies(put: Callable[..., None]) -> Callable[..., None]:
    """Wrap moto's S3Backend.put_bucket_policy."""

    @functools.wraps(put)
    def put_bucket_policy(self: S3Backend, bucket_name: str, policy: bytes) -> None:
        if _names_nobody(policy):
            raise S3ClientError("MalformedPolicy", "Invalid principal in policy")
        put(self, bucket_name, policy)

    return put_bucket_policy


def of_key_policies(put: Callable[..., None]) -> Callable[..., None]:
    """Wrap moto's KmsBackend.put_key_policy."""

    @functools.wraps(put)
    def put_key_policy(self: KmsBackend, key_id: str, policy: str) -> None:
        if _names_nobody(policy):
            raise JsonRESTError(
                "MalformedPolicyDocumentException",
                "Policy contains a statement with one or more invalid principals.",
            )
        put(self, key_id, policy)

    return put_key_policy


def _names_nobody(policy: str | bytes) -> bool:
    return any(not _is_known(principal) for principal in _principals(policy))


def _principals(policy: str | bytes) -> Iterator[str]:
    for statement in statements_of(parse(policy) or {}):
        for element in ("Principal", "NotPrincipal"):
            named: Any = statement.get(element)
            if isinstance(named, dict):
                names = named.get("AWS", [])
                yield from map(str, names if isinstance(names, list) else [names])


def _is_known(principal: str) -> bool:
    if _ID.fullmatch(principal):
        return False
    match = _ARN.fullmatch(principal)
    if match is None or not emulator.settings.require_roles:
        return True
    partition, account, kind = match.groups()
    if kind == "role":
        return find_role(principal) is not None
    users = iam_backends[account][partition].users.values() if account in iam_backends else ()
    return any(user.arn == principal for user in users)
