"""The numbered events of a render: written with the row they belong to, read by everybody who follows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F

from gifweb.deadlock import again_after_deadlock

from .models import Render, RenderEvent, State
from .notifications import nudge


class LeaseLost(Exception):
    """Somebody else has this render now, or it was cancelled: whoever gets this stops and writes nothing more."""


# Called as ``(render, number, kind)`` in the transaction that ends a render.
on_end: list[Callable[[Render, int, str], object]] = []


@again_after_deadlock
def append(render: Render, kind: str, data: dict[str, Any], *, token: str = "", **changes: Any) -> int:
    """Write ``changes`` to the row and the next event, together; wake the watchers afterwards. Returns the number.

    With ``token`` only while that lease is held, without one only while the render waits; else LeaseLost.
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
