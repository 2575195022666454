"""Runs one job from source files to one result: probe → compose → search → verify → rename.

``make`` runs inside the sandbox's child (or, for debugging, in this process). It reports progress as events
and leaves either the finished file or nothing: the result appears by an atomic rename.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import formats, frame_bytes
from .errors import BadRequest, UnsupportedMedia
from .events import Event, Finished, Probed, Said
from .goal import Goal
from .input_limits import Limits

if TYPE_CHECKING:
    from .media import MediaInfo
    from .progress import Progress
    from .search import Best, Stage
    from .timeline import Draft

Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Job:
    """A file to make, JSON-safe. ``draft`` None: the first source, untouched. ``out``: a path of our choosing."""

    sources: dict[str, str]
    out: str
    goal: dict[str, Any] = field(default_factory=dict)
    draft: dict[str, Any] | None = None
    encoder: str | None = None
    limits: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a job came to; ``to_json`` is what ``--json`` prints."""

    path: str
    value: dict[str, Any]
    fits: bool = True
    would_fit: str = ""

    def to_json(self) -> dict[str, Any]:
        return dict(self.value)


def finished(report: Report) -> Finished:
    return Finished(path=report.path, report=report.to_json(), fits=report.fits, would_fit=report.would_fit)


def make(job: Job, hear: Tell) -> Report:
    """Do the job. The last event told is Finished; what goes wrong is raised from the tree in ``errors``.

    A ceiling that cannot be met is no error here: the closest is kept and the report says ``fits=False``.
    """
    from . import notices
    from .progress import Progress
    from .search import search
    from .timeline import natural_size

    begun = time.perf_counter()
    out = Path(job.out)
    warnings: list[str] = []

    def tell(event: Event) -> None:
        if isinstance(event, Said) and event.warning:
            warnings.append(event.text)
        hear(event)

    progress = Progress(tell)
    progress.reach("reading", 1)
    infos = _probed(job)
    tell(Probed(infos={key: info.to_json() for key, info in infos.items()}))
    progress.reach("reading", 3)
    asked = Goal.from_json(job.goal)
    asked_for = formats.output(asked.format or (formats.holder(asked.codec) if asked.codec else None))
    keeps = asked_for is not None and asked_for.has_alpha  # then nobody asks whether there is something to lose
    clips = {clip.media for clip in _draft(job, infos).clips}  # beneath a layer nothing shows through
    clear = not keeps and any(see_through(Path(job.sources[key]), infos[key]) for key in infos.keys() & clips)
    goal, said = settled(asked, infos, clear)
    stage: Stage | None = None
    try:
        draft, cut = _placed(_draft(job, infos), goal, infos)
        stage = _stage(job, draft, goal, infos, out, progress)
        canvas = natural_size(draft, infos)
        notes = [Said(text=text, code="format") for text in said + cut]
        for event in [*notes, *notices.before(stage, draft, clear, asked, canvas)]:
            tell(event)
        best = search(stage)
        if best.below:
            tell(Said(text=best.below, code="below_quality"))
        progress.reach("verifying", 97)
        found = _verified(stage, best)
        if best.made.attempt.quality is None:
            _measured(stage, best)
        for event in notices.after(stage, best, found, canvas[0]):
            tell(event)
        os.replace(best.made.path, out)
        report = _report(out, infos, stage, best, found, warnings, time.perf_counter() - begun)
        progress.reach("verifying", 100)
    finally:
        if stage is not None:
            stage.close()
    tell(finished(report))
    return report


def stage_of(job: Job, asked: Goal, progress: Progress) -> Stage:
    """What the search of a job begins with, where the goal is ``asked``; to be closed."""
    infos = _probed(job)
    goal, _said = settled(asked, infos)
    draft, _cut = _placed(_draft(job, infos), goal, infos)
    return _stage(job, draft, goal, infos, Path(job.out), progress)


def _probed(job: Job) -> dict[str, MediaInfo]:
    from .probe import probe

    if not job.sources:
        raise BadRequest("There is nothing to work on.", field="sources")
    limits = Limits(**job.limits) if job.limits else Limits()
    return {key: probe(path, limits) for key, path in job.sources.items()}


