"""A headless Chromium, spoken to over its DevTools protocol, for tests of pages."""

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
START_S, ANSWER_S = 30, 20
DOMAINS = ("Page", "Runtime", "Log", "Network")


class Browser:
    """One tab; it keeps what went wrong on its pages and what they asked for."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        for domain in DOMAINS:
            self._ask(f"{domain}.enable")

    def open(self, url: str, size_px: tuple[int, int] = (1280, 900)) -> None:
        """Load a page and wait until all of it is there."""
        self.errors.clear()
        self.requests.clear()
        width, height = size_px
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self._ask("Page.navigate", url=url)
        # A page whose fragment alone differs isn't loaded anew, so ask rather than await an event.
        self.wait_for(
            f"document.readyState === 'complete' && location.href.includes({url[-40:]!r})"
        )

    def run(self, expression: str) -> Any:
        """Return what an expression comes to on the page; a click in it counts as a person's."""
        answer = self._ask(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression holds."""
        until = time.monotonic() + ANSWER_S
        while time.monotonic() < until:
            if self.run(expression):
                return
            time.sleep(0.05)
        raise AssertionError(f"never came true: {expression}; {self.errors}")

    def print_pages(self) -> int:
        """Return how many pages of paper the page takes."""
        answer = self._ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        pdf = base64.b64decode(answer["data"])
        return pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ")

    def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._connection.send(json.dumps(message))
        while True:
            told = json.loads(self._connection.recv(timeout=ANSWER_S))
            if told.get("id") == self._number:
                assert "error" not in told, told["error"]
                return told["result"]
            self._hear(told.get("method", ""), told.get("params", {}))

    def _hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning"}:
            self.errors.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])


@contextmanager
def open_browser(folder: Path) -> Iterator[Browser]:
    """Start a browser of its own, with its profile in `folder`, and end it."""
    assert PROGRAM
    command = [
        PROGRAM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--mute-audio",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_tab(folder), max_size=None, open_timeout=START_S) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def _tab(folder: Path) -> str:
    """Return the address at which the tab listens."""
    place, until = folder / "DevToolsActivePort", time.monotonic() + START_S
    while time.monotonic() < until:
        if place.is_file() and (lines := place.read_text().split()):
            url = f"http://127.0.0.1:{lines[0]}/json/list"
            with urllib.request.urlopen(url, timeout=START_S) as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return tabs[0]["webSocketDebuggerUrl"]
        time.sleep(0.05)
    raise AssertionError("the browser did not start")
