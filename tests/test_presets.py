"""Platform limits: every row has its source, goals meet their own rules, the validator can say no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from compressor import engine, presets
from compressor.errors import BadRequest
from compressor.goal import FORMATS, Goal
from compressor.media import MediaInfo
from compressor.probe import probe

from . import media_made

OLDEST_DAYS = 90
SOURCE = MediaInfo("gif", "video", "gif", 9_000_000, 800, 600, 240, True, 12_000, 12_000, 20.0, 0)
WIDE = replace(SOURCE, width=2400, height=500, frames=900, fps=60.0, duration_ms=15_000, shown_ms=15_000)
TINY = replace(SOURCE, width=40, height=30, frames=10, duration_ms=900, shown_ms=900, fps=11.0)


@pytest.mark.parametrize("name", presets.names())
def test_a_row_is_whole(name: str) -> None:
    preset = presets.get(name)
    assert preset.source
    age = date.today() - date.fromisoformat(preset.date)
    assert age.days >= 0
    assert age.days <= OLDEST_DAYS, f"{name} was read on {preset.date}: read its source again, and write the new date"
    assert preset.mark in ("P", "S")
    assert preset.formats[0] in FORMATS
    assert set(preset.marks.values()) <= {"P", "S", "U"}


def test_places_without_a_source_are_not_shipped() -> None:
    assert not {"facebook", "youtube-shorts", "tenor"} & set(presets.names())


def test_an_unknown_name_is_refused_in_plain_words() -> None:
    with pytest.raises(BadRequest, match="Unknown preset"):
        presets.get("myspace")
    for near in ("discrod-emoji", "Discord emoji"):
        with pytest.raises(BadRequest, match="Perhaps discord-emoji"):
            presets.get(near)


def made(goal: dict[str, Any], source: MediaInfo) -> MediaInfo:
    """The file that an engine obeying ``goal`` to the letter would make."""
    duration = min(source.shown_ms, goal.get("max_duration_ms", source.shown_ms))
    fps = goal.get("fps", source.fps)
    codec = {"mp4": "h264", "webm": "vp9"}.get(goal["format"], goal["format"])
    return replace(
        source,
        format=goal["format"],
        codec=codec,
        bytes=min(source.bytes, goal.get("max_bytes", source.bytes)),
        width=goal.get("width", source.width),
        height=goal.get("height", source.height),
        fps=fps,
        frames=min(int(fps * duration / 1000), goal.get("max_frames", 1 << 30)),
        duration_ms=duration,
        shown_ms=duration,
        loop=goal.get("loop", source.loop),
        palette=goal.get("palette", True),
    )


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize("source", [SOURCE, WIDE, TINY], ids=["usual", "wide", "tiny"])
def test_what_the_goal_asks_meets_the_rules(name: str, source: MediaInfo) -> None:
    goal = presets.goal_for(name, source)
    Goal.from_json(goal)
    hopeless = {"duration"} if source is TINY else set()  # a short clip is repeated by whoever composes it
    if "aspect" in goal:
        hopeless.add("aspect")  # padding to the shape happens on the timeline
    if source is WIDE and name in {"instagram-reel", "mgid", "tiktok"}:
        hopeless.add("dimensions")
    failed = {r.name for r in presets.validate(name, made(goal, source)) if not r.passed} - hopeless
    assert not failed, (name, goal)


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [
        ("slack-emoji", {"bytes": 128_001}, "bytes"),
        ("slack-emoji", {"width": 127}, "dimensions"),
        ("slack-emoji", {"frames": 51}, "frames"),
        ("discord-emoji", {"bytes": 256 * 1024 + 1}, "bytes"),
        ("whatsapp-sticker", {"bytes": 500_001}, "bytes"),
        ("whatsapp-sticker", {"format": "gif"}, "format"),
        ("whatsapp-sticker", {"duration_ms": 10_001}, "duration"),
        ("whatsapp-sticker", {"frames": 250, "duration_ms": 1000}, "frame time"),
        ("telegram-sticker", {"has_audio": True}, "audio"),
        ("telegram-sticker", {"codec": "av1"}, "codec"),
        ("telegram-sticker", {"width": 511, "height": 300}, "dimensions"),
        ("x-gif", {"frames": 351}, "frames"),
        ("x-gif", {"width": 1280, "height": 1080, "frames": 300}, "total pixels"),
        ("google-display", {"loop": 0}, "stops"),
        ("google-display", {"fps": 5.0}, "fps"),
        ("google-display", {"width": 301}, "dimensions"),
        ("twitch-emote-animated", {"frames": 61}, "frames"),
        ("twitch-emote-28", {"width": 56}, "dimensions"),
        ("signal-sticker", {"palette": True}, "palette"),
        ("signal-sticker", {"duration_ms": 3001}, "duration"),
        ("signal-sticker", {"bytes": 300_001}, "bytes"),
        ("mattermost-emoji", {"frames": 33}, "frames"),
        ("mastodon", {"bytes": 16_000_001}, "bytes"),
        ("bluesky", {"duration_ms": 600_001}, "duration"),
        ("discord-attachment", {"bytes": 10 * 1024 * 1024 + 1}, "bytes"),
    ],
)
def test_one_broken_rule_is_found(name: str, change: dict[str, Any], rule: str) -> None:
    good = made(presets.goal_for(name, SOURCE), SOURCE)
    assert all(r.passed for r in presets.validate(name, good))
    failed = [r for r in presets.validate(name, replace(good, **change)) if not r.passed]
    assert rule in {r.name for r in failed}
    assert all(r.want and r.got for r in failed)


def test_exactly_at_the_limit_is_within() -> None:
    good = made(presets.goal_for("discord-sticker", SOURCE), SOURCE)
    assert all(r.passed for r in presets.validate("discord-sticker", replace(good, bytes=512 * 1024)))


@pytest.mark.parametrize(("shown_ms", "loops"), [(4000, 7), (30_000, 1), (45_000, 1), (29_999, 1), (15_000, 2)])
def test_a_display_ad_stops_in_time(shown_ms: int, loops: int) -> None:
    goal = presets.goal_for("google-display", replace(SOURCE, shown_ms=shown_ms, duration_ms=shown_ms))
    assert goal["loop"] == loops
    assert goal["fps"] < 5
    assert goal["loop"] * min(shown_ms, goal["max_duration_ms"]) <= 30_000


def test_an_unsure_figure_carries_its_mark() -> None:
    marks = {r.name: r.mark for r in presets.validate("slack-emoji", SOURCE)}
    assert marks["frames"] == "U"
    assert marks["bytes"] == "S"


def test_a_square_place_pads_a_wide_source_and_cuts_nothing_off() -> None:
    goal = presets.goal_for("discord-sticker", SOURCE)
    assert (goal["aspect"], goal["fit"], goal["width"], goal["height"]) == ("1:1", "pad", 320, 320)
    assert "aspect" not in presets.goal_for("discord-sticker", replace(SOURCE, width=600))


def test_a_still_has_its_own_ceiling_and_format() -> None:
    still = replace(SOURCE, kind="image", frames=1, duration_ms=0, shown_ms=0, fps=0.0, format="png")
    goal = presets.goal_for("bluesky", still)
    assert (goal["format"], goal["max_bytes"]) == ("webp", 2_000_000)
    broken = [
        r.name for r in presets.validate("bluesky", replace(still, format="webp", bytes=2_000_001)) if not r.passed
    ]
    assert broken == ["bytes"]
    assert presets.goal_for("bluesky", SOURCE)["max_bytes"] == 300_000_000


def test_what_is_see_through_keeps_that_where_the_place_lets_it() -> None:
    clear = replace(SOURCE, has_alpha=True)
    assert presets.goal_for("discord-attachment", clear)["format"] == "gif"
    assert presets.goal_for("discord-attachment", replace(clear, format="webp"))["format"] == "webp"
    assert presets.goal_for("x-video", clear)["format"] == "mp4"


def test_a_place_that_counts_frames_gets_no_more(tmp_path: Path) -> None:
    source = media_made.gif(tmp_path / "in.gif", media_made.scene(96, 96, 70), 4)
    info = probe(source)
    assert presets.goal_for("twitch-emote-56", info)["max_frames"] == 60
    job = engine.Job({"a": str(source)}, str(tmp_path / "out"), {"preset": "twitch-emote-56"})
    found = probe(engine.make(job, lambda event: None).path)
    assert all(rule.passed for rule in presets.validate("twitch-emote-56", found)), found


@pytest.mark.parametrize("count", [1, 6])
def test_signal_gets_direct_colours(tmp_path: Path, count: int) -> None:
    source = media_made.webp(tmp_path / "in", media_made.scene(128, 128, count, alpha=True))
    job = engine.Job({"a": str(source)}, str(tmp_path / "out"), {"preset": "signal-sticker"})
    report = engine.make(job, lambda event: None)
    found = probe(report.path)
    assert not found.palette
    assert all(rule.passed for rule in presets.validate("signal-sticker", found)), found
