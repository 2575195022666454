"""The draft: what is shown when. Frozen data; ``read_json`` and ``write_json`` are its JSON, ``apply_edits`` makes the
next one.

Times are whole milliseconds. On the video track clips follow one another without a gap, so a clip's place is the sum of
the lengths before it, less what cross-fades overlap. ``extra`` holds unknown keys: they are kept and written back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..media import MediaInfo
from . import music_names

VIDEO, AUDIO, TEXT = 0, 1, 7
STILL_MS = 3000  # how long a picture is shown if nobody says


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle in the source's own pixels, before it is turned or mirrored."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Transition:
    """How one clip goes over into the next within ``d_ms``.

    "crossfade": both are shown at once, so the timeline gets that much shorter. "fade": the first fades to ``color``
    (``#rrggbb``) in one half of the time, the next fades from it in the other; the length stays. Their sound fades with
    them. ``transition_ms`` says how much of it there is room for.
    """

    kind: str
    d_ms: int
    color: str = "#000000"


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of one file on the video track.

    ``from_ms`` and ``to_ms`` are on the source's shown clock (``to_ms`` None: to its end). The picture is cropped,
    then mirrored left to right if ``flip``, then turned ``rotate`` degrees clockwise. ``d_ms`` is its length here,
    after speed and boomerang (which plays it forwards and back in twice the time). ``transition`` leads into the clip
    after it (None: a cut).
    """

    media: str
    d_ms: int
    name: str = ""
    still: bool = False
    from_ms: int = 0
    to_ms: int | None = None
    speed: float = 1.0
    reverse: bool = False
    boomerang: bool = False
    crop: Crop | None = None
    rotate: int = 0
    flip: bool = False
    volume: float = 1.0
    muted: bool = False
    transition: Transition | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def source_ms(self, info: MediaInfo) -> tuple[int, int]:
        """The piece of the source that is played: from, to."""
        end = length_ms(info) if self.to_ms is None else min(self.to_ms, max(length_ms(info), 1))
        return min(self.from_ms, end - 1), end

    def played_ms(self, info: MediaInfo) -> int:
        """How long it takes on the timeline, from the facts of its source."""
        if self.still:
            return self.d_ms
        start, end = self.source_ms(info)
        return max(1, round((end - start) / self.speed)) * (2 if self.boomerang else 1)

    @property
    def audible(self) -> bool:
        return not self.muted and self.volume > 0


@dataclass(frozen=True, slots=True)
class Sound:
    """Music over the picture: a file (``media``) or a built-in loop (``loop``). It starts again when it ends before
    ``d_ms``, and gets quiet over its last ``fade_out_ms``. ``d_ms`` None: to the end of the picture."""

    media: str | None = None
    loop: str | None = None
    name: str = ""
    at_ms: int = 0
    d_ms: int | None = None
    from_ms: int = 0
    volume: float = 1.0
    muted: bool = False
    fade_out_ms: int = 1000
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def audible(self) -> bool:
        return not self.muted and self.volume > 0


@dataclass(frozen=True, slots=True)
class Title:
    """Words over the picture, from ``at_ms`` for ``d_ms`` (None: to the end).

    ``position`` is one of nine anchors; ``x`` and ``y`` (0-1 of the canvas, the middle of the words) win over it.
    ``size`` is the size of the letters in pixels of the canvas (``m.width`` x ``m.height``), None: chosen to fit.
    ``outline`` is a colour, "none", or None: black or white, whichever can be read. It fades in and out, or comes from
    and leaves to the side that ``slide`` names.
    """

    text: str
    at_ms: int = 0
    d_ms: int | None = None
    position: str = "bottom"
    x: float | None = None
    y: float | None = None
    size: float | None = None
    color: str = "#ffffff"
    outline: str | None = None
    fade_in_ms: int = 0
    fade_out_ms: int = 0
    slide: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a picture: its corner and its sides as shares (0-1) of the whole."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture or film over the clips, from ``at_ms`` for ``d_ms`` (None: to the end).

    ``crop`` is the piece of its picture that is shown (None: all of it). ``width`` is the width of that as a share of
    the canvas's width; it never becomes higher than the canvas. ``position`` is one of nine anchors, ``margin`` (a
    share of the canvas's shorter side) away from the edges; ``x`` and ``y`` (0-1 of the canvas, the middle of the
    layer) win over it. ``rotate`` is in degrees clockwise. A "circle" is cut out of the middle of what is shown. It
    fades in and out, or comes from and leaves to the side that ``slide`` names. A moving one that is shorter starts
    again, or keeps its last picture where ``repeat`` is False.
    """

    media: str
    name: str = ""
    still: bool = False
    at_ms: int = 0
    d_ms: int | None = None
    from_ms: int = 0
    to_ms: int | None = None
    crop: Part | None = None
    width: float = 0.25
    position: str = "bottom-right"
    margin: float = 0.03
    x: float | None = None
    y: float | None = None
    rotate: float = 0.0
    opacity: float = 1.0
    shape: str = "rectangle"
    fade_in_ms: int = 0
    fade_out_ms: int = 0
    slide: str | None = None
    repeat: bool = True
    volume: float = 1.0
    muted: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def audible(self) -> bool:
        return not self.still and not self.muted and self.volume > 0

    def source_ms(self, info: MediaInfo) -> tuple[int, int]:
        """The piece of the source that is played: from, to."""
        end = length_ms(info) if self.to_ms is None else min(self.to_ms, max(length_ms(info), 1))
        return min(self.from_ms, max(end - 1, 0)), end


@dataclass(frozen=True, slots=True)
class Unknown:
    """A segment on a track of a kind that we do not have, kept as it came."""

    extra: Mapping[str, Any]


Segment = Clip | Layer | Sound | Title | Unknown


@dataclass(frozen=True, slots=True)
class Track:
    tt: int
    sg: tuple[Segment, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Meta:
    """``width``, ``height`` and ``fps`` describe the canvas as it comes out of the sources; they ask for nothing.

    ``aspect`` "w:h" is the shape asked for, and ``fit`` how a picture of another shape gets there: crop, pad or blur.
    ``background`` is ``#rrggbb`` or "transparent"; None: none asked. ``loop`` 0 plays for ever, N plays N times.
    """

    title: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    aspect: str | None = None
    fit: str | None = None
    background: str | None = None
    grayscale: bool = False
    loop: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """``to_json`` is exactly ``{"t":[{"tt":0,"sg":[…]},…],"d":<ms>,"m":{…}}``; an empty draft is ``{}``."""

    tracks: tuple[Track, ...] = ()
    meta: Meta = field(default_factory=Meta)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def clips(self) -> tuple[Clip, ...]:
        return tuple(s for t in self.tracks if t.tt == VIDEO for s in t.sg if isinstance(s, Clip))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What is shown over the clips, the lowest first: the segments of every video track but the first."""
        return tuple(s for t in self.tracks if t.tt == VIDEO for s in t.sg if isinstance(s, Layer))

    @property
    def sounds(self) -> tuple[Sound, ...]:
        return tuple(s for t in self.tracks if t.tt == AUDIO for s in t.sg if isinstance(s, Sound))

    @property
    def titles(self) -> tuple[Title, ...]:
        return tuple(s for t in self.tracks if t.tt == TEXT for s in t.sg if isinstance(s, Title))

    @property
    def d_ms(self) -> int:
        """The length of the picture; of a draft without one, where the last sound ends."""
        if clips := self.clips:
            return sum(c.d_ms for c in clips) - sum(overlaps(clips, [c.d_ms for c in clips]))
        return max((s.at_ms + (s.d_ms or 0) for s in self.sounds), default=0)

    def to_json(self) -> dict[str, Any]:
        from . import write_json  # needs the classes above

        return write_json.write(self)

    @staticmethod
    def from_json(value: Any) -> Draft:
        """The draft again. Takes an object or a JSON string of one, in any key order, with keys that we do not know;
        raises BadRequest for anything that cannot be meant."""
        from . import read_json  # needs the classes above

        return read_json.read(value)

    def summary(self, names: Mapping[str, str] | None = None) -> str:
        """One line: ``Timeline (2 tracks): 1. Video: city (0-10s) 2. Title: "Hello" (0-3s)``."""
        from . import describe

        return describe.summary(self, names or {})


