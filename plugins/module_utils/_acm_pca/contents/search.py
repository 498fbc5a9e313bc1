# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Looking for certificates that fulfill conditions while a report is read once, and keeping some of them."""

from __future__ import annotations

import typing as t
from datetime import datetime

from .certificates import NOT_AFTER, REVOKED_AT, Row, normal_form, time_bytes
from .conditions import Conditions
from .reader import Block
from .replacements import Replacements


class Taker(t.Protocol):
    """What becomes of certificates that were found."""

    def take(self, block: Block, indexes: t.Sequence[int]) -> None:
        """Take these rows of a block."""


class Search:
    """Looks for certificates. To be used as a context.

    ``short_lived``: how many certificates were left out because they never live longer than ``expiring_within``.
    """

    def __init__(self, conditions: Conditions, now: datetime, taker: Taker) -> None:
        self._selector = conditions.at(now)
        self._taker = taker
        self._replaced = conditions.replaced
        self._replacements = None if conditions.replaced is None else Replacements(self._selector.horizon)
        self.short_lived = 0

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._replacements is not None:
            self._replacements.__exit__(*exception)

    def add(self, block: Block) -> None:
        """Look at a block of the report."""
        indexes, short_lived = self._selector.select(block)
        self.short_lived += short_lived
        if self._replacements is not None:
            self._replacements.add(block, indexes)
        elif indexes:
            self._taker.take(block, indexes)

    @property
    def unfinished(self) -> bool:
        """Whether there is something left to do at the end of the report."""
        return self._replacements is not None

    def finish(self) -> None:
        """At the end of the report, find out which certificates were replaced, if that matters.

        :raises TooManyAlike: where there are too many for that.
        """
        if self._replacements is not None and self._replaced is not None:
            for block, indexes in self._replacements.select(self._replaced):
                if indexes:
                    self._taker.take(block, indexes)


class FirstOnes:
    """Keeps the first certificates, and writes all of them to a file.

    :param limit: how many are kept; None for no list at all.
    """

    def __init__(self, limit: int | None, now: datetime, write: t.Callable[[Block], None] | None) -> None:
        self._limit = limit
        self._write = write
        self._now = time_bytes(now)
        self._kept: list[dict[str, t.Any]] = []
        self.count = 0

    @property
    def certificates(self) -> list[dict[str, t.Any]] | None:
        """Those that were kept."""
        return None if self._limit is None else self._kept

    def take(self, block: Block, indexes: t.Sequence[int]) -> None:
        """Take these rows of a block."""
        self.count += len(indexes)
        room = max((self._limit or 0) - len(self._kept), 0)
        if not room and not self._write:
            return
        if room:
            rows = block.rows()
            self._kept += [normal_form(rows[index], self._now) for index in indexes[:room]]
        if self._write:
            self._write(block if len(indexes) == block.size else block.only(indexes))


# A text that sorts the other way round.
_REVERSED = bytes(range(255, -1, -1))


class MostPressing:
    """Counts certificates and keeps those that somebody should look at first.

    That is the one that was revoked last; or of valid ones that which expires first, followed by those that are not
    valid any more, the one that ended last before the others.
    """

    def __init__(self, limit: int, now: datetime, *, revoked: bool) -> None:
        """:param revoked: whether all of them are revoked."""
        self._limit = limit
        self._now = time_bytes(now)
        self._revoked = revoked
        self._kept: list[tuple[bytes, int, Row]] = []
        self._worst: bytes | None = None
        self.count = 0

    def take(self, block: Block, indexes: t.Sequence[int]) -> None:
        """Take these rows of a block."""
        self.count += len(indexes)
        if not self._limit:
            return
        ranked = list(zip(self._ranks(block, indexes), indexes))
        worst = self._worst
        if worst is not None:
            ranked = [each for each in ranked if each[0] < worst]
        if not ranked:
            return
        rows = block.rows()
        self._kept += [(rank, block.first + index, rows[index]) for rank, index in ranked]
        if len(self._kept) >= 2 * self._limit:
            self._keep_best()

    def certificates(self) -> list[dict[str, t.Any]]:
        """Those that were kept, the most pressing first."""
        self._keep_best()
        return [normal_form(row, self._now) for _rank, _number, row in self._kept]

    def _ranks(self, block: Block, indexes: t.Sequence[int]) -> list[bytes]:
        """The place of each row among all, as a text."""
        revoked_at = block.columns[REVOKED_AT]
        if self._revoked:
            return [moment.translate(_REVERSED) for moment in map(revoked_at.__getitem__, indexes) if moment]
        ends, now = t.cast("t.Sequence[bytes]", block.columns[NOT_AFTER]), self._now
        return [
            b"0" + ends[index]
            if revoked_at[index] is None and ends[index] > now
            else b"1" + (revoked_at[index] or ends[index]).translate(_REVERSED)
            for index in indexes
        ]

    def _keep_best(self) -> None:
        self._kept.sort(key=lambda each: each[:2])
        del self._kept[self._limit :]
        if self._limit and len(self._kept) == self._limit:
            self._worst = self._kept[-1][0]
