# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is made of good values and files to find out how bad ones are taken."""

from __future__ import annotations

import typing as t

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from project import environment_name

#: The default environment tries enough, the others whether their versions differ.
THOROUGH = environment_name() == ".venv"

#: What has broken programs before: of JSON, YAML, CSV, paths, patterns, ARNs, numbers, times, templates and terminals.
FRAGMENTS = (
    *("", " ", "\0", "\n", "\r\n", "\t", "\x1b[31m", "\u202e", "\ufeff", "\U0001f512", "é", "\x7f", "\u2028"),
    *("{{ 7 * 7 }}", "{% for x in y %}", "!unsafe", "<script>alert(1)</script>", "&lt;", "=cmd()", "'", '"', "\\", "`"),
    *("../", "/", "//", "~", "$HOME", "%s", "{0}", "*" * 40, "[", "[!", "]", "?", "!", ",", ":", ";", "=", "#", "-"),
    *("all", "null", "None", "true", "nan", "-1", "0", "0x10", "1e400", "1_000", "\u0663", "9" * 4000, "x" * 5000),
    *("arn:aws:iam::123456789012:role/x", "arn:::::", "9999-99-99", "0000-00-00T00:00:00Z", "T", "Z", "+99:99"),
)

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(FRAGMENTS)
)
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def tries(number: int) -> settings:
    """How often a test is run with other values: so often in the default environment, in others a twentieth."""
    return settings(
        max_examples=number if THOROUGH else number // 20,
        # The fixtures of these tests hold nothing that a run leaves behind.
        suppress_health_check=list(HealthCheck),
        # The same in every run: what fails has been broken by a change.
        derandomize=True,
        database=None,
    )


@st.composite
def spoiled_text(draw: st.DrawFn, good: str) -> str:
    """A text with something put into it, taken out of it, or cut off."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, len(good)))
    return good[:start] + draw(st.sampled_from(FRAGMENTS) | st.text(max_size=3)) + good[end:]


@st.composite
def spoiled_bytes(draw: st.DrawFn, good: bytes) -> bytes:
    """A file with something changed at up to three places."""
    for _number in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(good)))
        end = draw(st.integers(start, min(len(good), start + draw(st.sampled_from([0, 1, 9, 300, len(good)])))))
        put = draw(
            st.binary(max_size=4)
            | st.sampled_from(FRAGMENTS).map(lambda text: text.encode("utf-8", "surrogatepass"))
            | st.sampled_from(sorted({good[start:end], good[end : end + 200]}))
        )
        good = good[:start] + put + good[end:]
    return good


@st.composite
def spoiled(draw: st.DrawFn, good: t.Any) -> t.Any:
    """A value of JSON in which one thing is another one, is missing, or is too much."""
    if isinstance(good, dict) and good and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(good)))
        rest = {name: value for name, value in good.items() if name != key}
        how = draw(st.integers(0, 5))
        if how == 0:
            return rest
        if how == 1:
            return {**rest, draw(spoiled_text(key)): good[key]}
        return {**rest, key: draw(spoiled(good[key]))}
    if isinstance(good, list) and good and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(good) - 1))
        how = draw(st.integers(0, 5))
        if how == 0:
            return good[:place] + good[place + 1 :]
        if how == 1:
            return [*good, *good]
        return [*good[:place], draw(spoiled(good[place])), *good[place + 1 :]]
    if isinstance(good, str) and draw(st.integers(0, 3)):
        return draw(spoiled_text(good))
    return draw(_ANYTHING)
