# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import Problem
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.outcome import failure_of

BROKEN = Problem("KeyError", "X.", "Traceback (most recent call last): ...")


def test_failures_are_one_message() -> None:
    assert failure_of([], 3, "all") is None
    alone = failure_of([("a", BROKEN)], 1, "all")
    assert alone is not None
    assert (alone.code, alone.message, alone.traceback) == ("KeyError", "a: X.", BROKEN.traceback)
    several = failure_of([("a", Problem("Denied", "Y.")), ("b", BROKEN)], 3, "all")
    assert several is not None
    assert several.message == "2 of 3 failed. See all for all of them. a: Y. b: X."
    assert several.traceback == BROKEN.traceback
