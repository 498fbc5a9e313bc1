# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no single place of a seed file can know: doubles, names of what is not there, what a CA cannot do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from local_aws.seed_model import (
    ACCOUNT_ID_DIGITS,
    LONGEST_COMMON_NAME,
    WITHOUT_CERTIFICATE,
    Account,
    Authority,
    Organization,
    SeedError,
)
from local_aws.templates import LONGEST_PATH

#: An account or a CA, and where it stands in the file.
Placed = tuple[str, Account]
PlacedAuthority = tuple[str, Authority]

_NAMES_SHOWN = 12


def checked(organization: Organization) -> Organization:
    """The organization with every copy of an account written out. Raises SeedError."""
    accounts = [
        (f"accounts[{number}]", copy)
        for number, account in enumerate(organization.accounts)
        for copy in _copies(f"accounts[{number}]", account)
    ]
    _no_double([(f"{place}.name", account.name) for place, account in accounts])
    _no_double([(f"{place}.id", account.id) for place, account in accounts if account.id])
    _no_double([(f"buckets[{number}].name", bucket.name) for number, bucket in enumerate(organization.buckets)])
    _check_authorities(
        [
            (f"{place}.certificate_authorities[{number}]", authority)
            for place, account in accounts
            for number, authority in enumerate(account.certificate_authorities)
        ]
    )
    known = {name for _place, account in accounts for name in (account.name, account.id) if name}
    known.add(organization.management_account)
    _check_shares(accounts, known)
    _check_buckets(organization, known)
    return replace(organization, accounts=tuple(account for _place, account in accounts))


def depths_below(authorities: Sequence[Authority]) -> dict[str, int]:
    """How many layers of CAs are below each CA. A parent has to stand before its children."""
    depths = {authority.name: 0 for authority in authorities}
    for authority in reversed(authorities):
        if authority.parent is not None:
            depths[authority.parent] = max(depths[authority.parent], depths[authority.name] + 1)
    return depths


def _copies(place: str, account: Account) -> Iterator[Account]:
    """The account as often as it is wanted, each with names and an id of its own."""
    if account.copies == 1:
        yield account
        return
    if account.email:
        raise SeedError(f"{place}.copies: copies cannot share the email {account.email!r}; accepted: no email.")
    if account.id and len(str(int(account.id) + account.copies - 1)) > ACCOUNT_ID_DIGITS:
        raise SeedError(f"{place}.id: {account.id!r} leaves no room for {account.copies} copies; accepted: a lower id.")
    own = {authority.name for authority in account.certificate_authorities}
    for number in range(account.copies):
        ending = f"-{number + 1:04}"
        yield replace(
            account,
            name=account.name + ending,
            id=f"{int(account.id) + number:0{ACCOUNT_ID_DIGITS}}" if account.id else None,
            copies=1,
            certificate_authorities=tuple(
                replace(each, name=each.name + ending, parent=_renamed(each.parent, own, ending))
                for each in account.certificate_authorities
            ),
        )


def _renamed(parent: str | None, own: Collection[str], ending: str) -> str | None:
    return parent + ending if parent is not None and parent in own else parent


def _check_authorities(authorities: Sequence[PlacedAuthority]) -> None:
    _no_double([(f"{place}.name", authority.name) for place, authority in authorities])
    earlier: dict[str, Authority] = {}
    for place, authority in authorities:
        _check_common_name(f"{place}.name", authority.name)
        if authority.parent is not None:
            _check_parent(place, authority, earlier)
        _check_issued(place, authority)
        earlier[authority.name] = authority
    depths = depths_below([authority for _place, authority in authorities])
    for place, authority in authorities:
        if depths[authority.name] > LONGEST_PATH + (authority.type == "ROOT"):
            raise SeedError(
                f"{place}.name: below {authority.name!r} are {depths[authority.name]} layers of CAs, more than a "
                f"template allows; accepted: {LONGEST_PATH}, and {LONGEST_PATH + 1} below a ROOT."
            )


