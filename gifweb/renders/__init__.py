"""The job: asked for, run, followed, shared. This module can be imported before Django's apps are loaded.

``submission`` submits and cancels a render, ``worker`` runs it, ``event_stream`` follows it, ``maintenance`` requeues
what was lost and deletes what expired, ``shares`` makes links.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compressor.goal import Goal
    from compressor.timeline import Draft
    from gifweb.accounts.models import Account
    from gifweb.studio.models import Project

    from .models import Render


def submit(
    account: Account,
    project: Project,
    goal: Goal,
    draft: Draft,
    key: str,
    *,
    words: str = "",
    understood: Mapping[str, Any] | None = None,
    request: Any = None,
    priority: int = 0,
) -> Render:
    """One render for one key, paid for by a hold and queued; see ``submission.submit``."""
    from . import submission

    return submission.submit(
        account, project, goal, draft, key, words=words, understood=understood, request=request, priority=priority
    )


def cancel(render: Render) -> Render:
    """Stop it: at once when it waits, within a second when it runs. A render that has ended stays as it is."""
    from . import submission

    return submission.cancel(render)


def run(render_id: int) -> bool:
    """Claim the render and bring it to an end; False when it was not there to be claimed."""
    from . import worker

    return worker.run(render_id)


def follow(render_id: int, after: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Every event with a number above ``after``: stored ones first, then new ones until the last."""
    from . import event_stream

    return event_stream.follow(render_id, after)
