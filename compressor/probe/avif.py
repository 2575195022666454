"""Reads the boxes of an AVIF, still or animated: sizes and times without decoding AV1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..errors import OverLimit, UnreadableMedia
from ..input_limits import Limits
from ..media import HDR, MediaInfo, shown_us
from ..orientation import of_boxes, shown_size
from .crop import clean_aperture
from .sniff import Data

_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_MAX_BOXES = 20_000
_ENTRY = 8 + 8 + 78  # of stsd: its own head, and the fixed part of one entry for pictures
_MOST_PLAYS = 1 << 20


@dataclass(slots=True)
class _Looks:
    """What transformative and colour properties say of a picture, of an item or of a track."""

    quarters: int = 0  # of irot, against the clock
    mirror: int | None = None  # of imir: 0 swaps top and bottom, 1 left and right
    primaries: int = 2  # of colr's nclx; 2 is "not said"
    transfer: int = 2
    clap: bytes = b""

    @property
    def orientation(self) -> int:
        return of_boxes(self.quarters, self.mirror)

    def read(self, name: bytes, data: Data, at: int, to: int) -> None:
        if name == b"irot" and to > at:
            self.quarters = data[at] & 3
        elif name == b"imir" and to > at:
            self.mirror = data[at] & 1
        elif name == b"clap":
            self.clap = bytes(data[at:to])
        elif name == b"colr" and to - at >= 8 and bytes(data[at : at + 4]) == b"nclx":
            self.primaries = int.from_bytes(data[at + 4 : at + 6], "big")
            self.transfer = int.from_bytes(data[at + 6 : at + 8], "big")


@dataclass(slots=True)
class _Track:
    handler: bytes = b""
    width: int = 0
    height: int = 0
    timescale: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)  # (samples, units each)
    shown_units: int = 0  # of tkhd, in the movie's scale
    repeats: bool = False
    once_units: int = 0
    looks: _Looks = field(default_factory=_Looks)


@dataclass(slots=True)
class AvifBoxes:
    width: int = 0
    height: int = 0
    looks: _Looks = field(default_factory=_Looks)
    see_through: bool = False
    loop: int | None = None
    holds_us: list[int] = field(default_factory=list)
    has_audio: bool = False
    cut: bool = False  # a box reaches beyond the end of the file


def boxes(data: Data, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, begin, end) of the boxes between two offsets; a box that claims more is cut at ``end``."""
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        size, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        begin = at + 8
        if size == 1 and at + 16 <= end:
            size, begin = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0:
            size = end - at
        if size < begin - at:
            return
        yield name, begin, min(at + size, end)
        at += size


def walk(data: Data, limits: Limits) -> AvifBoxes:
    """What the boxes say. Sizes beyond the limits raise OverLimit here already."""
    found = AvifBoxes()
    tracks: list[_Track] = []
    for name, begin, end in boxes(data, 0, len(data)):
        size = int.from_bytes(data[begin - 8 : begin - 4], "big")  # of a box with a plain head
        found.cut = end == len(data) and size > end - begin + 8
        if name == b"meta":
            _still(found, data, begin + 4, end)
        elif name == b"moov":
            for inner, at, to in boxes(data, begin, end):
                if inner == b"trak":
                    tracks.append(_track(data, at, to))
    found.has_audio = any(t.handler == b"soun" and t.runs for t in tracks)
    shown = next((t for t in tracks if t.handler == b"pict" and t.runs), None)
    if shown and shown.timescale:
        found.see_through = found.see_through or any(t.handler == b"auxv" for t in tracks)
        found.width, found.height = shown.width or found.width, shown.height or found.height
        found.looks = shown.looks
        if sum(count for count, _ in shown.runs) > limits.max_frames:
            raise OverLimit(
                f"It has more than {limits.max_frames:,} frames, which is the most. A shorter piece would do."
            )
        for count, units in shown.runs:
            found.holds_us += [round(units * 1_000_000 / shown.timescale)] * count
        found.loop = 1
        if shown.repeats:
            plays = round(shown.shown_units / shown.once_units) if shown.once_units else 0
            found.loop = plays if 0 < plays <= _MOST_PLAYS else 0  # for ever is written as a time without end
    return found


def _still(found: AvifBoxes, data: Data, begin: int, end: int) -> None:
    """The primary item: its own size, turn and colours; the largest size where nothing says which is its own."""
    properties: list[tuple[bytes, int, int]] = []
    wanted: list[int] | None = None
    primary = 0
    for name, at, to in boxes(data, begin, end):
        if name == b"pitm" and to - at >= 6:
            primary = int.from_bytes(data[at + 4 : at + (6 if data[at] == 0 else 8)], "big")
        elif name == b"iprp":
            for inner, start, stop in boxes(data, at, to):
                if inner == b"ipco":
                    properties = list(boxes(data, start, stop))
                elif inner == b"ipma":
                    wanted = _properties_of(primary, data, start, stop) or wanted
    for name, at, to in properties:
        if name == b"auxC" and any(bytes(data[at + 4 : to]).startswith(urn) for urn in _ALPHA):
            found.see_through = True
    own = properties if wanted is None else [properties[i - 1] for i in wanted if 0 < i <= len(properties)]
    for name, at, to in own:
        found.looks.read(name, data, at, to)
        if name == b"ispe" and to - at >= 12:
            width, height = int.from_bytes(data[at + 4 : at + 8], "big"), int.from_bytes(data[at + 8 : at + 12], "big")
            if width * height > found.width * found.height:
                found.width, found.height = width, height


