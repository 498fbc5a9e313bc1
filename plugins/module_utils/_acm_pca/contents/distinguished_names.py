# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distinguished names as text, RFC 4514. Pure."""

from __future__ import annotations

import re

# The short names of RFC 4514, section 3. All other attribute types are left as they are written, usually as numbers.
_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}

_TYPE = re.compile(r" *((?:[A-Za-z][A-Za-z0-9-]*)|(?:[0-9]+(?:\.[0-9]+)*)) *= *")
_HEX_VALUE = re.compile(r"#(?:[0-9A-Fa-f]{2})+")
# Up to a separator that is not escaped; what may be escaped is looked at afterwards.
_VALUE = re.compile(r"[^\\,+\"<>;\0]*(?:\\.[^\\,+\"<>;\0]*)*", re.DOTALL)
_ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\([ \"#+,;<=>\\])|\\")


def parse_distinguished_name(text: str) -> list[dict[str, str]] | None:
    """The attributes of a name, in the order in which they are written.

    :returns: of each ``type``, by its short name where RFC 4514 has one, and ``value``, without escapes; one that is
        given encoded (``#`` and hexadecimal digits) stays so. The parts of a multi-valued RDN come one after the
        other. None for a text that is no such name.
    """
    attributes: list[dict[str, str]] = []
    position = 0
    while position < len(text):
        found = _TYPE.match(text, position)
        if not found:
            return None
        encoded = _HEX_VALUE.match(text, found.end())
        matched = encoded or _VALUE.match(text, found.end())
        value = matched.group() if matched else ""
        position = matched.end() if matched else position
        if not encoded:
            unescaped = _unescape(_without_trailing_spaces(value))
            if unescaped is None or value.startswith("#"):
                return None
            value = unescaped
        name = found.group(1)
        attributes.append({"type": _SHORT_NAMES.get(name, name), "value": value})
        if position < len(text):
            if text[position] not in ",+":
                return None
            position += 1
            # Nothing after it: a name does not end with a separator.
            if position == len(text):
                return None
    return attributes


def _without_trailing_spaces(value: str) -> str:
    """Spaces before a separator are not part of the value, unless the first of them is escaped."""
    stripped = value.rstrip(" ")
    escapes = len(stripped) - len(stripped.rstrip("\\"))
    return value[: len(stripped) + 1] if escapes % 2 and len(stripped) < len(value) else stripped


def _unescape(value: str) -> str | None:
    """The value without escapes, or None where something is escaped that cannot be."""
    if "\\" not in value:
        return value
    parts = []
    position = 0
    for found in _ESCAPED.finditer(value):
        parts.append(value[position : found.start()])
        position = found.end()
        if found.group(1):
            try:
                parts.append(bytes.fromhex(found.group(1).replace("\\", "")).decode("utf-8"))
            except UnicodeDecodeError:
                return None
        elif found.group(2):
            parts.append(found.group(2))
        else:
            return None
    return "".join(parts) + value[position:]
