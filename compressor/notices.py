"""Notices about a job for its user: sentences about the source, losses and the result.

``before`` is told before anything is encoded, ``after`` once the file is there, when what was done is known. A remark
with ``warning`` set also stands in the report's ``warnings``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import formats, presets
from .events import Said
from .goal import Goal
from .media import MediaInfo

if TYPE_CHECKING:
    from .search import Best, Stage
    from .timeline import Clip, Draft

SMALL = ("mp4", "webp")  # what is worth a try where a source is packed well already
POOR = 30.0  # SSIMULACRA2: below this a result has little left of its source
LITTLE = 0.05  # of the source's bytes: a saving that is none
LONG_MS = 500  # of sound behind the last picture: less is what encoders fill up
FULL = 0.9  # of the frames of a rate: uneven delays leave slots empty that a source at this rate would fill
SOFT = 0.01  # of the visible pixels: fewer half-transparent ones are not worth a word


def before(stage: Stage, draft: Draft, see_through: bool, asked: Goal, canvas: tuple[int, int]) -> list[Said]:
    """Notices before the work: about the sources, what the format loses and what of ``asked`` they do not have;
    ``see_through``: a source has transparent pixels; ``canvas``: width and height of the timeline."""
    found = [
        *map(_cut, stage.whole.infos),
        *map(_fields, stage.whole.infos),
        *(_sound_cut(stage, clip, info) for clip, info in zip(draft.clips, stage.whole.infos, strict=True)),
        _tone_mapped(stage),
        _transparency_lost(stage, draft, see_through),
        _one_bit(stage),
        _one_picture(stage),
        _no_more_pixels(asked, canvas),
        _no_more_frames(stage, asked),
    ]
    for kind in sorted({info.unread_sound for info in stage.whole.infos} - {""}):
        text = f"Its sound is coded as {kind}, which cannot be read, so it was left out."
        found.append(Said(text=text, code="sound_left_out", warning=True))
    if stage.whole.has_audio and stage.codec.spec.sound is None:
        name = stage.codec.spec.label
        found.append(Said(text=f"{name} has no sound, so the sound was left out.", code="sound_left_out"))
    return [*(said for said in found if said is not None), *_size(stage)]


def after(stage: Stage, best: Best, found: MediaInfo, canvas: int) -> list[Said]:
    """Notices about the result; ``canvas`` is the timeline's own width."""
    size = [
        _added_frames(stage, best, found),
        _larger(stage, found),
        _little_saved(stage, found),
        _small(stage, found, canvas),
    ]
    return [said for said in (_sound(best), _place(stage, found), *size, _poor(stage, best)) if said is not None]


def _cut(info: MediaInfo) -> Said | None:
    if not info.cut:
        return None
    text = "The file is cut off: what arrived of it was used."
    if info.whole_ms > info.shown_ms > 0:
        there, whole = info.shown_ms / 1000, info.whole_ms / 1000
        text = f"The file is cut off: of {whole:.1f} seconds, {there:.1f} arrived and were used."
    return Said(text=text, code="cut_off", warning=True)


def _sound_cut(stage: Stage, clip: Clip, info: MediaInfo) -> Said | None:
    """Of a clip that is played to its end, with sound that would go on."""
    left_ms = info.sound_ms - info.shown_ms
    heard = stage.whole.has_audio and stage.codec.spec.sound is not None
    if left_ms < LONG_MS or clip.to_ms is not None or not heard:
        return None
    text = f"Its sound goes on for {left_ms / 1000:.1f} s after the last picture; that part was left out."
    return Said(text=text, code="sound_cut", warning=True)


def _fields(info: MediaInfo) -> Said | None:
    if not info.scan:
        return None
    if info.scan == "telecine":
        text = "The source is a film that was stretched to video's rate (telecine); its own pictures were restored."
    else:
        text = "The source is interlaced; it was deinterlaced, so that nothing shows combs."
    return Said(text=text, code="deinterlaced")


def _tone_mapped(stage: Stage) -> Said | None:
    kinds = " and ".join(sorted({info.hdr for info in stage.whole.infos if info.hdr}))
    if not kinds:
        return None
    text = f"The source is HDR ({kinds}); it was tone-mapped to SDR (BT.709), with 203 nits as white."
    return Said(text=text, code="tone_mapped", warning=True)


def _transparency_lost(stage: Stage, draft: Draft, see_through: bool) -> Said | None:
    filled = draft.meta.background not in (None, "transparent") or stage.goal.transparent is False
    if stage.codec.spec.has_alpha or not see_through or filled:
        return None
    name = stage.codec.spec.label
    text = f"{name} has no transparency: what is transparent in the source is grey in the result. "
    return Said(text=text + f"{formats.listed(formats.with_alpha())} keep it.", code="transparency_lost", warning=True)


def _one_bit(stage: Stage) -> Said | None:
    if stage.glass < SOFT:
        return None
    text = f"{stage.codec.spec.label} has no half-transparent pixels, so they were dithered. "
    return Said(
        text=text + f"{formats.listed(formats.with_alpha(full=True))} keep them.", code="one_bit_alpha", warning=True
    )


def _one_picture(stage: Stage) -> Said | None:
    spec = stage.codec.spec
    if spec.animated or not any(info.animated for info in stage.whole.infos):
        return None
    text = f"{spec.label} holds one picture, the first; say a time for another one."
    return Said(text=text, code="one_picture")


