"""Following a render: stored events first, then new ones as they come. A reload or a lost socket misses nothing."""

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

LOOK_S = 2.0  # without a nudge, look all the same


def _stored(render_id: int, after: int) -> tuple[list[dict[str, Any]], bool]:
    """The events after number ``after``, and whether there can be more: asked before reading, so that the last is
    never missed."""
    more = Render.objects.filter(pk=render_id, state__in=OPEN).exists()
    return [e.to_json() for e in RenderEvent.objects.filter(render_id=render_id, number__gt=after)], more


async def follow(render_id: int, after: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Every event of the render with a number above ``after``, in order, each once; ends after the final one.

    An event is ``{"n", "kind", "at", …}``. Ends too when the render is gone.
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
        log.warning("following without nudges: %s", error)
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
                log.warning("a follower was not taken off its group: %s", error)
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
