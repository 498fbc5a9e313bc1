# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS inside one process, for unit tests: ``with local_aws(report_seconds=0) as aws``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto import mock_aws

from local_aws.emulator import Emulator, emulator
from local_aws.install import install
from local_aws.seed import load


@contextmanager
def local_aws(seed: Path | None = None, **settings: Any) -> Iterator[Emulator]:
    """moto's ``mock_aws`` with audit reports, faults, rate limits and counters.

    Yields an object with ``settings``, ``configure(...)``, ``fault(operation, ...)``, ``faults()``,
    ``advance(seconds)``, ``calls()``, ``calls(by="account")`` and ``reset()``, which mean what the control endpoints
    of the server mean.
    Settings are keyword arguments; ``seed`` is a file as for the server, and what came of it is in ``seeded``.
    """
    install()
    with mock_aws():
        emulator.start_afresh()
        try:
            emulator.configure(**settings)
            if seed is not None:
                emulator.take_over(load(seed))
            yield emulator
        finally:
            emulator.start_afresh()
