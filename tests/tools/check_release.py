# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a tag, the version of the collection and its changelog agree: check_release.py TAG"""

from __future__ import annotations

from collections.abc import Collection

import yaml

from project import ROOT, ToolError, main_of_tool


def disagreements(tag: str, version: str, released: Collection[str], fragments: Collection[str]) -> list[str]:
    """What has to be done before the tag can be published, in sentences.

    :param version: that of galaxy.yml.
    :param released: the versions of changelogs/changelog.yaml.
    :param fragments: the files in changelogs/fragments/.
    """
    found = []
    if tag != version:
        found.append(f"The tag is {tag}, but the version in galaxy.yml is {version}: one of them has to be changed.")
    if version not in released:
        found.append(f"The changelog has no release {version}: `antsibull-changelog release` makes it.")
    if fragments:
        found.append(f"changelogs/fragments/ holds changes that are in no release: {', '.join(sorted(fragments))}.")
    return found


def main(arguments: list[str]) -> int:
    """Compare the given tag with the files."""
    if len(arguments) != 1:
        raise ToolError("give one tag, for example: make release-check ARGS=1.2.3")
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    changelog = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))
    fragments = [path.name for path in (ROOT / "changelogs" / "fragments").glob("*.y*ml")]
    found = disagreements(arguments[0], galaxy["version"], changelog["releases"], fragments)
    if found:
        raise ToolError(" ".join(found))
    print(f"{arguments[0]} can be published.")
    return 0


if __name__ == "__main__":
    main_of_tool(main)
