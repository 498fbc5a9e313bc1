# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock for modules under test: what takes them seconds takes moments."""

from __future__ import annotations

import queue
import time
from typing import Any

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.clock import Clock


class FastClock(Clock):
    """The machine's clock, turned faster, for all but the time of day."""

    SPEED = 100

    def monotonic(self) -> float:
        return time.monotonic() * self.SPEED

    def next_of(self, items: queue.SimpleQueue[Any], seconds: float | None) -> Any:
        return super().next_of(items, None if seconds is None else seconds / self.SPEED)
