# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distinguished names as text, RFC 4514. Pure."""

from __future__ import annotations

import re

# The short names of RFC 4514, section 3, and of RFC 4519 and RFC 2985 for what certificates have beside them. All other
# attribute types are left as they are written, usually as numbers.
_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "givenName",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}

# The string types of ASN.1 by their tags, and how Python calls what is in them.
_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}

_TYPE = re.compile(r" *((?:[A-Za-z][A-Za-z0-9-]*)|(?:[0-9]+(?:\.[0-9]+)*)) *= *")
_HEX_VALUE = re.compile(r"#(?:[0-9A-Fa-f]{2})+")
# Up to a separator that is not escaped; what may be escaped is looked at afterwards.
_VALUE = re.compile(r"[^\\,+\"<>;\0]*(?:\\.[^\\,+\"<>;\0]*)*", re.DOTALL)
# A part of a name, whatever is in it.
_PART = re.compile(r"(?:[^\\,+]|\\.|\\$)+", re.DOTALL)
_ESCAPED = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\([ \"#+,;<=>\\])|\\")


def parse_distinguished_name(text: str) -> list[dict[str, str]]:
    """The attributes of a name, in the order in which they are written.

    A text that does not keep to RFC 4514 gives those that can be read: names in AWS's own samples have empty parts.

    :returns: of each ``type``, by its short name where it has one, and ``value``, without escapes. A string that is
        given encoded (``#`` and hexadecimal digits) is decoded, and ``encoded`` is what was written; other values that
        are encoded stay so. The parts of a multi-valued RDN come one after the other.
    """
    attributes = _parse(text)
    return _parse_parts(text) if attributes is None else attributes


def _parse_parts(text: str) -> list[dict[str, str]]:
    """The attributes of the parts that can be read, each by itself."""
    attributes = []
    for part in _PART.findall(text):
        found = _TYPE.match(part)
        if found:
            written = part[found.end() :]
            strict = _parse(part)
            plain = _without_trailing_spaces(written)
            value = _unescape(plain)
            attributes += strict or [_attribute(found.group(1), plain if value is None else value)]
    return attributes


def _parse(text: str) -> list[dict[str, str]] | None:
    """The attributes of a name as RFC 4514 has it; None for a text that is no such name."""
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
        attributes.append(_attribute(found.group(1), value, encoded is not None))
        if position < len(text):
            if text[position] not in ",+":
                return None
            position += 1
            # Nothing after it: a name does not end with a separator.
            if position == len(text):
                return None
    return attributes


def _attribute(name: str, value: str, is_encoded: bool = False) -> dict[str, str]:
    attribute = {"type": _SHORT_NAMES.get(name, name), "value": value}
    decoded = _decode(bytes.fromhex(value[1:])) if is_encoded else None
    return attribute if decoded is None else {**attribute, "value": decoded, "encoded": value}


def _decode(der: bytes) -> str | None:
    """The text of a string in DER; None for anything else. https://www.itu.int/rec/T-REC-X.690"""
    if len(der) < 2 or der[0] not in _ENCODINGS:
        return None
    # One octet of length up to 127, else so many octets of length as its lower bits say.
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else der[1]
    content = der[2 + octets :]
    try:
        return content.decode(_ENCODINGS[der[0]]) if len(der) == 2 + octets + length else None
    except UnicodeDecodeError:
        return None


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
