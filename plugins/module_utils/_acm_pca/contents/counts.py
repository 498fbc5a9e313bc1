# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Counts over the certificates of a report: by status, reason, template and month, and the few that need attention."""

from __future__ import annotations

import bisect
import collections
import itertools
import typing as t
from datetime import datetime, timedelta

from .certificates import (
    CERTIFICATE_ARN,
    COMPROMISES,
    ISSUED_AT,
    NO_REASON,
    NOT_AFTER,
    PRINCIPAL,
    REVOCATION_REASON,
    REVOKED_AT,
    SERIAL,
    SUBJECT,
    TEMPLATE_ARN,
    Row,
    is_own_template,
    text_of,
    time_bytes,
    time_text,
)
from .reader import Block

DAYS = (30, 60, 90)
# How long ago certificates were issued, in days, and revoked.
ISSUED_DAYS = (1, 7, 30)
REVOKED_DAYS = 90

# How many certificates are shown of those that expire next, and of those whose keys were compromised.
_SHOWN = 5
_LONGEST_SUBJECT = 256

_NONE = "none"
_COMPROMISES = frozenset(reason.encode("ascii") for reason in COMPROMISES)
# A report may claim to have any number of templates or reasons; those that exist are a few dozen.
_MOST_KINDS = 10_000
_OTHERS = "others"

_MONTH = slice(0, 7)

# A certificate's place among others: its time, and its number where times are alike. And where all of it is found.
_Candidate = tuple[bytes, int, Block, int]


def in_days(now: datetime, days: int) -> bytes:
    """The time so many days after now, or before it, as rows have it."""
    try:
        return time_bytes(now + timedelta(days=days))
    except OverflowError:
        return b"9999-12-31T23:59:59" if days > 0 else b"0001-01-01T00:00:00"


