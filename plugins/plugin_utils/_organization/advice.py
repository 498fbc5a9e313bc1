# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do where an organization cannot be read, in sentences for people. Pure."""

from __future__ import annotations

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.advice import explain, explicit_deny
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError, InvalidOption, is_denied

_ADMITTED = "of the management account of the organization, or of a delegated administrator of it"


def sentence(error: AWSError) -> str:
    """The error with what to do about it."""
    if isinstance(error, InvalidOption):
        return str(error.message)
    return explain(error, advice=_advice(error)).message


def _advice(error: AWSError) -> str | None:
    if error.code == "AWSOrganizationsNotInUseException":
        return f"The account of the credentials is not in an organization; use credentials {_ADMITTED}."
    if error.operation == "AssumeRole" and is_denied(error):
        return (
            "The role assume_role_arn must exist, its trust policy must let the credentials assume it, and their "
            "policy must allow sts:AssumeRole on it."
        )
    if error.code in ("OrganizationalUnitNotFoundException", "ParentNotFoundException"):
        return "The organization changed meanwhile; read the inventory again."
    if is_denied(error):
        return explicit_deny(error, "the organization") or (
            f"The credentials must be {_ADMITTED}, with the permission organizations:{error.operation}."
        )
    return None
