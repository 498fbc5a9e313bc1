# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What has been read of a report's file and not been used yet, and what is wrong with the file."""

from __future__ import annotations

import dataclasses
import typing as t

# No certificate is near this: AWS Private CA takes requests of at most 32 KiB, and a row is a part of that.
LARGEST_ROW = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class BadRow:
    """A row that cannot be used. ``text`` is a sentence with the place.

    ``structural``: where it ends was not clear, so what comes next was looked for.
    """

    text: str
    structural: bool = False


class ReportDamaged(Exception):
    """A report cannot be read: a sentence with the place."""


class Source:
    """The bytes of a file from ``offset + position`` on. ``data`` begins ``offset`` bytes into the file."""

    def __init__(self, chunks: t.Iterable[bytes], offset: int = 0) -> None:
        self._chunks = iter(chunks)
        self.data = b""
        self.position = 0
        self.offset = offset
        self.ended = False

    @property
    def place(self) -> int:
        """How many bytes of the file lie before the position."""
        return self.offset + self.position

    @property
    def left(self) -> int:
        """How many bytes are at hand."""
        return len(self.data) - self.position

    def more(self) -> bool:
        """Read on, and forget what was used.

        :returns: whether there was anything.
        """
        chunk = b""
        while not chunk and not self.ended:
            chunk = next(self._chunks, b"")
            self.ended = not chunk
        if chunk:
            self.offset += self.position
            self.data = self.data[self.position :] + chunk if self.left else chunk
            self.position = 0
        return bool(chunk)

    def need(self, size: int) -> None:
        """Have so many bytes at hand, unless the file ends before."""
        if self.left >= size or self.ended:
            return
        parts = [self.data[self.position :]]
        found = len(parts[0])
        while found < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                self.ended = True
                break
            parts.append(chunk)
            found += len(chunk)
        self.offset += self.position
        self.data = b"".join(parts)
        self.position = 0

    def skip_until(self, found: t.Callable[[bytes, int], int], overlap: int) -> bool:
        """Go on to the next place that is looked for, or to the end of the file.

        :param found: from data and a position to the position of what is looked for, -1 if it is not there.
        :param overlap: how long what is looked for may be.
        :returns: whether it is there.
        """
        while True:
            position = found(self.data, self.position)
            if position >= 0:
                self.position = position
                return True
            self.position = max(self.position, len(self.data) - overlap)
            if not self.more():
                self.position = len(self.data)
                return False
