# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory reading takes: how many reports are read at once, and what becomes of what they free."""

from __future__ import annotations

import contextlib
import ctypes
import threading
import typing as t

# Of glibc's <malloc.h>, and as many, or as large, as make it hardly slower.
_M_ARENA_MAX, _ARENAS = -8, 4
_M_MMAP_THRESHOLD, _LARGE = -3, 1024 * 1024


def share_memory() -> None:
    """Have threads use memory again that others have freed. To be called before there are any.

    The C library of most Linuxes keeps it apart for up to eight times as many threads as there are cores. With the
    default concurrency that is more than all that the reports need at the same time.
    """
    _set(_M_ARENA_MAX, _ARENAS)


def return_memory() -> None:
    """Have large pieces of memory returned to the system as soon as they are freed.

    The C library of most Linuxes otherwise learns from the first ones to keep the next ones, between smaller ones that
    are still used.
    """
    _set(_M_MMAP_THRESHOLD, _LARGE)


def _set(parameter: int, value: int) -> None:
    # Other C libraries have no such setting, and other systems no such library.
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(parameter, value)


class MemoryBudget:
    """Lets as many reports be read at the same time as memory suffices for: many small ones, or few large ones."""

    # Measured: what a report needs while it is read grows with its size up to that of a few blocks.
    _LARGEST = 14 * 1024 * 1024
    _TOTAL = 3 * _LARGEST

    def __init__(self) -> None:
        self._left = self._TOTAL
        self._changed = threading.Condition()
        self._next = threading.Lock()
        self.comparing = threading.Lock()
        """Held while the certificates of a report are compared with each other, which needs more than reading does."""

    @contextlib.contextmanager
    def reserve(self, size: int, *, columns: bool = False) -> t.Iterator[None]:
        """Wait until a report of this size may be read, and read it.

        :param columns: whether its certificates are turned into columns, which takes three times as much.
        """
        weight = min(4 * size + 64 * 1024, self._LARGEST) * (3 if columns else 1)
        # One waits at a time, the others behind it: small ones would take again and again what a large one waits for.
        with self._next, self._changed:
            self._changed.wait_for(lambda: self._left >= weight)
            self._left -= weight
        try:
            yield
        finally:
            with self._changed:
                self._left += weight
                self._changed.notify_all()
