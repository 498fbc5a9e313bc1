# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""S3 Object Lock, where moto is stricter than S3.

That locked versions can neither be deleted nor overwritten is moto's own work.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from moto.s3.models import S3Backend
from moto.s3.responses import S3Response
from requests.structures import CaseInsensitiveDict


def letting_copies_in(put: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap moto's S3Response._key_response_put: only what is uploaded needs a checksum, not what S3 copies itself."""

    @functools.wraps(put)
    def key_response_put(self: S3Response, *args: Any, **kwargs: Any) -> Any:
        if "x-amz-copy-source" in self.headers:
            self.headers = CaseInsensitiveDict({**dict(self.headers), "x-amz-sdk-checksum-algorithm": "CRC32"})
        return put(self, *args, **kwargs)

    return key_response_put


def changing_retention(put: Callable[..., None]) -> Callable[..., None]:
    """Wrap moto's S3Backend.put_object_lock_configuration: a locked bucket with objects takes another retention."""

    @functools.wraps(put)
    def put_object_lock_configuration(
        self: S3Backend, bucket_name: str, lock_enabled: bool, mode: str | None, days: int | None, years: int | None
    ) -> None:
        bucket = self.get_bucket(bucket_name)
        if not bucket.object_lock_enabled:
            put(self, bucket_name, lock_enabled, mode, days, years)
            return
        bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = mode, days, years

    return put_object_lock_configuration
