"""The files of a project: which one is being edited, and the draft and goal of each."""

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
from .project_snapshot import Result, Standing

BACK = 10  # how many revisions back a correction can reach
RESULTS = 50  # how many finished renders are searched for a file's last one


@dataclass(frozen=True, slots=True)
class FileDraft:
    """The draft and the goal of one file."""

    draft: Draft
    goal: Goal

    def to_json(self) -> dict[str, Any]:
        return {"draft": self.draft.to_json(), "goal": self.goal.to_json()}


@dataclass(frozen=True, slots=True)
class FileSet:
    """``current`` is the id of the file being edited, "" before the first upload. ``edited`` has the draft and goal of
    each file that was edited; ``media`` has all files in the order of uploads; ``results`` caches last results."""

    current: str
    edited: Mapping[str, FileDraft]
    media: Sequence[Media] = ()
    infos: Mapping[str, MediaInfo] = field(default_factory=dict)
    results: dict[str, Result | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def names(self) -> dict[str, str]:
        """Media id → file name, in the order of uploads."""
        return {m.public_id: m.name for m in self.media}

    def draft_of(self, media: str) -> FileDraft:
        """Return the file's draft and goal; those of a fresh upload when it was not edited."""
        if media in self.edited:
            return self.edited[media]
        found = [m for m in self.media if m.public_id == media]
        return FileDraft(drafts.first(found) if found else Draft(), Goal())

    def standing(self, media: str | None = None) -> Standing:
        """Return the state of a file; by default, of the one being edited."""
        key = self.current if media is None else media
        piece = self.draft_of(key)
        return Standing(piece.draft, piece.goal, key, self.names.get(key, ""), self.infos.get(key), self.infos)

    def with_draft(self, media: str, draft: Draft, goal: Goal) -> FileSet:
        return replace(self, edited={**self.edited, media: FileDraft(draft, goal)})

    @property
    def wished(self) -> list[str]:
        """The ids of the files that were edited or have a goal, in the order of uploads."""
        blank = replace(self, edited={})
        return [m for m in self.names if m in self.edited and self.edited[m] != blank.draft_of(m)]


def of(project: Project) -> FileSet:
    media = drafts.media_of(project)
    revision = project.revisions.filter(number=project.draft_number).first()
    return _of(revision, project.goal, media)


def _of(revision: Revision | None, goal: Mapping[str, Any], media: Sequence[Media]) -> FileSet:
    draft = Draft.from_json(revision.draft) if revision else Draft()
    current = (revision.media if revision else "") or _shown(draft)
    others = revision.others if revision else {}
    edited = {key: FileDraft(Draft.from_json(one["draft"]), Goal.from_json(one["goal"])) for key, one in others.items()}
    edited[current] = FileDraft(draft, Goal.from_json(dict(goal)))
    return FileSet(current, edited, media, {m.public_id: m.info for m in media})


def _shown(draft: Draft) -> str:
    """Return the first file of a draft. Old revisions had one draft for all files."""
    if draft.clips:
        return draft.clips[0].media
    return next((s.media for s in draft.sounds if s.media), "")


def uploaded(project: Project, media: Sequence[Media]) -> FileSet:
    """Return the state right after the upload: the first file, whole, without a goal."""
    if not media:
        return FileSet("", {}, media)
    draft = drafts.first(media)
    infos = {m.public_id: m.info for m in media}
    return FileSet(_shown(draft), {_shown(draft): FileDraft(draft, Goal())}, media, infos)


def save(project: Project, file_set: FileSet, sentence: str, cause: Mapping[str, Any] | None = None) -> Revision:
    """Save the next revision of the project; see ``drafts.save``."""
    piece = file_set.draft_of(file_set.current)
    others = {key: one.to_json() for key, one in file_set.edited.items() if key and key != file_set.current}
    return drafts.save(
        project, piece.draft, piece.goal, sentence, media=file_set.current, others=others, cause=dict(cause or {})
    )


def past(project: Project, file_set: FileSet, media: str) -> list[Before]:
    """Return the state of a file before each recent message whose edits can be replayed, the most recent first."""
    rows = {r.number: r for r in project.revisions.filter(number__lte=project.draft_number).order_by("-number")[:BACK]}
    found: list[Before] = []
    made: list[Edit] = []
    number = project.draft_number
    while number in rows and isinstance(all_edits := rows[number].cause.get("edits"), dict):
        # A correction starts from the state before the message that it corrects.
        base = int((rows[number].cause.get("base") or {}).get(media, number - 1))
        if base not in rows:
            break
        try:
            made = [*(edit_from_json(e) for e in all_edits.get(media, ())), *made]
        except BadRequest:  # an edit of an older release
            break
        stood = _of(rows[base], rows[base].goal, file_set.media).standing(media)
        explain = rows[number].cause.get("explain") if media in all_edits else None
        found.append(Before(stood, tuple(made), explain or {}, base))
        number = base
    return found


def recent_text(project: Project, file_set: FileSet, media: str) -> int | None:
    """Return the number of the text that was edited last, or None when it is not clear."""
    for before in past(project, file_set, media):
        spoken = [e for e in before.edits if isinstance(e, edits.AddText | edits.ChangeText | edits.RemoveText)]
        if not spoken:
            continue
        last = spoken[-1]
        if isinstance(last, edits.ChangeText):
            return last.number
        if isinstance(last, edits.AddText) and len(spoken) == 1:
            return len(file_set.draft_of(media).draft.titles) - 1
        return None
    return None


def source_of(render: Render) -> str:
    """Return the id of the file that a render was made from: the edited one, else the first on its timeline."""
    return str(render.understood.get("media") or (render.sources[0] if render.sources else ""))


def last_result(project: Project, file_set: FileSet, media: str) -> Result | None:
    """Return the measured facts of the last finished result of a file, or None."""
    if media not in file_set.results:
        file_set.results[media] = _last_result(project, file_set, media)
    return file_set.results[media]


def _last_result(project: Project, file_set: FileSet, media: str) -> Result | None:
    done = project.renders.filter(state=State.FINISHED).only("understood", "sources")[:RESULTS]
    found = next((r.pk for r in done if source_of(r) == media), None)
    return None if found is None else result_of(Render.objects.get(pk=found), file_set.names.get(media, ""))


def result_of(render: Render, name: str) -> Result:
    """Return the measured facts of a finished render; ``name`` is that of its file."""
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
        name=name,
        report=report,
    )


def exported(project: Project, standing: Standing) -> bool:
    """Whether a render of exactly this state was submitted already."""
    draft, goal = standing.draft.to_json(), standing.goal.to_json()
    asked = project.renders.exclude(state__in=(State.FAILED, State.CANCELLED))[:RESULTS]
    return any(r.draft == draft and all(r.goal.get(k) == v for k, v in goal.items()) for r in asked)


def waiting(project: Project, file_set: FileSet) -> list[str]:
    """Return the ids of the files that "export" renders: every other file with a goal or edits whose present state was
    not exported, then the one being edited."""
    others = [m for m in file_set.wished if m != file_set.current]
    return [m for m in others if not exported(project, file_set.standing(m))] + [file_set.current]
