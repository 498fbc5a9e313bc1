# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Which certificates of a report are meant: by filters of the module and by its rules alike. Pure.

A report has millions of rows, so conditions narrow down the rows of a block column by column, the cheapest first.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import itertools
import re
import typing as t
from datetime import datetime, timedelta

from .certificates import (
    ISSUED_AT,
    NO_REASON,
    NOT_AFTER,
    NOT_BEFORE,
    PRINCIPAL,
    REVOCATION_REASON,
    REVOKED_AT,
    SERIAL,
    SUBJECT,
    TEMPLATE_ARN,
    is_own_template,
    time_bytes,
)
from .counts import in_days
from .fast_parser import Columns
from .reader import Block

# A time, or so many days from now, which are negative in the past.
Moment = t.Union[datetime, int]

# What the summary calls a certificate without a template or a requesting service.
NONE = "none"

# Private CA dates the beginning back by an hour, so that one that is asked for 30 days is valid for an hour more.
# https://docs.aws.amazon.com/privateca/latest/APIReference/API_IssueCertificate.html
_BACKDATED = timedelta(hours=1)
_SECOND = timedelta(seconds=1)

# Before and after every time.
_EVER, _NEVER = b"", b"~"
# A report may claim to have any number of templates; those that exist are a few dozen.
_MOST_KNOWN = 10_000

_Indexes = t.Sequence[int]
_Step = t.Callable[[Columns, _Indexes], _Indexes]


@dataclasses.dataclass(frozen=True)
class Conditions:
    """Certificates have to fulfill all that are not None.

    ``replaced`` (whether another one took its place) is not for ``at`` to say but for ``replacements``. Patterns are
    shell-style ones; serial numbers are as ``plain_serial`` returns them.
    """

    expiring_within: int | None = None
    expires_before: Moment | None = None
    expires_after: Moment | None = None
    issued_within: int | None = None
    issued_before: Moment | None = None
    issued_after: Moment | None = None
    revoked_within: int | None = None
    revoked: bool | None = None
    revocation_reason: frozenset[str] | None = None
    replaced: bool | None = None
    validity_over: int | None = None
    template: tuple[str, ...] | None = None
    not_template: tuple[str, ...] | None = None
    requested_by: tuple[str, ...] | None = None
    serial: frozenset[bytes] | None = None
    subject: tuple[str, ...] | None = None

    @property
    def about_revoked(self) -> bool:
        """Whether only certificates that were revoked can fulfill them."""
        return bool(self.revoked or self.revocation_reason or self.revoked_within is not None)

    def at(self, now: datetime) -> Selector:
        """The same as of now."""
        return Selector(self, now)


class Selection(t.NamedTuple):
    """Which rows of a block fulfill conditions, by their numbers in it.

    ``short_lived``: how many others did not, for the only reason that they never live longer than
    ``expiring_within``.
    """

    indexes: _Indexes
    short_lived: int


_NOTHING = Selection((), 0)


class Selector:
    """Tells which certificates fulfill conditions at a time, whether they were replaced or not."""

    def __init__(self, conditions: Conditions, now: datetime) -> None:
        days = conditions.expiring_within
        self._steps = list(_steps(conditions, now))
        self._longer = None if days is None else _longer_than(days, time_bytes(now - timedelta(days=days) - _BACKDATED))
        self.horizon = max(time_bytes(now), _latest_end(conditions, now))
        """Until when certificates are looked at. One that expires later need not be renewed yet."""

    def select(self, block: Block) -> Selection:
        """Look at the rows of a block."""
        columns = block.columns
        indexes: _Indexes = range(block.size)
        for step in self._steps:
            if not indexes:
                return _NOTHING
            indexes = step(columns, indexes)
        if self._longer is None:
            return Selection(indexes, 0)
        lasting = self._longer(columns, indexes)
        return Selection(lasting, len(indexes) - len(lasting))


def plain_serial(text: bytes) -> bytes:
    """A serial number in one spelling: without colons and leading zeros, in small letters."""
    return text.replace(b":", b"").lower().lstrip(b"0")


def _steps(conditions: Conditions, now: datetime) -> t.Iterator[_Step]:
    """All but what tells those apart that are short-lived."""
    if conditions.about_revoked:
        yield _only_revoked
    for field, (after, until) in _windows(conditions, now).items():
        if (after, until) != (_EVER, _NEVER):
            yield _between(field, after, until)
    if conditions.revoked is False or conditions.expiring_within is not None:
        yield _not_revoked
    reasons = conditions.revocation_reason
    if reasons is not None:
        encoded = {reason.encode("ascii") for reason in reasons}
        yield _known(REVOCATION_REASON, lambda reason: (reason or NO_REASON) in encoded)
    if any(given is not None for given in (conditions.expiring_within, conditions.expires_before)):
        yield _not_own
    if conditions.template is not None:
        yield _known(TEMPLATE_ARN, _template_matcher(conditions.template))
    if conditions.not_template is not None:
        matches = _template_matcher(conditions.not_template)
        yield _known(TEMPLATE_ARN, lambda template: not matches(template))
    if conditions.requested_by is not None:
        yield _known(PRINCIPAL, _matcher(conditions.requested_by, NONE))
    if conditions.serial is not None:
        yield _one_of_serials(conditions.serial)
    if conditions.subject is not None:
        yield _matching(SUBJECT, _matcher(conditions.subject, ""))
    if conditions.validity_over is not None:
        yield _not_own
        yield _longer_than(conditions.validity_over)


