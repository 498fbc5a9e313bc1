# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What is new in a report, compared with an earlier one of the same CA, without keeping either in memory.

A certificate that was issued later than any in the earlier report was not in it, and one that was issued well before
the end of that report was. Only about those near its end it has to be remembered which there were. Likewise for what
was revoked. Which certificates expired in between follows from the times of the two reports.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from .certificates import CERTIFICATE_ARN, ISSUED_AT, NOT_AFTER, REVOKED_AT, Row, normal_form, time_bytes
from .reader import Block

KINDS = ("newly_issued", "newly_revoked", "newly_expired")
EDGE_FIELDS = (CERTIFICATE_ARN, ISSUED_AT, REVOKED_AT)

# For how long before its last entry a report may lack what happened then: it is not made in one moment.
_BLURRED = timedelta(hours=1)
# As many as a CA issues in an hour at AWS's default rate of 25 per second.
_MOST_REMEMBERED = 100_000


class _Edge:
    """What a report knows near its end: which certificates have a time within the last hour of all times."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}
        # Whatever happened up to then is in the report, whatever it is called.
        self._floor = b""
        self._last = b""

    def add(self, names: t.Sequence[bytes], moments: t.Sequence[bytes]) -> None:
        """Remember what matters of these."""
        if not moments:
            return
        last = max(moments)
        if last > self._last:
            self._last = last
            self._raise_floor(_before(last))
        floor = self._floor
        if last > floor:
            self._known.update((name, moment) for name, moment in zip(names, moments) if moment > floor)
        if len(self._known) > _MOST_REMEMBERED:
            # More than there can be in an hour, unless all that is claimed to have happened at once.
            self._raise_floor(sorted(self._known.values())[len(self._known) // 2])

    def knows(self, name: bytes, moment: bytes) -> bool:
        """Whether the report has what happened to a certificate at a time."""
        return moment <= self._floor or (moment <= self._last and name in self._known)

    def _raise_floor(self, floor: bytes) -> None:
        if floor > self._floor:
            self._floor = floor
            self._known = {name: moment for name, moment in self._known.items() if moment > floor}


def _before(moment: bytes) -> bytes:
    try:
        return time_bytes(datetime.fromisoformat(f"{moment.decode('ascii')}+00:00") - _BLURRED)
    except OverflowError:
        return b""


class EarlierReport:
    """What has to be known of the earlier report. It is read to its end before the later one."""

    def __init__(self, created_at: datetime) -> None:
        self.created_at = created_at
        self.issued = _Edge()
        self.revoked = _Edge()

    def add(self, block: Block) -> None:
        """Look at a block of it, which has the columns of ``EDGE_FIELDS``."""
        names = t.cast("t.Sequence[bytes]", block.columns[CERTIFICATE_ARN])
        self.issued.add(names, t.cast("t.Sequence[bytes]", block.columns[ISSUED_AT]))
        revoked_at = block.columns[REVOKED_AT]
        if revoked_at.count(None) < block.size:
            revoked = [(name, moment) for name, moment in zip(names, revoked_at) if moment is not None]
            self.revoked.add([name for name, _moment in revoked], [moment for _name, moment in revoked])


class ChangesBuilder:
    """Finds what is new in the later report."""

    def __init__(self, earlier: EarlierReport, created_at: datetime, now: datetime, limit: int | None) -> None:
        """:param created_at: when the later report was made.
        :param limit: how many certificates of each kind are listed; None for no lists at all.
        """
        self._earlier = earlier
        self._from, self._to = time_bytes(earlier.created_at), time_bytes(created_at)
        self._now = time_bytes(now)
        self._limit = limit
        self._counts = dict.fromkeys(KINDS, 0)
        self._lists: dict[str, list[dict[str, t.Any]]] = {kind: [] for kind in KINDS}

    def add(self, rows: t.Iterable[Row]) -> None:
        """Look at rows of the later report."""
        for row in rows:
            name, revoked_at = t.cast(bytes, row[CERTIFICATE_ARN]), row[REVOKED_AT]
            if not self._earlier.issued.knows(name, t.cast(bytes, row[ISSUED_AT])):
                self._found("newly_issued", row)
            if revoked_at is not None:
                if not self._earlier.revoked.knows(name, revoked_at):
                    self._found("newly_revoked", row)
            elif self._from < t.cast(bytes, row[NOT_AFTER]) <= self._to:
                self._found("newly_expired", row)

    def build(self) -> dict[str, t.Any]:
        """Counts, and the lists that were asked for."""
        result: dict[str, t.Any] = dict(self._counts)
        if self._limit is not None:
            result |= {f"{kind}_certificates": found for kind, found in self._lists.items()}
            result["truncated"] = any(len(self._lists[kind]) < count for kind, count in self._counts.items())
        return result

    def _found(self, kind: str, row: Row) -> None:
        self._counts[kind] += 1
        if self._limit is not None and len(self._lists[kind]) < self._limit:
            self._lists[kind].append(normal_form(row, self._now))
