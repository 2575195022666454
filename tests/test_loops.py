"""How often a file plays: every count that a format can say, into every other, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from compressor import engine
from compressor.formats import OUTPUTS
from compressor.probe import probe

from . import media_made as made

# What the file says: 0 plays for ever, else the number that stands in it (a GIF plays once more than that).
GIF_COUNTS = {0: 0, 1: 2, 2: 3, 65_534: 65_535, 65_535: 65_536, None: 1}


def run(source: Path, **goal: Any) -> Path:
    report = engine.make(engine.Job({"a": str(source)}, str(source.with_name("out")), goal), lambda event: None)
    return Path(report.path)


def should(plays: int, kind: str) -> int:
    return plays if plays <= OUTPUTS[kind].most_plays else 0


@pytest.mark.parametrize("kind", ["gif", "webp", "apng", "avif"])
@pytest.mark.parametrize("count", GIF_COUNTS)
def test_a_gif_into_others(tmp_path: Path, kind: str, count: int | None) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(48, 32, 3), 10, loop=count)
    assert probe(source).loop == GIF_COUNTS[count]
    found = run(source, format=kind, quality=60)
    assert probe(found).loop == should(GIF_COUNTS[count], kind)
    if kind in ("webp", "apng"):
        with Image.open(found) as image:
            assert image.info.get("loop") == should(GIF_COUNTS[count], kind)


@pytest.mark.parametrize("kind", ["gif", "webp", "apng", "avif"])
@pytest.mark.parametrize("plays", [0, 1, 2, 65_534, 65_535])
@pytest.mark.parametrize("start", ["webp", "apng"])
def test_others_into_all(tmp_path: Path, start: str, kind: str, plays: int) -> None:
    source = getattr(made, start)(tmp_path / "in", made.scene(48, 32, 3), loop=plays)
    assert probe(source).loop == plays
    assert probe(run(source, format=kind, quality=60)).loop == should(plays, kind)


def test_more_than_a_format_can_say_is_for_ever(tmp_path: Path) -> None:
    source = made.apng(tmp_path / "in", made.scene(48, 32, 3), loop=100_000)
    assert probe(run(source, format="gif", quality=60)).loop == 0
    assert probe(run(source, format="apng", lossless=True)).loop == 100_000
    assert probe(run(source, format="gif", loop=70_000, quality=60)).loop == 0


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif", "avif"])
def test_a_still_into_a_gif_is_one_picture_without_a_loop(tmp_path: Path, kind: str) -> None:
    picture = made.scene(48, 32, 1)[0]
    path = tmp_path / "in"
    source = getattr(made, kind)(path, picture if kind in ("png", "jpeg") else [picture])
    data = run(source, format="gif").read_bytes()
    assert b"NETSCAPE" not in data
    assert data.count(b"\x21\xf9\x04") <= 1
    with Image.open(tmp_path / "out") as image:
        assert image.n_frames == 1
