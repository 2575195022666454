"""The clips of the video track as one stream of moments on one clock, before pictures are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import decode, row_differences
from ..media import RGBA, Frame, LazyFrame, MediaInfo
from ..timeline.draft import STILL_MS, Clip, overlaps, transition_ms
from . import retime
from .draw import Fitting
from .entrance import FOR_EVER
from .lazy_frame import Moment, Shot
from .spool import Spool
from .transitions import Clock, crossed, through

FAST_US = 16_000  # after a change of speed no more than 60 frames a second


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip with its file and its way onto the canvas."""

    clip: Clip
    path: Path
    info: MediaInfo
    fitting: Fitting


def shown(scenes: list[Scene], spool_for: Callable[[int], Spool]) -> Iterator[Moment]:
    """All clips one after the other, with what lies between them. With several of them each lasts exactly as long as
    the timeline says."""
    lengths = [scene.clip.played_ms(scene.info) for scene in scenes]
    laps = overlaps([scene.clip for scene in scenes], lengths)
    offset = 0
    clock = Clock(_played(scenes, 0, spool_for))
    for number, lap in enumerate(laps):
        end = lengths[number] * 1000 - lap * 1000 if lap else FOR_EVER
        after = 0
        for moment in clock.until(end):
            after = moment.at_us + moment.hold_us
            yield Moment(moment.shot, offset + moment.at_us, moment.hold_us, moment.delay_cs)
        offset += end if lap else after
        if number + 1 == len(scenes):
            return
        following = Clock(_played(scenes, number + 1, spool_for))
        if lap:
            led = rate(scenes[number + 1]) > rate(scenes[number])
            for moment in crossed(clock, following, end, lap * 1000, led_by_after=led):
                yield Moment(moment.shot, offset + moment.at_us, moment.hold_us)
            following.skip(lap * 1000)
        clock = following


def rate(scene: Scene) -> float:
    """Pictures a second on the timeline; 0 of a still."""
    return 0.0 if scene.clip.still else scene.info.fps * scene.clip.speed


def _played(scenes: list[Scene], number: int, spool_for: Callable[[int], Spool]) -> Iterable[Moment]:
    """One clip on its own clock, as it fades from and to a colour."""
    scene = scenes[number]
    moments: Iterable[Moment]
    if scene.clip.still:
        moments = _still(scene)
    elif scene.clip.reverse or scene.clip.boomerang:
        moments = _there_and_back(scene, spool_for(number))
    else:
        moments = _paced(scene)
    if len(scenes) == 1:
        return moments
    lengths = [one.clip.played_ms(one.info) for one in scenes]
    length = lengths[number] * 1000
    moments = retime.made_long(moments, length)
    halves = [span * 500 for span in transition_ms([one.clip for one in scenes], lengths)]
    if (into := _colour(scenes, number - 1)) and (half := halves[number - 1]):
        moments = through(moments, into, lambda at: 1 - at / half, 0, half)
    if (out := _colour(scenes, number)) and (rest := halves[number]):
        moments = through(moments, out, lambda at: 1 - (length - at) / rest, length - rest, length)
    return moments


def _colour(scenes: list[Scene], number: int) -> tuple[int, int, int] | None:
    """The colour through which that clip fades into the next."""
    found = scenes[number].clip.transition if number >= 0 else None
    if found is None or found.kind != "fade":
        return None
    return int(found.color[1:3], 16), int(found.color[3:5], 16), int(found.color[5:7], 16)


def _still(scene: Scene) -> Iterator[Moment]:
    for frame in decode.frames(scene.path, scene.info):
        # A GIF's one frame keeps its own delay, unless a time was asked for.
        delay_cs = frame.delay_cs if scene.clip.d_ms == STILL_MS else None
        yield Moment(Shot(frame, scene.fitting), 0, scene.clip.d_ms * 1000, delay_cs)
        return


def _paced(scene: Scene) -> Iterable[Moment]:
    """The clip's frames, cut to its piece of the source, at its speed."""
    clip = scene.clip
    moments: Iterable[Moment] = _shots(scene)
    if clip.from_ms or clip.to_ms is not None:
        moments = retime.cut(moments, clip.from_ms * 1000, None if clip.to_ms is None else clip.to_ms * 1000)
    if clip.speed != 1:
        moments = retime.at_speed(moments, clip.speed)
        if clip.speed > 1:
            moments = retime.unhurried(moments, FAST_US)
    return moments


def _shots(scene: Scene) -> Iterator[Moment]:
    """The file's frames. Equal ones in a row are one shot where painting it is work."""
    fitting = scene.fitting
    scaled = fitting.drawn if fitting.scales else None
    last: tuple[RGBA, Shot] | None = None
    for frame in decode.frames(scene.path, scene.info):
        if fitting.plain or isinstance(frame, LazyFrame):  # what is not made yet is not looked at
            shot = Shot(frame, fitting, scaled=scaled)
        elif (
            last is not None
            and last[0].shape == frame.rgba.shape
            and row_differences.between(*_where(frame, last[0])) is None
        ):
            shot = last[1]
        else:
            shot = Shot(frame, fitting, scaled=scaled)
            last = frame.rgba, shot
        yield Moment(shot, frame.at_us, frame.hold_us, frame.delay_cs)


def _where(frame: Frame, before: RGBA) -> tuple[RGBA, RGBA]:
    """What has to be compared to know whether the frame is as ``before``, the last one that was not."""
    if frame.changed is None:
        return frame.rgba, before
    left, top, right, bottom = frame.changed
    return frame.rgba[top:bottom, left:right], before[top:bottom, left:right]


def _there_and_back(scene: Scene, spool: Spool) -> Iterator[Moment]:
    if not spool.full:
        spool.fill(Frame(m.shot.drawn(), m.at_us, m.hold_us) for m in _paced(scene))
    if not scene.clip.boomerang:
        yield from _ready(spool.backwards())
        return
    runs = (spool.backwards, spool.forwards) if scene.clip.reverse else (spool.forwards, spool.backwards)
    turn: Moment | None = None
    for moment in _ready(runs[0]()):
        if turn is not None:
            yield turn
        turn = moment
    if turn is None:
        return
    middle = turn.at_us + turn.hold_us
    for number, moment in enumerate(_ready(runs[1]())):
        if number == 0:
            # The picture at the turn is one frame shown twice as long, not two.
            yield Moment(turn.shot, turn.at_us, turn.hold_us + moment.hold_us)
        else:
            yield Moment(moment.shot, middle + moment.at_us, moment.hold_us)


def _ready(frames: Iterable[Frame]) -> Iterator[Moment]:
    for frame in frames:
        yield Moment(Shot(frame, _as_it_is), frame.at_us, frame.hold_us)


def _as_it_is(picture: RGBA) -> RGBA:
    return picture
