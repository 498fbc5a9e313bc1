# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and small parts that the sections of the summary page share. Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime

from .fleet_attention import CRITICAL, NOTICE, WARNING
from .fleet_rows import CURRENT, FAILED, MISSING, NOT_POSSIBLE, PENDING, STALE, UNREADABLE
from .html_elements import Html, element

Document = t.Mapping[str, t.Any]

# Bytes of a name in a table, so that a thousand CAs stay under 1 MB whatever they are called.
NAME_SIZE = 96
ACCOUNT_SIZE = 64

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


def time_element(text: str | None, with_hour: bool = False) -> Html | None:
    """A time of the document, as a date or to the minute."""
    if not text:
        return None
    return element("time", text[:16].replace("T", " ") if with_hour else text[:10], datetime=text)


def month_name(month: str) -> str:
    """``November 2026`` of ``2026-11``."""
    return f"{MONTHS[int(month[5:7]) - 1]} {month[:4]}"


def joined(parts: t.Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def section_of(name: str, heading: str, *children: str | None) -> Html:
    """A section that its heading names."""
    return element(
        "section", element("h2", heading, id=f"{name}-heading"), *children, id=name, aria_labelledby=f"{name}-heading"
    )
