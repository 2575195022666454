"""The drawn timeline: to scale, in order, and never outside its frame."""

from __future__ import annotations

import pytest

from compressor.timeline import Draft
from compressor.timeline.draft import AUDIO, TEXT, VIDEO, Clip, Sound, Title, Track
from gifweb.studio import timeline_view

NAMES = {"a": "city.gif", "b": "night.mp4"}


@pytest.fixture
def two_clips() -> Draft:
    return Draft(
        tracks=(
            Track(VIDEO, (Clip("a", 6000), Clip("b", 2000, speed=2.0, to_ms=4000))),
            Track(AUDIO, (Sound(loop="lofi", volume=0.35),)),
            Track(TEXT, (Title("Urban\nDreams", d_ms=3000),)),
        )
    )


def test_boxes_are_to_scale_and_in_order(two_clips: Draft) -> None:
    drawing = timeline_view.draw(two_clips, NAMES)
    assert drawing.d_ms == 8000
    picture, sound, words = drawing.rows
    assert [(b.left, b.width, b.text) for b in picture.boxes] == [(0.0, 75.0, "city"), (75.0, 25.0, "night")]
    assert "2×" in picture.boxes[1].note
    assert (sound.boxes[0].left, sound.boxes[0].width, sound.boxes[0].note) == (0.0, 100.0, "35 %")
    assert (words.boxes[0].width, words.boxes[0].text) == (37.5, "“Urban Dreams”")
    assert [row.top for row in drawing.rows] == sorted({row.top for row in drawing.rows})


def test_nothing_leaves_the_frame(two_clips: Draft) -> None:
    for row in timeline_view.draw(two_clips, NAMES).rows:
        for box in row.boxes:
            assert 0 <= box.left <= 100
            assert box.left + box.width <= 100.001 or box.width == 0.6


def test_an_empty_draft_is_drawn_empty() -> None:
    drawing = timeline_view.draw(Draft(), {})
    assert drawing.rows == []
    assert drawing.ticks == []
    assert drawing.height > 0


@pytest.mark.parametrize("total", [90, 1000, 8000, 61_000, 3_600_000])
def test_the_ruler_has_few_marks(total: int) -> None:
    ticks = timeline_view._ticks(total)
    assert 1 <= len(ticks) <= timeline_view.MOST_TICKS + 1
    assert ticks[0].left == 0
