"""The drafts of a project: the first one, the next one, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from compressor import timeline
from compressor.goal import Goal
from compressor.timeline import Draft
from gifweb import files
from gifweb.errors import Conflict

from .models import Media, Preview, Project, Revision

KEPT = 200  # revisions of one project


def media_of(project: Project) -> list[Media]:
    return list(project.media.filter(deleted_at=None))


def first(media: Sequence[Media]) -> Draft:
    """The draft that shows the first picture or clip whole (or plays the first sound, when there is nothing to see)."""
    shown = next((m for m in media if m.info.kind != "audio"), media[0])
    return timeline.draft_for(shown.public_id, shown.info, shown.name)


def current(project: Project) -> Draft:
    """The draft that the project points at; an empty one before the first."""
    revision = project.revisions.filter(number=project.draft_number).first()
    return Draft.from_json(revision.draft) if revision else Draft()


def save(project: Project, draft: Draft, goal: Goal, sentence: str) -> Revision:
    """The next revision, and the project points at it; whatever had been undone is gone.

    ``project`` is as the caller read it: when somebody else changed the draft since, Conflict is raised and nothing is
    lost.
    """
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        if locked.draft_number != project.draft_number or locked.goal != project.goal:
            raise Conflict("The timeline was changed by somebody else just now. Say it again.")
        locked.revisions.filter(number__gt=locked.draft_number).delete()
        revision = Revision.objects.create(
            project=project,
            number=locked.draft_number + 1,
            draft=draft.to_json(),
            goal=goal.to_json(),
            sentence=sentence,
        )
        locked.draft_number = revision.number
        locked.goal = goal.to_json()
        locked.save(update_fields=["draft_number", "goal", "changed_at"])
        too_old = locked.revisions.filter(number__lte=revision.number - KEPT)
        unnamed = list(Preview.objects.filter(revision__in=too_old).exclude(key="").values_list("key", flat=True))
        too_old.delete()
        for key in unnamed:
            transaction.on_commit(partial(files.delete, key))
    project.draft_number, project.goal = locked.draft_number, locked.goal
    return revision


def start(project: Project, media: Sequence[Media]) -> bool:
    """Put the first picture or clip of ``media`` on the timeline of a project that shows nothing yet."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        if current(locked).clips or not any(m.info.kind != "audio" for m in media):
            return False
        save(locked, first(media), Goal.from_json(locked.goal), "Put on the timeline.")
    project.draft_number, project.goal = locked.draft_number, locked.goal
    return True


def move(project: Project, step: int) -> Revision | None:
    """Undo (``step`` -1) or redo (1): the revision that counts now, None for the empty draft before the first. Raises
    Conflict when there is nothing in that direction."""
    with transaction.atomic():
        locked = Project.objects.select_for_update().get(pk=project.pk)
        number = locked.draft_number + step
        revision = locked.revisions.filter(number=number).first()
        if revision is None and number != 0:
            raise Conflict("There is nothing to undo." if step < 0 else "There is nothing to redo.")
        if number < 0:
            raise Conflict("There is nothing to undo.")
        locked.draft_number = number
        locked.goal = revision.goal if revision else {}
        locked.save(update_fields=["draft_number", "goal", "changed_at"])
    project.draft_number, project.goal = locked.draft_number, locked.goal
    return revision


def discard(project: Project) -> None:
    """Remove a project that came to nothing, with its files; one that has a render stays."""
    if project.renders.exists():
        return
    for media in project.media.all():
        files.delete(media.key)
    project.delete()
