# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.cloudpki.aws.plugins.plugin_utils._text import escaped, shortened, visible, without_templates

# A machine with other work to do is no failure.

ANYTHING = st.text(alphabet=st.characters(), max_size=120)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("CN=www.example.com", "CN=www.example.com"),
        ("Müller & Söhne 株式会社 🔑", "Müller & Söhne 株式会社 🔑"),
        ("a\u202egro.elpmaxe", "a\\u202egro.elpmaxe"),
        ("two\nlines\r\t", "two\\u000alines\\u000d\\u0009"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("blank\u3164", "blank\\u3164"),
        ("\ud800", "\\ud800"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301" * 2),
    ],
)
def test_what_cannot_be_seen_is_written_as_its_code(given_text: str, shown: str) -> None:
    assert visible(given_text) == shown


def test_a_long_name_is_cut() -> None:
    assert visible("x" * 65536, 10) == "x" * 7 + "..."
    assert visible("x" * 10, 10) == "x" * 10
    # No half of a code is left.
    assert visible("ab\u202e\u202e\u202e", 12) == "ab\\u202e..."


@given(ANYTHING, st.integers(min_value=3, max_value=80))
def test_nothing_invisible_is_left_and_the_limit_holds(text: str, limit: int) -> None:
    shown = visible(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co") for each in shown)
    assert visible(shown, limit) == shown
    shown.encode("utf-8")


@given(ANYTHING)
def test_escaped_text_is_neither_markup_nor_a_template(text: str) -> None:
    result = escaped(text, 4000)
    assert not set(result) & set("<>\"'{}")
    assert html.unescape(result) == visible(text, 4000)


@given(ANYTHING, st.integers(min_value=16, max_value=200))
def test_a_name_takes_no_more_bytes_than_it_may(text: str, size: int) -> None:
    name = shortened(text, size)
    assert len(escaped(name, size).encode("utf-8")) <= size
    assert name == visible(text, size) or name.endswith("...")


def test_a_name_that_fits_is_not_shortened() -> None:
    assert shortened("Example Corp Issuing CA 1", 96) == "Example Corp Issuing CA 1"
    assert shortened("{" * 20, 60) == "{" * 8 + "..."


@pytest.mark.parametrize("text", ["{{ 7 * 191 }}", "{{{7}}", "{% raw %}{{ 7 }}{% endraw %}", "{# {{%", "{{{{", "a{b}"])
def test_a_template_is_none_any_more(text: str) -> None:
    shown = without_templates(text)
    assert not [mark for mark in ("{{", "{%", "{#") if mark in shown]
    assert shown.replace("\\u007b", "{") == text
