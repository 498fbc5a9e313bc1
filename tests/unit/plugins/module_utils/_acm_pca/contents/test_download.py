# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import typing as t
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents import download
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.contents.download import read_object
from ansible_collections.cloudpki.aws.plugins.module_utils._acm_pca.report_bucket import ReportBucket, StoredObject
from ansible_collections.cloudpki.aws.plugins.module_utils._aws.errors import AWSError

# Longer than a piece, and no two places in it are alike.
CONTENT = b"".join(number.to_bytes(4, "big") for number in range(200_000))
KEY = "audit-report/ca/report.json"


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


@pytest.mark.parametrize("size", [0, 1, download.BLOCK, download.BLOCK + 1, len(CONTENT)])
def test_an_object_comes_in_pieces(size: int) -> None:
    client = Client(CONTENT[:size])
    reading = Reading(client)
    pieces = list(reading.pieces)
    assert b"".join(pieces) == CONTENT[:size]
    assert all(0 < len(piece) <= download.BLOCK for piece in pieces)
    # Nothing is asked for what is empty.
    assert client.asked == ([None] if size else [])
    assert reading.pauses == []


@pytest.mark.parametrize(
    "lost",
    [reset(), ReadTimeoutError(None, None, "Read timed out."), None],
    ids=["reset", "timeout", "ended early"],
)
@pytest.mark.parametrize("after", [0, 1, download.BLOCK, download.BLOCK + 3, len(CONTENT) - 1])
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
    client = Client(endings=[(download.BLOCK, reset())])
    reading = Reading(client)
    assert next(reading.pieces) == CONTENT[: download.BLOCK]
    client.content, client.etag = CONTENT[::-1], '"second"'
    with pytest.raises(AWSError) as failure:
        list(reading.pieces)
    assert failure.value.code == "PreconditionFailed"
    assert client.asked == [None, f"bytes={download.BLOCK}-"]


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
