"""Limits of the platforms where animations are posted, and a validator for files.

``goal_for`` turns a preset into wishes, ``validate`` says of a finished file, rule by rule, whether it would be taken.
The figures with their sources are in ``places``.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from math import ceil
from typing import Any

from ..errors import BadRequest
from ..formats import FILMS, OUTPUTS
from ..media import MediaInfo
from .places import PRESETS, READ_ON, Mark, Preset

__all__ = ["PRESETS", "READ_ON", "Mark", "Preset", "Rule", "get", "goal_for", "names", "validate"]


_CLEAR = [row.name for row in OUTPUTS.values() if row.animated and row.has_alpha]
_STILLS = ("webp", "png", "gif")  # for a picture that stands still, the best first


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and how a file stands to it. ``want`` and ``got`` are plain words; ``mark`` is how sure the rule is."""

    name: str
    passed: bool
    want: str
    got: str
    mark: Mark


def names() -> list[str]:
    return list(PRESETS)


def get(name: str) -> Preset:
    """The place of that name. Raises BadRequest, with the names that are nearest where some are near."""
    try:
        return PRESETS[name]
    except KeyError:
        near = get_close_matches("-".join(str(name)[:60].lower().split()), PRESETS)
        known = f"Perhaps {' or '.join(near)}?" if near else f"Known: {', '.join(PRESETS)}."
        raise BadRequest(f"Unknown preset “{str(name)[:60]}”. {known}", field="preset") from None


def goal_for(name: str, info: MediaInfo | None = None) -> dict[str, Any]:
    """What the place asks, in the keys of the explain object: Goal fields, and for the timeline ``aspect``, ``fit``,
    ``max_duration_ms``, ``mute``. With ``info`` only what this source needs: nothing is enlarged without a reason."""
    preset = get(name)
    wish: dict[str, Any] = {"format": _format(preset, info)}
    if most := _most_bytes(preset, info):
        wish["max_bytes"] = most
    if preset.palette is False and OUTPUTS[wish["format"]].colour == "palette or direct":
        wish["palette"] = False
    wish |= _size_wish(preset, info)
    if longest := preset.max_duration_ms or preset.stop_after_ms:
        wish["max_duration_ms"] = longest
    fps = _fps_wish(preset, info)
    if fps:
        wish["fps"] = fps
    if preset.max_frames and (info is None or info.frames > preset.max_frames):
        wish["max_frames"] = preset.max_frames
    if preset.stop_after_ms:
        wish["loop"] = _loops_within(preset.stop_after_ms, info)
    elif preset.loop is not None and OUTPUTS[wish["format"]].loops:
        wish["loop"] = preset.loop
    if preset.audio is False:
        wish["mute"] = True
    return wish


def _size_wish(preset: Preset, info: MediaInfo | None) -> dict[str, Any]:
    if preset.width and preset.height:
        square = preset.width == preset.height
        wish: dict[str, Any] = {"width": preset.width, "height": preset.height}
        if square and (info is None or info.width != info.height):
            wish |= {"aspect": "1:1", "fit": "pad"}
            if preset.formats[0] in _CLEAR:
                wish["background"] = "transparent"
        return wish
    if preset.sizes and info is not None and info.width and info.height:
        width, height = _nearest_size(preset.sizes, info)
        return {"width": width, "height": height, "aspect": f"{width}:{height}", "fit": "pad"}
    if info is None or not info.width:
        return {"width": preset.max_width} if preset.max_width and not preset.max_height else {}
    if preset.long_side:
        long, other = ("width", "height") if info.width >= info.height else ("height", "width")
        side = max(1, round(preset.long_side * getattr(info, other) / getattr(info, long)))
        return {long: preset.long_side, other: min(side, preset.long_side)}
    return _within(preset, info)


