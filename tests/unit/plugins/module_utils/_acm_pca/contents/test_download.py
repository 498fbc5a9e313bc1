# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import functools
import io
import os
import platform
import queue
import subprocess
import sys
import threading
import typing as t
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import download as report_object
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.download import MemoryBudget, read_object
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.report_bucket import ReportBucket, StoredObject
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

# Longer than a piece, and no two places in it are alike.
CONTENT = b"".join(number.to_bytes(4, "big") for number in range(200_000))
KEY = "audit-report/ca/report.json"

#: A thread that is still there then never ends.
HANGS = 30


class Raw(io.RawIOBase):
    """What is below a body. The connection ends after so many bytes, with an exception or as if that were all."""

    def __init__(self, content: bytes, ends_after: int | None, lost: Exception | None) -> None:
        self._content = io.BytesIO(content[:ends_after])
        self._lost = lost

    def read(self, size: int | None = -1) -> bytes:
        piece = self._content.read(size)
        if not piece and self._lost:
            raise self._lost
        return piece


class Client:
    """S3 with one object. ``endings`` are of one answer after the other; those after them come to their end."""

    def __init__(self, content: bytes = CONTENT, endings: t.Sequence[tuple[int, Exception | None]] = ()) -> None:
        self.content = content
        self.etag = '"first"'
        self.asked: list[str | None] = []
        self.bodies: list[StreamingBody] = []
        self._endings = list(endings)

    def get_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        IfMatch: str,  # noqa: N803
        aws_retry: bool,
        Range: str | None = None,  # noqa: N803
    ) -> dict[str, t.Any]:
        assert (Bucket, Key, aws_retry) == ("bucket", KEY, True)
        self.asked.append(Range)
        if IfMatch != self.etag:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "No."}}, "GetObject")
        content = self.content[int(Range.removeprefix("bytes=").removesuffix("-")) if Range else 0 :]
        after, lost = self._endings.pop(0) if self._endings else (None, None)
        self.bodies.append(StreamingBody(Raw(content, after, lost), len(content)))
        return {"Body": self.bodies[-1]}


class Reading:
    """Reads the object of a client, and remembers the pauses."""

    def __init__(self, client: Client) -> None:
        self.pauses: list[float] = []
        stored = StoredObject(KEY, len(client.content), datetime(2026, 11, 23, tzinfo=UTC), '"first"')
        self.pieces = read_object(ReportBucket(client, "bucket"), stored, self.pauses.append)


def reset() -> Exception:
    return ProtocolError("Connection broken: ConnectionResetError(104, 'Connection reset by peer')")


@pytest.mark.parametrize("size", [0, 1, report_object.BLOCK, report_object.BLOCK + 1, len(CONTENT)])
def test_an_object_comes_in_pieces(size: int) -> None:
    client = Client(CONTENT[:size])
    reading = Reading(client)
    pieces = list(reading.pieces)
    assert b"".join(pieces) == CONTENT[:size]
    assert all(0 < len(piece) <= report_object.BLOCK for piece in pieces)
    # Nothing is asked for what is empty.
    assert client.asked == ([None] if size else [])
    assert reading.pauses == []


@pytest.mark.parametrize(
    "lost",
    [reset(), ReadTimeoutError(None, None, "Read timed out."), None],
    ids=["reset", "timeout", "ended early"],
)
@pytest.mark.parametrize("after", [0, 1, report_object.BLOCK, report_object.BLOCK + 3, len(CONTENT) - 1])
def test_a_lost_connection_is_taken_up_where_it_ended(after: int, lost: Exception | None) -> None:
    client = Client(endings=[(after, lost)])
    assert b"".join(Reading(client).pieces) == CONTENT
    assert client.asked == [None, f"bytes={after}-" if after else None]


def test_each_piece_that_comes_gives_new_tries() -> None:
    steps = [10, 20, 30, 40, 50, 60]
    client = Client(endings=[(each, reset()) for each in steps])
    reading = Reading(client)
    assert b"".join(reading.pieces) == CONTENT
    assert client.asked == [None, *(f"bytes={sum(steps[: number + 1])}-" for number in range(len(steps)))]
    assert reading.pauses == [1.0] * len(steps)


def test_a_connection_that_is_lost_again_and_again_has_failed() -> None:
    client = Client(endings=[(10, reset()), *[(0, reset())] * 9])
    reading = Reading(client)
    assert next(reading.pieces) == CONTENT[:10]
    with pytest.raises(AWSError, match="Failed to read the audit report from the report bucket") as failure:
        list(reading.pieces)
    assert failure.value.code == "ResponseStreamingError"
    assert client.asked == [None, *["bytes=10-"] * 3]
    # Longer and longer.
    assert reading.pauses == [1.0, 2.0, 4.0]


def test_an_object_that_does_not_come_to_its_end_has_failed() -> None:
    client = Client(CONTENT[:100])
    reading = Reading(client)
    client.content = CONTENT[:60]  # S3 would never do it; something between may
    with pytest.raises(AWSError, match="60 of 100 bytes came"):
        list(reading.pieces)
    assert client.asked == [None, *["bytes=60-"] * 3]


def test_an_object_that_is_replaced_meanwhile_is_not_mixed_with_the_other() -> None:
    client = Client(endings=[(report_object.BLOCK, reset())])
    reading = Reading(client)
    assert next(reading.pieces) == CONTENT[: report_object.BLOCK]
    client.content, client.etag = CONTENT[::-1], '"second"'
    with pytest.raises(AWSError) as failure:
        list(reading.pieces)
    assert failure.value.code == "PreconditionFailed"
    assert client.asked == [None, f"bytes={report_object.BLOCK}-"]


def test_an_object_that_was_replaced_before_is_not_read() -> None:
    client = Client()
    client.etag = '"second"'
    with pytest.raises(AWSError) as failure:
        next(Reading(client).pieces)
    assert failure.value.code == "PreconditionFailed"


@pytest.mark.parametrize("endings", [[], [(10, reset())]])
def test_no_connection_is_left_open(endings: list[tuple[int, Exception | None]]) -> None:
    client = Client(endings=endings)
    reading = Reading(client)
    next(reading.pieces)
    reading.pieces.close()
    list(Reading(client).pieces)
    assert all(body._raw_stream.closed for body in client.bodies)


# --- memory

# Has threads take memory of the C library at the same time, and counts in how many places it keeps memory apart.
PLACES = """
import ctypes, re, sys, tempfile, threading
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.download import share_memory
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


def test_one_is_read_alone() -> None:
    budget, room, threads = MemoryBudget(), Room(), Threads()

    def read(alone: bool) -> None:
        with budget.reserve(0, alone=alone), room.entered():
            assert not alone or room.inside == 1

    for each in range(40):
        threads.start(functools.partial(read, each % 2 == 0))
    threads.join()
    assert budget._left == MemoryBudget._TOTAL


@pytest.mark.parametrize(("size", "together"), [(LARGE, AT_ONCE), (0, 32), (100_000, 32)])
def test_as_many_are_read_together_as_there_is_memory_for(size: int, together: int) -> None:
    budget, room, threads = MemoryBudget(), Room(), Threads()
    # Nobody goes on before so many are there.
    meeting = threading.Barrier(together, timeout=HANGS)

    def read() -> None:
        with budget.reserve(size), room.entered():
            meeting.wait()

    for _each in range(4 * together):
        threads.start(read)
    threads.join()
    assert room.most >= together
    if size == LARGE:
        assert room.most == AT_ONCE


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
        patched.setattr(report_object.threading, "Condition", Condition)
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
