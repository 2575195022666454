"""Renders: submit, cancel, run, follow.

The imports stand inside the functions: Django imports this package before the models can be loaded.

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

    from .models import Render
    from .submission import Workspace


def submit(
    account: Account,
    project: Workspace,
    goal: Goal,
    draft: Draft,
    key: str,
    *,
    words: str = "",
    understood: Mapping[str, Any] | None = None,
    request: Any = None,
    priority: int = 0,
) -> Render:
    """Queue one render for one key and hold its credits; see ``submission.submit``."""
    from . import submission

    return submission.submit(
        account, project, goal, draft, key, words=words, understood=understood, request=request, priority=priority
    )


def submitted(account: Account, project: Workspace, key: str, request: Any) -> Render | None:
    """The render that this key made before; None for a new key. Raises Conflict when the request was another one."""
    from . import submission

    return submission.submitted(account, project, key, request)


def cancel(render: Render) -> Render:
    """Cancel a render: a queued one at once, a running one within a second. An ended one does not change."""
    from . import submission

    return submission.cancel(render)


def run(render_id: int) -> bool:
    """Claim a render and run it to its end. False when it could not be claimed."""
    from . import worker

    return worker.run(render_id)


def follow(render_id: int, after: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Yield every event with a number above ``after``: stored ones first, then new ones until the last."""
    from . import event_stream

    return event_stream.follow(render_id, after)