def _within(preset: Preset, info: MediaInfo) -> dict[str, Any]:
    """The source's own size made smaller where a ceiling asks it, or larger where a floor does."""
    scale = min((preset.max_width or info.width) / info.width, (preset.max_height or info.height) / info.height, 1.0)
    if preset.max_pixels:
        scale = min(scale, (preset.max_pixels / (info.width * info.height)) ** 0.5)
    if preset.max_total_pixels and info.frames:
        frames = min(info.frames, preset.max_frames or info.frames)
        scale = min(scale, (preset.max_total_pixels / (info.width * info.height * frames)) ** 0.5)
    low = max((preset.min_width or 0) / info.width, (preset.min_height or 0) / info.height)
    wish: dict[str, Any] = {}
    if low > 1.0:
        scale = low
    if abs(scale - 1.0) > 1e-9:
        rounded = round if scale > 1.0 else int
        wish = {"width": max(1, rounded(info.width * scale)), "height": max(1, rounded(info.height * scale))}
    width, height = wish.get("width", info.width), wish.get("height", info.height)
    if preset.max_aspect and width > preset.max_aspect * height:  # both sides: bars fill what the picture does not
        wish |= {"width": width, "height": ceil(width / preset.max_aspect)}
    elif preset.min_aspect and width < preset.min_aspect * height:
        wish |= {"width": ceil(preset.min_aspect * height), "height": height}
    return wish


def _format(preset: Preset, info: MediaInfo | None) -> str:
    """The place's first format, or that which a still or what is see-through needs. A GIF where it would take an APNG
    and nothing is half see-through: an APNG has no lossy way, and in few bytes it looks far worse."""
    first = preset.formats[0]
    if info is None:
        return first
    if info.kind == "image":
        return next((name for name in _STILLS if name in preset.formats), first)
    if info.has_alpha and first not in _CLEAR:
        clear = [name for name in preset.formats if name in _CLEAR]
        return info.format if info.format in clear else clear[0] if clear else first
    if first != "apng" or "gif" not in preset.formats:
        return first
    return first if info.has_alpha and info.format != "gif" else "gif"


def _most_bytes(preset: Preset, info: MediaInfo | None) -> int | None:
    still = info is not None and info.kind == "image"
    return preset.still_max_bytes if still and preset.still_max_bytes else preset.max_bytes


def _nearest_size(sizes: tuple[tuple[int, int], ...], info: MediaInfo) -> tuple[int, int]:
    """The allowed size of the most similar shape; among those the largest that does not enlarge, else the smallest."""
    shape = info.width / info.height

    def badness(size: tuple[int, int]) -> tuple[float, bool, int]:
        ratio = (size[0] / size[1]) / shape
        enlarged = size[0] > info.width or size[1] > info.height
        area = size[0] * size[1]
        return (round(max(ratio, 1 / ratio), 2), enlarged, area if enlarged else -area)

    return min(sizes, key=badness)


def _fps_wish(preset: Preset, info: MediaInfo | None) -> float | None:
    """A frame rate only where the source's own would be refused."""
    if preset.min_fps and info is not None and 0 < info.fps < preset.min_fps:
        return preset.min_fps
    ceilings = [preset.max_fps] if preset.max_fps else []
    if preset.below_fps:
        ceilings.append(preset.below_fps - 0.1)  # "slower than 5": 4.9
    if preset.min_frame_ms:
        ceilings.append(min(1000 / preset.min_frame_ms, 50.0))
    if not ceilings:
        return None
    most = min(ceilings)
    if info is None:
        return most if preset.below_fps else None
    return most if info.fps > most else None


