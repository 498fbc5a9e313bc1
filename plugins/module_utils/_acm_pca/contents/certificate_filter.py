# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Which certificates of a report are wanted, and how many of them. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime

from .certificates import ISSUED_AT, NO_REASON, NOT_AFTER, REVOCATION_REASON, REVOKED_AT, Row, time_bytes
from .counts import in_days


@dataclasses.dataclass(frozen=True)
class CertificateFilter:
    """Certificates have to pass all that is not None.

    ``expiring_within``: valid, and not for more than so many days. ``revoked``: whether it is. ``issued_after``: later
    than then. ``revocation_reasons``: revoked for one of these. ``replaced``: whether another one took its place, which
    is not for ``at`` to say but for ``replacements``.
    """

    expiring_within: int | None = None
    revoked: bool | None = None
    issued_after: datetime | None = None
    revocation_reasons: frozenset[bytes] | None = None
    replaced: bool | None = None

    def at(self, now: datetime) -> t.Callable[[Row], bool]:
        """Whether a certificate passes, as of now, whether it was replaced or not."""
        moment = time_bytes(now)
        until = None if self.expiring_within is None else self.horizon(now)
        after = None if self.issued_after is None else time_bytes(self.issued_after)
        revoked, reasons = self.revoked, self.revocation_reasons

        def admits(row: Row) -> bool:
            if revoked is not None and revoked is (row[REVOKED_AT] is None):
                return False
            if reasons is not None and (
                row[REVOKED_AT] is None or (row[REVOCATION_REASON] or NO_REASON) not in reasons
            ):
                return False
            if after is not None and t.cast(bytes, row[ISSUED_AT]) <= after:
                return False
            if until is None:
                return True
            return row[REVOKED_AT] is None and moment < t.cast(bytes, row[NOT_AFTER]) <= until

        return admits

    def horizon(self, now: datetime) -> bytes:
        """Until when certificates are looked at, as rows have it. One that expires later need not be renewed yet."""
        return in_days(now, self.expiring_within or 0)

    @property
    def admits_all(self) -> bool:
        """Whether every certificate passes."""
        return self == CertificateFilter()