def length_ms(info: MediaInfo) -> int:
    """How long it takes to show or play a file once."""
    return info.shown_ms or info.duration_ms


def transition_ms(clips: Sequence[Clip], lengths: Sequence[int]) -> list[int]:
    """For each clip of these lengths (ms) how long its transition into the next one takes: as long as it says, but of
    either clip no more than half is used. 0 for a cut and for the last clip."""
    found = []
    for number, clip in enumerate(clips):
        if clip.transition is None or number + 1 == len(clips):
            found.append(0)
            continue
        room = min(lengths[number], lengths[number + 1]) // 2
        found.append(min(clip.transition.d_ms, room if clip.transition.kind == "crossfade" else 2 * room))
    return found


def overlaps(clips: Sequence[Clip], lengths: Sequence[int]) -> list[int]:
    """For each clip how long (ms) it is shown together with the next one: the length of a cross-fade, else 0."""
    spans = transition_ms(clips, lengths)
    return [
        span if clip.transition is not None and clip.transition.kind == "crossfade" else 0
        for clip, span in zip(clips, spans, strict=True)
    ]


def stem(name: str) -> str:
    """A file's name as people say it: no folder, no ending."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    head, dot, tail = last.rpartition(".")
    return head if dot and head and len(tail) <= 5 and tail.isalnum() else last


def clip_for(media_id: str, info: MediaInfo, name: str, d_ms: int | None = None) -> Clip:
    """A whole file as a clip; a still picture is shown ``d_ms`` (3 s if nobody says)."""
    if info.kind == "image" or not length_ms(info):
        return Clip(media_id, d_ms or STILL_MS, name=stem(name), still=True)
    return Clip(media_id, length_ms(info), name=stem(name))


def draft_for(media_id: str, info: MediaInfo, name: str) -> Draft:
    """The draft that shows one uploaded file whole (of a sound: plays it), changed in nothing."""
    if info.kind == "audio":
        sound = Sound(media=media_id, name=stem(name), d_ms=length_ms(info), fade_out_ms=0)
        return Draft((Track(AUDIO, (sound,)),), Meta(title=stem(name)))
    meta = Meta(title=stem(name), width=info.width, height=info.height, fps=round(info.fps, 3))
    return Draft((Track(VIDEO, (clip_for(media_id, info, name),)),), meta)


def with_segments(draft: Draft, kind: int, segments: tuple[Any, ...]) -> Draft:
    """The draft with ``segments`` on its first track of that kind (made if need be); a track left empty goes. Further
    video tracks are layers and stay."""
    tracks = []
    placed = False
    for track in draft.tracks:
        if track.tt != kind or (placed and kind == VIDEO):
            tracks.append(track)
        elif not placed:
            placed = True
            if segments:
                tracks.append(replace(track, sg=segments))
    if not placed and segments:
        tracks.append(Track(kind, segments))
        tracks.sort(key=lambda t: t.tt)
    return replace(draft, tracks=tuple(tracks))


def with_layers(draft: Draft, layers: tuple[Layer, ...]) -> Draft:
    """The draft with these layers, the lowest first, each on a video track of its own above the clips."""
    base = [t for t in draft.tracks if t.tt == VIDEO and not any(isinstance(s, Layer) for s in t.sg)]
    others = [t for t in draft.tracks if t.tt != VIDEO]
    tracks = sorted([*base[:1], *(Track(VIDEO, (layer,)) for layer in layers), *others], key=lambda t: t.tt)
    return replace(draft, tracks=tuple(tracks))


def media_ids(draft: Draft) -> set[str]:
    """Every file that the draft names, so that a caller can check whose they are."""
    shown = {c.media for c in draft.clips} | {layer.media for layer in draft.layers}
    return shown | {s.media for s in draft.sounds if s.media is not None}


def sound_title(sound: Sound, names: Mapping[str, str]) -> str:
    if sound.loop is not None:
        return music_names.TITLES.get(sound.loop, sound.loop)
    return stem(names.get(sound.media or "", "")) or sound.name or "music"
