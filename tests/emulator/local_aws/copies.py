# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The condition of S3's copies that moto does not know: that the source is still the object that was seen."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.s3.exceptions import PreconditionFailed
from moto.s3.responses import S3Response

_CONDITION = "x-amz-copy-source-if-match"


def checking_the_source(copy: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap moto's S3Response.copy_object or upload_part_copy."""

    @functools.wraps(copy)
    def checked(self: S3Response, *args: Any, **kwargs: Any) -> Any:
        expected = _text(self.headers.get(_CONDITION))
        if expected:
            path, _query, version = _text(self.headers["x-amz-copy-source"]).partition("?versionId=")
            bucket, _slash, key = unquote(path).lstrip("/").partition("/")
            source = self.backend.get_object(bucket, key, version_id=version or None)
            if source is not None and source.etag.strip('"') != expected.strip('"'):
                raise PreconditionFailed(failed_condition=_CONDITION)
        return copy(self, *args, **kwargs)

    return checked


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
