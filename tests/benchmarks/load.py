# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast the stub is on its own: python tests/benchmarks/load.py URL [SECONDS]

It has to be much faster than what it serves, or it would be what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request

import fleet

CONNECTIONS = 64

_BODY = json.dumps({"CertificateAuthorityArn": fleet.ca_arn(fleet.HUB, 0)}).encode()
# As long as what botocore sends.
_REQUEST = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\nContent-Type: application/x-amz-json-1.1\r\n"
    b"X-Amz-Target: ACMPrivateCA.DescribeCertificateAuthority\r\nX-Amz-Date: 20261123T000000Z\r\n"
    b"User-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux md/arch#x86_64 lang/python cfg/retry-mode#legacy\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=testing/20261123/us-east-1/acm-pca/aws4_request, "
    b"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + b"0" * 64 + b"\r\n"
    b"amz-sdk-invocation-id: 11223344-1234-1122-2233-112233445566\r\namz-sdk-request: attempt=1\r\n"
    b"Content-Length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)


class _Client(asyncio.Protocol):
    """Asks again as soon as it is answered."""

    answers = 0

    def __init__(self, end: float, done: asyncio.Future[None]) -> None:
        self._end, self._done = end, done
        self._left = -1
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._received.find(b"Content-Length: ") + 16
        length = int(self._received[start : self._received.find(b"\r\n", start)])
        if len(self._received) < head + 4 + length:
            return
        assert self._received.startswith(b"HTTP/1.1 200 "), self._received
        self._received = b""
        _Client.answers += 1
        if time.monotonic() < self._end:
            self._transport.write(_REQUEST)
        elif not self._done.done():
            self._transport.close()
            self._done.set_result(None)


async def _load(host: str, port: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    done: list[asyncio.Future[None]] = [loop.create_future() for _number in range(CONNECTIONS)]
    for future in done:

        def client(future: asyncio.Future[None] = future) -> _Client:
            return _Client(started + seconds, future)

        await loop.create_connection(client, host, port)
    await asyncio.gather(*done)
    return _Client.answers / (time.monotonic() - started)


def main(arguments: list[str]) -> int:
    """Measure, and print the requests per second: those it took, and those that its processor time would do for."""
    url, seconds = arguments[0], float(arguments[1]) if len(arguments) > 1 else 3.0
    host, port = url.removeprefix("http://").split(":")

    def cpu() -> float:
        with urllib.request.urlopen(f"{url}/_stub/calls", timeout=10) as answer:
            return float(json.load(answer)["cpu_seconds"])

    _Client.answers = 0
    before = cpu()
    rate = asyncio.run(_load(host, int(port), seconds))
    print(f"{rate:.0f} {_Client.answers / (cpu() - before):.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
