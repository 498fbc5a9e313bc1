# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lean stub of acm-pca, s3, sts and iam, whose every answer takes a set time. For measuring, not for testing.

    python tests/benchmarks/stub.py --port 0 --accounts 1000 --cas 1 --latency 0.08

The first line on stdout is `ready http://127.0.0.1:PORT`. The names of accounts, roles and CAs are in fleet.py. It
checks no rule of AWS but these: an account sees its own CAs only, conditional writes, and the rates it is told.

    GET  /_stub/calls      requests per "service:Operation", errors, and when reports were asked for
    POST /_stub/reset      no reports, no objects, nothing counted
    POST /_stub/settings   {"latency": 0, "report_seconds": 20, "rates": {"ListTags": 20}, ...}

It ends on SIGTERM, and within two seconds after the process that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import sys

from http11 import Connection
from services import Services
from state import Settings, State

# How long it lives at most where nobody looks after it.
_LONGEST = 4 * 3600.0


async def serve(port: int, settings: Settings, parent: int | None) -> None:
    """Answer until told to stop.

    :param parent: the process that it is not to outlive.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    services = Services(State(settings))

    def latency(path: str) -> float:
        return 0.0 if path.startswith("/_stub/") else settings.latency

    server = await loop.create_server(lambda: Connection(services.answer, latency), "127.0.0.1", port, backlog=1024)
    print(f"ready http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    # What is there now stays: nothing to look through again and again.
    gc.freeze()
    end = loop.time() + _LONGEST
    while not stop.is_set() and loop.time() < end and (parent is None or os.getppid() == parent):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)
    server.close()


def main(arguments: list[str]) -> int:
    """Run the stub."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    defaults = Settings()
    parser.add_argument("--port", type=int, default=0, help="port of 127.0.0.1; 0 takes any free one")
    parser.add_argument("--accounts", type=int, default=defaults.accounts, help="how many accounts there are")
    parser.add_argument("--cas", type=int, default=defaults.cas, help="how many CAs each has")
    parser.add_argument("--latency", type=float, default=defaults.latency, help="seconds that each request takes")
    parser.add_argument("--report-seconds", type=float, default=0.0, help="seconds until a report is made")
    parser.add_argument("--create-rate", type=float, default=0.0, help="reports per second, account and region; 0: any")
    parser.add_argument("--detached", action="store_true", help="may outlive the process that starts it")
    options = parser.parse_args(arguments)
    settings = Settings(
        accounts=options.accounts,
        cas=options.cas,
        latency=options.latency,
        report_seconds=options.report_seconds,
    )
    if options.create_rate:
        settings.rates["CreateCertificateAuthorityAuditReport"] = options.create_rate
    asyncio.run(serve(options.port, settings, None if options.detached else os.getppid()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
