"""Describes the limits of a place, and checks a file against them, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compressor import presets
from compressor.media import MediaInfo
from compressor.message_catalogue import Words
from compressor.number_format import apart, capital, exact, limited, listed, named, number, pixels, seconds, size
from compressor.presets import Preset
from compressor.setting_labels import codec_name, format_name, place_name
from gifweb.studio.project_snapshot import Facts, Result


def limits(place: str, say: Words) -> str:
    """Return all limits of a place as one sentence."""
    preset = presets.PRESETS.get(place)
    if preset is None:
        return ""
    asked = [text for texts in _asked(preset, say).values() for text in texts]
    return say("{place}: {limits}.", place=capital(place_name(place, say)), limits=listed(asked, say))


def fits(about: Mapping[str, Any], facts: Facts, say: Words) -> list[str]:
    """Say whether the last result, or else the source, meets the limits of the place or the size in question."""
    standing, last = facts.standing, facts.last
    if standing.info is None:
        return [say("There is no file yet: upload one first.")]
    place = str(about.get("preset") or facts.place)
    if place not in presets.PRESETS:
        return _within(about, facts, say)
    if about.get("max_bytes") or about.get("max_frames"):
        return _takes(place, about, say)
    info = info_of(last) if last else standing.info
    name = place_name(place, say)
    failed = [rule for rule in presets.validate(place, info) if not rule.passed]
    if not failed:
        most = presets.PRESETS[place].max_bytes
        have = [size(info.bytes, say, most), format_name(info.format), pixels(info.width, info.height, say)]
        if most:
            have[0] = say("{size} of at most {limit}", size=have[0], limit=exact(most, say))
        told = listed(have, say)
        if last:
            return [say("Yes, the last result passes for {place}: {facts}.", place=name, facts=told)]
        return [say("Yes, the file passes for {place} as it is: {facts}.", place=name, facts=told)]
    why = listed([_failure(rule, presets.PRESETS[place], info, say) for rule in failed], say, apart=True)
    if last:
        told = say("No, the last result does not pass for {place}: {rules}.", place=name, rules=why)
    else:
        told = say("No, the file does not pass for {place} as it is: {rules}.", place=name, rules=why)
    if standing.goal.preset == place:
        return [told, say("The next export is made to fit; say “export”.")]
    return [told, apart(say("Say “for {place}” and it is made to fit.", place=name), say)]


def _takes(place: str, about: Mapping[str, Any], say: Words) -> list[str]:
    """Say whether the place accepts this many bytes or frames."""
    most, wanted = presets.PRESETS[place].max_bytes, about.get("max_bytes")
    if not most or not isinstance(wanted, int | float):
        return [limits(place, say)]
    name, limit, has = place_name(place, say), exact(most, say), size(wanted, say, most)
    if wanted <= most:
        return [say("Yes: {place} takes up to {limit}, so {size} are fine.", place=name, limit=limit, size=has)]
    return [say("No: {place} takes at most {limit}, and {size} are more.", place=name, limit=limit, size=has)]


def _within(about: Mapping[str, Any], facts: Facts, say: Words) -> list[str]:
    limit = about.get("max_bytes") or facts.standing.ceiling
    if not isinstance(limit, int | float):
        return [say("Which place or which size do you mean? Name it, for example “Slack emoji” or “500 KB”.")]
    has = facts.last.bytes if facts.last else facts.standing.source_bytes
    now, most = size(has, say, limit), exact(limit, say)
    if facts.last:
        if has <= limit:
            return [say("Yes: the last result is {size}, at most {limit} are allowed.", size=now, limit=most)]
        return [say("No: the last result is {size}, and at most {limit} are allowed.", size=now, limit=most)]
    if has <= limit:
        return [say("Yes: the file is {size}, at most {limit} are allowed.", size=now, limit=most)]
    return [
        say(
            "Not as it is: the file is {size}, and at most {limit} are allowed. Say “export” and it is made to fit.",
            size=now,
            limit=most,
        )
    ]


def info_of(last: Result) -> MediaInfo:
    """Return the facts of a result for the validator. The report does not say whether it has sound; assume none."""
    made: Mapping[str, Any] = last.report.get("output") or {}
    frames = last.frames or int(made.get("frames") or 1)
    shown = int(made.get("shown_ms") or last.duration_ms)
    return MediaInfo(
        format=last.format,
        kind="video" if frames > 1 else "image",
        codec=str(made.get("codec") or last.format),
        bytes=last.bytes,
        width=last.width,
        height=last.height,
        frames=frames,
        duration_ms=last.duration_ms,
        shown_ms=shown,
        fps=last.fps or (frames * 1000 / shown if shown else 0.0),
        loop=made.get("loop"),
    )


def _failure(rule: presets.Rule, preset: Preset, info: MediaInfo, say: Words) -> str:
    """Describe a rule that is not met, with the file's value; marked when the rule is not confirmed."""
    asked = _asked(preset, say).get(rule.name, [])
    text = asked[0] if asked else rule.name
    if len(asked) > 1:  # minimum and maximum of one value: the one that is not met
        text = asked[0] if _above(rule.name, preset, info) else asked[1]
    got = _got(rule.name, preset, info, say)
    if got:
        text = say("{rule} (this: {got})", rule=text, got=got)
    return say("{rule}, which is not confirmed", rule=text) if rule.mark == "U" else text


