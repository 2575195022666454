"""The source handed out again: the same pictures, and nobody's notes."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from compressor import decode
from compressor.codecs import copying
from compressor.engine import Job, make
from compressor.probe import probe

from . import media_made

SECRET = b"a private note"


def same_pictures(one: Path, other: Path) -> None:
    first, second = list(decode.frames(one)), list(decode.frames(other))
    assert [(f.at_us, f.hold_us) for f in first] == [(f.at_us, f.hold_us) for f in second]
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.rgba, b.rgba)


def test_gif_loses_comments_and_what_stands_behind_its_end(tmp_path: Path) -> None:
    path = media_made.gif(tmp_path / "a.gif", media_made.scene(40, 30, 5, alpha=True), [3, 7, 7, 2, 11], loop=3)
    data = path.read_bytes()
    note = b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\x00"
    assert data[-1:] == b";"
    noted = data[:-1] + note + b";" + b"<script>alert(1)</script>"
    path.write_bytes(noted)
    clean = copying.gif(noted)
    assert clean is not None
    assert SECRET not in clean
    assert b"script" not in clean
    other = tmp_path / "b.gif"
    other.write_bytes(clean)
    same_pictures(path, other)
    assert probe(other).loop == probe(path).loop
    assert copying.gif(noted[: len(data) // 2]) is None


def test_png_and_webp_lose_their_notes(tmp_path: Path) -> None:
    frames = [Image.fromarray(p) for p in media_made.scene(40, 30, 4)]
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    png, webp = tmp_path / "a.png", tmp_path / "a.webp"
    frames[0].save(png, save_all=True, append_images=frames[1:], duration=70, pnginfo=text)
    frames[0].save(webp, save_all=True, append_images=frames[1:], duration=70, lossless=True, exif=exif)
    for path, clean in ((png, copying.png(png.read_bytes() + b"tail")), (webp, copying.webp(webp.read_bytes()))):
        assert SECRET in path.read_bytes()
        assert clean is not None
        assert SECRET not in clean
        other = path.with_name("clean" + path.suffix)
        other.write_bytes(clean)
        same_pictures(path, other)


def test_a_jpeg_loses_its_notes_and_keeps_its_colours(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    path, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(media_made.scene(40, 30, 1)[0][..., :3]).save(
        path, exif=exif, comment=SECRET, icc_profile=b"profile" * 500, progressive=True
    )
    data = path.read_bytes()
    clean = copying.jpeg(data + SECRET)
    assert clean is not None
    assert data.count(SECRET) == 2
    assert SECRET not in clean
    assert b"profile" in clean
    other.write_bytes(clean)
    same_pictures(path, other)
    assert copying.jpeg(data[: len(data) // 2]) is None
    assert copying.jpeg(b"\x89PNG") is None


@pytest.mark.parametrize(("codec", "kept"), [("libx264", True), ("mpeg4", False)])
def test_a_film_is_handed_out_only_as_what_was_promised(tmp_path: Path, codec: str, kept: bool) -> None:
    path, out = tmp_path / "a.mp4", tmp_path / "out.mp4"
    with av.open(str(path), "w") as box:
        box.metadata["title"] = SECRET.decode()
        stream = box.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for picture in media_made.scene(64, 48, 10):
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture[..., :3].copy(), format="rgb24")):
                box.mux(packet)
        for packet in stream.encode():
            box.mux(packet)
    report = make(
        Job(sources={"a": str(path)}, out=str(out), goal={"format": "mp4", "max_bytes": 500_000}), lambda event: None
    )
    assert report.fits
    assert SECRET not in out.read_bytes()
    with av.open(io.BytesIO(out.read_bytes())) as box:
        assert box.streams.video[0].codec_context.name == "h264"
        assert box.streams.video[0].codec_context.pix_fmt == "yuv420p"
    assert report.value["attempts"][0]["plan"]["settings"].get("source", False) is kept
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
