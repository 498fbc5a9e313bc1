# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of the modules, checked on their way into the summary: numbers, times and text. Pure.

The results come through a playbook, in which anything may have happened to them. What cannot be read is refused with
a sentence that names the place.
"""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timezone

from .._text import visible

# Longer than any ARN of the API (200), and than a key in S3 that Private CA chooses.
NAME_LIMIT = 256
MESSAGE_LIMIT = 600
_MOST_DAYS = 36_500


class SummaryError(ValueError):
    """What was given cannot be summed up. The text is a sentence for people."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One item of a result, and what to call it in an error."""

    fields: t.Mapping[str, t.Any]
    place: str

    def text(self, name: str, limit: int = NAME_LIMIT) -> str | None:
        """A text, visible and cut. None if it is missing or empty."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return visible(value, limit)

    def count(self, name: str) -> int:
        """A number of things; 0 if it is missing."""
        return _count(self.fields.get(name), lambda: self._wrong(name, "a number of at least 0"))

    def counts(self, name: str) -> dict[str, int]:
        """Numbers of things by name; the names are visible and cut. Empty if it is missing."""
        value = self.fields.get(name)
        if value is None:
            return {}
        if not isinstance(value, t.Mapping):
            raise self._wrong(name, "a dictionary of numbers")
        result: dict[str, int] = {}
        for key, each in value.items():
            # Two names may be the same once they are cut.
            shown = visible(str(key), NAME_LIMIT)
            result[shown] = result.get(shown, 0) + _count(each, lambda: self._wrong(name, "a dictionary of numbers"))
        return result

    def time(self, name: str) -> datetime | None:
        """A time in UTC, or None."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return to_time(value)
            except ValueError:
                pass
        raise self._wrong(name, "a time such as 2026-03-02T21:43:57Z")

    def part(self, name: str) -> Entry | None:
        """A dictionary inside, or None."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, t.Mapping):
            raise self._wrong(name, "a dictionary")
        return Entry(value, f"{self.place}.{name}")

    def parts(self, name: str) -> list[Entry]:
        """A list of dictionaries inside; empty if it is missing."""
        return entries_of(self.fields.get(name) or [], f"{self.place}.{name}")

    def _wrong(self, name: str, wanted: str) -> SummaryError:
        given = visible(repr(self.fields.get(name)), 80)
        return SummaryError(f"{self.place}.{name} is {given}, which is not {wanted}.")


def entries_of(value: t.Any, place: str, source: str = "") -> list[Entry]:
    """The items of a list of dictionaries. ``source`` says what it should be."""
    hint = f" Pass {source}." if source else ""
    if not isinstance(value, (list, tuple)):
        raise SummaryError(f"{place} is of the type {type(value).__name__}, not a list.{hint}")
    for number, each in enumerate(value):
        if not isinstance(each, t.Mapping):
            raise SummaryError(f"{place}[{number}] is of the type {type(each).__name__}, not a dictionary.{hint}")
    return [Entry(each, f"{place}[{number}]") for number, each in enumerate(value)]


def to_time(text: str) -> datetime:
    """Read ISO 8601; without a zone it is UTC. :raises ValueError: if it is none."""
    # Python 3.9 and 3.10 know no Z.
    time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
    try:
        return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    except OverflowError as e:
        raise ValueError(f"{text} is not a time in UTC") from e


def from_time(time: datetime | None) -> str | None:
    """``2026-03-02T21:43:57Z``; None for None."""
    return time.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat() + "Z" if time else None


def whole(value: t.Any) -> t.Any:
    """A number that came through a template as text is one. Those with more digits are none that anybody means."""
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9
    return int(value) if is_number else value


def days_of(value: t.Any, place: str) -> int:
    """A number of days, also as text. :raises SummaryError: for what is none"""
    number = whole(value)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MOST_DAYS:
        shown = visible(repr(value), 80)
        raise SummaryError(f"{place} is {shown}, which is not a number of days from 0 to {_MOST_DAYS}.")
    return number


def _count(value: t.Any, wrong: t.Callable[[], SummaryError]) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise wrong()
    return int(value)
