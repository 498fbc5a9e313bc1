# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of fields, as AWX takes them from requests."""

from __future__ import annotations

from typing import Any

import yaml

from local_awx.errors import ApiError, bad_field
from local_awx.models import Field

TRUE, FALSE = ("true", "True", "1"), ("false", "False", "0", "")

# Texts that contain variables.
VARIABLES = ("extra_vars", "variables", "source_vars")


def value_of(name: str, field: Field, given: Any) -> Any:
    """A value of a request, in the field's type. :raises ApiError: if it is none"""
    if given is None and field.nullable:
        return None
    if field.to:
        return _id(name, given)
    if field.choices:
        return _choice(name, field, given)
    if isinstance(field.default, bool):
        return _flag(name, given)
    if isinstance(field.default, int):
        return _number(name, given)
    if isinstance(field.default, dict):
        if not isinstance(given, dict):
            raise bad_field(name, "Value must be valid JSON.")
        return given
    if field.default is None and isinstance(given, dict):
        return given
    return _text(name, field, given)


def from_query(name: str, field: Field, given: str) -> Any:
    """A value of a query string, in the field's type."""
    if given in ("None", "none", "null", "") and (field.nullable or field.to):
        return None
    if field.to or (isinstance(field.default, int) and not isinstance(field.default, bool)):
        try:
            return int(given)
        except ValueError:
            raise ApiError(400, {"detail": f"Field '{name}' expected a number but got '{given}'."}) from None
    return _flag(name, given) if isinstance(field.default, bool) else given


def _id(name: str, given: Any) -> int:
    if given is None:
        raise bad_field(name, "This field may not be null.")
    if isinstance(given, bool) or not str(given).isdigit():
        raise bad_field(name, f"Incorrect type. Expected pk value, received {type(given).__name__}.")
    return int(given)


def _choice(name: str, field: Field, given: Any) -> Any:
    given = "" if given is None else given
    found = [choice for choice in field.choices if str(choice) == str(given)]
    if not found:
        raise bad_field(name, f'"{given}" is not a valid choice.')
    return found[0]


def _flag(name: str, given: Any) -> bool:
    if given is None or str(given) in FALSE:
        return False
    if str(given) in TRUE:
        return True
    raise bad_field(name, "Must be a valid boolean.")


def _number(name: str, given: Any) -> int:
    if isinstance(given, bool) or not str(given).removeprefix("-").isdigit():
        raise bad_field(name, "A valid integer is required.")
    if int(given) < 0:
        raise bad_field(name, "Ensure this value is greater than or equal to 0.")
    return int(given)


def _text(name: str, field: Field, given: Any) -> str:
    given = "" if given is None else given
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise bad_field(name, "Not a valid string.")
    if field.required and given == "":
        raise bad_field(name, "This field may not be blank.")
    if name in VARIABLES:
        _variables(name, str(given))
    return str(given)


def _variables(name: str, given: str) -> None:
    try:
        parsed = yaml.safe_load(given)
    except yaml.YAMLError as error:
        raise bad_field(name, f"Cannot parse as JSON or YAML (error: {error}).") from None
    if parsed is not None and not isinstance(parsed, dict):
        raise bad_field(name, f"Input type `{type(parsed).__name__}` is not a dictionary")