def settled(goal: Goal, infos: dict[str, MediaInfo], clear: bool = False) -> tuple[Goal, list[str]]:
    """The goal with everything decided that follows from the sources: format, ratio, what a format cannot do.
    ``clear``: a source has transparent pixels."""
    said = []
    main = infos[_main(infos)]
    if goal.preset:
        goal = _with_preset(goal, main)
    if goal.format is None and goal.codec is not None:
        goal = replace(goal, format=formats.holder(goal.codec))
    if goal.format is None:
        goal = replace(goal, format=usual_format(main, clear and goal.transparent is not False))
    if goal.max_ratio is not None:
        ceiling = max(1, int(main.bytes * goal.max_ratio))
        goal = replace(goal, max_bytes=min(ceiling, goal.max_bytes or ceiling), max_ratio=None)
    spec = formats.output(goal.format)
    if goal.lossless and spec is not None and not spec.exact:
        said.append(f"{spec.label} cannot be lossless in every player; this is as near as it gets.")
    return goal, said


_LOOKED_PIXELS = 20_000_000


def usual_format(info: MediaInfo, clear: bool) -> str:
    """The format where none was asked for: MP4, but PNG for a still, and one that keeps transparency where there is
    some: GIF for a GIF, WebP for an APNG (an APNG within few bytes looks far worse), WebM for a film."""
    if info.kind != "video":
        return formats.STILL
    return formats.INPUTS[info.format].keeps_alpha_as if clear else formats.USUAL


