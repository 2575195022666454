"""The inputs, one small file for each kind. ``all_kinds`` yields them; none is made before it is asked for."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests import media_made as made

from . import films, sequences, stills
from .kind import EXACT, FILMS, PICTURES, Kind, chunk, clip, corner, film, glass, picture

CUTS = 20
BWDIF = "bwdif=mode=send_frame:deint=all,"


def tagged(path: Path, primaries: int, transfer: int, matrix: int, **more: Any) -> Path:
    def tune(stream: Any) -> None:
        stream.codec_context.color_primaries, stream.codec_context.color_trc = primaries, transfer

    return film(path, clip(), matrix=matrix, tune=tune, **more)


def all_kinds() -> Iterator[Kind]:
    yield from _orientation()
    yield from _shapes()
    yield from _colours()
    yield from _fields()
    yield from _alpha()
    yield from _timelines()
    yield from _gifs()
    yield from stills.kinds()
    yield from sequences.kinds()
    yield from films.kinds()
    yield from _cuts()


def _orientation() -> Iterator[Kind]:
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        for way in range(1, 9):
            make = partial(made.still, kind=kind, picture=corner(), orientation=way)
            yield Kind(f"EXIF orientation, {kind}", f"{kind.lower()}-{way}", make, still=True, fast=way in (5, 6))
    for kind in ("mp4", "mov"):
        for way in range(1, 9):

            def make(path: Path, kind: str = kind, way: int = way) -> Path:
                return made.turned(film(path, clip(), kind), way)

            yield Kind(f"display matrix, {kind.upper()}", f"{kind}-matrix-{way}", make, fast=way in (2, 7))


def _shapes() -> Iterator[Kind]:
    for across, down in ((4, 3), (16, 11), (1, 2)):

        def tune(stream: Any, aspect: Fraction = Fraction(across, down)) -> None:
            stream.codec_context.sample_aspect_ratio = aspect

        yield Kind("sample aspect ratio", f"sar-{across}-{down}", partial(film, pictures=clip(), tune=tune))
    for width, height in ((97, 65), (33, 101), (2, 2), (1, 1)):
        for kind in ("gif", "png", "webp"):
            pictures = made.scene(width, height, 3)
            source = pictures[0] if kind == "png" else pictures
            yield Kind(
                "odd sides", f"{kind}-{width}x{height}", partial(picture, kind=kind, pictures=source), kind == "png"
            )
    for count in (1, 2):
        for kind in ("gif", "apng", "webp", "avif"):
            yield Kind(
                "one and two frames",
                f"{kind}-frames-{count}",
                partial(picture, kind=kind, pictures=clip(count)),
                count == 1,
            )
        for kind in FILMS:
            yield Kind("one and two frames", f"{kind}-frames-{count}", partial(film, pictures=clip(count), kind=kind))


def _colours() -> Iterator[Kind]:
    for name, codes in {
        "601": (6, 6, 6), "709": (1, 1, 1), "2020": (9, 14, 9), "p3": (12, 1, 1), "pq": (9, 16, 9), "hlg": (9, 18, 9),
    }.items():  # fmt: skip
        for full in (False, True):
            primaries, transfer, matrix = codes
            make = partial(
                tagged, primaries=primaries, transfer=transfer, matrix=matrix, full_range=full, pixels="yuv420p10le"
            )
            group = "HDR" if name in ("pq", "hlg") else "colours of films"
            yield Kind(group, f"{name}-{'full' if full else 'limited'}", make, fast=name in ("pq", "2020") and not full)
    for bits in (8, 10, 12):
        for chroma in ("420", "422", "444"):
            pixels = f"yuv{chroma}p" + ("" if bits == 8 else f"{bits}le")
            codec = "libx265" if bits == 12 else "libx264"
            options = {"crf": "4", "x265-params": "log-level=none"} if bits == 12 else EXACT
            make = partial(film, pictures=clip(), kind="mkv", codec=codec, pixels=pixels, matrix=1, options=options)
            yield Kind("depths and chroma", f"{bits}-bit-{chroma}", make)
    wide = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    for name, more, codes in (
        ("gamma", (b"gAMA", struct.pack(">I", 100_000)), "pin=bt709:tin=linear"),
        ("p3-chromaticities", (b"cHRM", wide), "pin=smpte432:tin=iec61966-2-1"),
    ):
        shown = f"format=gbrpf32le,zscale=min=gbr:rin=pc:{codes}:p=bt709:t=iec61966-2-1:m=gbr:r=pc,"
        make = partial(_png_with, more=more)
        yield Kind("colours of stills", f"png-{name}", make, still=True, reference=shown)
    yield Kind("colours of stills", "jpeg-cmyk", _cmyk, still=True)


def _png_with(path: Path, more: tuple[bytes, bytes]) -> Path:
    data = made.png(path, corner()).read_bytes()
    path.write_bytes(data[:33] + chunk(*more) + data[33:])
    return path


def _cmyk(path: Path) -> Path:
    from PIL import Image

    Image.fromarray(corner()[..., :3]).convert("CMYK").save(path, "JPEG", quality=95, subsampling=0)
    return path


def _fields() -> Iterator[Kind]:
    own = made.moving(160, 120, 60)
    for name, top in (("top", True), ("bottom", False)):
        options = EXACT | {"flags": "+ildct+ilme", "x264-params": "tff=1" if top else "bff=1"}
        pictures = made.interlaced(own, top_first=top)
        yield Kind(
            "interlaced",
            f"{name}-first",
            partial(film, pictures=pictures, fps=25, options=options),
            fast=top,
            reference=BWDIF,
        )
        yield Kind("interlaced", f"{name}-first-not-flagged", partial(film, pictures=pictures, fps=25), reference=BWDIF)
    make = partial(film, pictures=made.telecined(own), fps=Fraction(30000, 1001))
    yield Kind("telecine", "telecine", make, fast=True, reference="fieldmatch=mode=pcn_ub,decimate,")


def _alpha() -> Iterator[Kind]:
    yield Kind(
        "transparency", "gif", partial(picture, kind="gif", pictures=made.scene(96, 64, 6, alpha=True)), fast=True
    )
    for kind in ("apng", "webp", "avif"):
        yield Kind("transparency", kind, partial(picture, kind=kind, pictures=glass()), fast=kind == "webp")
    for codec in ("libvpx", "libvpx-vp9"):
        options = {"crf": "4", "b": "2M", "auto-alt-ref": "0"}
        make = partial(film, pictures=glass(), kind="webm", codec=codec, pixels="yuva420p", options=options)
        yield Kind("transparency", f"webm-{codec}", make)
    for codec, pixels in (("qtrle", "argb"), ("png", "rgba"), ("prores_ks", "yuva444p10le")):
        make = partial(film, pictures=glass(), kind="mov", codec=codec, pixels=pixels, options={})
        yield Kind("transparency", f"mov-{codec}", make)


def _timelines() -> Iterator[Kind]:
    for kind in FILMS:
        yield Kind(
            "sound", f"{kind}-with-sound", partial(film, pictures=clip(), kind=kind, tone_ms=1000), fast=kind == "mp4"
        )
    for kind in ("mp4", "mov", "mkv"):
        late = [1000 + 100 * n for n in range(10)]
        yield Kind("late tracks", f"{kind}-picture-late", partial(film, pictures=clip(), kind=kind, at_ms=late))
        make = partial(film, pictures=clip(), kind=kind, at_ms=late, tone_ms=2000)
        yield Kind("late tracks", f"{kind}-picture-late-with-sound", make)
    make = partial(
        film, pictures=clip(), options=EXACT | {"bf": "3"}, container_options={"movflags": "+negative_cts_offsets"}
    )
    yield Kind("edit lists and offsets", "negative-composition-offsets", make, fast=True)
    yield Kind("edit lists and offsets", "b-frames", partial(film, pictures=clip(), options=EXACT | {"bf": "3"}))
    fragmented = {"movflags": "frag_keyframe+empty_moov"}
    yield Kind("edit lists and offsets", "fragmented", partial(film, pictures=clip(), container_options=fragmented))
    for name, at in {
        "variable": [0, 40, 120, 140, 400, 420, 440, 900, 1000, 1100],
        "huge": [4 * n for n in range(50)],
        "nonsense": [0, 1, 2, 3, 500, 501, 502, 1500, 1501, 1502],
    }.items():
        for kind in ("mp4", "mkv"):
            yield Kind(
                "rates",
                f"{kind}-{name}",
                partial(film, pictures=clip(len(at)), kind=kind, at_ms=at),
                fast=name == "variable",
            )


def _gifs() -> Iterator[Kind]:
    pictures = made.scene(48, 32, 6)
    for name, delays in {"zero": 0, "one": 1, "two": 2, "mixed": [0, 5, 1, 20, 2, 9]}.items():
        yield Kind(
            "delays of a GIF", f"delay-{name}", partial(picture, kind="gif", pictures=pictures, delays_cs=delays)
        )
    for disposal in range(4):
        for interlaced in (False, True):
            make = partial(_blocks, disposal=disposal, interlaced=interlaced)
            name = f"disposal-{disposal}{'-interlaced' if interlaced else ''}"
            yield Kind("disposal, interlacing, local palettes", name, make, fast=disposal == 3)


def _blocks(path: Path, disposal: int, interlaced: bool) -> Path:
    """Rectangles with palettes of their own over a whole first picture."""
    base = [(200, 200, 200), (250, 0, 0), (0, 0, 0), (9, 9, 9)]
    # Without a see-through colour FFmpeg and Pillow fill what is cleared; browsers, and we, clear it.
    blocks = [made.Block(np.full((32, 48), 0, np.uint8), disposal=1, interlaced=interlaced, transparent=3)]
    for number in range(1, 5):
        local = [(0, 60 * number, 200), (250, 30 * number, 0), (1, 2, 3), (4, 5, 6)]
        pixels = (np.mgrid[0:12, 0:16].sum(axis=0) // 4 % 2).astype(np.uint8)
        block = made.Block(pixels, left=6 * number, top=3 * number, disposal=disposal, transparent=3)
        block.interlaced, block.palette = interlaced, local
        blocks.append(block)
    path.write_bytes(made.gif_bytes(blocks, width=48, height=32, palette=base))
    return path


def _cuts() -> Iterator[Kind]:
    front = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}}
    for kind in (*PICTURES, *FILMS, "png", "jpeg"):
        for step in range(1, CUTS + 1):
            share = step / (CUTS + 1)

            def make(path: Path, kind: str = kind, share: float = share) -> Path:
                if kind in ("png", "jpeg"):
                    picture(path, kind, made.scene(160, 120, 1, noise=25)[0])
                elif kind in PICTURES:
                    picture(path, kind, made.scene(96, 64, 20, noise=25))
                else:
                    options = {"b": "4M", "g": "6"} if kind == "avi" else {"g": "6"}
                    pictures = made.scene(96, 64, 20, noise=25)
                    film(path, pictures, kind, options=options, container_options=front.get(kind))
                data = path.read_bytes()
                path.write_bytes(data[: int(len(data) * share)])
                return path

            still = kind in ("png", "jpeg")
            yield Kind(f"cut off, {kind.upper()}", f"{kind}-cut-{step}", make, still=still, cut=True, fast=step == 12)
