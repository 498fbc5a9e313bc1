# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A report's file as it comes from the bucket, a piece at a time, whatever happens to the connection."""

from __future__ import annotations

import contextlib
import typing as t

from ..._aws.errors import AWSError
from ..report_bucket import ReportBucket, StoredObject
from .reader import BLOCK

# A connection that is lost is made again; only one that is lost again and again without anything new has failed.
_TRIES = 4


def read_object(
    bucket: ReportBucket, stored: StoredObject, pause: t.Callable[[float], None], body: t.Any = None
) -> t.Iterator[bytes]:
    """The bytes of an object in pieces.

    :param pause: waits some seconds.
    :param body: of the object, if it is open already.
    :raises AWSError: where it cannot be read to its end, or is replaced by another one meanwhile.
    """
    offset, tries = 0, _TRIES
    while offset < stored.size:
        opened, body = body or bucket.open(stored, offset), None
        with contextlib.closing(opened):
            try:
                while True:
                    piece = bucket.read(opened, BLOCK)
                    if not piece:
                        break
                    offset += len(piece)
                    tries = _TRIES
                    yield piece
            except AWSError:
                tries -= 1
                if not tries:
                    raise
                pause(2.0 ** (_TRIES - tries - 1))
                continue
        if offset < stored.size:
            tries -= 1
            if not tries:
                raise AWSError(
                    f"Failed to read the audit report from the report bucket: {offset} of {stored.size} bytes came"
                )