def see_through(path: Path, info: MediaInfo) -> bool:
    """Whether some pixel is transparent: many files have an alpha channel in which nothing is. As many frames are
    looked at as take no time worth mentioning."""
    if not info.has_alpha:
        return False
    from .decode import frames

    most = max(1, _LOOKED_PIXELS // max(info.width * info.height, 1))
    return any((frame.rgba[..., 3] < 255).any() for frame in islice(frames(path, info), most))


def _with_preset(goal: Goal, main: MediaInfo) -> Goal:
    """What the place asks for, where the person did not ask for something else; the smaller ceiling wins."""
    from . import presets

    asked = goal.to_json()
    wish = presets.goal_for(str(goal.preset), main)
    ceilings = [n for n in (asked.get("max_bytes"), wish.get("max_bytes")) if n]
    merged = wish | asked
    if most := presets.get(str(goal.preset)).max_frames:
        merged["max_frames"] = min(most, asked.get("max_frames") or most)
    if ceilings:
        merged["max_bytes"] = min(ceilings)
    return Goal.from_json(merged)


def _main(infos: dict[str, MediaInfo]) -> str:
    key = next((key for key, info in infos.items() if info.kind != "audio"), None)
    if key is None:
        raise UnsupportedMedia("There is no picture among the files, only sound.")
    return key


def _draft(job: Job, infos: dict[str, MediaInfo]) -> Draft:
    from .timeline import Draft, draft_for

    main = _main(infos)
    return Draft.from_json(job.draft) if job.draft else draft_for(main, infos[main], "")


PLACE_WISHES = ("max_duration_ms", "mute")  # what a place asks of the timeline; shapes are asked by sizes


def _placed(draft: Draft, goal: Goal, infos: dict[str, MediaInfo]) -> tuple[Draft, list[str]]:
    """The timeline as the goal's place takes it, and what was changed for that."""
    from . import presets
    from .timeline import apply, edits_from_explain
    from .timeline.draft import VIDEO, with_segments

    if not goal.preset:
        return draft, []
    main = infos[_main(infos)]
    wish = {k: v for k, v in presets.goal_for(goal.preset, main).items() if k in PLACE_WISHES}
    if draft.d_ms <= wish.get("max_duration_ms", draft.d_ms):
        wish.pop("max_duration_ms", None)
    said = []
    if "max_duration_ms" in wish:
        seconds = wish["max_duration_ms"] / 1000
        said.append(f"Cut to its first {seconds:g} s: {goal.preset} takes no more.")
    for edit in edits_from_explain(wish, draft, infos):
        draft = apply(draft, edit, infos).draft
    least_ms = presets.get(goal.preset).min_duration_ms or 0
    times = -(-least_ms // draft.d_ms) if draft.d_ms else 1
    if times > 1 and len(draft.clips) == 1:
        draft = with_segments(draft, VIDEO, draft.clips * times)
        said.append(f"Played {times} times: {goal.preset} takes nothing under {least_ms / 1000:g} s.")
    return draft, said


def _stage(job: Job, draft: Draft, goal: Goal, infos: dict[str, MediaInfo], out: Path, progress: Progress) -> Stage:
    from . import hardware
    from .codecs import by_format
    from .compose import Composition, compose, default_size, edge
    from .search import Stage, Workspace

    main_id = _main(infos)
    sources = {key: (Path(path), infos[key]) for key, path in job.sources.items()}
    codec = by_format(str(goal.format), goal.codec)

    reference: Composition | None = None
    way = "stretch"

    def composed(size: tuple[int, int] | None, fps: float | None) -> Composition:
        return compose(draft, sources, replace(goal, fps=fps), size, work=out.parent, edge=way)

    if codec.spec.even_sides:
        plain = compose(draft, sources, goal, work=out.parent, edge="none")
        if (plain.width, plain.height) != composed(None, goal.fps).size.out:
            way, reference = edge(plain.frames(), plain.frame_count), plain
    whole = composed(None, goal.fps)
    if min(whole.width, whole.height) < codec.can.least_side:
        name = formats.CODECS.get(codec.codec, codec.codec)
        raise BadRequest(f"{name} needs sides of {codec.can.least_side} pixels at least.", field="codec")
    shown = [infos[clip.media] for clip in draft.clips]
    size, fps = default_size(goal, shown, (whole.width, whole.height), whole.duration_us)
    encoder = ""
    if codec.can.cards:
        info = infos[main_id]
        pixels = info.width * info.height * max(info.frames, 1)
        encoder = hardware.choose(codec.codec, pixels=pixels, wish=job.encoder)
        encoder = "" if encoder == hardware.SOFTWARE[codec.codec] else encoder
    return Stage(
        compose=composed,
        codec=codec,
        goal=goal,
        workspace=Workspace(out.parent, out.name),
        progress=progress,
        encoder=encoder,
        source_format=infos[main_id].format,
        source_bytes=infos[main_id].bytes if _all_of(draft) else 0,
        max_bytes=goal.max_bytes,
        size=size,
        fps=fps or goal.fps,
        reference=reference,
    )


def _all_of(draft: Draft) -> bool:
    """The draft is one clip from its beginning to its end."""
    clip = draft.clips[0]
    whole = not clip.from_ms and clip.to_ms is None and clip.speed >= 1 and not clip.boomerang
    return len(draft.clips) == 1 and whole and not draft.titles and not draft.sounds


def _verified(stage: Stage, best: Best) -> MediaInfo:
    """All of the file is decoded and held to what was promised."""
    from .verify import Promise, check

    plan, composition = best.made.plan, stage.whole
    if plan.settings.get("source"):
        from .probe import probe

        return probe(best.made.path)
    spec = stage.codec.spec
    return check(
        best.made.path,
        Promise(
            format=spec.name,
            width=plan.width,
            height=plan.height,
            duration_us=composition.duration_us,
            loop=composition.loop if spec.loops else None,
            codec=stage.codec.codec if spec.film else None,
            audio=composition.has_audio and spec.sound is not None and stage.sound,
            max_bytes=stage.max_bytes if best.fits else None,
        ),
    )


def _measured(stage: Stage, best: Best) -> None:
    from .search import Bench

    Bench(stage).look(best.made)


def _report(
    out: Path,
    infos: dict[str, MediaInfo],
    stage: Stage,
    best: Best,
    found: MediaInfo,
    warnings: list[str],
    seconds: float,
) -> Report:
    """The object that ``--json`` prints."""
    main = next(info for info in infos.values() if info.kind != "audio")
    quality = best.made.quality
    value: dict[str, Any] = {
        "input": {
            "bytes": main.bytes,
            "format": main.format,
            "width": main.width,
            "height": main.height,
            "frames": main.frames,
            "duration_ms": main.duration_ms,
            "shown_ms": main.shown_ms,
            "loop": main.loop,
        },
        "output": {
            "path": str(out),
            "bytes": found.bytes,
            "format": found.format,
            "codec": found.codec,
            "width": found.width,
            "height": found.height,
            "frames": found.frames,
            "duration_ms": found.duration_ms,
            "shown_ms": found.shown_ms,
            "loop": found.loop,
        },
        "quality": quality.to_json() if quality is not None else None,
        "frame_bytes": frame_bytes.along(out, found),
        "attempts": [attempt.to_json() for attempt in best.attempts],
        "encoder": str(best.made.plan.settings.get("encoder") or _software(stage)),
        "max_bytes": stage.max_bytes,
        "fits": best.fits,
        "would_fit": best.would_fit,
        "warnings": warnings,
        "seconds": round(seconds, 3),
    }
    return Report(str(out), value, best.fits, best.would_fit)


def _software(stage: Stage) -> str:
    """The name of the encoder, or of the codec where it is our own."""
    coding = stage.codec.spec.coding(stage.codec.codec)
    return (coding.encoder if coding is not None else "") or stage.codec.codec
