"""What stands is respected: hand-written explain objects over what stands, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressor import deciding, timeline
from compressor.deciding import Before, Decided
from compressor.deciding.file_state import REASONS, Result, Standing
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import edits

GIF = MediaInfo("gif", "video", "gif", 1_000_000, 400, 300, 100, True, 10_000, 10_000, 10.0, loop=0)
OTHER = replace(GIF, bytes=500_000, duration_ms=4000, shown_ms=4000, frames=40)
SONG = MediaInfo("mp3", "audio", "mp3", 700, duration_ms=61_000, shown_ms=61_000, has_audio=True)
INFOS = {"a": GIF, "b": OTHER, "song": SONG}
NAMES = {"a": "city.gif", "b": "cat.gif", "song": "tune.mp3"}


def standing(*made: edits.Edit, **goal: Any) -> Standing:
    draft = timeline.apply_all(timeline.draft_for("a", GIF, "city.gif"), list(made), INFOS).draft
    return Standing(draft, Goal(**goal), "a", "city.gif", GIF, INFOS)


def result(size: int, **more: Any) -> Result:
    return Result(size, "gif", 400, 300, 10.0, 100, 10_000, **({"quality": 60.0} | more))


def decided(explain: dict[str, Any], stands: Standing, **more: Any) -> Decided:
    found = deciding.apply(explain, stands, names=NAMES, **more)
    assert all(r in REASONS for r in found.refused if isinstance(r, str))
    return found


def goal(explain: dict[str, Any], stands: Standing, **more: Any) -> dict[str, Any]:
    return decided(explain, stands, **more).goal.to_json()


@pytest.mark.parametrize(
    ("explain", "before", "last", "after"),
    [
        # smaller: three quarters of the least of the result, the ceiling, the source
        ({"relative": "smaller"}, {}, None, {"max_bytes": 750_000}),
        ({"relative": "smaller"}, {"max_bytes": 100_000}, None, {"max_bytes": 75_000}),
        ({"relative": "smaller"}, {"max_bytes": 100_000}, 90_000, {"max_bytes": 67_500}),
        ({"relative": "smaller"}, {"max_bytes": 3_000_000}, 2_000_000, {"max_bytes": 750_000}),
        ({"relative": "smaller"}, {"max_ratio": 0.1}, None, {"max_bytes": 75_000}),
        ({"relative": "smaller"}, {"preset": "slack-emoji"}, None, {"max_bytes": 96_000, "preset": "slack-emoji"}),
        ({"relative": "smaller", "factor": 0.9}, {"max_bytes": 100_000}, None, {"max_bytes": 90_000}),
        # less and more, against what stands
        ({"less_bytes": 100_000}, {"max_bytes": 700_000}, None, {"max_bytes": 600_000}),
        ({"less_bytes": 20_000}, {"max_bytes": 80_000}, 79_000, {"max_bytes": 60_000}),
        ({"less_bytes": 20_000}, {"max_bytes": 80_000}, 50_000, {"max_bytes": 30_000}),
        ({"less_bytes": 50_000}, {}, None, {"max_bytes": 950_000}),
        ({"less_bytes": 600_000}, {"format": "webp"}, 2_000_000, {"max_bytes": 1_400_000, "format": "webp"}),
        ({"less_bytes": 90_000}, {"max_bytes": 80_000}, None, {"max_bytes": 80_000}),
        ({"more_bytes": 150_000}, {"max_bytes": 600_000}, 590_000, {"max_bytes": 750_000}),
        ({"more_bytes": 30_000}, {}, 70_000, {"max_bytes": 100_000}),
        # stated limits
        ({"max_bytes": 80_000}, {"max_bytes": 50_000}, 49_000, {"max_bytes": 80_000}),
        ({"max_ratio": 0.5}, {}, None, {"max_bytes": 500_000}),
        ({"max_ratio": 0.5}, {"max_bytes": 100_000}, None, {"max_bytes": 50_000}),
        ({"max_ratio": 0.5}, {"max_bytes": 600_000}, None, {"max_bytes": 500_000}),
        ({"max_ratio": 0.5}, {}, 300_000, {"max_bytes": 150_000}),
        ({"max_ratio": 0.9}, {"max_bytes": 100_000}, None, {"max_bytes": 90_000}),
        # better keeps every limit
        ({"relative": "better"}, {"max_bytes": 50_000}, 49_000, {"max_bytes": 50_000}),
        ({"relative": "better"}, {"preset": "slack-emoji"}, 127_000, {"preset": "slack-emoji"}),
        ({"relative": "better"}, {"max_bytes": 50_000}, None, {"max_bytes": 50_000}),
        ({"relative": "better"}, {}, 300_000, {"quality": 70.0}),
        ({"relative": "better"}, {}, None, {"quality": 85.0}),
        ({"relative": "better"}, {"max_bytes": 500_000, "quality": 55}, 300_000, {"max_bytes": 500_000, "quality": 70}),
        ({"relative": "better"}, {"max_bytes": 310_000, "quality": 55}, 300_000, {"max_bytes": 310_000, "quality": 55}),
        ({"relative": "better", "more_bytes": 10}, {"max_bytes": 50_000}, 49_000, {"max_bytes": 50_010}),
        # places
        ({"preset": "slack-emoji"}, {"max_bytes": 100_000}, None, {"max_bytes": 100_000, "preset": "slack-emoji"}),
        ({"preset": "slack-emoji"}, {"format": "mp4", "width": 640}, None, {"preset": "slack-emoji"}),
        ({"preset": "none"}, {"max_bytes": 900, "preset": "slack-emoji"}, None, {"max_bytes": 900}),
        ({"remove": {"preset": True}}, {"preset": "slack-emoji"}, None, {}),
        ({"preset": "nowhere"}, {"preset": "slack-emoji"}, None, {"preset": "slack-emoji"}),
        # dimensions said as a share act on those that stand
        ({"scale": 0.5}, {}, None, {"scale": 0.5}),
        ({"scale": 0.5}, {"width": 300}, None, {"width": 150}),
        ({"scale": 0.5}, {"scale": 0.5}, None, {"scale": 0.25}),
        ({"scale": 1}, {"width": 300}, None, {}),
        ({"width": 480}, {"height": 480}, None, {"width": 480}),
        ({"fps": 15}, {"keep_every": 2}, None, {"fps": 15}),
        # what must stay is held where a ceiling could take it
        ({"keep": ["dimensions"]}, {}, None, {}),
        ({"keep": ["dimensions"]}, {"max_bytes": 900}, None, {"max_bytes": 900, "width": 400}),
        ({"max_bytes": 900, "keep": "fps"}, {}, None, {"max_bytes": 900, "fps": 10.0}),
        ({"keep": ["format"]}, {}, None, {"format": "gif"}),
        ({"quality": "lossless"}, {"quality": 70.0}, None, {"lossless": True}),
        ({"quality": "high", "dither": "none"}, {}, None, {"quality": 85.0, "dither": False}),
        # what cannot be meant changes nothing
        ({"max_bytes": -5, "format": "gif"}, {"max_bytes": 100}, None, {"max_bytes": 100, "format": "gif"}),
        ({"format": "exe"}, {"format": "gif"}, None, {"format": "gif"}),
        ({"colors": 1}, {"width": 9}, None, {"width": 9}),
        ({"max_bytes": 1}, {"max_bytes": 9000}, None, {"max_bytes": 9000}),
        ({"max_bytes": 1}, {}, None, {"max_bytes": 1}),  # the result says honestly that it cannot fit
        ({"remove": {"max_bytes": True}}, {"max_bytes": 9000, "width": 9}, None, {"width": 9}),
        ({"remove": {"max_bytes": True}}, {"max_ratio": 0.5}, None, {}),
    ],
)  # fmt: skip
def test_the_goal(explain: dict[str, Any], before: dict[str, Any], last: int | None, after: dict[str, Any]) -> None:
    ceiling = before.get("max_bytes")
    done = result(last, max_bytes=ceiling) if last else None
    assert goal(explain, standing(**before), last=done) == after


@pytest.mark.parametrize(
    ("explain", "before", "last", "reason"),
    [
        ({"relative": "better"}, {"max_bytes": 50_000}, 49_000, "best_fits"),
        ({"relative": "better"}, {"max_bytes": 50_000}, None, "no_room"),
        ({"relative": "better"}, {"max_bytes": 36_800}, 49_100, "no_room"),
        ({"less_bytes": 90_000}, {"max_bytes": 80_000}, None, "no_bytes_left"),
        ({"remove_text": True}, {}, None, "no_text"),
        ({"remove": {"music": True}}, {}, None, "no_music"),
        ({"remove": {"clip": 1}}, {}, None, "only_clip"),
        ({"remove": {"clip": 3}}, {}, None, "no_clip"),
        ({"change_text": {"color": "red"}}, {}, None, "no_text"),
    ],
)
def test_what_is_not_done_has_its_reason(
    explain: dict[str, Any], before: dict[str, Any], last: int | None, reason: str
) -> None:
    stands = standing(**before)
    found = decided(explain, stands, last=result(last, max_bytes=before.get("max_bytes")) if last else None)
    assert found.refused == (reason,)
    assert (found.draft, found.goal) == (stands.draft, stands.goal)


def test_pace_and_volume_multiply_what_stands() -> None:
    stands = standing()
    for explain, speed in (
        ({"speed": 0.5}, 0.5),
        ({"relative_pace": 1.25}, 0.625),
        ({"relative_pace": 2}, 1.25),
        ({"relative": "slower"}, 1.0),
        ({"speed": 1}, 1.0),
        ({"relative": "faster", "speed": 3}, 3.0),
    ):
        stands = deciding.after(stands, decided(explain, stands))
        assert stands.draft.clips[0].speed == speed
    stands = standing(edits.SetMusic(loop_name="lo-fi", volume=0.5))
    for explain, volume in (
        ({"relative_volume": 0.5}, 0.25),
        ({"music": {"name": "epic"}}, 0.25),
        ({"music": {"name": "calm", "volume": 0.4}}, 0.4),
    ):
        stands = deciding.after(stands, decided(explain, stands))
        assert stands.draft.sounds[0].volume == pytest.approx(volume)
    assert stands.draft.sounds[0].loop == "calm"
    two = standing(edits.AddClip("b", "cat.gif"), edits.Speed(2.0, clip=0))
    assert [c.speed for c in decided({"relative_pace": 0.5}, two).draft.clips] == [1.0, 0.5]


def test_texts_are_restyled_by_what_they_say() -> None:
    stands = standing(edits.AddText("HELLO", position="top-left"), edits.AddText("link in bio", position="bottom"))

    def titles(wish: Any, **more: Any) -> list[timeline.Title]:
        return list(decided({"change_text": wish}, stands, **more).draft.titles)

    first, second = stands.draft.titles
    assert titles({"which": "first", "color": "red"}) == [replace(first, color="#ff0000"), second]
    assert titles({"which": "bio", "position": "top"}) == [first, replace(second, position="top")]
    assert titles({"which": "bottom", "text": "Bye"}) == [first, replace(second, text="Bye")]
    assert titles({"start_ms": 1000, "end_ms": 2000}, recent=1) == [first, replace(second, at_ms=1000, d_ms=1000)]
    assert titles({"which": 2, "last_ms": 2000}) == [first, replace(second, at_ms=8000)]
    assert titles([{"which": 1, "color": "red"}, {"which": 2, "color": "red"}])[1].color == "#ff0000"
    assert decided({"change_text": {"color": "red"}}, stands).refused == ("which_text",)
    assert decided({"change_text": {"which": "nope", "color": "red"}}, stands).refused == ("which_text",)
    assert len(decided({"remove": {"text": "HELLO"}}, stands).draft.titles) == 1
    one = standing(edits.AddText("Hi"))
    bigger = decided({"change_text": {"size": "bigger"}}, one)
    size = bigger.draft.titles[0].size
    again = decided({"change_text": {"size": "smaller"}}, deciding.after(one, bigger))
    assert size
    assert again.draft.titles[0].size == pytest.approx(size * 0.8, abs=0.1)
    assert decided({"change_text": {"size": 40}}, one).draft.titles[0].size == 40
    assert decided({"text": {"text": "Hi", "position": "bottom"}}, one).draft == one.draft
    assert decided({"text": {"text": "Bye", "last_ms": 1000}}, one).draft.titles[1].at_ms == 9000


def test_clips_are_removed_and_put_in_order() -> None:
    stands = standing(edits.AddClip("b", "cat.gif"), edits.AddClip("a", "city.gif"))

    def names(explain: dict[str, Any]) -> list[str]:
        return [c.name for c in decided(explain, stands).draft.clips]

    assert names({"order": [2, 1]}) == ["cat", "city", "city"]
    assert names({"order": ["cat"]}) == ["cat", "city", "city"]
    assert names({"order": [3, 2, 1]}) == ["city", "cat", "city"]
    assert names({"remove": {"clip": 2}}) == ["city", "city"]
    assert names({"remove": {"clip": "last"}}) == ["city", "cat"]
    assert decided({"order": [4, 1]}, stands).refused == ("no_clip",)
    assert decided({"remove": {"clip": "city"}}, stands).refused == ("which_clip",)


def corrects(first: dict[str, Any], second: dict[str, Any], stands: Standing | None = None) -> Standing:
    """What stands after a message and one that corrects it."""
    stands = stands or standing()
    one = decided(first, stands)
    now = deciding.after(stands, one)
    return deciding.after(now, decided(second, now, before=[Before(stands, one.edits, first)]))


def test_a_correction_replaces() -> None:
    after = corrects({"start_ms": 2000}, {"start_ms": 1000})
    assert (after.draft.clips[0].from_ms, after.draft.d_ms) == (1000, 9000)
    after = corrects({"start_ms": 2000, "speed": 2}, {"start_ms": 1000})
    assert (after.draft.clips[0].from_ms, after.draft.clips[0].speed, after.draft.d_ms) == (1000, 2, 4500)
    after = corrects({"start_ms": 2000}, {"end_ms": 1000})
    assert (after.draft.clips[0].from_ms, after.draft.clips[0].to_ms) == (1000, None)
    after = corrects({"end_ms": -2000}, {"last_ms": 1000})
    assert (after.draft.clips[0].from_ms, after.draft.d_ms) == (0, 9000)
    after = corrects({"start_ms": 2000}, {"start_ms": 0, "end_ms": 2000})
    assert (after.draft.clips[0].from_ms, after.draft.clips[0].to_ms) == (0, 2000)
    after = corrects({"start_ms": 2000, "end_ms": 5000}, {"end_ms": 6000})
    assert (after.draft.clips[0].from_ms, after.draft.clips[0].to_ms) == (2000, 6000)
    after = corrects({"end_ms": -2000}, {"end_ms": -1000})
    assert after.draft.d_ms == 9000
    after = corrects({"aspect": "9:16", "fit": "crop"}, {"fit": "pad"})
    assert (after.draft.meta.aspect, after.draft.meta.fit) == ("9:16", "pad")
    assert corrects({"rotate": 270}, {"rotate": 90}).draft.clips[0].rotate == 90
    after = corrects({"reverse": True}, {"reverse": False, "boomerang": True})
    assert (after.draft.clips[0].reverse, after.draft.clips[0].boomerang) == (False, True)
    two = standing(edits.AddClip("b", "cat.gif"), edits.AddClip("a", "city.gif"))
    assert [c.name for c in corrects({"remove": {"clip": 2}}, {"remove": {"clip": 3}}, two).draft.clips] == [
        "city",
        "cat",
    ]
    after = corrects({"text": {"text": "BRB", "position": "top-left"}}, {"change_text": {"position": "top-right"}})
    assert [(t.text, t.position) for t in after.draft.titles] == [("BRB", "top-right")]
    after = corrects({"text": {"text": "BRB", "position": "top"}}, {"text": {"text": "Back soon"}})
    assert [(t.text, t.position) for t in after.draft.titles] == [("Back soon", "top")]
    after = corrects({"text": {"text": "v1", "start_ms": 3000}, "start_ms": 2000}, {"start_ms": 1000})
    assert after.draft.titles[0].at_ms == 3000  # said after the cut: on the clock of what is left
    assert corrects({"height": 480}, {"width": 480}).goal == Goal(width=480)
    assert corrects({"max_bytes": 500}, {"max_bytes": 400}).goal == Goal(max_bytes=400)
    capped = standing(max_bytes=900_000)
    assert corrects({"less_bytes": 100_000}, {"less_bytes": 50_000}, capped).goal == Goal(max_bytes=850_000)
    assert corrects({"max_bytes": 500_000}, {"less_bytes": 100_000}, capped).goal == Goal(max_bytes=400_000)


def test_a_file_is_treated_as_another_one() -> None:
    model = standing(
        edits.Trim(start_ms=1000, end_ms=3000),
        edits.Speed(2.0),
        edits.Shape("1:1"),
        edits.AddText("Hi", position="top"),
        max_bytes=9,
    )
    other = Standing(timeline.draft_for("b", OTHER, "cat.gif"), Goal(format="gif"), "b", "cat.gif", OTHER, INFOS)
    found = deciding.alike(other, model)
    assert found.goal == model.goal
    clip = found.draft.clips[0]
    assert (clip.media, clip.from_ms, clip.to_ms, clip.speed, clip.d_ms) == ("b", 1000, 3000, 2.0, 1000)
    assert (found.draft.meta.aspect, found.draft.titles[0].text) == ("1:1", "Hi")


def test_questions_and_actions_change_nothing() -> None:
    stands = standing(max_bytes=100)
    for explain in (
        {"action": "ask", "ask": "fits", "about": {"preset": "slack-emoji", "fps": 15}},
        {"action": "ask", "ask": ["size", "duration"]},
        {"cannot": ["blur_part"]},
        {"action": "undo", "to": {"before": "text"}},
        {"action": "export"},
        {"action": "credits"},
    ):
        found = decided(explain, stands)
        assert (found.draft, found.goal, found.edits, found.wishes) == (stands.draft, stands.goal, (), False)
    found = decided({"action": "ask", "ask": ["size", "duration"]}, stands)
    assert [q.ask for q in found.questions] == ["size", "duration"]
    found = decided({"action": "export", "max_bytes": 900, "cannot": "draw"}, stands)
    assert (found.action, found.goal.max_bytes, found.cannot) == ("export", 900, ("draw",))
    assert decided({"action": "credits"}, stands).questions[0].ask == "credits"


def test_an_edit_that_cannot_be_is_told_and_the_rest_is_done() -> None:
    found = decided({"start_ms": 20_000, "max_bytes": 500, "reverse": True}, standing())
    assert isinstance(found.refused[0], BadRequest)
    assert found.draft.clips[0].reverse
    assert found.goal.max_bytes == 500
    assert decided({"remove_text": True, "max_bytes": 900}, standing()).refused == ()
    found = decided({"keep": ["audio"], "mute": True, "fit": "pad"}, standing())
    assert not found.draft.clips[0].muted


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, ("a",)),
        (1, ("a",)),
        (2, ("b",)),
        ("first", ("a",)),
        ("last", ("b",)),
        ("all", ("a", "b")),
        ("cat", ("b",)),
        ("CITY.gif", ("a",)),
        ("tune", ("song",)),
        ("other", ("b",)),
        ([1, 2], ("a", "b")),
        (3, "no_file"),
        (0, "no_file"),
        ("dog", "no_file"),
        ("c", "which_file"),
    ],
)
def test_which_file_is_meant(said: Any, meant: tuple[str, ...] | str) -> None:
    names = {"a": "city.gif", "song": "tune.mp3", "b": "cat.gif"} if said in (2, "last", "other") else NAMES
    found = deciding.which(said, names, INFOS, "a")
    assert (found.why or found.media) == meant
    assert found.told == (said is not None)


@given(st.integers(5, 10**9), st.lists(st.integers(1, 10**9), min_size=1, max_size=5))
def test_one_budget_is_never_exceeded(total: int, files: list[int]) -> None:
    found = deciding.shares(total, files)
    assert sum(found) <= total
    assert all(one >= 1 for one in found)


WISH = st.one_of(
    st.just({"relative": "smaller"}),
    st.just({"relative": "better"}),
    st.builds(lambda n: {"less_bytes": n}, st.integers(1, 400_000)),
    st.builds(lambda r: {"max_ratio": r}, st.floats(0.05, 0.95)),
    st.builds(lambda s: {"scale": s}, st.sampled_from([0.5, 0.75, 1, 2])),
    st.builds(lambda p: {"relative_pace": p}, st.sampled_from([0.8, 1.25, 2.0])),
    st.builds(lambda p: {"preset": p}, st.sampled_from(["slack-emoji", "discord-attachment", "none"])),
    st.builds(lambda k: {"keep": [k]}, st.sampled_from(["dimensions", "fps", "format", "quality", "audio"])),
    st.builds(lambda q: {"quality": q}, st.sampled_from(["low", "high", "lossless", 70])),
    st.builds(lambda b: {"max_bytes": b}, st.integers(1000, 3_000_000)),
    st.builds(lambda b: {"more_bytes": b}, st.integers(1, 300_000)),
    st.just({"end_ms": 3000}),
    st.just({"relative": "better", "cannot": ["enhance"]}),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.tuples(WISH, st.one_of(st.none(), st.floats(0.05, 1.2))), min_size=1, max_size=12))
def test_no_stated_limit_is_loosened_unasked(dialogue: list[tuple[dict[str, Any], float | None]]) -> None:
    stands, last = standing(), None
    for explain, share in dialogue:
        found = decided(explain, stands, last=last)
        after = deciding.after(stands, found)
        stated = {"max_bytes", "more_bytes"} & explain.keys()
        if stands.stated is not None and not stated:
            assert after.stated is not None
            assert after.stated <= stands.stated, explain
            if explain.get("preset") != "none" and "preset" not in explain:
                assert after.ceiling is not None
                assert stands.ceiling is not None
                assert after.ceiling <= stands.ceiling
        if "more_bytes" in explain and stands.stated is not None:
            assert after.stated == stands.stated + explain["more_bytes"]
        if explain.get("relative") == "smaller":
            least = min(b for b in (stands.ceiling, last.bytes if last else None, stands.source_bytes) if b)
            assert 0.99 * 0.75 * least - 1 < after.stated <= max(1, 0.75 * least)
        stands = after
        if share:
            size = max(1, int(share * (stands.ceiling or stands.source_bytes)))
            last = result(size, max_bytes=stands.ceiling)


NUMBER = st.one_of(st.integers(-10, 10**9), st.floats(-10, 1e6, allow_nan=False))
WORD = st.one_of(
    st.sampled_from(["Hi", "first", "last", "bottom", "red", "cat", "all"]), st.text(min_size=1, max_size=8)
)
WHICH = st.one_of(WORD, st.integers(-3, 5), st.just(True))
TEXT = st.fixed_dictionaries(
    {},
    optional={
        "text": WORD, "which": WHICH, "position": WORD, "color": WORD, "start_ms": NUMBER, "end_ms": NUMBER,
        "last_ms": NUMBER, "size": st.one_of(NUMBER, st.sampled_from(["bigger", "smaller"])),
    },
)  # fmt: skip
READ: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(
        ["max_bytes", "max_ratio", "factor", "width", "height", "short_side", "scale", "fps", "keep_every", "colors",
         "speed", "relative_pace", "relative_volume", "start_ms", "end_ms", "last_ms", "max_duration_ms", "loop",
         "rotate", "less_bytes", "more_bytes", "max_frames"],
        NUMBER,
    ),
    **dict.fromkeys(["format", "aspect", "fit", "flip", "background", "preset", "to"], WORD),
    **dict.fromkeys(
        ["grayscale", "reverse", "boomerang", "remove_text", "remove_music", "mute", "transparent", "dither"],
        st.booleans(),
    ),
    "quality": st.one_of(NUMBER, st.sampled_from(["low", "high", "lossless"])),
    "relative": st.sampled_from(["smaller", "better", "faster", "slower"]),
    "volume": st.one_of(NUMBER, st.sampled_from(["louder", "quieter"])),
    "text": st.one_of(TEXT, st.lists(TEXT, max_size=3)),
    "change_text": st.one_of(TEXT, st.lists(TEXT, max_size=2)),
    "remove": st.dictionaries(st.sampled_from(["clip", "text", "music", "preset"]), WHICH, max_size=2),
    "order": st.lists(WHICH, max_size=4),
    "music": st.fixed_dictionaries({}, optional={"name": WORD, "volume": NUMBER}),
    "crop": st.fixed_dictionaries({"x": NUMBER, "y": NUMBER, "w": NUMBER, "h": NUMBER}),
    "keep": st.lists(st.sampled_from(["dimensions", "fps", "audio", "text", "speed", "quality", "aspect"]), max_size=3),
    "media": st.one_of(WHICH, st.lists(WHICH, max_size=3)),
    "ask": st.sampled_from(["size", "why"]),
    "cannot": st.lists(WORD, max_size=2),
}  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(sorted(READ)), max_size=5, unique=True), st.booleans(), st.data())
def test_whatever_is_read_is_decided(keys: list[str], corrected: bool, data: st.DataObject) -> None:
    """Values that cannot be meant are refused with a reason, and no limit is lost over them."""
    explain = {key: data.draw(READ[key], label=key) for key in keys}
    stands = standing(edits.AddText("Hi"), edits.AddClip("b", "cat.gif"), max_bytes=100_000)
    before = [Before(standing(max_bytes=100_000), (edits.AddText("Hi"),), {"start_ms": 1})] if corrected else ()
    found = decided(explain, stands, last=result(90_000, max_bytes=100_000), before=before, recent=0)
    assert timeline.Draft.from_json(found.draft.to_json()) == found.draft
    assert Goal.from_json(found.goal.to_json()) == found.goal
    assert found.goal.max_bytes is not None
    if not {"max_bytes", "more_bytes"} & explain.keys():
        assert found.goal.max_bytes <= 100_000
    deciding.which(explain.get("media"), NAMES, INFOS, "a")
