"""The story of one GIF: count its colours once, then store picture after picture against what is on screen.

    frames → timing.paced → for each: what changes → stored (exact, or the rate-distortion search) → writer

Everything runs over a window of a few frames; nothing grows with the length of the clip but the census of colours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ...errors import BadRequest, EncoderFailure
from ...media import Frame
from . import canvas as screen
from . import colours, palette
from .exact import Exact, Stored
from .timing import Shown, paced
from .writer import Writer

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
Frames = Iterable[Frame] | Callable[[], Iterable[Frame]]
Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """All levers of the encoder.

    ``lambda_``: how much difference is worth a bit; 0 shows exactly the source's pixels wherever its frames have no
    more than 256 colours. ``colors``: at most so many. ``thorough``: more tries per frame for the smallest lossless
    file.
    """

    lambda_: float = 0.0
    colors: int = 256
    thorough: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.lambda_ < float("inf"):
            raise BadRequest("lambda must be zero or more.", field="lambda_")
        if not 2 <= self.colors <= 256:
            raise BadRequest("colors must be between 2 and 256.", field="colors")


@dataclass(frozen=True, slots=True)
class Stats:
    bytes: int
    frames: int  # stored
    source_frames: int
    colors: int  # in the global palette
    seconds: float


@dataclass(slots=True)
class Analysis:
    """What one pass over the clip tells; the same for every setting, so made once per clip."""

    width: int
    height: int
    frames: int
    rgb: U8  # all colours (n, 3), the most used first
    pixels: npt.NDArray[np.int64]  # how often each newly appears
    uses: npt.NDArray[np.int64]  # in how many frames
    exact: bool  # ``rgb`` are the very colours, not a coarser count of them
    transparent: bool


def analyse(frames: Frames, *, tick: Tick | None = None) -> Analysis:
    """Look through the whole clip once. Raises BadRequest if there is no frame or the size changes."""
    census = colours.Census()
    before: U32 | None = None
    size: tuple[int, ...] | None = None
    count = 0
    for shown in paced(_start(frames)):
        if size is not None and shown.rgba.shape != size:
            raise BadRequest("All frames must have one size.")
        size = shown.rgba.shape
        census.add(shown.rgba, before)
        before = shown.rgba
        count += 1
        if tick is not None:
            tick(count)
    if size is None:
        raise BadRequest("There is no frame to store.")
    if max(size) > 65535:
        raise BadRequest("A GIF cannot be larger than 65535 pixels on a side.")
    rgb, pixels, uses = census.colours()
    return Analysis(size[1], size[0], count, rgb, pixels, uses, not census.coarse, census.transparent)


def encode(
    frames: Frames,
    settings: Settings,
    out: str | Path | BinaryIO,
    *,
    loop: int | None = 0,
    analysis: Analysis | None = None,
    tick: Tick | None = None,
) -> Stats:
    """Write a GIF of ``frames``, which must give the same frames each time they are gone through.

    ``loop``: 0 plays for ever, N plays N times, None once. ``tick`` is called with the number of pictures done and may
    raise to stop. Delays are the frames' own; equal frames are merged.
    """
    begun = time.perf_counter()
    if analysis is None:
        analysis = analyse(frames)
    if isinstance(out, str | Path):
        with open(out, "wb") as file:
            return _encode(frames, settings, file, loop, analysis, tick, begun)
    return _encode(frames, settings, out, loop, analysis, tick, begun)


def _encode(
    frames: Frames,
    settings: Settings,
    out: BinaryIO,
    loop: int | None,
    analysis: Analysis,
    tick: Tick | None,
    begun: float,
) -> Stats:
    table = global_palette(analysis, settings)
    storer = Exact(table, colors=settings.colors, thorough=settings.thorough)
    write = Writer(out, analysis.width, analysis.height, table, loop=loop)
    canvas = np.zeros((analysis.height, analysis.width), np.uint32)
    sources = 0
    for done, (shown, following) in enumerate(_pairs(paced(_start(frames))), 1):
        if shown.rgba.shape != canvas.shape:
            raise EncoderFailure("The frames are not the ones that were looked through.")
        target = shown.rgba.copy()
        ends = screen.leave(canvas, target, following.rgba if following is not None else None)
        box = screen.join(screen.box_of_change(canvas, target), ends.box)
        stored = storer.store(canvas, target, box if box[2] else (0, 0, 1, 1))
        _write(write, stored, shown.delays, ends.disposal)
        if ends.disposal == screen.CLEAR:
            target[stored.y : stored.y + stored.height, stored.x : stored.x + stored.width] = 0
        if ends.disposal != screen.RESTORE:
            canvas = target
        sources += len(shown.sources)
        if tick is not None:
            tick(done)
    write.close()
    return Stats(write.bytes, write.frames, sources, len(table), time.perf_counter() - begun)


def global_palette(analysis: Analysis, settings: Settings) -> U8:
    """The colours that all frames may use, those of many frames first (so that small frames need few bits a code)."""
    rgb = analysis.rgb
    if len(rgb) <= settings.colors:
        order = np.lexsort((-analysis.pixels, -analysis.uses))
        return np.ascontiguousarray(rgb[order])
    if settings.colors < 256:
        return palette.reduce(rgb, analysis.pixels, settings.colors)
    order = np.lexsort((-analysis.pixels, -analysis.uses))[:256]
    return np.ascontiguousarray(rgb[order])


def _write(write: Writer, stored: Stored, delays: list[int], disposal: int) -> None:
    for k, delay in enumerate(delays):
        if k:  # the rest of a delay that is longer than one frame can hold: a frame that draws nothing
            nothing = np.array([0x44, 0x01], np.uint8)
            write.frame(nothing, x=0, y=0, width=1, height=1, delay_cs=delay, disposal=1, transparent=0, min_code=2)
            continue
        write.frame(
            stored.payload,
            x=stored.x,
            y=stored.y,
            width=stored.width,
            height=stored.height,
            delay_cs=delay,
            disposal=disposal,
            transparent=stored.transparent,
            min_code=stored.min_code,
            palette=stored.palette,
        )


def _pairs(items: Iterator[Shown]) -> Iterator[tuple[Shown, Shown | None]]:
    before: Shown | None = None
    for item in items:
        if before is not None:
            yield before, item
        before = item
    if before is not None:
        yield before, None


def _start(frames: Frames) -> Iterable[Frame]:
    again = frames() if callable(frames) else frames
    if isinstance(again, Iterator) and not callable(frames):
        raise BadRequest("The frames must be readable more than once.")
    return again
