# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time, and waiting: the one place that looks at the machine's clocks, so that tests can turn them faster."""

from __future__ import annotations

import queue
import time
import typing as t
from datetime import datetime, timezone

_Item = t.TypeVar("_Item")


class Clock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds on a clock that is never set."""
        return time.monotonic()

    def next_of(self, items: queue.SimpleQueue[_Item], seconds: float | None) -> _Item | None:
        """The next item, as soon as there is one; None if there is none within some seconds (None: however long)."""
        try:
            return items.get(timeout=None if seconds is None else max(seconds, 0.0))
        except queue.Empty:
            return None


class Deadline:
    """A point in time that is so many seconds after the first one who had to wait began."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._at: float | None = None

    def start(self) -> None:
        """Begin to count, unless somebody did already."""
        if self._at is None:
            self._at = self._clock.monotonic() + self._seconds

    def left(self) -> float:
        """Seconds until then, 0 from then on."""
        return self._seconds if self._at is None else max(self._at - self._clock.monotonic(), 0.0)

    def passed(self) -> bool:
        """Whether no time is left."""
        return self.left() <= 0.0
