"""Media that the tests make for themselves: every kind we take, with the times and oddities that a test asks for.

``scene`` makes pictures; ``gif`` ``apng`` ``webp`` ``avif`` ``png`` ``jpeg`` ``film`` ``sound`` write them to a file
and return its path. ``gif_bytes`` writes any GIF block by block, hostile ones too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = npt.NDArray[np.uint8]  # (height, width, 4), straight RGBA


def scene(width: int = 96, height: int = 64, count: int = 8, *, alpha: bool = False, noise: int = 0) -> list[Picture]:
    """``count`` pictures of a square that wanders over a colour ramp; with ``alpha`` the ramp is see-through."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:height, 0:width]
    ground = np.stack(
        [255 * x // max(width - 1, 1), 255 * y // max(height - 1, 1), np.full_like(x, 96), np.full_like(x, 255)],
        axis=-1,
    ).astype(np.uint8)
    if alpha:
        ground[:] = 0
    side = max(min(width, height) // 4, 1)
    pictures = []
    for number in range(count):
        picture = ground.copy()
        if noise:
            grain = rng.integers(-noise, noise + 1, size=(height, width, 3))
            picture[..., :3] = np.clip(picture[..., :3].astype(int) + grain, 0, 255)
        left = (width - side) * number // max(count - 1, 1)
        top = (height - side) * number // max(count - 1, 1)
        picture[top : top + side, left : left + side] = (230, 40 + 160 * (number % 2), 20, 255)
        pictures.append(picture)
    return pictures


def flat(width: int, height: int, *colors: tuple[int, int, int] | tuple[int, int, int, int]) -> list[Picture]:
    """One picture of one colour for each of ``colors``."""
    pictures = []
    for color in colors:
        picture = np.empty((height, width, 4), np.uint8)
        picture[:] = (*color[:3], color[3] if len(color) > 3 else 255)
        pictures.append(picture)
    return pictures


# ---------------------------------------------------------------------------------------------------------------- GIF


@dataclass
class Block:
    """One GIF image block: ``pixels`` are palette indices (height, width)."""

    pixels: npt.NDArray[np.uint8]
    left: int = 0
    top: int = 0
    delay_cs: int = 10
    disposal: int = 0
    transparent: int | None = None
    interlaced: bool = False
    palette: Sequence[tuple[int, int, int]] | None = None
    control: bool = True  # False: no graphic control extension at all
    code_size: int | None = None  # a wrong LZW minimum code size
    width: int | None = None  # a rectangle that does not match the pixels
    height: int | None = None


def gif_bytes(
    blocks: Iterable[Block],
    *,
    width: int,
    height: int,
    palette: Sequence[tuple[int, int, int]] | None = None,
    loop: int | None = 0,
    background: int = 0,
    version: bytes = b"89a",
    trailer: bool = True,
) -> bytes:
    """A GIF, block by block. ``loop`` is the raw Netscape count (0 for ever), None leaves the extension out."""
    out = bytearray(b"GIF" + version + struct.pack("<HH", width, height))
    if palette is None:
        out += bytes([0x70, background, 0])
    else:
        bits = _bits(len(palette))
        out += bytes([0xF0 | (bits - 1), background, 0]) + _table(palette, bits)
    if loop is not None:
        out += b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\x00"
    for block in blocks:
        if block.control:
            packed = (block.disposal & 7) << 2 | (block.transparent is not None)
            out += b"\x21\xf9\x04" + struct.pack("<BHB", packed, block.delay_cs, block.transparent or 0) + b"\x00"
        rows, columns = block.pixels.shape
        sides = (columns if block.width is None else block.width, rows if block.height is None else block.height)
        out += b"\x2c" + struct.pack("<HHHH", block.left, block.top, *sides)
        flags = 0x40 if block.interlaced else 0
        if block.palette is not None:
            bits = _bits(len(block.palette))
            out += bytes([flags | 0x80 | (bits - 1)]) + _table(block.palette, bits)
        else:
            out.append(flags)
        pixels = block.pixels
        if block.interlaced:
            order = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, rows, step)]
            pixels = pixels[order]
        out += _plain_lzw(pixels.tobytes(), block.code_size)
    if trailer:
        out += b"\x3b"
    return bytes(out)


