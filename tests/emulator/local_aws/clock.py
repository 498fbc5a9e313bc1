# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What time it is, asked in one place so that tests can answer differently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _real_time() -> datetime:
    return datetime.now(UTC)


#: The last one answers.
_sources: list[Callable[[], datetime]] = [_real_time]


def now() -> datetime:
    """The current time, always aware and in UTC."""
    return _sources[-1]()


@contextmanager
def use(source: Callable[[], datetime]) -> Iterator[None]:
    """Let ``source`` answer :func:`now` while the context lasts."""
    _sources.append(source)
    try:
        yield
    finally:
        _sources.pop()
