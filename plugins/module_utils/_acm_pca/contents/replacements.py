# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Which certificates of a report others have taken the place of.

A report does not say so. What it has is that somebody had another certificate issued for the same subject by the same
template. Each such certificate takes the place of one only: where ten servers share a subject, one new certificate
leaves nine to be renewed.

A report is in no order, so all that may matter is remembered until its end, in few bytes, and on the disk if there is
much of it. Memory does not grow with it.
"""

from __future__ import annotations

import array
import heapq
import marshal
import tempfile
import typing as t

from .certificates import ISSUED_AT, NOT_AFTER, REVOKED_AT, SUBJECT, TEMPLATE_ARN
from .fast_parser import ALL_FIELDS
from .reader import Block

# How many certificates are compared at once, where their subjects are different enough to be taken in parts; and how
# many that cannot be taken apart.
AT_ONCE = 100_000
MOST_ALIKE = 600_000

# What is more is on the disk. There are three such files for each rule and report.
_IN_MEMORY = 512 * 1024

# The version of marshal that does not look for what comes twice.
_PLAIN = 2

# For those without a subject, since it is not known for whom they were.
_NOBODY = 0
# How long a time is, as rows have it, and the number of a candidate.
_TIME, _NUMBER = 19, 8


class TooManyAlike(ValueError):
    """There is no telling about so many certificates without keeping all of them in memory."""


class Replacements:
    """Holds certificates back until it is known whether they were replaced.

    To be used as a context: what is on the disk is removed.

    :param horizon: until when a certificate has to be valid to take the place of another one, as rows have it.
    """

    def __init__(self, horizon: bytes) -> None:
        self._horizon = horizon
        self._held = _File()
        self._candidates = _Purposes()
        self._successors = _Purposes()
        self._count = 0

    def __enter__(self) -> Replacements:
        return self

    def __exit__(self, *_exception: object) -> None:
        for file in (self._held, self._candidates.file, self._successors.file):
            file.close()

    def add(self, block: Block, candidates: t.Sequence[int]) -> None:
        """Look at a block of the report.

        :param candidates: the numbers of the rows of which it has to be known.
        """
        ends = t.cast("t.Sequence[bytes]", block.columns[NOT_AFTER])
        if max(ends, default=b"") > self._horizon:
            horizon, revoked_at = self._horizon, block.columns[REVOKED_AT]
            self._successors.add(
                block, [index for index, end in enumerate(ends) if end > horizon and revoked_at[index] is None]
            )
        if candidates:
            columns = [list(map(block.columns[field].__getitem__, candidates)) for field in ALL_FIELDS]
            self._held.write(marshal.dumps(columns, _PLAIN))
            self._candidates.add(block, candidates)
            self._count += len(candidates)

    def select(self, replaced: bool) -> t.Iterator[tuple[Block, list[int]]]:
        """The candidates that were replaced, or those that were not, in the order of the report.

        :raises TooManyAlike: where there are more than ``MOST_ALIKE`` for the same few subjects.
        """
        found = self._find()
        number = 0
        for data in self._held.read():
            # Written above, by this process, to a file that has no name.
            columns: list[list[bytes | None]] = marshal.loads(data)  # noqa: S302
            block = Block(number, dict(zip(ALL_FIELDS, columns)))
            yield block, [place for place in range(block.size) if found[number + place] is replaced]
            number += block.size

    def _find(self) -> _Bits:
        """Which candidates were replaced, by their numbers."""
        found = _Bits(self._count)
        parts = -(-self._count // AT_ONCE)
        for part in range(parts):
            candidates = self._candidates_of(part, parts)
            for purpose, successors in self._successors_of(candidates).items():
                # Where they do not suffice for all, those stay that were issued first: they are the next to expire.
                unused = sorted(successors)
                for candidate in sorted(candidates[purpose], reverse=True):
                    if unused and unused[-1] > candidate[:_TIME]:
                        unused.pop()
                        found.set(int.from_bytes(candidate[_TIME:], "big"))
        return found

    def _candidates_of(self, part: int, parts: int) -> dict[int, list[bytes]]:
        """By purpose, when candidates were issued, and their numbers."""
        candidates: dict[int, list[bytes]] = {}
        number = count = 0
        for purposes, moments in self._candidates.read():
            for place, purpose in enumerate(purposes):
                if purpose != _NOBODY and purpose % parts == part:
                    count += 1
                    moment = moments[place * _TIME : (place + 1) * _TIME]
                    name = moment + (number + place).to_bytes(_NUMBER, "big")
                    candidates.setdefault(purpose, []).append(name)
            number += len(purposes)
            if count > MOST_ALIKE:
                raise TooManyAlike
        return candidates

    def _successors_of(self, candidates: t.Mapping[int, t.Sequence[bytes]]) -> dict[int, list[bytes]]:
        """By purpose, when those were issued that take the places of candidates, the last ones of them."""
        successors: dict[int, list[bytes]] = {}
        for purposes, moments in self._successors.read() if candidates else ():
            for place, purpose in enumerate(purposes):
                if purpose in candidates:
                    latest = successors.setdefault(purpose, [])
                    heapq.heappush(latest, moments[place * _TIME : (place + 1) * _TIME])
                    if len(latest) > len(candidates[purpose]):
                        heapq.heappop(latest)
        return successors


class _Purposes:
    """For whom certificates were, and when they were issued."""

    def __init__(self) -> None:
        self.file = _File()

    def add(self, block: Block, indexes: t.Sequence[int]) -> None:
        """Remember these rows of a block, in their order."""
        if not indexes:
            return
        subjects, templates, issued_at = (block.columns[field] for field in (SUBJECT, TEMPLATE_ARN, ISSUED_AT))
        # Python's own hash of bytes has a key that nobody knows, so that nobody can choose subjects that are alike.
        names = zip(map(subjects.__getitem__, indexes), map(templates.__getitem__, indexes))
        purposes = array.array("q", map(hash, names))
        if None in subjects:
            for place, index in enumerate(indexes):
                if subjects[index] is None:
                    purposes[place] = _NOBODY
        moments = b"".join(map(t.cast("t.Sequence[bytes]", issued_at).__getitem__, indexes))
        self.file.write(purposes.tobytes() + moments)

    def read(self) -> t.Iterator[tuple[array.array[int], bytes]]:
        """All that was added: purposes, and as many times in one text."""
        size = array.array("q").itemsize
        for data in self.file.read():
            count = len(data) // (size + _TIME)
            yield array.array("q", data[: count * size]), data[count * size :]


class _File:
    """Pieces of data, kept in memory while they are few."""

    def __init__(self) -> None:
        self._file: tempfile.SpooledTemporaryFile[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            max_size=_IN_MEMORY, buffering=_IN_MEMORY
        )

    def write(self, data: bytes) -> None:
        self._file.write(len(data).to_bytes(_NUMBER, "big"))
        self._file.write(data)

    def read(self) -> t.Iterator[bytes]:
        """All pieces from the first on."""
        self._file.seek(0)
        while size := self._file.read(_NUMBER):
            yield self._file.read(int.from_bytes(size, "big"))

    def close(self) -> None:
        self._file.close()


class _Bits:
    """A yes or no for each number."""

    def __init__(self, count: int) -> None:
        self._bits = bytearray(count // 8 + 1)

    def set(self, number: int) -> None:
        self._bits[number >> 3] |= 1 << (number & 7)

    def __getitem__(self, number: int) -> bool:
        return bool(self._bits[number >> 3] >> (number & 7) & 1)
