"""Who asked for less motion: no film starts by itself, wherever and whenever it comes, and each is played by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import media_made

from .test_main_job import send, state
from .waiting import until

pytestmark = pytest.mark.browser
MOVED = """(film) => new Promise((done) => {
  const at = film.currentTime;
  setTimeout(() => done(film.currentTime !== at), 700);
})"""


@pytest.fixture
def walk(media: Path) -> Path:
    return media_made.film(media / "walk.mp4", media_made.scene(160, 120, 24))


def stands(film: Locator) -> None:
    """It is still and has controls; who starts it is not stopped by what else comes to the page."""
    film.scroll_into_view_if_needed()
    expect(film).to_have_attribute("controls", "")
    assert film.evaluate("(film) => film.paused && !film.autoplay")
    assert not film.evaluate(MOVED)
    film.evaluate("(film) => film.play()")
    film.page.evaluate("document.body.append(document.createElement('p'))")
    assert film.evaluate(MOVED)


def test_films_wait_wherever_they_come(visitor: Callable[..., Page], walk: Path) -> None:
    page = visitor(reduced_motion="reduce")
    page.goto("/")
    page.set_input_files("input[name=file]", walk)
    held = page.locator("[data-held] video")
    stands(held)
    # Its controls lie above the input that takes the presses on all the rest of the box.
    assert held.evaluate(
        "(film) => { const box = film.getBoundingClientRect();"
        " return document.elementFromPoint(box.x + 20, box.bottom - 20) === film; }"
    )
    page.fill("input[name=words]", "under 60KB")
    page.get_by_role("button", name="formats").click()
    page.wait_for_url("**/b/*")
    expect(page.locator("[data-download]")).to_contain_text("5")
    films = page.locator("video[data-seen]")
    expect(films).to_have_count(2)
    for number in range(2):
        stands(films.nth(number))


def test_a_press_on_a_films_controls_plays_it_and_compares_nothing(visitor: Callable[..., Page], walk: Path) -> None:
    page = visitor(reduced_motion="reduce")
    send(page, walk, "mp4")
    state(page, "finished")
    film = page.locator(".after video")
    film.focus()
    page.keyboard.press("Space")
    until(page, "document.querySelector('.after video')?.paused === false")
    box = film.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + box["height"] - 20)
    expect(page.locator("[data-compare]:not(.running) .after video")).to_be_visible()


def test_the_wish_is_heard_while_a_page_is_open(visitor: Callable[..., Page], walk: Path) -> None:
    page = visitor()
    page.goto("/")
    page.set_input_files("input[name=file]", walk)
    film = page.locator("[data-held] video")
    until(page, "document.querySelector('[data-held] video')?.currentTime > 0")
    page.emulate_media(reduced_motion="reduce")
    stands(film)
