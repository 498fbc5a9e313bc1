# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Which certificates of a report others have taken the place of. Pure.

A report does not say so. What it has is that somebody had another certificate issued for the same subject by the same
template. Each such certificate takes the place of one only: where ten servers share a subject, one new certificate
leaves nine to be renewed.
"""

from __future__ import annotations

import hashlib
import heapq
import typing as t

from .certificates import ISSUED_AT, NOT_AFTER, REVOKED_AT, SERIAL, SUBJECT, TEMPLATE_ARN, Row

# Both are read again for each report in which something has to be looked up.
MOST_CANDIDATES = 200_000

# Between the time and the serial number that are remembered of a certificate. Neither has one.
_SEPARATOR = b" "


class TooManyCandidates(ValueError):
    """There is no telling about so many certificates without keeping all of them in memory."""


class Replacements:
    """Reads a report twice: ``add_candidates`` with all of its rows, then ``add_successors`` with all of its rows.

    :param admits: the certificates that it has to be known of.
    :param horizon: until when a certificate has to be valid to take the place of another one, as rows have it.
    """

    def __init__(self, admits: t.Callable[[Row], bool], horizon: bytes) -> None:
        self._admits = admits
        self._horizon = horizon
        self._candidates: dict[bytes, list[bytes]] = {}
        self._successors: dict[bytes, list[bytes]] = {}
        self._count = 0

    def add_candidates(self, rows: t.Iterable[Row]) -> None:
        """Remember for whom the certificates were that it has to be known of.

        :raises TooManyCandidates: where there are more than ``MOST_CANDIDATES``.
        """
        for row in rows:
            subject = row[SUBJECT]
            # It is not known for whom those without a subject were.
            if subject is None or not self._admits(row):
                continue
            self._count += 1
            if self._count > MOST_CANDIDATES:
                raise TooManyCandidates
            candidate = t.cast(bytes, row[ISSUED_AT]) + _SEPARATOR + t.cast(bytes, row[SERIAL])
            self._candidates.setdefault(_purpose(subject, row[TEMPLATE_ARN]), []).append(candidate)

    @property
    def needs_successors(self) -> bool:
        """Whether the second reading could find anything."""
        return bool(self._candidates)

    def add_successors(self, rows: t.Iterable[Row]) -> None:
        """Remember the certificates that last, for the same subjects by the same templates."""
        horizon, candidates = self._horizon, self._candidates
        for row in rows:
            subject = row[SUBJECT]
            if subject is not None and row[REVOKED_AT] is None and t.cast(bytes, row[NOT_AFTER]) > horizon:
                purpose = _purpose(subject, row[TEMPLATE_ARN])
                if purpose in candidates:
                    # Of more than there are candidates, the last ones do.
                    latest = self._successors.setdefault(purpose, [])
                    heapq.heappush(latest, t.cast(bytes, row[ISSUED_AT]))
                    if len(latest) > len(candidates[purpose]):
                        heapq.heappop(latest)

    def replaced(self) -> frozenset[bytes]:
        """The serial numbers of the candidates that were replaced."""
        found: set[bytes] = set()
        for purpose, successors in self._successors.items():
            # Where they do not suffice for all, those stay that were issued first: they are the next to expire.
            unused = sorted(successors)
            for candidate in sorted(self._candidates[purpose], reverse=True):
                issued_at, _separator, serial = candidate.partition(_SEPARATOR)
                if unused and unused[-1] > issued_at:
                    unused.pop()
                    found.add(serial)
        return frozenset(found)


def _purpose(subject: bytes, template: bytes | None) -> bytes:
    """A short name for a subject and a template: most of what is remembered would be subjects."""
    what = b"%d %s%s" % (-1 if template is None else len(template), template or b"", subject)
    return hashlib.sha256(what).digest()
