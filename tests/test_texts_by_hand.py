"""Texts by hand on the page of a project, and what is said where something lasts beyond the clip."""

from __future__ import annotations

import pytest

from compressor.errors import BadRequest
from compressor.timeline import edits
from gifweb.studio import chat, drafts, texts

from .test_turn import Room

pytestmark = pytest.mark.django_db


def test_a_text_is_put_changed_and_taken_away() -> None:
    room = Room("party.gif")
    chat.edit(room.project, texts.edit_of({"text": "SALE"}))
    form = {"number": "0", "text": "SALE now", "position": "top", "size": "20", "color": "#ff0000", "start": "0.5"}
    chat.edit(room.project, texts.edit_of(form | {"end": "2", "entrance": "left", "was": "cut"}))
    (title,) = drafts.current(room.project).titles
    assert (title.text, title.position, title.size, title.color) == ("SALE now", "top", 20, "#ff0000")
    assert (title.at_ms, title.d_ms, title.slide, title.fade_in_ms) == (500, 1500, "left", texts.FADE_MS)
    (row,) = texts.rows(drafts.current(room.project))
    assert (row["start"], row["end"], row["entrance"], row["size"]) == ("0.5", "2", "left", "20")
    chat.edit(room.project, texts.edit_of(form | {"entrance": "left", "was": "left", "size": ""}))
    (title,) = drafts.current(room.project).titles
    assert (title.size, title.d_ms, title.fade_in_ms) == (20, None, texts.FADE_MS)
    chat.edit(room.project, texts.edit_of({"number": "0", "remove": "1", "text": ""}))
    assert drafts.current(room.project).titles == ()


def test_a_text_has_a_box_that_follows_what_is_put() -> None:
    room = Room("party.gif")
    chat.edit(room.project, edits.AddText("SALE"))

    def box() -> list[float]:
        found: list[float] = texts.rows(drafts.current(room.project))[0]["box"]
        return found

    left, top, width, height = box()
    assert left + width / 2 == pytest.approx(50, abs=1)
    assert 50 < top < top + height <= 100
    form = {"number": "0", "text": "SALE", "x": "30", "y": "40", "size": "40"}
    chat.edit(room.project, texts.edit_of(form))
    left, top, width, height = box()
    assert (left + width / 2, top + height / 2) == (pytest.approx(30, abs=1), pytest.approx(40, abs=1))
    chat.edit(room.project, texts.edit_of(form | {"size": "20"}))
    assert box()[2] == pytest.approx(width / 2, rel=0.1)


def test_a_text_says_something() -> None:
    with pytest.raises(BadRequest):
        texts.edit_of({"text": " "})
    with pytest.raises(BadRequest):
        texts.edit_of({"number": "0", "text": "a", "start": "soon"})


def test_a_row_says_how_large_the_letters_are_where_no_size_was_said() -> None:
    room = Room("party.gif")
    chat.edit(room.project, edits.AddText("<b>SALE</b>"))
    (row,) = texts.rows(drafts.current(room.project))
    assert row["entrance"] == "cut"
    assert row["fits"] > 1
    assert row["size"] == row["end"] == ""


@pytest.mark.parametrize("words", ["add the text HELLO from 1s to 60s", "加上文字“HELLO”，从1秒到60秒"])
def test_a_time_beyond_the_clip_is_said(words: str) -> None:
    said = Room("party.gif").say(words)
    assert "4 s" in said or "4 秒" in said
    assert "stays to its end" in said or "显示到结尾" in said
