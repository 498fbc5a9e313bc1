# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import yaml

from project import ROOT

VERSION_ADDED = re.compile(r"^ {0,2}version_added: (\S+)$", re.MULTILINE)


def test_a_released_version_added_is_that_of_the_changelog() -> None:
    # The notes of a release list the plugins of its version. Those of an earlier one would be in no notes.
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    checked = 0
    for kind, listed_as in (("modules", "modules"), ("filter", "plugins"), ("inventory", "plugins")):
        for path in sorted((ROOT / "plugins" / kind).glob("[!_]*.*")):
            version = VERSION_ADDED.search(path.read_text(encoding="utf-8"))
            if version and version[1] in releases:
                listed = releases[version[1]].get(listed_as) or {}
                names = [plugin["name"] for plugin in (listed if listed_as == "modules" else listed.get(kind, []))]
                assert path.stem in names, f"the notes of {version[1]} do not contain {path.name}"
                checked += 1
    assert checked >= 5
