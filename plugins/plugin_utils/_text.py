# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that others wrote (subjects of certificates, names of accounts, messages of AWS), made harmless. Pure.

Whoever can request a certificate chooses its subject: markup, templates, characters that turn the direction of a line,
or 64 kB of anything. And text made by filters is data, never a template: ``as_data`` says so to ansible-core.
"""

from __future__ import annotations

import html
import importlib
import re
import typing as t
import unicodedata

from ansible import template

# Beside control characters (Cc), formatting characters (Cf: direction overrides, zero width, tags), surrogates (Cs) and
# line separators (Zl, Zp): these are letters to Unicode, and draw nothing.
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
# More combining marks than this on one letter reach into the lines above and below.
_MARKS = 4

CUT = "..."

_START_OF_TEMPLATE = re.compile(r"\{(?=[{%#])")


def visible(text: str, limit: int = 256) -> str:
    """The text in one line, of ``limit`` characters at most, with ``...`` at the end of what was cut.

    What cannot be seen, or changes how the rest is seen, is written as its code: ``\\u202e``. What is visible stays as
    it is, so that doing it twice is doing it once.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    length = marks = 0
    for character in text[: limit + 1]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        piece = _code(character) if _is_hidden(character) or marks > _MARKS else character
        if length + len(piece) > limit:
            return _cut(shown, limit)
        shown.append(piece)
        length += len(piece)
    return "".join(shown) if len(text) <= limit else _cut(shown, limit)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character in _BLANK_LETTERS


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _cut(pieces: list[str], limit: int) -> str:
    """Whole pieces only: half a code would say something else."""
    length = sum(map(len, pieces))
    while pieces and length > limit - len(CUT):
        length -= len(pieces.pop())
    return "".join(pieces) + CUT


def shortened(text: str, size: int) -> str:
    """The text, visible, and cut so that it takes at most ``size`` bytes in a page, references included."""
    limit = size
    while len(escaped(text, limit).encode("utf-8")) > size and limit > len(CUT):
        limit = max(limit * 7 // 8, len(CUT))
    return visible(text, limit)


def escaped(text: str, limit: int) -> str:
    """The text for HTML, between tags and in quoted attributes alike; visible, and of ``limit`` characters at most.

    Braces are written as references as well, so that a page that goes through a template engine once more stays as it
    is.
    """
    return html.escape(visible(text, limit), quote=True).replace("{", "&#123;").replace("}", "&#125;")


def without_templates(text: str) -> str:
    """The text with the first brace of every template written as its code: ``\\u007b{``.

    For text that goes where no mark of distrust goes with it: through JSON, or from one job to the next.
    """
    return _START_OF_TEMPLATE.sub(r"\\u007b", text)


def as_data(value: t.Any) -> t.Any:
    """The same value, whose texts no version of ansible-core takes for templates."""
    # From ansible-core 2.19 on, text is data unless somebody vouches for it. What marked it before goes away in 2.23.
    if hasattr(template, "trust_as_template"):
        return value
    return importlib.import_module("ansible.utils.unsafe_proxy").wrap_var(value)


def as_own_text(text: str) -> str:
    """A text of ours, or that a pattern has checked: AWX compares it, which works only without marks of distrust."""
    # Plain text is as good before ansible-core 2.19.
    trust: t.Callable[[str], str] | None = getattr(template, "trust_as_template", None)
    return text if trust is None else trust(text)
