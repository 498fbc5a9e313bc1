# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates written to a file on the host that runs the module: CSV, or Parquet where its name says so."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import shutil
import stat
import tempfile
import typing as t
from datetime import datetime
from pathlib import Path

from ..written_file import check_place, not_writable, put_into_place
from .certificate_columns import Origin, load_arrow
from .csv_file import CsvFormat
from .parquet_file import ParquetFormat
from .reader import Block

WriteBlock = t.Callable[[Block], None]


class Format(t.Protocol):
    """How certificates are written."""

    def part(self, path: Path, origin: Origin) -> t.ContextManager[WriteBlock]:
        """Where to write the certificates of a report, in a file of its own."""

    def join(self, parts: t.Iterable[Path], whole: Path) -> None:
        """Put the files of all reports together."""


class CertificateFile:
    """Collects the certificates of each report apart, beside the file, and puts them into it in the end.

    To be used as a context: what is not put into place is removed.
    """

    def __init__(self, path: str, mode: int | None, now: datetime) -> None:
        """:param mode: its permissions. None: those of the file that it replaces, or those of any new file.

        :raises InvalidOption: where no file can be written there, or not in that format.
        """
        self.path = check_place("certificates_file", path)
        self._mode = mode
        self.is_parquet = self.path.suffix == ".parquet"
        self._format: Format = ParquetFormat(load_arrow("certificates_file")) if self.is_parquet else CsvFormat(now)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=".certificates-", dir=self.path.parent))
        except OSError as e:
            raise not_writable("certificates_file", self.path.parent, e) from e

    def __enter__(self) -> CertificateFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def part(self, key: str, origin: Origin) -> contextlib.AbstractContextManager[WriteBlock]:
        """Where to write the certificates of a report.

        :param key: the key of the report.
        """
        return self._format.part(self._part(key), origin)

    def finish(self, keys: t.Iterable[str]) -> bool:
        """Put the parts together, and the whole into its place.

        :param keys: the keys of the reports, in the order in which their certificates are to be.
        :returns: whether that changed anything.
        """
        whole = self._folder / "whole"
        self._format.join(map(self._part, keys), whole)
        mode = self._mode
        if self.path.is_file():
            before = stat.S_IMODE(self.path.stat().st_mode)
            mode = before if mode is None else mode
            if mode == before and filecmp.cmp(whole, self.path, shallow=False):
                return False
        put_into_place(whole, self.path, mode)
        return True

    def _part(self, key: str) -> Path:
        # A key may be anything, also a path that leads elsewhere.
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
