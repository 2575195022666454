"""The timeline for a template: rows of boxes, with positions in percent of the whole length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compressor.message_catalogue import Words
from compressor.message_catalogue import words as words_of
from compressor.number_format import capital, named, percent, seconds
from compressor.setting_labels import music_name
from compressor.timeline import Draft
from compressor.timeline.describe import clip_name, layer_name, place
from compressor.timeline.draft import AUDIO, TEXT, VIDEO, Clip, Layer, Sound, Title, overlaps, sound_title

ROW_PX, GAP_PX, RULER_PX = 46, 8, 26
STEPS_MS = (100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000)
MOST_TICKS = 8


@dataclass(frozen=True, slots=True)
class Box:
    """One segment. ``left`` and ``width`` are in percent; ``note`` names its edits."""

    left: float
    width: float
    text: str
    note: str = ""
    media: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    kind: str  # video, layer, sound, text
    top: int
    boxes: list[Box]


@dataclass(frozen=True, slots=True)
class Tick:
    left: float
    label: str


@dataclass(frozen=True, slots=True)
class Join:
    """Where one clip goes over into the next: percent, and the kind of transition ("cut" for none)."""

    left: float
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """``height`` is in pixels; ``sentence`` describes the timeline for screen readers."""

    d_ms: int
    height: int
    sentence: str
    rows: list[Row] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)


def draw(draft: Draft, names: Mapping[str, str]) -> Drawing:
    """Return the rows and ticks of a draft. ``names`` is media id → file name. An empty draft has no rows."""
    total = draft.d_ms
    rows: list[Row] = []
    joins: list[Join] = []
    for track in draft.tracks:
        if not total:
            break
        at, boxes, kind = 0, [], ""
        clips = [s for s in track.sg if isinstance(s, Clip)]
        laps = iter(overlaps(clips, [c.d_ms for c in clips]))
        for segment in track.sg:
            if track.tt == VIDEO and isinstance(segment, Clip):
                kind = "video"
                boxes.append(_box(at, segment.d_ms, total, clip_name(segment, names), _done_to(segment), segment.media))
                at += segment.d_ms - (lap := next(laps))
                joins += [_join(at + lap / 2, total, segment)] if len(boxes) < len(clips) else []
            elif track.tt == VIDEO and isinstance(segment, Layer):
                kind = "layer"
                length = total - segment.at_ms if segment.d_ms is None else segment.d_ms
                name = layer_name(segment, names)
                boxes.append(_box(segment.at_ms, length, total, name, _(capital(place(segment))), segment.media))
            elif track.tt == AUDIO and isinstance(segment, Sound):
                kind = "sound"
                note = _("silent") if not segment.audible else percent(segment.volume, _words())
                length = total - segment.at_ms if segment.d_ms is None else segment.d_ms
                box = _box(segment.at_ms, length, total, _sound(segment, names), note, muted=not segment.audible)
                boxes.append(box)
            elif track.tt == TEXT and isinstance(segment, Title):
                kind = "text"
                length = total - segment.at_ms if segment.d_ms is None else segment.d_ms
                text = " ".join(segment.text.split())
                boxes.append(_box(segment.at_ms, length, total, f"“{text}”", _(capital(place(segment)))))
        if boxes:
            rows.append(Row(kind, RULER_PX + len(rows) * (ROW_PX + GAP_PX), boxes))
    return Drawing(
        d_ms=total,
        height=RULER_PX + max(len(rows), 1) * (ROW_PX + GAP_PX),
        sentence=_("Timeline") + _(": ") + named([box.text for row in rows for box in row.boxes], _words()),
        rows=rows,
        ticks=_ticks(total),
        joins=joins,
    )


def _box(at_ms: int, d_ms: int, total: int, text: str, note: str = "", media: str = "", *, muted: bool = False) -> Box:
    left = min(100.0, 100 * at_ms / total)
    width = max(0.6, min(100 - left, 100 * d_ms / total))
    return Box(round(left, 3), round(width, 3), text, note, media, muted)


def _join(at_ms: float, total: int, clip: Clip) -> Join:
    return Join(round(100 * at_ms / total, 3), clip.transition.kind if clip.transition else "cut")


def _done_to(clip: Clip) -> str:
    """Describe the edits of a clip in a few words."""
    words = [_length(clip.d_ms)]
    if clip.from_ms or clip.to_ms is not None:
        words.append(_("trimmed"))
    if clip.speed != 1:
        words.append(f"{clip.speed:g}×")
    words += [
        name
        for name, on in (
            (_("backwards"), clip.reverse),
            (_("there and back"), clip.boomerang),
            (_("cropped"), clip.crop is not None),
            (_("turned {n}°").format(n=clip.rotate), bool(clip.rotate)),
            (_("mirrored"), clip.flip),
        )
        if on
    ]
    return _(", ").join(words)


def _sound(segment: Sound, names: Mapping[str, str]) -> str:
    return music_name(segment.loop, _words()) if segment.loop else sound_title(segment, names)


def _length(ms: int) -> str:
    return seconds(ms, _words())


def _words() -> Words:
    return words_of(get_language() or "en")


def _ticks(total: int) -> list[Tick]:
    if not total:
        return []
    step = next((s for s in STEPS_MS if total / s <= MOST_TICKS), STEPS_MS[-1])
    return [Tick(round(100 * at / total, 3), _length(at)) for at in range(0, total + 1, step)]
