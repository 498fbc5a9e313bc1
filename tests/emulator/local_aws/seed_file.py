# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The YAML file that describes an organization: reading it, and saying where it is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import yaml

from local_aws.issuance import KEY_ALGORITHMS, REVOCATION_REASONS
from local_aws.templates import DEFAULT, find_template

STATUSES = ("CREATING", "PENDING_CERTIFICATE", "ACTIVE", "DISABLED", "EXPIRED", "FAILED", "DELETED")
#: A CA in one of these has never had a certificate, and so has issued none.
WITHOUT_CERTIFICATE = ("CREATING", "PENDING_CERTIFICATE", "FAILED")
TYPES = ("ROOT", "SUBORDINATE")
USAGE_MODES = ("GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE")
POLICIES = ("audit-reports", "none")
ENCRYPTIONS = ("none", "kms", "kms-not-admitted", "aws-managed")

Made = TypeVar("Made")


class SeedError(Exception):
    """A sentence that names the place in the file, the value and what is accepted."""


@dataclass(frozen=True)
class Issued:
    """What a CA has issued: how many of which kind, to whom, and how many of those were revoked and why."""

    valid: int = 0
    expiring: int = 0
    expired: int = 0
    expiring_within_days: int = 30
    name: str = "host-{n}.example.com"
    templates: tuple[str, ...] = (DEFAULT,)
    #: None: somebody with an IAM principal; else a service, as acm.amazonaws.com.
    principals: tuple[str | None, ...] = (None,)
    revoked: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many certificates."""
        return self.valid + self.expiring + self.expired


@dataclass(frozen=True)
class Authority:
    """A private CA. ``parent`` is the name of the CA that signs it; a subordinate without one signs for itself."""

    name: str
    region: str = "us-east-1"
    type: str = "ROOT"
    status: str = "ACTIVE"
    key_algorithm: str = "EC_prime256v1"
    usage_mode: str = "GENERAL_PURPOSE"
    parent: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    issued: Issued = field(default_factory=Issued)


@dataclass(frozen=True)
class Account:
    """A member account, or the management account itself where it has its id."""

    name: str
    id: str | None = None
    email: str | None = None
    organizational_unit: str | None = None
    role: str = "OrganizationAccountAccessRole"
    #: Make it this many times, with numbered names: for tests of size.
    copies: int = 1
    certificate_authorities: tuple[Authority, ...] = ()


@dataclass(frozen=True)
class Bucket:
    """A bucket for reports, in the account of that name or id."""

    name: str
    account: str | None = None
    region: str = "us-east-1"
    policy: str | Mapping[str, Any] = "audit-reports"
    encryption: str = "none"


@dataclass(frozen=True)
class Organization:
    """Everything in the file."""

    management_account: str = "123456789012"
    accounts: tuple[Account, ...] = ()
    buckets: tuple[Bucket, ...] = ()


def parse(text: str) -> Organization:
    """Read a seed file. Raises SeedError."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SeedError(f"it is not YAML: {' '.join(str(error).split())}.") from error
    organization = _make(Organization, _ORGANIZATION, content, "")
    _check_names(organization)
    return replace(organization, accounts=tuple(each for account in organization.accounts for each in _copied(account)))


def _copied(account: Account) -> Iterator[Account]:
    """The account as often as it is wanted, each with names of its own."""
    if account.copies == 1:
        yield account
        return
    own = {authority.name for authority in account.certificate_authorities}
    for number in range(1, account.copies + 1):
        ending = f"-{number:04}"
        authorities = tuple(
            replace(each, name=each.name + ending, parent=each.parent + ending if each.parent in own else each.parent)
            if each.parent is not None
            else replace(each, name=each.name + ending)
            for each in account.certificate_authorities
        )
        yield replace(account, name=account.name + ending, copies=1, certificate_authorities=authorities)


def _check_names(organization: Organization) -> None:
    """What no single place can know: names that are there twice, and names of what is not there."""
    places = [(f"accounts[{number}]", account) for number, account in enumerate(organization.accounts)]
    _no_double([(f"{place}.name", account.name) for place, account in places])
    _no_double([(f"{place}.id", account.id) for place, account in places if account.id])
    for place, account in places:
        if account.copies > 1 and (account.id or account.email):
            raise SeedError(f"{place}.copies: copies cannot share an id or an email; accepted: neither of the two.")
    _no_double([(f"buckets[{number}].name", bucket.name) for number, bucket in enumerate(organization.buckets)])
    authorities = [
        (f"{place}.certificate_authorities[{number}]", authority)
        for place, account in places
        for number, authority in enumerate(account.certificate_authorities)
    ]
    _no_double([(f"{place}.name", authority.name) for place, authority in authorities])
    earlier: dict[str, Authority] = {}
    for place, authority in authorities:
        if authority.parent is not None:
            parent = earlier.get(authority.parent)
            if parent is None or parent.status in WITHOUT_CERTIFICATE:
                raise SeedError(
                    f"{place}.parent: {authority.parent!r} is not the name of a CA further up in the file that has a "
                    f"certificate; accepted: {_listed(earlier) or 'nothing, as there is none'}."
                )
            if authority.type == "ROOT":
                raise SeedError(f"{place}.parent: a ROOT CA signs itself; give type: SUBORDINATE, or no parent.")
        if authority.status in WITHOUT_CERTIFICATE and authority.issued.total:
            raise SeedError(
                f"{place}.issued: a CA in the status {authority.status} has issued nothing; accepted: no issued."
            )
        if authority.status == "EXPIRED" and authority.issued.valid + authority.issued.expiring:
            raise SeedError(
                f"{place}.issued: no certificate outlives an EXPIRED CA; accepted: only expired certificates."
            )
        revoked = sum(authority.issued.revoked.values())
        if revoked > authority.issued.total:
            raise SeedError(
                f"{place}.issued.revoked: {revoked} is more than the CA has issued; accepted: up to "
                f"{authority.issued.total} in all."
            )
        earlier[authority.name] = authority
    known = {name for account in organization.accounts for name in (account.name, account.id) if name}
    for number, bucket in enumerate(organization.buckets):
        if bucket.account is not None and bucket.account not in known | {organization.management_account}:
            raise SeedError(
                f"buckets[{number}].account: {bucket.account!r} is no account of this file; accepted: {_listed(known)}."
            )


