"""The files of a project as they stand: which one is worked on, and the draft and goal of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compressor.deciding import Before
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft, Edit, edit_from_json, edits
from gifweb.renders.models import Render, State

from . import drafts
from .models import Media, Project, Revision
from .project_state import Result, Standing

BACK = 10  # so many revisions are looked at for what a correction may reach
RESULTS = 50  # so many finished renders are looked through for a file's last one


@dataclass(frozen=True, slots=True)
class Piece:
    """The draft and the goal of one file."""

    draft: Draft
    goal: Goal

    def to_json(self) -> dict[str, Any]:
        return {"draft": self.draft.to_json(), "goal": self.goal.to_json()}


@dataclass(frozen=True, slots=True)
class Bench:
    """``current`` is the id of the file worked on, "" before the first; ``pieces`` are those of the files that were
    worked on; ``media`` all files in the order of uploads. ``results`` keeps the last results that were looked up."""

    current: str
    pieces: Mapping[str, Piece]
    media: Sequence[Media] = ()
    infos: Mapping[str, MediaInfo] = field(default_factory=dict)
    results: dict[str, Result | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def names(self) -> dict[str, str]:
        """Media id → file name, in the order of uploads."""
        return {m.public_id: m.name for m in self.media}

    def piece(self, media: str) -> Piece:
        """The file's own, or what it is after its upload."""
        if media in self.pieces:
            return self.pieces[media]
        found = [m for m in self.media if m.public_id == media]
        return Piece(drafts.first(found) if found else Draft(), Goal())

    def standing(self, media: str | None = None) -> Standing:
        """What stands of a file; left out, of the one worked on."""
        key = self.current if media is None else media
        piece = self.piece(key)
        return Standing(piece.draft, piece.goal, key, self.names.get(key, ""), self.infos.get(key), self.infos)

    def with_piece(self, media: str, draft: Draft, goal: Goal) -> Bench:
        return replace(self, pieces={**self.pieces, media: Piece(draft, goal)})

    @property
    def wished(self) -> list[str]:
        """The files that something was asked of, in the order of uploads."""
        blank = replace(self, pieces={})
        return [m for m in self.names if m in self.pieces and self.pieces[m] != blank.piece(m)]


def of(project: Project) -> Bench:
    media = drafts.media_of(project)
    revision = project.revisions.filter(number=project.draft_number).first()
    return _of(revision, project.goal, media)


def _of(revision: Revision | None, goal: Mapping[str, Any], media: Sequence[Media]) -> Bench:
    draft = Draft.from_json(revision.draft) if revision else Draft()
    current = (revision.media if revision else "") or _shown(draft)
    others = revision.others if revision else {}
    pieces = {key: Piece(Draft.from_json(one["draft"]), Goal.from_json(one["goal"])) for key, one in others.items()}
    pieces[current] = Piece(draft, Goal.from_json(dict(goal)))
    return Bench(current, pieces, media, {m.public_id: m.info for m in media})


def _shown(draft: Draft) -> str:
    """The file that a draft from before files had drafts of their own is about: its first."""
    if draft.clips:
        return draft.clips[0].media
    return next((s.media for s in draft.sounds if s.media), "")


def uploaded(project: Project, media: Sequence[Media]) -> Bench:
    """The project as it was right after the upload: the first file shown whole, nothing asked."""
    if not media:
        return Bench("", {}, media)
    draft = drafts.first(media)
    infos = {m.public_id: m.info for m in media}
    return Bench(_shown(draft), {_shown(draft): Piece(draft, Goal())}, media, infos)


def save(project: Project, bench: Bench, sentence: str, cause: Mapping[str, Any] | None = None) -> Revision:
    """The next revision of the project; see ``drafts.save``."""
    piece = bench.piece(bench.current)
    others = {key: one.to_json() for key, one in bench.pieces.items() if key and key != bench.current}
    return drafts.save(
        project, piece.draft, piece.goal, sentence, media=bench.current, others=others, cause=dict(cause or {})
    )


def past(project: Project, bench: Bench, media: str) -> list[Before]:
    """What stood of a file before each of the last messages that can be made again, the nearest first."""
    rows = {r.number: r for r in project.revisions.filter(number__lte=project.draft_number).order_by("-number")[:BACK]}
    found: list[Before] = []
    made: list[Edit] = []
    number = project.draft_number
    while number in rows and isinstance(all_edits := rows[number].cause.get("edits"), dict):
        # A correction was made from what stood before the message that it corrects.
        base = int((rows[number].cause.get("base") or {}).get(media, number - 1))
        if base not in rows:
            break
        try:
            made = [*(edit_from_json(e) for e in all_edits.get(media, ())), *made]
        except BadRequest:  # an edit of an older release
            break
        stood = _of(rows[base], rows[base].goal, bench.media).standing(media)
        explain = rows[number].cause.get("explain") if media in all_edits else None
        found.append(Before(stood, tuple(made), explain or {}, base))
        number = base
    return found


def recent_text(project: Project, bench: Bench, media: str) -> int | None:
    """The number of the text that was spoken of last, where it can be told."""
    for before in past(project, bench, media):
        spoken = [e for e in before.edits if isinstance(e, edits.AddText | edits.ChangeText | edits.RemoveText)]
        if not spoken:
            continue
        last = spoken[-1]
        if isinstance(last, edits.ChangeText):
            return last.number
        if isinstance(last, edits.AddText) and len(spoken) == 1:
            return len(bench.piece(media).draft.titles) - 1
        return None
    return None


def source_of(render: Render) -> str:
    """The file that a render was made of: the one that was worked on, else the first on its timeline."""
    return str(render.understood.get("media") or (render.sources[0] if render.sources else ""))


def last_result(project: Project, bench: Bench, media: str) -> Result | None:
    """The last finished result of a file, as it was measured."""
    if media not in bench.results:
        bench.results[media] = _last_result(project, bench, media)
    return bench.results[media]


def _last_result(project: Project, bench: Bench, media: str) -> Result | None:
    done = project.renders.filter(state=State.FINISHED).only("understood", "sources")[:RESULTS]
    found = next((r.pk for r in done if source_of(r) == media), None)
    if found is None:
        return None
    render = Render.objects.get(pk=found)
    facts, report = render.result_facts, render.report
    quality = report.get("quality")
    mean = quality.get("mean") if isinstance(quality, Mapping) else None
    return Result(
        bytes=render.result_bytes or 0,
        format=str(facts.get("format") or ""),
        width=int(facts.get("width") or 0),
        height=int(facts.get("height") or 0),
        fps=float(facts.get("fps") or 0),
        frames=int(facts.get("frames") or 0),
        duration_ms=int(facts.get("shown_ms") or facts.get("duration_ms") or 0),
        quality=float(mean) if isinstance(mean, int | float) else None,
        max_bytes=report.get("max_bytes") or render.goal.get("max_bytes"),
        fits=render.fits,
        name=bench.names.get(media, ""),
        report=report,
    )


def exported(project: Project, standing: Standing) -> bool:
    """Whether a render of the file as it stands was asked for already."""
    draft, goal = standing.draft.to_json(), standing.goal.to_json()
    asked = project.renders.exclude(state__in=(State.FAILED, State.CANCELLED))[:RESULTS]
    return any(r.draft == draft and all(r.goal.get(k) == v for k, v in goal.items()) for r in asked)


def waiting(project: Project, bench: Bench) -> list[str]:
    """The files that "export" is about: the one worked on, last, and before it every other that something was asked of
    and that was not exported as it stands."""
    others = [m for m in bench.wished if m != bench.current]
    return [m for m in others if not exported(project, bench.standing(m))] + [bench.current]
