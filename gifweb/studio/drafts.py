"""The drafts of a project as numbered revisions: create, save, undo, redo."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction

from compressor import timeline
from compressor.goal import Goal
from compressor.timeline import Draft
from gifweb import stored_files
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import BadInput, Conflict

from .models import Media, Preview, Project, Revision

MAX_REVISIONS = 200  # of one project
MAX_BYTES = 500_000  # of one revision as JSON: it holds the drafts of all files that were edited


def media_of(project: Project) -> list[Media]:
    return list(project.media.filter(deleted_at=None))


def first(media: Sequence[Media]) -> Draft:
    """Return a draft with the first image or clip, whole; with the first sound when there is no image."""
    shown = next((m for m in media if m.info.kind != "audio"), media[0])
    return timeline.draft_for(shown.public_id, shown.info, shown.name)


def current(project: Project) -> Draft:
    """Return the draft of the current revision; an empty one before the first."""
    revision = project.revisions.filter(number=project.draft_number).first()
    return Draft.from_json(revision.draft) if revision else Draft()


@again_after_deadlock
def save(
    project: Project,
    draft: Draft,
    goal: Goal,
    sentence: str,
    *,
    media: str | None = None,
    others: dict[str, Any] | None = None,
    cause: dict[str, Any] | None = None,
) -> Revision:
    """Save the next revision and make it current. Revisions that were undone are deleted.

    ``media``, ``others`` and ``cause`` are the fields of Revision; by default the file and the others stay. ``project``
    is as the caller read it: raises Conflict when another request changed the draft since.
    """
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        if locked.draft_number != project.draft_number or locked.goal != project.goal:
            raise Conflict("The timeline was changed in another window. Send your message again.")
        if media is None or others is None:
            now = locked.revisions.filter(number=locked.draft_number).first()
            media, others = (now.media, now.others) if now else ("", {})
        if len(json.dumps([draft.to_json(), others])) > MAX_BYTES:
            raise BadInput("There are too many texts and pieces in this project. Take some away, or begin another one.")
        locked.revisions.filter(number__gt=locked.draft_number).delete()
        revision = Revision.objects.create(
            project=project,
            number=locked.draft_number + 1,
            draft=draft.to_json(),
            goal=goal.to_json(),
            media=media,
            others=others,
            cause=cause or {},
            sentence=sentence,
        )
        locked.draft_number = revision.number
        locked.goal = goal.to_json()
        locked.save(update_fields=["draft_number", "goal", "changed_at"])
        too_old = locked.revisions.filter(number__lte=revision.number - MAX_REVISIONS)
        unnamed = list(Preview.objects.filter(revision__in=too_old).exclude(key="").values_list("key", flat=True))
        too_old.delete()
        for key in unnamed:
            transaction.on_commit(partial(stored_files.delete, key))
    project.draft_number, project.goal = locked.draft_number, locked.goal
    return revision


def save_again(project: Project, old: Revision, sentence: str) -> Revision:
    """Save the state of an old revision as the next one."""
    draft, goal = Draft.from_json(old.draft), Goal.from_json(old.goal)
    return save(project, draft, goal, sentence, media=old.media, others=old.others)


@again_after_deadlock
def start(project: Project, media: Sequence[Media]) -> bool:
    """Put the first image or clip of ``media`` on an empty timeline. Return whether it did."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        if current(locked).clips or not any(m.info.kind != "audio" for m in media):
            return False
        draft = first(media)
        about = draft.clips[0].media
        save(locked, draft, Goal.from_json(locked.goal), "Put on the timeline.", media=about, others={})
    project.draft_number, project.goal = locked.draft_number, locked.goal
    return True


def can_move(project: Project, step: int) -> bool:
    """Whether undo (``step`` -1) or redo (1) is possible."""
    number = project.draft_number + step
    revision = project.revisions.filter(number=number).first()
    if step > 0 or number < 0:
        return revision is not None
    # An upload cannot be undone: the timeline would be empty.
    empty = not (revision and revision.draft)
    return (revision is not None or number == 0) and not (empty and bool(current(project).tracks))


@again_after_deadlock
def move(project: Project, step: int) -> Revision | None:
    """Undo (``step`` -1) or redo (1). Return the current revision, None for the empty draft before the first.

    Raises Conflict when there is nothing to undo or redo."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        number = locked.draft_number + step
        if not can_move(locked, step):
            raise Conflict("There is nothing to undo." if step < 0 else "There is nothing to redo.")
        revision = locked.revisions.filter(number=number).first()
        locked.draft_number = number
        locked.goal = revision.goal if revision else {}
        locked.save(update_fields=["draft_number", "goal", "changed_at"])
    project.draft_number, project.goal = locked.draft_number, locked.goal
    return revision


def discard(project: Project) -> None:
    """Delete a project and its files, unless it has a render."""
    if project.renders.exists():
        return
    for media in project.media.all():
        stored_files.delete(media.key)
    project.delete()
