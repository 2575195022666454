"""Writes the numbered events of a render, each in one transaction with the change of its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F

from gifweb.deadlock import again_after_deadlock

from .channel_notifications import nudge
from .models import Render, RenderEvent, State


class LeaseLost(Exception):
    """Another worker has the render now, or it was cancelled. The caller must stop and write nothing more."""


# Called as ``(render, number, kind)`` in the transaction that ends a render.
on_end: list[Callable[[Render, int, str], object]] = []


@again_after_deadlock
def append(render: Render, kind: str, data: dict[str, Any], *, token: str = "", **changes: Any) -> int:
    """Write ``changes`` to the row and append an event, in one transaction; then notify followers.

    Returns the event's number. Raises LeaseLost unless the lease ``token`` is held, or, without a token, unless the
    render is queued.
    """
    with transaction.atomic():
        rows = Render.objects.filter(pk=render.pk, state=State.RUNNING if token else State.QUEUED)
        if token:
            rows = rows.filter(lease_token=token)
        if not rows.update(events_count=F("events_count") + 1, **changes):
            raise LeaseLost(render.public_id)
        number: int = Render.objects.values_list("events_count", flat=True).get(pk=render.pk)
        RenderEvent.objects.create(render_id=render.pk, number=number, kind=kind, data=data)
        transaction.on_commit(lambda: nudge(render.public_id))
        for name, value in changes.items():
            if not hasattr(value, "resolve_expression"):
                setattr(render, name, value)
        if kind in (State.FINISHED, State.FAILED, State.CANCELLED):
            for tell in on_end:
                tell(render, number, kind)
    return number
