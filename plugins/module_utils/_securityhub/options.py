# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of securityhub_findings: their specification, and reading them into a ``FindingsRequest``. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from .._aws.errors import InvalidOption
from .._aws.text import quoted
from .._aws.times import read_time
from .asff import SEVERITIES, Finding, Resource, without_empty

_RESOURCE_SPEC: dict[str, dict[str, t.Any]] = {
    "id": {"type": "str", "required": True},
    "type": {"type": "str", "default": "Other"},
    "region": {"type": "str"},
    "details": {"type": "dict", "default": {}},
}
_FINDING_SPEC: dict[str, dict[str, t.Any]] = {
    "id": {"type": "str", "required": True},
    "title": {"type": "str", "required": True},
    "description": {"type": "str", "required": True},
    "severity": {"type": "str", "choices": list(SEVERITIES), "default": "MEDIUM"},
    "types": {"type": "list", "elements": "str", "default": []},
    "created_at": {"type": "str"},
    "expires_at": {"type": "str"},
    "resources": {"type": "list", "elements": "dict", "required": True, "options": _RESOURCE_SPEC},
    "product_fields": {"type": "dict", "default": {}},
    "remediation": {"type": "str"},
}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "generator_id": {"type": "str", "required": True},
    "findings": {"type": "list", "elements": "dict", "required": True, "options": _FINDING_SPEC},
    "purge": {"type": "bool", "default": False},
    "purge_prefixes": {"type": "list", "elements": "str"},
}

# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
_LONGEST = {"id": 512, "title": 256, "description": 1024, "remediation": 512}
_LONGEST_GENERATOR = 512
_MOST_RESOURCES = 32
_LONGEST_RESOURCE_ID = 512
_LONGEST_DETAIL = 1024
_LONGEST_PRODUCT_FIELD = 2048
_MOST_PRODUCT_FIELDS = 50 - 1  # one is the module's own


@dataclasses.dataclass(frozen=True)
class FindingsRequest:
    """What the task asks for, checked.

    ``purge_prefixes`` are None where nothing is purged; the empty one is what every id begins with.
    """

    generator_id: str
    findings: tuple[Finding, ...]
    purge_prefixes: tuple[str, ...] | None


def read_finding_options(params: t.Mapping[str, t.Any]) -> FindingsRequest:
    """Check the module's parameters and turn them into a request.

    :raises InvalidOption: for the first option that cannot be used.
    """
    generator_id = params["generator_id"]
    if not 1 <= len(generator_id) <= _LONGEST_GENERATOR:
        raise InvalidOption(f"generator_id: {quoted(generator_id)} must have 1 to {_LONGEST_GENERATOR} characters.")
    findings = tuple(_read_finding(given) for given in params["findings"])
    seen: set[str] = set()
    for finding in findings:
        if finding.id in seen:
            raise InvalidOption(f"findings: two findings have the ID {quoted(finding.id)}; IDs must be unique.")
        seen.add(finding.id)
    prefixes = params["purge_prefixes"]
    if prefixes is not None and not params["purge"]:
        raise InvalidOption(
            "purge_prefixes: it limits what purge archives; set purge to true, or leave purge_prefixes out."
        )
    if prefixes is not None and not all(prefixes):
        raise InvalidOption("purge_prefixes: an empty prefix matches every finding; leave it out.")
    purged = ("",) if prefixes is None else tuple(prefixes)
    return FindingsRequest(generator_id, findings, purged if params["purge"] else None)


def _read_finding(given: t.Mapping[str, t.Any]) -> Finding:
    for name, longest in _LONGEST.items():
        text = given[name]
        if text is not None and not 1 <= len(text) <= longest:
            raise InvalidOption(
                f"findings: the {name} of the finding {quoted(given['id'])} has {len(text)} characters; it has to have "
                f"1 to {longest}."
            )
    resources = given["resources"]
    if not 1 <= len(resources) <= _MOST_RESOURCES:
        raise InvalidOption(
            f"findings: the finding {quoted(given['id'])} has {len(resources)} resources; it must have 1 to "
            f"{_MOST_RESOURCES}."
        )
    place = f"findings: the finding {quoted(given['id'])}"
    for resource in resources:
        if not 1 <= len(resource["id"]) <= _LONGEST_RESOURCE_ID:
            raise InvalidOption(
                f"{place} has a resource whose id has {len(resource['id'])} characters; it must have 1 to "
                f"{_LONGEST_RESOURCE_ID}."
            )
        _check_texts(f"{place}, details", resource["details"], _LONGEST_DETAIL)
    fields = without_empty(given["product_fields"] or {})
    if len(fields) > _MOST_PRODUCT_FIELDS:
        raise InvalidOption(f"{place} has {len(fields)} product_fields; at most {_MOST_PRODUCT_FIELDS} are accepted.")
    _check_texts(f"{place}, product_fields", fields, _LONGEST_PRODUCT_FIELD)
    return Finding(
        id=given["id"],
        title=given["title"],
        description=given["description"],
        severity=given["severity"],
        types=tuple(given["types"]),
        created_at=_read_time(given, "created_at"),
        expires_at=_read_time(given, "expires_at"),
        resources=tuple(
            Resource(each["id"], each["type"], each["region"], each["details"] or {}) for each in resources
        ),
        product_fields=given["product_fields"] or {},
        remediation=given["remediation"],
    )


def _check_texts(place: str, fields: t.Mapping[str, t.Any] | None, longest: int) -> None:
    for name, value in without_empty(fields or {}).items():
        if len(value) > longest:
            raise InvalidOption(f"{place}: {quoted(name)} has {len(value)} characters; it must have at most {longest}.")


def _read_time(given: t.Mapping[str, t.Any], name: str) -> datetime | None:
    text = given[name]
    try:
        return None if text is None else read_time(text)
    except ValueError as e:
        raise InvalidOption(
            f"findings: {name} of the finding {quoted(given['id'])} is {quoted(text)}, "
            "which is not a time in ISO 8601 with a time zone, such as 2026-11-23T09:30:00Z."
        ) from e
