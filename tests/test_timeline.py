"""The draft and its edits: pure data in, pure data and a sentence out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor import timeline
from compressor.errors import BadRequest
from compressor.media import MediaInfo
from compressor.timeline import Draft, edits


def film(width: int = 1280, height: int = 720, ms: int = 10_000, *, fps: float = 30, sound: bool = True) -> MediaInfo:
    count = round(ms * fps / 1000)
    return MediaInfo("mp4", "video", "h264", 1000, width, height, count, True, ms, ms, fps, has_audio=sound)


INFOS = {
    "city": film(),
    "sea": film(640, 360, 4000),
    "emoji": MediaInfo("gif", "video", "gif", 900, 128, 128, 20, True, 2000, 2000, 10.0, loop=0, has_alpha=True),
    "photo": MediaInfo("jpeg", "image", "jpeg", 500, 800, 600, 1),
    "song": MediaInfo("mp3", "audio", "mp3", 700, duration_ms=61_000, shown_ms=61_000, has_audio=True),
}


def city() -> Draft:
    return timeline.draft_for("city", INFOS["city"], "city timelapse.mp4")


def done(*wishes: edits.Edit, draft: Draft | None = None) -> timeline.Applied:
    return timeline.apply_all(draft or city(), list(wishes), INFOS)


def test_the_shape_of_a_new_draft_is_exactly_t_d_m() -> None:
    assert city().to_json() == {
        "t": [{"tt": 0, "sg": [{"media": "city", "name": "city timelapse", "at": 0, "d": 10_000}]}],
        "d": 10_000,
        "m": {"title": "city timelapse", "width": 1280, "height": 720, "fps": 30},
    }
    assert Draft().to_json() == {}
    assert Draft.from_json({}) == Draft()


def test_the_summary_of_the_promise() -> None:
    title = edits.AddText("Urban Dreams", position="top", end_ms=3000)
    draft = done(edits.SetMusic(loop_name="lo-fi", volume=0.35), title).draft
    assert draft.summary({}) == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%)"
        ' 3. Title: "Urban Dreams" (0-3s)'
    )
    assert city().summary({"city": "renamed.mp4"}) == "Timeline (1 track): 1. Video: renamed (0-10s)"
    assert done(edits.Trim(end_ms=2450)).draft.summary() == "Timeline (1 track): 1. Video: city timelapse (0-2.5s)"
    assert Draft().summary() == "Timeline (0 tracks)"


def test_two_clips_play_in_order_and_the_canvas_keeps_the_first_ones_shape() -> None:
    draft = done(edits.Trim(end_ms=6000), edits.AddClip("sea", "sea.mov")).draft
    assert [(c.media, c.d_ms) for c in draft.clips] == [("city", 6000), ("sea", 4000)]
    assert draft.d_ms == 10_000
    assert (draft.meta.width, draft.meta.height) == (1280, 720)
    assert [s["at"] for s in draft.to_json()["t"][0]["sg"]] == [0, 6000]
    moved = done(edits.MoveClip(1, 0), draft=draft).draft
    assert [c.media for c in moved.clips] == ["sea", "city"]
    assert [c.media for c in done(edits.RemoveClip(0), draft=draft).draft.clips] == ["sea"]


def test_a_still_is_shown_for_three_seconds_unless_somebody_says() -> None:
    draft = timeline.draft_for("photo", INFOS["photo"], "photo.jpg")
    assert draft.d_ms == 3000
    assert done(edits.StillLength(1500), draft=draft).draft.d_ms == 1500
    assert done(edits.Trim(start_ms=500, end_ms=1200), draft=draft).draft.d_ms == 700


@pytest.mark.parametrize(
    ("wishes", "piece", "d_ms"),
    [
        ([edits.Trim(end_ms=3000)], (0, 3000), 3000),
        ([edits.Trim(start_ms=2000, end_ms=5000)], (2000, 5000), 3000),
        ([edits.KeepLast(1000)], (9000, None), 1000),
        ([edits.Speed(2.0), edits.Trim(start_ms=1000, end_ms=2000)], (2000, 4000), 1000),
        ([edits.Reverse(), edits.Trim(end_ms=3000)], (7000, None), 3000),
        ([edits.Trim(end_ms=2000), edits.Boomerang()], (0, 2000), 4000),
        ([edits.Boomerang(), edits.MaxDuration(4000)], (0, 2000), 4000),
        ([edits.Trim(end_ms=4000), edits.Trim(start_ms=1000)], (1000, 4000), 3000),
        ([edits.Speed(0.5), edits.MaxDuration(5000)], (0, 2500), 5000),
    ],
)
def test_what_is_kept_of_the_source(wishes: list[edits.Edit], piece: tuple[int, int | None], d_ms: int) -> None:
    draft = done(*wishes).draft
    assert (draft.clips[0].from_ms, draft.clips[0].to_ms) == piece
    assert draft.d_ms == d_ms


def test_a_cut_goes_through_clips_and_takes_texts_with_it() -> None:
    draft = done(
        edits.AddClip("sea"),
        edits.AddText("early", end_ms=2000),
        edits.AddText("late", start_ms=9000, end_ms=12_000),
        edits.AddText("always"),
    ).draft
    cut = done(edits.Trim(start_ms=8000, end_ms=11_000), draft=draft)
    assert [(c.media, c.from_ms, c.to_ms, c.d_ms) for c in cut.draft.clips] == [
        ("city", 8000, None, 2000),
        ("sea", 0, 1000, 1000),
    ]
    assert [(t.text, t.at_ms, t.d_ms) for t in cut.draft.titles] == [("late", 1000, 2000), ("always", 0, None)]
    assert "3 s" in cut.sentence
    assert "text" in cut.sentence


def test_rotating_and_mirroring_follow_what_is_seen() -> None:
    clip = done(edits.Rotate(90), edits.Rotate(90)).draft.clips[0]
    assert (clip.rotate, clip.flip) == (180, False)
    turned = done(edits.Rotate(90)).draft
    assert (turned.meta.width, turned.meta.height) == (720, 1280)
    once = done(edits.Flip("horizontal"), draft=turned).draft
    assert done(edits.Flip("horizontal"), draft=once).draft == turned
    upside = done(edits.Flip("vertical"), edits.Flip("horizontal")).draft.clips[0]
    assert (upside.rotate, upside.flip) == (180, False)


def test_cropping_after_a_turn_means_the_picture_that_is_seen() -> None:
    draft = done(edits.Rotate(90), edits.CropTo(0, 0, 100, 200)).draft
    # Turned clockwise, the top left corner is what was at the bottom left.
    assert draft.clips[0].crop == timeline.Crop(0, 620, 200, 100)
    assert (draft.meta.width, draft.meta.height) == (100, 200)
    again = done(edits.CropTo(10, 20, 50, 50), draft=draft).draft
    assert again.clips[0].crop == timeline.Crop(20, 660, 50, 50)
    whole = done(edits.CropTo(0, 0, 9999, 9999)).draft
    assert whole == city()


@pytest.mark.parametrize(
    ("aspect", "fit", "size"),
    [
        ("1:1", None, (720, 720)),
        ("1:1", "pad", (1280, 1280)),
        ("9:16", "crop", (405, 720)),
        ("9:16", "blur", (1280, 2276)),
        ("21:9", "crop", (1280, 549)),
        ("16:9", "pad", (1280, 720)),
    ],
)
def test_the_canvas(aspect: str, fit: str | None, size: tuple[int, int]) -> None:
    meta = done(edits.Shape(aspect, fit)).draft.meta
    assert (meta.width, meta.height) == size
    back = done(edits.Shape(aspect, fit), edits.Shape("original", "original")).draft
    assert back == city()


def test_sound() -> None:
    quiet = done(edits.Mute()).draft
    assert quiet.clips[0].muted
    assert done(edits.Mute(False), draft=quiet).draft == city()
    music = done(edits.SetMusic(loop_name="piano"), edits.SetMusic(volume=0.2)).draft
    assert [(s.loop, s.volume) for s in music.sounds] == [("piano", 0.2)]
    assert done(edits.RemoveMusic(), draft=music).draft == city()
    own = done(edits.SetMusic(media="song", name="my song.mp3"), draft=music)
    assert [(s.media, s.loop, s.name) for s in own.draft.sounds] == [("song", None, "my song")]
    assert "my song" in own.sentence
    loud = done(edits.Volume(0.5), draft=music).draft
    assert (loud.clips[0].volume, loud.sounds[0].volume) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (lambda: done(edits.Trim(start_ms=10_000)), "10 s"),
        (lambda: done(edits.Trim(start_ms=3000, end_ms=2000)), "after"),
        (lambda: done(edits.AddClip("stranger")), "no such file"),
        (lambda: done(edits.RemoveClip(0)), "only clip"),
        (lambda: done(edits.Reverse(clip=4)), "clip 5"),
        (lambda: done(edits.CropTo(2000, 0, 5, 5)), "outside"),
        (lambda: done(edits.SetMusic(media="emoji")), "no sound"),
        (lambda: done(edits.AddText("x", start_ms=11_000)), "after the end"),
        (lambda: done(edits.StillLength(500)), "still"),
        (lambda: done(edits.RemoveText(3), draft=done(edits.AddText("x")).draft), "text 4"),
        (lambda: timeline.apply(Draft(), edits.Trim(end_ms=5), INFOS), "Add a file"),
        (lambda: edits.Speed(0), "speed"),
        (lambda: edits.Speed(float("nan")), "speed"),
        (lambda: edits.Rotate(45), "90"),
        (lambda: edits.AddText("  "), "empty"),
        (lambda: edits.AddText("x" * 501), "500"),
        (lambda: edits.AddText("x", color="blurple"), "blurple"),
        (lambda: edits.Shape("wide"), "16:9"),
        (lambda: edits.Volume(True), "number"),
        (lambda: edits.Trim(end_ms=10**400), "between"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(wish, word: str) -> None:
    with pytest.raises(BadRequest) as caught:
        wish()
    assert word in caught.value.message


def test_every_edit_travels_as_json_and_says_what_it_did() -> None:
    wishes: list[edits.Edit] = [
        edits.AddClip("sea", "sea.mp4"), edits.AddClip("photo", "p.jpg", at=0, d_ms=800), edits.MoveClip(0, 2),
        edits.SetTransition("fade", 0, 300, "navy"), edits.SetTransition("crossfade"),
        edits.RemoveClip(1), edits.StillLength(900), edits.Trim(end_ms=5000), edits.KeepLast(4000),
        edits.MaxDuration(3500), edits.Speed(1.5), edits.Reverse(), edits.Boomerang(), edits.Loop(3),
        edits.Shape("1:1", "pad"), edits.CropTo(1, 2, 300, 200, clip=0), edits.Rotate(270), edits.Flip("vertical"),
        edits.Background("navy"), edits.Grayscale(), edits.AddText("Hi", size=20, color="red", x_share=0.5),
        edits.ChangeText(0, text="Ho"), edits.RemoveText(0),
        edits.AddLayer("photo", "p.jpg", position="top", fade_in_ms=200),
        edits.AddLayer("sea", "sea.mp4", shape="circle"),
        edits.ChangeLayer(0, opacity=0.5, part=timeline.Part(0.25, 0, 0.5, 1)), edits.MoveLayer(1, 0),
        edits.RemoveLayer(1),
        edits.SetMusic(loop_name="calm"), edits.Volume(0.4), edits.Mute(), edits.RemoveMusic(), edits.Rename("film"),
    ]  # fmt: skip
    assert {type(w) for w in wishes} == set(edits.KINDS.values())
    draft = city()
    for wish in wishes:
        assert timeline.edit_from_json(json.loads(json.dumps(wish.to_json()))) == wish
        applied = timeline.apply(draft, wish, INFOS)
        assert applied.sentence.endswith(".")
        assert applied.sentence[0].isupper()
        draft = applied.draft
        assert Draft.from_json(json.dumps(draft.to_json())) == draft


def test_a_text_is_restyled_and_the_rest_of_it_stays() -> None:
    draft = done(
        edits.AddText("Hi", position="top", x_share=0.2, start_ms=1000, end_ms=2000), edits.AddText("Ho")
    ).draft

    def changed(**said: Any) -> timeline.Title:
        after = timeline.apply(draft, edits.ChangeText(0, **said), INFOS).draft
        assert after.titles[1] == draft.titles[1]
        return after.titles[0]

    old = draft.titles[0]
    assert changed(color="red") == replace(old, color="#ff0000")
    assert changed(text="Hey", size=30) == replace(old, text="Hey", size=30)
    assert changed(position="bottom") == replace(old, position="bottom", x=None)
    assert changed(start_ms=500) == replace(old, at_ms=500, d_ms=None)
    assert changed(end_ms=1500) == replace(old, d_ms=500)
    for wrong in ({"start_ms": 10_000_000}, {"end_ms": 900}):
        with pytest.raises(BadRequest):
            changed(**wrong)
    with pytest.raises(BadRequest):
        timeline.apply(draft, edits.ChangeText(2, color="red"), INFOS)


def test_every_file_that_is_named_is_found() -> None:
    draft = done(edits.AddClip("photo"), edits.SetMusic(media="song")).draft
    assert timeline.media_ids(draft) == {"city", "photo", "song"}
    assert timeline.media_ids(Draft()) == set()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "trim",
        {"edit": "explode"},
        {"edit": "trim", "end": 5},
        {"edit": "speed"},
        {"edit": "trim", "end_ms": "5"},
        {"edit": "reverse", "on": None},
    ],
)
def test_an_edit_that_means_nothing_is_refused(value: object) -> None:
    with pytest.raises(BadRequest):
        timeline.edit_from_json(value)


def test_history_goes_back_and_forth_and_forgets_what_was_undone() -> None:
    first, second, third = city(), done(edits.Reverse()).draft, done(edits.Speed(2.0)).draft
    history = timeline.History(first).then(second).then(third)
    back = history.undo()
    assert back is not None
    assert back.now == second
    assert back.redo() == history
    other = back.then(first)
    assert other.redo() is None
    assert timeline.History(first).undo() is None


times = st.integers(0, 12_000)
some_edits = st.one_of(
    st.builds(edits.Trim, start_ms=times, end_ms=st.one_of(st.none(), st.integers(1, 12_000))),
    st.builds(edits.KeepLast, st.integers(1, 12_000)),
    st.builds(edits.MaxDuration, st.integers(1, 12_000)),
    st.builds(edits.Speed, st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0])),
    st.builds(edits.Reverse, st.booleans()),
    st.builds(edits.Boomerang, st.booleans()),
    st.builds(edits.AddClip, st.sampled_from(["city", "sea", "photo", "emoji"])),
    st.builds(edits.Rotate, st.sampled_from([90, 180, 270])),
    st.builds(edits.Flip, st.sampled_from(["horizontal", "vertical"])),
    st.builds(edits.CropTo, st.integers(0, 700), st.integers(0, 700), st.integers(1, 900), st.integers(1, 900)),
    st.builds(
        edits.Shape, st.sampled_from(["1:1", "9:16", "16:9", "2.39:1"]), st.sampled_from(["crop", "pad", "blur"])
    ),
    st.builds(edits.AddText, st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), start_ms=times),
)


@given(st.lists(some_edits, max_size=8))
def test_any_run_of_edits_leaves_a_draft_that_makes_sense(wishes: list[edits.Edit]) -> None:
    draft = city()
    for wish in wishes:
        try:
            draft = timeline.apply(draft, wish, INFOS).draft
        except BadRequest:
            continue
        assert draft.clips
        assert draft.d_ms == sum(c.d_ms for c in draft.clips) > 0
        for clip in draft.clips:
            info = INFOS[clip.media]
            start, end = clip.source_ms(info) if not clip.still else (0, 1)
            assert 0 <= start < end
            assert clip.d_ms == clip.played_ms(info)
            if clip.crop:
                assert clip.crop.x + clip.crop.w <= info.width
                assert clip.crop.y + clip.crop.h <= info.height
        assert draft.meta.width > 0
        assert draft.meta.height > 0
        assert Draft.from_json(json.loads(json.dumps(draft.to_json()))) == draft


@given(st.lists(some_edits, max_size=8))
def test_whatever_was_done_can_be_taken_back(wishes: list[edits.Edit]) -> None:
    draft = city()
    for wish in wishes:
        try:
            draft = timeline.apply(draft, wish, INFOS).draft
        except BadRequest:
            continue
    for _ in range(60):
        standing = timeline.done(draft)
        if not standing:
            break
        assert len({d.key for d in standing}) == len(standing)
        before, draft = draft, timeline.taken_back(draft, standing[0].key, INFOS)
        assert draft != before
        assert draft.d_ms == sum(c.d_ms for c in draft.clips) > 0
    assert timeline.done(draft) == []
    assert all(c.d_ms == c.played_ms(INFOS[c.media]) for c in draft.clips)


def test_what_was_done_is_named_clip_by_clip_where_they_differ() -> None:
    two = done(edits.AddClip("sea", "sea.mp4"), edits.Speed(2.0), edits.Trim(end_ms=1000, clip=1)).draft
    assert [(d.key, d.wish, d.clip) for d in timeline.done(two)] == [
        ("trim:1", {"end_ms": 2000}, "sea"),
        ("speed", {"speed": 2.0}, ""),
    ]
    assert timeline.taken_back(two, "speed", INFOS).d_ms == 12_000
    flipped = done(edits.Flip("vertical"), edits.Shape("1:1", "blur")).draft
    assert [d.wish for d in timeline.done(flipped)] == [{"flip": "vertical"}, {"aspect": "1:1", "fit": "blur"}]
    assert timeline.taken_back(flipped, "flip", INFOS).clips == city().clips
    with pytest.raises(BadRequest):
        timeline.taken_back(flipped, "speed", INFOS)


@given(times, st.integers(1, 12_000), st.sampled_from([0.5, 1.0, 2.0, 4.0]))
def test_a_trim_gives_the_length_that_was_asked(start: int, length: int, speed: float) -> None:
    draft = done(edits.Speed(speed)).draft
    wanted = min(start + length, draft.d_ms) - start
    if wanted <= 0:
        return
    cut = done(edits.Trim(start_ms=start, end_ms=start + length), draft=draft).draft
    assert abs(cut.d_ms - wanted) <= 1 / speed


def test_edits_leave_the_draft_they_came_from_alone() -> None:
    before = city()
    copy = replace(before)
    done(edits.Trim(end_ms=10), edits.AddText("x"), draft=before)
    assert before == copy


@pytest.mark.parametrize("shape", ["1e99999999:1", "1:1e-99999999", "1e99999999", "9" * 5000 + ":1", "1/2/3", "nan"])
def test_a_shape_is_two_small_numbers(shape: str) -> None:
    """An exponent is a number of a hundred million digits to Fraction: hours of a web server's core for one edit."""
    with pytest.raises(BadRequest):
        timeline.edit_from_json({"edit": "shape", "aspect": shape})


