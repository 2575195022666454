"""What a file is: every kind by its bytes, exact facts, limits before any decode, and damaged or disguised files."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from compressor.errors import OverLimit, UnreadableMedia, UnsupportedMedia
from compressor.input_limits import Limits
from compressor.media import MediaInfo
from compressor.probe import avif, probe

from . import media_made as made

PALETTE = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)]


def squares(count: int = 2, side: int = 8, **options: object) -> list[made.Block]:
    return [made.Block(np.full((side, side), n % 4, np.uint8), **options) for n in range(count)]  # type: ignore[arg-type]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["gif", "apng", "webp", "avif"])
def test_an_animated_picture_tells_its_frames_times_and_loop(tmp_path: Path, kind: str) -> None:
    path = getattr(made, kind)(tmp_path / "no.name", made.scene(40, 30, 5), [10, 20, 30, 40, 50])
    info = probe(path)
    scale = 10 if kind == "gif" else 1
    first = 100 - 10 if kind != "gif" else 0  # a browser shows 10 ms for 100 ms
    assert (info.format, info.kind, info.width, info.height, info.frames) == (kind, "video", 40, 30, 5)
    assert info.duration_ms == 150 * scale
    assert info.shown_ms == 150 * scale + first
    assert info.loop == 0
    assert info.bytes == path.stat().st_size
    assert info.frames_exact
    assert MediaInfo.from_json(info.to_json()) == info


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "webm", "avi"])
def test_a_film_tells_its_facts(tmp_path: Path, kind: str) -> None:
    info = probe(made.film(tmp_path / "x", made.scene(64, 48, 10), kind=kind, tone_ms=900))
    assert (info.format, info.kind, info.width, info.height) == (kind, "video", 64, 48)
    assert info.frames == 10
    assert info.has_audio
    assert abs(info.duration_ms - 1000) <= 1
    assert not info.has_alpha


@pytest.mark.parametrize(("kind", "spare_ms"), [("wav", 1), ("mp3", 60), ("m4a", 50), ("aac", 60)])
def test_a_sound_tells_its_length(tmp_path: Path, kind: str, spare_ms: int) -> None:
    info = probe(made.sound(tmp_path / "x.gif", kind=kind, tone_ms=500))
    assert (info.format, info.kind, info.has_audio, info.frames) == (kind, "audio", True, 0)
    assert 0 <= info.duration_ms - 500 <= spare_ms


def test_stills(tmp_path: Path) -> None:
    picture = made.scene(30, 20, 1)[0]
    assert probe(made.png(tmp_path / "a", picture)).format == "png"
    assert probe(made.gif(tmp_path / "b", [picture])).kind == "image"
    assert probe(made.webp(tmp_path / "c", [picture])).kind == "image"
    assert probe(made.avif(tmp_path / "d", [picture])).kind == "image"
    turned = probe(made.jpeg(tmp_path / "e", picture, orientation=6))
    assert (turned.format, turned.width, turned.height, turned.orientation) == ("jpeg", 20, 30, 6)


def test_alpha_of_a_webm_is_seen(tmp_path: Path) -> None:
    assert probe(made.film(tmp_path / "x", made.scene(alpha=True), kind="webm", pixels="yuva420p")).has_alpha


@pytest.mark.parametrize(("raw", "plays"), [(None, 1), (0, 0), (1, 2), (65535, 65536)])
def test_the_netscape_count_says_how_often_it_plays(tmp_path: Path, raw: int | None, plays: int) -> None:
    data = made.gif_bytes(squares(), width=8, height=8, palette=PALETTE, loop=raw)
    assert probe(written(tmp_path / "x", data)).loop == plays


@pytest.mark.parametrize(
    ("delays", "shown"), [([0, 0], 200), ([1, 2], 120), ([2, 3], 50), ([65535, 5], 655_400), ([10, 0], 200)]
)
def test_short_gif_delays_are_shown_longer(tmp_path: Path, delays: list[int], shown: int) -> None:
    blocks = [replace(b, delay_cs=d) for b, d in zip(squares(), delays, strict=True)]
    info = probe(written(tmp_path / "x", made.gif_bytes(blocks, width=8, height=8, palette=PALETTE)))
    assert info.duration_ms == sum(delays) * 10
    assert info.shown_ms == shown


def test_transparency_of_a_gif(tmp_path: Path) -> None:
    def alpha(blocks: list[made.Block]) -> bool:
        return probe(written(tmp_path / "x", made.gif_bytes(blocks, width=8, height=8, palette=PALETTE))).has_alpha

    assert not alpha(squares())
    assert not alpha([squares()[0], *squares(1, transparent=0)])  # holes in a later frame show the first
    assert alpha(squares(2, transparent=0))
    assert alpha(squares(2, side=4))  # the first frame does not cover the screen
    assert not alpha(squares(2, disposal=2))
    assert alpha([*squares(1, disposal=2), *squares(1, side=4)])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/passwd\n", "playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
        (b'<?xml version="1.0"?><MPD type="static"></MPD>', "playlist"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'<?xml version="1.0"?>\n<!-- hi -->\n<svg/>', "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"PK\x03\x04" + b"\0" * 60, "ZIP"),
        (b"just words\n", "text"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ((b"G" + b"\0" * 187) * 4, "transport"),
    ],
)
@pytest.mark.parametrize("name", ["x.mp4", "x.gif"])
def test_what_we_do_not_take_is_named(tmp_path: Path, data: bytes, word: str, name: str) -> None:
    with pytest.raises(UnsupportedMedia, match=word):
        probe(written(tmp_path / name, data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"GIF89a",
        b"GIF89a\x08\0\x08\0\0\0\0;",
        b"GIF89b\x08\0\x08\0\0\0\0;",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        b"\xff\xd8\xff\xe0" + b"\0" * 50,
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff",
        b"RIFF\x04\0\0\0AVI ",
        b"RIFF\x04\0\0\0WAVE",
        b"RIFF\x04\0\0\0XXXX",
        b"\0\0\0\x14ftypavif\0\0\0\0avif",
        b"\0\0\0\x14ftypmp42\0\0\0\0mp42",
        b"\0\0\0\x08moov",
        b"\x1aE\xdf\xa3" + b"\xff" * 64,
        b"ID3\x04\0\0\0\0\0\0" + b"\0" * 400,
        b"\xff\xfb\x90\x64" * 3,
        b"\xff\xf1\x50\x80" * 3,
        bytes(range(256)) * 8,
    ],
)
def test_rubbish_is_unreadable(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableMedia):
        probe(written(tmp_path / "x.gif", data))


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia):
        probe(tmp_path / "nothing")
    with pytest.raises(UnreadableMedia):
        probe(tmp_path)


def test_a_playlist_inside_a_known_container_is_not_followed(tmp_path: Path) -> None:
    body = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"
    avi = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"AVI " + body
    with pytest.raises(UnreadableMedia):
        probe(written(tmp_path / "x.avi", avi))


# --------------------------------------------------------------------------------------------------------------- bombs


def test_a_huge_screen_is_refused(tmp_path: Path) -> None:
    data = made.gif_bytes(squares(), width=65535, height=65535, palette=PALETTE)
    with pytest.raises(OverLimit, match="too large"):
        probe(written(tmp_path / "x", data))


def test_a_first_frame_far_outside_of_the_screen_is_refused(tmp_path: Path) -> None:
    data = made.gif_bytes(squares(1, left=60_000, top=60_000), width=8, height=8, palette=PALETTE)
    with pytest.raises(OverLimit):
        probe(written(tmp_path / "x", data))


def test_a_million_small_frames_are_refused_early(tmp_path: Path) -> None:
    one = made.gif_bytes(squares(1, side=1), width=1, height=1, palette=PALETTE, trailer=False)
    block = one[one.index(b"\x21\xf9") :]
    with pytest.raises(OverLimit, match="frames"):
        probe(written(tmp_path / "x", one + block * 1_000_000))


def test_the_sum_of_all_pixels_is_limited(tmp_path: Path) -> None:
    data = made.gif_bytes(squares(50), width=5000, height=5000, palette=PALETTE)
    with pytest.raises(OverLimit, match="together"):
        probe(written(tmp_path / "x", data), Limits(max_total_pixels=1_000_000_000))


def test_a_png_that_claims_gigapixels_is_refused(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    idat = struct.pack(">I", 1) + b"IDAT" + b"\0" + b"\0\0\0\0"
    with pytest.raises(OverLimit):
        probe(written(tmp_path / "x", b"\x89PNG\r\n\x1a\n" + chunk + idat))


def test_a_file_that_is_too_long_is_refused_by_its_size(tmp_path: Path) -> None:
    with pytest.raises(OverLimit, match="larger than"):
        probe(written(tmp_path / "x", b"GIF89a" + b"\0" * 2_000_000), Limits(max_bytes=1_000_000))


def test_a_long_sound_and_a_long_film_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OverLimit):
        probe(made.sound(tmp_path / "a", tone_ms=1500), Limits(max_duration_ms=1000))
    with pytest.raises(OverLimit):
        probe(made.film(tmp_path / "b", made.scene(count=20)), Limits(max_duration_ms=1000))


# ------------------------------------------------------------------------------------------------------- damaged files


def test_a_cut_gif_keeps_what_is_there(tmp_path: Path) -> None:
    data = made.gif_bytes(squares(4, side=32), width=32, height=32, palette=PALETTE)
    whole = probe(written(tmp_path / "x", data))
    assert whole.frames == 4
    cut = probe(written(tmp_path / "x", data[: len(data) - 500]))
    assert 1 <= cut.frames <= 4
    for length in range(13, len(data), 7):
        try:
            info = probe(written(tmp_path / "x", data[:length]))
        except UnreadableMedia:
            continue
        assert 1 <= info.frames <= 4


@pytest.mark.parametrize("kind", ["gif", "apng", "webp", "avif", "mp4", "webm", "png", "jpeg", "mp3"])
def test_cut_and_flipped_files_never_end_in_a_traceback(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(7)
    path = tmp_path / "x"
    if kind in ("mp4", "webm"):
        made.film(path, made.scene(48, 32, 4), kind=kind)
    elif kind == "mp3":
        made.sound(path, kind=kind)
    elif kind in ("png", "jpeg"):
        getattr(made, kind)(path, made.scene(48, 32, 1)[0])
    else:
        getattr(made, kind)(path, made.scene(48, 32, 4))
    data = path.read_bytes()
    for _ in range(30):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 5):
            broken[at] = rng.integers(0, 256)
        broken = broken[: rng.integers(1, len(data) + 1)]
        try:
            probe(written(path, bytes(broken)))
        except (UnreadableMedia, OverLimit):
            continue


def test_an_encrypted_film_is_called_so(tmp_path: Path) -> None:
    path = made.film(tmp_path / "x.mp4", made.scene(48, 32, 3))
    path.write_bytes(path.read_bytes().replace(b"avc1\0", b"encv\0", 1))
    with pytest.raises(UnsupportedMedia, match="DRM"):
        probe(path)


def _with_tta(path: Path, pictures: int) -> Path:
    """A Matroska file whose sound is coded as True Audio, which is not taken; ``pictures`` 0: only sound."""
    with av.open(str(path), "w", format="matroska") as container:
        sound = container.add_stream("tta", rate=48_000, layout="stereo")
        film = container.add_stream("libx264", rate=10) if pictures else None
        if film is not None:
            film.width, film.height, film.pix_fmt = 48, 32, "yuv420p"
            for picture in made.scene(48, 32, pictures):
                container.mux(
                    film.encode(av.VideoFrame.from_ndarray(picture, format="rgba").reformat(format="yuv420p"))
                )
            container.mux(film.encode(None))
        frame = av.AudioFrame(format="s16", layout="stereo", samples=4800)
        frame.sample_rate = 48_000
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def test_a_sound_that_is_not_taken_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedMedia, match=r"TTA.*AAC"):
        probe(_with_tta(tmp_path / "sound.mkv", 0))
    info = probe(_with_tta(tmp_path / "film.mkv", 3))
    assert (info.has_audio, info.unread_sound) == (False, "TTA (True Audio)")
    assert made.said(tmp_path / "film.mkv", format="mp4")["sound_left_out"].startswith("Its sound is coded as TTA")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(max_bytes=1000), "0 MB"),
        (Limits(max_side=40), "40 pixels a side"),
        (Limits(max_frames=2), "more than 2 frames"),
        (Limits(max_total_pixels=4000), "million are the most"),
        (Limits(max_duration_ms=60), "0 minutes"),
    ],
)
def test_a_refusal_says_the_limit_and_what_would_do(tmp_path: Path, limits: Limits, words: str) -> None:
    with pytest.raises(OverLimit, match=words) as refused:
        probe(made.gif(tmp_path / "x", made.scene(48, 32, 5)), limits)
    assert refused.value.message.count(".") == 2


def test_an_avif_sequence_with_sound_is_taken(tmp_path: Path) -> None:
    """The sound has more samples than there are frames; they are not counted as such."""
    data = made.avif(tmp_path / "x", made.scene(48, 32, 3)).read_bytes()
    begin, end = next((b, e) for name, b, e in avif.boxes(data, 0, len(data)) if name == b"moov")
    track = next(data[b - 8 : e] for name, b, e in avif.boxes(data, begin, end) if name == b"trak")
    stts = track.index(b"stts") + 12
    sound = bytearray(track.replace(b"pict", b"soun"))
    sound[stts : stts + 4] = (500).to_bytes(4, "big")
    moov = data[begin:end] + bytes(sound)
    whole = data[: begin - 8] + (len(moov) + 8).to_bytes(4, "big") + b"moov" + moov + data[end:]
    found = avif.walk(whole, Limits(max_frames=5))
    assert len(found.holds_us) == 3
    assert found.has_audio
    with pytest.raises(OverLimit):
        avif.walk(whole, Limits(max_frames=2))


def test_a_jpeg_of_many_scans_of_nothing_is_refused(tmp_path: Path) -> None:
    """150 scans of 100 bytes each took 11 s of computing at 7,000 x 7,000, for a still that anybody may ask for."""
    path = tmp_path / "a.jpg"
    Image.new("L", (2000, 2000), 128).save(path, progressive=True)
    assert probe(path).width == 2000
    whole = path.read_bytes()
    last = whole[whole.rfind(b"\xff\xda") : -2]
    path.write_bytes(whole[:-2] + last * 600 + whole[-2:])
    with pytest.raises(UnreadableMedia):
        probe(path)
