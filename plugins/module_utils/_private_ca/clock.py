# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time, and waiting: the one place that looks at the machine's clocks, so that tests can turn them faster."""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime, timezone


class Clock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds on a clock that nobody sets."""
        return time.monotonic()

    def wait(self, futures: t.Collection[Future[t.Any]], seconds: float | None) -> set[Future[t.Any]]:
        """Wait until one of the futures is done, or for some seconds (None: however long it takes)."""
        if not futures:
            time.sleep(max(seconds or 0, 0))
            return set()
        return wait(futures, timeout=seconds, return_when=FIRST_COMPLETED).done
