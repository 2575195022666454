"""Every page of the site and the states it can be in, one after the other in one browser.

``walk`` leads a page to each and yields its name; a test looks for barriers there, ``tests.screenshots`` takes
pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import media_made
from tests.live import Site

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another horse battery"
CONFIRM = "from allauth.account.models import EmailAddress as E; E.objects.filter(email='{}').update(verified=True)"


@dataclass(frozen=True, slots=True)
class Files:
    """What is dropped: one that takes minutes, one that takes seconds, a small film, a picture, and no picture."""

    long: Path
    heavy: Path
    film: Path
    logo: Path
    broken: Path


def files(folder: Path) -> Files:
    broken = folder / "broken.gif"
    broken.write_bytes(b"GIF89a, and then nothing of the kind")
    return Files(
        media_made.film(folder / "the long way.mp4", media_made.scene(640, 360, 160)),
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


def _ended(page: Page, state: str = "finished") -> None:
    expect(page.locator("[data-render]")).to_have_attribute("data-state", state)
    page.wait_for_load_state("networkidle")


def _loaded(page: Page) -> None:
    """Also what a browser loads only when it comes into view."""
    page.evaluate(
        """() => Promise.all([...document.images].map((one) => {
          one.loading = "eager";
          return one.decode().catch(() => {});
        }))"""
    )
    page.wait_for_load_state("networkidle")


def _results(page: Page, made: Files) -> Iterator[State]:
    _send(page, made.long, "gif under 300KB")
    expect(page.locator("[data-render]")).to_have_attribute("data-state", "running")
    yield "result is made", page
    page.click("[data-cancel] button")
    _ended(page, "cancelled")
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
    _loaded(page)
    yield "all formats", page


def _previewed(page: Page) -> None:
    expect(page.locator("#stage[data-whole]")).to_be_visible()
    page.wait_for_load_state("networkidle")


def _studio(page: Page, made: Files) -> Iterator[State]:
    _send(page, made.heavy, "under 300KB mp4")
    _ended(page)
    page.click(".actions a[href^='/p/']")
    _previewed(page)
    yield "project", page
    page.set_input_files("#add-file", made.logo)
    expect(page.locator(".strip")).to_contain_text("logo.png")
    page.fill("#words", "square, add the text SALE at the top, how big will it be?")
    page.click("[data-say] button")
    expect(page.locator(".talk .model")).not_to_have_count(0)
    expect(page.locator("#plan")).to_contain_text("SALE")
    _previewed(page)
    yield "project in a conversation", page
    for box in page.locator("main details").all():
        box.evaluate("(one) => { one.open = true; }")
    yield "project with everything open", page


def _lists(page: Page) -> Iterator[State]:
    for name, path in (("results", "/renders"), ("projects", "/projects"), ("credits used", "/credits")):
        _at(page, path)
        _loaded(page)
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
    page.click("main form button[type=submit]")
    yield from _forgotten(page, site, email)


def _forgotten(page: Page, site: Site, email: str) -> Iterator[State]:
    _at(page, "/account/password/reset")
    page.fill("input[name=email]", email)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/sent")
    yield "password reset is sent", page
    mail = max((site.data / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime).read_text()
    link = re.search(r"/account/password/reset/\d\S+", mail)
    assert link
    _at(page, link[0])
    for word in ("short", NEW_PASSWORD):
        page.fill("input[name=password1]", word)
        page.fill("input[name=password2]", word)
        page.click("main form button[type=submit]")
        if word == "short":
            expect(page.locator("main .note.bad")).to_be_visible()
            yield "new password is refused", page
    page.wait_for_url("**/done")
    yield "new password is set", page
    _at(page, link[0])
    yield "password link is used up", page
