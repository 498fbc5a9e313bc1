# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The YAML file that describes an organization: reading it, and saying where it is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, TypeVar

import boto3
import yaml

from local_aws.issuance import KEY_ALGORITHMS, REVOCATION_REASONS
from local_aws.seed_checks import checked
from local_aws.seed_model import (
    ACCOUNT_ID_DIGITS,
    ENCRYPTIONS,
    POLICIES,
    STATES,
    STATUSES,
    TYPES,
    USAGE_MODES,
    Account,
    Authority,
    Bucket,
    Issued,
    Organization,
    SeedError,
)
from local_aws.templates import find_template

Made = TypeVar("Made")


def parse(text: str) -> Organization:
    """Read a seed file. Raises SeedError."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SeedError(f"it is not YAML: {' '.join(str(error).split())}.") from error
    return checked(_make(Organization, _ORGANIZATION, content, ""))


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
        raise SeedError(f"{_join(place, 'name')}: it is missing; accepted: a name.")
    return kind(**{key: readers[key](value, _join(place, key)) for key, value in content.items()})


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _list_of(kind: Callable[..., Made], readers: Callable[[], Mapping[str, Read]]) -> Read:
    def read(value: Any, place: str) -> tuple[Made, ...]:
        if not isinstance(value, list):
            raise SeedError(f"{place}: {value!r} is not a list; accepted: a list of mappings.")
        return tuple(_make(kind, readers(), item, f"{place}[{number}]") for number, item in enumerate(value))

    return read


def _texts(check: Read) -> Read:
    def read(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise SeedError(f"{place}: {value!r} is not accepted; accepted: a list with something in it.")
        return tuple(check(item, f"{place}[{number}]") for number, item in enumerate(value))

    return read


def _text(value: Any, place: str) -> str:
    # YAML can write halves of characters, which no certificate and no file can hold.
    if not isinstance(value, str) or not value.strip() or re.search("[\ud800-\udfff]", value):
        raise SeedError(
            f"{place}: {value!r} is not accepted; accepted: a text with something in it (numbers need quotes)."
        )
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


@cache
def _regions(service: str) -> tuple[str, ...]:
    return tuple(sorted(boto3.session.Session().get_available_regions(service)))


def _region_of(service: str) -> Read:
    def read(value: Any, place: str) -> str:
        # Looked up here, since the list is long to load.
        return str(_choice(_regions(service))(value, place))

    return read


def _principal(value: Any, place: str) -> str | None:
    if value is None:
        return None
    return str(_matching(r"[\w.-]+\.amazonaws\.com", "null, or a service such as acm.amazonaws.com")(value, place))


def _template(value: Any, place: str) -> str:
    arn = f"arn:aws:acm-pca:::template/{value}/V1" if isinstance(value, str) and ":" not in value else value
    if not isinstance(arn, str) or find_template(arn) is None:
        raise SeedError(f"{place}: {value!r} is no certificate template; accepted: one such as EndEntityCertificate.")
    return arn


def _mapping_of(check_key: Read, check_value: Read) -> Read:
    def read(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise SeedError(f"{place}: {value!r} is not accepted; accepted: a mapping.")
        return {check_key(key, place): check_value(item, f"{place}.{key}") for key, item in value.items()}

    return read


def _policy(value: Any, place: str) -> str | Mapping[str, Any]:
    return value if isinstance(value, Mapping) else str(_choice(POLICIES)(value, place))


_ACCOUNT_ID = _matching(f"[0-9]{{{ACCOUNT_ID_DIGITS}}}", f"{ACCOUNT_ID_DIGITS} digits, in quotes")

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
    "region": _region_of("acm-pca"),
    "type": _choice(TYPES),
    "status": _choice(STATUSES),
    "key_algorithm": _choice(KEY_ALGORITHMS),
    "usage_mode": _choice(USAGE_MODES),
    "parent": _text,
    "tags": _mapping_of(_text, _text),
    "shared_with": _texts(_text),
    "issued": lambda value, place: _make(Issued, _ISSUED, value, place),
}
_ACCOUNT: Mapping[str, Read] = {
    "name": _text,
    "id": _ACCOUNT_ID,
    "email": _text,
    "organizational_unit": _text,
    "state": _choice(STATES),
    "tags": _mapping_of(_text, _text),
    "role": _matching(r"[\w+=,.@-]{1,64}", "the name of an IAM role"),
    "external_id": _matching(r"[\w+=,.@:/-]{2,1224}", "2 to 1224 letters, digits and +=,.@:/-_"),
    "disabled_regions": _texts(_region_of("ec2")),
    "copies": _count(1),
    "certificate_authorities": _list_of(Authority, lambda: _AUTHORITY),
}
_BUCKET: Mapping[str, Read] = {
    "name": _matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of a bucket"),
    "account": _text,
    "region": _region_of("s3"),
    "policy": _policy,
    "accounts": _texts(_text),
    "encryption": _choice(ENCRYPTIONS),
}
_ORGANIZATION: Mapping[str, Read] = {
    "management_account": _ACCOUNT_ID,
    "accounts": _list_of(Account, lambda: _ACCOUNT),
    "buckets": _list_of(Bucket, lambda: _BUCKET),
}
