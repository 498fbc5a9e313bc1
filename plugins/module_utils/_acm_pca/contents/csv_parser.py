# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A report in CSV, row by row, as strictly as can be: RFC 4180 with a header. It is the measure of the fast way.

How AWS writes a quote in a subject is not known. A row that is not RFC 4180 is read by its shape: the subject is the
one field with free text, and what stands before and behind it has no commas.
"""

from __future__ import annotations

import csv
import io
import re

from .certificates import API_NAMES, REQUIRED, SUBJECT, BadValue, Row, check_row
from .source import LARGEST_ROW, BadRow, ReportDamaged, Source

_ROW_START = re.compile(rb'\n"?[0-9]{12}"?,')
_LINE_BREAK = re.compile(rb"\n")
_OVERLAP = 16
_LINE_END = b"\r\n"
_BLANK = re.compile(rb"\r?\n")
_WHOLE_TEMPLATE = re.compile(r".*/V[0-9]+", re.DOTALL)
_SUBJECT = API_NAMES[SUBJECT]
_PLAIN_CELL = re.compile(r'"([^"]*)"|([^"]*)')
# Text in which a backslash stands before each quote and each backslash, as some writers of CSV have it.
_BACKSLASHED = re.compile(r'(?:[^"\\]|\\["\\])*')


class CsvRows:
    """Reads rows. ``record`` is how many rows there were, good or bad; ``line`` that of the next row."""

    def __init__(
        self,
        record: int = 0,
        line: int = 1,
        names: tuple[str, ...] = (),
        *,
        terminated: bool = False,
        nested: bool = False,
    ) -> None:
        """:param names: the columns, where the header was read already."""
        self.record = record
        self.line = line
        self.names = names
        # Whether a row ended with a line break, so that all do.
        self._terminated = terminated
        self._nested = nested
        # Whether it is not certain that the last row ended where it did.
        self._open = False

    def begin(self, source: Source) -> None:
        """Go to the first row.

        :raises ReportDamaged: where the file has not the header of a report.
        """
        source.need(3)
        if source.data[source.position :][:3] == b"\xef\xbb\xbf":
            source.position += 3
        source.need(LARGEST_ROW)
        if not source.left:
            raise ReportDamaged("The file is empty; a report in CSV has a header, even if the CA has issued nothing.")
        size = _find_end(source.data, source.position, len(source.data)) - source.position
        line = source.data[source.position : source.position + (size if size >= 0 else source.left)]
        fields, problem = _fields(line[:LARGEST_ROW])
        if problem or fields is None:
            raise ReportDamaged(f"Line 1: the file is not a report in CSV: the header {problem}.")
        missing = [name for index, name in enumerate(API_NAMES) if index in REQUIRED and name not in fields]
        if missing:
            raise ReportDamaged(
                f"Line 1: the file is not a report in CSV: the header has no {', '.join(missing)}; it begins with "
                f"{','.join(fields)[:60]!a}."
            )
        if len(set(fields)) != len(fields):
            raise ReportDamaged("Line 1: the file is not a report in CSV: the header names a column twice.")
        self.names = tuple(fields)
        source.position += len(line)
        self.line += max(1, line.count(b"\n"))
        self._terminated = line.endswith(b"\n")

    @property
    def usual(self) -> bool:
        """Whether the columns are those that AWS writes, in its order."""
        return self.names == API_NAMES

    def nested(self, records: int, line_breaks: int) -> CsvRows:
        """Rows that go on from here, so many rows and line breaks later, in a source of their own."""
        return CsvRows(self.record + records, self.line + line_breaks, self.names, terminated=True, nested=True)

    def passed(self, data: bytes, records: int) -> None:
        """So many rows were read by others, from these data."""
        self.record += records
        # As data.count(b"\n"), but several times faster.
        self.line += len(data) - len(data.replace(b"\n", b""))
        self._terminated = True

    def align(self, _source: Source) -> bool:
        """Whether a row begins here, unless the file ends."""
        return not self._open

    def next(self, source: Source) -> Row | BadRow | None:
        """The next row, or None at the end of the report."""
        self._skip_blank_lines(source)
        if not source.left:
            return None
        self.record += 1
        place = f"Line {self.line}"
        end = self._find_end(source)
        line = source.data[source.position : end]
        fields: list[str] | None = None
        problem: str | None = f"is longer than {LARGEST_ROW} bytes"
        if end - source.position <= LARGEST_ROW:
            fields, problem = _fields(line)
        if fields is None:
            return self._by_shape(source, place) or self._lost(source, f"{place}: the row {problem}.")
        # A quote in the middle of a text is one for csv, but not where the end of the row is looked for.
        is_open = not line.endswith(b"\n") or line.count(b'"') % 2 == 1
        row = self._check(fields, place, whole=not is_open or not self._terminated)
        if isinstance(row, BadRow):
            by_shape = self._by_shape(source, place)
            if by_shape is not None:
                return by_shape
        self._pass(source, line, is_open)
        return row

    def _pass(self, source: Source, line: bytes, is_open: bool) -> None:
        source.position += len(line)
        self.line += line.count(b"\n")
        self._open = is_open
        self._terminated = self._terminated or not is_open

    def _by_shape(self, source: Source, place: str) -> Row | BadRow | None:
        """The row that the next line is if its subject is whatever stands between its other fields; None if it is none.

        A row with a line break in it is never read like this, or a subject could be made to look like rows.
        """
        end = source.data.find(b"\n", source.position, source.position + LARGEST_ROW) + 1
        line = source.data[source.position : end or source.position + LARGEST_ROW]
        whole = end > 0 or not self._terminated
        row = None if b"\0" in line else self._row_of_shape(line, place, whole)
        if row is None:
            return None
        if self._nested:
            # Only where it is certain that a row begins here.
            return BadRow(f"{place}: the row is not CSV.", structural=True)
        self._pass(source, line, not line.endswith(b"\n"))
        return row

    def _row_of_shape(self, line: bytes, place: str, whole: bool) -> Row | None:
        if _SUBJECT not in self.names:
            return None
        before = self.names.index(_SUBJECT)
        behind = len(self.names) - before - 1
        try:
            *head, rest = line.decode("utf-8").rstrip("\r\n").split(",", before)
        except UnicodeDecodeError:
            return None
        subject, *tail = rest.rsplit(",", behind)
        cells = [_PLAIN_CELL.fullmatch(cell) for cell in (*head, *tail)]
        if len(cells) != len(self.names) - 1 or not all(cells) or not re.fullmatch(r'".*"', subject, re.DOTALL):
            return None
        plain = [cell.group(1) or cell.group(2) or "" for cell in cells if cell]
        row = self._check([*plain[:before], _unescape(subject[1:-1]), *plain[before:]], place, whole)
        return None if isinstance(row, BadRow) else row

    def _lost(self, source: Source, problem: str) -> BadRow:
        self._resynchronize(source)
        return BadRow(problem, structural=True)

    def _check(self, fields: list[str], place: str, whole: bool) -> Row | BadRow:
        if len(fields) != len(self.names):
            cut = "" if whole else "; the file ends in the middle of it"
            return BadRow(f"{place}: the row has {len(fields)} columns, the header {len(self.names)}{cut}.")
        values = dict(zip(self.names, fields))
        template = values.get("templateArn")
        # Every row ends with a line break but this last one, which may be a part of a row.
        if not whole and template and not _WHOLE_TEMPLATE.fullmatch(template):
            return BadRow(f"{place}: the file ends in the middle of the row.")
        try:
            return check_row(values)
        except BadValue as e:
            return BadRow(f"{place}: {e}.")

    def _skip_blank_lines(self, source: Source) -> None:
        """Go to where a row begins. There is none in a line without anything."""
        while source.left or source.more():
            if source.data[source.position] not in _LINE_END:
                return
            source.need(2)
            found = _BLANK.match(source.data, source.position)
            if not found:
                return
            source.position = found.end()
            self.line += 1

    def _find_end(self, source: Source) -> int:
        """Where the row ends, or a place too far away for it where no end is near."""
        while True:
            end = _find_end(source.data, source.position, source.position + LARGEST_ROW)
            if end >= 0:
                return end
            if source.left > LARGEST_ROW:
                return source.position + LARGEST_ROW + 1
            size = source.left
            source.need(min(size * 2 + 4096, LARGEST_ROW + 1))
            if source.left == size:
                return len(source.data)

    def _resynchronize(self, source: Source) -> None:
        """Go to the next line that looks like the beginning of a row, behind where the bad one began."""
        skipped = 0
        row_start = _ROW_START if self.names[:1] == API_NAMES[:1] else _LINE_BREAK

        def find(data: bytes, position: int) -> int:
            nonlocal skipped
            found = row_start.search(data, position)
            # A line break at the end of the file ends the bad row.
            stop = found.start() + 1 if found else max(position, len(data) - _OVERLAP)
            skipped += data.count(b"\n", position, stop)
            return stop if found else -1

        source.skip_until(find, _OVERLAP)
        self.line += skipped


def _find_end(data: bytes, start: int, limit: int) -> int:
    """Where the row ends that begins at ``start``, behind its line break; -1 if that is not in the data."""
    end, quotes = start, 0
    while True:
        found = data.find(b"\n", end, limit)
        if found < 0:
            return -1
        quotes += data.count(b'"', end, found)
        end = found + 1
        if quotes % 2 == 0:
            return end


def _unescape(subject: str) -> str:
    """A subject that is not RFC 4180: with backslashes before its quotes, or as it is."""
    return re.sub(r'\\(["\\])', r"\1", subject) if _BACKSLASHED.fullmatch(subject) else subject


def _fields(line: bytes) -> tuple[list[str] | None, str | None]:
    """The fields of a row, or what is wrong with it: a clause without its subject."""
    if b"\0" in line:
        return None, f"contains a NUL byte (byte {line.index(0)} of it)"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as e:
        return None, f"is not valid UTF-8 (byte {e.start} of it)"
    # The limit is the process's: rows are limited before.
    csv.field_size_limit(LARGEST_ROW)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as e:
        return None, f"is not CSV: {e}"
    if len(rows) != 1:
        return None, "is not one line"
    return rows[0], None
