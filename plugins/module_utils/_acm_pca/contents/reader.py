# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A report as blocks of rows: fast where it is written as AWS writes it, strictly wherever it is not."""

from __future__ import annotations

import dataclasses
import typing as t

from .certificates import Row
from .csv_parser import CsvRows
from .fast_parser import ALL_FIELDS, Columns, CsvLayout, JsonLayout, Layout, Taken
from .json_parser import JsonRows
from .source import BadRow, Source

# How much is taken apart at once. Larger blocks are not faster, and what is made of them has to fit into memory.
BLOCK = 256 * 1024

# Between a block that was taken apart fast and the next one, so that one odd row does not make all others slow.
_STRICT_ROWS = 1000


@dataclasses.dataclass(frozen=True)
class Block:
    """Rows that follow each other. ``first`` is the number of the first one, which grows from block to block."""

    first: int
    columns: Columns

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))

    def rows(self) -> list[Row]:
        """All fields of all rows. Made anew at each call, since most blocks are never asked."""
        return list(zip(*(self.columns[field] for field in ALL_FIELDS)))

    def only(self, indexes: t.Sequence[int]) -> Block:
        """The block with these rows alone."""

        def take(fields: t.Iterable[int]) -> dict[int, list[bytes | None]]:
            columns = ((field, self.columns[field]) for field in fields)
            return {field: [column[index] for index in indexes] for field, column in columns}

        taken = take(self.columns)
        return Block(self.first, _LazyColumns(taken, tuple(taken), lambda: take(ALL_FIELDS)))


class _LazyColumns(dict[int, t.Sequence[t.Optional[bytes]]]):
    """The columns of a block: those that were taken at once, and all others when one of them is asked for."""

    def __init__(self, taken: Columns, usual: t.Sequence[int], take_all: t.Callable[[], Columns]) -> None:
        super().__init__(taken)
        self._usual = frozenset(usual)
        self._take_all = take_all
        self.others: set[int] = set()
        """Those that were asked for beside the usual ones."""

    def __getitem__(self, field: int) -> t.Sequence[bytes | None]:
        if field not in self._usual:
            self.others.add(field)
            if field not in self:
                self.update(self._take_all())
        return super().__getitem__(field)


class _Rows(t.Protocol):
    record: int

    def begin(self, source: Source) -> None: ...

    def align(self, source: Source) -> bool: ...

    def next(self, source: Source) -> Row | BadRow | None: ...

    def nested(self, records: int, line_breaks: int) -> t.Any: ...

    def passed(self, data: bytes, records: int) -> None: ...


def read_blocks(
    chunks: t.Iterable[bytes],
    response_format: str,
    fields: t.Sequence[int],
    bad: t.Callable[[str], None],
    *,
    fast: bool = True,
) -> t.Iterator[Block]:
    """Read a report. Every row of it is either in a block or told to ``bad``, once, in their order.

    :param chunks: the file.
    :param response_format: ``JSON`` or ``CSV``.
    :param fields: which columns of the blocks are used, in their order. To ask for another one takes longer.
    :param bad: called for each row that cannot be used, with its place. May raise.
    :param fast: whether blocks may be taken apart fast; it makes no other difference.
    :raises ReportDamaged: where the file is no report at all.
    """
    source = Source(chunks)
    rows: _Rows = JsonRows() if response_format == "JSON" else CsvRows()
    rows.begin(source)
    reader = _Reader(source, rows, JsonLayout.learn if response_format == "JSON" else CsvLayout.learn, fields, bad)
    if isinstance(rows, CsvRows) and not rows.usual:
        fast = False
    while not reader.ended:
        block = reader.fast_block() if fast else None
        yield block or reader.strict_block()


