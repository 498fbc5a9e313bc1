# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a request of a client in this process: through the emulator, then to moto."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import BotocoreStubber

from local_aws.emulator import ConnectionLostError, emulator
from local_aws.wire import Answer, call_in_process

Stub = Callable[..., AWSResponse | None]


def passing_through(stub: Stub) -> Stub:
    """Wrap moto's botocore handler, so that every request of a client passes through the emulator first."""

    @functools.wraps(stub)
    def handle(
        self: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **kwargs: Any
    ) -> AWSResponse | None:
        if not self.enabled:
            return stub(self, event_name, request, **kwargs)
        try:
            response = emulator.pass_on(
                call_in_process(event_name, request), lambda: stub(self, event_name, request, **kwargs)
            )
        except ConnectionLostError:
            raise ConnectionClosedError(endpoint_url=request.url) from None
        if isinstance(response, Answer):
            return AWSResponse(
                request.url, response.status, HTTPHeaders.from_dict(response.headers), _Body(response.body)
            )
        return response

    return handle


class _Body(BytesIO):
    """As much of a urllib3 response as botocore reads."""

    def stream(self, **_kwargs: Any) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk
