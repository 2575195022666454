"""The main job in a real browser: drop a file, say how small, watch it, take it home, show it to somebody."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as Late

from tests.needs import program

from .waiting import until

pytestmark = pytest.mark.browser
RENDER = re.compile(r"/r/[\w-]+$")


def state(page: Page, name: str) -> None:
    expect(page.locator("[data-render]")).to_have_attribute("data-state", name)


def send(page: Page, file: Path, words: str) -> None:
    """Fill the form as a person would, and arrive at the render's page."""
    page.goto("/")
    page.set_input_files("input[name=file]", file)
    page.fill("input[name=words]", words)
    page.click("button[type=submit]")
    arrive(page)


def arrive(page: Page) -> None:
    """At the render's page; a refusal in place is the failure's own sentence."""
    try:
        page.wait_for_url(RENDER)
    except Late as late:
        raise AssertionError(f"no render: {page.inner_text('main form')}") from late


def download(page: Page, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.click("[data-download]")
    kept = folder / waiting.value.suggested_filename
    waiting.value.save_as(kept)
    return kept


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_by_form_to_a_file_under_the_line(page: Page, heavy_gif: Path, tmp_path: Path) -> None:
    send(page, heavy_gif, "under 500KB mp4")
    state(page, "finished")
    kept = download(page, tmp_path)
    assert kept.suffix == ".mp4"
    assert 0 < kept.stat().st_size <= 500_000
    assert frames_in(kept) == 24
    told = page.locator(".sum").inner_text().replace(",", "")
    assert str(kept.stat().st_size) in told, "the page says the bytes that were downloaded"


def test_the_result_opens_in_another_program(page: Page, small_gif: Path, tmp_path: Path) -> None:
    ffprobe = program("ffprobe")
    send(page, small_gif, "under 100KB gif")
    state(page, "finished")
    kept = download(page, tmp_path)
    ask = [
        ffprobe,
        "-v",
        "error",
        "-count_frames",
        "-show_entries",
        "stream=codec_name,nb_read_frames",
        "-of",
        "csv=p=0",
    ]
    answer = subprocess.run([*ask, str(kept)], capture_output=True, text=True, check=True).stdout.strip()
    name, count = answer.split(",")
    assert name == "gif"
    assert int(count) >= 2
    assert kept.stat().st_size <= 100_000


def test_by_drop(page: Page, small_gif: Path) -> None:
    page.goto("/")
    held = page.evaluate_handle(
        """(text) => {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          const box = new DataTransfer();
          box.items.add(new File([bytes], "dropped.gif", { type: "image/gif" }));
          return box;
        }""",
        base64.b64encode(small_gif.read_bytes()).decode(),
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": held})
    expect(page.locator("html")).to_have_class(re.compile("over-page"))
    page.dispatch_event("body", "drop", {"dataTransfer": held})
    expect(page.locator("[data-held]")).to_contain_text("dropped.gif")
    page.click("[data-examples] button >> text=half the size")
    page.click("button[type=submit]")
    arrive(page)
    expect(page.locator(".headline")).to_contain_text("dropped.gif")
    state(page, "finished")


def test_progress_is_seen_moving(page: Page, heavy_gif: Path) -> None:
    send(page, heavy_gif, "under 100KB mp4")
    state(page, "finished")
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen), seen
    assert len({n for n in seen if 0 < n < 100}) >= 2, seen
    expect(page.locator("[data-rows] tr").first).to_be_attached()
    expect(page.locator("[data-cups] svg")).to_be_visible()


def test_what_the_words_mean_is_echoed(page: Page) -> None:
    page.goto("/")
    page.fill("input[name=words]", "under 640KB as a gif")
    expect(page.locator("[data-brim]")).to_have_text("640 KB")
    expect(page.locator("[data-told] .chip").first).to_be_visible()
    page.fill("input[name=words]", "<b>bogus</b> xyzzy")
    expect(page.locator("[data-told]")).to_contain_text("xyzzy")
    assert page.locator("[data-told] b").count() == 0, "what was typed is text, never markup"


@pytest.mark.parametrize("width", [390, 1440])
def test_what_is_told_of_attempts_moves_nothing(visitor: Callable[..., Page], heavy_gif: Path, width: int) -> None:
    page = visitor(viewport={"width": width, "height": 844})
    send(page, heavy_gif, "under 110KB avif")
    # As the page is before anything is told, and with the longest that can be.
    tops = page.evaluate(
        """() => {
          const [line, stop] = [document.querySelector("[data-latest]"), document.querySelector("[data-cancel]")];
          return ["", "Attempt 1: 98 KB", "Attempt 12: 1,234 KB, 134.6 KB under the limit"].map((text) => {
            line.textContent = text;
            return stop.getBoundingClientRect().top;
          });
        }"""
    )
    assert max(tops) - min(tops) < 1, tops
    page.click("[data-cancel] button")  # else the tests that follow wait for a worker
    state(page, "cancelled")


def test_a_balance_of_four_digits_keeps_the_navigation_in_one_row(
    visitor: Callable[..., Page], small_gif: Path
) -> None:
    page = visitor(viewport={"width": 390, "height": 844})
    send(page, small_gif, "mp4")
    state(page, "finished")
    rows = """(text) => {
      document.querySelector("[data-balance]").textContent = text;
      const tops = [...document.querySelectorAll(".top nav a")].map((one) => one.getBoundingClientRect().top);
      return new Set(tops.map(Math.round)).size;
    }"""
    assert [page.evaluate(rows, text) for text in ("99 credits", "1200 credits", "9999 credits")] == [1, 1, 1]


def test_reload_and_a_lost_socket_in_the_middle(page: Page, heavy_gif: Path) -> None:
    send(page, heavy_gif, "under 90KB mp4")
    until(page, "window.sockets.length && window.seen.some((n) => n > 0)")
    page.reload()
    until(page, "window.sockets.at(-1)?.readyState === 1 || document.querySelector('[data-state=finished]')")
    page.evaluate("window.sockets.at(-1)?.close()")
    state(page, "finished")
    expect(page.locator("[data-download]")).to_be_visible()


def test_polling_takes_over_where_sockets_are_blocked(visitor: Callable[..., Page], heavy_gif: Path) -> None:
    page = visitor()
    page.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 20); } close() {} };"
    )
    send(page, heavy_gif, "under 80KB mp4")
    state(page, "finished")
    expect(page.locator("[data-download]")).to_be_visible()