def _loops_within(stop_after_ms: int, info: MediaInfo | None) -> int:
    """How many times it may play and still stop in time; once when its length is not known."""
    if info is None or not info.shown_ms:
        return 1
    return max(1, stop_after_ms // info.shown_ms)


def validate(name: str, info: MediaInfo) -> list[Rule]:
    """Every rule of the place, held against a finished file; details inside a stream are not seen here."""
    preset = get(name)
    rules: list[Rule] = []

    def rule(what: str, passed: bool, want: str, got: str) -> None:
        rules.append(Rule(what, passed, want, got, preset.marks.get(what, preset.mark)))

    rule("format", info.format in preset.formats, " or ".join(preset.formats), info.format)
    if preset.codec and info.kind == "video" and info.format in FILMS:
        rule("codec", info.codec.lower().startswith(preset.codec), preset.codec, info.codec)
    if most := _most_bytes(preset, info):
        rule("bytes", info.bytes <= most, f"at most {most:,}", f"{info.bytes:,}")
    made = OUTPUTS.get(info.format)
    if preset.palette is False and made is not None and made.colour == "palette or direct":
        rule("palette", not info.palette, "none", "has one" if info.palette else "none")
    _check_size(preset, info, rule)
    _check_time(preset, info, rule)
    if preset.audio is False:
        rule("audio", not info.has_audio, "none", "has sound" if info.has_audio else "none")
    return rules


def _check_size(preset: Preset, info: MediaInfo, rule: Any) -> None:
    w, h = info.width, info.height
    got = f"{w} x {h}"
    if preset.width and preset.height:
        rule("dimensions", (w, h) == (preset.width, preset.height), f"{preset.width} x {preset.height}", got)
    elif preset.square:
        rule("dimensions", w == h, "square", got)
    if preset.sizes:
        rule("dimensions", (w, h) in preset.sizes, "one of " + ", ".join(f"{a}x{b}" for a, b in preset.sizes), got)
    if preset.long_side:
        rule("dimensions", max(w, h) == preset.long_side, f"the longer side exactly {preset.long_side}", got)
    if preset.max_width or preset.max_height:
        most_w, most_h = preset.max_width or w, preset.max_height or h
        want = f"at most {preset.max_width or 'any'} x {preset.max_height or 'any'}"
        rule("dimensions", w <= most_w and h <= most_h, want, got)
    if preset.min_width or preset.min_height:
        least_w, least_h = preset.min_width or 0, preset.min_height or 0
        rule("dimensions", w >= least_w and h >= least_h, f"at least {least_w} x {least_h}", got)
    if preset.max_pixels:
        rule("pixels", w * h <= preset.max_pixels, f"at most {preset.max_pixels:,}", f"{w * h:,}")
    if preset.max_total_pixels:
        total = w * h * max(info.frames, 1)
        rule("total pixels", total <= preset.max_total_pixels, f"at most {preset.max_total_pixels:,}", f"{total:,}")
    if preset.min_aspect and preset.max_aspect and h:
        want = f"{preset.min_aspect:.2f} to {preset.max_aspect:.2f}"
        rule("aspect", preset.min_aspect - 1e-3 <= w / h <= preset.max_aspect + 1e-3, want, f"{w / h:.2f}")


def _check_time(preset: Preset, info: MediaInfo, rule: Any) -> None:
    seconds = f"{info.duration_ms / 1000:g} s"
    if preset.max_frames:
        rule("frames", info.frames <= preset.max_frames, f"at most {preset.max_frames}", str(info.frames))
    moving = info.frames > 1
    if preset.max_fps and moving:
        rule("fps", info.fps <= preset.max_fps + 0.05, f"at most {preset.max_fps:g}", f"{info.fps:g}")
    if preset.below_fps and moving:
        rule("fps", info.fps < preset.below_fps, f"below {preset.below_fps:g}", f"{info.fps:g}")
    if preset.min_fps and moving:
        rule("fps", info.fps >= preset.min_fps - 0.05, f"at least {preset.min_fps:g}", f"{info.fps:g}")
    if preset.min_frame_ms and moving:
        mean = info.duration_ms / info.frames
        rule(
            "frame time", mean >= preset.min_frame_ms, f"at least {preset.min_frame_ms} ms", f"{mean:.0f} ms on average"
        )
    if preset.max_duration_ms:
        rule(
            "duration",
            info.duration_ms <= preset.max_duration_ms,
            f"at most {preset.max_duration_ms / 1000:g} s",
            seconds,
        )
    if preset.min_duration_ms and (moving or info.kind == "video"):
        rule(
            "duration",
            info.duration_ms >= preset.min_duration_ms,
            f"at least {preset.min_duration_ms / 1000:g} s",
            seconds,
        )
    if preset.stop_after_ms and moving:
        plays = info.loop if info.loop is not None else 1
        total = info.shown_ms * plays
        got = "loops for ever" if plays == 0 else f"{total / 1000:g} s in {plays} plays"
        rule("stops", plays > 0 and total <= preset.stop_after_ms, f"stops by {preset.stop_after_ms / 1000:g} s", got)
