# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the browser comes from, and what is said where it cannot be had."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import chromium
from chromium import Browser, find_chromium
from project import ToolError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only programs are those in the folder."""
    monkeypatch.setattr(chromium, "BUILD", tmp_path / "build")
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return programs


def script(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


def test_a_browser_that_is_there_is_taken(machine: Path) -> None:
    script(machine / "chromium-browser", "exit 0")
    assert find_chromium() == str(machine / "chromium-browser")


def test_a_missing_browser_is_installed_once(machine: Path) -> None:
    program = machine / "chromium"
    calls = machine / "calls"
    script(
        machine / "apt-get",
        f'echo "$@" >> {calls}\n[ "$2" = update ] || {{ echo > {program}; /bin/chmod +x {program}; }}',
    )
    assert find_chromium() == find_chromium() == str(program)
    assert calls.read_text(encoding="utf-8").splitlines() == [
        "--quiet update",
        "--quiet install --yes --no-install-recommends chromium",
    ]


def test_without_apt_it_says_what_to_install(machine: Path) -> None:
    with pytest.raises(ToolError, match=r"needs Chromium\. Install it .* because there is no apt-get\."):
        find_chromium()


def test_without_root_it_says_what_to_install(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(machine / "apt-get", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ToolError, match=r"apt-get install chromium.* because the tests do not run as root\."):
        find_chromium()


def test_an_installation_that_fails_says_why(machine: Path) -> None:
    script(machine / "apt-get", 'echo "E: Unable to locate package chromium"; exit 100')
    with pytest.raises(ToolError, match="could not do so now:\nE: Unable to locate package chromium"):
        find_chromium()


def test_a_browser_that_does_not_start_says_what_it_wrote(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    script(broken, "echo out of memory >&2; exit 1")
    with pytest.raises(ToolError, match=r"Chromium ended\. It wrote:\nout of memory"), Browser(str(broken)):
        pass


def test_a_browser_that_says_nothing_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "ANSWER_SECONDS", 0.3)
    silent = tmp_path / "silent"
    script(silent, f"exec {sys.executable} -c 'import os; os.read(3, 1); os.read(3, 1000); os.read(3, 1)'")
    with pytest.raises(ToolError, match="Chromium did not answer in time"), Browser(str(silent)):
        pass
