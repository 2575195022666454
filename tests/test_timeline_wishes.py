"""From the explain object to edits: every key of the timeline, in an order that makes sense."""

from __future__ import annotations

from typing import Any

import pytest

from compressor import timeline
from compressor.errors import BadRequest
from compressor.timeline import edits

from .test_timeline import INFOS, city

NAMES = {"city": "city.mp4", "song": "My Song.mp3"}


def wanted(explain: dict[str, Any], draft: timeline.Draft | None = None) -> list[edits.Edit]:
    return timeline.edits_from_explain(explain, draft or city(), INFOS, NAMES)


@pytest.mark.parametrize(
    ("explain", "expected"),
    [
        ({"end_ms": 3000}, [edits.Trim(end_ms=3000)]),
        ({"start_ms": 0, "end_ms": 3000}, [edits.Trim(end_ms=3000)]),
        ({"start_ms": 0}, []),
        ({"last_ms": 2000}, [edits.KeepLast(2000)]),
        ({"speed": 2.0, "start_ms": 1000}, [edits.Trim(start_ms=1000), edits.Speed(2.0)]),
        ({"max_duration_ms": 5000, "boomerang": True}, [edits.Boomerang(), edits.MaxDuration(5000)]),
        ({"reverse": True, "loop": 0}, [edits.Reverse(), edits.Loop(0)]),
        ({"aspect": "9:16", "fit": "blur"}, [edits.Shape("9:16", "blur")]),
        ({"fit": "pad"}, [edits.Shape(fit="pad")]),
        ({"crop": {"x": 10, "y": 20, "w": 300, "h": 200}}, [edits.CropTo(10, 20, 300, 200)]),
        ({"rotate": 90, "flip": "vertical"}, [edits.Rotate(90), edits.Flip("vertical")]),
        ({"background": "#1a73e8"}, [edits.Background("#1a73e8")]),
        ({"background": "transparent", "transparent": True}, [edits.Background("transparent")]),
        ({"transparent": True}, [edits.Background("transparent")]),
        ({"grayscale": True}, [edits.Grayscale()]),
        ({"mute": True, "music": {"name": "lo-fi"}}, [edits.Mute(), edits.SetMusic(loop_name="lo-fi")]),
        (
            {"mute": True, "volume": 0.4, "music": {"name": "calm"}},
            [edits.Mute(), edits.SetMusic(loop_name="calm", volume=0.4)],
        ),
        ({"volume": 0.4, "mute": True}, [edits.Volume(0.4), edits.Mute()]),
        ({"music": {"name": "Lo-Fi beats", "volume": 0.35}}, [edits.SetMusic(loop_name="lo-fi", volume=0.35)]),
        ({"music": {"name": "cinematic"}}, [edits.SetMusic(loop_name="epic")]),
        ({"music": {"name": "my song"}}, [edits.SetMusic(media="song", name="My Song.mp3")]),
        ({"music": {"name": "My Song.mp3"}}, [edits.SetMusic(media="song", name="My Song.mp3")]),
        ({"music": {}}, [edits.SetMusic(media="song", name="My Song.mp3")]),
        ({"music": True}, [edits.SetMusic(media="song", name="My Song.mp3")]),
        ({"remove_music": True, "remove_text": True}, [edits.RemoveText(), edits.RemoveMusic()]),
        ({"volume": 0.5}, [edits.Volume(0.5)]),
        (
            {"text": {"text": "Hi", "position": "top", "end_ms": 3000}},
            [edits.AddText("Hi", position="top", end_ms=3000)],
        ),
        (
            {"transition": {"kind": "fade", "color": "white", "clip": 0}},
            [edits.SetTransition("fade", 0, None, "white")],
        ),
        ({"text": [{"text": "A"}, {"text": "B"}]}, [edits.AddText("A"), edits.AddText("B")]),
        ({"format": "mp4", "max_bytes": 500_000, "width": 300, "fps": 12, "preset": "slack-emoji"}, []),
    ],
)
def test_each_key_becomes_its_edit(explain: dict[str, Any], expected: list[edits.Edit]) -> None:
    assert wanted(explain) == expected


def test_all_of_them_at_once_can_be_done() -> None:
    explain = {
        "start_ms": 1000, "end_ms": 9000, "last_ms": 6000, "max_duration_ms": 5000, "speed": 2.0, "reverse": True,
        "boomerang": True, "loop": 3, "aspect": "1:1", "fit": "blur", "crop": {"x": 0, "y": 0, "w": 600, "h": 600},
        "rotate": 90, "flip": "horizontal", "text": [{"text": "Hi", "end_ms": 1000}], "music": {"name": "upbeat"},
        "volume": 0.4, "mute": True, "background": "white", "grayscale": True, "remove_text": True,
        "remove_music": True,
    }  # fmt: skip
    applied = timeline.apply_all(city(), wanted(explain), INFOS)
    draft = applied.draft
    assert draft.d_ms == 5000
    assert (draft.meta.width, draft.meta.height) == (600, 600)
    assert draft.titles[0].text == "Hi"
    assert draft.sounds[0].loop == "upbeat"
    assert not draft.sounds[0].muted
    assert draft.clips[0].muted


def test_no_name_and_no_upload_gives_built_in_music_and_then_only_its_volume() -> None:
    infos = {"city": INFOS["city"]}
    first = timeline.apply_all(city(), timeline.edits_from_explain({"music": {}}, city(), infos), infos).draft
    assert first.sounds[0].loop == "lo-fi"
    quieter = timeline.edits_from_explain({"music": {"volume": 0.2}}, first, infos)
    after = timeline.apply_all(first, quieter, infos).draft
    assert [(s.loop, s.volume) for s in after.sounds] == [("lo-fi", 0.2)]


@pytest.mark.parametrize(
    "explain",
    [
        {"music": {"name": "Bohemian Rhapsody"}},
        {"music": 5},
        {"text": 5},
        {"text": {"position": "top"}},
        {"crop": {"x": 1}},
        {"aspect": "big"},
        {"speed": "fast"},
        {"reverse": "yes"},
        {"end_ms": -4},
        {"flip": "sideways"},
    ],
)
def test_what_cannot_be_meant_is_refused(explain: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        wanted(explain)