def _properties_of(item: int, data: Data, at: int, to: int) -> list[int] | None:
    """The numbers (from 1 on) of the properties that an ipma box gives to ``item``."""
    if to - at < 8:
        return None
    wide, large = data[at] > 0, data[at + 3] & 1
    count, at = int.from_bytes(data[at + 4 : at + 8], "big"), at + 8
    for _ in range(min(count, _MAX_BOXES)):
        head = 4 if wide else 2
        if at + head >= to:
            return None
        number, many = int.from_bytes(data[at : at + head], "big"), data[at + head]
        at += head + 1
        size = 2 if large else 1
        if number == item:
            mask = 0x7FFF if large else 0x7F
            ends = range(at, min(at + many * size, to), size)
            return [int.from_bytes(data[i : i + size], "big") & mask for i in ends]
        at += many * size
    return None


def _track(data: Data, begin: int, end: int) -> _Track:
    track = _Track()
    _fill(track, data, begin, end)
    return track


def _fill(track: _Track, data: Data, begin: int, end: int) -> None:
    for name, at, to in boxes(data, begin, end):
        if name in (b"mdia", b"minf", b"stbl", b"edts"):
            _fill(track, data, at, to)
        elif name == b"stsd" and to - at > _ENTRY:
            for inner, start, stop in boxes(data, at + _ENTRY, to):
                track.looks.read(inner, data, start, stop)
        elif name == b"hdlr" and to - at >= 12:
            track.handler = bytes(data[at + 8 : at + 12])
        elif name == b"tkhd" and to - at >= 84:
            wide = data[at] == 1
            times = at + 4 + (24 if wide else 16)
            track.shown_units = int.from_bytes(data[times : times + (8 if wide else 4)], "big")
            track.width = int.from_bytes(data[to - 8 : to - 6], "big")
            track.height = int.from_bytes(data[to - 4 : to - 2], "big")
        elif name == b"mdhd" and to - at >= 20:
            scale = at + 4 + (16 if data[at] == 1 else 8)
            track.timescale = int.from_bytes(data[scale : scale + 4], "big")
        elif name == b"elst" and to - at >= 16:
            wide = data[at] == 1
            track.repeats = bool(data[at + 3] & 1)
            track.once_units = int.from_bytes(data[at + 8 : at + (16 if wide else 12)], "big")
        elif name == b"stts" and to - at >= 8:
            count = min(int.from_bytes(data[at + 4 : at + 8], "big"), (to - at - 8) // 8)
            for entry in range(at + 8, at + 8 + 8 * count, 8):
                samples = int.from_bytes(data[entry : entry + 4], "big")
                track.runs.append((samples, int.from_bytes(data[entry + 4 : entry + 8], "big")))


def shortened(info: MediaInfo, data: Data, count: int) -> MediaInfo:
    """The facts of a sequence of which only ``count`` frames arrived."""
    if not count:
        raise UnreadableMedia("The file is cut off, and not one picture of it arrived.")
    holds = walk(data, Limits(max_frames=info.frames)).holds_us[:count]
    shown = sum(shown_us(hold) for hold in holds)
    return replace(
        info, frames=len(holds), duration_ms=sum(holds) // 1000, shown_ms=shown // 1000, whole_ms=info.shown_ms
    )


def facts(data: Data, limits: Limits) -> MediaInfo:
    """MediaInfo of an AVIF."""
    found = walk(data, limits)
    if not found.width or not found.height:
        raise UnreadableMedia("The AVIF holds no picture.")
    crop = clean_aperture(found.looks.clap, found.width, found.height)
    stored = crop[:2] if crop else (found.width, found.height)
    width, height = shown_size(*stored, found.looks.orientation)
    animated = len(found.holds_us) > 1
    shown = sum(shown_us(h) for h in found.holds_us)
    return MediaInfo(
        format="avif",
        kind="video" if animated else "image",
        codec="av1",
        bytes=len(data),
        width=width,
        height=height,
        frames=max(len(found.holds_us), 1),
        duration_ms=sum(found.holds_us) // 1000,
        shown_ms=shown // 1000 if animated else 0,
        fps=round(len(found.holds_us) * 1e6 / shown, 3) if animated else 0.0,
        loop=found.loop,
        has_alpha=found.see_through,
        orientation=found.looks.orientation,
        crop=crop,
        cut=found.cut,
        hdr=HDR.get(found.looks.transfer, ""),
    )
