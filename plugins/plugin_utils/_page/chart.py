# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bars as inline SVG that need no script, no style attribute and no fonts. Pure.

Places along the line are percentages and heights are pixels, without a viewBox: a chart is as wide as the page, and its
text as large as that of the page, on a telephone and on paper.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .elements import Html, each_of, element

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


def bar_chart(name: str, title: str, description: str, bars: t.Sequence[Bar], plot: int) -> Html:
    """Columns, each with its number. ``name`` makes the ids, ``plot`` is the height of the highest column in pixels."""
    most = max([column.value for column in bars], default=0)
    width = 100 / max(len(bars), 1)
    height = _TOP + plot + _BOTTOM
    floor = _TOP + plot
    columns = [
        _column(column, (number + 0.5) * width, width * _BAR, most, plot, floor) for number, column in enumerate(bars)
    ]
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        element("line", class_="floor", x1="0", x2="100%", y1=f"{floor}.5", y2=f"{floor}.5"),
        each_of(columns),
        class_="chart",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        width="100%",
        height=height,
    )


def _column(column: Bar, middle: float, width: float, most: int, plot: int, floor: int) -> Html:
    # What there is at all can be seen, be it one beside ten thousand.
    size = max(round(plot * column.value / most, 1), 2) if column.value else 0
    place = f"{middle:.3f}%"
    parts = []
    if column.value:
        parts.append(
            element(
                "rect",
                class_="bar strong" if column.strong else "bar",
                x=f"{middle - width / 2:.3f}%",
                y=f"{floor - size:g}",
                width=f"{width:.3f}%",
                height=f"{size:g}",
            )
        )
    words, place_of_value = "value" if column.value else "none", f"{floor - size - 8:g}"
    full, short = f"{column.value:,}", short_number(column.value)
    if full == short:
        parts.append(element("text", full, class_=words, x=place, y=place_of_value))
    else:  # the style shows one of them
        parts.append(element("text", full, class_=f"{words} wide", x=place, y=place_of_value))
        parts.append(element("text", short, class_=f"{words} narrow", x=place, y=place_of_value))
    if column.above:
        # A diamond, drawn: not every font has one.
        diamond = element("path", d="M0 -6L6 0L0 6L-6 0Z")
        count = element("text", str(column.above), x="10", y="4") if column.above > 1 else None
        parts.append(
            element("svg", diamond, count, class_="mark", x=place, y=f"{floor - size - 30:g}", overflow="visible")
        )
    parts.append(element("text", column.label, class_="label", x=place, y=floor + 20))
    if column.second_label:
        parts.append(element("text", column.second_label, class_="second", x=place, y=floor + 37))
    return each_of(parts)


def share_bar(part: int, whole: int) -> Html:
    """A line as long as the share; for the eye only, as the number stands beside it."""
    share = 100 * part / whole if whole else 0
    rect = element("rect", width=f"{max(share, 0.5 if part else 0):.2f}%", height="100%")
    return element("svg", rect, class_="share", aria_hidden="true", width="100%", height="8")


def strip(parts: t.Sequence[tuple[str, int]]) -> Html:
    """Shares of one whole, side by side, by the names of their classes; for the eye only."""
    whole = sum(value for _class, value in parts)
    rects = []
    start = 0.0
    for class_, value in parts:
        width = 100 * value / whole if whole else 0
        if value:
            rects.append(element("rect", class_=class_, x=f"{start:.3f}%", width=f"{width:.3f}%", height="100%"))
        start += width
    return element("svg", each_of(rects), class_="strip", aria_hidden="true", width="100%", height="14")


def short_number(value: int) -> str:
    """At most four characters: what fits above a bar on a telephone."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            # Cut, not rounded: 999,999 is not yet 1.0M.
            tenths = value * 10 // size
            return f"{tenths // 10}.{tenths % 10}{unit}" if tenths < 100 else f"{tenths // 10}{unit}"
    return str(value)
