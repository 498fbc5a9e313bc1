# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of one program: how long it took, what it asked the stub for, and how much memory it needed."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from project import ToolError, own_process_group
from server_process import server_process

HERE = Path(__file__).resolve().parent

# How the module's process is known: Ansible runs a file of one of these names.
MODULE_FILES = (b"/AnsiballZ_acm_pca_audit_report.py", b"/AnsiballZ_acm_pca_audit_report_info.py")

_LOOKS_PER_SECOND = 10


@dataclass(frozen=True)
class Stub:
    """The running stub."""

    endpoint: str

    def calls(self) -> dict[str, Any]:
        """What it counted since the last reset."""
        return self._ask("calls")

    def reset(self, **settings: Any) -> None:
        """Nothing counted, no reports, no objects; and new settings."""
        self._ask("settings", settings)
        self._ask("reset", {})

    def change(self, **settings: Any) -> None:
        """New settings alone."""
        self._ask("settings", settings)

    def _ask(self, what: str, body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_stub/{what}", data=data)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            raise ToolError(f"the stub did not answer {request.full_url}: {error}") from error


@contextmanager
def running_stub() -> Iterator[Stub]:
    """The stub in a process of its own, for as long as the block lasts."""
    with server_process("the stub", [sys.executable, HERE / "stub.py", "--port", "0"]) as endpoint:
        yield Stub(endpoint)


@dataclass(frozen=True)
class Run:
    """What one run came to."""

    seconds: float
    # Of the processor, by the program and all that it started.
    busy_seconds: float = 0.0
    calls: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    # Peaks in MiB, of one process: the module's, the one that was started, and the largest of all. None: not measured.
    module_mib: float | None = None
    started_mib: float | None = None
    largest_mib: float | None = None
    output: str = ""
    # Between the first and the last request for a report that was accepted.
    requesting_seconds: float = 0.0
    problem: str | None = None

    def per(self, number: int, service: str = "") -> float:
        """Requests, to one service or to all, for each of so many."""
        return sum(count for name, count in self.calls.items() if name.startswith(service)) / number

    @property
    def throttled(self) -> int:
        """How many requests the stub refused because they were too many."""
        return sum(count for name, count in self.errors.items() if name.endswith(" ThrottlingException"))

    @property
    def failed_entries(self) -> int:
        """How many CAs the module says have failed: it writes out its result only then."""
        return self.output.count('"action": "failed"')


def measure(stub: Stub, command: Sequence[str | Path], env: Mapping[str, str], limit: float = 900) -> Run:
    """Run a program to its end. One that fails or takes too long is a result like any other."""
    before = stub.calls()
    problem = None
    busy = _busy_seconds()
    started = time.monotonic()
    with (
        tempfile.TemporaryFile("w+") as output,
        own_process_group(command, env=env, stdout=output.fileno(), stderr=subprocess.STDOUT) as process,
        _watch(process.pid) as peaks,
    ):
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            problem = f"did not end within {limit:.0f} s"
        seconds = time.monotonic() - started
        output.seek(0)
        text = output.read()
    after = stub.calls()
    if problem is None and code:
        problem = f"failed with exit code {code}"
    calls = _more(after["calls"], before["calls"])
    first, last = after["first_report"], after["last_report"]
    return Run(
        seconds=seconds,
        busy_seconds=_busy_seconds() - busy,
        calls=calls,
        errors=_more(after["errors"], before["errors"]),
        module_mib=peaks.module or None,
        started_mib=peaks.started or None,
        largest_mib=peaks.largest or None,
        output=text,
        requesting_seconds=last - first if first is not None and after["reports"] > before["reports"] else 0.0,
        problem=problem,
    )


def _busy_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _more(after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(after) - Counter(before)).items()))


@dataclass
class _Peaks:
    module: float = 0.0
    started: float = 0.0
    largest: float = 0.0


@contextmanager
def _watch(pid: int) -> Iterator[_Peaks]:
    """Look at the memory of a process and of all that it starts, until the block ends."""
    peaks = _Peaks()
    ended = threading.Event()

    def look() -> None:
        modules: dict[int, bool] = {}
        while not ended.wait(1 / _LOOKS_PER_SECOND):
            for each in _family(pid):
                mib = _peak_mib(each)
                peaks.largest = max(peaks.largest, mib)
                if each == pid:
                    peaks.started = max(peaks.started, mib)
                # Before it is Ansible's file, the process is a copy of its parent.
                if modules.get(each) or _is_module(each):
                    modules[each] = True
                    peaks.module = max(peaks.module, mib)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def _family(pid: int) -> Iterator[int]:
    """A process and all below it. Linux only; elsewhere there is nothing to see."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return
    for child in children.split():
        yield from _family(int(child))


def _peak_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    _before, found, rest = status.partition("VmHWM:")
    return int(rest.split(None, 1)[0]) / 1024 if found else 0.0


def _is_module(pid: int) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    # The shell that starts it has the name inside a longer argument.
    return any(argument.endswith(MODULE_FILES) for argument in arguments)