def _no_double(named: list[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for place, name in named:
        if name in seen:
            raise SeedError(f"{place}: {name!r} is already at {seen[name]}; every one needs a name of its own.")
        seen[name] = place


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


Read = Callable[[Any, str], Any]


def _make(kind: Callable[..., Made], readers: Mapping[str, Read], content: Any, place: str) -> Made:
    """A dataclass of a mapping; ``place`` is where the mapping is in the file."""
    if not isinstance(content, Mapping):
        raise SeedError(f"{place or 'the file'}: {content!r} is not a mapping; accepted keys: {_listed(readers)}.")
    for key in content:
        if key not in readers:
            raise SeedError(f"{_join(place, str(key))}: there is no such key; accepted: {_listed(readers)}.")
    if "name" in readers and kind is not Issued and "name" not in content:
        raise SeedError(f"{_join(place, 'name')}: it is missing; give a name.")
    return kind(**{key: readers[key](value, _join(place, key)) for key, value in content.items()})


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _list_of(kind: Callable[..., Made], readers: Callable[[], Mapping[str, Read]]) -> Read:
    def read(value: Any, place: str) -> tuple[Made, ...]:
        if not isinstance(value, list):
            raise SeedError(f"{place}: {value!r} is not a list.")
        return tuple(_make(kind, readers(), item, f"{place}[{number}]") for number, item in enumerate(value))

    return read


def _texts(check: Read) -> Read:
    def read(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise SeedError(f"{place}: {value!r} is not a list with something in it.")
        return tuple(check(item, f"{place}[{number}]") for number, item in enumerate(value))

    return read


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SeedError(f"{place}: {value!r} is not a text with something in it (numbers need quotes).")
    return value


def _matching(pattern: str, accepted: str) -> Read:
    def read(value: Any, place: str) -> str:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise SeedError(f"{place}: {value!r} is not accepted; accepted: {accepted}.")
        return value

    return read


def _choice(choices: Collection[str]) -> Read:
    def read(value: Any, place: str) -> str:
        if value not in choices:
            raise SeedError(f"{place}: {value!r} is not accepted; accepted: {', '.join(choices)}.")
        return str(value)

    return read


def _count(lowest: int) -> Read:
    def read(value: Any, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            raise SeedError(f"{place}: {value!r} is not accepted; accepted: a whole number from {lowest} on.")
        return value

    return read


def _principal(value: Any, place: str) -> str | None:
    if value is None:
        return None
    return str(_matching(r"[\w.-]+\.amazonaws\.com", "null, or a service as acm.amazonaws.com")(value, place))


def _template(value: Any, place: str) -> str:
    arn = f"arn:aws:acm-pca:::template/{value}/V1" if isinstance(value, str) and ":" not in value else value
    if not isinstance(arn, str) or find_template(arn) is None:
        raise SeedError(f"{place}: {value!r} is no certificate template; accepted: one as EndEntityCertificate.")
    return arn


def _mapping_of(check_key: Read, check_value: Read) -> Read:
    def read(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise SeedError(f"{place}: {value!r} is not a mapping.")
        return {check_key(key, place): check_value(item, f"{place}.{key}") for key, item in value.items()}

    return read


def _policy(value: Any, place: str) -> str | Mapping[str, Any]:
    return value if isinstance(value, Mapping) else str(_choice(POLICIES)(value, place))


_ACCOUNT_ID = _matching(r"[0-9]{12}", "12 digits, in quotes")
_REGION = _matching(r"[a-z]{2}(-[a-z]+)+-[0-9]", "a region as us-east-1")

_ISSUED: Mapping[str, Read] = {
    "valid": _count(0),
    "expiring": _count(0),
    "expired": _count(0),
    "expiring_within_days": _count(1),
    "name": _text,
    "templates": _texts(_template),
    "principals": _texts(_principal),
    "revoked": _mapping_of(_choice(REVOCATION_REASONS), _count(0)),
}
_AUTHORITY: Mapping[str, Read] = {
    "name": _text,
    "region": _REGION,
    "type": _choice(TYPES),
    "status": _choice(STATUSES),
    "key_algorithm": _choice(KEY_ALGORITHMS),
    "usage_mode": _choice(USAGE_MODES),
    "parent": _text,
    "tags": _mapping_of(_text, _text),
    "issued": lambda value, place: _make(Issued, _ISSUED, value, place),
}
_ACCOUNT: Mapping[str, Read] = {
    "name": _text,
    "id": _ACCOUNT_ID,
    "email": _text,
    "organizational_unit": _text,
    "role": _matching(r"[\w+=,.@-]{1,64}", "the name of an IAM role"),
    "copies": _count(1),
    "certificate_authorities": _list_of(Authority, lambda: _AUTHORITY),
}
_BUCKET: Mapping[str, Read] = {
    "name": _matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of a bucket"),
    "account": _text,
    "region": _REGION,
    "policy": _policy,
    "encryption": _choice(ENCRYPTIONS),
}
_ORGANIZATION: Mapping[str, Read] = {
    "management_account": _ACCOUNT_ID,
    "accounts": _list_of(Account, lambda: _ACCOUNT),
    "buckets": _list_of(Bucket, lambda: _BUCKET),
}
