# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts that a task works in: the option ``accounts``, checked. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.arn import parse_aws_arn

from .errors import InvalidOption
from .options import check_characters, check_range
from .text import quoted

ACCOUNT_SPEC: dict[str, dict[str, t.Any]] = {
    "role_arn": {"type": "str"},
    "external_id": {"type": "str"},
    "role_session_name": {"type": "str", "default": "cloudpki-aws"},
    "duration_seconds": {"type": "int", "default": 3600},
}

_ACCEPTED_ROLE = "arn:<partition>:iam::<account>:role/<name>"


@dataclasses.dataclass(frozen=True)
class Account:
    """An AWS account to work in: by assuming a role in it, or as the task's own credentials are (no ``role_arn``).

    ``account_id`` is None as long as the account of the task's own credentials is not known.
    """

    account_id: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    role_session_name: str = ""
    duration_seconds: int = 3600


OWN_ACCOUNT = Account()


def read_accounts(given: list[dict[str, t.Any]] | None) -> tuple[Account, ...]:
    """The accounts in the order given; only that of the task's own credentials if none are.

    :raises InvalidOption: for the first entry that cannot be used.
    """
    if given is None:
        return (OWN_ACCOUNT,)
    if not given:
        raise InvalidOption(
            "accounts: the list is empty; name at least one account, or leave the option out for the account of the "
            "task's own credentials."
        )
    return tuple(_read_account(f"accounts[{index}]", entry) for index, entry in enumerate(given))


def _read_account(place: str, entry: dict[str, t.Any]) -> Account:
    check_range(f"{place}.duration_seconds", entry["duration_seconds"], 900, 43_200)
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    check_characters(f"{place}.role_session_name", entry["role_session_name"], r"[\w+=,.@-]{2,64}", "2 to 64", "+=,.@-")
    if entry["role_arn"] is None:
        if entry["external_id"] is not None:
            raise InvalidOption(
                f"{place}.external_id: is given without role_arn; it belongs to a role that is assumed, so give "
                "role_arn, or leave it out for the account of the task's own credentials."
            )
        return OWN_ACCOUNT
    if entry["external_id"] is not None:
        pattern = r"[\w+=,.@:/-]{2,1224}"
        check_characters(f"{place}.external_id", entry["external_id"], pattern, "2 to 1224", "+=,.@:/-")
    return Account(
        account_id=_role_parts(place, entry["role_arn"])["account_id"],
        role_arn=entry["role_arn"],
        external_id=entry["external_id"],
        role_session_name=entry["role_session_name"],
        duration_seconds=entry["duration_seconds"],
    )


def _role_parts(place: str, role_arn: str) -> dict[str, str]:
    # amazon.aws searches for an ARN anywhere in the text, so what surrounds it is refused here.
    parts = parse_aws_arn(role_arn) if role_arn.startswith("arn:") and not re.search(r"\s", role_arn) else None
    wrong = None
    if not parts:
        wrong = "is not an ARN"
    elif parts["service"] != "iam" or not parts["resource"].startswith("role/"):
        wrong = "is not the ARN of an IAM role"
    elif not re.fullmatch(r"[0-9]{12}", parts["account_id"]):
        wrong = "has no account ID (12 digits)"
    elif len(role_arn) > 2048 or not re.fullmatch(r"role/[\w+=,.@/-]+", parts["resource"], re.ASCII):
        wrong = "has a role name that AWS does not accept"
    if wrong:
        raise InvalidOption(f"{place}.role_arn: {quoted(role_arn)} {wrong}; accepted: {_ACCEPTED_ROLE}.")
    return t.cast("dict[str, str]", parts)
