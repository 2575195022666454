"""Stills as cameras, editors and sites write them, and pictures that are not taken."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests import media_made as made

from .kind import Kind, chunk, clip, coded, corner, glass, shows

Samples = npt.NDArray[np.uint16]  # (height, width, channels), each of `depth` bits
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def kinds() -> Iterator[Kind]:
    yield from _pngs()
    yield from _jpegs()
    yield from _webps()
    yield from _avifs()
    yield from _not_taken()


# ---------------------------------------------------------------------------------------------------------------- PNG


def png_pixels(samples: Samples, depth: int, interlaced: bool = False) -> bytes:
    """What IDAT holds: packed lines of filter 0, of the whole or of Adam7's seven passes."""
    parts = [samples[top::down, left::across] for left, top, across, down in _PASSES] if interlaced else [samples]
    lines = []
    for part in parts:
        if not part.size:
            continue
        for line in part.reshape(len(part), -1):
            if depth == 16:
                lines.append(b"\0" + line.astype(">u2").tobytes())
            else:
                bits = np.unpackbits(line.astype(np.uint8)[:, None], axis=1)[:, 8 - depth :]
                lines.append(b"\0" + np.packbits(bits.reshape(-1)).tobytes())
    return zlib.compress(b"".join(lines))


def png_bytes(samples: Samples, depth: int, colour: int, interlaced: bool = False, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG; ``more`` chunks stand between its header and its pixels."""
    height, width = samples.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    parts = [(b"IHDR", head), *more, (b"IDAT", png_pixels(samples, depth, interlaced)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def _pngs() -> Iterator[Kind]:
    picture = glass(97, 65, 1)[0].astype(np.uint16)
    solid = corner(97, 65).astype(np.uint16)
    for name, depth, colour, interlaced in (
        ("grey-1", 1, GREY, False), ("grey-2-interlaced", 2, GREY, True), ("grey-4", 4, GREY, False),
        ("grey-8-interlaced", 8, GREY, True), ("grey-16", 16, GREY, False), ("grey-16-interlaced", 16, GREY, True),
        ("rgb-8-interlaced", 8, RGB, True), ("rgb-16", 16, RGB, False), ("rgb-16-interlaced", 16, RGB, True),
    ):  # fmt: skip
        most = (1 << depth) - 1
        samples = np.round((solid[..., :1] if colour == GREY else solid[..., :3]) / 255 * most).astype(np.uint16)
        yield _png(name, samples, depth, colour, interlaced, _opaque(samples / most))
    for name, depth, colour, interlaced in (
        ("grey-alpha-8", 8, GREY_ALPHA, False), ("grey-alpha-16", 16, GREY_ALPHA, True),
        ("rgba-8-interlaced", 8, RGBA, True), ("rgba-16", 16, RGBA, False), ("rgba-16-interlaced", 16, RGBA, True),
    ):  # fmt: skip
        most = (1 << depth) - 1
        samples = np.round((picture[..., [0, 3]] if colour == GREY_ALPHA else picture) / 255 * most).astype(np.uint16)
        eight = np.round(samples / most * 255).astype(np.uint8)
        shown = eight[..., [0, 0, 0, 1]] if colour == GREY_ALPHA else eight
        yield _png(name, samples, depth, colour, interlaced, shown)
    for depth, interlaced in ((1, False), (2, True), (4, False), (4, True), (8, True)):
        number = 1 << min(depth, 4)
        table = np.random.default_rng(3).integers(0, 256, (number, 3)).astype(np.uint8)
        alphas = np.linspace(0, 255, number).astype(np.uint8)
        indices = (solid[..., :1] * number // 256).astype(np.uint16)
        rgba = np.dstack([table[indices[..., 0]], alphas[indices[..., 0]][..., None]])
        plte, trns = (b"PLTE", table.tobytes()), (b"tRNS", alphas.tobytes())
        name = f"palette-{depth}{'-interlaced' if interlaced else ''}"
        yield _png(name, indices, depth, PALETTE, interlaced, _opaque(rgba[..., :3] / 255), plte)
        yield _png(f"{name}-alpha", indices, depth, PALETTE, interlaced, rgba, plte, trns)
    for name, depth, colour in (("grey-4", 4, GREY), ("grey-8", 8, GREY), ("grey-16", 16, GREY), ("rgb-8", 8, RGB),
                                ("rgb-16", 16, RGB)):  # fmt: skip
        most = (1 << depth) - 1
        samples = np.round((solid[..., :1] if colour == GREY else solid[..., :3]) / 255 * most).astype(np.uint16)
        samples[10:30, 10:40] = (np.arange(samples.shape[2]) + 3).astype(np.uint16)
        clear = samples[12, 12]
        shown = _opaque(samples / most)
        shown[(samples == clear).all(axis=2), 3] = 0
        key = (b"tRNS", b"".join(struct.pack(">H", int(value)) for value in clear))
        yield _png(f"{name}-one-clear-colour", samples, depth, colour, False, shown, key)
    data = solid[..., :3]
    for name, more in (
        ("pixels-not-square", (b"pHYs", struct.pack(">IIB", 2, 1, 0))),
        ("background", (b"bKGD", struct.pack(">HHH", 255, 0, 255))),
        ("text", (b"tEXt", b"Comment\0" + b"x" * 70_000)),
        ("unknown-chunk", (b"vpAg", bytes(9))),
        ("srgb", (b"sRGB", b"\0")),
    ):
        yield _png(name, data, 8, RGB, False, _opaque(data / 255), more)


def _opaque(shares: npt.NDArray[Any]) -> made.Picture:
    """Grey or RGB from 0 to 1 as RGBA."""
    eight = np.round(shares * 255).astype(np.uint8)
    rgb = np.repeat(eight, 3, axis=2) if eight.shape[2] == 1 else eight
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _png(
    name: str,
    samples: Samples,
    depth: int,
    colour: int,
    interlaced: bool,
    shown: made.Picture,
    *more: tuple[bytes, bytes],
) -> Kind:
    data = png_bytes(samples, depth, colour, interlaced, *more)
    group = "transparency" if (shown[..., 3] < 255).any() else "stills"
    return Kind(group, f"png-{name}", partial(written, data=data), still=True, truth=shows([shown]))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# --------------------------------------------------------------------------------------------------------------- JPEG


def _jpeg(picture: made.Picture, mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture[..., :3]).convert(mode).save(out, "JPEG", **{"quality": 95, "subsampling": 0, **more})
    return out.getvalue()


def _jpegs() -> Iterator[Kind]:
    picture = corner()
    plain = _jpeg(picture)
    grey = _opaque(np.asarray(Image.fromarray(picture[..., :3]).convert("L"))[..., None] / 255)
    for name, data, shown in (
        ("progressive", _jpeg(picture, progressive=True), picture),
        ("grey", _jpeg(picture, "L"), grey),
        ("420", _jpeg(picture, subsampling=2), picture),
        ("422", _jpeg(picture, subsampling=1), picture),
        ("rgb", _jpeg(picture, keep_rgb=True), picture),
        ("restart-markers", _jpeg(picture, restart_marker_rows=1), picture),
        ("bytes-behind", plain + b"SEFH\xff\xda" + bytes(90), picture),
        ("other-pictures-behind", _several(picture), picture),
    ):
        yield Kind("stills", f"jpeg-{name}", partial(written, data=data), still=True, truth=shows([shown]))
    yield Kind("stills", "jpeg-motion-photo", _motion_photo, still=True, truth=shows([picture]))


def _several(picture: made.Picture) -> bytes:
    """A multi-picture JPEG, as phones and 3D cameras write them: the first is the one that is shown."""
    out = io.BytesIO()
    other = Image.fromarray(255 - picture[..., :3])
    Image.fromarray(picture[..., :3]).save(out, "MPO", save_all=True, append_images=[other], quality=95, subsampling=0)
    return out.getvalue()


def _motion_photo(path: Path) -> Path:
    """A film behind the picture."""
    film = coded(path.with_suffix(".film"), clip(), "mp4", "-c:v libx264 -crf 4")
    path.write_bytes(_jpeg(corner()) + film.read_bytes() + b"\xff\xda\0\0")
    return path


# ------------------------------------------------------------------------------------------------------ WebP and AVIF


def _webps() -> Iterator[Kind]:
    for name, pictures, options in (
        ("lossy", corner(), {"quality": 95}),
        ("lossless", corner(), {"lossless": True}),
        ("lossy-alpha", glass(count=1)[0], {"quality": 95}),
        ("lossless-alpha", glass(count=1)[0], {"lossless": True}),
    ):
        out = io.BytesIO()
        opaque = (pictures[..., 3] == 255).all()
        Image.fromarray(pictures[..., :3] if opaque else pictures).save(out, "WEBP", **options)
        group = "stills" if opaque else "transparency"
        make = partial(written, data=out.getvalue())
        yield Kind(group, f"webp-still-{name}", make, still=True, truth=shows([pictures]))


def _avifs() -> Iterator[Kind]:
    large = corner(256, 192)
    for name, words in {
        **{f"{depth}-bit-{chroma}": f"-d {depth} -y {chroma}" for depth in (8, 10, 12) for chroma in (420, 422, 444)},
        "grey": "-y 400",
        "grey-10-bit": "-d 10 -y 400",
        "limited": "-r limited -y 444",
        "bt709": "--cicp 1/13/1 -y 444",
        "bt601": "--cicp 1/13/6 -y 444",
        "identity": "--cicp 1/13/0 -y 444",
        "grid": "-g 2x2 -y 444",
        "turned-and-mirrored": "--irot 1 --imir 0 -y 444",
    }.items():
        shown = (
            _opaque(np.asarray(Image.fromarray(large[..., :3]).convert("L"))[..., None] / 255)
            if "400" in words
            else large
        )
        truth = None if "irot" in words else shows([shown])
        yield Kind("stills", f"avif-{name}", partial(_avifenc, picture=large, words=words), still=True, truth=truth)
    make = partial(_avifenc, picture=large, words="--crop 16,16,128,96 -y 444")
    yield Kind("stills", "avif-clean-aperture", make, still=True, truth=shows([large[16:112, 16:144]]))
    clear = glass(256, 192, 1)[0]
    for name, words in (("alpha", "-y 444"), ("alpha-premultiplied", "-p -y 444"), ("alpha-10-bit", "-d 10 -y 420")):
        make = partial(_avifenc, picture=clear, words=words)
        yield Kind("transparency", f"avif-still-{name}", make, still=True, truth=shows([clear]))


def _avifenc(path: Path, picture: made.Picture, words: str) -> Path:
    opaque = (picture[..., 3] == 255).all()
    source = path.with_suffix(".png")
    Image.fromarray(picture[..., :3] if opaque else picture).save(source)
    out = path.with_suffix(".avif")
    command = ["avifenc", "-s", "10", "--min", "2", "--max", "6", *words.split(), str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr[-300:] or done.stdout[-300:])
    out.rename(path)
    return path


# ------------------------------------------------------------------------------------------------------------ refused


def _not_taken() -> Iterator[Kind]:
    def heif(major: bytes, *brands: bytes) -> bytes:
        body = major + bytes(4) + b"".join(brands)
        return struct.pack(">I", len(body) + 8) + b"ftyp" + body + bytes(400)

    for name, data in {
        "heic": heif(b"heic", b"mif1", b"heic"),
        "heic-10-bit": heif(b"heix", b"mif1", b"heix"),
        "heif-of-hevc": heif(b"mif1", b"mif1", b"heic"),
        "heic-burst": heif(b"hevc", b"msf1", b"hevc"),
        "heif-of-jpeg": heif(b"mif1", b"mif1", b"jpeg"),
        "raw-of-canon": heif(b"crx ", b"crx ", b"isom"),
        "raw-of-nikon": b"MM\0*\0\0\0\x08" + bytes(200),
        "raw-of-fuji": b"FUJIFILMCCD-RAW 0201" + bytes(200),
        "raw-of-panasonic": b"IIU\0\x18\0\0\0" + bytes(200),
        "photoshop": b"8BPS\0\1" + bytes(200),
        "icon": b"\0\0\1\0\1\0" + bytes(200),
        "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "pdf": b"%PDF-1.7\n" + bytes(200),
        "lottie": b'{"v":"5.5.2","fr":60,"ip":0,"op":180,"layers":[]}',
        "telegram-sticker": b"\x1f\x8b\x08" + bytes(200),
        "zip": b"PK\x03\x04" + bytes(200),
        "web-page": b"<!DOCTYPE html><html><body>Not found</body></html>",
        "playlist": b"#EXTM3U\n#EXT-X-VERSION:3\n",
        "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>',
        "open-exr": b"\x76\x2f\x31\x01\2\0\0\0" + bytes(200),
        "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n" + bytes(200),
        "pnm": b"P6\n4 4\n255\n" + bytes(48),
        "qoi": b"qoif\0\0\0\4\0\0\0\4\4\0" + bytes(48),
        "flif": b"FLIF44" + bytes(48),
        "bpg": b"BPG\xfb" + bytes(48),
        "mng": b"\x8aMNG\r\n\x1a\n" + bytes(48),
        "cursor": b"RIFF\x30\0\0\0ACON" + bytes(48),
        "midi": b"MThd\0\0\0\x06" + bytes(48),
        "noise": bytes(np.random.default_rng(5).integers(0, 256, 4000, np.uint8)),
        "zeros": bytes(4000),
        "gif-header-alone": b"GIF89a\1\0\1\0\0\0\0;",
    }.items():
        yield Kind("not taken", name, partial(written, data=data), refused=True)
