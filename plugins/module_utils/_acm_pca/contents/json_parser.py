# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A report in JSON, row by row, as strictly as can be: one array of objects. It is the measure of the fast way."""

from __future__ import annotations

import json
import re
import typing as t

from .certificates import API_NAMES, BadValue, Row, check_row
from .source import LARGEST_ROW, BadRow, ReportDamaged, Source

_SPACE = b" \t\r\n"
_SPACES = re.compile(rb"[ \t\r\n]*")
_ROW_START = re.compile(rb'\{[ \t\r\n]*"(?:%s)"' % "|".join(API_NAMES).encode("ascii"))
# How far apart the two may be where a damaged file is searched for its next row.
_OVERLAP = 4096
_FIRST_WINDOW = 4096

_decode = json.JSONDecoder(strict=True).raw_decode


class JsonRows:
    """Reads rows. ``record`` is how many rows there were, good or bad."""

    def __init__(self, record: int = 0, *, begun: bool = False) -> None:
        """:param begun: whether the source is at a row already, after a comma."""
        self.record = record
        self._after_comma = begun
        self._after_value = False
        self._done = False

    def begin(self, source: Source) -> None:
        """Go to the first row.

        :raises ReportDamaged: where the file is no JSON array.
        """
        source.need(3)
        if source.data[source.position :][:3] == b"\xef\xbb\xbf":
            source.position += 3
        if not self._to_token(source):
            raise ReportDamaged("The file is empty; a report in JSON is an array, even if the CA has issued nothing.")
        if source.data[source.position] != 0x5B:
            raise ReportDamaged(
                f"Byte {source.place}: the file is not a report in JSON, which begins with [, but begins with "
                f"{_shown(source)}."
            )
        source.position += 1

    def nested(self, records: int, _line_breaks: int) -> JsonRows:
        """Rows that go on from here, so many rows later, in a source of their own."""
        return JsonRows(self.record + records, begun=True)

    def passed(self, _data: bytes, records: int) -> None:
        """So many rows were read by others, and the comma after them."""
        self.record += records
        self._after_value, self._after_comma = False, True

    def align(self, source: Source) -> bool:
        """Go to where a row begins. :returns: whether one begins here, unless the file ends."""
        if self._done:
            return False
        here = self._to_token(source)
        if self._after_value:
            if not here or source.data[source.position] != 0x2C:
                return False
            source.position += 1
            self._after_value, self._after_comma = False, True
            self._to_token(source)
        return True

    def next(self, source: Source) -> Row | BadRow | None:
        """The next row, or None at the end of the report."""
        aligned = self.align(source)
        if self._done:
            return None
        if not source.left:
            self._done = True
            return BadRow(
                f"After record {self.record} (byte {source.place}): the file ends without the ] that ends a report.",
                structural=True,
            )
        if source.data[source.position] == 0x5D and not self._after_comma:
            return self._end(source)
        start, record = source.place, self.record
        if not aligned:
            problem = f"expected a comma or ], found {_shown(source)}"
            self._resynchronize(source, start)
            return BadRow(f"After record {record} (byte {start}): {problem}.", structural=True)
        self.record = record = record + 1
        value, trouble = self._value(source)
        if trouble is not None:
            self._resynchronize(source, start + 1)
            return BadRow(f"Record {record} (byte {start}): {trouble}.", structural=True)
        self._after_value, self._after_comma = True, False
        if not isinstance(value, dict):
            return BadRow(f"Record {record} (byte {start}): it is not an object.")
        try:
            return check_row(value)
        except BadValue as e:
            return BadRow(f"Record {record} (byte {start}): {e}.")

    def _to_token(self, source: Source) -> bool:
        """Skip white space. :returns: whether anything follows."""
        while True:
            found = _SPACES.match(source.data, source.position)
            source.position = found.end() if found else source.position
            if source.left:
                return True
            if not source.more():
                return False

    def _value(self, source: Source) -> tuple[t.Any, str | None]:
        """Read a value. :returns: it, and what is wrong with it, if anything is."""
        window = _FIRST_WINDOW
        while True:
            source.need(window)
            whole = source.left <= window and source.ended
            text = source.data[source.position : source.position + window].decode("utf-8", "surrogateescape")
            try:
                value, end = _decode(text)
            except json.JSONDecodeError as e:
                problem, cut = _explain(e, text)
            except RecursionError:
                return None, "it is nested too deeply"
            except ValueError:
                return None, "it holds a number that is too long"
            else:
                # A number at the end of the window may go on behind it.
                if end < len(text) or whole:
                    source.position += end if text.isascii() else len(text[:end].encode("utf-8", "surrogateescape"))
                    return value, None
                problem, cut = "it is too long", True
            if not cut:
                return None, problem
            if whole:
                return None, "the file ends in the middle of it"
            if window >= LARGEST_ROW:
                return None, f"it is longer than {LARGEST_ROW} bytes"
            window = min(window * 8, LARGEST_ROW)

    def _end(self, source: Source) -> BadRow | None:
        source.position += 1
        self._done = True
        if self._to_token(source):
            record, start = self.record, source.place
            source.skip_until(lambda _data, _from: -1, 0)
            return BadRow(f"After record {record} (byte {start}): something follows the end of the report.", True)
        return None

    def _resynchronize(self, source: Source, start: int) -> None:
        """Go to the next thing that looks like the beginning of a row, from ``start`` on."""
        source.position = max(source.position, start - source.offset)

        def find(data: bytes, position: int) -> int:
            found = _ROW_START.search(data, position)
            return found.start() if found else -1

        self._after_value, self._after_comma = False, True
        self._done = not source.skip_until(find, _OVERLAP)


def _explain(error: json.JSONDecodeError, text: str) -> tuple[str, bool]:
    """What is wrong, and whether that may be because the text goes on."""
    cut = error.msg.startswith("Unterminated string") or error.pos >= len(text) - 12
    before = len(text[: error.pos].encode("utf-8", "surrogateescape"))
    message = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    return f"it is not JSON: {message} (byte {before} of it)", cut


def _shown(source: Source) -> str:
    return ascii(source.data[source.position : source.position + 20].decode("utf-8", "replace"))
