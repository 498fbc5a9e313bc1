# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP/1.1 as far as botocore speaks it: requests with a Content-Length, connections that stay open.

Written by hand on asyncio, because a framework would take longer for a request than what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote


class Request(NamedTuple):
    """A request as it came in: names of headers in lower case, path decoded, query not."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Response(NamedTuple):
    """What is answered. A ``body`` of None is that of a HEAD, whose length is given all the same."""

    status: int = 200
    body: bytes | None = b""
    content_type: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()
    #: A file whose content is the body, for what is too large to be kept.
    file: str = ""


_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 412: "Precondition Failed"}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection: a request is answered after the latency, and only then the next one is looked at."""

    def __init__(self, answer: Callable[[Request], Response], latency: Callable[[str], float]) -> None:
        """:param latency: of a path, in seconds; 0 answers at once."""
        self._answer = answer
        self._latency = latency
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._busy = False
        self._continued = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if not self._busy:
            self._next()

    def _next(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _colon, value = line.partition(":")
            headers[name.lower()] = value.strip()
        start = end + 4
        stop = start + int(headers.get("content-length", 0))
        if len(self._received) < stop:
            if "expect" in headers and not self._continued:
                self._continued = True
                self._write(_CONTINUE)
            return
        method, target, _version = first.split(" ", 2)
        path, _mark, query = target.partition("?")
        if "%" in path:
            path = unquote(path)
        body = self._received[start:stop]
        self._received = self._received[stop:]
        self._busy, self._continued = True, False
        try:
            response = self._answer(Request(method, path, query, headers, body))
        except Exception:  # noqa: BLE001 - whoever asked is told, and the others go on
            traceback.print_exc(file=sys.stderr)
            response = Response(500, traceback.format_exc().encode(), "text/plain")
        latency = self._latency(path)
        if latency:
            self._loop.call_later(latency, self._send, response)
        else:
            self._send(response)

    def _send(self, response: Response) -> None:
        status, body, content_type, headers, file = response
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\nContent-Type: {content_type}\r\n"
        for name, value in headers:
            head += f"{name}: {value}\r\n"
        if file:
            self._loop.create_task(self._send_file(head, file))
            return
        if body is not None:
            head += f"Content-Length: {len(body)}\r\n"
        self._write(head.encode("latin-1") + b"\r\n" + (body or b""))
        self._busy = False
        if self._received:
            self._next()

    async def _send_file(self, head: str, path: str) -> None:
        with open(path, "rb") as file:  # noqa: PTH123 - sendfile wants it like that
            size = os.fstat(file.fileno()).st_size
            self._write(f"{head}Content-Length: {size}\r\n\r\n".encode("latin-1"))
            # Who goes away in the middle of it has seen enough.
            with contextlib.suppress(ConnectionError, RuntimeError):
                if self._transport is not None:
                    await self._loop.sendfile(self._transport, file)
        self._busy = False
        if self._received:
            self._next()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
