# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parquet, as the data set and a local file of certificates have it."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

from .certificate_columns import (
    REPEATED,
    SCHEMA_VERSION,
    SORTED,
    VERSION_KEY,
    Arrow,
    CertificateColumns,
    Origin,
    schema_of,
)
from .reader import Block

# How many certificates of a local file are read back at once, to be written together.
_ROWS = 16 * 1024


def open_parquet(arrow: Arrow, where: t.Any) -> t.Any:
    """A writer of Parquet, which is given record batches of the schema. It is to be closed.

    :param where: a path, or whatever takes bytes.
    """
    file = arrow.parquet.ParquetWriter(
        where,
        schema_of(arrow),
        compression="zstd",
        use_dictionary=list(REPEATED),
        write_statistics=list(SORTED),
        # Readers need no second schema beside Parquet's own.
        store_schema=False,
    )
    file.add_key_value_metadata({VERSION_KEY: str(SCHEMA_VERSION)})
    return file


class ParquetFormat:
    """One Parquet file. What each report has is kept as it is in memory until then."""

    def __init__(self, arrow: Arrow) -> None:
        self._arrow = arrow

    @contextlib.contextmanager
    def part(self, path: Path, origin: Origin) -> t.Iterator[t.Callable[[Block], None]]:
        """Where to write the certificates of a report, in a file of its own."""
        with self._arrow.lib.ipc.new_stream(str(path), schema_of(self._arrow)) as file:
            columns = CertificateColumns(self._arrow, origin, file.write_batch)
            yield columns.add
            columns.finish()

    def join(self, parts: t.Iterable[Path], whole: Path) -> None:
        """Put the files of all reports together, in groups of rows that do not depend on where reports end."""
        lib = self._arrow.lib
        with open_parquet(self._arrow, str(whole)) as file:
            waiting, rows = [], 0
            for batch in self._batches(parts):
                waiting.append(batch)
                rows += batch.num_rows
                if rows >= _ROWS:
                    file.write_table(lib.Table.from_batches(waiting))
                    waiting, rows = [], 0
            if waiting:
                file.write_table(lib.Table.from_batches(waiting))

    def _batches(self, parts: t.Iterable[Path]) -> t.Iterator[t.Any]:
        for path in parts:
            with self._arrow.lib.OSFile(str(path)) as file, self._arrow.lib.ipc.open_stream(file) as stream:
                yield from stream
