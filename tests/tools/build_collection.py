# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection's archive into build/ and check what is in it."""

from __future__ import annotations

import tarfile
from pathlib import Path

from project import BUILD, NAME, NAMESPACE, ROOT, ToolError, main_of_tool, packed_files, program, run

MOST_BYTES = 500_000
# Made by ansible-galaxy itself in place of galaxy.yml.
GENERATED = {"MANIFEST.json", "FILES.json"}


def archive() -> Path:
    """The archive that was built last. :raises ToolError: where there is not exactly one."""
    found = list(BUILD.glob(f"{NAMESPACE}-{NAME}-*.tar.gz"))
    if len(found) != 1:
        raise ToolError(f"build/ holds {len(found)} archives of the collection instead of one. `make build` makes it.")
    return found[0]


def main(arguments: list[str]) -> int:
    """Build and check."""
    BUILD.mkdir(exist_ok=True)
    for old in BUILD.glob(f"{NAMESPACE}-{NAME}-*.tar.gz"):
        old.unlink()
    code = run([program("ansible-galaxy"), "collection", "build", "--force", "--output-path", BUILD, ROOT])
    if code:
        return code

    path = archive()
    with tarfile.open(path) as tar:
        packed = {member.name for member in tar if not member.isdir()}
    wanted = (set(packed_files()) - {"galaxy.yml"}) | GENERATED
    for names, problem in ((packed - wanted, "should not be in"), (wanted - packed, "is missing from")):
        if names:
            raise ToolError(f"{sorted(names)[0]} {problem} {path.name} (and {len(names) - 1} more). See galaxy.yml.")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ToolError(f"{path.name} has {size:,} bytes, more than {MOST_BYTES:,}. build_ignore leaves files out.")
    print(f"{path.relative_to(ROOT)}: {len(packed)} files, {size // 1024} KiB.")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
