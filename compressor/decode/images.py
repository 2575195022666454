"""Stills, WebP and AVIF through Pillow, with the times that the blocks of the file state."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageFile

from ..errors import UnreadableMedia
from ..input_limits import Limits
from ..media import RGBA, UNHURRIED_US, Frame, MediaInfo, shown_us
from ..orientation import upright
from ..probe import avif as avif_boxes
from ..probe import container as door
from ..probe import webp as webp_chunks
from . import tone_map, video

# What Pillow's decoders raise for damaged files (SyntaxError is the PNG plugin's word for a broken chunk).
DAMAGE = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, RuntimeError, Image.DecompressionBombError)


@contextlib.contextmanager
def lenient() -> Iterator[None]:
    """Pillow gives what is there of a cut file, and leaves the question of size to our own limits."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = True, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = before


def rgba(image: Image.Image, primaries: int = 2, transfer: int = 2) -> RGBA:
    """Straight RGBA in sRGB of any Pillow image: palettes, grey, 16 bit, CMYK, colour profiles and HDR are resolved.
    ``primaries`` and ``transfer`` are H.273's numbers; 2 is "not said"."""
    profile = image.info.get("icc_profile")
    colours = tone_map.of_codes(primaries, transfer)
    if colours is None and not profile and "srgb" not in image.info and image.format == "PNG":
        colours = tone_map.of_png(image.info.get("gamma"), image.info.get("chromaticity"))
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        grey = np.asarray(image).astype(np.float64)
        clear = image.info.get("transparency")
        image = Image.fromarray((grey / 257 + 0.5).clip(0, 255).astype(np.uint8))
        if clear is not None:
            image.putalpha(Image.fromarray(np.where(grey == clear, 0, 255).astype(np.uint8)))
    if colours is not None:
        return tone_map.shown(np.array(image.convert("RGBA")).astype(np.uint16) * 257, colours)
    if profile:
        image = _to_srgb(image, profile)
    return np.array(image.convert("RGBA"))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
        flat = image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")
        shown = ImageCms.profileToProfile(flat, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a profile that cannot be used is not used; browsers do the same
    if shown is None:
        return image
    if alpha is not None:
        shown.putalpha(alpha)
    return shown


def _as_shown(stored: RGBA, info: MediaInfo) -> RGBA:
    """The part of a picture that is shown, turned."""
    if info.crop:
        width, height, left, top = info.crop
        stored = stored[top : top + height, left : left + width]
    return upright(stored, info.orientation)


def jpeg(path: Path, info: MediaInfo) -> Iterator[Frame]:
    """The one picture."""
    yield from still(path.read_bytes(), "JPEG", info)


def still(data: bytes, kind: str, info: MediaInfo, codes: tuple[int, int] = (2, 2)) -> Iterator[Frame]:
    """One frame of 100 ms, turned as it is shown."""
    try:
        with lenient(), Image.open(io.BytesIO(data), formats=[kind]) as image:
            pixels = _as_shown(rgba(image, *codes), info)
    except DAMAGE as error:
        raise UnreadableMedia("The picture is damaged.", detail=repr(error)) from error
    yield Frame(pixels, 0, UNHURRIED_US)


def webp(path: Path, info: MediaInfo) -> Iterator[Frame]:
    """Every frame as libwebp composites it; a file that was cut gives its whole frames."""
    data = path.read_bytes()
    found = webp_chunks.walk(data)
    if not found.whole and found.frames:
        data = b"RIFF" + (found.end - 8).to_bytes(4, "little") + data[8 : found.end]
    if not found.frames:
        yield from still(data, "WEBP", info)
        return
    yield from _sequence(data, "WEBP", info, [f.hold_ms * 1000 for f in found.frames])


def avif(path: Path, info: MediaInfo) -> Iterator[Frame]:
    """Every frame of an AVIF, still or animated."""
    data = path.read_bytes()
    if info.cut and info.animated:
        yield from _arrived(path, info, avif_boxes.walk(data, Limits()).holds_us)
        return
    found = avif_boxes.walk(data, Limits(max_frames=max(info.frames, 1)))
    codes = found.looks.primaries, found.looks.transfer
    if len(found.holds_us) <= 1:
        yield from still(data, "AVIF", info, codes)
        return
    yield from _sequence(data, "AVIF", info, found.holds_us, codes)


def _arrived(path: Path, info: MediaInfo, holds_us: list[int]) -> Iterator[Frame]:
    """The frames that are there of a sequence that was cut off: libavif wants all of them, FFmpeg does not."""
    at = 0
    with contextlib.ExitStack() as stack:
        tracks = []
        for number in range(2 if info.has_alpha else 1):
            container = stack.enter_context(door.opened(path, "avif"))
            tracks.append(video.decoded(container, door.sequences(container)[number], True))
        for hold_us, *parts in zip(holds_us[: info.frames], *tracks, strict=False):
            pixels = video.picture(parts[0], (parts[0].width, parts[0].height))
            if len(parts) > 1:
                pixels[..., 3] = parts[1].to_ndarray(format="gray")
            hold = shown_us(hold_us)
            yield Frame(_as_shown(pixels, info), at, hold)
            at += hold


def _sequence(
    data: bytes, kind: str, info: MediaInfo, holds_us: list[int], codes: tuple[int, int] = (2, 2)
) -> Iterator[Frame]:
    try:
        with lenient(), Image.open(io.BytesIO(data), formats=[kind]) as image:
            count = min(getattr(image, "n_frames", 1), len(holds_us))
            at = 0
            for number in range(count):
                try:
                    image.seek(number)
                    pixels = _as_shown(rgba(image, *codes), info)
                except DAMAGE:
                    return
                hold = shown_us(holds_us[number]) if count > 1 else UNHURRIED_US
                yield Frame(pixels, at, hold)
                at += hold
    except DAMAGE as error:
        raise UnreadableMedia("The picture is damaged.", detail=repr(error)) from error
