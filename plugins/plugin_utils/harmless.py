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

# Controls, formats (the bidirectional signs among them), surrogates, private use and unassigned signs, line separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: t.Any, longest: int = LONGEST) -> str:
    """A text whose signs can all be seen, and not longer than that. What cannot be seen is written as ``\\u202e``."""
    whole = str(text)
    cut = whole if len(whole) <= longest else whole[:longest] + "..."
    return "".join(_escape(sign) if unicodedata.category(sign) in _INVISIBLE else sign for sign in cut)


def markup(text: t.Any, longest: int = LONGEST) -> str:
    """A text for HTML, between tags or in an attribute. Braces are written so that no template engine sees them."""
    return html.escape(visible(text, longest)).replace("{", "&#123;").replace("}", "&#125;")


def _escape(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"
