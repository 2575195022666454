"""The plan of a project: every wish a chip, to be taken back or changed, in the page and without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from compressor import timeline
from compressor.goal import Goal
from gifweb.errors import BadInput, Conflict
from gifweb.renders.models import Render
from gifweb.studio import chips, words_to_request
from gifweb.studio.models import Project, Turn

from . import media_made
from .test_timeline import INFOS, city

SAID = "under 500KB, as gif, 12 fps, 600px wide, 2x speed, first 3 seconds, lo-fi music at 35%"


def said(words: str) -> tuple[timeline.Draft, Goal]:
    found = words_to_request.read(words, city(), INFOS)
    return found.draft, found.goal


def test_every_wish_is_a_chip_and_each_can_go() -> None:
    draft, goal = said(SAID)
    labels = [chip.label for chip in chips.of(draft, goal, {})]
    assert labels == [
        "As GIF",
        "At most 500 KB",
        "600 px wide",
        "12 frames per second",
        "The first 3 s",
        "2 times the speed",
        "Lo-fi music at 35 %",
    ]
    while left := chips.of(draft, goal, {}):
        draft, goal = chips.without(draft, goal, left[-1].key, INFOS)
        assert left[-1].key not in {chip.key for chip in chips.of(draft, goal, {})}
    assert (draft, goal) == (city(), Goal())
    with pytest.raises(Conflict):
        chips.without(draft, goal, "goal:max_bytes", INFOS)


@pytest.mark.parametrize(
    ("key", "value", "now"),
    [
        ("goal:max_bytes", "300kb", {"max_bytes": 300_000}),
        ("goal:max_bytes", "1,5 MB", {"max_bytes": 1_500_000}),
        ("goal:format", "webp", {"format": "webp"}),
        ("goal:width", "480", {"width": 480}),
        ("goal:fps", "7,5", {"fps": 7.5}),
    ],
)
def test_a_value_is_changed_in_place(key: str, value: str, now: dict[str, object]) -> None:
    draft, goal = said(SAID)
    changed, after = chips.with_value(draft, goal, key, value)
    assert changed == draft
    assert after.to_json() == goal.to_json() | now
    assert chips.with_value(draft, after, key, value) == (draft, after)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("goal:max_bytes", "small"),
        ("goal:max_bytes", ""),
        ("goal:format", "exe"),
        ("goal:width", "0"),
        ("goal:width", "nan"),
        ("goal:fps", "-3"),
        ("goal:fps", "inf"),
        ("draft:speed", "3"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_in_words(key: str, value: str) -> None:
    draft, goal = said(SAID)
    with pytest.raises(BadInput) as caught:
        chips.with_value(draft, goal, key, value)
    assert caught.value.message.endswith(".")


@pytest.fixture
def page(client: Client, tmp_path: Path) -> tuple[Client, str, Project]:
    clip = media_made.gif(tmp_path / "clip.gif", media_made.scene(48, 32, 10))
    with clip.open("rb") as file:
        client.post("/", {"file": file, "words": "under 500KB mp4"})
    project = Project.objects.get()
    path = f"/p/{project.public_id}"
    client.post(f"{path}/say", {"words": "backwards, under 400KB"})
    return client, path, project


@pytest.mark.django_db(transaction=True)
class TestOnThePage:
    def test_taken_back_by_a_plain_form_and_undone(self, page: tuple[Client, str, Project]) -> None:
        client, path, project = page
        assert client.post(f"{path}/plan", {"drop": "goal:max_bytes"}).status_code == 302
        project.refresh_from_db()
        assert "max_bytes" not in project.goal
        text = client.get(path).content.decode()
        assert "The limit of 400 KB is gone." in text
        assert "Take back: At most 400 KB" not in text
        client.post(f"{path}/say", {"words": "undo"})
        assert "Take back: At most 400 KB" in client.get(path).content.decode()

    def test_changed_as_a_fragment(self, page: tuple[Client, str, Project]) -> None:
        client, path, project = page
        sent = {"key": "goal:max_bytes", "value": "250 KB"}
        part = client.post(f"{path}/plan", sent, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "Take back: At most 250 KB" in part
        project.refresh_from_db()
        assert project.goal["max_bytes"] == 250_000
        assert Turn.objects.last().text.startswith("At most 250 KB now")  # type: ignore[union-attr]

    def test_refusals(self, page: tuple[Client, str, Project]) -> None:
        client, path, _ = page
        assert client.get(f"{path}/plan").status_code == 405
        assert Client().post(f"{path}/plan", {"drop": "goal:max_bytes"}).status_code == 404
        wrong = client.post(f"{path}/plan", {"key": "goal:max_bytes", "value": "tiny"})
        assert wrong.status_code == 400
        assert "for example 500 KB" in wrong.content.decode()
        client.post(f"{path}/plan", {"drop": "draft:reverse"})
        assert client.post(f"{path}/plan", {"drop": "draft:reverse"}).status_code == 409

    def test_an_export_is_called_by_its_plan(self, page: tuple[Client, str, Project]) -> None:
        client, path, _ = page
        client.post(f"{path}/say", {"words": "undo"})
        client.post(f"{path}/say", {"words": "redo"})
        where = client.post(f"{path}/export")["Location"]
        made = Render.objects.get(public_id=where.rsplit("/", 1)[-1])
        assert made.words == "As MP4, At most 400 KB, Backwards"
        heading = re.search(r"<h1.*?</h1>", client.get(where).content.decode(), re.DOTALL)
        assert heading
        assert "At most 400 KB" in heading[0]
