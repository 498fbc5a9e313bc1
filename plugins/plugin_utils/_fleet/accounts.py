# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts to work in: as they are listed or from ids, who they are, and in which batches. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.arns import parse_certificate_authority_arn

Account = dict[str, t.Any]

_ROLE_ARN = re.compile(r"arn:[a-z0-9-]+:iam::([0-9]{12}):role/(?:[^\s/]+/)*[\w+=,.@-]+")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some of the accounts: the ``first`` to the ``last`` of ``total``, counted from 1, and the CAs named in them.

    No ARNs means every CA that is found there.
    """

    first: int
    last: int
    total: int
    accounts: tuple[Account, ...]
    certificate_authority_arns: tuple[str, ...] = ()


def accounts_from_ids(
    account_ids: t.Iterable[t.Any], role_name: str, external_id: str, own_account_id: str, partition: str
) -> list[Account]:
    """Entries of the module's option ``accounts``, one for each id; the own account needs no role.

    :raises ValueError: a sentence about an id that is none.
    """
    return [
        {} if account_id == own_account_id else _entry(account_id, role_name, external_id, partition)
        for account_id in dict.fromkeys(map(_checked_id, account_ids))
    ]


def ids_of(accounts: t.Iterable[t.Any], own_account_id: str) -> list[str]:
    """The account of each entry. An entry without a role is the own account.

    :raises ValueError: a sentence about an entry from which no account can be told.
    """
    return list(dict.fromkeys(_id_of(account, own_account_id) for account in accounts))


def owners_of(certificate_authority_arns: t.Iterable[t.Any]) -> dict[str, str]:
    """The account of each CA, by its ARN.

    :raises ValueError: a sentence about an ARN that is none.
    """
    owners = {}
    for arn in certificate_authority_arns:
        try:
            owners[str(arn)] = parse_certificate_authority_arn(str(arn)).account_id
        except ValueError as e:
            raise ValueError(f"{str(arn)[:200]!r} in audit_reports_certificate_authority_arns {e}.") from e
    return owners


def admitted(account_ids: t.Sequence[str], certificate_authority_arns: t.Sequence[t.Any]) -> list[str]:
    """The accounts that a bucket is for: with ARNs, those that they name.

    :raises ValueError: a sentence about an ARN that is none, or whose account is not listed, so that a slip of the pen
        lets no stranger in.
    """
    owners = owners_of(certificate_authority_arns)
    for arn, account_id in owners.items():
        if account_id not in account_ids:
            raise ValueError(
                f"{arn} in audit_reports_certificate_authority_arns is of the account {account_id}, which is not "
                "listed. Add it to audit_reports_account_ids or audit_reports_accounts, or correct the ARN."
            )
    return list(dict.fromkeys(owners.values())) or list(account_ids)


def role_arns_of(accounts: t.Iterable[t.Any]) -> list[str]:
    """The roles of the entries that have one."""
    return list(dict.fromkeys(account["role_arn"] for account in accounts if account.get("role_arn")))


def batches_of(
    accounts: t.Sequence[Account], size: int, certificate_authority_arns: t.Sequence[str], own_account_id: str
) -> list[Batch]:
    """Cut the accounts into batches, in their order.

    ARNs go with the account that they name; accounts without any are then left out. Those of an account that is not
    listed go with the last batch, where the module says of each what is wrong.

    :raises ValueError: a sentence about a size, an entry or an ARN that makes no sense.
    """
    if size < 1:
        raise ValueError(f"audit_reports_batch_size is {size}; it must be 1 or more.")
    arns_of: dict[str, list[str]] = {}
    for arn, owner in owners_of(certificate_authority_arns).items():
        arns_of.setdefault(owner, []).append(arn)
    listed = [(account, _id_of(account, own_account_id)) for account in accounts]
    if certificate_authority_arns:
        # The first entry of an account serves its CAs. A batch without ARNs would mean every CA of its accounts.
        first: dict[str, Account] = {}
        for account, account_id in listed:
            first.setdefault(account_id, account)
        listed = [(account, account_id) for account_id, account in first.items() if account_id in arns_of]
    total = len(listed)
    batches = []
    for start in range(0, total, size):
        part = listed[start : start + size]
        arns = [arn for _account, account_id in part for arn in arns_of.pop(account_id, ())]
        batches.append(Batch(start + 1, start + len(part), total, tuple(account for account, _id in part), tuple(arns)))
    left = tuple(arn for arns in arns_of.values() for arn in arns)
    if left and batches:
        last = batches[-1]
        batches[-1] = dataclasses.replace(last, certificate_authority_arns=last.certificate_authority_arns + left)
    elif left:
        # None of the accounts listed has one of them; the first stands for them all.
        batches.append(Batch(1, min(len(accounts), 1), min(len(accounts), 1), tuple(accounts[:1]), left))
    return batches


def _entry(account_id: str, role_name: str, external_id: str, partition: str) -> Account:
    entry = {"role_arn": f"arn:{partition}:iam::{account_id}:role/{role_name}"}
    return {**entry, "external_id": external_id} if external_id else entry


def _checked_id(account_id: t.Any) -> str:
    if not isinstance(account_id, str):
        raise ValueError(f"The account id {account_id!r} is not a string. Quote it: YAML reads it as a number.")
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise ValueError(f"The account id {account_id!r} is not 12 digits.")
    return account_id


def _id_of(account: t.Any, own_account_id: str) -> str:
    if not isinstance(account, t.Mapping):
        raise ValueError(
            f"An entry of audit_reports_accounts is {account!r}; it must be a mapping, such as role_arn: ARN."
        )
    role = account.get("role_arn")
    if not role:
        return own_account_id
    match = _ROLE_ARN.fullmatch(str(role))
    if not match:
        raise ValueError(
            f"The role_arn {str(role)!r} in audit_reports_accounts is not the ARN of a role, "
            "such as arn:aws:iam::111122223333:role/PrivateCAAudit."
        )
    return match.group(1)
