# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes in from outside is checked here, and refused in one sentence that says what is accepted."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model


class InputError(ValueError):
    """A sentence that names the field, the value and what is accepted."""


def only_known(values: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Refuse keys that nobody would read."""
    for name in values:
        if name not in known:
            accepted = ", ".join(sorted(known)) or "nothing"
            raise InputError(f"{name!r} is not known to {what}, which accepts {accepted}.")


def number(name: str, value: Any) -> float:
    """A finite number, zero or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise InputError(f"{name} is {value!r}, but has to be a number of 0 or more.")
    return float(value)


def positive_number(name: str, value: Any) -> float:
    """A finite number above zero."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        raise InputError(f"{name} is {value!r}, but has to be a number above 0.")
    return float(value)


def count(name: str, value: Any) -> int:
    """A whole number, one or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{name} is {value!r}, but has to be a whole number of 1 or more.")
    return value


def flag(name: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise InputError(f"{name} is {value!r}, but has to be true or false.")
    return value


def text(name: str, value: Any) -> str:
    """A string with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name} is {value!r}, but has to be a string that is not empty.")
    return value


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """One of a few strings."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{name} is {value!r}, but has to be one of {', '.join(choices)}.")
    return value


def account(name: str, value: Any) -> str:
    """The id of an account."""
    if not isinstance(value, str) or re.fullmatch("[0-9]{12}", value) is None:
        raise InputError(f"{name} is {value!r}, but has to be the 12 digits of an account, as a string.")
    return value


def region(name: str, value: Any) -> str:
    """A region that botocore knows; a misspelt one would just never be asked."""
    if not isinstance(value, str) or value not in _regions():
        raise InputError(f"{name} is {value!r}, but has to be a region that botocore knows, such as eu-central-1.")
    return value


@cache
def _regions() -> frozenset[str]:
    session = boto3.session.Session()
    partitions = session.get_available_partitions()
    return frozenset(name for each in partitions for name in session.get_available_regions("ec2", each))


def operation(name: str, value: Any) -> str:
    """``service:Operation`` as botocore spells both; a misspelt one would just never happen."""
    service, colon, action = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not (service and colon and action):
        raise InputError(
            f"{name} is {value!r}, but has to be service:Operation, "
            "for example acm-pca:CreateCertificateAuthorityAuditReport."
        )
    try:
        operations = get_service_model(service).operation_names
    except UnknownServiceError:
        raise InputError(
            f"{name} is {value!r}, but botocore knows no service {service!r}; it has to be a client name "
            "such as acm-pca, s3, sts, organizations, iam, kms or ec2."
        ) from None
    if action not in operations:
        raise InputError(
            f"{name} is {value!r}, but {service} has no operation {action!r}; "
            "it has to be the API's name, for example acm-pca:ListCertificateAuthorities or s3:GetObject."
        )
    return str(value)
