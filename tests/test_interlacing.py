"""Interlaced and telecined films become whole pictures, by what is in them more than by what their flags say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compressor import decode, engine
from compressor.probe import interlacing, probe

from . import media_made as made

FLAGS = {"tff": "tff=1", "bff": "bff=1", "": ""}


def film(path: Path, pictures: list[made.Picture], flag: str = "", fps: Any = 25, **more: Any) -> Path:
    options = {"crf": "12"} | ({"flags": "+ildct+ilme", "x264-params": FLAGS[flag]} if flag else {})
    return made.film(path, pictures, fps=fps, options=options, **more)


def combs(picture: made.Picture) -> int:
    return interlacing._combs(picture[0::2, :, 1].astype(np.int16), picture[1::2, :, 1].astype(np.int16))


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("flag", ["tff", "bff", ""])
@pytest.mark.parametrize("top_first", [True, False])
def test_interlaced(tmp_path: Path, top_first: bool, flag: str, kind: str) -> None:
    """Found and undone whatever the flag says, with as many pictures as there were."""
    pictures = made.interlaced(made.moving(count=100), top_first=top_first)
    info = probe(film(tmp_path / "in", pictures, flag, kind=kind))
    assert info.scan == ("tff" if top_first else "bff")
    found = list(decode.frames(tmp_path / "in", info))
    assert len(found) == info.frames == len(pictures)
    assert [f.at_us for f in found] == [40_000 * n for n in range(len(found))]
    before, after = (sum(map(combs, some[5:20])) for some in (pictures, [f.rgba for f in found]))
    assert after < before / 5


@pytest.mark.parametrize("flag", ["tff", ""])
def test_telecined(tmp_path: Path, flag: str) -> None:
    """The film's own pictures come back, at its own rate."""
    own = made.moving(count=80)
    path = film(tmp_path / "in.mp4", made.telecined(own), flag, fps=made.Fraction(30000, 1001))
    info = probe(path)
    assert info.scan == "telecine"
    assert abs(info.fps - 23.976) < 0.05
    found = list(decode.frames(path, info))
    assert abs(len(found) - len(own)) <= 1
    assert abs(found[-1].at_us + found[-1].hold_us - 80_000_000 / 23.976) < 60_000
    assert max(combs(f.rgba) for f in found[3:-3]) < 3 * combs(own[0]) + 100


@pytest.mark.parametrize("flag", ["tff", ""])
def test_whole_pictures_stay_as_they_are(tmp_path: Path, flag: str) -> None:
    pictures = made.moving(count=40)
    info = probe(film(tmp_path / "in.mp4", pictures, flag))
    assert info.scan == ""
    for frame, picture in zip(decode.frames(tmp_path / "in.mp4", info), pictures, strict=True):
        assert np.abs(frame.rgba[..., :3].astype(int) - picture[..., :3]).mean() < 6


def test_noise_and_stillness_are_no_fields(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    noise = [np.full((96, 128, 4), 255, np.uint8) for _ in range(30)]
    for picture in noise:
        picture[..., :3] = rng.integers(0, 256, (96, 128, 3))
    assert probe(film(tmp_path / "noise.mp4", noise, "tff")).scan == ""
    assert probe(film(tmp_path / "still.mp4", made.flat(128, 96, *[(90, 20, 10)] * 30), "tff")).scan == ""


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webm"])
def test_it_is_said_and_never_copied(tmp_path: Path, suffix: str) -> None:
    path = film(tmp_path / "in.mp4", made.interlaced(made.moving(count=40)), "tff")
    assert "deinterlaced" in made.said(path, format=suffix, max_bytes=2_000_000)["deinterlaced"]
    (first, *_) = decode.frames(tmp_path / "said")
    assert combs(first.rgba) < combs(made.interlaced(made.moving(count=2))[0]) / 2


def test_a_film_of_fields_that_is_turned(tmp_path: Path) -> None:
    path = made.turned(film(tmp_path / "in.mp4", made.interlaced(made.moving(count=40)), "tff"), 6)
    info = probe(path)
    assert (info.scan, info.width, info.height) == ("tff", 120, 160)
    job = engine.Job({"a": str(path)}, str(tmp_path / "out"), {"format": "mp4", "quality": 60})
    report = engine.make(job, lambda event: None)
    assert (report.value["output"]["width"], report.value["output"]["height"]) == (120, 160)