@pytest.mark.parametrize("colour", ["rgb(300,0,0)", "hsl(0,0%,99999999999%)", "hsv(1,999%,999%)"])
def test_a_colour_is_one_that_can_be_read_again(colour: str) -> None:
    """Pillow takes more than 255 for a part; a draft that kept it could not be opened any more."""
    with pytest.raises(BadRequest):
        timeline.edit_from_json({"edit": "background", "background": colour})


@pytest.mark.parametrize(
    "wishes",
    [
        [{"edit": "add_text", "text": "x"}] * 500,
        [{"edit": "add_clip", "media": "still"}] * 500,
        [{"edit": "add_clip", "media": "still"}] * 2 + [{"edit": "still_length", "d_ms": 86_400_000}],
        [{"edit": "speed", "speed": 0.05}, {"edit": "boomerang"}],
    ],
)
def test_no_edit_makes_a_draft_that_cannot_be_read_again(wishes: list[dict[str, Any]]) -> None:
    """A project whose draft is not read is one that nobody can open any more."""
    hour = MediaInfo("mp4", "video", "h264", 9, 10, 10, 100, duration_ms=3_600_000, shown_ms=3_600_000)
    infos = {"film": hour, "still": MediaInfo("png", "image", "png", 9, 10, 10, 1)}
    draft = timeline.draft_for("film", hour, "film.mp4")
    for wish in wishes[:-1]:
        draft = timeline.apply(draft, timeline.edit_from_json(wish), infos).draft
    assert Draft.from_json(draft.to_json()) == draft
    with pytest.raises(BadRequest, match=r"at most 500 pieces|longer than a day"):
        timeline.apply_all(draft, [timeline.edit_from_json(wishes[-1])] * 2, infos)
