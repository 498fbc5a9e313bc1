# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Certificates as CSV, for people who open it in a spreadsheet."""

from __future__ import annotations

import contextlib
import csv
import re
import shutil
import typing as t
from datetime import datetime
from pathlib import Path

from .certificate_columns import Origin
from .certificates import NAMES, plain_fields, time_bytes
from .reader import Block

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


class CsvFormat:
    """CSV with a row for each certificate."""

    def __init__(self, now: datetime) -> None:
        self._now = time_bytes(now)

    @contextlib.contextmanager
    def part(self, path: Path, _origin: Origin) -> t.Iterator[t.Callable[[Block], None]]:
        """Where to write the certificates of a report, in a file of its own."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")

            def write(block: Block) -> None:
                for row in block.rows():
                    fields = plain_fields(row, self._now)
                    writer.writerow([cell(fields[column]) for column in COLUMNS])

            yield write

    def join(self, parts: t.Iterable[Path], whole: Path) -> None:
        """Put the files of all reports together."""
        with whole.open("wb") as file:
            file.write((",".join(COLUMNS) + "\n").encode("utf-8"))
            for each in parts:
                with each.open("rb") as part:
                    shutil.copyfileobj(part, file, 1024 * 1024)
