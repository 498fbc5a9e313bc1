# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with AWS and what to do about it, in sentences for people. Pure."""

from __future__ import annotations

import traceback

from .accounts import Account
from .errors import (
    AWSError,
    Problem,
    denied_by,
    has_bad_credentials,
    has_no_credentials,
    is_denied,
    is_foreign,
    is_transient,
)
from .text import clean


def explain(error: AWSError, *, account: Account | None = None, advice: str | None = None) -> Problem:
    """The error's own code and words, and what to do about it.

    :param account: the account that the request was made in.
    :param advice: what a caller that knows more about the request advises; None where it has nothing to add.
    """
    words = [(error.message or "").rstrip(".:")]
    if error.operation is not None:
        words.append(error.code)
    if error.exception is not None:
        words.append(clean(error.aws_message).rstrip(".:"))
    text = ": ".join(word for word in words if word)
    return Problem(error.code, f"{text}. {_advice(error, account) if advice is None else advice}".strip())


def unexpected(error: Exception) -> Problem:
    """A fault of this collection's own: reported for one CA, account or region, so that the others are not lost."""
    return Problem(
        type(error).__name__,
        f"Unexpected failure ({clean(str(error))}). Please report it, with the traceback that -vvv shows.",
        "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    )


def _advice(error: AWSError, account: Account | None) -> str:
    if error.operation == "AssumeRole" and account:
        advice = _role_advice(error, account)
        if advice:
            return advice
    if is_foreign(error):
        return "Check endpoint_url, and the proxies between the host that runs the module and AWS."
    if is_denied(error):
        explicit = explicit_deny(error, "the resource")
        if explicit:
            return explicit
        return f"The credentials of this task need permission for {error.operation or 'the operation'}."
    if has_bad_credentials(error):
        return (
            "Check the credentials: AWS does not know the access key, or the secret or the session token is wrong or "
            "has expired."
        )
    if has_no_credentials(error):
        return (
            "Provide credentials on the host that runs the module: profile, or access_key and secret_key, or the usual "
            "AWS environment variables, files or instance role."
        )
    if (error.operation is None and is_transient(error)) or error.code in ("SSLError", "ProxyConnectionError"):
        return (
            "Check the region, the network, proxy and certificates of the host that runs the module, and endpoint_url."
        )
    if is_transient(error) or error.code == "RequestFailedException":
        return "AWS could not process the request; run the task again later."
    return ""


def explicit_deny(error: AWSError, resource: str) -> str | None:
    """What to do where a policy says no, which is another matter than a missing permission.

    :param resource: what the request was about, for a policy of its own.
    """
    kind = denied_by(error)
    if kind is None:
        return None
    whose = {
        "identity-based policy": "A policy of the credentials' own user or role",
        "resource-based policy": f"The policy of {resource}",
        "service control policy": "A service control policy of the organization",
        "resource control policy": "A resource control policy of the organization",
        "permissions boundary": "The permissions boundary of the credentials' user or role",
        "session policy": "The policy of the credentials' session",
        "VPC endpoint policy": "The policy of the VPC endpoint",
    }[kind]
    return f"{whose} denies it with a Deny statement, which no permission overrides; change that statement."


def _role_advice(error: AWSError, account: Account) -> str | None:
    """Why a role could not be assumed. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    if error.code == "RegionDisabledException":
        return (
            "AWS STS is deactivated in the region in which the task requests sessions. Activate it there for the "
            "account that the message names (IAM console, account settings), or set region to one in which it is "
            "active."
        )
    if denied_by(error):
        return explicit_deny(error, "the role")
    if is_denied(error):
        external = "with this external_id" if account.external_id is not None else "without an external_id"
        return (
            f"The role must exist, its trust policy must let the task's own credentials assume it {external}, and "
            "their policy must allow sts:AssumeRole on it."
        )
    if error.code == "ValidationError" and "DurationSeconds" in error.aws_message:
        return (
            f"Lower duration_seconds ({account.duration_seconds}): no session lasts longer than the role's maximum "
            "session duration, and at most 3600 where the task's own credentials are those of an assumed role."
        )
    return None
