# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code blocks of the documentation, in Markdown and in reStructuredText."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from project import ROOT, repository_files

_FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(
    r"^(?P<indent> *)\.\. code-block:: (?P<language>[\w-]+)\n\n(?P<text>(?:(?P=indent) +\S.*\n|[ ]*\n)+)", re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A block of code on a page. ``str`` says where it is."""

    page: str  # relative to the root
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """All pages for people, relative to the root."""
    files = [path for path in repository_files() if path.endswith((".md", ".rst"))]
    return [path for path in files if path != "CHANGELOG.md"]


def blocks_of(page: str) -> Iterator[Block]:
    """Its blocks that name a language, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in (_FENCED if Path(page).suffix == ".md" else _DIRECTIVE).finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found["language"], textwrap.dedent(found["text"]).strip("\n") + "\n")


def examples(page: str, language: str) -> list[str]:
    """The texts of its blocks of a language."""
    return [block.text for block in blocks_of(page) if block.language == language]
