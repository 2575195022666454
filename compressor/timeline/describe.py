"""Describes the timeline in one line, and formats lengths."""

from __future__ import annotations

from collections.abc import Mapping

from .draft import AUDIO, TEXT, VIDEO, Clip, Draft, Layer, Sound, Title, Transition, sound_title, stem


def seconds(ms: float) -> str:
    """``3 s``, ``2.5 s``; below a tenth of a second in hundredths."""
    value = ms / 1000
    text = f"{value:.2f}" if 0 < value < 0.095 else f"{value:.1f}"
    return f"{text.rstrip('0').rstrip('.') or '0'} s"


def summary(draft: Draft, names: Mapping[str, str]) -> str:
    """See ``Draft.summary``. Tracks without anything on them are not counted."""
    total = draft.d_ms
    lines = []
    for track in draft.tracks:
        if track.tt == VIDEO and (clips := [s for s in track.sg if isinstance(s, Clip)]):
            kinds = dict.fromkeys(transition_name(c.transition) for c in clips[:-1] if c.transition)
            lines.append(f"Video: {_clips(draft, clips, names)} ({', '.join([f'0-{_s(total)}', *kinds])})")
        elif track.tt == VIDEO and (layers := [s for s in track.sg if isinstance(s, Layer)]):
            lines.append("Layer: " + ", ".join(_layer(s, total, names) for s in layers))
        elif track.tt == AUDIO and (sounds := [s for s in track.sg if isinstance(s, Sound)]):
            lines.append("BGM: " + ", ".join(_sound(s, total, names) for s in sounds))
        elif track.tt == TEXT and (titles := [s for s in track.sg if isinstance(s, Title)]):
            lines.append("Title: " + ", ".join(f'"{_one_line(s.text)}" ({_range(s, total)})' for s in titles))
    tracks = "1 track" if len(lines) == 1 else f"{len(lines)} tracks"
    numbered = " ".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    return f"Timeline ({tracks}): {numbered}" if lines else "Timeline (0 tracks)"


def clip_name(clip: Clip, names: Mapping[str, str]) -> str:
    return stem(names.get(clip.media, "")) or clip.name or "clip"


def layer_name(layer: Layer, names: Mapping[str, str]) -> str:
    return stem(names.get(layer.media, "")) or layer.name or "layer"


def transition_name(transition: Transition) -> str:
    return "cross-fade" if transition.kind == "crossfade" else f"fade through {transition.color}"


def place(segment: Layer | Title) -> str:
    """Where it stands, in words."""
    return segment.position.replace("-", " ") if segment.x is None and segment.y is None else "chosen place"


def _layer(layer: Layer, total: int, names: Mapping[str, str]) -> str:
    return f"{layer_name(layer, names)} ({place(layer)}, {_range(layer, total)})"


def _clips(draft: Draft, clips: list[Clip], names: Mapping[str, str]) -> str:
    if len(clips) == 1:
        return clip_name(clips[0], names)
    return draft.meta.title or " + ".join(dict.fromkeys(clip_name(c, names) for c in clips))


def _sound(sound: Sound, total: int, names: Mapping[str, str]) -> str:
    level = "muted" if sound.muted else f"{round(sound.volume * 100)}%"
    return f"{sound_title(sound, names)} ({_range(sound, total)}, {level})"


def _range(segment: Layer | Sound | Title, total: int) -> str:
    end = total if segment.d_ms is None else segment.at_ms + segment.d_ms
    if total:
        end = min(end, total)
    return f"{_s(segment.at_ms)[:-1]}-{_s(max(end, segment.at_ms))}"


def _s(ms: int) -> str:
    return f"{ms / 1000:.1f}".removesuffix(".0") + "s"


def _one_line(text: str) -> str:
    return " ".join(text.split())
