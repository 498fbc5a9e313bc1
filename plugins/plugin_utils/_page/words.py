# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times, states and severities in words. Pure."""

from __future__ import annotations

from datetime import datetime

from .._summary.findings import CRITICAL, NOTICE, WARNING
from .._summary.rows import CURRENT, FAILED, MISSING, NOT_POSSIBLE, PENDING, STALE, UNREADABLE

SEVERITY_NAMES = {CRITICAL: "Act now", WARNING: "Act soon", NOTICE: "Notice"}

# What the states of reports are called, in the order in which they are listed.
STATES = {
    CURRENT: "current",
    PENDING: "in progress",
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


def duration_of(seconds: int) -> str:
    """``2 days``, or seconds where that is not a whole number of days."""
    days, rest = divmod(seconds, 86400)
    return f"{seconds:,} seconds" if rest else count_of(days, "day", "days")