class SummaryBuilder:
    """Adds up blocks of rows; what it keeps does not grow with them."""

    def __init__(self, now: datetime) -> None:
        self._now = time_bytes(now)
        self._until = {days: in_days(now, days) for days in DAYS}
        self._issued = self._revoked = self._expired = self._own = 0
        self._reasons: _Counts = collections.Counter()
        self._recent_reasons: _Counts = collections.Counter()
        self._revoked_since = in_days(now, -REVOKED_DAYS)
        self._issued_since = {days: in_days(now, -days) for days in ISSUED_DAYS}
        self._issued_within = dict.fromkeys(ISSUED_DAYS, 0)
        self._expiring = dict.fromkeys(DAYS, 0)
        self._templates: _Counts = collections.Counter()
        self._principals: _Counts = collections.Counter()
        self._issued_months: _Counts = collections.Counter()
        self._expiring_months: _Counts = collections.Counter()
        self._first: bytes | None = None
        self._last: bytes | None = None
        self._next: list[_Candidate] = []
        self._compromised: list[_Candidate] = []

    def add(self, block: Block) -> None:
        """Count the rows of a block. They have the columns of ``fast_parser.SUMMARY_FIELDS``."""
        templates = collections.Counter(block.columns[TEMPLATE_ARN])
        if any(map(is_own_template, templates)):
            block = self._without_own(block)
            templates = collections.Counter(block.columns[TEMPLATE_ARN])
        if not block.size:
            return
        columns = block.columns
        self._issued += block.size
        self._templates.update(templates)
        self._principals.update(columns[PRINCIPAL])
        self._add_issued(t.cast("t.Sequence[bytes]", columns[ISSUED_AT]))
        ends = list(t.cast("t.Sequence[bytes]", columns[NOT_AFTER]))
        revoked_at = columns[REVOKED_AT]
        if revoked_at.count(None) < block.size:
            # In C, since every block has some, and few.
            revoked = list(itertools.compress(range(block.size), revoked_at))
            self._add_revoked(block, revoked)
            for index in reversed(revoked):
                del ends[index]
        # Sorted, everything about them can be looked up, instead of looked at.
        ends.sort()
        expired = bisect.bisect_right(ends, self._now)
        self._expired += expired
        if expired < len(ends):
            self._add_valid(block, ends, expired)
        for counts in (self._templates, self._principals, self._reasons, self._recent_reasons):
            _limit(counts)

    def build(self, unreadable: int) -> dict[str, t.Any]:
        """The summary, as results have it.

        :param unreadable: how many rows could not be read.
        """
        return {
            "issued": self._issued,
            "own_certificates": self._own,
            "valid": self._issued - self._revoked - self._expired,
            "expired": self._expired,
            "revoked": self._revoked,
            "revoked_by_reason": _named(self._reasons, NO_REASON.decode("ascii")),
            "recently_revoked_by_reason": _named(self._recent_reasons, NO_REASON.decode("ascii")),
            "issued_within": {str(days): count for days, count in self._issued_within.items()},
            "expiring_within": {str(days): count for days, count in self._expiring.items()},
            "by_template": _named(self._templates, _NONE),
            "by_requesting_principal": _named(self._principals, _NONE),
            "first_issued_at": time_text(self._first),
            "last_issued_at": time_text(self._last),
            "issued_by_month": _named(self._issued_months, _NONE),
            "expiring_by_month": _named(self._expiring_months, _NONE),
            "next_to_expire": [_soon(_row_of(candidate)) for candidate in self._next],
            "key_compromises": [_compromise(_row_of(candidate)) for candidate in self._compromised],
            "unreadable": unreadable,
        }

    def _without_own(self, block: Block) -> Block:
        """The block without the certificates of the CA itself, which end with it and are renewed with it."""
        others = [index for index, each in enumerate(block.columns[TEMPLATE_ARN]) if not is_own_template(each)]
        self._own += block.size - len(others)
        return block.only(others)

    def _add_issued(self, issued_at: t.Sequence[bytes]) -> None:
        first, last = min(issued_at), max(issued_at)
        self._first = first if self._first is None else min(first, self._first)
        self._last = last if self._last is None else max(last, self._last)
        for days, since in self._issued_since.items():
            if last > since:
                self._issued_within[days] += sum(since < moment <= self._now for moment in issued_at)
        if first[_MONTH] == last[_MONTH]:
            # As in most blocks, since reports are in the order of issuing.
            self._issued_months[first[_MONTH]] += len(issued_at)
        else:
            self._issued_months.update([moment[_MONTH] for moment in issued_at])

    def _add_valid(self, block: Block, ends: t.Sequence[bytes], first: int) -> None:
        """:param ends: when certificates expire, in order; from ``first`` on those that are valid."""
        for days, until in self._until.items():
            self._expiring[days] += bisect.bisect_right(ends, until, first) - first
        place = first
        while place < len(ends):
            month = ends[place][_MONTH]
            # Behind every day of the month.
            following = bisect.bisect_left(ends, month + b"~", place)
            self._expiring_months[month] += following - place
            place = following
        worst = self._next[-1][0] if len(self._next) == _SHOWN else None
        if worst is None or ends[first] < worst:
            self._next = self._soonest(block, ends[first : first + _SHOWN])

    def _soonest(self, block: Block, ends: t.Sequence[bytes]) -> list[_Candidate]:
        """The best of those known and of a block, whose best expire then."""
        not_after, revoked_at = block.columns[NOT_AFTER], block.columns[REVOKED_AT]
        found = list(self._next)
        for end in dict.fromkeys(ends):
            index = -1
            # Where many end at the same time, the first ones are taken.
            for _place in range(_SHOWN):
                try:
                    index = not_after.index(end, index + 1)
                    while revoked_at[index] is not None:
                        index = not_after.index(end, index + 1)
                except ValueError:
                    break
                found.append((end, block.first + index, block, index))
        return sorted(found, key=lambda each: each[:2])[:_SHOWN]

    def _add_revoked(self, block: Block, revoked: t.Sequence[int]) -> None:
        revoked_at, reasons = block.columns[REVOKED_AT], block.columns[REVOCATION_REASON]
        found = [(t.cast(bytes, revoked_at[index]), reasons[index], index) for index in revoked]
        self._revoked += len(found)
        self._reasons.update([reason for _moment, reason, _index in found])
        since = self._revoked_since
        self._recent_reasons.update([reason for moment, reason, _index in found if moment > since])
        compromised = sorted(
            ((moment, block.first + index, block, index) for moment, reason, index in found if reason in _COMPROMISES),
            key=_newest_first,
        )[:_SHOWN]
        if compromised:
            self._compromised = sorted([*self._compromised, *compromised], key=_newest_first)[:_SHOWN]


