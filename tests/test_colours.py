"""Colours come out as they are meant, within two levels of FFmpeg's zscale and tonemap and of Little CMS."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from compressor import decode, engine, events
from compressor.decode import tone_map
from compressor.media import LazyFrame
from compressor.probe import probe

from . import media_made as made

# 10-bit values, and what ``zscale=t=linear:npl=203,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709`` of FFmpeg 5.1
# (for SDR without tonemap, for sRGB's curve back to it) makes of them on a scale of 0 to 255.
TABLE = Path(__file__).parent / "data" / "colours_reference.tsv"
PQ2020, HLG2020, SDR2020, P3_VIDEO, P3_SRGB = (9, 16), (9, 18), (9, 14), (12, 1), (12, 13)


def reference() -> Iterator[tuple[tuple[int, int], tuple[int, ...], np.ndarray[Any, Any]]]:
    for line in TABLE.read_text().splitlines()[1:]:
        cells = line.split("\t")
        yield (int(cells[0]), int(cells[1])), tuple(map(int, cells[2:5])), np.array([float(c) for c in cells[5:]])


def test_the_conversion_is_ffmpegs() -> None:
    for codes, stored, should in reference():
        deep = np.array([[[round(v * 65535 / 1023) for v in stored] + [65535]]], np.uint16)
        colours = tone_map.of_codes(*codes)
        assert colours is not None
        assert np.abs(tone_map.shown(deep, colours)[0, 0, :3] - should).max() < 1.1, (codes, stored)


@pytest.mark.parametrize("codes", [(1, 1), (2, 2), (5, 6), (6, 6), (1, 13), (22, 1)])
def test_usual_colours_are_left_alone(codes: tuple[int, int]) -> None:
    assert tone_map.of_codes(*codes) is None


def _tagged(primaries: int, transfer: int) -> Any:
    def tune(stream: Any) -> None:
        stream.codec_context.color_primaries, stream.codec_context.color_trc = primaries, transfer

    return tune


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pixels", ["yuv420p10le", "yuv444p10le", "yuv444p"])
@pytest.mark.parametrize(("codes", "matrix"), [(PQ2020, 9), (HLG2020, 9), (SDR2020, 9), (P3_VIDEO, 1)])
def test_a_film(tmp_path: Path, codes: tuple[int, int], matrix: int, pixels: str, full: bool) -> None:
    """The reference's rows in 8 bits, stored as planes: against the same conversion of their RGB."""
    rows = [stored for own, stored, _ in reference() if own == codes]
    pictures = made.flat(32, 32, *((r >> 2, g >> 2, b >> 2) for r, g, b in rows))
    path = made.film(
        tmp_path / "in.mp4",
        pictures,
        pixels=pixels,
        matrix=matrix,
        full_range=full,
        options={"crf": "0", "preset": "ultrafast"},
        tune=_tagged(*codes),
    )
    info = probe(path)
    assert info.hdr == {16: "PQ", 18: "HLG"}.get(codes[1], "")
    colours = tone_map.of_codes(*codes)
    assert colours is not None
    off = []
    for frame, picture in zip(decode.frames(path, info), pictures, strict=True):
        assert isinstance(frame, LazyFrame)
        assert frame.film is not None
        assert frame.film.planes((32, 32)) is None
        exact = tone_map.shown(picture[:1, :1].astype(np.uint16) * 257, colours)[0, 0, :3].astype(int)
        off.append(np.abs(frame.rgba[16, 16, :3].astype(int) - exact))
    # A step of YUV's eight bits is many of light where there is hardly any.
    assert np.mean(off) < (1.0 if pixels.endswith("10le") else 2.0)
    assert np.max(off) <= (10 if pixels.endswith("10le") else 24)


def _png(path: Path, picture: made.Picture, *chunks: tuple[bytes, bytes]) -> Path:
    data = made.png(path, picture).read_bytes()
    more = b"".join(struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks)
    path.write_bytes(data[:33] + more + data[33:])
    return path


def seen(path: Path) -> np.ndarray[Any, Any]:
    (frame,) = decode.frames(path)
    return frame.rgba[0, 0, :3].astype(int)


@pytest.mark.parametrize("codes", [PQ2020, HLG2020, P3_SRGB])
def test_cicp_of_a_png(tmp_path: Path, codes: tuple[int, int]) -> None:
    path = _png(tmp_path / "x", made.flat(4, 4, (150, 120, 90))[0], (b"cICP", bytes([*codes, 0, 1])))
    colours = tone_map.of_codes(*codes)
    assert colours is not None
    deep = np.array([[[150, 120, 90, 255]]], np.uint16) * 257
    assert np.abs(seen(path) - tone_map.shown(deep, colours)[0, 0, :3]).max() <= 1
    assert probe(path).hdr == {16: "PQ", 18: "HLG"}.get(codes[1], "")


