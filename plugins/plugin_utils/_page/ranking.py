# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in the order of how many certificates they have, with the shares of the first. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._text import shortened
from .chart import width_of_share

RANKS = 12
# Bytes of a name. A common name has at most 64 characters (RFC 5280, appendix A.1).
NAME_SIZE = 192

# A name, and how many there are of what is called so.
Count = tuple[str, int]


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Names, how many certificates each has, and how wide the line of its share is."""

    heading: str
    column: str
    counted: str
    rows: t.Sequence[tuple[str, int, str]]


def first_of(counts: t.Sequence[Count], others: str) -> list[Count]:
    """The first, and all others added up."""
    rest = counts[RANKS:]
    return [*counts[:RANKS], *([(others, sum(value for _name, value in rest))] if rest else [])]


def ranking_of(heading: str, column: str, counts: t.Sequence[Count], counted: str = "Certificates") -> Ranking:
    """The names with the most certificates, and all others added up."""
    whole = sum(value for _name, value in counts)
    shown = first_of(counts, f"{len(counts) - RANKS:,} others")
    rows = [(shortened(name, 2 * NAME_SIZE), value, width_of_share(value, whole)) for name, value in shown]
    return Ranking(heading, column, counted, rows)
