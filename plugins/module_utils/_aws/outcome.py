# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns, whatever it does: results, warnings, and one message about all that failed. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import Problem
from .messages import grouped


@dataclasses.dataclass(frozen=True)
class Outcome:
    """All that a module returns. ``failure`` is None if nothing failed; it never takes the place of results."""

    results: dict[str, t.Any]
    failure: Problem | None = None
    warnings: t.Sequence[str] = ()


def failure_of(failed: t.Sequence[tuple[str, Problem]], total: int, see: str) -> Problem | None:
    """One problem for all that failed, or None if nothing did.

    :param failed: pairs of a name and why it failed.
    :param total: how many there are, failed or not.
    :param see: the result that holds all of them.
    """
    if not failed:
        return None
    if total == 1:
        name, problem = failed[0]
        return dataclasses.replace(problem, message=f"{name}: {problem.message}")
    texts = [(name, problem.message) for name, problem in failed]
    message = " ".join([f"{len(failed)} of {total} failed. See {see} for all of them.", *grouped(texts, see)])
    traceback = next((problem.traceback for _name, problem in failed if problem.traceback), None)
    return Problem("Failed", message, traceback)
