"""A large file on a bad line: the connection goes and comes back, the page is closed, the web server is killed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.live import Site, wait_until

from .test_main_job import RENDER, arrive

pytestmark = pytest.mark.browser
LINE = 400_000  # bytes a second, so that something can happen on the way


@pytest.fixture(scope="module")
def large(media: Path, small_gif: Path) -> Path:
    """A GIF of 6 MB: a small one with a comment that nothing shows."""
    content = small_gif.read_bytes()
    noise = os.urandom(6_000_000)
    blocks = b"".join(bytes([len(part)]) + part for part in (noise[i : i + 255] for i in range(0, len(noise), 255)))
    path = media / "large.gif"
    path.write_bytes(content[:-1] + b"\x21\xfe" + blocks + b"\x00" + content[-1:])
    return path


COUNT = """
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (body) {
  if (body instanceof Blob) window.isSent(body.size);
  return send.call(this, body);
};
"""


class Line:
    """The page's connection, slowed down; counts the bytes of every piece that was begun."""

    def __init__(self, page: Page) -> None:
        self.sent = 0
        page.expose_function("isSent", self.count)
        page.add_init_script(COUNT)
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.be(LINE)

    def count(self, size: int) -> None:
        self.sent += size

    def be(self, rate: int, offline: bool = False) -> None:
        how = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
        self.session.send("Network.emulateNetworkConditions", how)


def begin(page: Page, file: Path) -> None:
    page.goto("/")
    page.set_input_files("input[name=file]", file)
    page.fill("input[name=words]", "gif, under 100KB")


def until(page: Page, percent: int) -> None:
    page.wait_for_function(
        "(n) => Number(document.querySelector('[data-sending] [data-pct]').textContent) >= n", arg=percent
    )


def test_offline_in_mid_upload_and_back(page: Page, large: Path) -> None:
    line = Line(page)
    begin(page, large)
    page.click("button[type=submit]")
    until(page, 50)
    expect(page.locator("[data-sent]")).to_have_text(re.compile(r"of .* MB, .* a second, \d+ s left"))
    line.be(-1, offline=True)
    expect(page.locator("[data-sent]")).to_have_text(re.compile("goes on by itself"))
    time.sleep(20)
    line.be(-1)
    arrive(page)
    again = line.sent - large.stat().st_size
    print(f"sent again after a cut of 20 s: {again} bytes, {100 * again / large.stat().st_size:.1f} %")
    assert 0 <= again < 0.1 * large.stat().st_size


def test_the_web_server_is_killed_in_mid_upload(page: Page, site: Site, large: Path) -> None:
    line = Line(page)
    begin(page, large)
    page.click("button[type=submit]")
    until(page, 40)
    for pid in site.pids("serve"):
        os.kill(pid, signal.SIGKILL)
    line.be(-1)
    arrive(page)
    assert large.stat().st_size <= line.sent < 1.1 * large.stat().st_size
    wait_until(site.healthy, 60, "a healthy site")


def test_the_same_file_after_a_reload_goes_on(page: Page, large: Path) -> None:
    line = Line(page)
    begin(page, large)
    page.click("button[type=submit]")
    until(page, 60)
    begin(page, large)
    line.be(-1)
    page.click("button[type=submit]")
    arrive(page)
    assert large.stat().st_size <= line.sent < 1.1 * large.stat().st_size


def test_stop_ends_it(page: Page, large: Path) -> None:
    Line(page)
    begin(page, large)
    page.click("button[type=submit]")
    until(page, 10)
    page.click("[data-stop]")
    expect(page.locator("[data-sending]")).to_be_hidden()
    assert page.url.endswith("/")


def test_an_address_is_pasted_dropped_or_named(visitor: Callable[..., Page]) -> None:
    page = visitor()
    page.goto("/?url=https://example.org/a.gif")
    field = page.locator("input[name=url]")
    expect(field).to_be_visible()
    expect(field).to_have_value("https://example.org/a.gif")
    page.goto("/")
    expect(field).to_be_hidden()
    page.evaluate(
        "() => { const box = new DataTransfer(); box.setData('text/plain', 'http://127.0.0.1/b.gif');"
        " document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: box, bubbles: true })); }"
    )
    expect(field).to_have_value("http://127.0.0.1/b.gif")
    page.click("button[type=submit]")
    expect(page.locator("[data-refused]")).to_contain_text("may not be reached")
    page.evaluate(
        "() => { const box = new DataTransfer(); box.setData('text/uri-list', 'https://example.org/c.gif');"
        " document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: box, bubbles: true })); }"
    )
    expect(field).to_have_value("https://example.org/c.gif")
    assert not RENDER.search(page.url)
