"""Every page of the site and the states it can be in, one after the other in one browser.

``walk`` leads a page to each and yields its name; a test looks for barriers there, ``tests.screenshots`` takes
pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import media_made
from tests.live import Site

PASSWORD = "correct horse battery"
CONFIRM = "from allauth.account.models import EmailAddress as E; E.objects.filter(email='{}').update(verified=True)"


@dataclass(frozen=True, slots=True)
class Files:
    """What is dropped on the site: one that takes seconds, a small film, a picture, and one that is none."""

    heavy: Path
    film: Path
    logo: Path
    broken: Path


def files(folder: Path) -> Files:
    broken = folder / "broken.gif"
    broken.write_bytes(b"GIF89a, and then nothing of the kind")
    return Files(
        media_made.gif(folder / "harbour at noon.gif", media_made.scene(320, 216, 16, noise=18), 12),
        media_made.film(folder / "walk.mp4", media_made.scene(320, 240, 12)),
        media_made.png(folder / "logo.png", media_made.scene(96, 64, 1, alpha=True)[0]),
        broken,
    )


State = tuple[str, Page]  # what it is called, and the page that shows it


def walk(page: Page, site: Site, made: Files, email: str = "walker@example.org") -> Iterator[State]:
    """Names of states, while a page shows them. Whoever asks may change size and theme of the page, not its place."""
    yield from _before_a_file(page, made)
    yield from _results(page, made)
    yield from _shared(page)
    yield from _many(page, made)
    yield from _studio(page, made)
    yield from _lists(page)
    yield from _account(page, site, email)


def _at(page: Page, path: str) -> None:
    page.goto(path, wait_until="networkidle")


def _before_a_file(page: Page, made: Files) -> Iterator[State]:
    for name, path in (
        ("home", "/"),
        ("places", "/places"),
        ("places none", "/places?q=zzzz"),
        ("place", "/for/slack-emoji"),
        ("check", "/check"),
        ("privacy", "/privacy"),
        ("status", "/status"),
        ("api", "/api"),
        ("agents", "/for-agents"),
        ("credits of a visitor", "/credits"),
        ("login", "/login"),
        ("register", "/register"),
        ("password reset", "/account/password/reset"),
        ("not found", "/nowhere"),
        ("no results yet", "/renders"),
        ("no projects yet", "/projects"),
    ):
        _at(page, path)
        yield name, page
    _at(page, "/")
    page.set_input_files("input[name=file]", made.heavy)
    page.fill("input[name=words]", "square, first 2 seconds, under 200KB, and frobnicate it")
    expect(page.locator("[data-told] .chip, [data-told] .missed").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    yield "home with a file and words", page
    page.set_input_files("input[name=file]", made.broken)
    page.click("form[data-start] button[type=submit]")
    expect(page.locator("[data-error], [data-refused]").first).to_be_visible()
    yield "home refuses", page
    _at(page, "/check")
    page.set_input_files("input[name=file]", made.heavy)
    page.select_option("select[name=place]", "slack-emoji")
    page.click("main form button[type=submit]")
    expect(page.locator("#verdict")).to_be_visible()
    page.wait_for_load_state("networkidle")
    yield "check fails", page


def _send(page: Page, file: Path, words: str) -> None:
    _at(page, "/")
    page.set_input_files("input[name=file]", file)
    page.fill("input[name=words]", words)
    page.click("form[data-start] button[type=submit]")
    page.wait_for_url("**/r/*")


def _ended(page: Page) -> None:
    expect(page.locator("[data-render]")).not_to_have_attribute("data-state", "queued")
    expect(page.locator("[data-render]")).not_to_have_attribute("data-state", "running")
    page.wait_for_load_state("networkidle")


def _results(page: Page, made: Files) -> Iterator[State]:
    _send(page, made.heavy, "webm under 40KB")
    yield "result is made", page
    stop = page.locator("[data-cancel], form[action$='/cancel'] button").first
    if stop.is_visible():
        stop.click()
        _ended(page)
        yield "result was stopped", page
    _send(page, made.heavy, "webp 10 bytes")
    _ended(page)
    yield "result is the closest", page
    _send(page, made.film, "under 60KB gif for Slack emoji, and frobnicate it")
    _ended(page)
    page.select_option("#check-place", "discord-sticker")
    page.click("#rules form[method=get] button")
    page.wait_for_load_state("networkidle")
    yield "result against a place", page
    _send(page, made.heavy, "under 100KB mp4")
    _ended(page)
    yield "result", page
    page.click("[data-compare-start]")
    expect(page.locator("[data-scrub]")).to_be_visible()
    page.wait_for_timeout(500)
    yield "result compared", page
    page.click("[data-share]")
    expect(page.locator("#share-link")).to_be_visible()
    yield "result shared", page


def _shared(page: Page) -> Iterator[State]:
    mine = page.url
    _at(page, page.input_value("#share-link"))
    yield "share", page
    _at(page, mine)
    page.click("[data-revoke]")
    page.wait_for_load_state("networkidle")
    page.locator("details:has(#share-password)").evaluate("(box) => { box.open = true; }")
    page.fill("#share-password", "sesame")
    page.click("[data-share]")
    link = page.input_value("#share-link")
    browser = page.context.browser
    assert browser is not None
    stranger = browser.new_context(locale=page.evaluate("navigator.language"))
    asked = stranger.new_page()
    _at(asked, link)
    yield "share asks for a password", asked
    stranger.close()


def _many(page: Page, made: Files) -> Iterator[State]:
    _at(page, "/")
    page.set_input_files("input[name=file]", [made.heavy, made.film, made.broken])
    page.fill("input[name=words]", "under 50KB webp")
    page.wait_for_load_state("networkidle")
    yield "home with many files", page
    page.click("form[data-start] button[type=submit]")
    page.wait_for_url("**/b/*")
    yield "many files are made", page
    expect(page.locator("[data-download]")).to_contain_text("2")
    page.wait_for_load_state("networkidle")
    yield "many files", page
    _at(page, "/")
    page.set_input_files("input[name=file]", made.heavy)
    page.fill("input[name=words]", "under 30KB")
    page.get_by_role("button", name="formats").or_(page.get_by_role("button", name="格式")).click()
    page.wait_for_url("**/b/*")
    expect(page.locator(".chart")).to_be_visible()
    expect(page.locator("[data-download]")).to_contain_text("5")
    yield "all formats", page


def _studio(page: Page, made: Files) -> Iterator[State]:
    _send(page, made.heavy, "under 300KB mp4")
    _ended(page)
    page.click(".actions a[href^='/p/']")
    page.wait_for_load_state("networkidle")
    yield "project", page
    page.set_input_files("#add-file", made.logo)
    expect(page.locator(".strip")).to_contain_text("logo.png")
    page.fill("#words", "square, add the text SALE at the top, how big will it be?")
    page.click("[data-say] button")
    expect(page.locator(".talk .model")).not_to_have_count(0)
    page.wait_for_load_state("networkidle")
    yield "project in a conversation", page
    for box in page.locator("main details").all():
        box.evaluate("(one) => { one.open = true; }")
    yield "project with everything open", page


def _lists(page: Page) -> Iterator[State]:
    for name, path in (("results", "/renders"), ("projects", "/projects"), ("credits used", "/credits")):
        _at(page, path)
        yield name, page


def _account(page: Page, site: Site, email: str) -> Iterator[State]:
    _at(page, "/register")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/register" not in url)
    yield "registered", page
    site.manage("shell", "-v", "0", "-c", CONFIRM.format(email))
    for name, path in (
        ("account", "/account"),
        ("email", "/account/email"),
        ("password", "/account/password"),
        ("sessions", "/account/sessions"),
        ("second factors", "/account/factors"),
        ("leaving", "/account/delete"),
        ("sign out", "/logout"),
    ):
        _at(page, path)
        yield name, page
