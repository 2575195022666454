"""MP4 with AV1: asked for by words, flags and fields; verified; exact times; small sides refused in words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from compressor import decode, engine, formats, hardware, language
from compressor.codecs import Shape, by_format
from compressor.codecs.av1 import options
from compressor.errors import BadRequest
from compressor.goal import Goal, Plan
from compressor.media import Frame
from compressor.probe import probe

from . import media_made as made


@pytest.mark.parametrize(
    ("words", "format"),
    [
        ("mp4 with av1", "mp4"),
        ("av1 mp4", "mp4"),
        ("用AV1编码", None),
        ("encode it as av1", None),
    ],
)
def test_words_ask_for_it(words: str, format: str | None) -> None:
    found = language.read(words).explain
    assert found.get("codec") == "av1"
    assert found.get("format") == format


def test_it_is_for_mp4() -> None:
    assert formats.holder("av1") == "mp4"
    with pytest.raises(BadRequest):
        Goal(format="webm", codec="av1")


def test_times_are_exact(tmp_path: Path) -> None:
    holds = [20, 70, 30, 500, 110]
    frames = [
        Frame(picture, sum(holds[:i]) * 1000, holds[i] * 1000)
        for i, picture in enumerate(made.scene(64, 48, 5, noise=9))
    ]
    codec, out = by_format("mp4", "av1"), tmp_path / "o.mp4"
    codec.encode(frames, codec.plan(Goal(), Shape(64, 48, 5, 730_000)), out)
    info = probe(out)
    assert (info.format, info.codec, info.shown_ms) == ("mp4", "av1", 730)
    assert [(f.at_us, f.hold_us) for f in decode.frames(out)] == [(f.at_us, f.hold_us) for f in frames]


@pytest.mark.skipif(sys.platform != "linux", reason="the priority is Linux's")
def test_the_encoder_takes_no_real_time_priority(tmp_path: Path) -> None:
    """As root it would, for the thread that opens it and all that it starts: two such threads stop a small machine."""
    assert hardware.works("libsvtav1")
    frames = [Frame(picture, i * 50_000, 50_000) for i, picture in enumerate(made.scene(64, 48, 3))]
    codec = by_format("mp4", "av1")
    codec.encode(frames, codec.plan(Goal(), Shape(64, 48, 3, 150_000)), tmp_path / "o.mp4")
    assert {os.sched_getscheduler(int(task)) for task in os.listdir("/proc/self/task")} == {os.SCHED_OTHER}


def test_a_ceiling_holds_and_the_file_is_what_was_asked_for(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "a.gif", made.scene(64, 48, 6, noise=20), 10)
    job = engine.Job({"a": str(source)}, str(tmp_path / "o"), {"codec": "av1", "max_bytes": 3000})
    report = engine.make(job, lambda event: None).value
    assert (report["output"]["format"], report["output"]["codec"], report["encoder"]) == ("mp4", "av1", "libsvtav1")
    assert 0.9 * 3000 < report["output"]["bytes"] <= 3000
    shown = [frame.rgba for frame in decode.frames(Path(report["output"]["path"]))]
    assert np.asarray(shown[0]).shape == (report["output"]["height"], report["output"]["width"], 4)


def test_sides_that_the_encoder_does_not_take(tmp_path: Path) -> None:
    small = made.gif(tmp_path / "small.gif", made.scene(5, 5, 3), 10)
    with pytest.raises(BadRequest) as refused:
        engine.make(engine.Job({"a": str(small)}, str(tmp_path / "o"), {"codec": "av1"}), lambda event: None)
    assert "8 pixels" in refused.value.message


def test_a_ceiling_that_nothing_fits_is_refused_in_words(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "a.gif", made.scene(64, 48, 6, noise=20), 10)
    job = engine.Job({"a": str(source)}, str(tmp_path / "o"), {"codec": "av1", "max_bytes": 300})
    report = engine.make(job, lambda event: None).value
    assert (report["fits"], report["output"]["codec"]) == (False, "av1")
    assert report["would_fit"]


def test_quarters_of_a_crf_are_turned() -> None:
    plans = [Plan("mp4", 64, 64, None, {"crf": crf, "preset": 4}) for crf in (30.0, 30.2, 30.3)]
    assert [options(plan)["svtav1-params"].split(":")[0] for plan in plans] == ["crf=30", "crf=30.25", "crf=30.25"]
