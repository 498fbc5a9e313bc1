# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control endpoints, ``/_emulator/...``: the switches of the local AWS over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from local_aws import checks
from local_aws.checks import InputError
from local_aws.emulator import Emulator

PREFIX = "/_emulator/"


@dataclass(frozen=True)
class ControlAnswer:
    """A status, and what becomes the JSON body."""

    status: int
    body: Mapping[str, Any]


def answer(emulator: Emulator, method: str, path: str, body: bytes, query: str = "") -> ControlAnswer:
    """Answer one request; ``query`` is what follows the ``?`` of its address.

    Whatever is wrong with it is said in a sentence under ``error``.
    """
    name = path.removeprefix(PREFIX).strip("/")
    methods = {verb: handle for (verb, endpoint), handle in _ENDPOINTS.items() if endpoint == name}
    if not methods:
        known = ", ".join(sorted({f"{PREFIX}{endpoint}" for _verb, endpoint in _ENDPOINTS}))
        return ControlAnswer(404, {"error": f"There is no {path}; there are {known}."})
    if method not in methods:
        return ControlAnswer(405, {"error": f"{path} accepts {' and '.join(sorted(methods))}, not {method}."})
    try:
        return ControlAnswer(200, methods[method](emulator, {**_object(body), **dict(parse_qsl(query, True))}))
    except InputError as error:
        return ControlAnswer(400, {"error": str(error)})


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:  # also what is not UTF-8
        raise InputError(f"The request body has to be a JSON object, but is not JSON at all: {error}.") from None
    if not isinstance(value, dict):
        raise InputError(f"The request body has to be a JSON object, but is {json.dumps(value)[:80]}.")
    return value


def _get_settings(emulator: Emulator, _values: dict[str, Any]) -> Mapping[str, Any]:
    return emulator.settings.to_dict()


def _post_settings(emulator: Emulator, values: dict[str, Any]) -> Mapping[str, Any]:
    return emulator.change_settings(values).to_dict()


def _post_advance(emulator: Emulator, values: dict[str, Any]) -> Mapping[str, Any]:
    checks.only_known(values, ("seconds",), "advance")
    if "seconds" not in values:
        raise InputError('seconds is missing; by how much reports grow older, for example {"seconds": 1800}.')
    return {"seconds": values["seconds"], "reports": emulator.advance(values["seconds"])}


def _get_faults(emulator: Emulator, _values: dict[str, Any]) -> Mapping[str, Any]:
    return {"faults": emulator.faults()}


def _post_faults(emulator: Emulator, values: dict[str, Any]) -> Mapping[str, Any]:
    emulator.add_fault(values)
    return {"faults": emulator.faults()}


def _get_calls(emulator: Emulator, values: dict[str, Any]) -> Mapping[str, Any]:
    checks.only_known(values, ("by",), "calls")
    if "by" not in values:
        return emulator.calls()
    checks.choice("by", values["by"], ("account",))
    return emulator.calls(by="account")


def _get_permissions(emulator: Emulator, values: dict[str, Any]) -> Mapping[str, Any]:
    checks.only_known(values, (), "permissions")
    return emulator.permissions()


def _post_reset(emulator: Emulator, values: dict[str, Any]) -> Mapping[str, Any]:
    checks.only_known(values, (), "reset")
    emulator.reset()
    return {}


def _get_seed(emulator: Emulator, _values: dict[str, Any]) -> Mapping[str, Any]:
    return emulator.seeded


_ENDPOINTS: Mapping[tuple[str, str], Callable[[Emulator, dict[str, Any]], Mapping[str, Any]]] = {
    ("GET", "settings"): _get_settings,
    ("POST", "settings"): _post_settings,
    ("POST", "advance"): _post_advance,
    ("GET", "faults"): _get_faults,
    ("POST", "faults"): _post_faults,
    ("GET", "calls"): _get_calls,
    ("GET", "permissions"): _get_permissions,
    ("POST", "reset"): _post_reset,
    ("GET", "seed"): _get_seed,
}
