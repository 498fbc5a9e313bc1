# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWX's HTTP server: paths, pages and who may ask."""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from local_awx.errors import ApiError, not_found
from local_awx.models import KINDS
from local_awx.store import API, MAX_PAGE_SIZE, PAGE_SIZE, Item, Store

VERSION = "24.6.1"
USER, PASSWORD, TOKEN = "admin", "local-awx-password", "local-awx-token"

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Request:
    """What somebody asks for."""

    method: str
    path: str
    query: dict[str, str]
    data: dict[str, Any]
    authorization: str


@dataclass
class Api:
    """The paths of the API."""

    store: Store
    tokens: dict[str, int] = field(default_factory=lambda: {TOKEN: 1})

    def answer(self, request: Request) -> Answer:
        """The status and the body."""
        try:
            if request.path.startswith("/_awx/"):
                return self._control(request)
            return self._api(request)
        except ApiError as error:
            return error.status, error.body

    def _control(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", "/_awx/everything"):
            return 200, self.store.everything()
        if (request.method, request.path) == ("POST", "/_awx/finish"):
            self.store.finish()
            return 200, {}
        raise not_found()

    def _api(self, request: Request) -> Answer:
        if not request.path.startswith(f"{API}/"):
            raise not_found()
        parts = request.path.removeprefix(f"{API}/").strip("/").split("/")
        if parts == ["ping"]:
            return 200, {"version": VERSION, "ha": False, "instances": []}
        self._check_authorization(request.authorization)
        if parts == ["me"]:
            return 200, _page(request, [{"id": 1, "type": "user", "username": USER, "is_superuser": True}])
        if parts[0] == "tokens":
            return self._tokens(request, parts)
        if parts[0] not in (*KINDS, "unified_job_templates"):
            raise not_found()
        if len(parts) == 1:
            return self._list(request, parts[0])
        if not parts[1].isdigit():
            raise not_found()
        item = self.store.get(parts[0], int(parts[1]))
        return self._item(request, item) if len(parts) == 2 else self._related(request, item, parts[2])

    def _check_authorization(self, authorization: str) -> None:
        scheme, _separator, value = authorization.partition(" ")
        if scheme == "Bearer" and value in self.tokens:
            return
        if scheme == "Basic" and base64.b64decode(value).decode() == f"{USER}:{PASSWORD}":
            return
        text = "Authentication credentials were not provided. To establish a login session, visit /api/login/."
        raise ApiError(401, {"detail": text})

    def _tokens(self, request: Request, parts: list[str]) -> Answer:
        if request.method == "POST" and len(parts) == 1:
            token = secrets.token_hex(15)
            self.tokens[token] = max(self.tokens.values(), default=0) + 1
            return 201, {"id": self.tokens[token], "type": "o_auth2_access_token", "token": token}
        known = [token for token, number in self.tokens.items() if parts[1:] == [str(number)]]
        if request.method != "DELETE" or not known:
            raise not_found()
        del self.tokens[known[0]]
        return 204, None

    def _list(self, request: Request, kind: str) -> Answer:
        if request.method == "POST" and kind in KINDS:
            return 201, self.store.shown(self.store.create(kind, request.data))
        if request.method != "GET":
            raise _not_allowed(request.method)
        return 200, _page(request, [self.store.shown(item) for item in self.store.select(kind, request.query)])

    def _item(self, request: Request, item: Item) -> Answer:
        if request.method == "DELETE":
            return self.store.delete(item), None
        if request.method == "PATCH":
            self.store.change(item, request.data)
        elif request.method != "GET":
            raise _not_allowed(request.method)
        elif item.kind == "project_updates":
            self.store.poll(item)
        return 200, self.store.shown(item)

    def _related(self, request: Request, item: Item, name: str) -> Answer:
        if name == "survey_spec" and KINDS[item.kind].survey:
            if request.method == "POST":
                self.store.set_survey(item, request.data)
            elif request.method == "DELETE":
                item.survey = {}
            return 200, item.survey if request.method == "GET" else {}
        if name not in item.lists:
            raise not_found()
        if request.method == "POST":
            self.store.attach(item, name, request.data)
            return 204, None
        return 200, _page(request, [self.store.shown(each) for each in self.store.attached(item, name)])


def _not_allowed(method: str) -> ApiError:
    return ApiError(405, {"detail": f'Method "{method}" not allowed.'})


def _page(request: Request, found: list[dict[str, Any]]) -> dict[str, Any]:
    page, size = (
        _number(request.query.get(name, ""), default) for name, default in (("page", 1), ("page_size", PAGE_SIZE))
    )
    size = min(size, MAX_PAGE_SIZE)
    if page > 1 and (page - 1) * size >= len(found):
        raise ApiError(404, {"detail": "Invalid page."})

    def link(number: int) -> str | None:
        if number < 1 or (number - 1) * size >= len(found):
            return None
        return f"{request.path}?{urlencode({**request.query, 'page': number})}"

    results = found[(page - 1) * size : page * size]
    return {"count": len(found), "next": link(page + 1), "previous": link(page - 1), "results": results}


def _number(given: str, default: int) -> int:
    return int(given) if given.isdigit() and int(given) else default


class Handler(BaseHTTPRequestHandler):
    """Reads requests, and writes answers."""

    protocol_version = "HTTP/1.1"
    api: Api
    lock = threading.Lock()

    def handle_request(self) -> None:
        """Answer one."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        try:
            data = json.loads(body or b"{}")
        except ValueError as error:
            return self._write(400, {"detail": f"JSON parse error - {error}"})
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        request = Request(self.command, url.path, query, data, self.headers.get("Authorization", ""))
        with self.lock:
            status, answer = self.api.answer(request)
        return self._write(status, answer)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_request  # noqa: N815  the names that http.server looks for

    def _write(self, status: int, answer: Any) -> None:
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", VERSION)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(prog="tests/awx/serve.py", description="A local AWX for tests. It runs no jobs.")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--project", type=Path, help="the folder whose files every project contains")
    options = parser.parse_args(arguments)
    handler = type("ApiHandler", (Handler,), {"api": Api(Store(options.project))})
    with ThreadingHTTPServer(("127.0.0.1", options.port), handler) as server:
        server.daemon_threads = True
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
