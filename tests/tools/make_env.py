# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the environment: a virtual environment with pinned packages, in which ansible finds this collection.

Standard library only, and started by whatever python3 the machine has.
"""

# No __future__ import: it would be a syntax error, instead of the sentence below, on the Python 3.6 of older systems.
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Error: python3 is Python {}.{}, but the tests and the demo need Python 3.11 or newer. "
        "Name one with: make env PYTHON=python3.12".format(*sys.version_info[:2])
    )

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from project import NAME, NAMESPACE, ROOT, ToolError, main_of_tool

# Written last. Without it an environment is unfinished, whatever else is in it.
STAMP = "environment.json"
# Evaluates thousands of versions of boto3 in a third of the time that older ones take.
PIP = "pip==26.3"
# Bytecode that no test loads is not made: it would take as long as all the rest. What is named besides the other
# collections comes with moto, for a linter of CloudFormation templates.
NOT_COMPILED = "/ansible_collections/(?!amazon/aws/|community/aws/)|/(sympy|networkx|mpmath)/"


@dataclass(frozen=True)
class Kind:
    """What environments are made of."""

    requirements: tuple[str, ...]  # files beside this one's folder
    pythons: tuple[str, ...] = ()  # the first that the machine has; none: whatever this runs on


# By the ends of the environments' names.
NEWEST, OLDEST, RULEBOOK = "-newest", "-oldest", "-rulebook"
KINDS = {
    "": Kind(("requirements.txt", "requirements-tools.txt")),
    # The newest ansible needs a newer Python than the default environment may have.
    NEWEST: Kind(("requirements.txt",), ("3.13", "3.14")),
    # ansible-core 2.17 runs on no newer one.
    OLDEST: Kind(("requirements-oldest.txt",), ("3.11", "3.12")),
    # ansible-rulebook depends on other versions of boto3 than the tests, and has packages for few versions of Python.
    RULEBOOK: Kind(("requirements-rulebook.txt",), ("3.13", "3.12")),
}

NO_INDEX = re.compile(
    r"NewConnectionError|Temporary failure in name resolution|Name or service not known|Connection refused"
    r"|ReadTimeoutError|ConnectTimeoutError|ProxyError|Network is unreachable|SSLError"
)


def end_of(environment: str) -> str:
    """What its name ends with, of KINDS."""
    return next((end for end in (NEWEST, OLDEST, RULEBOOK) if environment.endswith(end)), "")


def find_python(kind: Kind) -> str | None:
    """A Python for it that really runs: a pyenv shim is on PATH even where its version is not selected."""
    if not kind.pythons or "{}.{}".format(*sys.version_info[:2]) in kind.pythons:
        return sys.executable
    for version in kind.pythons:
        folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
        pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
        candidates = [folder / f"python{version}" for folder in folders]
        candidates += sorted((pyenv / "versions").glob(f"{version}.*/bin/python"), reverse=True)
        for candidate in candidates:
            if candidate.exists() and _runs_as(candidate, version):
                return str(candidate)
    return None


def _runs_as(python: Path, version: str) -> bool:
    """Whether it is a Python of this version that can make virtual environments."""
    code = "import ensurepip, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def requirements(kind: Kind) -> list[str]:
    """The lines of its requirements files that name a package."""
    lines = [line for name in kind.requirements for line in (ROOT / "tests" / name).read_text("utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def wanted_stamp(folder: Path) -> dict[str, str]:
    """What must be the same for an environment to be used as it is."""
    return {
        "requirements": hashlib.sha256("\n".join(requirements(KINDS[end_of(folder.name)])).encode()).hexdigest(),
        "python": sys.version,
        "folder": str(folder),  # its programs name it in their first line, so a moved one does not work
    }


def is_ready(folder: Path) -> bool:
    """Whether the environment is finished and nothing it was made from has changed."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == wanted_stamp(folder) and (folder / "bin" / "python").exists() and _link(folder).exists())


def _link(folder: Path) -> Path:
    """Where ansible looks for this collection in the environment."""
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    return packages / "ansible_collections" / NAMESPACE / NAME


def make(folder: Path) -> None:
    """Make the environment anew. :raises ToolError: with what to do about it."""
    started = time.monotonic()
    name = folder.name
    if folder.exists():
        print(f"{name} is unfinished or out of date and is made again.", flush=True)
        shutil.rmtree(folder)

    print(f"Making {name} with Python {sys.version.split()[0]}.", flush=True)
    done = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolError(
            f"this Python cannot make a virtual environment (on Debian and Ubuntu, the package python3-venv is "
            f"missing).\n{(done.stdout + done.stderr).strip()}"
        )

    print("Installing ansible and what is tested with it; this takes a minute or two, once.", flush=True)
    wanted = requirements(KINDS[end_of(name)])
    # For its collections. What they need is among the other requirements, in the versions that are to be tested.
    collections = [line for line in wanted if line.startswith("ansible==")]
    _pip_install(folder, [PIP])
    _pip_install(folder, [line for line in wanted if line not in collections])
    _pip_install(folder, ["--no-deps", *collections])
    # Some packages hold files for other versions of Python, which cannot be compiled.
    compile_all = ("-m", "compileall", "-q", "-j0", "-x", NOT_COMPILED, str(folder / "lib"))
    subprocess.run([folder / "bin" / "python", *compile_all], stdout=subprocess.DEVNULL, check=False)

    link = _link(folder)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)

    (folder / STAMP).write_text(json.dumps(wanted_stamp(folder), indent=2) + "\n", encoding="utf-8")
    print(f"{name} is ready ({time.monotonic() - started:.0f} s).", flush=True)


def _pip_install(folder: Path, arguments: list[str]) -> None:
    # The user's pip settings (index, proxy, certificates) are wanted; what would change the result is not.
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER")}
    variables |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_WARN_SCRIPT_LOCATION": "1"}
    done = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=variables,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        if NO_INDEX.search(done.stdout):
            raise ToolError(
                "the packages could not be downloaded, since no package index answered. "
                "Check the network, or pip's settings for it (pip config list), and run make again. pip said:\n" + tail
            )
        raise ToolError(f"pip could not install what {folder.name} consists of. It said:\n{tail}")


def main(arguments: list[str]) -> int:
    """Make sure that an environment exists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=".venv", help="where, relative to the collection's root")
    options = parser.parse_args(arguments)

    kind = KINDS[end_of(options.folder)]
    python = find_python(kind)
    if python is None:
        raise ToolError(f"no working Python {' or '.join(kind.pythons)} was found, neither on PATH nor in pyenv.")
    if python != sys.executable:
        return subprocess.run([python, __file__, options.folder], check=False).returncode

    # Not resolve(): the folder is named by the path a person uses.
    folder = ROOT / options.folder
    if not is_ready(folder):
        make(folder)
    return 0


if __name__ == "__main__":
    main_of_tool(main)
