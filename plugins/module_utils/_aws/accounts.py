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
    "account_id": {"type": "str"},
    "name": {"type": "str"},
    "external_id": {"type": "str", "no_log": True},
    "role_session_name": {"type": "str", "default": "cloudpki-aws"},
    "duration_seconds": {"type": "int", "default": 3600},
}

_ACCEPTED_ROLE = "arn:<partition>:iam::<account>:role/<name>"


@dataclasses.dataclass(frozen=True)
class Account:
    """An AWS account to work in: by assuming a role in it, or as the task's own credentials are (no ``role_arn``).

    ``account_id`` is None as long as the account of the task's own credentials is not known. ``by_id`` is whether the
    task gave nothing but the account: the role is one that all such accounts have, except the task's own account, which
    needs none. ``name`` is what the task calls the account: text from outside, which decides nothing.
    """

    account_id: str | None = None
    role_arn: str | None = None
    external_id: str | None = dataclasses.field(default=None, repr=False)
    role_session_name: str = ""
    duration_seconds: int = 3600
    by_id: bool = False
    name: str | None = dataclasses.field(default=None, compare=False)


OWN_ACCOUNT = Account()


def read_accounts(given: list[dict[str, t.Any]] | None, external_id: str | None = None) -> tuple[Account, ...]:
    """The accounts in the order given; only that of the task's own credentials if none are.

    :param external_id: that of all roles whose entries have none.
    :raises InvalidOption: for the first entry that cannot be used.
    """
    if external_id is not None:
        _check_external_id("external_id", external_id)
    if given is None:
        if external_id is not None:
            raise InvalidOption(
                "external_id: is given without accounts; it belongs to roles that are assumed, so list the accounts, "
                "or leave it out."
            )
        return (OWN_ACCOUNT,)
    if not given:
        raise InvalidOption(
            "accounts: the list is empty; name at least one account, or leave the option out for the account of the "
            "task's own credentials."
        )
    return tuple(_read_account(f"accounts[{index}]", entry, external_id) for index, entry in enumerate(given))


def external_ids(params: t.Mapping[str, t.Any]) -> set[str]:
    """All external IDs among the parameters of a module, whether they can be used or not."""
    given = (entry.get("external_id") for entry in (params, *(params.get("accounts") or ())))
    return {each for each in given if each is not None}


def check_role_name(name: str | None, given: list[dict[str, t.Any]] | None) -> None:
    """Refuse the name of a role that is none, or that nothing is done with.

    :raises InvalidOption: for the option role_name.
    """
    if name is None:
        return
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    if len(name) > 575 or not re.fullmatch(r"(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}", name, re.ASCII):
        raise InvalidOption(
            f"role_name: {quoted(name)} is not the name of an IAM role; accepted: 1 to 64 letters, digits and "
            "characters of _+=,.@-, behind its path if it has one, such as audit/PrivateCAAudit, and no ARN."
        )
    if given is None:
        raise InvalidOption(
            "role_name: is given without accounts; it is the role of accounts that are listed by account_id, so list "
            "them, or leave it out."
        )


def with_role(account: Account, role_name: str | None, partition: str) -> Account:
    """The same with the role's ARN, which only the partition completes for an account that is given by its id."""
    if not account.by_id or role_name is None:
        return account
    role_arn = f"arn:{partition}:iam::{account.account_id}:role/{role_name}"
    return dataclasses.replace(account, role_arn=role_arn)


def resolved(account: Account, own_account_id: str) -> Account:
    """The same once it is known which account the task's own credentials are of.

    :raises InvalidOption: for another account that is given by its id, without a role.
    """
    if account.by_id and account.account_id == own_account_id:
        return Account(own_account_id, name=account.name)
    if account.by_id and account.role_arn is None:
        raise InvalidOption(
            f"accounts: account_id {account.account_id} is not the account of the task's own credentials "
            f"({own_account_id}), so it needs a role; give role_name, or role_arn in its entry."
        )
    return dataclasses.replace(account, account_id=account.account_id or own_account_id)


def _read_account(place: str, entry: dict[str, t.Any], external_id: str | None) -> Account:
    check_range(f"{place}.duration_seconds", entry["duration_seconds"], 900, 43_200)
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    check_characters(f"{place}.role_session_name", entry["role_session_name"], r"[\w+=,.@-]{2,64}", "2 to 64", "+=,.@-")
    account_id, role_arn = entry["account_id"], entry["role_arn"]
    if account_id is not None and not re.fullmatch(r"[0-9]{12}", account_id):
        raise InvalidOption(
            f"{place}.account_id: {quoted(account_id)} is not an account ID; accepted: 12 digits, in quotes, since "
            "YAML drops leading zeros of a number."
        )
    if entry["external_id"] is not None:
        _check_external_id(f"{place}.external_id", entry["external_id"])
    if role_arn is None and account_id is None:
        if entry["external_id"] is not None:
            raise InvalidOption(
                f"{place}.external_id: is given without role_arn or account_id; it belongs to a role that is assumed, "
                "so give one of them, or leave it out for the account of the task's own credentials."
            )
        return dataclasses.replace(OWN_ACCOUNT, name=entry["name"])
    if role_arn is not None:
        owner = _role_parts(place, role_arn)["account_id"]
        if account_id not in (None, owner):
            raise InvalidOption(
                f"{place}.account_id: {account_id} is not the account of role_arn, {owner}; correct one of the two, or "
                "leave one of them out."
            )
        account_id = owner
    return Account(
        account_id=account_id,
        role_arn=role_arn,
        external_id=external_id if entry["external_id"] is None else entry["external_id"],
        role_session_name=entry["role_session_name"],
        duration_seconds=entry["duration_seconds"],
        by_id=role_arn is None,
        name=entry["name"],
    )


def _check_external_id(option: str, given: str) -> None:
    if not re.fullmatch(r"[\w+=,.@:/-]{2,1224}", given, re.ASCII):
        # Its value is not shown, as that of a password.
        raise InvalidOption(
            f"{option}: the value, which is not shown, is not accepted by AWS; accepted: 2 to 1224 letters, digits and "
            "characters of _+=,.@:/-."
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
