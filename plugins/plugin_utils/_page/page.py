# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTML page from the document of fleet_document. Pure; template, style and script are files beside this one.

The page needs no network and no script. Its own script sorts and filters; its policy allows that script and no other.

    document -> view_of -> page.html.j2, in which every expression passes _escape -> the page
"""

from __future__ import annotations

import base64
import functools
import hashlib
import typing as t
from pathlib import Path

import jinja2
from markupsafe import Markup

from .._summary.document import SCHEMA_VERSION
from .._summary.input import SummaryError
from .._text import escaped, shortened, visible
from .view import view_of
from .words import count_of, day_of, duration_of, number_of

TITLE = "Private CA audit"

# Longer than any sentence of the document.
TEXT_LIMIT = 2000

# What is wrong with a document shows in what it does to the code that draws it.
_DAMAGE = (KeyError, TypeError, AttributeError, ValueError, IndexError, ArithmeticError, jinja2.UndefinedError)


def summary_page(document: t.Mapping[str, t.Any], title: str = TITLE) -> str:
    """The page, as text in UTF-8.

    :raises SummaryError: where the document is none that fleet_document made.
    """
    version = document.get("schema_version") if isinstance(document, t.Mapping) else None
    if version != SCHEMA_VERSION:
        raise SummaryError(
            f"The document has the schema version {visible(repr(version), 40)}, but the page needs version "
            f"{SCHEMA_VERSION}. "
            "Create the document with the filter cloudpki.aws.audit_summary of the same version of the collection."
        )
    try:
        return _template().render(view_of(document), title=title) + "\n"
    except _DAMAGE as e:
        raise SummaryError(
            "The document is not in the format of the filter cloudpki.aws.audit_summary "
            f"({type(e).__name__}: {visible(str(e), 200)})."
        ) from e


@functools.cache
def _template() -> jinja2.Template:
    code = {name: _own_file(name).split("*/", 1)[1].strip() for name in ("page.css", "page.js")}
    # Without its line breaks and indentation.
    template = "".join(map(str.strip, _own_file("page.html.j2").splitlines()))
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({"page": template, **code}),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_escape,
    )
    environment.filters.update(
        number=number_of, count_of=count_of, day=day_of, duration=duration_of, shortened=shortened
    )
    style, script = map(_hash, code.values())
    environment.globals["policy"] = (
        f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
    )
    return environment.get_template("page")


def _escape(value: t.Any) -> Markup:
    """What an expression of the template becomes on the page; Jinja calls this for each of them.

    No text is an exception: what is marked as safe is escaped as well, because a document can pass through filters
    that mark text.
    """
    if value is None:
        return Markup()
    if not isinstance(value, (str, int)):
        raise TypeError(f"{type(value).__name__} where a text belongs")
    return Markup(escaped(str(value), TEXT_LIMIT))  # noqa: S704


def _own_file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode('utf-8')).digest()).decode('ascii')}'"
