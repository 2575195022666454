"""Frames and sound: exact gapless times, the right pixels for every kind, and damaged files give what is there."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from compressor.decode import audio, frames, video
from compressor.errors import CompressorError, UnreadableMedia
from compressor.media import Frame
from compressor.orientation import shown_size
from compressor.probe import probe

from . import media_made as made


def decoded(path: Path) -> list[Frame]:
    """All frames, after a check of what holds for every file."""
    info = probe(path)
    found = list(frames(path, info))
    at = 0
    for frame in found:
        assert frame.at_us == at
        assert frame.hold_us > 0
        assert frame.rgba.shape == (info.height, info.width, 4)
        assert frame.rgba.dtype == np.uint8
        assert frame.rgba.flags.c_contiguous
        at += frame.hold_us
    if info.animated:
        assert abs(at / 1000 - info.shown_ms) <= 1
    return found


def apart(a: made.Picture, b: made.Picture) -> float:
    """Mean difference of what is seen (0-255)."""
    alpha = np.maximum(a[..., 3:], b[..., 3:]) / 255
    return float((np.abs(a[..., :3].astype(int) - b[..., :3]) * alpha).mean())


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("kind", ["apng", "webp"])
def test_lossless_animations_come_back_exactly(tmp_path: Path, kind: str, alpha: bool) -> None:
    pictures = made.scene(40, 30, 6, alpha=alpha)
    holds = [20, 30, 45, 100, 5, 1000]
    found = decoded(getattr(made, kind)(tmp_path / "x", pictures, holds))
    assert [f.hold_us for f in found] == [20_000, 30_000, 45_000, 100_000, 100_000, 1_000_000]
    for frame, picture in zip(found, pictures, strict=True):
        assert (frame.rgba[..., 3] == picture[..., 3]).all()
        assert apart(frame.rgba, picture) == 0
        assert frame.delay_cs is None


def test_a_gif_comes_back_exactly_and_keeps_its_delays(tmp_path: Path) -> None:
    pictures = made.flat(20, 10, (255, 0, 0), (0, 255, 0, 0), (0, 0, 255))
    found = decoded(made.gif(tmp_path / "x", pictures, [0, 1, 7]))
    assert [f.delay_cs for f in found] == [0, 1, 7]
    assert [f.hold_us for f in found] == [100_000, 100_000, 70_000]
    assert tuple(found[0].rgba[0, 0]) == (255, 0, 0, 255)
    assert found[1].rgba[0, 0, 3] == 0
    assert tuple(found[2].rgba[0, 0]) == (0, 0, 255, 255)


@pytest.mark.parametrize("alpha", [False, True])
def test_avif(tmp_path: Path, alpha: bool) -> None:
    pictures = made.scene(64, 48, 4, alpha=alpha)
    found = decoded(made.avif(tmp_path / "x", pictures, [40, 50, 60, 70]))
    assert [f.hold_us for f in found] == [40_000, 50_000, 60_000, 70_000]
    for frame, picture in zip(found, pictures, strict=True):
        assert apart(frame.rgba, picture) < 6
        assert np.abs(frame.rgba[..., 3].astype(int) - picture[..., 3]).mean() < 2


def test_stills_are_one_frame_of_a_tenth(tmp_path: Path) -> None:
    picture = made.scene(30, 20, 1)[0]
    for path in (
        made.png(tmp_path / "a", picture),
        made.jpeg(tmp_path / "b", picture),
        made.webp(tmp_path / "c", [picture]),
        made.avif(tmp_path / "d", [picture]),
        made.gif(tmp_path / "e", [picture]),
    ):
        (frame,) = decoded(path)
        assert (frame.at_us, frame.hold_us) == (0, 100_000)
        assert apart(frame.rgba, picture) < 6


def test_exif_turns_a_jpeg(tmp_path: Path) -> None:
    picture = made.flat(32, 16, (255, 255, 255))[0]
    picture[:, :16, :3] = 0  # dark on the left
    (frame,) = decoded(made.jpeg(tmp_path / "x", picture, orientation=6))
    assert frame.rgba.shape == (32, 16, 4)
    assert frame.rgba[2, 8, 0] < 40  # a quarter turn clockwise: what was left is up
    assert frame.rgba[30, 8, 0] > 215


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "webm", "avi"])
def test_a_film_shows_its_pictures(tmp_path: Path, kind: str) -> None:
    pictures = made.scene(96, 64, 8)
    found = decoded(made.film(tmp_path / "x", pictures, kind=kind))
    assert len(found) == 8
    for frame, picture in zip(found, pictures, strict=True):
        assert apart(frame.rgba, picture) < 8


def test_uneven_times_of_a_film_are_exact(tmp_path: Path) -> None:
    at = [0, 10, 40, 100, 220, 230, 500, 1000]
    for kind in ("mp4", "mkv"):
        found = decoded(made.film(tmp_path / kind, made.scene(count=8), kind=kind, at_ms=at))
        assert [round(f.at_us / 1000) for f in found] == at


@pytest.mark.parametrize("full_range", [None, False, True])
@pytest.mark.parametrize("matrix", [None, 1, 6])
def test_colours_follow_matrix_and_range(tmp_path: Path, matrix: int | None, full_range: bool | None) -> None:
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 120, 40)]
    pictures = made.flat(64, 48, *colors)
    path = made.film(
        tmp_path / "x", pictures, matrix=matrix, full_range=full_range, options={"crf": "0", "preset": "ultrafast"}
    )
    for frame, color in zip(decoded(path), colors, strict=True):
        assert np.abs(frame.rgba[24, 32, :3].astype(int) - color).max() <= 3, (frame.rgba[24, 32], color)


def noise(kind: str, width: int, height: int) -> av.VideoFrame:
    """A frame of the pixel format ``kind`` whose every sample is random, what is no colour included."""
    frame = av.VideoFrame(width, height, kind)
    rng = np.random.default_rng(width * height)
    deep = frame.format.components[0].bits > 8
    most = (1 << 16 if kind.startswith("p0") else 1 << frame.format.components[0].bits) if deep else 256
    for plane in frame.planes:
        count = plane.buffer_size // (2 if deep else 1)
        plane.update(rng.integers(0, most, count).astype("<u2" if deep else np.uint8).tobytes())
    return frame


def reformatted(frame: av.VideoFrame, width: int, height: int) -> made.Picture:
    """What FFmpeg itself says that ``frame`` is as RGBA of that size."""
    same = (frame.width, frame.height) == (width, height)
    matrix = video.matrix_of(frame)
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return frame.reformat(
        width=width,
        height=height,
        format="rgba",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=video._EXACT if same else video._SCALE | video._FULL_CHROMA,
    ).to_ndarray()


@pytest.mark.parametrize("kind", sorted(video._WOVEN))
def test_planes_are_woven_into_what_ffmpeg_says(kind: str) -> None:
    for width, height in [(64, 48), (33, 17), (131, 97), (2, 3), (1, 1), (600, 70)]:
        frame = noise(kind, width, height)
        for matrix, full in [(1, False), (1, True), (6, False), (9, False)]:
            frame.colorspace, frame.color_range = matrix, ColorRange.JPEG if full else ColorRange.MPEG
            for size in [(width, height), (2 * width + 1, height), (max(width // 3, 1), height + 5)]:
                found = video.picture(frame, size)
                assert np.array_equal(found, reformatted(frame, *size)), (width, height, matrix, full, size)
                assert found.flags.c_contiguous
                assert found.flags.writeable


@pytest.mark.parametrize("kind", ["rgb24", "gbrp", "gray", "rgb565le", "yuv410p", "yuva420p", "gbrap", "rgba", "bgra"])
def test_other_formats_are_as_ffmpeg_says(kind: str) -> None:
    frame = noise(kind, 45, 31)
    for size in [(45, 31), (30, 40)]:
        assert np.array_equal(video.picture(frame, size), reformatted(frame, *size))


@pytest.mark.parametrize("kind", ["yuv420p", "rgba"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_the_other_turned(kind: str, orientation: int) -> None:
    for stored in [(45, 31), (20, 14)]:
        frame = noise(kind, 45, 31)
        found = video.picture(frame, shown_size(*stored, orientation), orientation)
        assert np.array_equal(found, made.oriented(reformatted(frame, *stored), orientation))
        assert found.flags.c_contiguous


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_alpha_of_a_webm(tmp_path: Path, codec: str) -> None:
    pictures = made.scene(64, 48, 5, alpha=True)
    options = {"crf": "4", "b": "2M", "auto-alt-ref": "0"}
    path = made.film(tmp_path / "x", pictures, kind="webm", codec=codec, pixels="yuva420p", options=options)
    found = decoded(path)
    assert len(found) == 5
    for frame, picture in zip(found, pictures, strict=True):
        assert np.abs(frame.rgba[..., 3].astype(int) - picture[..., 3]).mean() < 6


def test_a_size_that_changes_in_mid_stream_is_scaled_to_the_first(tmp_path: Path) -> None:
    small = made.film(tmp_path / "a.webm", made.scene(64, 48, 4), kind="webm", codec="libvpx")
    large = made.film(tmp_path / "b.webm", made.scene(128, 96, 4), kind="webm", codec="libvpx")
    joined = made.joined(tmp_path / "c.webm", small, large)
    found = decoded(joined)
    assert len(found) == 8
    assert apart(found[-1].rgba, made.scene(64, 48, 4)[-1]) < 16


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "aac"])
def test_a_sound_is_heard(tmp_path: Path, kind: str) -> None:
    path = made.sound(tmp_path / "x", kind=kind, tone_ms=500, rate=44_100)
    heard = np.concatenate(list(audio(path, rate=48_000)))
    assert heard.dtype == np.float32
    assert heard.shape[1] == 2
    assert 480 <= len(heard) / 48 <= 580
    middle = heard[6000:18000]
    assert abs(np.sqrt((middle[:, 0] ** 2).mean()) - 0.5 / np.sqrt(2)) < 0.02
    assert abs(np.sqrt((middle[:, 1] ** 2).mean()) - 0.25 / np.sqrt(2)) < 0.02
    tones = np.abs(np.fft.rfft(middle[:, 0]))
    assert abs(tones.argmax() * 48_000 / len(middle) - 440) < 8


def test_a_sound_that_changes_its_rate_in_mid_stream_goes_on(tmp_path: Path) -> None:
    """Two MP3 files in one, as some recorders and all attackers write them."""
    first, second = (made.sound(tmp_path / str(rate), kind="mp3", rate=rate) for rate in (48_000, 22_050))
    both = tmp_path / "both.mp3"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    total = sum(len(block) for block in audio(both))
    one = sum(len(block) for block in audio(first))
    assert one < total < 3 * one


def test_sound_of_a_film_and_of_none(tmp_path: Path) -> None:
    path = made.film(tmp_path / "a", made.scene(count=10), tone_ms=1000)
    assert abs(sum(map(len, audio(path))) / 48 - 1000) < 40
    assert list(audio(made.film(tmp_path / "b", made.scene()))) == []
    assert list(audio(made.gif(tmp_path / "c", made.scene()))) == []
    with pytest.raises(UnreadableMedia):
        list(frames(made.sound(tmp_path / "d")))


@pytest.mark.parametrize("kind", ["gif", "apng", "webp", "mp4", "webm", "jpeg"])
def test_a_cut_file_gives_what_is_there(tmp_path: Path, kind: str) -> None:
    pictures = made.scene(96, 64, 12, noise=20)
    path = tmp_path / "x"
    if kind in ("mp4", "webm"):
        options = {"movflags": "frag_keyframe+empty_moov"} if kind == "mp4" else None
        made.film(path, pictures, kind=kind, container_options=options, options={"g": "3"})
    elif kind == "jpeg":
        made.jpeg(path, pictures[0])
    else:
        getattr(made, kind)(path, pictures)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    found = decoded(path) if kind in ("gif", "apng", "webp", "jpeg") else list(frames(path))
    assert 1 <= len(found) < (2 if kind == "jpeg" else 12)
    assert apart(found[0].rgba[:16], pictures[0][:16]) < 16


@pytest.mark.parametrize("kind", ["gif", "apng", "webp", "avif", "mp4", "webm", "png", "jpeg", "wav"])
def test_broken_bytes_never_end_in_a_traceback(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(3)
    path = tmp_path / "x"
    if kind in ("mp4", "webm"):
        made.film(path, made.scene(48, 32, 4), kind=kind)
    elif kind == "wav":
        made.sound(path)
    elif kind in ("png", "jpeg"):
        getattr(made, kind)(path, made.scene(48, 32, 1)[0])
    else:
        getattr(made, kind)(path, made.scene(48, 32, 4))
    data = path.read_bytes()
    for _ in range(30):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 8):
            broken[at] = rng.integers(0, 256)
        path.write_bytes(bytes(broken))
        try:
            info = probe(path)
            if info.kind != "audio":
                for frame in frames(path, info):
                    assert frame.rgba.shape == (info.height, info.width, 4)
            for block in audio(path, info=info):
                assert block.shape[1] == 2
        except CompressorError:
            continue
