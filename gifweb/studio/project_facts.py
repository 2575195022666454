"""What a project comes to as facts for answers, and as the context that words are read in."""

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

from . import project_files as benches
from .models import Media, Project, Turn
from .project_files import Bench
from .project_state import Facts, Result, Standing


def context(bench: Bench, last: Result | None, *, said: str = "", pending: bool = False) -> Context:
    """What the next message is read in."""
    standing = bench.standing()
    draft = standing.draft
    return Context(
        goal=standing.goal.to_json(),
        texts=tuple(t.text for t in draft.titles),
        clips=len(draft.clips),
        speed=draft.clips[0].speed if draft.clips else 1.0,
        last=measured(last) if last else None,
        said=said,
        files=tuple(bench.names.values()),
        music=sound_title(draft.sounds[0], bench.names) if draft.clips and draft.sounds else "",
        pending=pending,
    )


def measured(last: Result) -> dict[str, Any]:
    """A result as a context has it."""
    names = ("bytes", "format", "width", "height", "quality")
    return {name: getattr(last, name) for name in names if getattr(last, name) is not None}


def of(project: Project, bench: Bench, *, media: str | None = None, place: str = "") -> Facts:
    """The facts about one file of the project; left out, about the one worked on."""
    standing = bench.standing(media)
    balance = ledger.balance(project.account)
    newest = project.renders.first()
    return Facts(
        standing=standing,
        names=bench.names,
        last=benches.last_result(project, bench, standing.media),
        first=benches.uploaded(project, bench.media).standing() if bench.media else None,
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
        kept_days=plans.kept(project.account).days,
    )


def _price(standing: Standing) -> int | None:
    """The most that an export would cost, None where there is nothing to show."""
    if not standing.draft.clips:
        return None
    try:
        return pricing.bound(standing.goal, standing.draft, standing.infos)
    except CompressorError:
        return None


def new_files(bench: Bench, since: Turn | None) -> list[Media]:
    """The files that came since the last turn and are neither worked on nor used."""
    used = media_ids(bench.piece(bench.current).draft) | {bench.current}
    came = (m for m in bench.media if since is None or m.created_at > since.created_at)
    return [m for m in came if m.public_id not in used]


def pending_of(last: Turn | None) -> Mapping[str, Any]:
    """What the last reply asked about, as an explain object; empty when it asked nothing."""
    found = last.data.get("pending") if last and last.role == "model" else None
    return found if isinstance(found, Mapping) else {}
