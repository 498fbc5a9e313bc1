# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of the faults, as a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What came of one fault in one round."""

    fault: str
    many: bool
    twice: int
    lost: int
    seconds: float


@dataclass(frozen=True)
class Row:
    """What came of one fault in all rounds: sums, and the longest times."""

    fault: str
    rounds: int
    twice: int
    lost: int
    single: float
    fleet: float

    def cells(self) -> tuple[str, ...]:
        """As they are printed."""
        return (
            self.fault,
            str(self.rounds),
            str(self.twice),
            str(self.lost),
            f"{self.single:,.0f}",
            f"{self.fleet:,.0f}",
        )


COLUMNS = ("fault", "rounds", "twice", "lost", "seconds", "fleet")


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """By fault, in the order of the alphabet: tests of several processes end in any order."""
    rows = []
    for fault in sorted({outcome.fault for outcome in outcomes}):
        own = [outcome for outcome in outcomes if outcome.fault == fault]
        rows.append(
            Row(
                fault,
                len(own),
                sum(outcome.twice for outcome in own),
                sum(outcome.lost for outcome in own),
                _longest(outcome.seconds for outcome in own if not outcome.many),
                _longest(outcome.seconds for outcome in own if outcome.many),
            )
        )
    return rows


def as_text(rows: Sequence[Row]) -> str:
    """For a terminal, with the sums below."""
    totals = ("all", *(str(sum(getattr(row, name) for row in rows)) for name in ("rounds", "twice", "lost")), "", "")
    cells = [COLUMNS, *(row.cells() for row in rows), totals]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        ).rstrip()
        for line in cells
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows of a table in Markdown."""
    return "\n".join(f"| {' | '.join(row.cells())} |" for row in rows)


def _longest(seconds: Iterable[float]) -> float:
    return max(seconds, default=0.0)
