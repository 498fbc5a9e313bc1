# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Many rows at once, where they have exactly the shape in which AWS writes them; whatever has not is left to others.

A report has up to 100 million rows, and Python takes its time over each step. So a whole block of rows is taken apart
by one regular expression, into columns. It matches nothing that the strict way (``json_parser``, ``csv_parser``) would
not read in the same way, and what lies between its matches is told.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from .certificates import (
    ACCOUNT,
    API_NAMES,
    CERTIFICATE_ARN,
    ISSUED_AT,
    NOT_AFTER,
    NOT_BEFORE,
    PRINCIPAL,
    REVOCATION_REASON,
    REVOKED_AT,
    SERIAL,
    SUBJECT,
    TEMPLATE_ARN,
    TIMES,
)

SUMMARY_FIELDS = (PRINCIPAL, NOT_AFTER, ISSUED_AT, REVOKED_AT, REVOCATION_REASON, TEMPLATE_ARN)
ALL_FIELDS = tuple(range(len(API_NAMES)))

# A day that there is, but for 29 February and the years before 1000 and from 3000 to 8999, which are left to others.
_DAY = (
    rb"[129][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rb"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = _DAY + rb"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ZONE = rb"\+0000"
_OPTIONAL = frozenset({PRINCIPAL, REVOKED_AT, REVOCATION_REASON, TEMPLATE_ARN})

_SPACE = rb"([ \t\r\n]{0,64})"
_FIRST_ROW = re.compile(
    rb'\{%s"awsAccountId"%s:%s"[0-9]{12}"%s,%s"' % (_SPACE, _SPACE, _SPACE, _SPACE, _SPACE),
)
_BETWEEN_ROWS = re.compile(rb'"%s\}%s,%s\{[ \t\r\n]*"awsAccountId"' % (_SPACE, _SPACE, _SPACE))

Columns = t.Mapping[int, t.Sequence[t.Optional[bytes]]]


@dataclasses.dataclass(frozen=True)
class Taken:
    """A block that was taken apart: the columns of the rows, and what lies before each row and behind the last one.

    ``places`` tells where in the block that begins.
    """

    columns: dict[int, list[bytes | None]]
    between: list[bytes]
    rows: int
    places: t.Callable[[], list[int]]


class Layout(t.Protocol):
    """How a report is written."""

    def end_of_rows(self, data: bytes, position: int) -> int:
        """Up to where there are whole rows, as far as that can be told so easily; ``position`` if there are none."""

    def take(self, block: bytes, fields: t.Sequence[int]) -> Taken | None:
        """Take a block apart; None if nothing can be said of it."""


class _Patterns:
    """Regular expressions, made when they are needed first."""

    def __init__(self, make: t.Callable[[t.Sequence[int], bool], bytes]) -> None:
        self._make = make
        self._made: dict[tuple[tuple[int, ...], bool], re.Pattern[bytes]] = {}

    def take(self, block: bytes, fields: t.Sequence[int], special: bool) -> Taken:
        key = (tuple(fields), special)
        pattern = self._made.get(key)
        if pattern is None:
            pattern = self._made[key] = re.compile(self._make(fields, special))
        parts = pattern.split(block)
        size = len(fields) + 1
        columns = {field: parts[place::size] for place, field in enumerate(fields, 1)}
        if SUBJECT in columns:
            columns[SUBJECT] = _subjects(columns[SUBJECT], special)
        return Taken(
            columns,
            parts[::size],
            (len(parts) - 1) // size,
            lambda: [0, *(found.end() for found in pattern.finditer(block))],
        )


class JsonLayout:
    """JSON with the white space that a report's first rows have, in AWS's order of names, absent where empty."""

    def __init__(self, spaces: t.Sequence[bytes]) -> None:
        """:param spaces: what stands after {, before and after : and before and after , in an object, before and
        after }, and after the comma that follows.
        """
        self._spaces = [re.escape(space) for space in spaces]
        used = b"".join(spaces)
        # A line break in the midst of a text is no JSON. Where a block has none, it need not be looked for.
        self._absent = [bytes([code]) for code in range(32) if code not in used]
        self._excluded = b"".join(b"\\x%02x" % code for code in sorted(set(used) - {0x20}))
        self._start = b"{" + spaces[0] + b'"awsAccountId"'
        self._patterns = _Patterns(self._pattern)

    @staticmethod
    def learn(data: bytes, position: int) -> JsonLayout | None:
        """The layout of the row that begins here, if it is one that can be taken apart."""
        first = _FIRST_ROW.match(data, position)
        between = _BETWEEN_ROWS.search(data, position)
        return JsonLayout([*first.groups(), *between.groups()]) if first and between else None

    def end_of_rows(self, data: bytes, position: int) -> int:
        return max(data.rfind(self._start, position), position)

    def take(self, block: bytes, fields: t.Sequence[int]) -> Taken | None:
        if any(code in block for code in self._absent) or not _is_utf8(block):
            return None
        return self._patterns.take(block, fields, b"\\" in block)

    def _pattern(self, fields: t.Sequence[int], escapes: bool) -> bytes:
        opened, before_colon, after_colon, before_comma, after_comma, closed, between, next_row = self._spaces
        sign = b'[^"' + (b"\\\\" if escapes else b"") + self._excluded + b"]"
        text = sign + b"+"
        subject = sign + b"*" + (rb'(?:\\["\\/bfnrt]' + sign + b"*)*" if escapes else b"")
        values = dict.fromkeys(TIMES, _TIME) | {ACCOUNT: b"[0-9]{12}", SUBJECT: subject}
        parts = []
        for field, name in enumerate(API_NAMES):
            value = values.get(field, text)
            group = b"(" + value + b")" if field in fields else b"(?:" + value + b")"
            zone = _ZONE if field in TIMES else b""
            part = b'"' + name.encode() + b'"' + before_colon + b":" + after_colon + b'"' + group + zone + b'"'
            if field != ACCOUNT:
                part = before_comma + b"," + after_comma + part
            parts.append(b"(?:" + part + b"|)" if field in _OPTIONAL else part)
        return b"\\{" + opened + b"".join(parts) + closed + b"\\}" + between + b"," + next_row


class CsvLayout:
    """CSV with AWS's columns, in which the subject alone is quoted."""

    def __init__(self, line_end: bytes) -> None:
        self._line_end = line_end
        self._patterns = _Patterns(self._pattern)

    @staticmethod
    def learn(data: bytes, position: int) -> CsvLayout | None:
        """The layout of the row that begins here."""
        end = data.find(b"\n", position)
        return None if end < 0 else CsvLayout(b"\r\n" if data[:end].endswith(b"\r") else b"\n")

    def end_of_rows(self, data: bytes, position: int) -> int:
        return max(data.rfind(b"\n", position) + 1, position)

    def take(self, block: bytes, fields: t.Sequence[int]) -> Taken | None:
        if b"\0" in block or not _is_utf8(block):
            return None
        fields = fields if TEMPLATE_ARN in fields else (*fields, TEMPLATE_ARN)
        taken = self._patterns.take(block, fields, False)
        rest = b"".join(taken.between)
        # The expression is fast because it lets texts hold what they may not. So it is counted whether any does.
        signs = {b"\n": 1, b'"': 2, b"\r": len(self._line_end) - 1}
        if any(_count(block, sign) != _count(rest, sign) + times * taken.rows for sign, times in signs.items()):
            return None
        if any(template and b"," in template for template in set(taken.columns[TEMPLATE_ARN])):
            return None
        return taken

    def _pattern(self, fields: t.Sequence[int], _special: bool) -> bytes:
        parts = dict.fromkeys((PRINCIPAL, CERTIFICATE_ARN, SERIAL, REVOCATION_REASON), b"[^,]+")
        parts |= dict.fromkeys((NOT_BEFORE, NOT_AFTER, ISSUED_AT, REVOKED_AT), _TIME)
        parts |= {ACCOUNT: b"[0-9]{12}", SUBJECT: b'[^"]*', TEMPLATE_ARN: b"[^" + self._line_end[:1] + b"]+"}
        row = []
        for field in ALL_FIELDS:
            part = b"(" + parts[field] + b")" if field in fields else b"(?:" + parts[field] + b")"
            part += _ZONE if field in TIMES else b""
            part = b'"' + part + b'"' if field == SUBJECT else part
            row.append(b"(?:" + part + b"|)" if field in _OPTIONAL else part)
        return b",".join(row) + self._line_end


def _subjects(values: list[bytes], escapes: bool) -> list[bytes | None]:
    """The subjects themselves. They are the one text that may be empty in a match, or have escapes in JSON."""
    if escapes:
        values = [json.loads(b'"' + value + b'"').encode("utf-8") if b"\\" in value else value for value in values]
    return [value or None for value in values]


def _count(block: bytes, sign: bytes) -> int:
    """How often a sign is there. Where it is rare, to remove it is several times faster than bytes.count."""
    return len(block) - len(block.replace(sign, b"")) if sign in block else 0


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
