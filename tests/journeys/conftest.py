"""The real site on a free port with its own data, and a real Chromium in front of it: both once for this folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import media_made
from tests.needs import program

ROOT = Path(__file__).resolve().parent.parent.parent
READY_S = 120.0
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Written down in the page itself: every percent that was shown, every socket that was opened, every broken rule.
WATCH = """
window.seen = []; window.sockets = []; window.broken = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.broken.push(e.violatedDirective + " " + e.blockedURI));
const Plain = window.WebSocket;
window.WebSocket = class extends Plain { constructor(...a) { super(...a); window.sockets.push(this); } };
new MutationObserver(() => {
  const shown = document.querySelector("[data-render] [data-pct]");
  const now = shown && Number(shown.textContent);
  if (shown && window.seen.at(-1) !== now) window.seen.push(now);
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that was started for these tests: web server, worker and beat, on empty data."""
    folder = tmp_path_factory.mktemp("site")
    port = _free_port()
    environment = {k: v for k, v in os.environ.items() if k not in ("DATA_DIR", "BASE_URL", "DEBUG")}
    environment |= {"DATA_DIR": str(folder / "var"), "DJANGO_SETTINGS_MODULE": "gifweb.settings"}
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "prepare"], env=environment, check=True, capture_output=True)
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([*manage, "up", "--port", str(port)], env=environment, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        end = monotonic() + READY_S
        while not _ready(url):
            if process.poll() is not None or monotonic() > end:
                pytest.fail(f"the site did not start:\n{log.read_text(errors='replace')[-4000:]}")
            sleep(0.2)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Once for this folder and no longer: its event loop must not outlive these tests."""
    path = program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Makes somebody new: a page in a clean context. At the end no page may have broken a rule or thrown."""
    contexts: list[BrowserContext] = []
    thrown: list[str] = []

    def make(**options: object) -> Page:
        context = browser.new_context(base_url=site, **{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(45_000)
        context.add_init_script(WATCH)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        return page

    yield make
    broken = [
        note
        for context in contexts
        for page in context.pages
        if not page.is_closed() and page.url.startswith(site)
        for note in page.evaluate("window.broken ?? []")
    ]
    for context in contexts:
        context.close()
    assert not thrown, thrown
    assert not broken, broken


@pytest.fixture
def page(visitor: Callable[..., Page]) -> Page:
    return visitor()


@pytest.fixture(scope="package")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="package")
def small_gif(media: Path) -> Path:
    """Made in a moment: 12 frames of 160 x 120."""
    return media_made.gif(media / "small.gif", media_made.scene(160, 120, 12), 8)


@pytest.fixture(scope="package")
def heavy_gif(media: Path) -> Path:
    """Work for some seconds: 40 grainy frames of 480 x 360, several megabytes."""
    return media_made.gif(media / "heavy.gif", media_made.scene(480, 360, 40, noise=40), 6)