def _check_common_name(place: str, name: str) -> None:
    length = len(name.encode())
    if length > LONGEST_COMMON_NAME:
        raise SeedError(
            f"{place}: {name!r} has {length} bytes; accepted: up to {LONGEST_COMMON_NAME}, as X.509 has it."
        )


def _check_parent(place: str, authority: Authority, earlier: dict[str, Authority]) -> None:
    place = f"{place}.parent"
    if authority.type == "ROOT":
        raise SeedError(f"{place}: a ROOT CA signs itself; accepted: type: SUBORDINATE, or no parent.")
    parent = earlier.get(authority.parent or "")
    if parent is None or parent.status in WITHOUT_CERTIFICATE:
        usable = [name for name, each in earlier.items() if each.status not in WITHOUT_CERTIFICATE]
        raise SeedError(
            f"{place}: {authority.parent!r} is not the name of a CA further up in the file that has a certificate; "
            f"accepted: {_listed(usable) or 'nothing, as there is none'}."
        )
    if parent.status == "EXPIRED" and authority.status not in ("EXPIRED", *WITHOUT_CERTIFICATE):
        raise SeedError(
            f"{place}: {parent.name!r} is EXPIRED, and no certificate outlives the CA that issued it; "
            "accepted: status: EXPIRED here, too, or another parent."
        )
    if parent.usage_mode == "SHORT_LIVED_CERTIFICATE":
        raise SeedError(
            f"{place}: {parent.name!r} issues for seven days at most, which is too short for a CA; "
            "accepted: a parent whose usage_mode is GENERAL_PURPOSE."
        )


def _check_issued(place: str, authority: Authority) -> None:
    place, issued = f"{place}.issued", authority.issued
    _check_common_name(f"{place}.name", issued.name.replace("{n}", str(issued.total)))
    if authority.status in WITHOUT_CERTIFICATE and issued.total:
        raise SeedError(f"{place}: a CA in the status {authority.status} has issued nothing; accepted: no issued.")
    if authority.status == "EXPIRED" and issued.valid + issued.expiring:
        raise SeedError(f"{place}: no certificate outlives an EXPIRED CA; accepted: only expired certificates.")
    revoked = sum(issued.revoked.values())
    if revoked > issued.total:
        raise SeedError(
            f"{place}.revoked: {revoked} is more than the CA has issued; accepted: up to {issued.total} in all."
        )


def _check_shares(accounts: Sequence[Placed], known: Collection[str]) -> None:
    for place, account in accounts:
        for number, authority in enumerate(account.certificate_authorities):
            for index, name in enumerate(authority.shared_with):
                there = f"{place}.certificate_authorities[{number}].shared_with[{index}]"
                _check_account(there, name, known)
                if name in (account.name, account.id):
                    raise SeedError(f"{there}: {name!r} is the owner of the CA; accepted: other accounts.")


def _check_account(place: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise SeedError(f"{place}: {name!r} is no account of this file; accepted: {_listed(known)}.")


def _check_buckets(organization: Organization, known: Collection[str]) -> None:
    for number, bucket in enumerate(organization.buckets):
        named = [] if bucket.account is None else [(f"buckets[{number}].account", bucket.account)]
        named += [(f"buckets[{number}].accounts[{index}]", name) for index, name in enumerate(bucket.accounts or ())]
        for place, name in named:
            _check_account(place, name, known)
        if bucket.accounts is not None and bucket.policy != "audit-reports":
            raise SeedError(
                f"buckets[{number}].accounts: they are written into the policy audit-reports, and this bucket has "
                "another one; accepted: policy: audit-reports, or no accounts."
            )


def _no_double(named: list[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for place, name in named:
        if name in seen:
            raise SeedError(f"{place}: {name!r} is already at {seen[name]}; every one needs one of its own.")
        seen[name] = place


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)[:_NAMES_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
