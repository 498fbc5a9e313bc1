# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.plugin_utils.harmless import MOST_STACKED, markup, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Example Corp Issuing CA 1", "Example Corp Issuing CA 1"),
        ("M\u00fcller \u6771\u4eac \u05d0\u05d1 \U0001f512", "M\u00fcller \u6771\u4eac \u05d0\u05d1 \U0001f512"),
        ("e\u0301\u0323\u0302", "e\u0301\u0323\u0302"),
        ("a\u202eb\x00\U000e0041", "a\\u202eb\\u0000\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b\u3000c", "a\\u00a0b\\u3000c"),
        ("pay\u3164ments\u2800", "pay\\u3164ments\\u2800"),
        ("a\ufe0f\U000e0100", "a\\ufe0f\\U000e0100"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * MOST_STACKED + "\\u0301" * 2),
        (None, "None"),
        (5, "5"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: object, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    ("text", "longest", "seen"),
    [
        ("x" * 256, 256, "x" * 256),
        ("x" * 257, 256, "x" * 256 + "..."),
        ("ab\u202ecd", 7, "ab..."),
        ("ab\u202ecd", 8, "ab\\u202e..."),
        ("ab\u202ecd", 10, "ab\\u202ecd"),
    ],
)
def test_a_text_is_cut_by_what_is_seen_and_says_so(text: str, longest: int, seen: str) -> None:
    assert visible(text, longest) == seen


def test_markup_is_cut_by_its_bytes_and_never_inside_of_a_sign() -> None:
    assert markup("<<<<", 9) == "&lt;&lt;..."
    assert markup("\u6771\u4eac", 5) == "\u6771..."
    assert markup('{"a"}', 100) == "&#123;&quot;a&quot;&#125;"


@given(st.text())
def test_all_signs_of_a_text_can_be_seen(text: str) -> None:
    for sign in visible(text):
        assert sign == " " or unicodedata.category(sign)[0] not in "CZ"


@given(st.text(), st.integers(min_value=0, max_value=400))
def test_no_text_is_markup_nor_larger_than_asked_for(text: str, longest: int) -> None:
    made = markup(text, longest)
    assert not re.search(r"[<>\"'{}]", made)
    assert len(made.encode()) <= longest + len("...")
    shown = html.unescape(made)
    assert visible(text, len(text) * 10).startswith(shown.removesuffix("..."))
