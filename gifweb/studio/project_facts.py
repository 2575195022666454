"""Facts about a project: for answers in the chat, and as the context in which messages are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from compressor.errors import CompressorError
from compressor.language import Context
from compressor.timeline import media_ids
from compressor.timeline.draft import sound_title
from gifweb.credits import ledger, plans
from gifweb.renders import pricing
from gifweb.renders.models import Render, State

from . import project_files
from .models import Media, Project, Turn
from .project_files import FileSet
from .project_snapshot import Facts, Result, Standing


def context(file_set: FileSet, last: Result | None, *, said: str = "", pending: bool = False) -> Context:
    """Return the context of the next message."""
    standing = file_set.standing()
    draft = standing.draft
    return Context(
        goal=standing.goal.to_json(),
        texts=tuple(t.text for t in draft.titles),
        places=tuple(t.position for t in draft.titles),
        clips=len(draft.clips),
        speed=draft.clips[0].speed if draft.clips else 1.0,
        last=measured(last) if last else None,
        said=said,
        files=tuple(file_set.names.values()),
        layers=tuple(file_set.names.get(one.media) or one.name for one in draft.layers),
        music=sound_title(draft.sounds[0], file_set.names) if draft.clips and draft.sounds else "",
        pending=pending,
    )


def measured(last: Result) -> dict[str, Any]:
    """Return the fields of a result for a context."""
    names = ("bytes", "format", "width", "height", "quality")
    return {name: getattr(last, name) for name in names if getattr(last, name) is not None}


def of(project: Project, file_set: FileSet, *, media: str | None = None, place: str = "") -> Facts:
    """Return the facts about one file; by default, about the one being edited."""
    standing = file_set.standing(media)
    balance = ledger.balance(project.account)
    newest = project.renders.first()
    return Facts(
        standing=standing,
        names=file_set.names,
        last=project_files.last_result(project, file_set, standing.media),
        first=project_files.uploaded(project, file_set.media).standing() if file_set.media else None,
        available=balance.available,
        frozen=balance.frozen,
        price=_price(standing),
        queue=Render.objects.filter(state=State.QUEUED).count(),
        render_state=newest.state if newest else "",
        progress=newest.progress if newest else 0.0,
        left_s=newest.left_s if newest else None,
        render_error=str((newest.error or {}).get("message") or "") if newest else "",
        place=place or standing.goal.preset or "",
        max_upload=settings.MAX_UPLOAD_BYTES,
        kept_days=plans.retention(project.account).days,
    )


def _price(standing: Standing) -> int | None:
    """Return the most that an export would cost, or None for an empty timeline."""
    if not standing.draft.clips:
        return None
    try:
        return pricing.bound(standing.goal, standing.draft, standing.infos)
    except CompressorError:
        return None


def new_files(file_set: FileSet, since: Turn | None) -> list[Media]:
    """Return the files uploaded since the last turn that are not on the timeline."""
    used = media_ids(file_set.draft_of(file_set.current).draft) | {file_set.current}
    came = (m for m in file_set.media if since is None or m.created_at > since.created_at)
    return [m for m in came if m.public_id not in used]


def pending_of(last: Turn | None) -> Mapping[str, Any]:
    """Return what the last reply asked about, as an explain object; empty when it asked nothing."""
    found = last.data.get("pending") if last and last.role == "model" else None
    return found if isinstance(found, Mapping) else {}
