"""Cuts a piece out of the timeline by changing the source times of each clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from ..errors import BadRequest
from ..media import MediaInfo
from .describe import seconds
from .draft import TEXT, Clip, Draft, Layer, Sound, Title, length_ms, overlaps

Over = TypeVar("Over", bound=Layer | Title)


def cut_clip(clip: Clip, start: int, end: int, info: MediaInfo) -> Clip:
    """The clip from ``start`` to ``end`` of its own time here. A boomerang keeps going there and back: the piece of the
    source that it plays gets shorter."""
    if clip.still:
        return replace(clip, d_ms=end - start)
    whole = clip.played_ms(info)
    if start <= 0 and end >= whole:
        return clip
    first, last = clip.source_ms(info)
    if clip.boomerang:
        half = (end - start) / 2
        start_at = min(float(start), whole / 2 - half)
        start_here, end_here = start_at, start_at + half
    else:
        start_here, end_here = float(start), float(end)
    if clip.reverse:
        begin, stop = last - end_here * clip.speed, last - start_here * clip.speed
    else:
        begin, stop = first + start_here * clip.speed, first + end_here * clip.speed
    from_ms = min(max(first, round(begin)), last - 1)
    to_ms = min(max(from_ms + 1, round(stop)), last)
    return replace(clip, from_ms=from_ms, to_ms=None if to_ms >= length_ms(info) else to_ms)


def cut_timeline(draft: Draft, start: int, end: int, infos: Mapping[str, MediaInfo]) -> tuple[Draft, str]:
    """The draft from ``start`` to ``end``; texts and sounds move with the picture under them."""
    if any(clip.media not in infos for clip in draft.clips):
        raise BadRequest("There is no such file in this project.", field="media")
    clips = [cut_clip(clip, low, high, infos[clip.media]) for clip, low, high in _pieces(draft.clips, start, end)]
    tracks = []
    lost = 0
    left = iter(clips)
    for track in draft.tracks:
        if track.tt == TEXT or any(isinstance(s, Layer) for s in track.sg):
            kept = [_moved(s, start, end) if isinstance(s, Layer | Title) else s for s in track.sg]
            lost += kept.count(None)
            track = replace(track, sg=tuple(s for s in kept if s is not None))
        elif any(isinstance(s, Clip) for s in track.sg):
            # All clips go to the first track that has some.
            others = tuple(s for s in track.sg if not isinstance(s, Clip))
            track = replace(track, sg=(*left, *others))
        else:
            sounds = [_shifted(s, start) if isinstance(s, Sound) else s for s in track.sg]
            track = replace(track, sg=tuple(sounds))
        if track.sg or track.tt not in (0, 1, 7):
            tracks.append(track)
    said = f"Trimmed to {seconds(end - start)}."
    if lost:
        said += " The text or layer shown only in the cut piece was cut too."
    return replace(draft, tracks=tuple(tracks)), said


def _pieces(clips: tuple[Clip, ...], start: int, end: int) -> list[tuple[Clip, int, int]]:
    """The clips of the timeline from ``start`` to ``end``, each with the piece of its own time. A cross-fade for which
    the cut leaves no room becomes a cut in its middle, so that the whole is exactly as long as it should be."""
    laps = overlaps(clips, [clip.d_ms for clip in clips])
    begins = [sum(c.d_ms for c in clips[:n]) - sum(laps[:n]) for n in range(len(clips))]
    spans = [[max(at, start), min(at + c.d_ms, end)] for at, c in zip(begins, clips, strict=True)]
    cuts = set()
    while tight := [n for n, lap in enumerate(laps) if lap and not _room(spans[n], spans[n + 1], begins[n + 1], lap)]:
        for n in tight:
            middle = begins[n + 1] + laps[n] // 2
            spans[n][1], spans[n + 1][0] = min(spans[n][1], middle), max(spans[n + 1][0], middle)
            laps[n] = 0
            cuts.add(n)
    left = (replace(c, transition=None) if n in cuts else c for n, c in enumerate(clips))
    found = zip(left, begins, spans, strict=True)
    return [(c, low - at, high - at) for c, at, (low, high) in found if low < high]


def _room(one: list[int], other: list[int], begin: int, lap: int) -> bool:
    """The cross-fade that begins there and takes ``lap`` is whole between two spans, and takes half of each at most."""
    whole = one[1] >= begin + lap and other[0] <= begin
    return whole and min(one[1] - one[0], other[1] - other[0]) // 2 >= lap


def _moved(over: Over, start: int, end: int) -> Over | None:
    stop = end if over.d_ms is None else over.at_ms + over.d_ms
    if stop <= start or over.at_ms >= end:
        return None
    at = max(over.at_ms - start, 0)
    return replace(over, at_ms=at, d_ms=None if over.d_ms is None else min(stop, end) - start - at)


def _shifted(sound: Sound, start: int) -> Sound:
    """Music under the whole picture stays there; a sound placed later moves with the picture."""
    if not sound.at_ms:
        return sound
    return replace(sound, at_ms=max(sound.at_ms - start, 0))
