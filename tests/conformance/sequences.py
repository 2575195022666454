"""Animated pictures as editors, stickers and sites write them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tests import media_made as made

from .kind import Kind, chunk, clip, coded, corner, glass, picture, shows
from .stills import GREY, RGB, RGBA, png_pixels, written


def kinds() -> Iterator[Kind]:
    yield from _gifs()
    yield from _apngs()
    yield from _webps()
    yield from _avifs()


# ---------------------------------------------------------------------------------------------------------------- GIF

_PALETTE = [(200, 200, 200), (250, 0, 0), (0, 0, 250), (9, 9, 9)]
_NETSCAPE = b"\x21\xff\x0bNETSCAPE2.0\x03\x01"


def _squares(width: int = 48, height: int = 32) -> tuple[list[made.Block], list[made.Picture]]:
    """Four whole frames of four colours, and what they look like."""
    blocks, shown = [], []
    for number in range(4):
        indices = np.zeros((height, width), np.uint8)
        indices[4:20, 6 * number + 2 : 6 * number + 18] = 1 + number % 2
        indices[22:, :] = 3
        blocks.append(made.Block(indices, disposal=1))
        rgb = np.array(_PALETTE, np.uint8)[indices]
        shown.append(np.dstack([rgb, np.full((height, width), 255, np.uint8)]))
    return blocks, shown


def _gifs() -> Iterator[Kind]:
    blocks, shown = _squares()

    def whole(**more: Any) -> bytes:
        return made.gif_bytes(blocks, **{"width": 48, "height": 32, "palette": _PALETTE, **more})

    plain = whole()
    first = plain.index(b"\x21\xf9")
    second = plain.index(b"\x21\xf9", first + 2)
    once = whole(loop=None)
    xmp = b"\x21\xff\x0bXMP DataXMP" + b"<x>" * 9 + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    text = b"\x21\x01\x0c" + struct.pack("<HHHHBBBB", 0, 0, 40, 8, 8, 8, 1, 0) + b"\x02hi\0"
    for name, data in {
        "comment": plain[:first] + b"\x21\xfe\x05hello\0" + plain[first:],
        "xmp": plain[:first] + xmp + plain[first:],
        "icc": plain[:first] + b"\x21\xff\x0bICCRGBG1012\x04abcd\0" + plain[first:],
        "unknown-extension": plain[:first] + b"\x21\x42\x03abc\0" + plain[first:],
        "loop-between-frames": once[: second - 19] + _NETSCAPE + b"\0\0\0" + once[second - 19 :],
        "loop-behind-frames": once[:-1] + _NETSCAPE + b"\0\0\0;",
        "two-loops": plain[:first] + _NETSCAPE + b"\x03\0\0" + plain[first:],
        "two-controls": plain[:first] + b"\x21\xf9\x04\x04\x50\0\0\0" + plain[first:],
        "buffering-extension": plain[:first] + b"\x21\xff\x0bNETSCAPE2.0\x05\x02\0\0\1\0\0" + plain[first:],
        "no-trailer": plain[:-1],
        "bytes-behind": plain + b"\0\0GIF89a\x21\xf9 junk",
        "zeros-between": plain[:first] + bytes(5) + plain[first:],
        "screen-of-nothing": plain[:6] + bytes(4) + plain[10:],
        "screen-too-small": plain[:6] + struct.pack("<HH", 20, 20) + plain[10:],
        "aspect-byte": plain[:12] + b"\x71" + plain[13:],
    }.items():  # fmt: skip
        yield Kind("blocks of a GIF", f"gif-{name}", partial(written, data=data), truth=shows(shown))
    text_between = plain[:second] + b"\x21\xf9\x04\x04\x0a\0\0\0" + text + plain[second:]
    # Browsers and Pillow pass over a text and its delay.
    yield Kind("blocks of a GIF", "gif-plain-text", partial(written, data=text_between), truth=shows(shown))
    old = [made.Block(block.pixels, control=False) for block in blocks]
    data = made.gif_bytes(old[:1], width=48, height=32, palette=_PALETTE, loop=None, version=b"87a")
    yield Kind("blocks of a GIF", "gif-87a", partial(written, data=data), still=True, truth=shows(shown[:1]))
    data = made.gif_bytes(old, width=48, height=32, palette=_PALETTE, loop=None, version=b"87a")
    yield Kind("blocks of a GIF", "gif-87a-several", partial(written, data=data), truth=shows(shown))
    make = partial(coded, pictures=clip(), muxer="gif", options="-vf split[a][b];[a]palettegen[p];[b][p]paletteuse")
    yield Kind("blocks of a GIF", "gif-by-ffmpeg", make)
    waits = [0.1, 655.35]
    long = [made.Block(b.pixels, disposal=1, delay_cs=d) for b, d in zip(blocks, (10, 65535), strict=False)]
    data = made.gif_bytes(long, width=48, height=32, palette=_PALETTE)
    truth = shows(shown[:2], [0, waits[0]], sum(waits))
    yield Kind("delays of a GIF", "gif-11-minutes", partial(written, data=data), truth=truth)


# --------------------------------------------------------------------------------------------------------------- APNG


@dataclass(frozen=True)
class _Piece:
    """One frame of an APNG: straight RGBA samples and where, how long (num / den s) and how they are put down."""

    pixels: made.Picture
    left: int = 0
    top: int = 0
    num: int = 1
    den: int = 10
    dispose: int = 0
    blend: int = 0


def _apng(
    pieces: Sequence[_Piece], width: int, height: int, depth: int = 8, colour: int = RGBA, hidden: bool = False
) -> bytes:
    """An APNG; ``hidden``: another picture stands before it, which is not part of the animation."""

    def packed(pixels: made.Picture) -> bytes:
        samples = pixels if colour == RGBA else pixels[..., :3] if colour == RGB else pixels[..., :1]
        deep = samples.astype(np.uint16) * 257 if depth == 16 else samples.astype(np.uint16)
        return png_pixels(deep, depth)

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    out = [(b"IHDR", head), (b"acTL", struct.pack(">II", len(pieces), 0))]
    if hidden:
        out.append((b"IDAT", packed(np.full((height, width, 4), 255, np.uint8))))
    number = 0
    for index, piece in enumerate(pieces):
        rows, columns = piece.pixels.shape[:2]
        place = struct.pack(">IIIII", number, columns, rows, piece.left, piece.top)
        out.append((b"fcTL", place + struct.pack(">HHBB", piece.num, piece.den, piece.dispose, piece.blend)))
        number += 1
        if index == 0 and not hidden:
            out.append((b"IDAT", packed(piece.pixels)))
            continue
        out.append((b"fdAT", struct.pack(">I", number) + packed(piece.pixels)))
        number += 1
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in (*out, (b"IEND", b"")))


def _played(pieces: Sequence[_Piece], width: int, height: int) -> list[made.Picture]:
    """What the APNG specification shows of them."""
    canvas = np.zeros((height, width, 4))
    shown = []
    for number, piece in enumerate(pieces):
        rows, columns = piece.pixels.shape[:2]
        place = np.s_[piece.top : piece.top + rows, piece.left : piece.left + columns]
        before = canvas.copy()
        new = piece.pixels.astype(float)
        if piece.blend:
            over, under = new[..., 3:] / 255, canvas[place][..., 3:] / 255
            alpha = over + under * (1 - over)
            colour = (new[..., :3] * over + canvas[place][..., :3] * under * (1 - over)) / np.maximum(alpha, 1e-9)
            new = np.concatenate([colour, alpha * 255], axis=2)
        canvas[place] = new
        shown.append(canvas.round().astype(np.uint8))
        if piece.dispose == 1 or (piece.dispose == 2 and number == 0):
            canvas[place] = 0
        elif piece.dispose == 2:
            canvas = before
    return shown


def _apngs() -> Iterator[Kind]:
    solid = corner(48, 32)
    part = glass(24, 20, 4)
    for dispose in range(3):
        for blend in range(2):
            pieces = [_Piece(solid, dispose=dispose)]
            pieces += [_Piece(p, 5 * n, 3 * n, dispose=dispose, blend=blend) for n, p in enumerate(part)]
            data = _apng(pieces, 48, 32)
            truth = shows(_played(pieces, 48, 32))
            yield Kind(
                "transparency", f"apng-dispose-{dispose}-blend-{blend}", partial(written, data=data), truth=truth
            )
    pictures = clip(4)
    pieces = [_Piece(p) for p in pictures]
    grey = [np.dstack([p[..., 0], p[..., 0], p[..., 0], p[..., 3]]) for p in pictures]
    for name, data, shown in (
        ("hidden-picture", _apng(pieces, 96, 64, hidden=True), pictures),
        ("rgb", _apng(pieces, 96, 64, colour=RGB), pictures),
        ("16-bit", _apng(pieces, 96, 64, 16), pictures),
        ("rgb-16-bit", _apng(pieces, 96, 64, 16, RGB), pictures),
        ("grey", _apng(pieces, 96, 64, colour=GREY), grey),
        ("grey-16-bit", _apng(pieces, 96, 64, 16, GREY), grey),
    ):
        yield Kind("frames of an APNG", f"apng-{name}", partial(written, data=data), truth=shows(shown))
    for name, num, den, hold in (
        ("of-no-denominator", 20, 0, 0.2), ("of-no-time", 0, 100, 0.1), ("of-1-3", 1, 3, 1 / 3),
        ("of-a-minute", 60, 1, 60.0), ("of-10-minutes", 600, 1, 600.0),
    ):  # fmt: skip
        data = _apng([_Piece(p, num=num, den=den) for p in pictures], 96, 64)
        truth = shows(pictures, [hold * n for n in range(4)], 4 * hold)
        yield Kind("frames of an APNG", f"apng-{name}", partial(written, data=data), truth=truth)


# ------------------------------------------------------------------------------------------------------ WebP and AVIF


def _webps() -> Iterator[Kind]:
    for name, options in {
        "lossy": {"lossless": False, "quality": 95},
        "mixed": {"lossless": False, "quality": 95, "allow_mixed": True},
        "key-frames": {"kmin": 1, "kmax": 2},
        "smallest": {"minimize_size": True},
        "loop-7": {"loop": 7},
        "background": {"background": (255, 0, 0, 255)},
    }.items():
        make = partial(picture, kind="webp", pictures=clip(), **options)
        yield Kind("frames of a WebP", f"webp-{name}", make, truth=shows(clip()))
    clear = glass(count=6)
    for name, options in {"lossy": {"lossless": False, "quality": 95}, "key-frames": {"kmin": 1, "kmax": 2}}.items():
        make = partial(picture, kind="webp", pictures=clear, **options)
        yield Kind("transparency", f"webp-frames-{name}", make, truth=shows(clear))
    for name, holds in {
        "of-no-time": [0] * 4,
        "of-10-ms": [10] * 4,
        "of-20-ms": [20] * 4,
        "long": [100, 90_000, 100, 700_000],
    }.items():
        times = [100 if hold <= 10 else hold for hold in holds]
        starts = [sum(times[:n]) / 1000 for n in range(4)]
        make = partial(picture, kind="webp", pictures=clip(4), holds_ms=holds)
        yield Kind("frames of a WebP", f"webp-{name}", make, truth=shows(clip(4), starts, sum(times) / 1000))
    make = partial(coded, pictures=clip(), muxer="webp", options="-c:v libwebp_anim -lossless 1 -loop 0")
    yield Kind("frames of a WebP", "webp-by-ffmpeg", make, truth=shows(clip()))


def _avifs() -> Iterator[Kind]:
    for name, options in {
        "420": {"subsampling": "4:2:0"}, "444": {"subsampling": "4:4:4"}, "limited": {"range": "limited"},
        "422": {"subsampling": "4:2:2"},
    }.items():  # fmt: skip
        make = partial(picture, kind="avif", pictures=clip(), **options)
        yield Kind("frames of an AVIF", f"avif-sequence-{name}", make, truth=shows(clip()))
    make = partial(picture, kind="avif", pictures=clip(4), holds_ms=[100, 30_000, 20, 700_000])
    truth = shows(clip(4), [0, 0.1, 30.1, 30.12], 730.12)
    yield Kind("frames of an AVIF", "avif-sequence-long", make, truth=truth)
    make = partial(
        coded, pictures=clip(4), muxer="avif", options="-c:v libaom-av1 -cpu-used 8 -crf 5 -pix_fmt yuv420p10le"
    )
    yield Kind("frames of an AVIF", "avif-sequence-by-ffmpeg-10-bit", make, truth=shows(clip(4)))
