"""Controls write the words and follow them: one plan, two ways to say it."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.test import Client
from django.utils import translation

from gifweb.studio import words_of_controls

CASES = [
    ("", "trim", "from 1.5 s to 4.25 s", {"start_ms": 1500, "end_ms": 4250}),
    ("first 3 seconds, half the size", "trim", "from 0.5 s to 2 s", {"start_ms": 500, "end_ms": 2000}),
    (
        "under 500KB",
        "crop",
        "crop to 300x200 at 10,20",
        {"crop": {"x": 10, "y": 20, "w": 300, "h": 200}},
    ),
    ("square, mp4", "crop", "crop to 30x20 at 0,0", {"crop": {"x": 0, "y": 0, "w": 30, "h": 20}}),
    ("600px wide gif", "width", "320 px wide", {"width": 320}),
    ("gif 12 fps quality 80", "fps", "8 fps", {"fps": 8, "quality": 80}),
    ("不超过500KB，宽600像素", "width", "320 px wide", {"width": 320}),
    ("gif", "quality", "quality 72", {"quality": 72}),
    ("gif, 32 colours", "colors", "64 colors", {"colors": 64}),
]


@pytest.mark.parametrize(("words", "control", "said", "values"), CASES)
def test_a_control_is_heard_in_place_of_what_was_said(
    words: str, control: str, said: str, values: dict[str, object]
) -> None:
    written = words_of_controls.written(words, control, said)
    found = words_of_controls.values(written)
    assert {key: found[key] for key in values} == values
    assert found.keys() - values.keys() <= {"fit"}
    assert words_of_controls.written(written, control, said) == written, "pressing twice changes nothing"


MOVED = [
    ("trim", "from 1.5 s to 4.25 s", {"start_ms": 1500, "end_ms": 4250}),
    ("crop", "crop to 300x200 at 10,20", {"crop": {"x": 10, "y": 20, "w": 300, "h": 200}}),
    ("width", "320 px wide", {"width": 320}),
    ("fps", "8.5 fps", {"fps": 8.5}),
    ("quality", "quality 72", {"quality": 72}),
    ("colors", "64 colors", {"colors": 64}),
]


@pytest.mark.parametrize("locale", ["en", "zh-hans", "de", "es", "fr", "ja"])
def test_what_controls_wrote_in_the_language_of_the_page_stays_in_any_order(locale: str) -> None:
    with translation.override(locale):
        for moved in permutations(MOVED, 3):
            words, meant = "mp4", {}
            for control, said, values in moved:
                words, meant = words_of_controls.written(words, control, said), meant | values
            assert words_of_controls.values(words) == meant, words
            assert locale == "en" or moved[0][1] not in words or moved[0][0] == "fps"
        for control, _said, _values in moved:
            words = words_of_controls.written(words, control, "")
        assert words == "mp4"


def test_other_wishes_stay() -> None:
    words = words_of_controls.written("first 3 seconds, half the size, title “Hi, you”", "trim", "from 1 s to 2 s")
    assert words == "half the size, title “Hi, you”, from 1 s to 2 s"
    assert words_of_controls.written("mp4 600px wide at 12 fps", "width", "") in ("mp4 at 12 fps", "mp4 12 fps")
    assert words_of_controls.written("crop to 300x200 at 10,20, under 1.5 MB", "crop", "") == "under 1.5 MB"


@pytest.mark.parametrize("said", ["delete everything", "from 1 s to 2 s, under 1 byte", "<b>", "fps"])
def test_only_what_a_control_can_say_is_written(said: str) -> None:
    assert words_of_controls.written("gif", "trim", said) == "gif"
    assert words_of_controls.written("gif", "nothing", said) == "gif"


@pytest.mark.django_db
def test_the_page_is_told_words_values_and_cost(client: Client) -> None:
    asked = {"words": "under 500KB", "control": "trim", "said": "from 1 s to 2 s"}
    asked |= {"width": "640", "height": "480", "frames": "1000", "ms": "40000"}
    answer = client.get("/explain", asked, headers={"accept": "application/json"}).json()
    assert answer["words"] == "under 500KB, from 1 s to 2 s"
    assert answer["values"] == {"start_ms": 1000, "end_ms": 2000}
    assert answer["goal"]["max_bytes"] == 500_000
    whole = client.get("/explain", asked | {"control": ""}, headers={"accept": "application/json"}).json()
    assert 1 <= answer["credits"] <= whole["credits"] == 4
    bare = client.get("/explain", {"words": "gif"}, headers={"accept": "application/json"}).json()
    assert bare["credits"] is None
