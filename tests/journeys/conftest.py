"""A real Chromium in front of the real site, once for this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import media_made
from tests.live import Site
from tests.needs import program

PATIENCE_MS = 90_000  # a render on a busy machine; nothing waits this long when it is done sooner
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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Once for this folder and no longer: its event loop must not outlive these tests."""
    path = program("chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Makes somebody new: a page in a clean context. At the end no page may have broken a rule or thrown."""
    contexts: list[BrowserContext] = []
    thrown: list[str] = []

    def make(**options: object) -> Page:
        usual: dict[str, object] = {"base_url": site.url, "viewport": {"width": 1280, "height": 800}}
        context = browser.new_context(**usual | options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
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
        if not page.is_closed() and page.url.startswith(site.url)
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
    """Work for some seconds: 24 grainy frames of 240 x 180."""
    return media_made.gif(media / "heavy.gif", media_made.scene(240, 180, 24, noise=24), 6)