def test_stop(page: Page, heavy_gif: Path) -> None:
    send(page, heavy_gif, "under 120KB gif")
    until(page, "window.seen.some((n) => n > 0)")
    page.click("[data-cancel] button")
    expect(page.locator("[data-render]")).to_have_attribute("data-state", "cancelled", timeout=5_000)
    balance = page.locator("[data-balance]").inner_text()
    page.reload()
    assert page.locator("[data-balance]").inner_text() == balance == "100 credits", "what was held came back at once"
    state(page, "cancelled")
    page.fill("[data-again] input[name=words]", "mp4")
    page.click("[data-again] button")
    page.wait_for_url(RENDER)
    state(page, "finished")


def test_cannot_fit_shows_the_closest_and_a_way(page: Page, small_gif: Path) -> None:
    send(page, small_gif, "gif under 20 bytes")
    state(page, "finished")
    expect(page.locator(".note.bad").first).to_contain_text("cannot be 20 bytes")
    expect(page.locator("[data-download]")).to_be_visible()
    before = page.url
    page.click("[data-retry] >> nth=0")
    page.wait_for_url(lambda url: url != before and bool(RENDER.search(url)))
    expect(page.locator("[data-render]")).to_be_visible()


def test_share_and_take_it_back(page: Page, visitor: Callable[..., Page], small_gif: Path, tmp_path: Path) -> None:
    send(page, small_gif, "mp4")
    state(page, "finished")
    own = page.url
    page.click("[data-share]")
    link = page.input_value("#share-link")
    stranger = visitor()
    answer = stranger.goto(link)
    assert answer is not None
    assert answer.status == 200
    until(stranger, "document.querySelector('.stage video')?.readyState >= 2")
    assert frames_in(download(stranger, tmp_path)) == 12
    closed = stranger.goto(own)
    assert closed is not None
    assert closed.status == 404, "the link opens the result, not the owner's page"
    page.click("[data-revoke]")
    expect(page.locator("[data-share]")).to_be_visible()
    gone = stranger.goto(link)
    assert gone is not None
    assert gone.status in (404, 410)


def test_only_mine_are_listed(page: Page, visitor: Callable[..., Page], small_gif: Path) -> None:
    send(page, small_gif, "as small as it gets, webp")
    state(page, "finished")
    page.goto("/renders")
    expect(page.locator(".shelf li")).to_have_count(1)
    other = visitor()
    other.goto("/renders")
    expect(other.locator(".shelf li")).to_have_count(0)
    expect(other.locator("h1")).to_have_text("No files yet")


