# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import check_row
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.conditions import Conditions
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.fast_parser import SUMMARY_FIELDS
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.reader import BLOCK, read_blocks
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.search import MostPressing, Search

from .builders import NOW, Values, as_json, usual
from .test_conditions import certificate


def pressing(
    rows: t.Sequence[Values], wanted: Conditions, limit: int, *, revoked: bool = False
) -> tuple[int, list[str]]:
    """How many a search in a report comes to, and the serial numbers of those that are kept."""
    kept = MostPressing(limit, NOW, revoked=revoked)
    data = as_json(rows)
    pieces = [data[place : place + BLOCK] for place in range(0, len(data), BLOCK)]
    with Search(wanted, NOW, kept) as search:
        for block in read_blocks(pieces, "JSON", SUMMARY_FIELDS, pytest.fail):
            search.add(block)
        search.finish()
    return kept.count, [found["serial"] for found in kept.certificates()]


@pytest.mark.parametrize("replaced", [None, False])
@pytest.mark.parametrize("limit", [0, 1, 10, 3000])
def test_the_most_pressing_come_first(replaced: bool | None, limit: int) -> None:
    ends = [*range(1, 1500), *range(-1, -500, -1)]
    order = random.Random(1).sample(ends, len(ends))
    rows = [certificate(end=end, serial=f"{end}", subject=f"CN={end}") for end in order]
    # What is valid by its expiry, and then what is not any more, the last one first.
    assert pressing(rows, Conditions(replaced=replaced), limit) == (len(ends), [str(end) for end in ends[:limit]])


def test_those_that_were_revoked_last_come_first() -> None:
    days = list(range(1, 900))
    random.Random(1).shuffle(days)
    rows = [certificate(revoked=0 - day, serial=f"{day}") for day in days]
    assert pressing(rows, Conditions(revoked=True), 3, revoked=True) == (899, ["1", "2", "3"])


def test_alike_ones_stay_in_their_order() -> None:
    rows = [certificate(serial=f"{number}") for number in range(3000)]
    assert pressing(rows, Conditions(revoked=False), 3) == (3000, ["0", "1", "2"])


def test_what_is_kept_is_all_of_a_certificate() -> None:
    kept = MostPressing(1, NOW, revoked=False)
    row = usual(subject="CN=a,O=b", requestedByServicePrincipal="acm.amazonaws.com")
    with Search(Conditions(replaced=False), NOW, kept) as search:
        for block in read_blocks([as_json([row])], "JSON", SUMMARY_FIELDS, pytest.fail):
            search.add(block)
        search.finish()
    [found] = kept.certificates()
    assert [found["subject"], found["status"]] == ["CN=a,O=b", "valid"]
    assert found["requested_by_service_principal"] == "acm.amazonaws.com"
    assert found["certificate_arn"].encode() == check_row(row)[2]