def _windows(conditions: Conditions, now: datetime) -> dict[int, tuple[bytes, bytes]]:
    """For each time of a certificate, after and until when it has to be."""

    def after(*moments: Moment | None) -> bytes:
        return max((_at(moment, now) for moment in moments if moment is not None), default=_EVER)

    def days_ago(days: int | None) -> int | None:
        return None if days is None else -days

    issued_until = _NEVER if conditions.issued_before is None else _before(conditions.issued_before, now)
    expiring = None if conditions.expiring_within is None else 0
    return {
        NOT_AFTER: (after(conditions.expires_after, expiring), _latest_end(conditions, now) or _NEVER),
        ISSUED_AT: (after(conditions.issued_after, days_ago(conditions.issued_within)), issued_until),
        REVOKED_AT: (after(days_ago(conditions.revoked_within)), _NEVER),
    }


def _latest_end(conditions: Conditions, now: datetime) -> bytes:
    """Until when a certificate has to expire; empty if that does not matter."""
    ends = []
    if conditions.expiring_within is not None:
        ends.append(in_days(now, conditions.expiring_within))
    if conditions.expires_before is not None:
        ends.append(_before(conditions.expires_before, now))
    return min(ends, default=b"")


def _at(moment: Moment, now: datetime) -> bytes:
    return in_days(now, moment) if isinstance(moment, int) else time_bytes(moment)


def _before(moment: Moment, now: datetime) -> bytes:
    """The last second before a time."""
    try:
        return _at(moment - _SECOND, now) if isinstance(moment, datetime) else _at(moment, now - _SECOND)
    except OverflowError:
        return _EVER


def _only_revoked(columns: Columns, indexes: _Indexes) -> _Indexes:
    revoked_at = columns[REVOKED_AT]
    # Few are, so that this comes before everything else: the indexes are those of all rows.
    return list(itertools.compress(indexes, revoked_at)) if revoked_at.count(None) < len(revoked_at) else ()


def _not_revoked(columns: Columns, indexes: _Indexes) -> _Indexes:
    revoked_at = columns[REVOKED_AT]
    return [index for index in indexes if revoked_at[index] is None]


def _between(field: int, after: bytes, until: bytes) -> _Step:
    def select(columns: Columns, indexes: _Indexes) -> _Indexes:
        column = t.cast("t.Sequence[bytes]", columns[field])
        # As in most blocks, where a report is in order.
        if len(indexes) == len(column) and (max(column) <= after or min(column) > until):
            return ()
        return [index for index in indexes if after < column[index] <= until]

    return select


class _Known(dict[t.Optional[bytes], bool]):
    """What is known of values that come again and again."""

    def __init__(self, test: t.Callable[[bytes | None], bool]) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, value: bytes | None) -> bool:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        found = self[value] = self._test(value)
        return found


def _known(field: int, test: t.Callable[[bytes | None], bool]) -> _Step:
    """Test a column with few different values."""
    return _matching(field, _Known(test).__getitem__)


def _matching(field: int, test: t.Callable[[bytes | None], bool]) -> _Step:
    def select(columns: Columns, indexes: _Indexes) -> _Indexes:
        column = columns[field]
        return [index for index in indexes if test(column[index])]

    return select


# The certificate of the CA itself ends with the CA and is renewed with it.
def _not_own(columns: Columns, indexes: _Indexes) -> _Indexes:
    templates = columns[TEMPLATE_ARN]
    own = {template for template in set(templates) if is_own_template(template)}
    return [index for index in indexes if templates[index] not in own] if own else indexes


def _one_of_serials(serials: frozenset[bytes]) -> _Step:
    return _matching(SERIAL, lambda serial: plain_serial(t.cast(bytes, serial)) in serials)


def _longer_than(days: int, surely: bytes = _EVER) -> _Step:
    """Those that are valid for more than so many days from beginning to end.

    :param surely: those that began before then are.
    """
    limit = timedelta(days=days) + _BACKDATED

    def select(columns: Columns, indexes: _Indexes) -> _Indexes:
        begin, end = (t.cast("t.Sequence[bytes]", columns[field]) for field in (NOT_BEFORE, NOT_AFTER))
        return [
            index for index in indexes if begin[index] < surely or _moment(end[index]) - _moment(begin[index]) > limit
        ]

    return select


def _moment(moment: bytes) -> datetime:
    return datetime.fromisoformat(moment.decode("ascii"))


def _matcher(patterns: t.Sequence[str], empty: str) -> t.Callable[[bytes | None], bool]:
    """Whether a text matches one of the patterns, in capital or small letters.

    :param empty: what takes the place of a text that is not there.
    """
    matches = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns), re.IGNORECASE).match

    def test(value: bytes | None) -> bool:
        return matches(value.decode("utf-8") if value else empty) is not None

    return test


def _template_matcher(patterns: t.Sequence[str]) -> t.Callable[[bytes | None], bool]:
    """As ``_matcher``; a template is called by its ARN, or by its name with or without the version."""
    matches = _matcher(patterns, NONE)

    def test(template: bytes | None) -> bool:
        if template is None:
            return matches(None)
        name = template.partition(b":template/")[2]
        return any(matches(each) for each in (template, name, name.rpartition(b"/")[0]) if each)

    return test
