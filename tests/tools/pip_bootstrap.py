# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let ansible-test set up its own virtual environments where it cannot download its pip bootstrap script.

ansible-test fetches get-pip from a server of the Ansible project that closed networks do not reach, although they
may well have a package index. It looks into its cache first; there a script is put that does the same job with
Python's own ensurepip. Where the download works, or the cache is filled, nothing is done.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import ansible_test

from project import ToolError, main_of_tool

CACHE = Path.home() / ".ansible" / "test" / "cache"

# Runs inside ansible-test's new virtual environment, which has neither pip nor setuptools.
SCRIPT = '''\
"""Stands in for get-pip.py: made by the tests of the collection cloudpki.aws, because the download was not possible."""

import runpy
import subprocess
import sys

# Apart from this process, because ensurepip turns the user's pip settings (index, certificates) off in its own.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)

# get-pip's own options; ensurepip has installed neither package unless it always does.
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install"] + arguments
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def wanted_version() -> str:
    """The version of pip that this environment's ansible-test wants: 24.2 with ansible-core 2.19, 25.2 with 2.21."""
    source = Path(ansible_test.__path__[0]) / "_internal" / "python_requirements.py"
    found = re.search(r"pip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if not found:
        raise ToolError(f"{source} does not say which pip it wants. This ansible-core is newer than tests/tools knows.")
    return found[1]


def _can_download(version: str) -> bool:
    url = f"https://ci-files.testing.ansible.com/ansible-test/get-pip-{version}.py"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, OSError):
        return False


def provide() -> None:
    """Put the script into ansible-test's cache, if it is needed."""
    version = wanted_version()
    script = CACHE / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists() or _can_download(version):
        return
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(SCRIPT, encoding="utf-8")
    print(f"ansible-test cannot download its pip bootstrap script here; {script} does it with ensurepip.", flush=True)


def main(arguments: list[str]) -> int:
    """Provide the script."""
    provide()
    return 0


if __name__ == "__main__":
    main_of_tool(main)
