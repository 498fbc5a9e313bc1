# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as results, records and messages have them: ISO 8601 in UTC, in whole seconds, with a Z. Pure."""

from __future__ import annotations

from datetime import datetime, timezone


def to_utc(moment: datetime) -> datetime:
    """The same time in UTC, rounded down to seconds. :raises OverflowError: if UTC has no such time"""
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def to_text(moment: datetime) -> str:
    """For example ``2026-11-23T09:30:00Z``."""
    return f"{to_utc(moment).replace(tzinfo=None).isoformat()}Z"


def read_time(text: str) -> datetime:
    """A time in UTC, from ISO 8601 with a time zone.

    :raises ValueError: a clause that says what is wrong with it.
    """
    # Python 3.9 and 3.10 do not read Z.
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as e:
        raise ValueError("is out of range") from e
