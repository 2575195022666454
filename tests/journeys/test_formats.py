"""One file in all formats: one click on the start page and on a result, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from compressor import message_catalogue, number_format
from compressor.formats import COMPARED

pytestmark = pytest.mark.browser


def cards_stand(page: Page) -> None:
    page.wait_for_url("**/b/*")
    cards = page.locator(".formats > li")
    expect(cards).to_have_count(len(COMPARED))
    expect(page.locator(".formats .weight")).to_have_count(len(COMPARED))
    expect(page.locator(".formats .best")).to_have_count(1)
    for plays in ("everything", "every browser"):
        expect(cards.filter(has_text=f"Plays in {plays}").first).to_be_visible()
    expect(page.locator(".formats figure :is(img, video)")).to_have_count(len(COMPARED))
    expect(page.locator(".formats figure video[autoplay], .formats figure img:not([loading=lazy])")).to_have_count(0)
    expect(page.locator(".chart circle")).to_have_count(len(COMPARED))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_all_formats_by_one_click(visitor: Callable[..., Page], small_gif: Path, scripts: bool) -> None:
    page = visitor(java_script_enabled=scripts)
    page.goto("/")
    page.set_input_files("input[name=file]", small_gif)
    page.fill("input[name=words]", "under 200KB")
    page.get_by_role("button", name="Compare all formats").click()
    cards_stand(page)
    page.get_by_role("link", name="Edit in the studio").click()
    expect(page.locator(".reel rect.video")).to_have_count(1)
    page.go_back()
    page.get_by_role("link", name="Look at WebM", exact=False).click()
    page.wait_for_url("**/r/*")
    page.get_by_role("button", name="Compare all formats").click()
    cards_stand(page)


def test_the_bytes_are_said_before_go(page: Page, small_gif: Path) -> None:
    page.goto("/")
    page.set_input_files("input[name=file]", small_gif)
    page.fill("input[name=words]", "mp4")
    ask = page.get_by_role("button", name="How many bytes will it be?")
    ask.click()
    said = page.locator("[data-weigh] output")
    expect(said).to_contain_text(re.compile(r"About [\d.]+ (KB|bytes) as MP4\. At most 1 credit\."))
    before = said.inner_text()
    page.fill("input[name=words]", "webp")
    expect(said).to_have_text("")
    page.fill("input[name=words]", "mp4")
    page.click("form[data-start] button[type=submit]")
    page.wait_for_url("**/r/*")
    expect(page.locator("[data-render]")).to_have_attribute("data-state", "finished")
    ask.click()
    expect(said).to_have_text(before)


def test_scripts_write_bytes_as_the_server_does(page: Page) -> None:
    page.goto("/")
    say = message_catalogue.words("en")
    limits = (0, 500_000, 512_000, 262_144, 36_823, 8 << 20)
    values = [round(1.37**n) for n in range(2, 70)] + [n + d for n in limits for d in (-60, -1, 0, 1, 60, 400) if n]
    pairs = [(value, limit) for value in values for limit in limits]
    words = """async (pairs) => {
      const all = performance.getEntriesByType("resource").map((one) => one.name);
      const { size, exact } = await import(all.find((one) => /js.words\\b.*\\.js$/.test(one)));
      return pairs.map(([value, limit]) => [size(value, limit), exact(value)]);
    }"""
    assert page.evaluate(words, pairs) == [
        [number_format.size(value, say, limit), number_format.exact(value, say)] for value, limit in pairs
    ]
