# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import platform
import queue
import subprocess
import sys
import threading
import typing as t

import pytest

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import memory
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.memory import MemoryBudget

#: A thread that is still there then never ends.
HANGS = 30

# Has threads take memory of the C library at the same time, and counts in how many places it keeps memory apart.
PLACES = """
import ctypes, re, sys, tempfile, threading
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.memory import share_memory
if sys.argv[1] == "shared":
    share_memory()
barrier = threading.Barrier(12)
def take():
    barrier.wait()
    held = [bytes(60_000 + number) for number in range(20)]
    barrier.wait()
    return held
threads = [threading.Thread(target=take) for _each in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    libc.fflush(None)
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(len(re.findall(rb"<heap ", file.read())))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="no other C library keeps the memory of threads apart")
def test_threads_share_memory() -> None:
    def places(how: str) -> int:
        # As on a machine with many cores.
        environment = {"PYTHONPATH": os.pathsep.join(sys.path), "GLIBC_TUNABLES": "glibc.malloc.arena_max=64"}
        command = [sys.executable, "-c", PLACES, how]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=HANGS)
        return int(done.stdout)

    assert places("shared") <= 4 < places("apart")


# Counts the pieces of memory that the system gave to the writer of Parquet by a pool of pyarrow, and for a large piece
# after an even larger one was freed.
RETURNED = """
import ctypes, io
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.certificate_columns import load_arrow
arrow = load_arrow("test")
arrow.parquet.write_table(arrow.lib.table({"column": arrow.lib.nulls(1, arrow.lib.string())}), io.BytesIO())
def own():
    class Info(ctypes.Structure):
        _fields_ = [(name, ctypes.c_int) for name in "arena ordblks smblks hblks hblkhd usm fsm uord ford keep".split()]
    libc = ctypes.CDLL(None)
    libc.mallinfo.restype = Info
    return libc.mallinfo().hblks
bytes(16_000_000)
before = own()
held = bytes(4_000_000)
print(arrow.lib.mimalloc_memory_pool().max_memory(), own() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such setting")
def test_what_columns_need_is_returned() -> None:
    pytest.importorskip("pyarrow")
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", RETURNED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=HANGS)
    assert done.stdout.split() == ["0", "1"]


LARGE = 10 * MemoryBudget._LARGEST
#: How many large reports are read at the same time.
AT_ONCE = MemoryBudget._TOTAL // MemoryBudget._LARGEST


class Threads:
    """Runs functions at the same time, and waits for all of them."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._problems: queue.SimpleQueue[BaseException] = queue.SimpleQueue()

    def start(self, function: t.Callable[[], object]) -> None:
        def run() -> None:
            try:
                function()
            except BaseException as e:  # noqa: BLE001
                self._problems.put(e)

        # One that hangs fails its test, and holds up nothing.
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(HANGS)
            assert not thread.is_alive()
        if not self._problems.empty():
            raise self._problems.get()


class Room:
    """Counts who is in it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.inside = 0
        self.most = 0

    @contextlib.contextmanager
    def entered(self) -> t.Iterator[None]:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        yield
        with self._lock:
            self.inside -= 1


@pytest.mark.parametrize(
    ("size", "columns", "together"),
    [(LARGE, False, AT_ONCE), (0, False, 32), (100_000, False, 32), (LARGE, True, 1), (0, True, 32)],
)
def test_as_many_are_read_together_as_there_is_memory_for(size: int, columns: bool, together: int) -> None:
    budget, room, threads = MemoryBudget(), Room(), Threads()
    # Nobody goes on before so many are there.
    meeting = threading.Barrier(together, timeout=HANGS)

    def read() -> None:
        with budget.reserve(size, columns=columns), room.entered():
            meeting.wait()

    for _each in range(4 * together):
        threads.start(read)
    threads.join()
    assert room.most >= together
    if size == LARGE:
        assert room.most == together


def test_never_more_is_reserved_than_there_is() -> None:
    budget, threads = MemoryBudget(), Threads()
    left: queue.SimpleQueue[int] = queue.SimpleQueue()
    sizes = [LARGE, 0, 3_000_000, 100_000, 1_000_000, MemoryBudget._LARGEST // 4]

    def read(size: int) -> None:
        for _again in range(20):
            with budget.reserve(size):
                left.put(budget._left)

    for size in sizes * 3:
        threads.start(lambda size=size: read(size))
    threads.join()
    seen = [left.get() for _each in range(left.qsize())]
    assert len(seen) == 20 * 3 * len(sizes)
    assert min(seen) >= 0
    assert budget._left == MemoryBudget._TOTAL


def test_a_large_report_is_not_overtaken_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones that would find room wait behind a large one that does not."""
    waits, release, small_is_in = threading.Event(), threading.Event(), threading.Event()

    class Condition(threading.Condition):
        def wait_for(self, predicate: t.Callable[[], t.Any], timeout: float | None = None) -> t.Any:
            if not predicate():
                waits.set()
            return super().wait_for(predicate, timeout)

    with monkeypatch.context() as patched:
        patched.setattr(memory.threading, "Condition", Condition)
        budget = MemoryBudget()
    threads = Threads()

    def hold() -> None:
        with contextlib.ExitStack() as held:
            for _each in range(AT_ONCE - 1):
                held.enter_context(budget.reserve(LARGE))
            # Then too little is left for another large one, and enough for many small ones.
            held.enter_context(budget.reserve(1_000_000))
            threads.start(large)
            assert waits.wait(HANGS)
            threads.start(small)
            assert release.wait(HANGS)

    def large() -> None:
        with budget.reserve(LARGE):
            pass

    def small() -> None:
        with budget.reserve(0):
            small_is_in.set()

    threads.start(hold)
    # Were it let in, it would be so at once.
    overtaken = small_is_in.wait(0.3)
    release.set()
    threads.join()
    assert not overtaken
    assert small_is_in.is_set()


def test_what_was_reserved_is_given_back_after_an_error() -> None:
    budget, threads = MemoryBudget(), Threads()

    def fail() -> None:
        for _each in range(2 * AT_ONCE):
            with contextlib.suppress(ZeroDivisionError), budget.reserve(LARGE):
                raise ZeroDivisionError

    threads.start(fail)
    threads.join()
    assert budget._left == MemoryBudget._TOTAL


def test_a_report_of_any_size_is_read() -> None:
    threads = Threads()

    def read() -> None:
        with MemoryBudget().reserve(1 << 50):
            pass

    threads.start(read)
    threads.join()