class _Reader:
    """The state of ``read_blocks``."""

    def __init__(
        self,
        source: Source,
        rows: _Rows,
        learn: t.Callable[[bytes, int], Layout | None],
        fields: t.Sequence[int],
        bad: t.Callable[[str], None],
    ) -> None:
        self.ended = False
        self._source = source
        self._rows = rows
        self._learn = learn
        self._layout: Layout | None = None
        self._fields = fields
        self._bad = bad
        # Of the last block that was taken apart fast.
        self._columns: _LazyColumns | None = None
        # Up to here, as a place in the file, the fast way was tried in vain.
        self._tried = 0

    def fast_block(self) -> Block | None:
        """As many rows as are at hand, or None where they have to be read strictly."""
        source = self._source
        if source.place < self._tried or not self._rows.align(source):
            return None
        source.need(BLOCK)
        self._tried = source.place + source.left
        if self._layout is None:
            self._layout = self._learn(source.data, source.position)
        if self._layout is None:
            return None
        start, end = source.position, self._layout.end_of_rows(source.data, source.position)
        if end == start:
            return None
        self._tried = source.offset + end
        region = source.data[start:end]
        # Reports are more or less in order, so what was asked of the last block will be of this one.
        others = self._columns.others if self._columns is not None else ()
        taken = self._layout.take(region, sorted({*self._fields, *others}))
        if taken is None or not taken.rows:
            # Perhaps the first row was no example of the others.
            self._layout = None
            return None
        odd = self._read_odd(region, taken)
        if odd is None:
            return None
        source.position = end
        return self._merge(region, taken, odd)

    def strict_block(self) -> Block:
        """Some rows, read one by one."""
        first = self._rows.record
        found: list[Row] = []
        while len(found) < _STRICT_ROWS:
            row = self._rows.next(self._source)
            if row is None:
                self.ended = True
                break
            if isinstance(row, BadRow):
                self._bad(row.text)
            else:
                found.append(row)
            if self._source.place >= self._tried:
                break
        return _block_of(first, found)

    def _read_odd(self, region: bytes, taken: Taken) -> list[tuple[int, list[Row | BadRow]]] | None:
        """What lies between the rows, read strictly, with the number of the row before which it lies.

        None where that are not whole rows, so that the rows may be none either.
        """
        odd: list[tuple[int, list[Row | BadRow]]] = []
        # Where they lie takes as long to find out as everything else, and matters only if any of them is bad.
        places: list[int] | None = None
        records = 0
        for index, between in enumerate(taken.between):
            if not between:
                continue
            found = self._whole_rows(region, between, 0, 0)
            if found is not None and any(isinstance(row, BadRow) for row in found):
                places = places or taken.places()
                found = self._whole_rows(region, between, places[index], index + records)
            if found is None:
                return None
            records += len(found)
            odd.append((index, found))
        return odd

    def _whole_rows(self, region: bytes, between: bytes, place: int, records: int) -> list[Row | BadRow] | None:
        """The rows that a part of a region consists of, or None if it does not consist of whole rows."""
        source = Source([between], self._source.place + place)
        source.more()
        rows = self._rows.nested(records, region.count(b"\n", 0, place))
        found: list[Row | BadRow] = []
        while source.left:
            row = rows.next(source)
            if row is None and not source.left:
                break
            if row is None or (isinstance(row, BadRow) and row.structural):
                return None
            found.append(row)
            if not rows.align(source):
                return None
        return found

    def _merge(self, region: bytes, taken: Taken, odd: list[tuple[int, list[Row | BadRow]]]) -> Block:
        first = self._rows.record
        added: list[tuple[int, list[Row]]] = []
        records = taken.rows
        for index, found in odd:
            records += len(found)
            for row in found:
                if isinstance(row, BadRow):
                    self._bad(row.text)
            added.append((index, [row for row in found if not isinstance(row, BadRow)]))
        self._rows.passed(region, records)
        layout = t.cast(Layout, self._layout)

        def take_all() -> Columns:
            again = t.cast(Taken, layout.take(region, ALL_FIELDS)).columns
            _insert(again, added)
            return again

        _insert(taken.columns, added)
        self._columns = _LazyColumns(taken.columns, self._fields, take_all)
        return Block(first, self._columns)


def _insert(columns: dict[int, list[bytes | None]], added: list[tuple[int, list[Row]]]) -> None:
    """Put rows into columns, each before the row of that number."""
    for index, rows in reversed(added):
        for field, column in columns.items():
            column[index:index] = [row[field] for row in rows]


def _block_of(first: int, rows: list[Row]) -> Block:
    """A block of rows that are at hand."""
    return Block(first, dict(enumerate(zip(*rows))) if rows else dict.fromkeys(ALL_FIELDS, ()))
