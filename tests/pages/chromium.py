# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's Chromium without a window, told what to do over a pair of pipes (the DevTools protocol).

Pipes need no port and no package: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import typing as t
from contextlib import suppress
from pathlib import Path

from project import BUILD, ToolError

NAMES = ("chromium", "chromium-browser", "google-chrome")
ANSWER_SECONDS = 60
INSTALL_SECONDS = 600

Json = dict[str, t.Any]


def find_chromium() -> str:
    """The path of the browser, which is installed where it is missing and can be. :raises ToolError: if it cannot."""
    found = _installed()
    if found:
        return found
    BUILD.mkdir(exist_ok=True)
    # Tests run in two processes.
    with (BUILD / ".chromium-installation").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed() or _install()


def _installed() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _install() -> str:
    advice = "The test of the summary page needs Chromium. Install it (on Debian and Ubuntu: apt-get install chromium)."
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        why = "there is no apt-get" if apt is None else "the tests do not run as root"
        raise ToolError(f"{advice} It was not installed now, because {why}.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            [apt, "--quiet", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    found = _installed()
    if done.returncode or not found:
        tail = "\n".join(done.stdout.strip().splitlines()[-5:])
        raise ToolError(f"{advice} apt-get could not do so now:\n{tail}")
    return found


class Browser:
    """One browser with one page. Used as a context; all that it wrote is gone when the context is left."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._number = 0
        self._session: str | None = None
        self._buffer = b""
        self.problems: list[str] = []

    def __enter__(self) -> Browser:
        self._folder = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        # The browser reads from its descriptor 3 and writes to 4.
        its_input, self._to = os.pipe()
        self._from, its_output = os.pipe()
        command = [
            self._program,
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={self._folder.name}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",  # containers have little of it
            "--disable-background-networking",
            "--force-color-profile=srgb",
            "--hide-scrollbars",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),  # root may not have one
            "about:blank",
        ]
        # A shell moves the descriptors: in this process, 3 and 4 may be taken.
        moved = f'exec "$0" "$@" 3<&{its_input} 4>&{its_output}'
        self._log = (Path(self._folder.name) / "log").open("wb")
        self._process = subprocess.Popen(
            ["bash", "-c", moved, *command],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=(its_input, its_output),
            start_new_session=True,
        )
        os.close(its_input)
        os.close(its_output)
        try:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused: object) -> None:
        os.close(self._to)  # which ends it
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        os.close(self._from)
        self._log.close()
        self._folder.cleanup()

    def call(self, method: str, /, **parameters: t.Any) -> Json:
        """Make a call and return its result. :raises ToolError: where the browser refuses it, or does not answer."""
        self._number += 1
        message: Json = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        with suppress(BrokenPipeError):  # what it wrote before it ended is told below
            os.write(self._to, json.dumps(message).encode() + b"\0")
        ends = time.monotonic() + ANSWER_SECONDS
        while True:
            answer = self._receive(ends)
            if answer.get("id") == self._number:
                break
        if "error" in answer:
            raise ToolError(f"Chromium refused {method}: {answer['error']}")
        return t.cast(Json, answer["result"])

    def _receive(self, ends: float) -> Json:
        while b"\0" not in self._buffer:
            ready, _writable, _broken = select.select([self._from], [], [], max(ends - time.monotonic(), 0))
            piece = os.read(self._from, 1 << 20) if ready else b""
            if not piece:
                log = (Path(self._folder.name) / "log").read_text(errors="replace")[-800:]
                raise ToolError(f"Chromium {'ended' if ready else 'did not answer in time'}. It wrote:\n{log}")
            self._buffer += piece
        text, _zero, self._buffer = self._buffer.partition(b"\0")
        message: Json = json.loads(text)
        self._note(message)
        return message

    def _note(self, message: Json) -> None:
        """Remember what the console shows in red or yellow, exceptions, and requests for anything but the page."""
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(f"exception: {parameters['exceptionDetails']}")
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(f"console: {parameters['type']}: {parameters['args']}")
        elif method == "Log.entryAdded":
            self.problems.append(f"log: {parameters['entry']['level']}: {parameters['entry']['text']}")
        elif method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith(("file:", "about:")):
            self.problems.append(f"request: {parameters['request']['url'][:200]}")

    def open(
        self, page: Path, *, width: int = 1280, height: int = 900, scheme: str = "light", script: bool = True
    ) -> None:
        """Open a file, at a width and in a colour scheme, with or without JavaScript, and wait until it is there."""
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=page.as_uri())
        ends = time.monotonic() + ANSWER_SECONDS
        while self.evaluate("document.readyState + ' ' + location.protocol") != "complete file:":
            if time.monotonic() > ends:
                raise ToolError(f"Chromium did not load {page.name} in time.")
            time.sleep(0.02)

    def evaluate(self, expression: str) -> t.Any:
        """The value of an expression in the page. :raises ToolError: where it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise ToolError(f"{expression[:80]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key, as a person does."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def screenshot(self, file: Path, *, whole: bool = True) -> None:
        """Write the page as PNG: all of it, or what is in the window."""
        data = (
            self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
            if not whole
            else None
        )
        if data is None:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16000), "scale": 1}
            data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        file.write_bytes(base64.b64decode(data))

    def print(self, file: Path) -> None:
        """Write the page as PDF, A4."""
        answer = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True)
        file.write_bytes(base64.b64decode(answer["data"]))
