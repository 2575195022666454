"""Yields the events of a render: stored ones first, then new ones. A client that reconnects misses none."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings

from gifweb.errors import TooMany
from gifweb.metrics import sockets

from .channel_notifications import group, let_go
from .models import OPEN, Render, RenderEvent

log = logging.getLogger(__name__)

LOOK_S = 2.0  # poll interval when no notification arrives


class Event(dict[str, Any]):
    """``{"n", "kind", "at", …}``, shared by all who follow a render: not to be changed."""

    @cached_property
    def text(self) -> str:
        """The event as JSON, written once for all."""
        return json.dumps(self, separators=(",", ":"), ensure_ascii=False)


def _stored(render_id: int, after: int) -> tuple[list[Event], bool]:
    """Return the events after number ``after``, and whether more can follow.

    The state is read before the events; in the other order the last event could be missed."""
    more = Render.objects.filter(pk=render_id, state__in=OPEN).exists()
    return [Event(e.to_json()) for e in RenderEvent.objects.filter(render_id=render_id, number__gt=after)], more


class _Feed:
    """The events of one render, read by one task for all who follow it in this event loop."""

    def __init__(self, render_id: int) -> None:
        self.render_id = render_id
        self.events: list[Event] = []  # all from number 1 on: event n is at n - 1
        self.ended = False
        self.failure: BaseException | None = None
        self.news = asyncio.Event()  # set at the next change, then replaced
        self.followers = 0
        self.task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            await self._read()
        except Exception as error:  # told to all who follow; whoever comes next begins anew
            self.failure = error
        self.ended = True
        _feeds().pop(self.render_id, None)
        self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    async def _read(self) -> None:
        read = database_sync_to_async(_stored, thread_sensitive=False)
        public_id = await database_sync_to_async(_public_id, thread_sensitive=False)(self.render_id)
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
            more = True
            while more:
                events, more = await read(self.render_id, len(self.events))
                if events:
                    self.events += events
                    self._tell()
                elif more:
                    await _wait(layer, channel)
        finally:
            if channel:
                try:
                    await layer.group_discard(group(public_id), channel)
                except Exception as error:
                    log.warning("a follower was not taken off its group: %s", error)
                await let_go(layer, channel)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, _Feed]] = WeakKeyDictionary()


def _feeds() -> dict[int, _Feed]:
    """The feeds of the running event loop, by render."""
    return _of_loop.setdefault(asyncio.get_running_loop(), {})


_watching: Counter[Hashable] = Counter()  # account → its open streams in this process


@contextmanager
def watching(account: Hashable) -> Iterator[None]:
    """One more open stream of this account. Raises TooMany beyond STREAMS_PER_ACCOUNT."""
    if settings.STREAMS_PER_ACCOUNT and _watching[account] >= settings.STREAMS_PER_ACCOUNT:
        raise TooMany("Too many pages and programs of yours are listening. Close some of them.")
    _watching[account] += 1
    try:
        yield
    finally:
        _watching[account] -= 1
        if not _watching[account]:
            del _watching[account]


async def follow(render_id: int, after: int = 0) -> AsyncIterator[Event]:
    """Yield every event of the render with a number above ``after``, in order, each once. Ends too when the render is
    gone."""
    feeds = _feeds()
    feed = feeds.get(render_id) or feeds.setdefault(render_id, _Feed(render_id))
    feed.followers += 1
    sockets.inc()
    try:
        while True:
            news, fresh = feed.news, feed.events[after:]
            for event in fresh:
                after = event["n"]
                yield event
            if fresh:
                continue
            if feed.failure:
                raise feed.failure
            if feed.ended:
                return
            await news.wait()
    finally:
        feed.followers -= 1
        sockets.dec()
        if not feed.followers:
            if feeds.get(render_id) is feed:
                del feeds[render_id]
            feed.task.cancel()


def _public_id(render_id: int) -> str | None:
    return Render.objects.filter(pk=render_id).values_list("public_id", flat=True).first()


async def _wait(layer: Any, channel: str) -> None:
    """Wait for the next nudge, or for LOOK_S."""
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
