# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates written to a file on the host that runs the module: CSV, or Parquet where its name says so."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import shutil
import tempfile
import typing as t
from datetime import datetime
from pathlib import Path

from ..._aws.errors import InvalidOption
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

    def __init__(self, path: str, now: datetime) -> None:
        """:raises InvalidOption: where no file can be written there, or not in that format."""
        self.path = Path(path)
        folder = self.path.parent
        if self.path.is_dir():
            raise InvalidOption(f"certificates_file: {path} is a directory; give the path of a file.")
        self.is_parquet = self.path.suffix == ".parquet"
        self._format: Format = ParquetFormat(load_arrow("certificates_file")) if self.is_parquet else CsvFormat(now)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=".certificates-", dir=folder))
        except OSError as e:
            raise InvalidOption(
                f"certificates_file: {folder} cannot be written to ({e.strerror}); give a path in a directory that "
                "exists and is writable."
            ) from e

    def __enter__(self) -> CertificateFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def part(self, key: str, origin: Origin) -> contextlib.AbstractContextManager[WriteBlock]:
        """Where to write the certificates of a report.

        :param key: the key of the report.
        """
        return self._format.part(self._part(key), origin)

    def finish(self, keys: t.Iterable[str], put: t.Callable[[str, str], None]) -> bool:
        """Put the parts together, and the whole into its place.

        :param keys: the keys of the reports, in the order in which their certificates are to be.
        :param put: moves a file to where another one may be.
        :returns: whether that changed anything.
        """
        whole = self._folder / "whole"
        self._format.join(map(self._part, keys), whole)
        if self.path.is_file() and filecmp.cmp(whole, self.path, shallow=False):
            return False
        put(str(whole), str(self.path))
        return True

    def _part(self, key: str) -> Path:
        # A key may be anything, also a path that leads elsewhere.
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
