"""An agent made things for somebody who now registers: in a real browser, by the link that the agent passed on."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.live import Site

pytestmark = pytest.mark.browser
SPEND = """
from gifweb import accounts
from gifweb.accounts import binding
from gifweb.credits import ledger
account = accounts.for_token("{token}")
ledger.hold(account, 60, "bind-journey:{token}")
ledger.settle("bind-journey:{token}", 60)
print("CODE", binding.path(account))
"""


@pytest.fixture
def agent(site: Site) -> tuple[str, str]:
    """An agent's token and the path of its bind link: three projects, and 40 of 100 credits left."""
    answer = httpx.post(f"{site.url}/api/auth/anonymous-token", headers={"X-Client-Id": "the-bind-journey"}).json()
    token = answer["data"]["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    for name in ("first", "second", "third"):
        made = httpx.post(
            f"{site.url}/api/tasks/me/with-session/nemo_agent", headers=bearer, json={"task_name": f"the {name} one"}
        )
        assert made.json()["code"] == 0
    told = site.manage("shell", "-v", "0", "-c", SPEND.format(token=token))
    return token, told.split("CODE ")[1].strip()


def test_who_registers_finds_everything(visitor: Callable[..., Page], site: Site, agent: tuple[str, str]) -> None:
    token, link = agent
    bearer = {"Authorization": f"Bearer {token}"}
    page = visitor()
    page.goto(link)
    expect(page.get_by_text("3 projects")).to_be_visible()
    expect(page.get_by_text("40 credits")).to_be_visible()
    page.get_by_label("Email").fill("journey@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(lambda url: "/register" not in url)
    page.goto("/projects")
    for name in ("first", "second", "third"):
        expect(page.get_by_text(f"the {name} one").first).to_be_visible()
    page.goto("/credits")
    expect(page.locator("#available")).to_have_text("40")

    # The agent goes on with its token, and what it makes is hers now.
    assert httpx.get(f"{site.url}/api/credits/balance/simple", headers=bearer).json()["data"]["available"] == 40
    made = httpx.post(
        f"{site.url}/api/tasks/me/with-session/nemo_agent", headers=bearer, json={"task_name": "made afterwards"}
    )
    assert made.json()["code"] == 0
    page.goto("/projects")
    expect(page.get_by_text("made afterwards").first).to_be_visible()

    # Somebody else comes too late, and is told so.
    other = visitor()
    answer = other.goto(link)
    assert answer is not None
    assert answer.status == 410
    expect(other.get_by_text("used already")).to_be_visible()
    other.goto("/projects")
    expect(other.get_by_text("the first one")).to_have_count(0)
