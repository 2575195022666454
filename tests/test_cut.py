"""Downloads that were cut off: what arrived is used, for as long as it lasts, and that is said; in every container."""

from __future__ import annotations

from pathlib import Path

import pytest

from compressor import decode, engine, events
from compressor.errors import UnreadableMedia
from compressor.probe import probe

from . import media_made as made

PICTURES = ("gif", "apng", "webp", "avif")
STILLS = ("png", "jpeg")
FILMS = ("mp4", "fragmented", "mov", "mkv", "webm", "avi")
COUNT = 24


def whole(tmp_path: Path, kind: str) -> Path:
    """Two seconds and four tenths."""
    path = tmp_path / "whole"
    pictures = made.scene(96, 64, COUNT, noise=25)
    if kind in STILLS:
        return getattr(made, kind)(path, made.scene(160, 120, 1, noise=25)[0])
    if kind in PICTURES:
        return getattr(made, kind)(path, pictures, 10 if kind == "gif" else 100)
    options = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}}
    options["fragmented"] = {"movflags": "frag_keyframe+empty_moov"}
    real = "mp4" if kind == "fragmented" else kind
    more = {"b": "4M"} if kind == "avi" else {}
    return made.film(path, pictures, kind=real, options={"g": "6"} | more, container_options=options.get(kind))


def part(path: Path, share: float) -> Path:
    data = path.read_bytes()
    cut = path.with_name(f"cut-{share}")
    cut.write_bytes(data[: int(len(data) * share)])
    return cut


@pytest.mark.parametrize("kind", [*PICTURES, *STILLS, *FILMS])
def test_a_whole_file_is_not_said_to_be_cut(tmp_path: Path, kind: str) -> None:
    path = whole(tmp_path, kind)
    assert not probe(path).cut
    if kind in ("gif", "png", "jpeg", "mp4", "mov"):
        path.write_bytes(path.read_bytes() + b"a note behind the end")
        assert not probe(path).cut


@pytest.mark.parametrize("kind", [*PICTURES, *FILMS])
def test_what_arrived_is_shown_for_as_long_as_it_lasts(tmp_path: Path, kind: str) -> None:
    path = whole(tmp_path, kind)
    usable = 0
    for step in range(1, 20):
        cut = part(path, step / 20)
        try:
            info = probe(cut)
            frames = list(decode.frames(cut, info))
        except UnreadableMedia:
            continue  # nothing of a picture is there yet
        usable += 1
        assert info.cut
        end = frames[-1].at_us + frames[-1].hold_us
        assert all(frame.hold_us <= 300_000 for frame in frames)
        assert end <= 2_400_000
        assert abs(end / 1000 - info.shown_ms) <= 400
    assert usable >= 10


@pytest.mark.parametrize("kind", STILLS)
def test_a_still_shows_what_is_there(tmp_path: Path, kind: str) -> None:
    cut = part(whole(tmp_path, kind), 0.7)
    info = probe(cut)
    assert info.cut
    (frame,) = decode.frames(cut, info)
    assert frame.rgba.shape == (120, 160, 4)


def test_alpha_of_a_sequence_that_was_cut(tmp_path: Path) -> None:
    pictures = made.scene(96, 64, COUNT, alpha=True)
    cut = part(made.avif(tmp_path / "whole", pictures), 0.8)
    frames = list(decode.frames(cut))
    assert 2 < len(frames) < COUNT
    for frame, picture in zip(frames, pictures, strict=False):
        assert abs(frame.rgba[..., 3].astype(int) - picture[..., 3]).mean() < 4


@pytest.mark.parametrize("kind", ["gif", "webp", "apng", "avif", "mp4", "mkv", "webm", "avi"])
@pytest.mark.parametrize("made_as", ["mp4", "gif"])
def test_it_is_said(tmp_path: Path, kind: str, made_as: str) -> None:
    cut = part(whole(tmp_path, kind), 0.6)
    told: list[events.Event] = []
    job = engine.Job({"a": str(cut)}, str(tmp_path / "out"), {"format": made_as, "max_bytes": 400_000})
    report = engine.make(job, told.append)
    (said,) = [e.text for e in told if isinstance(e, events.Said) and e.code == "cut_off"]
    assert said in report.value["warnings"]
    found = probe(report.path)
    assert not found.cut
    assert 300 < found.shown_ms < 2300


def test_how_much_arrived_is_said_where_it_is_known(tmp_path: Path) -> None:
    info = probe(part(whole(tmp_path, "mp4"), 0.6))
    assert info.whole_ms == 2400
    assert 600 < info.shown_ms < 2300


def test_an_index_that_did_not_arrive_is_named(tmp_path: Path) -> None:
    path = made.film(tmp_path / "whole", made.scene(96, 64, COUNT, noise=25))
    with pytest.raises(UnreadableMedia, match="index"):
        probe(part(path, 0.6))


@pytest.mark.parametrize("kind", [*PICTURES, *STILLS, *FILMS])
def test_a_few_bytes_are_refused_in_plain_words(tmp_path: Path, kind: str) -> None:
    path = whole(tmp_path, kind)
    for size in (1, 4, 9, 16, 40):
        cut = tmp_path / f"first-{size}"
        cut.write_bytes(path.read_bytes()[:size])
        with pytest.raises(UnreadableMedia):
            probe(cut)
