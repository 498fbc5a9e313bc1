# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML made of elements, in which every text is escaped unless it is itself made of elements. Pure.

There is no way to write markup but this one, so that nothing that comes from a certificate can become any.
"""

from __future__ import annotations

import typing as t

from .._text import escaped

# Longer than any sentence of the document.
TEXT_LIMIT = 2000

# Elements that have no end, and those whose end HTML lets out, which makes long tables a good deal shorter.
# https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
_VOID = frozenset({"meta", "input"})
_ENDLESS = frozenset({"td", "th", "tr"})


class Html(str):
    """Markup, made by this file alone."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: str | int | bool | None) -> Html:
    """An element. Children that are None are left out, as are attributes that are None or False.

    Underscores in the names of attributes become hyphens; one at the end is there for Python's sake (``class_``).
    """
    start = name + "".join(_attribute(key.rstrip("_").replace("_", "-"), each) for key, each in attributes.items())
    if name in _VOID:
        return Html(f"<{start}>")
    end = "" if name in _ENDLESS else f"</{name}>"
    return Html(f"<{start}>{together(*children)}{end}")


def together(*children: str | None) -> Html:
    """Elements and texts, one after the other."""
    return Html("".join(each if isinstance(each, Html) else escaped(each, TEXT_LIMIT) for each in children if each))


def each_of(children: t.Iterable[str | None]) -> Html:
    """The same of an iterable."""
    return together(*children)


def own_code(name: str, code: str) -> Html:
    """A script or style of the collection's own, as it is: nothing from elsewhere may be in it."""
    return Html(f"<{name}>{code}</{name}>")


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escaped(str(value), TEXT_LIMIT)}"'
