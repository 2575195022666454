"""Notifies followers over the channel layer that a render has new events. Followers also poll, so a lost notification
loses nothing.

The channel layer keeps a pool of connections for each event loop. One thread with one loop sends all notifications of a
process; callers do not wait.
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
    """Notify the followers of a render."""
    asyncio.run_coroutine_threadsafe(_send(public_id), _running_loop())


async def let_go(layer: Any, channel: str) -> None:
    """Close a channel. Channel layers have no method for this: the Redis layer drops a channel and its subscription
    when a ``receive`` is cancelled."""
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
    except Exception as error:  # followers poll too
        log.warning("a notification could not be sent: %s", error)


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop, _owner
    with _lock:
        if _loop is None or _owner != os.getpid():
            _loop, _owner = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="nudges", daemon=True).start()
        return _loop