def _gamma(value: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def test_gamma_of_a_png(tmp_path: Path) -> None:
    grey = made.flat(4, 4, (128, 128, 128))[0]
    assert list(seen(_png(tmp_path / "usual", grey, _gamma(0.45455)))) == [128] * 3
    assert list(seen(_png(tmp_path / "srgb", grey, (b"sRGB", b"\0"), _gamma(1.0)))) == [128] * 3
    assert abs(seen(_png(tmp_path / "linear", grey, _gamma(1.0)))[0] - 188) <= 1  # half of the light
    assert list(seen(_png(tmp_path / "zero", grey, _gamma(0)))) == [128] * 3


def test_primaries_of_a_png(tmp_path: Path) -> None:
    wide = [0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060]
    chrm = b"cHRM", struct.pack(">8I", *(round(v * 100_000) for v in wide))
    should = next(row for codes, stored, row in reference() if (codes, stored) == (P3_SRGB, (600, 200, 200)))
    picture = made.flat(4, 4, (150, 50, 50))[0]
    assert np.abs(seen(_png(tmp_path / "p3", picture, chrm)) - should).max() <= 2
    nonsense = b"cHRM", struct.pack(">8I", *([0] * 8))
    assert np.array_equal(seen(_png(tmp_path / "none", picture, nonsense)), picture[0, 0, :3])


def test_profiles_and_cmyk(tmp_path: Path) -> None:
    """Against Little CMS itself: a Display P3 profile where the system's own sRGB is the target."""
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (8, 8), (200, 60, 30)).save(tmp_path / "srgb.jpg", quality=100, subsampling=0, icc_profile=lab)
    assert np.abs(seen(tmp_path / "srgb.jpg") - (200, 60, 30)).max() <= 2
    cmyk = Image.new("CMYK", (8, 8), (0, 200, 220, 20))
    cmyk.save(tmp_path / "cmyk.jpg", quality=100, subsampling=0)
    assert np.abs(seen(tmp_path / "cmyk.jpg") - np.asarray(cmyk.convert("RGB"))[0, 0]).max() <= 2


def _avif_as(path: Path, codes: tuple[int, int]) -> Path:
    """The same AVIF, its pixels said to be in other colours."""
    data = path.read_bytes()
    at = data.index(b"nclx")
    while at > 0:
        data = data[: at + 4] + struct.pack(">HH", *codes) + data[at + 8 :]
        at = data.find(b"nclx", at + 4)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("codes", [PQ2020, HLG2020, P3_SRGB])
def test_an_avif(tmp_path: Path, codes: tuple[int, int], count: int) -> None:
    pictures = made.flat(48, 48, *[(150, 120, 90), (90, 150, 120), (120, 90, 150)][:count])
    path = _avif_as(made.avif(tmp_path / "x", pictures, quality=100, subsampling="4:4:4"), codes)
    info = probe(path)
    assert info.hdr == {16: "PQ", 18: "HLG"}.get(codes[1], "")
    colours = tone_map.of_codes(*codes)
    assert colours is not None
    for frame, picture in zip(decode.frames(path, info), pictures, strict=True):
        should = tone_map.shown(picture[:1, :1].astype(np.uint16) * 257, colours)[0, 0, :3].astype(int)
        assert np.abs(frame.rgba[24, 24, :3].astype(int) - should).max() <= 4


@pytest.mark.parametrize("suffix", ["mp4", "gif", "avif"])
def test_tone_mapping_is_said_and_no_copy_is_handed_out(tmp_path: Path, suffix: str) -> None:
    source = made.film(tmp_path / "in.mp4", made.scene(96, 64, 6), matrix=9, tune=_tagged(*PQ2020))
    told: list[events.Event] = []
    job = engine.Job({"a": str(source)}, str(tmp_path / "out"), {"format": suffix, "max_bytes": 200_000})
    report = engine.make(job, told.append)
    (said,) = [e.text for e in told if isinstance(e, events.Said) and e.code == "tone_mapped"]
    assert "HDR (PQ)" in said
    assert "203 nits" in said
    assert probe(report.path).hdr == ""
    first = next(decode.frames(source)).rgba
    made_first = next(decode.frames(report.path)).rgba
    assert np.abs(first[..., :3].mean((0, 1)) - made_first[..., :3].mean((0, 1))).max() < 4
