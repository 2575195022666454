"""An account in a real browser: registering, both second factors, sessions, a token, the data as a zip, and leaving."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.live import Site

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
CONFIRM = "from allauth.account.models import EmailAddress as E; E.objects.filter(email='{}').update(verified=True)"
STEP_S = 30


@pytest.fixture
def home(site: Site) -> str:
    """The site by a name: browsers have no passkeys for bare addresses."""
    return f"http://localhost:{site.port}"


def registered(page: Page, site: Site, home: str, email: str) -> None:
    page.goto(f"{home}/register")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(lambda url: "/register" not in url)
    site.manage("shell", "-v", "0", "-c", CONFIRM.format(email))


def confirmed(page: Page) -> None:
    """The password is asked for again before anything of weight."""
    if "/confirm" in page.url:
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_url(lambda url: "/confirm" not in url)


def signed_out(page: Page, home: str) -> None:
    page.goto(f"{home}/logout")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/logout" not in url)
    page.goto(f"{home}/account")
    expect(page.locator("main")).not_to_contain_text("@example.org")


def digits(secret: str, at: float) -> str:
    """The six digits of RFC 6238 at a moment."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(at) // STEP_S), hashlib.sha1)
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def files_of(site: Site) -> int:
    return sum(path.is_file() for path in (site.data / "media").rglob("*"))


