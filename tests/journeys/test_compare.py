"""Pointing, comparing on one clock, places, many files and Chinese, in a real browser."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import media_made
from tests.numbered import READ, numbered

from .test_main_job import RENDER, arrive, send, state
from .waiting import until

pytestmark = pytest.mark.browser


def begin(page: Page) -> None:
    page.click("[data-compare-start]")
    expect(page.locator(".compare.running .before canvas")).to_be_visible()


def apart(page: Page, samples: int) -> list[int]:
    found = []
    for _ in range(samples):
        page.wait_for_timeout(150)
        left, right = page.evaluate(READ)
        found.append(abs(left - right))
    return found


@pytest.mark.parametrize("words", ["mp4, quality 80", "gif, from 0.4 s to 1.6 s, 2x speed"])
def test_both_sides_show_the_same_frame(page: Page, media: Path, words: str) -> None:
    source = media_made.gif(media / "numbers.gif", numbered(50), 4)
    send(page, source, words)
    state(page, "finished")
    wanted: list[str] = []
    page.on("request", lambda request: wanted.append(request.url))
    page.wait_for_timeout(300)
    assert not [url for url in wanted if re.search(r"/m/[\w-]+$", url)], "the original is only sent when it is wanted"
    begin(page)
    assert max(apart(page, 12)) <= 1
    page.focus("[data-pair]")
    page.keyboard.press("Space")
    until(page, "document.querySelector('[data-play]').getAttribute('aria-pressed') === 'false'")
    before = None
    while before != (before := page.evaluate(READ)):  # until the last picture on its way has come
        page.wait_for_timeout(300)
    page.keyboard.press(".")
    page.wait_for_timeout(400)
    after = page.evaluate(READ)
    assert after[0] == min(before[0] + 1, 49)
    assert abs(after[0] - after[1]) <= 1
    page.click("[data-diff]")
    expect(page.locator("canvas.diff")).to_be_visible()
    page.click("[data-side]")
    expect(page.locator("[data-diff]")).to_have_attribute("aria-pressed", "false")


def test_crop_trim_and_width_without_typing(page: Page, media: Path) -> None:
    source = media_made.gif(media / "wide.gif", media_made.scene(240, 160, 12), 10)
    page.goto("/")
    page.set_input_files("input[name=file]", source)
    page.click("[data-point] summary")
    expect(page.locator("[data-cutter]")).to_be_visible()
    page.select_option("[data-ratio]", "1:1")
    page.evaluate("(() => { const end = document.querySelector('[data-end-at]'); end.value = 600;"
                  " end.dispatchEvent(new Event('input')); end.dispatchEvent(new Event('change')); })()")  # fmt: skip
    page.focus("[data-dial=width]")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#words")).to_have_value(re.compile("crop to 160x160 at 40,0, from 0 s to 0.6 s, 238 px wide"))
    page.fill("#words", "first 1 second, 100 px wide")
    until(page, "document.querySelector('[data-dial=width]').value === '100'")
    until(page, "document.querySelector('[data-end-at]').value === '1000'")
    page.click("form[data-start] button[type=submit]")
    arrive(page)
    state(page, "finished")
    page.go_back()
    expect(page.locator("#words")).to_have_value("first 1 second, 100 px wide")
    expect(page.locator("[data-held]")).to_contain_text("wide.gif")


def test_a_place_without_typing(page: Page, small_gif: Path) -> None:
    page.goto("/places")
    page.click("text=Slack emoji")
    page.set_input_files("input[name=file]", small_gif)
    page.click("form[data-start] button[type=submit]")
    arrive(page)
    state(page, "finished")
    expect(page.locator("#rules-title")).to_have_text("Slack emoji takes it")


def test_a_file_that_a_place_refuses_is_made_to_pass(page: Page, media: Path) -> None:
    large = media_made.gif(media / "large for kick.gif", media_made.scene(640, 360, 6), 10)
    page.goto("/check")
    page.set_input_files("input[name=file]", large)
    page.select_option("#place", "kick-emote")
    page.click("form[data-start] button[type=submit]")
    expect(page.locator("#verdict")).to_contain_text("would refuse it")
    page.click("text=Make it pass")
    arrive(page)
    state(page, "finished")
    expect(page.locator("#rules-title")).to_have_text("Kick emote takes it")
    expect(page.locator(".headline .chips")).to_contain_text("For Kick emote")


def test_many_files_with_a_bad_one(page: Page, small_gif: Path, media: Path) -> None:
    bad = media / "letter.gif"
    bad.write_text("a letter")
    other = media_made.gif(media / "other.gif", media_made.scene(64, 48, 5))
    page.goto("/")
    page.set_input_files("input[name=file]", [small_gif, bad, other])
    page.fill("#words", "gif, under 20KB")
    page.click("form[data-start] button[type=submit]")
    page.wait_for_url(re.compile(r"/b/[\w-]+$"))
    expect(page.locator("#batch")).to_contain_text("2 of 3 ready")
    expect(page.locator("#batch")).to_contain_text("Refused")
    answer = page.request.get(str(page.get_attribute("[data-download]", "href")))
    with zipfile.ZipFile(io.BytesIO(answer.body())) as made:
        about = json.loads(made.read("manifest.json"))
        assert [line["state"] for line in about["files"]] == ["finished", "finished", "refused"]
        assert all(len(made.read(line["file"])) == line["bytes_after"] <= 20_000 for line in about["files"][:2])


def test_the_main_job_in_chinese(visitor: Callable[..., Page], small_gif: Path) -> None:
    page = visitor(locale="zh-CN", viewport={"width": 390, "height": 844})
    send(page, small_gif, "不超过100KB的gif")
    state(page, "finished")
    expect(page.locator("[data-compare-start]")).to_contain_text("与原文件比较")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert RENDER.search(page.url)
