"""What is shared, as strangers meet it: on the link's own page, pasted into another site, and without motion."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.live import Site, free_port, wait_until

from .waiting import PATIENCE_S, until

pytestmark = pytest.mark.browser
RENDER = re.compile(r"/r/[\w-]+$")
IS_STILL = "(picture) => picture.currentSrc !== picture.src || picture.src.startsWith('blob:')"


def made(page: Page, file: Path, words: str) -> None:
    page.goto("/")
    page.set_input_files("input[name=file]", file)
    page.fill("input[name=words]", words)
    page.click("form[data-start] button[type=submit]")
    page.wait_for_url(RENDER)
    expect(page.locator("[data-render]")).to_have_attribute("data-state", "finished")


def shared(page: Page, file: Path, words: str) -> str:
    made(page, file, words)
    page.click("[data-share]")
    return page.input_value("#share-link")


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """Another site that shows what was pasted into it: gives its address."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Nothing on the screen of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def show(pasted: str) -> str:
        path = f"/{len(pages)}"
        pages[path] = f"<!doctype html><meta charset=utf-8><title>x</title><main>{pasted}</main>".encode()
        return f"http://localhost:{server.server_address[1]}{path}"

    yield show
    server.shutdown()
    server.server_close()


def snippet(page: Page, where: str) -> str:
    return page.get_by_label(where, exact=True).input_value()


def test_what_is_pasted_plays_on_another_site(
    visitor: Callable[..., Page], small_gif: Path, elsewhere: Callable[[str], str]
) -> None:
    owner = visitor()
    film, gif = shared(owner, small_gif, "mp4"), shared(owner, small_gif, "gif under 90KB")
    for link, tag in ((film, "video"), (gif, "img")):
        page = visitor()
        page.goto(link)
        code, markdown = snippet(page, "HTML"), snippet(page, "Markdown")
        assert re.search(r"!\[.*?\]\(https?://", markdown)
        for calm in (False, True):
            other = visitor(reduced_motion="reduce" if calm else "no-preference")
            other.goto(elsewhere(code))
            if tag == "video":
                until(other, "document.querySelector('video').readyState >= 2")
                assert other.evaluate("document.querySelector('video').poster") != ""
                if calm:
                    other.wait_for_timeout(500)
                    assert other.evaluate("document.querySelector('video').paused")
                else:
                    until(other, "!document.querySelector('video').paused")
            else:
                until(other, "document.querySelector('img').naturalWidth === 160")
                assert other.evaluate("document.querySelector('img').currentSrc").endswith("poster") is calm


def test_tags_for_other_sites_name_what_is_there(visitor: Callable[..., Page], small_gif: Path) -> None:
    owner = visitor()
    for words, kind in (("mp4", "video/mp4"), ("gif under 80KB", "image/gif")):
        link = shared(owner, small_gif, words)
        page = httpx.get(link).text
        tags = {
            name: html.unescape(value)
            for name, value in re.findall(r'<meta (?:property|name)="((?:og|twitter):[\w:]+)" content="([^"]*)"', page)
        }
        shown = tags["og:video"] if kind.startswith("video") else tags["og:image"]
        answer = httpx.get(shown, headers={"Range": "bytes=0-99"})
        assert (answer.status_code, answer.headers["content-type"], len(answer.content)) == (206, kind, 100)
        assert tags["og:url"] == link
        if kind.startswith("video"):
            assert tags["og:video:type"] == tags["twitter:player:stream:content_type"] == kind
            assert (tags["twitter:card"], tags["twitter:player:width"]) == ("player", "160")
            assert httpx.get(tags["og:image"]).headers["content-type"] == "image/webp"
            assert "x-frame-options" not in answer.headers, "the player stands in a frame"
            assert "frame-ancestors" not in answer.headers["content-security-policy"]
        else:
            assert tags["twitter:card"] == "summary_large_image"


def test_copying_and_counting(visitor: Callable[..., Page], small_gif: Path) -> None:
    owner = visitor()
    link = shared(owner, small_gif, "gif under 70KB")
    stranger = visitor(permissions=["clipboard-read", "clipboard-write"])
    stranger.goto(link)
    stranger.locator(".embeds [data-copy]").first.click()
    expect(stranger.locator(".embeds [data-copy]").first).to_have_text("Copied")
    assert stranger.evaluate("navigator.clipboard.readText()") == snippet(stranger, "HTML")
    stranger.reload()
    owner.reload()
    expect(owner.locator("#share")).to_contain_text("Opened 2 times")


def is_still(picture: Locator, still: bool) -> None:
    """The picture stands still, or moves, as soon as the page has got the other file for it."""
    wait_until(lambda: picture.evaluate(IS_STILL) is still, PATIENCE_S, "still" if still else "moving")


def test_who_wants_no_motion_presses_play(visitor: Callable[..., Page], small_gif: Path) -> None:
    page = visitor(reduced_motion="reduce")
    link = shared(page, small_gif, "gif under 85KB")
    pictures = page.locator("[data-pair] img")
    expect(page.locator("[data-compare] [data-plays]")).to_have_count(1)  # the original comes when somebody compares
    is_still(pictures.last, True)
    page.get_by_role("button", name="Play the result").click()
    is_still(pictures.last, False)
    page.get_by_role("button", name="Stop the result").click()
    is_still(pictures.last, True)

    page.goto(link)
    expect(page.locator(".stage .plays")).to_have_text("Play")
    is_still(page.locator(".stage img"), True)
    page.locator(".stage .plays").focus()
    page.keyboard.press("Enter")
    is_still(page.locator(".stage img"), False)

    made(page, small_gif, "mp4")
    film = page.locator(".after video")
    assert film.evaluate("(film) => film.paused && film.controls")
    # Who did not ask for that has no such button.
    other = visitor()
    other.goto(link)
    expect(other.locator(".stage img")).to_be_visible()
    expect(other.locator(".plays")).to_have_count(0)


def test_files_from_an_origin_of_their_own(visitor: Callable[..., Page], small_gif: Path, tmp_path: Path) -> None:
    """The same site by two names: pages from one, files from the other, no rule broken, nothing sent along."""
    port = free_port()
    running = Site(tmp_path / "data", MEDIA_ORIGIN=f"http://localhost:{port}")
    (tmp_path / "data").mkdir()
    running.port, running.url = port, f"http://127.0.0.1:{port}"
    running.start()
    try:
        page = visitor(base_url=running.url, reduced_motion="reduce")
        cookies: list[str] = []
        page.on("request", lambda r: cookies.append(r.headers.get("cookie", "")) if "localhost" in r.url else None)
        link = shared(page, small_gif, "gif under 90KB")
        expect(page.locator("[data-pair] img")).not_to_have_count(0)
        until(page, "[...document.querySelectorAll('[data-pair] img')].every(one => one.naturalWidth === 160)")
        expect(page.get_by_role("button", name="Play the result")).to_be_visible()
        assert page.evaluate("window.broken") == []
        assert cookies
        assert not any(cookies)
        with page.expect_download() as waiting:
            page.click("[data-download]")
        waiting.value.save_as(tmp_path / "kept.gif")
        assert (tmp_path / "kept.gif").read_bytes()[:3] == b"GIF"
        stranger = visitor(base_url=running.url)
        stranger.goto(link)
        until(stranger, "document.querySelector('.stage img').naturalWidth === 160")
        assert stranger.evaluate("window.broken") == []
    finally:
        running.stop()