def _bits(colors: int) -> int:
    return max((colors - 1).bit_length(), 1)


def _table(palette: Sequence[tuple[int, int, int]], bits: int) -> bytes:
    return b"".join(bytes(c) for c in palette).ljust(3 << bits, b"\0")


def _plain_lzw(indices: bytes, code_size: int | None) -> bytes:
    """Valid LZW without any dictionary use: nine-bit codes, the table cleared before it grows."""
    value = length = 0
    out = bytearray()

    def put(code: int) -> None:
        nonlocal value, length
        value |= code << length
        length += 9
        while length >= 8:
            out.append(value & 255)
            value >>= 8
            length -= 8

    for number, index in enumerate(indices):
        if number % 250 == 0:
            put(256)
        put(index)
    if not indices:
        put(256)
    put(257)
    if length:
        out.append(value & 255)
    parts = [bytes([len(out[i : i + 255])]) + bytes(out[i : i + 255]) for i in range(0, len(out), 255)]
    return bytes([8 if code_size is None else code_size]) + b"".join(parts) + b"\0"


def gif(path: Path, pictures: Sequence[Picture], delays_cs: int | Sequence[int] = 10, *, loop: int | None = 0) -> Path:
    """A GIF of whole frames, each with its own palette (cut down to 255 colours and one see-through entry)."""
    delays = _each(delays_cs, len(pictures))
    height, width = pictures[0].shape[:2]
    see_through = any((p[..., 3] < 128).any() for p in pictures)
    blocks = []
    for picture, delay in zip(pictures, delays, strict=True):
        image = Image.fromarray(picture[..., :3]).quantize(255, dither=Image.Dither.NONE)
        raw = image.getpalette() or []
        colors = [(raw[i], raw[i + 1], raw[i + 2]) for i in range(0, len(raw), 3)]
        indices = np.array(image, dtype=np.uint8)
        hidden = picture[..., 3] < 128
        indices[hidden] = len(colors)
        blocks.append(
            Block(
                indices,
                delay_cs=delay,
                palette=[*colors, (0, 0, 0)],
                transparent=len(colors) if hidden.any() else None,
                disposal=2 if see_through else 1,
            )
        )
    path.write_bytes(gif_bytes(blocks, width=width, height=height, loop=loop))
    return path


# ------------------------------------------------------------------------------------------------------ other pictures


def _each(value: int | Sequence[int], count: int) -> list[int]:
    return [value] * count if isinstance(value, int) else list(value)


def _images(pictures: Sequence[Picture]) -> list[Image.Image]:
    if all((p[..., 3] == 255).all() for p in pictures):
        return [Image.fromarray(p[..., :3]) for p in pictures]
    return [Image.fromarray(p) for p in pictures]


def apng(path: Path, pictures: Sequence[Picture], holds_ms: int | Sequence[int] = 100, **options: Any) -> Path:
    """An APNG; ``options`` go to Pillow (loop, disposal, blend, default_image)."""
    first, *rest = _images(pictures)
    holds = _each(holds_ms, len(pictures))
    first.save(path, "PNG", save_all=True, append_images=rest, duration=holds, **{"loop": 0, **options})
    return path


def webp(path: Path, pictures: Sequence[Picture], holds_ms: int | Sequence[int] = 100, **options: Any) -> Path:
    """An animated WebP, lossless unless ``options`` say otherwise."""
    first, *rest = _images(pictures)
    settings = {"loop": 0, "lossless": True, "method": 0, **options}
    first.save(path, "WEBP", save_all=True, append_images=rest, duration=_each(holds_ms, len(pictures)), **settings)
    return path


