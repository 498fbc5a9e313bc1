# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say which CAs a task is about, alike in every module: their specification, and reading them.

Pure.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.accounts import ACCOUNT_SPEC, Account, check_role_name, read_accounts, resolved, with_role
from .._aws.errors import InvalidOption
from .._aws.options import Partitions, check_range
from .._aws.regions import ALL_REGIONS, partition_of_region, read_regions
from .._aws.text import quoted
from .arns import ACCEPTED, SERVICE, CertificateAuthorityArn, parse_certificate_authority_arn
from .models import Scope, Selection

SELECTION_SPEC: dict[str, dict[str, t.Any]] = {
    "certificate_authority_arn": {
        "type": "list",
        "elements": "str",
        "aliases": ["certificate_authority_arns"],
    },
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {**ACCOUNT_SPEC, "regions": {"type": "list", "elements": "str"}},
    },
    "role_name": {"type": "str"},
    "external_id": {"type": "str", "no_log": True},
    "regions": {"type": "list", "elements": "str"},
    "concurrency": {"type": "int", "default": 32},
}

_MOST_CONCURRENCY = 256


def read_selection(params: t.Mapping[str, t.Any], *, region: str | None, partitions: Partitions) -> Selection:
    """Check the parameters that say which CAs are meant.

    :param region: the module's own region, if any.
    :raises InvalidOption: for the first option that cannot be used.
    """
    check_range("concurrency", params["concurrency"], 1, _MOST_CONCURRENCY)
    if region:
        partition_of_region("region", region, partitions)
    arns = _read_arns(params["certificate_authority_arn"], partitions)
    accounts = read_accounts(params["accounts"], params["external_id"])
    check_role_name(params["role_name"], params["accounts"])
    _check_partitions(arns, accounts, region, partitions)
    partition = _partition(arns, accounts, region, params, partitions)
    if not partitions.regions_of(SERVICE, partition):
        raise InvalidOption(
            f"accounts: this botocore knows no region with AWS Private CA in the partition '{partition}'; correct the "
            "ARNs of the roles, or update botocore."
        )
    accounts = tuple(with_role(account, params["role_name"], partition) for account in accounts)
    regions = read_regions("regions", params["regions"], service=SERVICE, partition=partition, partitions=partitions)
    if regions is None and region:
        regions = {region: True}
    scopes = _scopes(params["accounts"], accounts, regions, arns is None, partition, partitions)
    return Selection(
        arns=arns,
        scopes=scopes,
        home_region=region or _home_region(arns, scopes, partition, partitions),
        concurrency=params["concurrency"],
    )


ScopesByAccount = t.Mapping[t.Optional[str], t.Sequence[Scope]]


def scopes_by_account(selection: Selection) -> ScopesByAccount:
    """The scopes of each account, in the order given, so that thousands of ARNs find theirs quickly."""
    by_account: dict[str | None, list[Scope]] = {}
    for scope in selection.scopes:
        by_account.setdefault(scope.account.account_id, []).append(scope)
    return by_account


def owner_of(arn: CertificateAuthorityArn, by_account: ScopesByAccount) -> Account | None:
    """Whose credentials serve a CA: those of the account that its ARN names. None where the task lists others only.

    Where an account is listed by several roles, the first that is meant for the region of the CA is taken. The task's
    own credentials, if they are listed, serve all that no role does: whose they are is not known here.
    """
    listed = by_account.get(arn.account_id) or by_account.get(None) or ()
    meant = (scope.account for scope in listed if arn.region in scope.regions)
    return next(meant, listed[0].account if listed else None)


def needs_own_account(selection: Selection) -> bool:
    """Whether it matters which account the task's own credentials are of.

    It does where accounts are given by their ids, and where their own account may be listed by a role as well.
    """
    accounts = [scope.account for scope in selection.scopes]
    by_role = [account.role_arn is not None for account in accounts]
    twice = selection.arns is None and any(by_role) and not all(by_role)
    return twice or any(account.by_id for account in accounts)


def with_own_account(selection: Selection, own_account_id: str) -> Selection:
    """The same once it is known whose the task's own credentials are: the first entry of an account has it alone.

    :raises InvalidOption: for an account that needs a role and has none.
    """
    taken: set[tuple[str | None, str]] = set()
    scopes = []
    for scope in selection.scopes:
        account = resolved(scope.account, own_account_id)
        regions = {name: named for name, named in scope.regions.items() if (account.account_id, name) not in taken}
        taken.update((account.account_id, name) for name in regions)
        # With ARNs, an account serves its CAs wherever no other entry is meant for the region.
        if regions or selection.arns is not None:
            scopes.append(Scope(account, regions))
    return dataclasses.replace(selection, scopes=tuple(scopes))


