# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the parts of the page's inline SVG are drawn, which needs no script, no style attribute and no fonts. Pure.

Places along the line are percentages and heights are pixels, without a viewBox: a chart is as wide as the page, and its
text as large as that of the page, on a phone and on paper.
"""

from __future__ import annotations

import dataclasses
import typing as t

_TOP = 44  # room for the mark and the number above it
_BOTTOM = 46  # for two lines of text
_BAR = 0.58  # of the width of a column


@dataclasses.dataclass(frozen=True)
class Bar:
    """One column. ``above`` is what is marked above it; ``strong`` sets it off."""

    label: str
    second_label: str
    value: int
    above: int = 0
    strong: bool = False


@dataclasses.dataclass(frozen=True)
class Column:
    """Where a bar is drawn, with its number and mark. The style shows one of several ``numbers``, by their classes."""

    data: Bar
    left: str
    middle: str
    width: str
    top: str
    height: str
    numbers: t.Sequence[tuple[str, str]]
    number_y: str
    mark_y: str


@dataclasses.dataclass(frozen=True)
class Chart:
    """Columns, side by side on a floor."""

    height: int
    floor: int
    columns: t.Sequence[Column]


@dataclasses.dataclass(frozen=True)
class Share:
    """A part of a line, which is the whole."""

    name: str
    start: str
    width: str


def chart_of(bars: t.Sequence[Bar], plot: int) -> Chart:
    """The chart of some bars, of which the highest has ``plot`` pixels."""
    most = max([each.value for each in bars], default=0)
    width = 100 / max(len(bars), 1)
    floor = _TOP + plot
    columns = [_column(each, (number + 0.5) * width, width * _BAR, most, plot) for number, each in enumerate(bars)]
    return Chart(floor + _BOTTOM, floor, columns)


def _column(data: Bar, middle: float, width: float, most: int, plot: int) -> Column:
    # What there is at all can be seen, be it one beside ten thousand.
    size = max(round(plot * data.value / most, 1), 2) if data.value else 0
    top = _TOP + plot - size
    kind, full, short = "value" if data.value else "none", f"{data.value:,}", short_number(data.value)
    return Column(
        data=data,
        left=f"{middle - width / 2:.3f}%",
        middle=f"{middle:.3f}%",
        width=f"{width:.3f}%",
        top=f"{top:g}",
        height=f"{size:g}",
        numbers=[(kind, full)] if full == short else [(f"{kind} wide", full), (f"{kind} narrow", short)],
        number_y=f"{top - 8:g}",
        mark_y=f"{top - 30:g}",
    )


def shares_of(parts: t.Sequence[tuple[str, int]]) -> list[Share]:
    """Shares of one whole, side by side."""
    whole = max(sum(value for _name, value in parts), 1)
    shares = []
    start = 0.0
    for name, value in parts:
        width = 100 * value / whole
        if value:
            shares.append(Share(name, f"{start:.3f}%", f"{width:.3f}%"))
        start += width
    return shares


def width_of_share(part: int, whole: int) -> str:
    """The width of a line as long as the share. What there is at all can be seen."""
    share = 100 * part / whole if whole else 0
    return f"{max(share, 0.5 if part else 0):.2f}%"


def short_number(value: int) -> str:
    """At most four characters: what fits above a bar on a phone."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            # Cut, not rounded: 999,999 is not yet 1.0M.
            tenths = value * 10 // size
            return f"{tenths // 10}.{tenths % 10}{unit}" if tenths < 100 else f"{tenths // 10}{unit}"
    return str(value)