def avif(path: Path, pictures: Sequence[Picture], holds_ms: int | Sequence[int] = 100, **options: Any) -> Path:
    """An AVIF sequence (or a still, for one picture)."""
    first, *rest = _images(pictures)
    settings = {"quality": 90, "speed": 9, **options}
    first.save(
        path, "AVIF", save_all=bool(rest), append_images=rest, duration=_each(holds_ms, len(pictures)), **settings
    )
    return path


def png(path: Path, picture: Picture) -> Path:
    Image.fromarray(picture).save(path, "PNG")
    return path


def jpeg(path: Path, picture: Picture, *, orientation: int | None = None, quality: int = 95) -> Path:
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.fromarray(picture[..., :3]).save(path, "JPEG", quality=quality, subsampling=0, exif=exif)
    return path


# ------------------------------------------------------------------------------------------------------ film and sound

_FILMS = {"mp4": "libx264", "mov": "libx264", "mkv": "libx264", "webm": "libvpx-vp9", "avi": "mpeg4"}
_TONES = {"mp4": "aac", "mov": "aac", "mkv": "aac", "webm": "libopus", "avi": "pcm_s16le"}


def film(
    path: Path,
    pictures: Sequence[Picture],
    *,
    kind: str = "mp4",
    codec: str | None = None,
    pixels: str | None = None,
    fps: int | Fraction = 10,
    at_ms: Sequence[int] | None = None,
    tone_ms: int = 0,
    matrix: int | None = None,
    full_range: bool | None = None,
    options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    tune: Callable[[Any], None] | None = None,
) -> Path:
    """A video. ``at_ms`` are the frames' own times (else ``fps``); ``tone_ms`` of a 440 Hz tone go with it.

    ``matrix`` (AVColorSpace: 1 is BT.709, 5 and 6 are BT.601, 9 is BT.2020) and ``full_range`` are used for the
    conversion and are written as tags; left out, it is BT.601 without a tag. ``tune(stream)`` may set anything else.
    """
    height, width = pictures[0].shape[:2]
    with av.open(
        str(path), "w", format={"mkv": "matroska"}.get(kind, kind), options=container_options or {}
    ) as container:
        stream = container.add_stream(codec or _FILMS[kind], rate=Fraction(fps), options=options or {})
        stream.width, stream.height = width, height
        stream.pix_fmt = pixels or "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000) if at_ms is not None else 1 / Fraction(fps)
        if matrix is not None:
            stream.codec_context.colorspace = matrix
        if full_range is not None:
            stream.codec_context.color_range = 2 if full_range else 1
        for key, value in (metadata or {}).items():
            stream.metadata[key] = value
        if tune:
            tune(stream)
        tone = container.add_stream(_TONES[kind], rate=48_000, layout="stereo") if tone_ms else None
        for number, picture in enumerate(pictures):
            rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgba")
            frame = rgb.reformat(
                format=stream.pix_fmt,
                dst_colorspace=matrix if matrix in (1, 9) else 5,
                dst_color_range=2 if full_range else 1,
                src_color_range=2,
            )
            frame.pts = at_ms[number] if at_ms is not None else number
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            _tone(container, tone, tone_ms)
    return path


def sound(path: Path, *, kind: str = "wav", tone_ms: int = 500, rate: int = 48_000) -> Path:
    """A 440 Hz tone, loud on the left and half as loud on the right."""
    codec = {"wav": "pcm_s16le", "mp3": "mp3", "m4a": "aac", "aac": "aac"}[kind]
    form = {"m4a": "ipod", "aac": "adts"}.get(kind, kind)
    with av.open(str(path), "w", format=form) as container:
        _tone(container, container.add_stream(codec, rate=rate, layout="stereo"), tone_ms)
    return path


def _tone(container: Any, stream: Any, tone_ms: int) -> None:
    rate = stream.codec_context.sample_rate
    count = rate * tone_ms // 1000
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(count) / rate)
    both = np.stack([wave, wave / 2], axis=1).astype(np.float32)
    for start in range(0, count, 1024):
        part = both[start : start + 1024]
        frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = rate
        frame.pts = start
        frame.time_base = Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


