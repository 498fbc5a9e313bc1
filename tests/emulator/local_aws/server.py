# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line, and the HTTP server: moto's application behind control endpoints, faults and rate limits."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from moto.core.request import Request
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from local_aws import control
from local_aws.checks import InputError
from local_aws.emulator import ConnectionLostError, Emulator, emulator
from local_aws.install import install
from local_aws.seed import SeedError, load
from local_aws.wire import Answer, call_of

log = logging.getLogger(__name__)

HOST = "127.0.0.1"

#: Where a request's environ keeps the name of its operation for the log.
CALL_KEY = "local_aws.call"

Environment = dict[str, Any]
WsgiApplication = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]


class Application:
    """WSGI: control endpoints are answered here, all else passes through the emulator to moto."""

    def __init__(self, local: Emulator, moto: WsgiApplication) -> None:
        self._emulator = local
        self._moto = moto

    def __call__(self, environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = _read_body(environ)
        path = environ.get("PATH_INFO", "")
        if path.startswith(control.PREFIX):
            query = environ.get("QUERY_STRING", "")
            answer = control.answer(self._emulator, environ["REQUEST_METHOD"], path, body, query)
            content = json.dumps(answer.body, indent=2, default=str) + "\n"
            return Response(content, answer.status, content_type="application/json")(environ, start_response)

        def carry_out() -> Iterable[bytes]:
            return self._moto(_with_body(environ, body), start_response)

        call = call_of(Request(_with_body(environ, body)))
        environ[CALL_KEY] = call.name if call else None
        try:
            response = self._emulator.pass_on(call, carry_out)
        except ConnectionLostError:
            _hang_up(environ)
        if isinstance(response, Answer):
            return Response(response.body, response.status, dict(response.headers))(environ, start_response)
        return response


def _read_body(environ: Environment) -> bytes:
    """The whole body: it is looked at here, and moto has to find it again."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read())
    length = environ.get("CONTENT_LENGTH") or "0"
    return bytes(stream.read(int(length))) if length.isdigit() else b""


def _with_body(environ: Environment, body: bytes) -> Environment:
    return {**environ, "wsgi.input": BytesIO(body)}


def _hang_up(environ: Environment) -> NoReturn:
    """Close the connection without a word."""
    with contextlib.suppress(OSError):  # the client may have gone already
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("The local AWS was told to drop this connection.")


class _Handler(MotoRequestHandler):
    """moto's handler, with a log of its own and without waiting for more to send."""

    # Headers and body are two writes; with Nagle's algorithm the second waits for an acknowledgement.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - werkzeug says so
        # "POST /" would say little: the operation is what people look for.
        environ: Environment = getattr(self, "environ", {})
        log.info("%s %s", environ.get(CALL_KEY) or self.requestline, getattr(code, "value", code))


def make_local_aws(port: int, local: Emulator = emulator) -> BaseWSGIServer:
    """A threaded server on 127.0.0.1, ready to serve_forever(). Port 0 takes any free one. Raises OSError."""
    install()
    moto = DomainDispatcherApplication(create_backend_app)
    # The socket is bound here and not by werkzeug, which would print its own message and exit. It works on a copy.
    with socket.create_server((HOST, port), backlog=1024) as listener:
        return make_server(
            HOST, port, Application(local, moto), threaded=True, request_handler=_Handler, fd=listener.fileno()
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the local AWS until it is told to stop. Returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR, format="%(message)s")
    logging.getLogger("local_aws").setLevel(logging.INFO if options.verbose else logging.ERROR)
    logging.getLogger("werkzeug").setLevel(logging.INFO if options.verbose else logging.ERROR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return 0


def _run(options: argparse.Namespace) -> int:
    if not 0 <= options.port <= 65535:
        return _complain(f"--port is {options.port}, but has to be 0 to 65535.")
    try:
        emulator.configure(report_seconds=options.report_seconds, report_interval=options.report_interval)
        server = make_local_aws(options.port)
    except InputError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"Port {options.port} of {HOST} cannot be used: {os.strerror(error.errno or 0)}.")
    try:
        if options.seed is not None:
            # The first line on stdout is the address; whatever moto says while it is filled goes elsewhere.
            with contextlib.redirect_stdout(sys.stderr):
                seeded = load(options.seed)
            emulator.take_over(seeded)
    except SeedError as error:
        server.server_close()
        return _complain(str(error))
    print(f"ready http://{HOST}:{server.port}", flush=True)
    server.serve_forever()
    return 0


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _complain(sentence: str) -> int:
    print(f"local AWS: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python tests/emulator",
        description="A local AWS: moto's server, extended with the audit reports of AWS Private CA. "
        "Its first line on stdout is 'ready' and the URL for --endpoint-url.",
        epilog="While it runs, POST JSON to /_emulator/settings, /_emulator/advance, /_emulator/faults and "
        "/_emulator/reset, and GET /_emulator/calls, /_emulator/settings, /_emulator/faults and /_emulator/seed.",
    )
    parser.add_argument("--port", type=int, default=0, help="port of 127.0.0.1; 0, the default, takes any free one")
    parser.add_argument(
        "--report-seconds", type=float, default=2.0, help="how long a report stays CREATING (default: %(default)s)"
    )
    parser.add_argument(
        "--report-interval",
        type=float,
        default=1800.0,
        help="seconds that a CA waits for its next report; 0 for no wait (default: %(default)s)",
    )
    parser.add_argument("--seed", type=Path, metavar="FILE", help="YAML file with the organization to begin with")
    parser.add_argument("--verbose", action="store_true", help="log requests and why reports failed, on stderr")
    return parser
