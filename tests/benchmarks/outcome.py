# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results: tables, and whether the targets are met. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from measuring import Run


@dataclass(frozen=True)
class Target:
    """A target: a value that is at most (or at least) a limit. No value: it was not measured."""

    text: str
    value: float | None
    limit: float
    unit: str = ""
    at_least: bool = False
    problem: str | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        if self.value is None or self.problem:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def verdict(self) -> str:
        """In words."""
        if self.problem:
            return f"missed: {self.problem}"
        if self.value is None:
            return "missed: not measured"
        if self.met:
            return "met"
        missing = abs(self.value - self.limit)
        share = f" ({missing / self.limit:.0%})" if self.limit else ""
        return f"missed by {number(missing)}{self.unit}{share}"

    def row(self) -> list[str]:
        """As a row of a table."""
        value = "" if self.value is None else f"{number(self.value)}{self.unit}"
        return [self.text, value, f"{'>=' if self.at_least else '<='} {number(self.limit)}{self.unit}", self.verdict]


TARGET_COLUMNS = ("target", "measured", "limit", "result")


@dataclass
class Section:
    """A part of the document."""

    title: str
    columns: Sequence[str]
    about: str = ""
    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def number(value: float) -> str:
    """As many digits as mean something."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def mib(value: float | None) -> str:
    """An amount of memory, if it was measured."""
    return "" if value is None else f"{value:.0f}"


RUN_COLUMNS = ("", "seconds", "CPU s", "requests per CA", "acm-pca", "s3", "sts", "MiB module", "MiB started", "")


def run_row(name: str, run: Run, cas: int, remark: str = "") -> list[str]:
    """A run that is not scaled, as a row of a table."""
    return [
        name,
        number(round(run.seconds, 2)),
        number(round(run.busy_seconds, 2)),
        *(f"{run.per(cas, service):.2f}" for service in ("", "acm-pca:", "s3:", "sts:")),
        mib(run.module_mib),
        mib(run.started_mib),
        "; ".join(filter(None, (run.problem, remark))),
    ]


def different_calls(one: Run, other: Run) -> list[str]:
    """The operations that two runs did not carry out equally often."""
    names = sorted({*one.calls, *other.calls})
    return [
        f"{name} {one.calls.get(name, 0)} and {other.calls.get(name, 0)}"
        for name in names
        if one.calls.get(name, 0) != other.calls.get(name, 0)
    ]


def plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal."""
    widths = [max(len(row[index]) for row in (columns, *rows)) for index in range(len(columns))]
    lines = []
    for row in (columns, *rows):
        cells = [
            cell.ljust(width) if index in (0, len(columns) - 1) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a document. Columns between the first and the last are numbers."""
    rule = ["---", *(["--:"] * (len(columns) - 2)), "---"]
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, rule, *rows))
