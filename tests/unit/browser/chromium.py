# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A browser without a window, for the tests: Debian's chromium, by its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import websocket

START_SECONDS = 60
ANSWER_SECONDS = 30
INSTALL_SECONDS = 600


class BrowserError(Exception):
    """A sentence for people."""


def find_chromium() -> str:
    """The browser; where it is missing and may be installed, it is. :raises BrowserError: else"""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise BrowserError(
            "There is no chromium, which the tests of the summary page need: install it (apt-get install chromium)."
        )
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode:
            raise BrowserError(
                f"chromium could not be installed: {' '.join(command)} said {done.stderr.strip()[-400:]}"
            )
    found = shutil.which("chromium")
    if not found:
        raise BrowserError("chromium was installed, and is not there.")
    return found


class Page:
    """One tab."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        #: What the console said, and what was refused or broke.
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def open(self, address: str) -> None:
        """Go there, and wait until the page is there."""
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.run("document.readyState") != "complete" or self.run("location.href") != address:
            if time.monotonic() > deadline:
                raise BrowserError(f"{address} was not there after {ANSWER_SECONDS} seconds.")
            time.sleep(0.05)

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{script}: {json.dumps(answer['exceptionDetails'])[:500]}")
        return answer["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """Another size of the window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme: str) -> None:
        """``light`` or ``dark``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path: Path) -> None:
        """The whole page as a picture."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
            if message.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
                self.complaints.append(json.dumps(message["params"])[:1000])


@contextmanager
def browser() -> Iterator[Page]:
    """A browser with one tab, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="cloudpki-browser-", ignore_cleanup_errors=True) as profile:
        command = [
            *(find_chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"),
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with closing(_connect(process, Path(profile) / "DevToolsActivePort")) as socket:
                yield Page(socket)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _connect(process: subprocess.Popen[bytes], ready: Path) -> websocket.WebSocket:
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists() or len(ready.read_text(encoding="utf-8").split()) < 2:
        if process.poll() is not None or time.monotonic() > deadline:
            raise BrowserError(f"chromium did not start within {START_SECONDS} seconds.")
        time.sleep(0.05)
    port = int(ready.read_text(encoding="utf-8").split()[0])
    tabs = websocket.create_connection(
        f"ws://127.0.0.1:{port}{ready.read_text(encoding='utf-8').split()[1]}",
        timeout=ANSWER_SECONDS,
        suppress_origin=True,
    )
    tabs.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
    while True:
        message = json.loads(tabs.recv())
        if message.get("id") == 1:
            break
    page = next(each["targetId"] for each in message["result"]["targetInfos"] if each["type"] == "page")
    tabs.close()
    return websocket.create_connection(
        f"ws://127.0.0.1:{port}/devtools/page/{page}", timeout=ANSWER_SECONDS, suppress_origin=True
    )
