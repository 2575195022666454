"""Telling watchers that there is something new to read. Rows are the truth; a nudge that is lost loses nothing.

Threads have no event loop, and the channel layer keeps a pool of connections for each loop: so every process has one
loop in one thread for all its nudges, and nobody waits for them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner = 0


def group(public_id: str) -> str:
    return f"render.{public_id}"


def nudge(public_id: str) -> None:
    """Wake everybody who follows this render."""
    asyncio.run_coroutine_threadsafe(_send(public_id), _running_loop())


async def let_go(layer: Any, channel: str) -> None:
    """Forget a channel that nobody listens to any more. Layers have no verb for it; the one on Redis forgets a channel,
    and the subscription behind it, when a ``receive`` is cancelled."""
    while True:
        hearing = asyncio.ensure_future(layer.receive(channel))
        await asyncio.sleep(0)
        if not hearing.done():
            break
        hearing.exception()
    hearing.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await hearing
    getattr(layer, "receive_buffer", {}).pop(channel, None)


async def _send(public_id: str) -> None:
    try:
        layer = get_channel_layer()
        if layer is not None:
            await layer.group_send(group(public_id), {"type": "render.nudge"})
    except Exception as error:  # watchers look by themselves after a while
        log.warning("a nudge was lost: %s", error)


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop, _owner
    with _lock:
        if _loop is None or _owner != os.getpid():
            _loop, _owner = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="nudges", daemon=True).start()
        return _loop
