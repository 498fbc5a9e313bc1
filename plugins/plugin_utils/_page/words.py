# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and small parts that the sections of the summary page share. Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime

from .._summary.attention import CRITICAL, NOTICE, WARNING
from .._summary.rows import CURRENT, FAILED, MISSING, NOT_POSSIBLE, PENDING, STALE, UNREADABLE
from .elements import Html, element

Document = t.Mapping[str, t.Any]

# Bytes that all names of a table take together, so that a thousand CAs stay under 1 MB whatever they are called. A
# common name has at most 64 characters (RFC 5280, appendix A.1).
NAMES_SIZE = 72_000
ACCOUNT_NAMES_SIZE = 48_000
NAME_SIZE = 192

SEVERITY_NAMES = {CRITICAL: "Act now", WARNING: "Act soon", NOTICE: "Good to know"}

# What the states of reports are called, in the order in which they are told.
STATES = {
    CURRENT: "current",
    PENDING: "being made",
    STALE: "stale",
    NOT_POSSIBLE: "not possible",
    MISSING: "missing",
    UNREADABLE: "unreadable",
    FAILED: "failed",
}

# Not those of the machine's language.
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def number_of(value: int) -> str:
    """With commas."""
    return f"{value:,}"


def count_of(value: int, one: str, many: str) -> str:
    """A number and what it counts."""
    return f"{value:,} {one if value == 1 else many}"


def day_of(time: datetime) -> str:
    """``23 November 2026``."""
    return f"{time.day} {MONTHS[time.month - 1]} {time.year}"


def day_or_minute(text: str | None, length: int) -> str | None:
    """The first characters of a time of the document, for people: 10 are a date, 16 a minute."""
    return text[:length].replace("T", " ") if text else None


def month_name(month: str) -> str:
    """``November 2026`` of ``2026-11``."""
    return f"{MONTHS[int(month[5:7]) - 1]} {month[:4]}"


def joined(parts: t.Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def size_of_name(together: int, rows: int) -> int:
    """How many bytes one name of a table may take; never less than of a thousand."""
    return max(min(NAME_SIZE, together // max(rows, 1)), together // 1000)


def section_of(name: str, heading: str, *children: str | None) -> Html:
    """A section that its heading names."""
    return element(
        "section", element("h2", heading, id=f"{name}-heading"), *children, id=name, aria_labelledby=f"{name}-heading"
    )