def test_a_passkey_signs_in_without_a_password(visitor: Callable[..., Page], site: Site, home: str) -> None:
    page = visitor()
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    made = keys.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    registered(page, site, home, "passkey@example.org")
    page.goto(f"{home}/account/factors/keys/add")
    confirmed(page)
    page.get_by_label("Name").fill("the laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url(lambda url: "/keys/add" not in url)
    held = keys.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
    assert [one["rpId"] for one in held] == ["localhost"]
    page.goto(f"{home}/account/factors/keys")
    expect(page.locator("main")).to_contain_text("the laptop")

    signed_out(page, home)
    page.goto(f"{home}/login")
    page.get_by_role("button", name="With a passkey").click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{home}/account")
    expect(page.locator("main")).to_contain_text("passkey@example.org")

    # The password alone is not enough any more.
    other = visitor()
    other.goto(f"{home}/login")
    other.get_by_label("Email").fill("passkey@example.org")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url(lambda url: "/factors/sign-in" in url)


def test_an_authenticator_app_is_asked_after_the_password(visitor: Callable[..., Page], site: Site, home: str) -> None:
    page = visitor()
    registered(page, site, home, "app@example.org")
    page.goto(f"{home}/account/factors/app/add")
    confirmed(page)
    expect(page.locator("img.qr")).to_be_visible()
    assert page.evaluate("document.querySelector('img.qr').naturalWidth > 0")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    used = time.time()
    page.locator("input[name=code]").fill(digits(secret, used))
    page.get_by_role("button", name="Turn it on").click()
    page.wait_for_url(lambda url: "/app/add" not in url)
    page.goto(f"{home}/account/factors")
    expect(page.locator("main")).to_contain_text("Signing in asks for the six digits")

    signed_out(page, home)
    page.goto(f"{home}/login")
    page.get_by_label("Email").fill("app@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/factors/sign-in" in url)
    page.locator("input[name=code]").fill(digits(secret, time.time() - 10 * STEP_S))
    page.get_by_role("button", name="Sign In").first.click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    while int(time.time()) // STEP_S == int(used) // STEP_S:  # the same digits do not open twice
        page.wait_for_timeout(500)
    page.locator("input[name=code]").fill(digits(secret, time.time()))
    page.get_by_role("button", name="Sign In").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{home}/account")
    expect(page.locator("main")).to_contain_text("app@example.org")


def test_a_forgotten_password_is_set_anew(visitor: Callable[..., Page], site: Site, home: str) -> None:
    page = visitor()
    registered(page, site, home, "forgetful@example.org")
    page.context.clear_cookies()
    page.goto(f"{home}/login")
    assert page.locator("main [placeholder]").count() == 0, "a placeholder repeats its label"
    page.click("a[href$='/account/password/reset']")
    page.get_by_label("Email").fill("forgetful@example.org")
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("h1")).to_have_text("Look in your mail")
    mail = max((site.data / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime).read_text()
    assert "Subject: Set a new password" in mail
    found = re.search(r"https?://[^/]+(/account/password/reset/\S+)", mail)
    assert found
    page.goto(home + found[1])
    expect(page.locator("h1")).to_have_text("Set a new password")
    for field in ("password1", "password2"):
        page.fill(f"input[name={field}]", "another horse battery")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("h1")).to_have_text("The new password is set")
    expect(page.locator("main .note")).to_have_count(0)
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.fill("input[name=login]", "forgetful@example.org")
    page.fill("input[name=password]", "another horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.context.clear_cookies()
    page.goto(home + found[1])
    expect(page.locator("h1")).to_have_text("This link no longer works")
    expect(page.locator("main").get_by_role("link", name="Send a new link")).to_be_visible()


def test_sessions_a_token_the_data_and_leaving(
    visitor: Callable[..., Page], site: Site, home: str, small_gif: Path, tmp_path: Path
) -> None:
    page = visitor()
    registered(page, site, home, "leaver@example.org")
    page.goto(f"{home}/")
    page.set_input_files("input[name=file]", small_gif)
    page.fill("input[name=words]", "webp")
    page.click("form[data-start] button[type=submit]")
    page.wait_for_selector("[data-state=finished]")

    # Signed in elsewhere, and signed out from here.
    other = visitor()
    other.goto(f"{home}/login")
    other.get_by_label("Email").fill("leaver@example.org")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{home}/account/sessions")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").first).to_contain_text("Chrome on Linux")
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    other.goto(f"{home}/account")
    expect(other.locator("main")).not_to_contain_text("leaver@example.org")

    # A token that may only read, shown once, revoked at once.
    page.goto(f"{home}/account")
    page.get_by_label("Name").fill("a script")
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("#fresh-token").inner_text()
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{site.url}/api/v1/credits", headers=bearer).status_code == 200
    assert httpx.post(f"{site.url}/api/v1/projects", headers=bearer, json={}).status_code == 403
    page.goto(f"{home}/account")
    assert token not in page.content()
    row = page.locator("#tokens tbody tr")
    expect(row).to_contain_text("a script")
    expect(row).not_to_contain_text("never\n")
    page.get_by_role("button", name="Revoke a script").click()
    expect(page.locator("#tokens tbody tr")).to_have_count(0)
    assert httpx.get(f"{site.url}/api/v1/credits", headers=bearer).status_code == 401

    # The data as a zip, with the files in it.
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export my data").click()
    kept = tmp_path / "mine.zip"
    waiting.value.save_as(kept)
    with zipfile.ZipFile(kept) as archive:
        names = archive.namelist()
        assert json.loads(archive.read("account.json"))["email"] == "leaver@example.org"
        (uploaded,) = [name for name in names if name.startswith("uploads/")]
        assert archive.read(uploaded) == small_gif.read_bytes()
        assert any(name.startswith("results/") for name in names)

    # Leaving: the password again, the word, a receipt; then there is no way back in.
    before = files_of(site)
    page.goto(f"{home}/account/delete")
    page.get_by_label("Type delete to confirm").fill("delete")
    page.get_by_role("button", name="Delete everything").click()
    confirmed(page)  # and what was pressed goes on from there
    expect(page.locator("h1")).to_have_text("Deleted")
    expect(page.locator("main")).to_contain_text("1 uploaded file")
    assert before - files_of(site) == 3, "the source, the result and its still are gone from the disk"
    page.goto(f"{home}/login")
    page.get_by_label("Email").fill("leaver@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[role=alert]").first).to_be_visible()