def _above(name: str, preset: Preset, info: MediaInfo) -> bool:
    if name == "dimensions":
        return info.width > (preset.max_width or info.width) or info.height > (preset.max_height or info.height)
    if name == "fps":
        return info.fps > (preset.max_fps or info.fps)
    return info.duration_ms > (preset.max_duration_ms or info.duration_ms)


def _got(name: str, preset: Preset, info: MediaInfo, say: Words) -> str:
    if name == "bytes":
        return size(info.bytes, say, preset.max_bytes)
    if name in ("dimensions", "pixels", "aspect", "total pixels"):
        return pixels(info.width, info.height, say)
    if name == "frames":
        return number(info.frames, say)
    if name == "fps":
        return number(info.fps, say)
    if name == "duration":
        return seconds(info.duration_ms, say)
    if name == "format":
        return format_name(info.format)
    return codec_name(info.codec) if name == "codec" else ""


def _asked(preset: Preset, say: Words) -> dict[str, list[str]]:
    """Return rule name (of ``presets.validate``) → sentence; the maximum before the minimum."""
    found: dict[str, list[str]] = {
        "format": [say("only {formats}", formats=named([format_name(f) for f in preset.formats], say))]
    }
    if preset.codec:
        found["codec"] = [say("video as {codec}", codec=codec_name(preset.codec))]
    if preset.max_bytes:
        found["bytes"] = [limited(preset.max_bytes, say)]
    if dimensions := _dimensions(preset, say):
        found["dimensions"] = dimensions
    if preset.max_pixels:
        found["pixels"] = [say("at most {n} pixels in a picture", n=number(preset.max_pixels, say))]
    if preset.max_total_pixels:
        found["total pixels"] = [
            say("at most {n} pixels in all frames together", n=number(preset.max_total_pixels, say))
        ]
    if preset.min_aspect and preset.max_aspect:
        found["aspect"] = [
            say("at most {n} times as long on one side as on the other", n=number(preset.max_aspect, say, 1))
        ]
    if preset.max_frames:
        found["frames"] = [say.many("at most {n} frame", "at most {n} frames", preset.max_frames)]
    rates = []
    if preset.max_fps:
        rates.append(say("at most {n} frames per second", n=number(preset.max_fps, say)))
    if preset.below_fps:
        rates.append(say("fewer than {n} frames per second", n=number(preset.below_fps, say)))
    if preset.min_fps:
        rates.append(say("at least {n} frames per second", n=number(preset.min_fps, say)))
    if rates:
        found["fps"] = rates
    if preset.min_frame_ms:
        found["frame time"] = [say("each frame for at least {n} ms", n=preset.min_frame_ms)]
    times = []
    if preset.max_duration_ms:
        times.append(say("at most {time} long", time=seconds(preset.max_duration_ms, say)))
    if preset.min_duration_ms:
        times.append(say("at least {time} long", time=seconds(preset.min_duration_ms, say)))
    if times:
        found["duration"] = times
    if preset.stop_after_ms:
        found["stops"] = [say("over within {time}, repeats included", time=seconds(preset.stop_after_ms, say))]
    if preset.audio is False:
        found["audio"] = [say("without sound")]
    return found


def _dimensions(preset: Preset, say: Words) -> list[str]:
    if preset.width and preset.height:
        return [say("exactly {size}", size=pixels(preset.width, preset.height, say))]
    if preset.square:
        return [say("square")]
    if preset.sizes:
        some = named([pixels(*pair, say) for pair in ((300, 250), (728, 90)) if pair in preset.sizes], say)
        return [say.many("one fixed size ({some})", "one of {n} fixed sizes ({some} …)", len(preset.sizes), some=some)]
    if preset.long_side:
        return [say("exactly {n} px on the longer side", n=preset.long_side)]
    found = []
    if preset.max_width and preset.max_height:
        found.append(say("at most {size}", size=pixels(preset.max_width, preset.max_height, say)))
    elif preset.max_width:
        found.append(say("at most {n} px wide", n=preset.max_width))
    if preset.min_width and preset.min_height:
        found.append(say("at least {size}", size=pixels(preset.min_width, preset.min_height, say)))
    return found
