# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tools share: where things are, how a command is run, how a person is told. Standard library only."""

from __future__ import annotations

import fnmatch
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"

NAMESPACE, NAME = "cloudpki", "aws"

INTERRUPTED = 130  # what a shell reports after Ctrl-C: 128 + SIGINT


class ToolError(Exception):
    """Something that a person must be told in a sentence. Ends the tool with exit code 1."""


def environment_name() -> str:
    """The environment this tool runs in, by the name of its folder: .venv or .venv-newest."""
    return Path(sys.prefix).name


def program(name: str) -> str:
    """Path of a program of the environment this tool runs in."""
    path = Path(sys.prefix) / "bin" / name
    if not path.exists():
        raise ToolError(f"{name} is not in {sys.prefix}. Run `make env`, and start this tool with `make`.")
    return str(path)


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment variables for a program: none of the user's settings of AWS, Ansible or Python.

    The tests and the demo talk to a local AWS only. A profile, an endpoint or credentials left in the shell must
    neither change what they do nor be sent anywhere.
    """
    foreign = ("AWS_", "ANSIBLE_", "BOTO_", "PYTHON", "GALAXY_IMPORTER_", "MAKE", "MFLAGS", "VIRTUAL_ENV")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    variables["PATH"] = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    # antsibull-docs copies what git knows of amazon.aws; were git to look further up than the environment, that would
    # be nothing, because this repository ignores the environment.
    variables["GIT_CEILING_DIRECTORIES"] = str(ROOT)
    variables.update(extra)
    return variables


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> int:
    """Run a command with its output as it is, and return its exit code. Nothing is read from the terminal.

    :param env: the environment variables, if not those of ``clean_environment``.
    """
    sys.stdout.flush()
    with own_process_group(command, cwd=cwd, env=clean_environment() if env is None else env) as process:
        return process.wait()


class own_process_group:  # noqa: N801  used like a function, as contextlib's are
    """A command in a process group of its own, which is gone with all its children when the block is left.

    A group of its own means that Ctrl-C reaches this tool alone, which then ends the command in an orderly way.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path = ROOT,
        env: Mapping[str, str],
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self._arguments = [str(part) for part in command]
        self._cwd, self._env, self._stdout, self._stderr = cwd, env, stdout, stderr

    def __enter__(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            self._arguments,
            cwd=self._cwd,
            env=dict(self._env),
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            stderr=self._stderr,
            text=True,
            start_new_session=True,
        )
        return self._process

    def __exit__(self, *unused: object) -> None:
        for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            with suppress(ProcessLookupError):  # all of the group have ended already
                os.killpg(self._process.pid, number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            break


def packed_files() -> Iterator[str]:
    """Every file of the collection's archive, relative to its root, in a stable order: what build_ignore leaves.

    Read without a YAML parser, because this runs before any package is installed.
    """
    patterns: list[str] = []
    inside = False
    for line in (ROOT / "galaxy.yml").read_text(encoding="utf-8").splitlines():
        if inside and line.lstrip().startswith("- "):
            patterns.append(line.lstrip()[2:].strip().strip("\"'"))
        else:
            inside = line.startswith("build_ignore:")
    # As ansible-galaxy does: the whole path is matched, and * matches slashes too.
    return _files(lambda path: any(fnmatch.fnmatch(path, pattern) for pattern in patterns))


def repository_files() -> Iterator[str]:
    """Every file of the repository, relative to its root, in a stable order: what git does not ignore.

    Without git, which is not needed to work on a copy. Of its patterns, only those that .gitignore has are understood.
    """
    patterns = [".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()]

    def ignored(path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(
            fnmatch.fnmatch(path if "/" in pattern.rstrip("/") else name, pattern.strip("/")) for pattern in patterns
        )

    return _files(ignored)


def _files(ignored: Callable[[str], bool], prefix: str = "") -> Iterator[str]:
    with os.scandir(ROOT / prefix) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            path = f"{prefix}{entry.name}"
            if ignored(path):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(ignored, f"{path}/")
            else:
                yield path


def main_of_tool(main: Callable[[list[str]], int]) -> None:
    """Run a tool's main function and exit: errors as sentences, Ctrl-C and SIGTERM without a traceback."""

    def stop(number: int, frame: FrameType | None) -> None:
        # Once is enough: what is being stopped must not be left half stopped. make passes on what it gets, too.
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        # Unwinds, so that everything that was started is stopped.
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except ToolError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nInterrupted. Everything that was started has been stopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)
