"""Firefox and WebKit, driven the way their makers offer: WebDriver BiDi, and WebKitWebDriver.

Only what the journeys need: open a page, run a function there, choose files, click, press a key. Chromium has
Playwright.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.live import free_port, wait_until
from tests.needs import program

PATIENCE_S = 90.0
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
KEYS = {"Space": " ", "ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Tab": "\ue004", "Enter": "\ue007"}


class Engine(Protocol):
    """A browser with one page."""

    def open(self, url: str) -> None: ...

    def run(self, function: str, *arguments: Any) -> Any:
        """What the function answers, e.g. ``run("(a) => a + 1", 2)``; a promise is waited for."""

    def choose(self, selector: str, *paths: Path) -> None: ...

    def click(self, selector: str) -> None: ...

    def press(self, key: str) -> None: ...

    def close(self) -> None: ...


def until(engine: Engine, expression: str) -> Any:
    """The first true value of the expression in the page."""

    def value() -> Any:
        try:
            return engine.run(f"() => {expression}")
        except (RuntimeError, httpx.HTTPError):  # on its way to another page
            return None

    return wait_until(value, PATIENCE_S, expression)


def fill(engine: Engine, selector: str, text: str) -> None:
    engine.run(
        "(selector, text) => { const field = document.querySelector(selector); field.focus(); field.value = text;"
        " for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true })); }",
        selector,
        text,
    )


class Firefox:
    """Debian's firefox-esr over WebDriver BiDi."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        Path(self.folder.name, "user.js").write_text(
            'user_pref("app.normandy.enabled", false); user_pref("browser.shell.checkDefaultBrowser", false);\n'
            'user_pref("media.autoplay.default", 0); user_pref("intl.accept_languages", "en-GB");\n'
        )
        told = Path(self.folder.name, "told")
        with told.open("w") as log:
            command = [program("firefox-esr"), "--headless", "--no-remote", "--profile", self.folder.name]
            command += ["--remote-debugging-port", str(free_port())]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        found = wait_until(lambda: LISTENING.search(told.read_text()), PATIENCE_S, "Firefox that can be driven")
        self.socket: ClientConnection = connect(f"{found[1]}/session", max_size=None)
        self.numbers = itertools.count(1)
        self.call("session.new", capabilities={})
        self.page = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv(PATIENCE_S))).get("id") != number:
            pass
        if answer["type"] != "success":
            raise RuntimeError(f"{method}: {answer.get('message')}")
        return dict(answer["result"])

    def _evaluated(self, function: str, *arguments: dict[str, Any]) -> dict[str, Any]:
        answer = self.call(
            "script.callFunction",
            functionDeclaration=function,
            arguments=arguments,
            target={"context": self.page},
            awaitPromise=True,
        )
        if answer["type"] != "success":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return dict(answer["result"])

    def open(self, url: str) -> None:
        self.call("browsingContext.navigate", context=self.page, url=url, wait="complete")

    def run(self, function: str, *arguments: Any) -> Any:
        whole = f"async () => JSON.stringify(await ({function})({', '.join(map(json.dumps, arguments))}))"
        answer = self._evaluated(whole)
        return json.loads(answer["value"]) if answer["type"] == "string" else None

    def _element(self, selector: str) -> dict[str, Any]:
        """Once it stands still: a picture that loads above a button moves it away from the pointer."""
        found = self._evaluated(
            "async (selector) => { const one = document.querySelector(selector);"
            " one.scrollIntoView({ block: 'center' }); let was = null; for (;;) {"
            " const now = JSON.stringify(one.getBoundingClientRect()); if (now === was) return one; was = now;"
            " await new Promise((go) => setTimeout(go, 150)); } }",
            {"type": "string", "value": selector},
        )
        return {"sharedId": found["sharedId"]}

    def choose(self, selector: str, *paths: Path) -> None:
        self.call("input.setFiles", context=self.page, element=self._element(selector), files=list(map(str, paths)))

    def click(self, selector: str) -> None:
        at = {"type": "element", "element": self._element(selector)}
        moves = [{"type": "pointerMove", "x": 0, "y": 0, "origin": at}]
        moves += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.call("input.performActions", context=self.page, actions=[{"type": "pointer", "id": "m", "actions": moves}])

    def press(self, key: str) -> None:
        value = KEYS.get(key, key)
        strokes = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.call("input.performActions", context=self.page, actions=[{"type": "key", "id": "k", "actions": strokes}])

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
        self.folder.cleanup()


class WebKit:
    """Debian's WebKitGTK in its small browser, on a screen in memory."""

    def __init__(self) -> None:
        driver, screen = program("WebKitWebDriver"), program("Xvfb")
        browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
        self.processes: list[subprocess.Popen[Any]] = []
        read, write = os.pipe()
        self._begin([screen, "-displayfd", str(write), "-screen", "0", "1400x1000x24"], pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as told:
            display = told.readline().strip()
        port = free_port()
        environment = os.environ | {
            "DISPLAY": f":{display}",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # it has no user namespaces in a container
        }
        self._begin([driver, "-p", str(port)], env=environment)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False)
        options = {"binary": str(browsers[-1]), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}}

        def session() -> Any:
            try:
                return self.call("POST", "", capabilities=wanted)
            except httpx.ConnectError:
                return None

        self.path = ""
        self.path = f"/{wait_until(session, PATIENCE_S, 'a session of WebKit')['sessionId']}"
        self.call("POST", "/timeouts", script=int(PATIENCE_S * 1000))

    def _begin(self, command: list[str], **options: Any) -> None:
        self.processes.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        )

    def call(self, verb: str, path: str, **body: Any) -> Any:
        answer = self.http.request(verb, f"/session{self.path}{path}", json=body if verb == "POST" else None)
        value = answer.json()["value"]
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {value.get('message')}")
        return value

    def open(self, url: str) -> None:
        self.call("POST", "/url", url=url)

    def run(self, function: str, *arguments: Any) -> Any:
        script = (
            "const done = arguments[arguments.length - 1];"
            f" Promise.resolve().then(() => ({function})(...Array.from(arguments).slice(0, -1)))"
            ".then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));"
        )
        answer = self.call("POST", "/execute/async", script=script, args=list(arguments))
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def _element(self, selector: str) -> str:
        return str(next(iter(self.call("POST", "/element", using="css selector", value=selector).values())))

    def choose(self, selector: str, *paths: Path) -> None:
        self.call("POST", f"/element/{self._element(selector)}/value", text="\n".join(map(str, paths)))

    def click(self, selector: str) -> None:
        # The driver waits neither for what is about to be shown nor for a page that scrolls smoothly.
        self.run(
            """async (selector) => {
              const shown = () => document.querySelector(selector)?.getBoundingClientRect().height;
              for (let n = 0; n < 100 && !shown(); n++) await new Promise((done) => setTimeout(done, 50));
              document.querySelector(selector)?.scrollIntoView({ block: "center", behavior: "instant" });
            }""",
            selector,
        )
        self.call("POST", f"/element/{self._element(selector)}/click")

    def press(self, key: str) -> None:
        value = KEYS.get(key, key)
        strokes = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.call("POST", "/actions", actions=[{"type": "key", "id": "k", "actions": strokes}])

    def close(self) -> None:
        try:
            self.call("DELETE", "")
        finally:
            self.http.close()
            for process in reversed(self.processes):
                process.terminate()
                process.wait(30)


ENGINES: dict[str, Callable[[], Engine]] = {"firefox": Firefox, "webkit": WebKit}
