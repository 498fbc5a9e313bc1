# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy the collection to where Ansible's tools want it, and run one of them there: stage.py PROGRAM [ARGUMENT ...]

ansible-test works only under .../ansible_collections/NAMESPACE/NAME, follows no symbolic link to it, and inside a git
repository sees only what git does. So each run gets a fresh copy in a temporary folder: the collection is small, and
nothing of one run, or of an environment used at the same time, can reach another.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project import NAME, NAMESPACE, ROOT, ToolError, main_of_tool, program, repository_files, run

# The collections that ours stands on, by the names of their folders. They come with the `ansible` package.
DEPENDENCIES = (("amazon", "aws"), ("community", "aws"))


@contextmanager
def staged() -> Iterator[Path]:
    """A copy of the collection, with what it depends on beside it, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix=f"{NAMESPACE}-{NAME}-") as folder:
        collections = Path(folder).resolve() / "ansible_collections"
        for parent in collections.parents:
            if (parent / ".git").exists():
                raise ToolError(f"{folder} lies in the git repository {parent}: set TMPDIR to a folder outside of it.")

        copy = collections / NAMESPACE / NAME
        for path in repository_files():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, copy / path)
        for namespace, name in DEPENDENCIES:
            link = collections / namespace / name
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(installed(namespace, name), target_is_directory=True)
        yield copy


def installed(namespace: str, name: str) -> Path:
    """Where a collection is in this environment. :raises ToolError: if it is not"""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    folder = Path(sys.prefix) / "lib" / version / "site-packages" / "ansible_collections" / namespace / name
    if not folder.is_dir():
        raise ToolError(f"the collection {namespace}.{name} is not in {sys.prefix}. `make env` installs it.")
    return folder


def main(arguments: list[str]) -> int:
    """Run the given program of this environment in the copy."""
    if not arguments:
        raise ToolError("stage.py needs a program to run in the copy, for example: stage.py ansible-lint --offline")
    with staged() as copy:
        return run([program(arguments[0]), *arguments[1:]], cwd=copy)


if __name__ == "__main__":
    main_of_tool(main)
