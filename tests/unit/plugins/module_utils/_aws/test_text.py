# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._aws.text import clean, quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  plain  ", "plain"),
        ("a\x1b[31mred\x00\u202e", "a [31mred  "),
        ("The signature does not match.\n\nx-amz-security-token:SECRET", "The signature does not match."),
        ("https://user:SECRET@proxy.example/", "https://proxy.example/"),
        ("x" * 1000, "x" * 600 + "..."),
        (
            "Invalid header value b'SECRET\\nx'",
            "A credential or another value that is sent in a header contains a line break",
        ),
    ],
)
def test_text_from_outside_is_cleaned(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", "'a'"),
        ("a\nb\u202e", "'a\\nb\\u202e'"),
        ("x" * 300, "'" + "x" * 199 + "..."),
        ("\0" * 1_000_000, repr("\0" * 200)[:200] + "..."),
    ],
)
def test_values_are_quoted_and_cut(value: str, shown: str) -> None:
    assert quoted(value) == shown
