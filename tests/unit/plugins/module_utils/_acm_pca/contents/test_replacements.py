# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import sys
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificates import (
    API_NAMES,
    ISSUED_AT,
    NOT_AFTER,
    REVOKED_AT,
    SERIAL,
    SUBJECT,
    TEMPLATE_ARN,
    Row,
)
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.reader import Block
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.replacements import (
    Replacements,
    TooManyAlike,
)

HORIZON = 50


def day(number: int) -> bytes:
    return f"2026-01-01T00:00:{number:02}".encode()


def row(
    serial: int,
    issued: int,
    ends: int,
    subject: str | None = "CN=a",
    template: str | None = "T",
    revoked: bool = False,
) -> Row:
    fields: list[bytes | None] = [None] * len(API_NAMES)
    fields[SERIAL] = str(serial).encode()
    fields[ISSUED_AT], fields[NOT_AFTER] = day(issued), day(ends)
    fields[SUBJECT] = subject.encode() if subject else None
    fields[TEMPLATE_ARN] = template.encode() if template else None
    fields[REVOKED_AT] = day(issued) if revoked else None
    return tuple(fields)


def expiring(each: Row) -> bool:
    return each[REVOKED_AT] is None and t.cast(bytes, each[NOT_AFTER]) <= day(HORIZON)


def block_of(rows: t.Sequence[Row]) -> Block:
    return Block(0, dict(enumerate(zip(*rows, strict=True))))


def replaced(rows: list[Row], wanted: bool = True, blocks: int = 2) -> list[int]:
    """The serial numbers of those that were replaced, in their order."""
    found: list[Row] = []
    with Replacements(day(HORIZON)) as replacements:
        for part in filter(None, (rows[place::blocks] for place in range(blocks))):
            replacements.add(block_of(part), [index for index, each in enumerate(part) if expiring(each)])
        for block, indexes in replacements.select(wanted):
            held = block.rows()
            found += [held[index] for index in indexes]
    # All of them are as they were.
    assert set(found) <= set(rows)
    return [int(t.cast(bytes, each[SERIAL])) for each in found]


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([row(2, 20, 59)], {1}),
        # Issued before, or at the same moment.
        ([row(2, 5, 59)], set()),
        ([row(2, 10, 59)], set()),
        # For somebody else, or for something else.
        ([row(2, 20, 59, subject="CN=b")], set()),
        ([row(2, 20, 59, template="U")], set()),
        ([row(2, 20, 59, template=None)], set()),
        # Revoked, or to be renewed itself.
        ([row(2, 20, 59, revoked=True)], set()),
        ([row(2, 20, 50)], set()),
        # One new one for two: the one that was issued first stays.
        ([row(2, 11, 41), row(3, 20, 59)], {2}),
        ([row(2, 11, 41), row(3, 20, 59), row(4, 21, 59)], {1, 2}),
    ],
)
def test_what_replaces_a_certificate(others: list[Row], found: set[int]) -> None:
    rows = [row(1, 10, 40), *others]
    kept = {int(t.cast(bytes, each[SERIAL])) for each in rows if expiring(each)} - found
    for order in (rows, rows[::-1]):
        assert set(replaced(order)) == found
        assert set(replaced(order, wanted=False)) == kept


def test_without_a_subject_nothing_is_replaced() -> None:
    """Whose such certificates are, only their alternative names say, which are in no report."""
    rows = [row(1, 10, 40, subject=None), row(2, 20, 59, subject=None)]
    assert replaced(rows) == []
    assert replaced(rows, wanted=False) == [1]


def test_the_order_is_that_of_the_report() -> None:
    rows = [row(number, 10, 40, subject=f"CN={number % 3}") for number in range(20)]
    assert replaced(rows, wanted=False, blocks=1) == list(range(20))


@pytest.fixture
def little_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is on the disk, and compared in parts."""
    module = sys.modules[Replacements.__module__]
    monkeypatch.setattr(module, "_IN_MEMORY", 10)
    monkeypatch.setattr(module, "AT_ONCE", 3)
    monkeypatch.setattr(module, "MOST_ALIKE", 40)


@pytest.mark.usefixtures("little_at_once")
def test_many_are_compared_in_parts() -> None:
    old = [row(number, 10, 40, subject=f"CN={number}") for number in range(60)]
    new = [row(100 + number, 20, 59, subject=f"CN={number}") for number in range(0, 60, 2)]
    assert replaced([*new, *old], blocks=1) == list(range(0, 60, 2))
    assert replaced([*old, *new], wanted=False, blocks=1) == list(range(1, 60, 2))


@pytest.mark.usefixtures("little_at_once")
def test_too_many_that_are_alike() -> None:
    rows = [row(number, 10, 40) for number in range(41)]
    with pytest.raises(TooManyAlike):
        replaced(rows)
    assert len(replaced(rows[1:], wanted=False)) == 40
    # It is not about those without a subject.
    assert len(replaced([*rows[1:], *(row(99, 10, 40, subject=None) for _each in range(50))], wanted=False)) == 90


ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([40, 59]), st.sampled_from(["CN=a", "CN=b"]), st.booleans()),
    max_size=6,
).map(
    lambda made: [
        row(number, issued, ends, subject, "T", revoked) for number, (issued, ends, subject, revoked) in enumerate(made)
    ]
)


@given(ROWS)
def test_as_many_as_possible_and_each_successor_once(rows: list[Row]) -> None:
    """Held against trying out every way to pair them."""
    candidates = [each for each in rows if expiring(each)]
    successors = [each for each in rows if each[REVOKED_AT] is None and t.cast(bytes, each[NOT_AFTER]) > day(HORIZON)]

    def pairs(order: t.Sequence[Row]) -> int:
        return sum(
            new[SUBJECT] == old[SUBJECT] and t.cast(bytes, new[ISSUED_AT]) > t.cast(bytes, old[ISSUED_AT])
            for old, new in zip(candidates, order, strict=True)
        )

    padding = [row(99, 0, 59, subject="CN=nobody")] * len(candidates)
    best = max(pairs(order) for order in itertools.permutations([*successors, *padding], len(candidates)))
    assert len(replaced(rows)) == best
