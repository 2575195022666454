"""Encodes one GIF: counts its colours once, then stores each frame as its difference from the canvas.

    frames → timing.paced → for each: what changes → stored (exact, or the rate-distortion search) → writer

Everything runs over a window of a few frames; only the colour count grows with the length of the clip.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ...errors import BadRequest, EncoderFailure
from ...media import Frame
from . import canvas as screen
from . import colour_count, colour_space, lzw, palette, palette_order
from .lookahead import LARGE_PIXELS, WORTH_PIXELS, Ahead, Model, cores
from .lossless_frame import Exact, Stored
from .lossy import Lossy
from .perceptual_profiles import taste
from .temporal_mean import Mask, Window
from .timing import SHORTEST_CS, Shown, paced, split_delay
from .writer import Writer, colour_bits

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
Frames = Iterable[Frame] | Callable[[], Iterable[Frame]]
Tick = Callable[[int], None]
MEAN_WEIGHT = 500.0  # of a squared XYB unit, as ``temporal_mean.weigh`` gives it on average
KEPT_PIXELS = 1_000_000  # of a clip, in all: 4 MB
CODE_BIT_BYTES = 20  # what one bit more in the first codes costs a frame, about
RESTART_CODES = 120_000_000  # followed in one clip to find where to clear the dictionary: half a minute of CPU
FINEST = 1e-4  # the λ that stands for lossless where a GIF cannot be: more colours in a frame than a palette holds


@dataclass(slots=True)
class Step:
    """A picture and how it is stored: None is nothing to draw."""

    stored: Stored | None
    delays: list[int]
    ends: screen.Leave
    sources: int = 0


Steps = Generator[Step, None, None]


@dataclass(frozen=True, slots=True)
class Settings:
    """All levers of the encoder.

    ``lambda_``: how much difference is worth a bit; 0 shows exactly the source's pixels wherever its frames have no
    more than 256 colours. ``colors``: at most so many. ``thorough``: more tries per frame for the smallest lossless
    file. ``local``: at most so many in each frame, which may have colours of its own, instead of in all. ``care``: what
    shows one of the source frames first..last is stored with so many times ``lambda_``, as (first, last, times).
    ``max_frames``: a frame that only wipes is not added where that could make more; the pictures are as many as come.
    """

    lambda_: float = 0.0
    colors: int = 256
    thorough: bool = False
    local: bool = False
    care: tuple[tuple[int, int, float], ...] = ()
    max_frames: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.lambda_ < float("inf"):
            raise BadRequest("lambda must be zero or more.", field="lambda_")
        if not 2 <= self.colors <= 256:
            raise BadRequest("colors must be between 2 and 256.", field="colors")
        if not all(0 < times <= 1 for _, _, times in self.care):
            raise BadRequest("care must be above 0 and at most 1.", field="care")


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
    most: int  # that newly appear in one frame
    exact: bool  # ``rgb`` are the very colours, not a coarser count of them
    transparent: bool
    flat: float  # share of the pixels that newly appear which repeat the one before them
    sets: dict[bytes, int] = field(default_factory=dict)  # see ``colour_count.Census``
    pictures: list[Shown] | None = None  # those of a small clip; else they are made anew for every encode
    _merge: palette.Merge | None = None

    @property
    def merge(self) -> palette.Merge:
        """Tables of its colours, made when first asked for."""
        if self._merge is None:
            self._merge = palette.Merge(self.rgb, self.pixels)
        return self._merge

    @property
    def moving(self) -> float:
        """What share of the picture newly appears in a frame behind the first."""
        return (int(self.pixels.sum()) / (self.width * self.height) - 1.0) / max(self.frames - 1, 1)


def analyse(frames: Frames, *, tick: Tick | None = None) -> Analysis:
    """Look through the whole clip once. Raises BadRequest if there is no frame or the size changes."""
    census = colour_count.Census()
    before: U32 | None = None
    size: tuple[int, ...] | None = None
    count = most = 0
    kept: list[Shown] = []
    for shown in paced(_start(frames)):
        if size is not None and shown.rgba.shape != size:
            raise BadRequest("All frames must have one size.")
        size = shown.rgba.shape
        most = max(most, census.add(shown.rgba, before))
        before = shown.rgba
        count += 1
        if count * before.size <= KEPT_PIXELS:
            kept.append(shown)
        if tick is not None:
            tick(count)
    if size is None:
        raise BadRequest("There is no frame to store.")
    if max(size) > 65535:
        raise BadRequest("A GIF cannot be larger than 65535 pixels on a side.")
    rgb, pixels, uses = census.colours()
    flat = 1.0 - census.runs / max(int(pixels.sum()), 1)
    exact = not census.coarse
    return Analysis(
        size[1], size[0], count, rgb, pixels, uses, most, exact, census.transparent, flat, census.sets,
        kept if len(kept) == count else None,
    )  # fmt: skip


def encode(
    frames: Frames,
    settings: Settings,
    out: str | Path | BinaryIO,
    *,
    loop: int | None = 0,
    analysis: Analysis | None = None,
    tick: Tick | None = None,
    threads: int | None = None,
) -> Stats:
    """Write a GIF of ``frames``, which must give the same frames each time they are gone through.

    ``loop``: 0 plays for ever, N plays N times, None once. ``tick`` is called with the number of pictures done and may
    raise to stop. Delays are the frames' own; equal frames are merged. ``threads``: None is as many as there are cores;
    the bytes do not depend on it.
    """
    begun = time.perf_counter()
    if analysis is None:
        analysis = analyse(frames)
    if isinstance(out, str | Path):
        with open(out, "wb") as file:
            return _encode(frames, settings, file, loop, analysis, tick, threads, begun)
    return _encode(frames, settings, out, loop, analysis, tick, threads, begun)


def _encode(
    frames: Frames,
    settings: Settings,
    out: BinaryIO,
    loop: int | None,
    analysis: Analysis,
    tick: Tick | None,
    threads: int | None,
    begun: float,
) -> Stats:
    exact = settings.lambda_ == 0 and (len(analysis.rgb) <= settings.colors or settings.colors >= 256 >= analysis.most)
    table = exact_palette(analysis) if exact else lossy_palette(analysis, settings)
    # One picture is not played.
    write = Writer(out, analysis.width, analysis.height, table, loop=loop if analysis.frames > 1 else None)
    pictures = paced(_start(frames)) if analysis.pictures is None else iter(analysis.pictures)
    if exact:
        steps = _exact(pictures, analysis, table, settings, threads or cores())
    else:
        steps = _lossy(pictures, analysis, _model(table, analysis, settings), threads or cores())
    held: Step | None = None
    sources = 0
    with closing(steps):  # a thread may be at work on the frames to come
        for done, step in enumerate(steps, 1):
            sources += step.sources
            if step.stored is None and held is not None and _may_stay(held, step.delays[0]):
                # Nothing to draw: the picture before it stays for longer.
                step = Step(held.stored, split_delay(sum(held.delays) + sum(step.delays)), step.ends)
                held = None
            if held is not None:
                _write(write, held)
            held = step
            if tick is not None:
                tick(done)
    if held is not None:
        _write(write, held)
    write.close()
    return Stats(write.bytes, write.frames, sources, len(table), time.perf_counter() - begun)


def _may_stay(step: Step, delay_cs: int) -> bool:
    """Whether the picture is still there after its time, and browsers show the sum of the two delays."""
    kept = step.ends.disposal == screen.KEEP and not step.ends.wiped[2]
    return kept and min(step.delays[-1], delay_cs) >= SHORTEST_CS


def _wipes(analysis: Analysis, settings: Settings) -> bool:
    """Every picture may be followed by a frame that wipes."""
    return settings.max_frames is None or 2 * analysis.frames <= settings.max_frames


def _exact(pictures: Iterator[Shown], analysis: Analysis, table: U8, settings: Settings, threads: int) -> Steps:
    thorough, wipes = settings.thorough, _wipes(analysis, settings)
    many = thorough and threads > 1 and _weight(analysis) >= WORTH_PIXELS
    with ThreadPoolExecutor(threads, thread_name_prefix="gif-exact") if many else nullcontext() as pool:
        codes = RESTART_CODES if thorough else 0
        storer = Exact(table, thorough=thorough, codes=codes, see_through=analysis.transparent, pool=pool)
        canvas = np.zeros((analysis.height, analysis.width), np.uint32)
        for shown, following in _pairs(pictures):
            _same_size(shown, analysis)
            target = shown.rgba.copy()
            after = following.rgba if following is not None else None
            ends = screen.leave(canvas, target, after, shown.delays[-1] if wipes else 0, storer.price)
            box = screen.join(screen.box_of_change(canvas, target), ends.box)
            stored = storer.store(canvas, target, box) if box[2] else None
            if ends.disposal == screen.CLEAR and stored is not None:
                screen.clear(target, (stored.x, stored.y, stored.x + stored.width, stored.y + stored.height))
            screen.clear(target, ends.wiped)
            if ends.disposal != screen.RESTORE:
                canvas = target
            yield Step(stored, shown.delays, ends, len(shown.sources))


def _lossy(pictures: Iterator[Shown], analysis: Analysis, model: Model, threads: int) -> Steps:
    window = Window(analysis.height, analysis.width, Mask(model.taste.mask_c2, model.taste.mask_power))
    ahead = Ahead(_checked(pictures, analysis), window, model)
    storer = Lossy(model, analysis.height, analysis.width)
    stands = (lambda: storer.stands) if analysis.transparent else None
    if _weight(analysis) < WORTH_PIXELS or analysis.width * analysis.height > LARGE_PIXELS:
        threads = 1
    with closing(ahead.views(stands, threads=threads)) as views:
        for view in views:
            stored, ends = storer.store(view, ahead.look)
            yield Step(stored, view.shown.delays, ends, len(view.shown.sources))


def _weight(analysis: Analysis) -> int:
    return analysis.width * analysis.height * analysis.frames


def _model(table: U8, analysis: Analysis, settings: Settings) -> Model:
    if settings.local:
        own = settings.colors - 1 if len(analysis.rgb) >= len(table) else 0
    else:
        own = 255 if settings.colors == 256 == len(table) and len(analysis.rgb) > len(table) else 0
    wipes, eye = _wipes(analysis, settings), taste(analysis.flat, analysis.moving)
    return Model(table, settings.lambda_ or FINEST, own, eye, settings.care, wipes)


def _checked(pictures: Iterator[Shown], analysis: Analysis) -> Iterator[Shown]:
    for shown in pictures:
        _same_size(shown, analysis)
        yield shown


def _same_size(shown: Shown, analysis: Analysis) -> None:
    if shown.rgba.shape != (analysis.height, analysis.width):
        raise EncoderFailure("The frames are not the ones that were looked through.")


def exact_palette(analysis: Analysis) -> U8:
    """The colours that all frames may use, in an order by which many frames need few bits a code."""
    often = np.lexsort((-analysis.pixels, -analysis.uses))[:256]
    return palette_order.ordered(np.ascontiguousarray(analysis.rgb[often]), analysis.sets)


def lossy_palette(analysis: Analysis, settings: Settings) -> U8:
    """Index 0 means "leave it"; the colours behind it, those of many frames first.

    As few as are worth their bytes: a smaller table is shorter itself and gives shorter codes in every frame.
    """
    room = settings.colors - 1 if settings.colors > 2 else 2
    goal = colour_space.units(colour_count.pack(analysis.rgb))
    weights = (analysis.pixels * (MEAN_WEIGHT / colour_space.UNIT**2)).astype(np.float32)
    step = len(weights) // 4000 + 1
    best: tuple[float, U8] | None = None
    for size in sorted({min(room, s) for s in (255, 127, 63, 31, 15)}, reverse=True):
        rgb = analysis.merge.table(size)
        points = np.zeros((256, 4), np.float32)
        points[: len(rgb)] = colour_space.units(colour_count.pack(rgb))
        table = 3 << colour_bits(len(rgb) + 1)
        longer = analysis.frames * CODE_BIT_BYTES * colour_bits(len(rgb) + 1)
        cost = palette.misfit(goal, weights, step, points, 0, len(rgb))
        cost += 8.0 * (settings.lambda_ or FINEST) * (table + longer)
        if best is not None and cost > best[0]:
            break
        best = cost, rgb
    assert best is not None
    return np.concatenate([np.zeros((1, 3), np.uint8), best[1]])


def _write(write: Writer, step: Step) -> None:
    delays, wiped = step.delays, step.ends.wiped
    if wiped[2]:
        delays = [*delays[:-1], delays[-1] - SHORTEST_CS, SHORTEST_CS]
    for k, delay in enumerate(delays):
        frame = nothing() if k or step.stored is None else step.stored  # more than one: longer than one frame can hold
        disposal = screen.KEEP if k < len(delays) - 1 else step.ends.disposal
        if wiped[2] and k == len(delays) - 1:
            frame, disposal = nothing(wiped), screen.CLEAR
        write.frame(
            frame.payload,
            x=frame.x,
            y=frame.y,
            width=frame.width,
            height=frame.height,
            delay_cs=delay,
            disposal=disposal,
            transparent=frame.transparent,
            min_code=frame.min_code,
            palette=frame.palette,
            interlaced=frame.interlaced,
        )


def nothing(box: screen.Box = (0, 0, 1, 1)) -> Stored:
    """A frame that draws nothing over ``box``."""
    pixels = np.zeros((box[2] - box[0]) * (box[3] - box[1]), np.uint8)
    out = np.empty(2 * pixels.size + 64, np.uint8)
    size = lzw.encode_exact(pixels, pixels, 0, 2, False, 0, lzw.NO_CUTS, out)
    return Stored(out[:size].copy(), box[0], box[1], box[2] - box[0], box[3] - box[1], 0, 2, None)


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
