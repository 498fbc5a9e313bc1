# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports go down only: which room of plugins/ may reach into which."""

from __future__ import annotations

import ast
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
COLLECTION = "ansible_collections.cloudpki.aws.plugins."

# What a room may import from beside itself. A folder that is not named here has no business in plugins/.
ROOMS: dict[str, set[str]] = {
    "module_utils._aws": set(),
    "module_utils._acm_pca": {"module_utils._aws"},
    "module_utils._acm_pca.audit": {"module_utils._acm_pca", "module_utils._aws"},
    "module_utils._acm_pca.contents": {"module_utils._acm_pca", "module_utils._aws"},
    "module_utils._acm_pca.bucket": {"module_utils._acm_pca", "module_utils._aws"},
    "module_utils._securityhub": {"module_utils._aws"},
    "plugin_utils": set(),
    "plugin_utils._summary": {"plugin_utils", "module_utils._acm_pca.contents"},
    "plugin_utils._page": {"plugin_utils", "plugin_utils._summary"},
    "plugin_utils._organization": {"plugin_utils", "module_utils._aws"},
    "doc_fragments": set(),
}
ROOMS["modules"] = {room for room in ROOMS if room.startswith("module_utils.")}
ROOMS["inventory"] = {"plugin_utils", "plugin_utils._organization", "module_utils._aws"}
ROOMS["filter"] = set(ROOMS) - {"modules", "inventory", "doc_fragments"}


def room_of(module: str) -> str:
    return module.rpartition(".")[0]


def module_of(file: Path) -> str:
    parts = file.relative_to(PLUGINS).with_suffix("").parts
    return ".".join(parts)


def names_of(tree: ast.AST, module: str, modules: set[str], *, with_types: bool) -> Iterator[str]:
    """The modules of this collection that a file imports."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not with_types:
            continue
        if isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            if node.level or name.startswith(COLLECTION):
                name = name.removeprefix(COLLECTION)
                for alias in node.names:
                    yield f"{name}.{alias.name}" if f"{name}.{alias.name}" in modules else name
        else:
            yield from names_of(node, module, modules, with_types=with_types)


def imports(*, with_types: bool) -> dict[str, set[str]]:
    files = {module_of(file): file for file in PLUGINS.rglob("*.py")}
    return {
        module: set(names_of(ast.parse(file.read_text(encoding="utf-8")), module, set(files), with_types=with_types))
        for module, file in files.items()
    }


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    return imports(with_types=True)


def test_every_file_is_in_a_room_that_is_known(imported: dict[str, set[str]]) -> None:
    assert {room_of(module) for module in imported} == set(ROOMS)


def test_no_room_reaches_up(imported: dict[str, set[str]]) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in imported.items()
        for name in names
        if room_of(name) not in ROOMS[room_of(module)] | {room_of(module)}
    ]
    assert wrong == []
    # All of that was looked at: rooms do import from each other.
    assert sum(room_of(module) != room_of(name) for module, names in imported.items() for name in names) > 100


def test_no_file_needs_a_file_that_needs_it() -> None:
    needs = imports(with_types=False)
    done: set[str] = set()

    def visit(module: str, way: t.Sequence[str]) -> None:
        assert module not in way, " -> ".join([*way, module])
        if module not in done:
            for name in needs.get(module, set()):
                visit(name, [*way, module])
            done.add(module)

    for module in needs:
        visit(module, [])
    assert len(done) > 100