MATRICES = {  # EXIF's number: a, b, c, d of the display matrix that shows the same
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0),
}  # fmt: skip
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def oriented(picture: Picture, orientation: int) -> Picture:
    """What a viewer shows of a stored picture with that EXIF orientation, by Pillow."""
    if orientation == 1:
        return picture
    return np.asarray(Image.fromarray(picture).transpose(_TURNS[orientation]))


def turned(path: Path, orientation: int) -> Path:
    """The same MP4 or MOV, with the display matrix that shows what EXIF's ``orientation`` does."""
    a, b, c, d = (cell << 16 for cell in MATRICES[orientation])
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


def still(path: Path, kind: str, picture: Picture, orientation: int) -> Path:
    """A JPEG, PNG, WebP or AVIF (``kind``: Pillow's name) that is stored as ``picture`` and to be shown turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = {"JPEG": {"quality": 95, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}, "AVIF": {"quality": 95}}
    shape = picture if kind != "JPEG" and (picture[..., 3] < 255).any() else picture[..., :3]
    Image.fromarray(np.ascontiguousarray(shape)).save(path, kind, exif=exif, **how[kind])
    return path


def joined(path: Path, *parts: Path) -> Path:
    """The packets of several WebM files of one codec, one after the other in one stream, whatever their sizes are."""
    with av.open(str(path), "w", format="webm") as container:
        out: Any = None
        start = 0
        for part in parts:
            with av.open(str(part)) as source:
                stream = source.streams.video[0]
                out = out or container.add_stream_from_template(stream)
                end = start
                for packet in source.demux(stream):
                    if packet.size:
                        packet.stream = out
                        packet.pts = packet.dts = (packet.pts or 0) + start
                        end = max(end, packet.pts + (packet.duration or 100))
                        container.mux(packet)
                start = end
    return path


def said(source: Path, **goal: Any) -> dict[str, str]:
    """What the engine says while it makes ``source`` into what ``goal`` asks for: code → sentence."""
    from compressor import engine, events

    told: list[events.Event] = []
    engine.make(engine.Job({"a": str(source)}, str(source.with_name("said")), goal), told.append)
    return {event.code: event.text for event in told if isinstance(event, events.Said)}


def moving(width: int = 160, height: int = 120, count: int = 50) -> list[Picture]:
    """``count`` pictures of a slanted stripe and a disc that go to the right, three pixels each time, over a ramp."""
    y, x = np.mgrid[0:height, 0:width]
    pictures = []
    for number in range(count):
        picture = np.full((height, width, 4), 255, np.uint8)
        picture[..., :3] = (40 + 60 * y // height)[..., None]
        picture[(x + y // 2 - 3 * number) % 80 < 24] = (220, 60, 40, 255)
        disc = (x - (3 * number + 40) % width) ** 2 + (y - height // 2) ** 2 < (height // 5) ** 2
        picture[disc] = (240, 230, 60, 255)
        pictures.append(picture)
    return pictures


def interlaced(pictures: Sequence[Picture], *, top_first: bool = True) -> list[Picture]:
    """Half as many pictures, each woven of the fields of two."""
    woven = []
    for first, second in zip(pictures[0::2], pictures[1::2], strict=False):
        both = (first if top_first else second).copy()
        both[1::2] = (second if top_first else first)[1::2]
        woven.append(both)
    return woven


def telecined(pictures: Sequence[Picture]) -> list[Picture]:
    """Five pictures for each four: the second and third of them are woven of two."""
    out = []
    for start in range(0, len(pictures) - 3, 4):
        a, b, c, d = pictures[start : start + 4]
        for top, bottom in ((a, a), (b, a), (c, b), (c, c), (d, d)):
            both = top.copy()
            both[1::2] = bottom[1::2]
            out.append(both)
    return out
