# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a server of the tests as a process of its own, and stop it in every case."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from project import ToolError, clean_environment, own_process_group

READY_SECONDS = 120  # the local AWS makes hundreds of certificates; a busy machine with two cores needs some of that


@contextmanager
def server_process(name: str, command: Sequence[str | Path]) -> Iterator[str]:
    """A server that writes ``ready URL`` when it is, for as long as the block lasts. Yields the URL.

    :raises ToolError: with what it wrote, when it does not become ready
    """
    # Files, not pipes: nobody reads a pipe while the tests run, and a full one would stop the server. Opened to append,
    # because the server shares the position, which reading here moves.
    with (
        tempfile.TemporaryFile("a+") as stdout,
        tempfile.TemporaryFile("a+") as stderr,
        own_process_group(command, env=clean_environment(), stdout=stdout.fileno(), stderr=stderr.fileno()) as process,
    ):
        deadline = time.monotonic() + READY_SECONDS
        while True:
            exited = process.poll()
            stdout.seek(0)
            line = stdout.readline()
            if line.startswith("ready ") and line.endswith("\n"):
                break
            if exited is not None or time.monotonic() > deadline:
                raise ToolError(_why_not_ready(name, process, line + stdout.read() + _read(stderr)))
            time.sleep(0.05)
        yield line.split()[1]


def _why_not_ready(name: str, process: subprocess.Popen[str], output: str) -> str:
    how = f"ended with exit code {process.returncode}" if process.returncode is not None else "did not become ready"
    tail = "\n".join(output.strip().splitlines()[-20:]) or "(nothing)"
    return f"{name} {how}. It wrote:\n{tail}"


def _read(file: Any) -> str:
    file.seek(0)
    return str(file.read())