def test_without_javascript(visitor: Callable[..., Page], heavy_gif: Path) -> None:
    page = visitor(java_script_enabled=False)
    send(page, heavy_gif, "under 150KB mp4")
    # The page reloads itself; nobody presses anything.
    page.wait_for_selector("[data-state=finished]")
    answer = page.request.get(str(page.get_attribute("[data-download]", "href")))
    assert answer.status == 200
    assert 0 < len(answer.body()) <= 150_000


def test_too_large_is_refused_before_sending(page: Page, tmp_path: Path) -> None:
    huge = tmp_path / "huge.gif"
    with huge.open("wb") as file:
        file.truncate(200_000_001)
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.goto("/")
    page.set_input_files("input[name=file]", huge)
    expect(page.locator("[data-refused]")).to_contain_text("200 MB")
    page.fill("input[name=words]", "mp4")
    page.click("button[type=submit]")
    assert posts == []


def test_not_a_picture_is_said_in_place(page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "fake.gif"
    fake.write_text("this is a letter, not a picture")
    page.goto("/")
    page.set_input_files("input[name=file]", fake)
    expect(page.locator("[data-point]")).to_be_visible()
    page.click("button[type=submit]")
    expect(page.locator("[data-refused]")).to_be_visible()
    assert page.url.endswith("/")
    expect(page.locator("[data-point]")).to_be_hidden()
    expect(page.locator("[data-weigh]")).to_be_hidden()


def test_a_chosen_file_is_replaced_by_mouse_touch_and_keyboard(
    visitor: Callable[..., Page], small_gif: Path, heavy_gif: Path
) -> None:
    page = visitor(has_touch=True)
    page.goto("/")
    page.set_input_files("input[name=file]", small_gif)
    held = page.locator("[data-held]")

    def middle(of: Locator) -> tuple[float, float]:
        box = of.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def replaced(press: Callable[[], None], by: Path) -> None:
        expect(held).to_contain_text("To replace it, drop another here, or choose another")
        expect(held.locator("img")).to_be_visible()
        with page.expect_file_chooser() as chosen:
            press()
        chosen.value.set_files(by)
        expect(held).to_contain_text(by.name)

    replaced(lambda: page.mouse.click(*middle(held.get_by_text("choose another"))), heavy_gif)
    replaced(lambda: page.touchscreen.tap(*middle(held.locator("img"))), small_gif)
    page.focus("input[name=file]")
    replaced(lambda: page.keyboard.press("Enter"), heavy_gif)
    page.click("form[data-start] button[type=submit]")
    arrive(page)
    expect(page.locator(".headline")).to_contain_text("heavy.gif")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_format_that_is_not_made_is_told_once(visitor: Callable[..., Page], small_gif: Path, locale: str) -> None:
    page = visitor(locale=locale)
    page.goto("/")
    page.set_input_files("input[name=file]", small_gif)
    page.fill("input[name=words]", "mov")
    chip = page.locator("[data-told] .missed")
    expect(chip).to_contain_text("MOV")
    page.click("form[data-start] button[type=submit]")
    expect(page.locator("[data-refused]")).to_contain_text("MOV")
    expect(chip).to_be_hidden()
    page.fill("input[name=words]", "mp4")
    expect(page.locator("[data-refused]")).to_be_hidden()


def test_colours_are_remembered(page: Page) -> None:
    page.goto("/")
    button = page.locator("button.theme")
    button.click()
    button.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/renders")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 21, 22)"


def test_by_keyboard_alone(page: Page, small_gif: Path) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.set_input_files("input[name=file]", small_gif)
    page.focus("input[name=words]")
    page.keyboard.type("under 90KB gif")
    page.keyboard.press("Enter")
    page.wait_for_url(RENDER)
    state(page, "finished")
    slider = page.locator("[data-cut]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("51")


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_page_is_wider_than_the_phone(visitor: Callable[..., Page], small_gif: Path, width: int) -> None:
    page = visitor(viewport={"width": width, "height": 844})
    send(
        page,
        small_gif,
        "under 80KB without losing too much quality and please for the love of everything keep it a gif",
    )
    state(page, "finished")
    own = page.url
    for path in (own, "/", "/renders", "/nothing-here"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
