# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the local AWS of tests/emulator as a process of its own, and stop it in every case."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from project import ROOT, ToolError
from server_process import server_process

EMULATOR = ROOT / "tests" / "emulator"
FLEET = EMULATOR / "organizations" / "fleet.yml"
ORGANIZATION = ROOT / "tests" / "demo" / "organization.yml"

REGION = "us-east-1"
# Any credentials do: the local AWS checks none of the member accounts' and knows these as the hub account's.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@dataclass(frozen=True)
class LocalAWS:
    """A running local AWS."""

    endpoint: str

    def get(self, path: str) -> Any:
        """What one of its own endpoints answers, for example /_emulator/seed."""
        return self._request(urllib.request.Request(self.endpoint + path))

    def post(self, path: str, **settings: Any) -> Any:
        """Tell it something, for example /_emulator/advance with seconds."""
        body = json.dumps(settings).encode()
        headers = {"Content-Type": "application/json"}
        return self._request(urllib.request.Request(self.endpoint + path, data=body, headers=headers, method="POST"))

    @staticmethod
    def _request(request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            raise ToolError(f"the local AWS did not answer {request.full_url}: {error}") from error


@contextmanager
def local_aws(
    *, seed: Path = ORGANIZATION, report_seconds: float = 2, report_interval: float = 1800
) -> Iterator[LocalAWS]:
    """The local AWS on a free port, seeded, for as long as the block lasts.

    :raises ToolError: with what it wrote, when it does not become ready
    """
    with server_process(
        "the local AWS",
        [
            *(sys.executable, EMULATOR, "--port", "0", "--seed", seed),
            *("--report-seconds", str(report_seconds), "--report-interval", str(report_interval)),
        ],
    ) as endpoint:
        yield LocalAWS(endpoint)
