"""A real headless Chromium, driven by its own debugging protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 60.0
"""Seconds for whatever is awaited; nothing takes that long unless it is broken."""

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--no-proxy-server",
    "--remote-debugging-port=0",
    # Nothing but this machine can be reached; example names lead to it.
    "--host-resolver-rules=MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True)
class Visitor:
    """Who looks: the settings of a browser that a page can notice."""

    languages: str = "nl-NL,nl"
    zone: str = "Europe/Amsterdam"
    width: int = 1280
    height: int = 800
    dark: bool = False
    scripts: bool = True
    prelude: str = ""
    """A script that runs before any of the page's."""

    @property
    def phone(self) -> bool:
        return self.width < 600


@dataclass
class Tab:
    """One page of one visitor, with nothing remembered from others."""

    socket: aiohttp.ClientWebSocketResponse
    session: str = ""
    requests: list[str] = field(default_factory=list)
    """Every address that the page asked for."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _answers: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)

    async def read(self) -> None:
        """Take in what the browser says, until it hangs up."""
        async for message in self.socket:
            said = json.loads(message.data)
            if said.get("method") == "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"]["url"])
            answer = self._answers.pop(said.get("id"), None)
            if answer and not answer.done():
                answer.set_result(said)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol; raises AssertionError with its error."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        await self.socket.send_json(request)
        answer = await asyncio.wait_for(self._answers[number], PATIENCE)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; promises are awaited."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true, whatever page is there by then."""
        async with asyncio.timeout(PATIENCE):
            while not await self._holds(expression):  # noqa: ASYNC110 - the browser tells no event
                await asyncio.sleep(0.02)

    async def _holds(self, expression: str) -> bool:
        # Between two pages there may be nothing that could answer.
        try:
            answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        except AssertionError as error:
            if "navigated or closed" in str(error):
                return False
            raise
        return "exceptionDetails" not in answer and answer["result"].get("value") is True

    async def go(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def press(self, key: str, code: int) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )

    async def screenshot(self, path: Path) -> None:
        """Save what the visitor sees as PNG."""
        answer = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(_keep, path, base64.b64decode(answer["data"]))


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@dataclass(frozen=True)
class Chromium:
    """A running browser."""

    endpoint: str

    @asynccontextmanager
    async def tab(self, visitor: Visitor) -> AsyncIterator[Tab]:
        """Open a tab in a profile of its own until the block ends."""
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(self.endpoint, max_msg_size=0) as socket,
        ):
            tab = Tab(socket)
            reading = asyncio.create_task(tab.read())
            context = (await tab.call("Target.createBrowserContext"))["browserContextId"]
            try:
                await _dress(tab, context, visitor)
                yield tab
            finally:
                tab.session = ""
                await tab.call("Target.disposeBrowserContext", browserContextId=context)
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


async def _dress(tab: Tab, context: str, visitor: Visitor) -> None:
    agent = (await tab.call("Browser.getVersion"))["userAgent"]
    target = await tab.call("Target.createTarget", url="about:blank", browserContextId=context)
    attached = await tab.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
    tab.session = attached["sessionId"]
    for domain in ("Page", "Network", "Runtime"):
        await tab.call(f"{domain}.enable")
    scheme = {"name": "prefers-color-scheme", "value": "dark" if visitor.dark else "light"}
    await tab.call("Emulation.setEmulatedMedia", features=[scheme])
    await tab.call("Emulation.setTimezoneOverride", timezoneId=visitor.zone)
    await tab.call(
        "Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=visitor.languages
    )
    await tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=visitor.width,
        height=visitor.height,
        deviceScaleFactor=2 if visitor.phone else 1,
        mobile=visitor.phone,
    )
    await tab.call("Emulation.setScriptExecutionDisabled", value=not visitor.scripts)
    if visitor.prelude:
        await tab.call("Page.addScriptToEvaluateOnNewDocument", source=visitor.prelude)


def find() -> str | None:
    """Find the browser's program."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium(program: str) -> Iterator[Chromium]:
    """Run the browser until the block ends, with a profile that nobody else uses."""
    profile = Path(tempfile.mkdtemp(prefix="chromium-"))
    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        env={**os.environ, "HOME": str(profile)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Chromium(_endpoint(process, profile / "DevToolsActivePort"))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # Its children let go of their files a moment later.
        shutil.rmtree(profile, ignore_errors=True)


def _endpoint(process: subprocess.Popen[bytes], told: Path) -> str:
    until = time.monotonic() + PATIENCE
    while not told.exists() or told.read_text().count("\n") < 1:
        assert process.poll() is None, "Chromium ended"
        assert time.monotonic() < until, "Chromium does not answer"
        time.sleep(0.05)
    port, path = told.read_text().split("\n")[:2]
    return f"ws://127.0.0.1:{port}{path}"
