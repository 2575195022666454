"""A project in a real browser: two clips, words, the timeline, the plan taken back and changed, export, download."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from playwright.sync_api import Locator, Page, expect

from tests import media_made

from .test_main_job import RENDER, download, frames_in, send, state

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def clips(media: Path) -> tuple[Path, Path]:
    """One second and half a second, at 10 frames per second."""
    return (
        media_made.film(media / "city.mp4", media_made.scene(160, 120, 10)),
        media_made.film(media / "harbour.mp4", media_made.scene(160, 120, 5, noise=8)),
    )


def begin(page: Page, clips: tuple[Path, Path]) -> None:
    """A project with the first clip on its timeline and the second beside it, on its page."""
    send(page, clips[0], "under 500KB mp4")
    page.goto("/projects")
    page.click("main li a")
    expect(page.locator(".strip li")).to_have_count(2)
    scripted = page.locator("html.js").count() > 0
    if scripted:  # the script takes the button away when it is ready to send by itself
        expect(page.locator("[data-add-go]")).to_be_hidden()
    page.set_input_files("#add-file", clips[1])
    if not scripted:
        page.click("[data-add-go]")
    expect(page.locator(".strip")).to_contain_text("harbour.mp4")


def say(page: Page, words: str, answer: str) -> None:
    page.fill("#words", words)
    page.click("[data-say] button")
    expect(page.locator(".talk .model").last).to_contain_text(answer)


def boxes(page: Page, kind: str) -> Locator:
    return page.locator(f".reel rect.{kind}")


def walk(page: Page, clips: tuple[Path, Path]) -> None:
    """The whole way up to the export; the same with scripts and without."""
    begin(page, clips)
    expect(boxes(page, "video")).to_have_count(1)
    page.click(".strip button >> text=Put at the end")
    expect(boxes(page, "video")).to_have_count(2)
    expect(page.locator(".talk .model").last).to_contain_text("harbour")
    say(page, 'title "Urban Dreams", backwards, as gif, under 300KB', "Urban Dreams")
    expect(boxes(page, "text")).to_have_count(1)
    plan = page.locator("#plan")
    for label in ("As GIF", "At most 300 KB", "Backwards", "Urban Dreams"):
        expect(plan).to_contain_text(label)

    page.click("button[aria-label='Take back: Backwards']")
    expect(page.locator(".talk .model").last).to_contain_text("plays forwards again")
    expect(plan).not_to_contain_text("Backwards")

    page.click("#plan summary >> text=At most 300 KB")
    page.fill("#plan details[open] input[name=value]", "200 KB")
    page.click("#plan details[open] button")
    expect(plan).to_contain_text("At most 200 KB")

    page.click("#plan summary >> text=At most 200 KB")
    page.fill("#plan details[open] input[name=value]", "tiny")
    page.click("#plan details[open] button")
    expect(page.locator("[data-error]")).to_contain_text("for example 500 KB")
    expect(plan).to_contain_text("At most 200 KB")

    page.click("button >> text=Undo")
    expect(plan).to_contain_text("At most 300 KB")
    page.click("button >> text=Undo")
    expect(plan).to_contain_text("Backwards")
    page.click("button >> text=Redo")
    expect(plan).not_to_contain_text("Backwards")


def test_from_two_clips_to_a_file(page: Page, clips: tuple[Path, Path], tmp_path: Path) -> None:
    walk(page, clips)
    page.click(".bench-out button >> text=Export")
    page.wait_for_url(RENDER)
    expect(page.locator("h1")).to_contain_text("At most 300 KB")
    state(page, "finished")
    kept = download(page, tmp_path)
    assert kept.suffix == ".gif"
    assert 0 < kept.stat().st_size <= 300_000
    with av.open(str(kept)) as file:
        shown = sum(float(packet.duration * packet.time_base) for packet in file.demux(video=0) if packet.duration)
    assert frames_in(kept) >= 2
    assert shown == pytest.approx(1.5, abs=0.11)


def test_the_same_without_javascript(visitor: Callable[..., Page], clips: tuple[Path, Path]) -> None:
    page = visitor(java_script_enabled=False)
    walk(page, clips)
    page.click(".bench-out button >> text=Export")
    page.wait_for_url(RENDER)
    page.wait_for_selector("[data-state=finished]")
    answer = page.request.get(str(page.get_attribute("[data-download]", "href")))
    assert answer.status == 200
    assert 0 < len(answer.body()) <= 300_000


def test_the_plan_by_keyboard(page: Page, clips: tuple[Path, Path]) -> None:
    begin(page, clips)
    button = page.locator("button[aria-label^='Take back: At most']")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".talk .model").last).to_contain_text("is gone")
    expect(page.locator("#plan")).to_be_focused()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_wider_than_the_phone(visitor: Callable[..., Page], clips: tuple[Path, Path], width: int) -> None:
    page = visitor(viewport={"width": width, "height": 844})
    begin(page, clips)
    say(page, 'title "Donaudampfschifffahrtsgesellschaftskapitän at the very top of everything", 12 fps', "Donau")
    page.click("#plan summary >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_file_is_worked_on_and_all_are_exported(page: Page, clips: tuple[Path, Path]) -> None:
    begin(page, clips)
    expect(page.locator(".strip li.current")).to_contain_text("city.mp4")
    page.click(".strip button >> text=Work on this")
    expect(page.locator(".strip li.current")).to_contain_text("harbour.mp4")
    expect(page.locator(".talk .model").last).to_contain_text("harbour.mp4")
    say(page, "as gif, under 200KB", "GIF")
    expect(page.locator("#plan")).to_contain_text("At most 200 KB")
    expect(page.locator(".strip")).to_contain_text("At most 500 KB")
    page.click(".strip button >> text=Work on this")
    expect(page.locator("#plan")).to_contain_text("At most 500 KB")
    say(page, "2x speed", "times the original speed")
    page.click("button >> text=Export all 2 files")
    expect(page.locator(".talk .model").last).to_contain_text("2 exports started")
    expect(page.locator(".made li")).to_have_count(3)  # with the one of the start page
    page.click("button >> text=Undo")
    expect(page.locator(".strip li.current")).to_contain_text("city.mp4")


def test_a_layer_is_put_moved_and_exported_by_hand(page: Page, clips: tuple[Path, Path], media: Path) -> None:
    begin(page, clips)
    logo = media_made.png(media / "logo.png", media_made.flat(80, 40, (10, 180, 60))[0])
    page.set_input_files("#add-file", logo)
    page.locator(".strip li", has_text="logo.png").get_by_text("Put over the picture").click()
    expect(boxes(page, "layer")).to_have_count(1)
    expect(page.locator(".talk .model").last).to_have_text(re.compile(r"Put “logo” over the picture: [^.]*\.$"))
    handle = page.locator(".handle")
    expect(handle).to_have_count(1)  # over the preview, once that is there
    handle.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    expect(page.locator(".talk .model").last).to_contain_text("Changed “logo”")
    expect(page.locator(".layer select[name=position]")).to_have_value("")
    page.locator(".layer select[name=position]").select_option("top-left")
    page.locator(".layer input[name=width]").fill("50")
    page.get_by_role("button", name="Change", exact=True).last.click()
    expect(page.locator(".talk .model").last).to_contain_text("at the top left")
    page.click(".bench-out button >> text=Export")
    expect(page).to_have_url(RENDER)
    state(page, "finished")
    made = download(page, media)
    with av.open(str(made)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert abs(int(frame[20, 40, 1]) - 180) < 25
    assert int(frame[20, 40, 0]) < 60


def test_a_text_is_moved_and_sized_on_the_picture(page: Page, clips: tuple[Path, Path]) -> None:
    begin(page, clips)
    say(page, "write SALE", "SALE")
    handle = page.locator(".handle[data-of=text-0]")
    expect(handle).to_have_count(1)
    form, stage = page.locator("form[data-box]"), page.locator("#stage[data-whole]:not([hx-get])")
    expect(stage).to_be_visible()
    stood = form.get_attribute("data-box") or ""
    handle.focus()
    page.keyboard.press("Shift+ArrowUp")
    expect(form).not_to_have_attribute("data-box", stood)
    expect(page.locator("#text-0-position")).to_have_value("")
    expect(page.locator("#text-0-size")).to_have_value("")  # only its place was changed
    expect(stage).to_be_visible()  # with the new preview
    expect(handle).to_be_focused()
    page.keyboard.press("Shift+Equal")
    expect(page.locator("#text-0-size")).not_to_have_value("")


def test_a_text_is_sized_and_moved_by_touch(visitor: Callable[..., Page], clips: tuple[Path, Path]) -> None:
    page = visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    begin(page, clips)
    say(page, "write SALE in the center", "SALE")
    touches = page.context.new_cdp_session(page)
    handle = page.locator(".handle[data-of=text-0]")
    form = page.locator("form[data-box]")
    began = float(form.get_attribute("data-letters") or "")

    def drag(part: Locator, dx: int, dy: int) -> None:
        part.scroll_into_view_if_needed()
        box, stood = part.bounding_box(), form.get_attribute("data-box") or ""
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for step in range(11):
            point = {"x": x + dx * step / 10, "y": y + dy * step / 10}
            kind = "touchMove" if step else "touchStart"
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(form).not_to_have_attribute("data-box", stood)
        expect(page.locator("#stage[data-whole]:not([hx-get])")).to_be_visible()  # the new preview stands

    drag(handle.locator(".grip"), 40, 20)
    _, top, width, _ = map(float, (form.get_attribute("data-box") or "").split())
    size = page.locator("#text-0-size").input_value()
    assert float(size) > began
    drag(handle, -20, -40)
    _, above, kept, _ = map(float, (form.get_attribute("data-box") or "").split())
    assert above < top
    assert abs(kept - width) < 0.5
    expect(page.locator("#text-0-size")).to_have_value(size)


def test_the_studio_is_pointed_at_as_the_start_page_is(page: Page, clips: tuple[Path, Path]) -> None:
    begin(page, clips)
    page.click("[data-say] .point summary")
    expect(page.locator("[data-span]")).to_contain_text("0.00 s to 1.00 s")
    page.locator("[data-start-at]").focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    expect(page.locator("#words")).to_have_value(re.compile(r"^from 0\.\d+ s to 1 s$"))
    page.select_option("#ratio", "1:1")
    expect(page.locator("#words")).to_have_value(re.compile(r"crop to 120x120 at 20,0$"))
    page.click("[data-say] button[type=submit]")
    expect(page.locator(".talk .model").last).to_contain_text("120 × 120")
    expect(page.locator("#words")).to_have_value("")
    expect(page.locator("[data-cropper]")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_logo_and_a_fade_by_chat_alone(
    visitor: Callable[..., Page], clips: tuple[Path, Path], media: Path, tmp_path: Path, width: int
) -> None:
    """From uploads to the file that is made, with nothing but words."""
    page = visitor(viewport={"width": width, "height": 844})
    begin(page, clips)
    logo = media_made.png(media / "logo.png", media_made.flat(80, 40, (10, 180, 60))[0])
    page.set_input_files("#add-file", logo)
    expect(page.locator(".strip")).to_contain_text("logo.png")
    say(page, "then add harbour.mp4", "harbour")
    say(page, "put my logo in the bottom right corner at 25%", "at the bottom right")
    expect(boxes(page, "layer")).to_have_count(1)
    say(page, "move it to the top left", "at the top left")
    say(page, "fade between the two clips", "ross-fade")
    say(page, "mp4 under 300 KB", "300 KB")
    say(page, "export", "xport")
    expect(page.locator(".made li")).to_have_count(2)  # with the one of the start page
    page.locator(".made a").first.click()
    expect(page).to_have_url(RENDER)
    state(page, "finished")
    with av.open(str(download(page, tmp_path))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    for frame in (frames[0], frames[-1]):
        assert abs(int(frame[12, 20, 1]) - 180) < 30
        assert int(frame[12, 20, 0]) < 70
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_lies_between_two_clips_by_hand(page: Page, clips: tuple[Path, Path]) -> None:
    begin(page, clips)
    page.click(".strip button >> text=Put at the end")
    expect(boxes(page, "video")).to_have_count(2)
    knot = page.locator(".reel a[href='#join-1-kind'], .reel a[href='#join-0-kind']")
    knot.focus()
    page.keyboard.press("Enter")
    page.locator(".join select[name=kind]").first.select_option("crossfade")
    expect(page.locator(".talk .model").last).to_contain_text("ross-fade")
    page.locator(".join input[name=seconds]").first.fill("0.2")
    page.locator(".join input[name=seconds]").first.press("Enter")
    expect(page.locator(".talk .model").last).to_contain_text("over 0.2 s")
    page.locator(".join select[name=kind]").first.select_option("cut")
    expect(page.locator(".talk .model").last).to_contain_text("a plain cut")
