# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the tables of README.md, of what the collection contains and what it is tested with: readme_tables.py [--check]

Between two comments for each table. With --check, nothing is written, and a table that is out of date is an error.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from make_env import KINDS, NEWEST, requirements
from project import NAME, NAMESPACE, ROOT, ToolError, main_of_tool
from run_tests import PARTS

PAGE = ROOT / "README.md"
WEB = f"https://github.com/{NAMESPACE}/{NAMESPACE}.{NAME}/blob/main"
OLDEST_PYTHON = ("3.11",)  # the default environment takes what there is, from this one on
FOLDERS = (("module", "modules"), ("inventory", "inventory"), ("filter", "filter"))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _short_description(path: Path) -> str:
    """What a plugin's documentation says first, in the plugin or in a YAML file beside it."""
    beside = path.with_suffix(".yml")
    if beside.is_file():
        documentation: Any = yaml.safe_load(beside.read_text(encoding="utf-8"))["DOCUMENTATION"]
    else:
        documentation = next(
            yaml.safe_load(ast.literal_eval(node.value))
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION"
        )
    return str(documentation["short_description"])


def content() -> str:
    """What the collection contains, from its files."""
    rows = []
    for kind, folder in FOLDERS:
        for path in sorted((ROOT / "plugins" / folder).glob("[!_]*.py")):
            rows.append([f"{kind} `{NAMESPACE}.{NAME}.{path.stem}`", _short_description(path)])
    for path in sorted((ROOT / "roles").iterdir()):
        specs = yaml.safe_load((path / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        name = f"role [`{NAMESPACE}.{NAME}.{path.name}`]({WEB}/roles/{path.name}/README.md)"
        rows.append([name, str(specs["argument_specs"]["main"]["short_description"])])
    for path in sorted((ROOT / "playbooks").glob("*.yml")):
        plays = yaml.safe_load(path.read_text(encoding="utf-8"))
        name = f"`{NAMESPACE}.{NAME}.{path.stem}`"
        if (ROOT / "docs" / f"{path.stem}.md").is_file():
            name = f"[{name}]({WEB}/docs/{path.stem}.md)"
        rows.append([f"playbook {name}", plays[0]["name"]])
    for path in sorted((ROOT / "extensions" / "eda" / "rulebooks").glob("*.yml")):
        rulesets = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows.append([f"rulebook `{NAMESPACE}.{NAME}.{path.stem}`", rulesets[0]["name"]])
    rows.append([f"[`tests/emulator`]({WEB}/tests/emulator/README.md)", "A local AWS for tests of your own playbooks"])
    return table(["Content", "Description"], rows)


def versions() -> str:
    """What the tests run with, from the requirements files and the parts of `make test`."""
    rows = []
    for end, parts in PARTS.items():
        if not parts:  # One target runs in it.
            continue
        kind = KINDS[end]
        # Where a pin depends on the Python, the newest environment has the one for newer ones.
        lines = [line for line in requirements(kind) if ";" not in line or (">=" in line) == (end == NEWEST)]
        pinned = dict(re.findall(r"^([\w-]+)==([^;\s]+)", "\n".join(lines), re.MULTILINE))
        targets = [part.target for part in parts]
        pythons = kind.pythons or OLDEST_PYTHON
        rows.append(
            [
                pinned["ansible-core"],
                " or ".join(pythons),
                f"those of ansible {pinned['ansible']}",
                pinned["boto3"],
                "all" if end == "" else ", ".join(targets),
            ]
        )
    rows.sort(key=lambda row: [int(number) for number in row[0].split(".")])
    return table(["ansible-core", "Python", "amazon.aws, community.aws", "boto3", "Tests"], rows)


def filled(text: str) -> str:
    """The page with its tables as they should be."""
    for name, made in (("content", content()), ("versions", versions())):
        begin, end = f"<!-- {name}: written by make format -->\n", f"<!-- end of {name} -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ToolError(f"README.md must contain {begin.strip()} and {end.strip()} once.")
        before, _begin, rest = text.partition(begin)
        text = f"{before}{begin}{made}{end}{rest.partition(end)[2]}"
    return text


def main(arguments: list[str]) -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a table is out of date")
    check = parser.parse_args(arguments).check
    text = PAGE.read_text(encoding="utf-8")
    wanted = filled(text)
    if text != wanted:
        if check:
            raise ToolError("The tables of README.md are out of date. `make format` writes them.")
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
