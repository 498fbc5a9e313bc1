# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Certificates written to a CSV file on the host that runs the module, for people who open it in a spreadsheet."""

from __future__ import annotations

import contextlib
import csv
import filecmp
import hashlib
import re
import shutil
import tempfile
import typing as t
from pathlib import Path

from ..._aws.errors import InvalidOption
from .certificates import NAMES, Row, plain_fields

COLUMNS = (*NAMES, "status")

# What a spreadsheet takes for a formula. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Control characters, and those that turn the direction of writing, which make a name look like another one.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def cell(value: str | None) -> str:
    """A value as it is written: what cannot be seen is made visible, and nothing is a formula."""
    if not value:
        return ""
    visible = _INVISIBLE.sub(lambda found: f"\\u{ord(found.group()):04X}", value)
    return f"'{visible}" if value.startswith(_FORMULA) else visible


class CertificateFile:
    """Collects the certificates of each report apart, beside the file, and puts them into it in the end.

    To be used as a context: what is not put into place is removed.
    """

    def __init__(self, path: str) -> None:
        """:raises InvalidOption: where no file can be written there."""
        self.path = Path(path)
        folder = self.path.parent
        if self.path.is_dir():
            raise InvalidOption(f"certificates_file: {path} is a directory; give the path of a file.")
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

    @contextlib.contextmanager
    def part(self, key: str, now: bytes) -> t.Iterator[t.Callable[[t.Iterable[Row]], None]]:
        """Where to write the certificates of a report.

        :param key: the key of the report.
        """
        with self._part(key).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")

            def write(rows: t.Iterable[Row]) -> None:
                for row in rows:
                    fields = plain_fields(row, now)
                    writer.writerow([cell(fields[column]) for column in COLUMNS])

            yield write

    def finish(self, keys: t.Iterable[str], put: t.Callable[[str, str], None]) -> bool:
        """Put the parts together, and the whole into its place.

        :param keys: the keys of the reports, in the order in which their certificates are to be.
        :param put: moves a file to where another one may be.
        :returns: whether that changed anything.
        """
        whole = self._folder / "whole"
        with whole.open("wb") as file:
            file.write((",".join(COLUMNS) + "\n").encode("utf-8"))
            for key in keys:
                with self._part(key).open("rb") as part:
                    shutil.copyfileobj(part, file, 1024 * 1024)
        if self.path.is_file() and filecmp.cmp(whole, self.path, shallow=False):
            return False
        put(str(whole), str(self.path))
        return True

    def _part(self, key: str) -> Path:
        # A key may be anything, also a path that leads elsewhere.
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
