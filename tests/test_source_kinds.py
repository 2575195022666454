"""Files that no common program writes, made by hand: what they show is known, and every frame is held to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compressor import decode
from compressor.errors import UnsupportedMedia
from compressor.probe import probe
from compressor.probe.crop import clean_aperture
from tests import media_made as made
from tests.conformance import judge, sequences, stills
from tests.conformance.kind import Kind

FAR = 4.0  # of 255, of squares of 8 pixels


def assert_shows(path: Path, truth: judge.Shown, still: bool = False) -> None:
    """Size, number, times and pixels of the decoded frames are those of ``truth``, and nothing is taken for cut."""
    info = probe(path)
    frames = list(decode.frames(path, info))
    shown = judge.Shown(
        [frame.rgba for frame in frames],
        [frame.at_us / 1e6 for frame in frames],
        (frames[-1].at_us + frames[-1].hold_us) / 1e6,
    )
    assert shown.size == truth.size == (info.width, info.height)
    assert len(frames) == len(truth.frames)
    assert not info.cut
    if not still:
        assert shown.seconds == pytest.approx(truth.seconds, abs=0.03)
        assert info.shown_ms == pytest.approx(1000 * truth.seconds, abs=30)
        assert shown.starts == pytest.approx(truth.starts, abs=0.02)
    assert judge.apart(truth, shown) < FAR


def handmade() -> Iterator[Kind]:
    """Those that need no program."""
    for kind in (*stills.kinds(), *sequences.kinds()):
        if kind.truth and getattr(kind.make, "func", None) is stills.written:
            yield kind


@pytest.mark.parametrize("kind", list(handmade()), ids=lambda kind: kind.name)
def test_a_picture_is_decoded_right(tmp_path: Path, kind: Kind) -> None:
    assert kind.truth is not None
    assert_shows(kind.make(tmp_path / "in"), kind.truth(), kind.still)


def test_a_jpeg_without_its_end_is_cut_whatever_else_is_there(tmp_path: Path) -> None:
    whole = made.jpeg(tmp_path / "a.jpg", made.scene(96, 64, 1)[0]).read_bytes()
    for data, cut in ((whole, False), (whole[: len(whole) * 2 // 3], True), (whole + whole[:300], False)):
        path = tmp_path / "b.jpg"
        path.write_bytes(data)
        assert probe(path).cut is cut


def test_pictures_of_an_avi_are_shown_in_their_order(tmp_path: Path) -> None:
    """An AVI has no times; those of B-frames of H.264 are in the order of storing, and pictures were dropped."""
    pictures = made.moving(96, 64, 12)
    path = made.film(tmp_path / "a.avi", pictures, kind="avi", codec="libx264", options={"crf": "4", "bf": "3"})
    assert_shows(path, judge.Shown(pictures, [n / 10 for n in range(12)], 1.2))


def test_the_last_picture_of_an_mp4_stays_as_long_as_the_track_says(tmp_path: Path) -> None:
    """With B-frames the packet that is shown last may be the one whose duration is 90 s: another picture's."""
    at, pictures = [0, 100, 90_000, 90_100], made.moving(96, 64, 4)
    path = made.film(tmp_path / "a.mp4", pictures, at_ms=at, options={"bf": "2"})
    assert_shows(path, judge.Shown(pictures, [t / 1000 for t in at], 90.2))


def test_sound_that_goes_on_behind_the_last_picture_is_spoken_of(tmp_path: Path) -> None:
    for kind, tone_ms, said in (("mp4", 3000, True), ("mp4", 1100, False), ("mkv", 3000, True)):
        path = made.film(tmp_path / f"a.{kind}", made.moving(96, 64, 10), kind=kind, tone_ms=tone_ms)
        assert ("sound_cut" in made.said(path, format="mp4", lossless=True)) is said
        path.unlink()
    path = made.film(tmp_path / "a.mp4", made.moving(96, 64, 10), tone_ms=3000)
    assert "sound_cut" not in made.said(path, format="gif", lossless=True)  # it has no sound at all, and that is said


def test_a_long_hold_of_one_changed_pixel_is_written_as_apng(tmp_path: Path) -> None:
    """A hold that needs several frames draws one pixel again, which was not writable."""
    pictures = made.moving(96, 64, 2)
    pictures[1][:4, :4, 3] = 0
    path = made.webp(tmp_path / "a.webp", pictures, [100, 140_000])
    out = tmp_path / "said"
    made.said(path, format="apng", lossless=True)
    assert probe(out).shown_ms == 140_100


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"FUJIFILMCCD-RAW 0201", "raw picture"),
        (b"YUV4MPEG2 W96 H64\n", "Y4M"),
        (b"DKIF\0\0", "IVF"),
        (b".RMF\0\0", "RealMedia"),
        (b"\0\0\0\x01\x67\x42", "bare stream"),
        (b"FORM\0\0\0\x10AIFF", "AIFF"),
        ((b"\0\0\0\0\x47" + bytes(187)) * 4, "transport stream"),
    ],
)
def test_what_is_not_taken_is_called_by_its_name(tmp_path: Path, head: bytes, words: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(head + bytes(600))
    with pytest.raises(UnsupportedMedia, match=words):
        probe(path)


def test_a_clean_aperture_lies_inside() -> None:
    def clap(*pairs: tuple[int, int]) -> bytes:
        return b"".join(part.to_bytes(4, "big", signed=True) for pair in pairs for part in pair)

    assert clean_aperture(clap((64, 1), (48, 1), (0, 1), (0, 1)), 96, 64) == (64, 48, 16, 8)
    assert clean_aperture(clap((64, 1), (48, 1), (-16, 1), (8, 1)), 96, 64) == (64, 48, 0, 16)
    assert clean_aperture(clap((96, 1), (64, 1), (0, 1), (0, 1)), 96, 64) is None
    for nonsense in (clap((64, 0), (48, 1), (0, 1), (0, 1)), clap((640, 1), (48, 1), (0, 1), (0, 1)), b"clap"):
        assert clean_aperture(nonsense, 96, 64) is None


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "webm", "avi", "gif", "webp"])
def test_a_download_that_ends_in_zeros_is_cut(tmp_path: Path, kind: str) -> None:
    """It was given its whole length at once, and stopped."""
    pictures = made.scene(96, 64, 30, noise=40)
    path = tmp_path / f"a.{kind}"
    if kind in ("gif", "webp"):
        getattr(made, kind)(path, pictures)
    else:
        front = {"movflags": "+faststart"} if kind in ("mp4", "mov") else None
        options = {"b": "4M", "g": "6"} if kind == "avi" else {"g": "6", "crf": "12"}
        made.film(path, pictures, kind=kind, container_options=front, options=options)
    data = path.read_bytes()
    whole = probe(path)
    assert not whole.cut
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    info = probe(path)
    assert info.cut
    frames = list(decode.frames(path, info))
    assert 8 < len(frames) < 20
    assert frames[-1].at_us + frames[-1].hold_us == pytest.approx(1000 * info.shown_ms, abs=110_000)
    assert info.shown_ms < 0.7 * whole.shown_ms
    path.write_bytes(data + bytes(10_000))  # what stands behind the end is nobody's loss
    assert not probe(path).cut
