"""Our GIF reader against files made here by another writer, and against damage."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressor.codecs import gif
from compressor.codecs.gif import lzw, reader
from compressor.errors import OverLimit, UnreadableMedia

HEAD = b"GIF89a\x04\x00\x04\x00\x80\x00\x00\x10\x20\x30\xf0\xe0\xd0"
ALL_ONES = b"\x2c\x00\x00\x00\x00\x04\x00\x04\x00\x00"


def stored(values: list[int], min_code: int = 2) -> bytes:
    """A stream of ``values``, cut into sub-blocks, made by our exact encoder."""
    flat = np.array(values, np.uint8)
    out, blocks = np.empty(4096, np.uint8), np.empty(4096, np.uint8)
    size = lzw.encode_exact(flat, np.zeros_like(flat), 0, min_code, False, 0, lzw.NO_CUTS, out)
    return bytes((min_code,)) + blocks[: lzw.enblock(out, size, blocks)].tobytes()


def control(disposal: int, delay: int, transparent: int | None = None) -> bytes:
    flags = disposal << 2 | (transparent is not None)
    return bytes((0x21, 0xF9, 4, flags, delay & 255, delay >> 8, transparent or 0, 0))


def image(x: int, y: int, w: int, h: int, values: list[int], flags: int = 0) -> bytes:
    return b"\x2c" + bytes((x, 0, y, 0, w, 0, h, 0, flags)) + stored(values)


def opened(tmp_path: Path, data: bytes) -> gif.GifFile:
    path = tmp_path / "file.gif"
    path.write_bytes(data)
    return gif.read(path)


def pictures(file: gif.GifFile) -> list[np.ndarray]:
    return [frame.rgba for frame in file.frames()]


@pytest.mark.parametrize("seed", range(6))
def test_what_the_exact_encoder_writes_comes_back(seed: int) -> None:
    noise = np.random.default_rng(seed)
    colours = (2, 4, 17, 200, 256, 3)[seed]
    flat = noise.integers(0, colours, 30_000).astype(np.uint8)
    flat[5000:20_000] = np.repeat(flat[:300], 50)
    out = np.empty(flat.size * 2 + 100, np.uint8)
    min_code = max(2, (colours - 1).bit_length())
    size = lzw.encode_exact(flat, np.zeros_like(flat), 0, min_code, False, 0, lzw.NO_CUTS, out)
    back = np.empty_like(flat)
    assert lzw.decode(out, size, min_code, back) == flat.size
    assert (back == flat).all()


def test_kept_pixels_are_shown_unchanged() -> None:
    noise = np.random.default_rng(3)
    flat = noise.integers(1, 9, 20_000).astype(np.uint8)
    keep = (noise.random(flat.size) < 0.5).astype(np.uint8)
    keep[::97] = 2
    out = np.empty(flat.size * 2 + 100, np.uint8)
    size = lzw.encode_exact(flat, keep, 0, 4, False, 0, lzw.NO_CUTS, out)
    back = np.empty_like(flat)
    assert lzw.decode(out, size, 4, back) == flat.size
    assert (back[keep == 0] == flat[keep == 0]).all()
    assert (back[keep == 2] == 0).all()
    assert np.isin(back[keep == 1] - flat[keep == 1], (0,)).sum() + (back[keep == 1] == 0).sum() == (keep == 1).sum()


def test_every_disposal_shows_what_browsers_show(tmp_path: Path) -> None:
    data = HEAD + control(1, 10) + image(0, 0, 4, 4, [1] * 16)
    data += control(3, 10) + image(1, 1, 2, 2, [0] * 4)
    data += control(2, 10) + image(0, 0, 2, 1, [0] * 2)
    data += control(0, 0, 1) + image(3, 3, 1, 1, [1]) + b"\x3b"
    one, two, three, four = pictures(opened(tmp_path, data))
    light, dark, clear = [0xF0, 0xE0, 0xD0, 255], [0x10, 0x20, 0x30, 255], [0, 0, 0, 0]
    assert (one == light).all()
    assert (two[1:3, 1:3] == dark).all()
    assert (two[0] == light).all()
    assert (three[0, :2] == dark).all()
    assert (three[1:] == light).all()
    assert (four[0, :2] == clear).all()
    assert (four[3, 3] == light).all()


def test_interlaced_rows_come_in_order(tmp_path: Path) -> None:
    picture = Image.fromarray((np.arange(23 * 17) % 251).astype(np.uint8).reshape(23, 17), "L").convert("P")
    plain, laced = io.BytesIO(), io.BytesIO()
    picture.save(plain, "GIF", interlace=0)
    picture.save(laced, "GIF", interlace=1)
    a = pictures(opened(tmp_path, plain.getvalue()))
    b = pictures(opened(tmp_path, laced.getvalue()))
    assert opened(tmp_path, laced.getvalue()).heads[0].interlaced
    assert (a[0] == b[0]).all()


def test_a_real_animation_reads_as_another_reader_sees_it(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    frames = [Image.fromarray(noise.integers(0, 256, (40, 50, 3), dtype=np.uint8), "RGB") for _ in range(4)]
    path = tmp_path / "noise.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[30, 70, 200, 10], loop=4)
    file = gif.read(path)
    assert file.loop == 5
    ours = list(file.frames())
    assert [f.delay_cs for f in ours] == [3, 7, 20, 1]
    assert [f.hold_us for f in ours] == [30_000, 70_000, 200_000, 100_000]
    with Image.open(path) as theirs:
        for k, frame in enumerate(ours):
            theirs.seek(k)
            assert (np.asarray(theirs.convert("RGBA")) == frame.rgba).all()


def test_the_first_frame_may_enlarge_the_screen_and_others_are_clipped(tmp_path: Path) -> None:
    data = HEAD + image(0, 0, 6, 5, [1] * 30) + image(5, 4, 9, 9, [0] * 81) + b"\x3b"
    file = opened(tmp_path, data)
    assert (file.width, file.height) == (6, 5)
    last = pictures(file)[1]
    assert last[4, 5, 0] == 0x10
    assert last[0, 0, 0] == 0xF0


@pytest.mark.parametrize("cut", [1, 3, 9, 20, 50, 60])
def test_a_file_that_ends_early_keeps_the_frames_that_decode(tmp_path: Path, cut: int) -> None:
    noise = np.random.default_rng(5)
    values = noise.integers(0, 2, 256).tolist()
    whole = HEAD.replace(b"\x04\x00\x04\x00", b"\x10\x00\x10\x00") + image(0, 0, 16, 16, values) * 2
    file = opened(tmp_path, whole[:-cut])
    assert file.trailing
    shown = pictures(file)
    assert (shown[0][..., 3] == 255).all()
    if len(shown) > 1:
        assert (shown[1] == shown[0]).all()


def test_damage_in_one_stream_does_not_stop_the_next_frame(tmp_path: Path) -> None:
    bad = b"\x2c\x00\x00\x00\x00\x04\x00\x04\x00\x00\x02\x03\xff\xff\xff\x00"
    file = opened(tmp_path, HEAD + bad + image(0, 0, 4, 4, [0] * 16) + b"\x3b")
    assert len(file.heads) == 2
    assert (pictures(file)[1][..., 0] == 0x10).all()


def test_bytes_of_any_kind_never_crash_it(tmp_path: Path) -> None:
    noise = np.random.default_rng(7)
    good = bytearray(HEAD + control(2, 4, 1) + image(0, 0, 4, 4, [0, 1] * 8) + image(1, 1, 3, 3, [1] * 9) + b"\x3b")
    for _ in range(300):
        data = bytearray(good)
        for place in noise.integers(6, len(data), 3):
            data[place] = noise.integers(0, 256)
        try:
            file = opened(tmp_path, bytes(data))
        except (UnreadableMedia, OverLimit):
            continue
        if file.width * file.height * len(file.heads) < 4_000_000:
            pictures(file)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG" * 10, HEAD + b"\x3b", b"GIF89a" + bytes(20)])
def test_what_is_no_picture_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableMedia, match=r"GIF"):
        opened(tmp_path, data)


def test_a_screen_beyond_the_limit_is_refused_before_it_is_made(tmp_path: Path) -> None:
    data = HEAD.replace(b"\x04\x00\x04\x00", b"\xff\xff\xff\xff") + image(0, 0, 4, 4, [0] * 16)
    with pytest.raises(OverLimit):
        opened(tmp_path, data)


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia):
        reader.read(tmp_path / "nothing.gif")