def _no_more_pixels(asked: Goal, canvas: tuple[int, int]) -> Said | None:
    """The short side is the only wish for a size that never enlarges."""
    if not asked.short_side or asked.short_side <= min(canvas):
        return None
    text = f"The source has only {min(canvas)} px on its short side, not {asked.short_side}: it was not made larger."
    return Said(text=text, code="no_more_pixels", warning=True)


def _no_more_frames(stage: Stage, asked: Goal) -> Said | None:
    frames, seconds = stage.whole.frame_count, stage.whole.duration_us / 1_000_000
    if not asked.fps or not stage.codec.spec.animated or frames < 2 or frames >= FULL * asked.fps * seconds:
        return None
    own = f"{frames / seconds:.1f}".removesuffix(".0")
    text = f"It has {own} frames a second, not {asked.fps:g}: frames are left out, never made up."
    return Said(text=text, code="no_more_frames", warning=True)


def _size(stage: Stage) -> list[Said]:
    found = []
    if stage.size is not None or stage.fps != stage.goal.fps:
        name = stage.codec.spec.label
        pace = f" at {round(stage.fps)} frames a second" if stage.fps else ""
        text = f"A film gets heavy as {name}, so this one is made {stage.whole.width} px wide{pace}. "
        found.append(Said(text=text + "Ask for another width or rate, and it is made so.", code="lightened"))
    return found


def _sound(best: Best) -> Said | None:
    """Only of sound that was coded: a copy's is untouched."""
    settings = best.made.plan.settings
    rate = settings.get("audio_bitrate")
    if settings.get("source") or not rate or not best.composition.has_audio:
        return None
    spec = formats.output(best.made.plan.format)
    if spec is None or spec.sound is None or rate >= spec.sound.bitrates[0]:
        return None
    text = f"The sound is coded with {rate // 1000} kbit/s, so that the picture has room."
    return Said(text=text, code="sound_lowered")


def _place(stage: Stage, found: MediaInfo) -> Said | None:
    """The rules of the place that the result breaks (a source may be too short); bytes are spoken of elsewhere."""
    if not stage.goal.preset:
        return None
    rules = [rule for rule in presets.validate(stage.goal.preset, found) if not rule.passed and rule.name != "bytes"]
    if not rules:
        return None
    told = "; ".join(f"{rule.name}: {rule.want}, this is {rule.got}" for rule in rules)
    return Said(text=f"{stage.goal.preset} may not take it ({told}).", code="place_rules", warning=True)


def _added_frames(stage: Stage, best: Best, found: MediaInfo) -> Said | None:
    """Our GIFs may store a frame that only wipes what goes; a copy has its source's frames."""
    pictures = stage.whole.frame_count
    if found.format != "gif" or found.frames <= pictures or best.made.plan.settings.get("source"):
        return None
    text = f"It stores {found.frames} frames for {pictures} pictures: the others only clear what vanishes, "
    return Said(text=text + "which takes fewer bytes.", code="added_frames")


def _larger(stage: Stage, found: MediaInfo) -> Said | None:
    """Where more was asked for than there was."""
    if not stage.source_bytes or found.bytes <= stage.source_bytes or not stage.same_format:
        return None
    text = f"It is larger than the source ({found.bytes:,} bytes, {stage.source_bytes:,} before): {_wish(stage.goal)}."
    return Said(text=text, code="larger_than_source", warning=True)


def _wish(goal: Goal) -> str:
    if goal.lossless:
        return "without loss it cannot be smaller"
    if goal.quality is not None:
        return f"a quality of {goal.quality:g} needs that"
    return "more pixels or more time were asked for" if _asked_size(goal) else "its smallest was not smaller"


def _little_saved(stage: Stage, found: MediaInfo) -> Said | None:
    goal, source = stage.goal, stage.source_bytes
    asked = goal.max_bytes or goal.quality is not None or goal.lossless or goal.preset or _asked_size(goal)
    if asked or not source or not (1 - LITTLE) * source < found.bytes <= source:
        return None
    saved = 100 * (source - found.bytes) / source
    rows = [formats.OUTPUTS[name] for name in SMALL if name != stage.codec.format]
    others = [row.label for row in rows if row.has_alpha or not stage.whole.has_alpha]
    ways = [f"another format ({' or '.join(others)})"] if others else []
    ways += [f"a smaller width (for example {found.width // 2} px)"] if found.width >= 64 else []
    ways += [f"a limit in bytes (for example {source // 2:,})"]
    text = f"Only {saved:.0f} % smaller: the source is packed well already. What would help: {', '.join(ways)}."
    return Said(text=text, code="little_saved", warning=True)


def _asked_size(goal: Goal) -> bool:
    return bool(goal.width or goal.height or goal.scale or goal.short_side)


def _small(stage: Stage, found: MediaInfo, canvas: int) -> Said | None:
    if _asked_size(stage.goal) or stage.goal.preset or 2 * found.width >= canvas:
        return None
    shrunk = stage.max_bytes and found.width < stage.whole.width
    why = f"the limit of {stage.max_bytes:,} bytes has no room for more" if shrunk else "ask for a width to change it"
    text = f"It is {found.width} px wide, less than half of the source's {canvas}: {why}."
    return Said(text=text, code="small", warning=True)


def _poor(stage: Stage, best: Best) -> Said | None:
    quality = best.made.quality
    if quality is None or quality.mean >= POOR:
        return None
    text = f"Little is left of what the source looks like: {quality.mean:.0f} of 100; "
    text += "from 90 on nobody sees a difference."
    if stage.max_bytes:
        text += " A higher limit or a shorter piece would look better."
    elif stage.glass:
        text += " A format with half-transparent pixels would look better."
    return Said(text=text, code="poor", warning=True)