def _read_arns(given: list[str] | None, partitions: Partitions) -> tuple[CertificateAuthorityArn, ...] | None:
    """The ARNs in the order given, each once. None (not given) means discovery; an empty list never does."""
    if given is None:
        return None
    if not given:
        raise InvalidOption(
            "certificate_authority_arn: the list is empty; name at least one certificate authority, or leave the "
            "option out for every one that the accounts own in the regions."
        )
    arns = tuple(dict.fromkeys(_read_arn(text, partitions) for text in given))
    for arn in arns:
        if arn.partition != arns[0].partition:
            raise InvalidOption(
                f"certificate_authority_arn: '{arn}' and '{arns[0]}' are in different partitions; "
                "audit each partition in a task of its own, with credentials of that partition."
            )
    return arns


def _read_arn(text: str, partitions: Partitions) -> CertificateAuthorityArn:
    try:
        arn = parse_certificate_authority_arn(text)
    except ValueError as e:
        raise InvalidOption(f"certificate_authority_arn: {quoted(text)} {e}; accepted: {ACCEPTED}.") from e
    partition = partitions.partition_of(arn.region)
    if partition is None:
        raise InvalidOption(
            f"certificate_authority_arn: '{text}' names '{arn.region}', which is not an AWS region; accepted: "
            f"{ACCEPTED}."
        )
    if partition != arn.partition:
        raise InvalidOption(
            f"certificate_authority_arn: '{text}' names the partition '{arn.partition}', but the region "
            f"{arn.region} is in the partition '{partition}'; accepted: {ACCEPTED}."
        )
    return arn


def _check_partitions(
    arns: tuple[CertificateAuthorityArn, ...] | None,
    accounts: tuple[Account, ...],
    region: str | None,
    partitions: Partitions,
) -> None:
    """Refuse what is in several partitions: the credentials of one are not valid in another."""
    own = partitions.partition_of(region) if region else None
    where = f"this task runs in '{own}' (region {region})"
    if arns and own is None:
        own, where = arns[0].partition, f"'{arns[0]}' is in '{arns[0].partition}'"
    named = [("certificate_authority_arn", arn.text, arn.partition) for arn in (arns or ())[:1]]
    named += [("accounts", each.role_arn, each.role_arn.split(":")[1]) for each in accounts if each.role_arn]
    for option, value, partition in named:
        if own is None:
            own, where = partition, f"'{value}' is in '{partition}'"
        if partition != own:
            raise InvalidOption(
                f"{option}: '{value}' is in the partition '{partition}', but {where}; credentials of one partition "
                "are not valid in another, so give a region and credentials of that partition in a task of its own."
            )


def _partition(
    arns: tuple[CertificateAuthorityArn, ...] | None,
    accounts: tuple[Account, ...],
    region: str | None,
    params: t.Mapping[str, t.Any],
    partitions: Partitions,
) -> str:
    """The one partition that everything is in, or has to be in: that of whatever names one, or AWS's usual one."""
    if arns:
        return arns[0].partition
    if region:
        return t.cast(str, partitions.partition_of(region))
    for account in accounts:
        if account.role_arn:
            return account.role_arn.split(":")[1]
    named = [*(params["regions"] or ()), *(name for each in params["accounts"] or () for name in each["regions"] or ())]
    found = (partitions.partition_of(name) for name in named if name != ALL_REGIONS)
    return next(filter(None, found), "aws")


def _scopes(
    given: list[dict[str, t.Any]] | None,
    accounts: tuple[Account, ...],
    regions: dict[str, bool] | None,
    discover: bool,
    partition: str,
    partitions: Partitions,
) -> tuple[Scope, ...]:
    """Which account is looked at where. An account and region that is listed twice is the first entry's alone."""
    named_in = [entry["regions"] for entry in given] if given else [None]
    taken: dict[tuple[str | None, str], Account] = {}
    scopes: dict[Account, dict[str, bool]] = {}
    for index, (account, own_regions) in enumerate(zip(accounts, named_in)):
        option = f"accounts[{index}].regions"
        wanted = (
            read_regions(option, own_regions, service=SERVICE, partition=partition, partitions=partitions) or regions
        )
        if wanted is None and discover:
            raise InvalidOption(
                "region: nothing is given, and neither the environment nor the AWS profile names a region; give the "
                "regions in which to discover certificate authorities, or name them in certificate_authority_arn."
            )
        mine = scopes.setdefault(account, {})
        for name, named in (wanted or {}).items():
            if taken.setdefault((account.account_id, name), account) == account:
                mine[name] = mine.get(name, False) or named
    # With ARNs, the first role of an account serves it wherever no other is meant for the region.
    return tuple(Scope(account, found) for account, found in scopes.items() if found or not discover)


def _home_region(
    arns: tuple[CertificateAuthorityArn, ...] | None,
    scopes: tuple[Scope, ...],
    partition: str,
    partitions: Partitions,
) -> str:
    """Where to begin if the task has no region: one that is certainly enabled, in the right partition."""
    if arns:
        return arns[0].region
    for scope in scopes:
        for name, named in scope.regions.items():
            if named:
                return name
    offered = partitions.regions_of(SERVICE, partition)
    return next((name for name in ("us-east-1", "us-gov-west-1", "cn-north-1") if name in offered), offered[0])
