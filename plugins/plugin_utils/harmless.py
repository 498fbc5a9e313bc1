# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from certificates, accounts and AWS, made harmless for a page. Pure.

Whoever has a certificate issued chooses its subject, so it may hold anything: markup, template expressions, signs that
turn the direction of writing, and a lot of it.
"""

from __future__ import annotations

import html
import typing as t
import unicodedata

LONGEST = 256

# Controls, formats (the bidirectional signs among them), surrogates, private use and unassigned signs, line separators,
# and all spaces but the usual one, which is allowed below.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# Letters and marks that show nothing: Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt that are of
# no category above, and the braille pattern without dots.
_BLANK = (
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
)
# Marks that are drawn over the sign before. Many of them on one sign would cover other lines; no script needs more.
_STACKED = frozenset({"Mn", "Me"})
MOST_STACKED = 3

_ELLIPSIS = "..."


def visible(text: t.Any, longest: int = LONGEST) -> str:
    """A text whose signs can all be seen. What cannot be seen is written as ``\\u202e``.

    :param longest: in signs of the result; a text that has more is cut, and ends with three dots.
    """
    return _cut(_signs(text), longest, len)


def markup(text: t.Any, longest: int = LONGEST) -> str:
    """A text for HTML, between tags or in an attribute. Braces are written so that no template engine sees them.

    :param longest: in bytes of the result, so that a page has a size whatever the text is: a sign may need six.
    """
    return _cut(map(_escaped, _signs(text)), longest, lambda piece: len(piece.encode()))


def _signs(text: t.Any) -> t.Iterator[str]:
    """The signs of a text, each as it is to be seen."""
    stacked = 0
    for sign in str(text):
        category = unicodedata.category(sign)
        stacked = stacked + 1 if category in _STACKED else 0
        hidden = (category in _INVISIBLE and sign != " ") or stacked > MOST_STACKED or _is_blank(ord(sign))
        yield _number(ord(sign)) if hidden else sign


def _cut(pieces: t.Iterable[str], longest: int, size: t.Callable[[str], int]) -> str:
    """As many whole pieces as have room. Reads no further than needed, however long the text is."""
    kept, room = [], longest
    for piece in pieces:
        room -= size(piece)
        if room < 0:
            return "".join(kept) + _ELLIPSIS
        kept.append(piece)
    return "".join(kept)


def _escaped(sign: str) -> str:
    return html.escape(sign).replace("{", "&#123;").replace("}", "&#125;")


def _is_blank(number: int) -> bool:
    return any(first <= number <= last for first, last in _BLANK)


def _number(number: int) -> str:
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
