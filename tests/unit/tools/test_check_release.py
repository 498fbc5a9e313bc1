# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from check_release import disagreements


def test_what_agrees_can_be_published() -> None:
    assert disagreements("1.2.3", "1.2.3", ["1.2.2", "1.2.3"], []) == []


def test_everything_that_does_not_agree_is_named() -> None:
    tag, release, fragments = disagreements("1.2.3", "1.2.4", ["1.2.3"], ["a.yml"])
    assert "1.2.3" in tag
    assert "1.2.4" in release
    assert "a.yml" in fragments
