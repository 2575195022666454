"""Draft, sources and goal → frames and sound. Preview and export read the same Composition.

    shots (decode, cut, speed)  →  dropped to the rate asked for  →  split where a text comes or goes  →  drawn

Memory: beside the decoder's own, two source frames, three composed ones, AHEAD more of both where drawing is work, and
what ``frames`` keeps for the next reading (``CACHE_BYTES`` at most, nothing of a longer film); playing backwards adds
what ``spool`` states.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from .. import formats
from ..errors import BadRequest
from ..goal import Goal
from ..media import RGBA, Frame, LazyFrame, MediaInfo, Once, at_time
from ..timeline.canvas import natural_size
from ..timeline.draft import STILL_MS, Draft, overlaps, transition_ms
from . import retime
from .draw import Backdrop, Fitting, with_edges
from .entrance import FADE_STEP_US, fade_times
from .even_size import Stretching
from .layers import LOOP_BYTES, PIXEL_BYTES, Overlay, layered
from .lazy_frame import Moment, Shot
from .size import Size, output_size
from .sound import AudioBlock, mixed
from .spool import Spool
from .text import Shown, letterings
from .transitions import SLOW_US
from .video_track import Scene, rate, shown

MATTE = (128, 128, 128)  # white and black outlines are both seen on mid-grey; background says otherwise
CACHE_BYTES = 256 * 1024 * 1024
DRAWERS, AHEAD = 2, 4  # threads, and frames that they may be ahead of whoever reads
WORTH_PIXELS = 1_000_000  # of a clip, in all; below, handing over takes longer than what is handed over

Sources = Mapping[str, tuple[Path, MediaInfo]]


class Composition:
    """What a draft comes to. See ``compose``."""

    def __init__(
        self,
        draft: Draft,
        sources: Sources,
        goal: Goal,
        size: tuple[int, int] | None,
        work: Path | None,
        edge: str = "stretch",
    ):
        self._draft, self._sources, self._goal, self._work = draft, sources, goal, work
        self._spec = formats.output(goal.format)
        self._still = self._spec is not None and not self._spec.animated  # the first picture is all that is made
        self._infos = {key: info for key, (_, info) in sources.items()}
        self._check()
        self.size: Size = output_size(natural_size(draft, self._infos), goal, size, edge)
        self.width, self.height = self.size.out
        self._scenes, self.has_alpha = self._staged()
        self._stretched = Stretching(self.size.out)
        self._spools: dict[int, Spool] = {}
        self._kept: list[LazyFrame] | None = None
        self._clock: list[tuple[int, int]] | None = None  # known once the frames have been read to their end

    def _check(self) -> None:
        if not self._draft.clips:
            raise BadRequest("There is no picture on the timeline yet. Add a file first.", field="draft")
        for clip in self._draft.clips:
            info = self._infos.get(clip.media)
            if info is None:
                raise BadRequest("The timeline names a file that is not there.", field="media")
            if info.kind == "audio" or not info.width or not info.height:
                raise BadRequest("A sound cannot be shown as a picture.", field="media")
        for layer in self._draft.layers:
            if layer.media not in self._infos:
                raise BadRequest("The timeline names a file that is not there.", field="media")
            if self._infos[layer.media].kind == "audio":
                raise BadRequest("A sound cannot be shown as a picture.", field="media")
        for sound in self._draft.sounds:
            if sound.media is not None and sound.media not in self._infos:
                raise BadRequest("The timeline names a file that is not there.", field="media")

    def _staged(self) -> tuple[list[Scene], bool]:
        """Each clip with its way onto the canvas, and whether anything stays transparent."""
        draft, goal = self._draft, self._goal
        meta = draft.meta
        fit = meta.fit or "pad"
        see_through = any(self._infos[c.media].has_alpha for c in draft.clips)
        keeps = (self._spec is None or self._spec.has_alpha) and goal.transparent is not False
        asked = meta.background == "transparent" or bool(goal.transparent)
        coloured = None if meta.background in (None, "transparent") else _rgb(str(meta.background))
        bars_clear = keeps and coloured is None and (asked or see_through or (self.size.exact and meta.fit is None))
        flatten = not keeps or (coloured is not None and not goal.transparent)
        all_clear = all(self._infos[c.media].has_alpha for c in draft.clips)
        bars = None if bars_clear else coloured or (MATTE if all_clear else (0, 0, 0))
        backdrop = Backdrop(bars, (coloured or MATTE) if flatten else None)
        gray = meta.grayscale or goal.grayscale
        scenes = []
        for clip in draft.clips:
            path, info = self._sources[clip.media]
            fitting = Fitting(clip, info, self.size.drawn, fit, backdrop, gray)
            scenes.append(Scene(clip, Path(path), info, fitting))
        clear_bars = bars_clear and any(s.fitting.leaves_bars for s in scenes)
        return scenes, clear_bars or (see_through and not flatten)

    @property
    def infos(self) -> list[MediaInfo]:
        """What is known of the file of each clip, in their order."""
        return [scene.info for scene in self._scenes]

    @property
    def duration_us(self) -> int:
        """From the timeline; exact to the microsecond once the frames have been read to their end."""
        return sum(self._clock[-1]) if self._clock else self._planned_us

    @property
    def _planned_us(self) -> int:
        lengths = [s.clip.played_ms(s.info) for s in self._scenes]
        return (sum(lengths) - sum(self._overlaps(lengths))) * 1000

    def _overlaps(self, lengths: list[int]) -> list[int]:
        return overlaps([s.clip for s in self._scenes], lengths)

    @property
    def frame_count(self) -> int:
        """Exact for one GIF, APNG or WebP at its own pace and once the frames have been read; else an estimate."""
        if self._clock:
            return len(self._clock)
        if self._still:
            return 1
        count = 0.0
        for scene in self._scenes:
            clip, info = scene.clip, scene.info
            if clip.still:
                count += 1
                continue
            start, end = clip.source_ms(info)
            whole = max(info.shown_ms or info.duration_ms, 1)
            part = info.frames * (end - start) / whole
            count += 2 * part - 1 if clip.boomerang else part
        count += self._mixed_frames()
        for layer in self._draft.layers:
            if not layer.still:  # a film over a still shows its own pictures
                left = self._planned_us / 1000 - layer.at_ms
                length = left if layer.d_ms is None else min(layer.d_ms, left)
                count = max(count, self._infos[layer.media].fps * max(length, 0) / 1000)
        if self._goal.keep_every:
            count /= self._goal.keep_every
        if self._goal.fps:
            count = min(count, self.duration_us * self._goal.fps / 1_000_000)
        count = min(count, self._goal.max_frames or count)
        return max(1, -int(-count // 1))

    def _mixed_frames(self) -> float:
        """How many frames more there are for what lies between the clips; less than 0 where two are shown as one."""
        rates = [rate(s) for s in self._scenes]
        lengths = [s.clip.played_ms(s.info) for s in self._scenes]
        spans = transition_ms([s.clip for s in self._scenes], lengths)
        smooth = [r if r * SLOW_US >= 1_000_000 else 1_000_000 / FADE_STEP_US for r in rates]
        count = 0.0
        for number, lap in enumerate(self._overlaps(lengths)[:-1]):
            both = slice(number, number + 2)
            mixed = max(smooth[both]) - sum(rates[both]) if lap else (sum(smooth[both]) - sum(rates[both])) / 2
            count += spans[number] / 1000 * mixed
        return count

    @property
    def loop(self) -> int:
        """0 plays for ever, N plays N times: what was asked, else what the one source says, else for ever. More times
        than the format can say are for ever."""
        own = [self._scenes[0].info.loop] if len(self._scenes) == 1 else []
        plays = next((n for n in (self._goal.loop, self._draft.meta.loop, *own) if n is not None), 0)
        most = self._spec.most_plays if self._spec is not None else 0
        return 0 if most and plays > most else plays

    @property
    def has_audio(self) -> bool:
        own = any(s.clip.audible and not s.clip.still and s.info.has_audio for s in self._scenes)
        own = own or any(layer.audible and self._infos[layer.media].has_audio for layer in self._draft.layers)
        return own or any(s.audible for s in self._draft.sounds)

    @property
    def source(self) -> tuple[Path, MediaInfo] | None:
        """The one file that this shows with nothing changed: no edit, no other size, pace, colour or loop."""
        draft, goal, scene = self._draft, self._goal, self._scenes[0]
        clip, info = scene.clip, scene.info
        untouched = (
            len(self._scenes) == 1
            and not draft.titles
            and not draft.layers
            and not draft.sounds
            and scene.fitting.plain
            and self.size.out == (info.width, info.height)
            and not clip.from_ms
            and clip.to_ms is None
            and clip.speed == 1
            and not clip.reverse
            and not clip.boomerang
            and (not clip.still or clip.d_ms == STILL_MS)
            and (not info.has_audio or (clip.volume == 1 and not clip.muted))
            and not (goal.fps and info.fps > goal.fps)
            and (goal.keep_every or 1) == 1
            and info.frames <= (goal.max_frames or info.frames)
            and (info.loop is None or self.loop == info.loop)
        )
        return (scene.path, info) if untouched else None

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def frames(self) -> Iterator[Frame]:
        """The composed frames, from the first one on at every call. Arrays may be shared: do not write into them."""
        if self._kept is not None:
            yield from (at_time(f, f.at_us, f.hold_us, f.delay_cs) for f in self._kept)
            return
        kept: list[LazyFrame] | None = []
        clock: list[tuple[int, int]] = []
        held = 0
        for frame in self._ahead(self._drawn()):
            clock.append((frame.at_us, frame.hold_us))
            held += self._weight(frame)
            kept = kept if held <= CACHE_BYTES else None
            if kept is not None:
                if frame.film is None:
                    frame.once()  # else it would keep what it is made from, of any size
                kept.append(frame)
            yield at_time(frame, frame.at_us, frame.hold_us, frame.delay_cs)
        self._clock = clock
        self._kept = kept

    def _ahead(self, frames: Iterator[LazyFrame]) -> Iterator[LazyFrame]:
        """The same frames; where drawing is work, the next ones are drawn by other threads meanwhile."""
        scaled = self.size.drawn != self.size.out or any(not s.fitting.plain for s in self._scenes)
        threads = min(os.cpu_count() or 1, DRAWERS)
        mixes = any(s.clip.transition is not None for s in self._scenes)
        # Putting a still layer over is less work than memory in several threads costs: 1.23 times as much, not 1.07.
        moving = any(not layer.still for layer in self._draft.layers)
        drawn = self.frame_count * max(s.info.width * s.info.height for s in self._scenes)
        if threads < 2 or drawn < WORTH_PIXELS or not (scaled or mixes or moving or self._draft.titles):
            yield from frames
            return
        waiting: deque[tuple[LazyFrame, Future[RGBA] | None]] = deque()
        held = 0
        with ThreadPoolExecutor(threads) as pool:
            try:
                for frame in frames:
                    held += self._weight(frame)
                    # What is not kept is drawn when it is looked at, if ever; so is what a film's planes come from.
                    ahead = frame.film is None and held <= CACHE_BYTES
                    waiting.append((frame, pool.submit(frame.once) if ahead else None))
                    if len(waiting) > AHEAD:
                        yield _awaited(waiting.popleft())
                while waiting:
                    yield _awaited(waiting.popleft())
            finally:
                for _, drawing in waiting:
                    if drawing is not None:
                        drawing.cancel()

    def kept(self) -> list[LazyFrame] | None:
        """The frames, read to their end and kept in memory; None where they are too many for that."""
        if self._kept is None and self.frame_count * self.width * self.height * 4 <= CACHE_BYTES:
            for _ in self.frames():
                pass
        return self._kept

    def _weight(self, frame: LazyFrame) -> int:
        """Bytes that a frame takes in memory once it is drawn, what it is made from included."""
        source = max(s.info.width * s.info.height for s in self._scenes) * 3 // 2 if frame.film is not None else 0
        return self.width * self.height * 4 + source + self._over_weight

    @cached_property
    def _over_weight(self) -> int:
        """Bytes of the moving layers' pictures that a frame may hold, as they were decoded and as they are drawn."""
        found = [self._infos[layer.media] for layer in self._draft.layers if not layer.still]
        return sum(PIXEL_BYTES * info.width * info.height for info in found)

    def clock(self) -> list[tuple[int, int]]:
        """When each frame is shown and for how long, [(at_us, hold_us)]; no picture is drawn for it."""
        if self._clock is None:
            for _ in self.frames():
                pass
        assert self._clock is not None
        return self._clock

    def audio(self) -> Iterator[AudioBlock] | None:
        """Stereo float32 blocks at 48 kHz, as long as the picture; None where nothing sounds."""
        if not self.has_audio:
            return None
        return mixed(self._scenes, self._draft.layers, self._draft.sounds, self._sources, self.duration_us, self._work)

    def close(self) -> None:
        """Lets go of what is kept in memory and on disk. The composition can still be read again."""
        self._kept = None
        self._stretched = Stretching(self.size.out)
        for spool in self._spools.values():
            spool.close()
        self._spools.clear()

    def _spool(self, number: int) -> Spool:
        if number not in self._spools:
            self._spools[number] = Spool(self._work)
        return self._spools[number]

    def _drawn(self) -> Iterator[LazyFrame]:
        texts = letterings(self._draft, natural_size(self._draft, self._infos), self.size.drawn, self.duration_us)
        edges = {edge for text in texts for edge in (text.from_us, text.to_us)}
        for text in texts:
            edges |= set(fade_times(text.from_us, text.ends(self._planned_us), text.title, 0, self._planned_us))
        # Only films are stored as planes.
        film_made = self._spec is not None and self._spec.film
        stored = film_made and self.size.drawn == self.size.out
        last: tuple[Shot, list[Shown], Once] | None = None
        for moment in self._timed(sorted(edges)):
            middle = moment.at_us + moment.hold_us / 2
            over = [
                text.at(int(middle), self.size.drawn, self._planned_us)
                for text in texts
                if text.from_us <= middle < text.to_us
            ]
            film = moment.shot.film if stored and not over else None
            if last is None or last[0] is not moment.shot or last[1] != over:
                last = moment.shot, over, Once(partial(self._lettered, moment.shot, over))
            once = last[2]
            yield LazyFrame(once, moment.at_us, moment.hold_us, moment.delay_cs, film)

    def _overlays(self) -> list[Overlay]:
        gray = self._draft.meta.grayscale or self._goal.grayscale
        shown = [layer for layer in self._draft.layers if layer.at_ms * 1000 < self._planned_us]
        kept = LOOP_BYTES // max(sum(not layer.still for layer in shown), 1)
        found = []
        for layer in shown:
            path, info = self._sources[layer.media]
            found.append(Overlay(layer, Path(path), info, self.size.drawn, bool(gray), kept))
        return found

    def _lettered(self, shot: Shot, texts: list[Shown]) -> RGBA:
        picture = shot.drawn()
        for text in texts:
            picture = text.on(picture)
        grows = picture.shape[1] <= self.size.out[0] and picture.shape[0] <= self.size.out[1]
        if self.size.edge == "stretch" and grows:
            return self._stretched(picture)
        return with_edges(picture, self.size.out)

    def _timed(self, edges: list[int]) -> Iterable[Moment]:
        """What is shown when, after every wish about the rate."""
        goal = self._goal
        moments: Iterable[Moment] = shown(self._scenes, self._spool)
        if overlays := self._overlays():
            moments = layered(moments, overlays, self._planned_us, not self.has_alpha)
        if goal.keep_every and goal.keep_every > 1:
            moments = retime.every(moments, goal.keep_every)
        if goal.fps:
            moments = retime.at_most(moments, goal.fps)
        if self._spec is not None and self._spec.least_us:
            moments = retime.unhurried(moments, self._spec.least_us)
        moments = retime.split(moments, edges) if edges else moments
        if goal.max_frames:
            moments = retime.no_more_than(moments, goal.max_frames, self._planned_us)
        return islice(moments, 1) if self._still else moments


def compose(
    draft: Draft,
    sources: Mapping[str, tuple[str | Path, MediaInfo]],
    goal: Goal,
    size: tuple[int, int] | None = None,
    *,
    work: Path | None = None,
    edge: str = "stretch",
) -> Composition:
    """What ``draft`` looks and sounds like, at the size and rate that ``goal`` asks for; nothing is decoded yet.

    ``sources`` is media id → (path, MediaInfo). ``size`` (width, height) wins over the goal's; ``edge`` is how an odd
    side becomes even where it must (``size.EDGES``; ``even_size.edge`` says which is best). Temporary files go to
    ``work`` (None: the system's place). BadRequest where there is nothing to show or a file is missing; reading the
    frames may raise what ``decode`` does.
    """
    return Composition(
        draft, {key: (Path(path), info) for key, (path, info) in sources.items()}, goal, size, work, edge
    )


def _awaited(pending: tuple[LazyFrame, Future[RGBA] | None]) -> LazyFrame:
    frame, drawing = pending
    if drawing is not None:
        drawing.result()
    return frame


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