def _newest_first(candidate: _Candidate) -> tuple[t.Any, int]:
    return (bytes(255 - code for code in candidate[0]), candidate[1])


_Counts = t.Counter[t.Optional[bytes]]


def _limit(counts: _Counts) -> None:
    """Keep no more kinds than there can be; the rarest of a report that claims more become one."""
    if len(counts) > _MOST_KINDS:
        for kind, count in counts.most_common()[_MOST_KINDS // 2 :]:
            del counts[kind]
            counts[_OTHERS.encode()] += count


def _named(counts: _Counts, unnamed: str) -> dict[str, int]:
    """Counts by text, in the order of the texts. What is empty, and what is really called like that, is one."""
    named: dict[str, int] = {}
    for kind, count in counts.items():
        name = text_of(kind) or unnamed
        named[name] = named.get(name, 0) + count
    return dict(sorted(named.items()))


def _row_of(candidate: _Candidate) -> Row:
    _moment, _number, block, index = candidate
    return block.rows()[index]


def _soon(row: Row) -> dict[str, t.Any]:
    return {
        **_brief(row),
        "not_after": time_text(row[NOT_AFTER]),
        "template_arn": text_of(row[TEMPLATE_ARN]),
    }


def _compromise(row: Row) -> dict[str, t.Any]:
    return {**_brief(row), "revoked_at": time_text(row[REVOKED_AT])}


def _brief(row: Row) -> dict[str, t.Any]:
    subject = text_of(row[SUBJECT])
    if subject and len(subject) > _LONGEST_SUBJECT:
        subject = f"{subject[:_LONGEST_SUBJECT]}..."
    return {"serial": text_of(row[SERIAL]), "subject": subject, "certificate_arn": text_of(row[CERTIFICATE_ARN])}


_ADDED = ("issued", "own_certificates", "valid", "expired", "revoked", "unreadable")
# Those by a number of days, which are in the order of the days.
_PERIODS = {"expiring_within": tuple(map(str, DAYS)), "issued_within": tuple(map(str, ISSUED_DAYS))}
_COUNTED = (
    "revoked_by_reason",
    "recently_revoked_by_reason",
    "issued_within",
    "expiring_within",
    "by_template",
    "by_requesting_principal",
    "issued_by_month",
    "expiring_by_month",
)


def add_summaries(summaries: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """The summary over several reports."""
    total: dict[str, t.Any] = {name: sum(each[name] for each in summaries) for name in _ADDED}
    for name in _COUNTED:
        counts: dict[str, int] = dict.fromkeys(_PERIODS.get(name, ()), 0)
        for each in summaries:
            for kind, count in each[name].items():
                counts[kind] = counts.get(kind, 0) + count
        total[name] = counts if name in _PERIODS else dict(sorted(counts.items()))
    first = [each["first_issued_at"] for each in summaries if each["first_issued_at"]]
    last = [each["last_issued_at"] for each in summaries if each["last_issued_at"]]
    total["first_issued_at"], total["last_issued_at"] = min(first, default=None), max(last, default=None)
    soon = [certificate for each in summaries for certificate in each["next_to_expire"]]
    total["next_to_expire"] = sorted(soon, key=lambda certificate: str(certificate["not_after"]))[:_SHOWN]
    compromises = [certificate for each in summaries for certificate in each["key_compromises"]]
    compromises.sort(key=lambda certificate: str(certificate["revoked_at"]), reverse=True)
    total["key_compromises"] = compromises[:_SHOWN]
    return total
