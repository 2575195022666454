"""Yields the events of a render: stored ones first, then new ones. A client that reconnects misses none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from .models import OPEN, Render, RenderEvent
from .notifications import group, let_go

log = logging.getLogger(__name__)

LOOK_S = 2.0  # poll interval when no notification arrives


def _stored(render_id: int, after: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the events after number ``after``, and whether more can follow.

    The state is read before the events; in the other order the last event could be missed."""
    more = Render.objects.filter(pk=render_id, state__in=OPEN).exists()
    return [e.to_json() for e in RenderEvent.objects.filter(render_id=render_id, number__gt=after)], more


async def follow(render_id: int, after: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Yield every event of the render with a number above ``after``, in order, each once.

    An event is ``{"n", "kind", "at", …}``. Ends after the final event, and when the render was deleted.
    """
    read = database_sync_to_async(_stored, thread_sensitive=False)
    public_id = await database_sync_to_async(_public_id, thread_sensitive=False)(render_id)
    if public_id is None:
        return
    layer: Any = get_channel_layer()
    channel = ""
    try:
        channel = await layer.new_channel()
        await layer.group_add(group(public_id), channel)
    except Exception as error:
        log.warning("no notifications for this stream, polling instead: %s", error)
        channel = ""
    try:
        while True:
            events, more = await read(render_id, after)
            for event in events:
                after = event["n"]
                yield event
            if not more:
                return
            if not events:
                await _wait(layer, channel)
    finally:
        if channel:
            try:
                await layer.group_discard(group(public_id), channel)
            except Exception as error:
                log.warning("a channel could not be removed from its group: %s", error)
            await let_go(layer, channel)


def _public_id(render_id: int) -> str | None:
    return Render.objects.filter(pk=render_id).values_list("public_id", flat=True).first()


async def _wait(layer: Any, channel: str) -> None:
    """Until the next nudge, or for LOOK_S."""
    if not channel:
        await asyncio.sleep(LOOK_S)
        return
    try:
        async with asyncio.timeout(LOOK_S):
            await layer.receive(channel)
    except TimeoutError:
        pass
    except Exception as error:
        log.warning("no nudge: %s", error)
        await asyncio.sleep(LOOK_S)
