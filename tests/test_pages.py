"""What every page is made of: one heading, one main part, a name for whatever can be pressed, nothing inline."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from compressor import formats
from gifweb.renders.models import Render, RenderEvent, ShareLink, State
from gifweb.templatetags import media
from tests import media_made

pytestmark = pytest.mark.django_db(transaction=True)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SELF_CLOSED = {"path", "line", "rect", "circle"}


class Page(HTMLParser):
    """Reads a page and remembers what an assistive program, and our security policy, would complain about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[tuple[str, dict[str, str | None], bool]] = []
        self.headings: list[int] = []
        self.mains = 0
        self.buttons: list[dict[str, object]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID and tag not in SELF_CLOSED:
            self.open.append(tag)
        if "style" in given or any(name.startswith("on") for name in given) or tag == "style":
            self.faults.append(f"inline style or script on {tag}")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append("inline script")
        if tag in ("img", "video") and "alt" not in given and "aria-label" not in given and "data-plain" not in given:
            self.faults.append(f"{tag} without words: {given.get('src')}")
        if tag == "main":
            self.mains += 1
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.append((tag, given, "label" in self.open))
        if tag in ("button", "a"):
            self.buttons.append({"tag": tag, "text": given.get("aria-label") or "", "attrs": given})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag in SELF_CLOSED:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes <{self.open[-1] if self.open else 'nothing'}>")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.buttons and ("button" in self.open or "a" in self.open):
            self.buttons[-1]["text"] = f"{self.buttons[-1]['text']}{data.strip()}"

    def check(self) -> list[str]:
        found = list(self.faults)
        if self.mains != 1:
            found.append(f"{self.mains} main parts")
        if self.headings.count(1) != 1:
            found.append(f"{self.headings.count(1)} first headings")
        for before, after in zip(self.headings, self.headings[1:], strict=False):
            if after > before + 1:
                found.append(f"a heading of level {after} after one of level {before}")
        found += [f"the id {one} twice" for one in set(self.ids) if self.ids.count(one) > 1]
        for tag, given, inside in self.fields:
            if not inside and given.get("id") not in self.labels and not given.get("aria-label"):
                found.append(f"{tag} {given.get('name')} without a label")
        found += [f"a {b['tag']} without words: {b['attrs']}" for b in self.buttons if not b["text"]]
        if self.open:
            found.append(f"never closed: {self.open}")
        return found


@pytest.fixture
def render(client: Client, tmp_path: Path) -> Render:
    """A render of one's own that waits in the queue."""
    source = media_made.gif(tmp_path / "a <b>&'\" name.gif", media_made.scene(64, 48, 4))
    with source.open("rb") as file:
        answer = client.post("/", {"file": file, "words": "under 500KB, <i>bogus</i> xyzzy"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Render.objects.get()


def end(render: Render, state: State, **changes: object) -> None:
    facts = {"format": "gif", "width": 64, "height": 48, "frames": 4, "duration_ms": 400, "bytes": 5123}
    attempt = {
        "plan": {"format": "gif", "width": 64, "height": 48, "fps": None, "settings": {"colors": 64}},
        "bytes": 5123,
        "quality": {"mean": 83.21, "worst": 80.0},
        "seconds": 0.1,
    }
    if state == State.FINISHED:
        changes = {
            "result_key": "results/none",
            "result_bytes": 5123,
            "result_facts": facts,
            "report": {"quality": {"mean": 83.21, "worst": 80.0}, "max_bytes": 500_000},
            "fits": True,
            "progress": 100.0,
            **changes,
        }
        data = {"attempt": attempt, "number": 1, "fits": changes["fits"]}
        number = render.events_count + 1
        RenderEvent.objects.create(render=render, number=number, kind="tried", data=data)
        changes["events_count"] = number
    Render.objects.filter(pk=render.pk).update(state=state, **changes)


def sound(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    text = answer.content.decode()
    assert Page(text).check() == [], path
    assert "<b>&" not in text, "a name is text"
    assert "<i>bogus" not in text, "words are text"
    return text


@pytest.mark.parametrize("path", ["/", "/?words=%3Ci%3Ebogus", "/renders", "/projects"])
def test_pages_before_anything_was_made(client: Client, path: str) -> None:
    sound(client, path)


@pytest.mark.parametrize("path", ["/r/nothing", "/s/nothing", "/p/nothing", "/m/nothing", "/no-such-page"])
def test_missing_things_look_like_the_rest(client: Client, path: str) -> None:
    text = sound(client, path, 404)
    assert "/login" in text
    assert "site.css" in text
    assert "Nothing here" in text
    if path == "/no-such-page":
        assert "The address may be mistyped" in text
    assert "Not found" not in text, "once is enough"


def test_a_refused_form_keeps_the_words(client: Client) -> None:
    answer = client.post("/", {"words": "under 500KB <i>bogus</i>"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert Page(text).check() == []
    assert "under 500KB &lt;i&gt;bogus" in text
    assert 'role="alert"' in text


def test_waiting_page_reloads_itself_without_scripts(client: Client, render: Render) -> None:
    text = sound(client, f"/r/{render.public_id}")
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
    assert f'action="/r/{render.public_id}/cancel"' in text


def test_finished_page_says_the_figures_exactly(client: Client, render: Render) -> None:
    end(render, State.FINISHED)
    text = sound(client, f"/r/{render.public_id}")
    for part in ("5,123 bytes", "64 × 48", "83.2", "Very close to the original", "500,000"):
        assert part in text, part
    assert "http-equiv" not in text


def test_closest_page_says_that_it_does_not_fit(client: Client, render: Render) -> None:
    end(render, State.FINISHED, fits=False, would_fit="half the width would do it.", report={"max_bytes": 1000})
    text = sound(client, f"/r/{render.public_id}")
    assert "It cannot be 1 KB." in text
    assert "Half the width would do it." in text
    assert "513 % of the 1,000 bytes" in text


def test_failed_and_stopped_pages_offer_another_try(client: Client, render: Render) -> None:
    end(render, State.FAILED, error={"error": "UnreadableMedia", "message": "It ends in the middle.", "data": {}})
    assert "It ends in the middle." in sound(client, f"/r/{render.public_id}")
    end(render, State.CANCELLED)
    assert f'action="/r/{render.public_id}/again"' in sound(client, f"/r/{render.public_id}")


def test_list_project_and_share(client: Client, render: Render) -> None:
    sound(client, "/renders")
    sound(client, "/projects")
    text = sound(client, f"/p/{render.project.public_id}")
    assert "Nothing on the timeline" not in text
    end(render, State.FINISHED)
    share = ShareLink.objects.create(render=render, expires_at=timezone.now() + timedelta(days=1))
    assert "Revoke the link" in sound(client, f"/r/{render.public_id}")
    assert "5,123" not in sound(Client(), f"/s/{share.token}")
    ShareLink.objects.update(revoked_at=timezone.now())
    answer = Client().get(f"/s/{share.token}")
    assert answer.status_code in (404, 410)
    assert Page(answer.content.decode()).check() == []


def test_a_form_sent_twice_makes_one_render_and_another_file_another(client: Client, tmp_path: Path) -> None:
    first = media_made.gif(tmp_path / "first.gif", media_made.scene(32, 24, 2))
    second = media_made.gif(tmp_path / "second.gif", media_made.scene(48, 24, 2))

    def send(path: Path, words: str) -> str:
        with path.open("rb") as file:
            return str(client.post("/", {"file": file, "words": words, "key": "one-form"})["Location"])

    made = send(first, "mp4")
    assert send(first, "mp4") == made
    assert send(second, "mp4") != made
    assert send(first, "webp") != made
    assert Render.objects.count() == 3


def test_the_conversation_answers_with_a_fragment_or_a_page(client: Client, render: Render) -> None:
    path = f"/p/{render.project.public_id}"
    plain = client.post(f"{path}/say", {"words": "first 200 ms"})
    assert plain.status_code == 302
    part = client.post(f"{path}/say", {"words": "undo"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "first 200 ms" in part
    assert Client().post(f"{path}/say", {"words": "undo"}).status_code == 404
    assert client.get(f"{path}/say").status_code == 405


def test_a_place_is_chosen_with_its_caution(client: Client) -> None:
    text = client.get("/explain", {"words": "for Slack emoji"}).content.decode()
    assert "Some workspaces refuse more than 64 KB" in text
    assert "data-unsaid" not in text
    assert "data-unsaid" in client.get("/explain", {"words": "under 200 KB"}).content.decode()


@pytest.mark.parametrize("paying", [True, False])
def test_every_page_tells_the_same_of_payments(client: Client, settings: Any, paying: bool) -> None:
    settings.STRIPE_SECRET_KEY = settings.STRIPE_WEBHOOK_SECRET = "key" if paying else ""
    for path in ("/privacy", "/credits"):
        text = client.get(path).content.decode()
        assert ("your card is never seen here" in text) is paying, path
        assert ("Nothing is sold here" in text) is not paying, path


@pytest.mark.parametrize(
    ("words", "line"),
    [("for Slack emoji", 128_000), ("Kick emote", 1_000_000), ("for Slack emoji, under 50KB", 50_000)],
)
def test_the_line_of_the_vessel_is_the_limit_of_the_words_or_the_place(client: Client, words: str, line: int) -> None:
    assert f'data-max-bytes="{line}"' in client.get("/explain", {"words": words}).content.decode()


def test_explaining_is_a_fragment(client: Client) -> None:
    text = client.get("/explain", {"words": "under 640KB"}).content.decode()
    assert 'data-max-bytes="640000"' in text
    assert "<html" not in text


@pytest.mark.parametrize("row", formats.INPUTS.values(), ids=lambda row: row.name)
def test_a_film_is_played_and_a_picture_is_shown(row: formats.InputSpec) -> None:
    if row.media != "sound":
        shown = render_to_string("_player.html", {"url": "/x", "format": row.name, "alt": "A clip"})
        assert ("<video" in shown) == (row.media == "film")
    assert (row.mime in media.accepted()) == (row.media != "sound")
    assert f".{row.suffixes[0]}" in media.accepted(sound=True)
