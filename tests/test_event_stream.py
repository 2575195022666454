"""Following a render: stored events first, then new ones, each once and in order, whoever goes away and comes back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.test import Client
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from compressor import timeline
from compressor.errors import EngineFailure
from compressor.goal import Goal
from gifweb import renders
from gifweb.accounts import identity, tokens
from gifweb.errors import TooMany
from gifweb.renders import event_stream, queue, worker
from gifweb.renders.event_log import append
from gifweb.renders.models import Render, State
from gifweb.studio import store_uploads
from gifweb.studio.models import Project
from gifweb.studio.upload_stream import PartWriter

from . import media_made
from .live import Site, Visitor


@pytest.fixture
def gif(tmp_path: Path) -> bytes:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(64, 48, 6)).read_bytes()


@pytest.fixture
def claimed(gif: bytes, transactional_db: None) -> tuple[Render, str]:
    account = identity.make()
    project = Project.objects.create(account=account)
    writer = PartWriter(10**9)
    writer.write(gif)
    media = store_uploads.keep(account, project, writer.done("a.gif"))
    draft = timeline.draft_for(media.public_id, media.info, media.name)
    render = renders.submit(account, project, Goal(format="gif"), draft, "k")
    token = queue.claim(render.pk, "a worker")
    render.refresh_from_db()
    return render, token


async def gather(render: Render, after: int = 0) -> list[dict[str, Any]]:
    return [event async for event in renders.follow(render.pk, after)]


tell = database_sync_to_async(append, thread_sensitive=False)
end = database_sync_to_async(worker.end, thread_sensitive=False)


async def test_stored_events_then_new_ones_to_the_last(claimed: tuple[Render, str]) -> None:
    render, token = claimed
    await tell(render, "said", {"text": "stored"}, token=token)
    watcher = asyncio.create_task(gather(render))
    late = asyncio.create_task(gather(render, after=2))
    await asyncio.sleep(0.3)
    for number in range(5):
        await tell(render, "said", {"text": str(number)}, token=token)
    await end(render, token, State.FAILED, EngineFailure("no"))
    events = await asyncio.wait_for(watcher, 10)
    assert [e["n"] for e in events] == list(range(1, 9))
    assert [e.get("text") for e in events[1:7]] == ["stored", "0", "1", "2", "3", "4"]
    assert events[-1]["kind"] == "failed"
    assert await asyncio.wait_for(late, 10) == events[2:]
    # All is over: the same again, at once.
    assert await asyncio.wait_for(gather(render), 5) == events
    assert await asyncio.wait_for(gather(render, after=8), 5) == []


async def test_a_lost_nudge_loses_nothing(claimed: tuple[Render, str], monkeypatch: pytest.MonkeyPatch) -> None:
    render, token = claimed
    monkeypatch.setattr("gifweb.renders.event_log.nudge", lambda public_id: None)
    monkeypatch.setattr(event_stream, "LOOK_S", 0.2)
    watcher = asyncio.create_task(gather(render, after=1))
    await asyncio.sleep(0.3)
    await tell(render, "said", {"text": "quiet"}, token=token)
    await end(render, token, State.FAILED, EngineFailure("no"))
    assert [e["kind"] for e in await asyncio.wait_for(watcher, 5)] == ["said", "failed"]


async def test_without_a_channel_layer_it_looks_by_itself(
    claimed: tuple[Render, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        async def new_channel(self) -> str:
            raise ConnectionError("no layer")

    render, token = claimed
    monkeypatch.setattr(event_stream, "get_channel_layer", lambda: Broken())
    monkeypatch.setattr(event_stream, "LOOK_S", 0.1)
    watcher = asyncio.create_task(gather(render, after=1))
    await asyncio.sleep(0.2)
    await end(render, token, State.CANCELLED, None)
    assert [e["kind"] for e in await asyncio.wait_for(watcher, 5)] == ["cancelled"]


async def test_a_deleted_render_ends_its_followers(claimed: tuple[Render, str]) -> None:
    render, _ = claimed
    assert len(await asyncio.wait_for(_until_gone(render), 10)) == 1
    assert await asyncio.wait_for(gather(render), 5) == []


async def _until_gone(render: Render) -> list[dict[str, Any]]:
    events = []
    async for event in renders.follow(render.pk):
        events.append(event)
        await database_sync_to_async(Render.objects.filter(pk=render.pk).delete, thread_sensitive=False)()
    return events


# --- the socket of the running site -----------------------------------------------------------------------------------


def address(site: Site, path: str, after: int = 0) -> str:
    return f"{site.url.replace('http', 'ws', 1)}/ws/renders/{path.rpartition('/')[2]}?after={after}"


def cookies(visitor: Visitor) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())}


async def listen(url: str, headers: dict[str, str], origin: str) -> list[dict[str, Any]]:
    events = []
    async with connect(url, origin=origin, additional_headers=headers) as socket:  # type: ignore[arg-type]
        async for message in socket:
            events.append(json.loads(message))
    return events


def test_the_socket_tells_everything_to_its_owner(site: Site, gif: bytes) -> None:
    with site.client() as visitor:
        path = visitor.make(gif, "under 500KB")
        events = asyncio.run(asyncio.wait_for(listen(address(site, path), cookies(visitor), site.url), 120))
        assert [e["n"] for e in events] == list(range(1, len(events) + 1))
        assert events[-1]["kind"] == "finished"
        assert events == visitor.events(path)["events"]
        half = len(events) // 2
        again = asyncio.run(listen(address(site, path, half), cookies(visitor), site.url))
        assert again == events[half:]


def test_the_socket_refuses_strangers_and_other_sites(site: Site, gif: bytes) -> None:
    with site.client() as visitor, site.client() as stranger:
        path = visitor.make(gif, "under 500KB")
        stranger.make(gif, "under 500KB")
        url = address(site, path)
        for headers, origin in (
            (cookies(visitor), "http://evil.example"),
            (cookies(visitor), "null"),
            (cookies(visitor), None),
            (cookies(visitor), f"http://127.0.0.1:{site.port + 1}"),
            (cookies(stranger), site.url),
            ({}, site.url),
        ):
            with pytest.raises(InvalidStatus) as refused:
                asyncio.run(listen(url, headers, origin))  # type: ignore[arg-type]
            assert refused.value.response.status_code == 403
        with pytest.raises(InvalidStatus):
            asyncio.run(listen(url.replace("/ws/renders/", "/ws/other/"), cookies(visitor), site.url))


def test_a_number_beyond_all_numbers_is_none(site: Site, gif: bytes) -> None:
    """Python reads no number of more than 4,300 digits: it was a traceback."""
    with site.client() as visitor:
        url = address(site, visitor.make(gif, "under 490KB")).partition("?")[0]
        told = asyncio.run(listen(f"{url}?after={'9' * 5000}", cookies(visitor), site.url))
    assert told[-1]["kind"] == "finished"


def test_an_account_has_so_many_streams_at_once(settings: Any) -> None:
    settings.STREAMS_PER_ACCOUNT = 2
    with event_stream.watching("ann"), event_stream.watching("ann"), event_stream.watching("bob"):
        refused = event_stream.watching("ann")
        with pytest.raises(TooMany):
            refused.__enter__()
    with event_stream.watching("ann"):
        assert event_stream._watching == {"ann": 1}
    assert not event_stream._watching


def test_a_stream_too_many_is_refused_before_it_begins(claimed: tuple[Render, str], settings: Any) -> None:
    """It was a 200 that broke off, and a traceback in the log."""
    settings.STREAMS_PER_ACCOUNT = 1
    render, _ = claimed
    mine = Client(headers={"Authorization": f"Bearer {tokens.issue(render.account, 'mine').token}"})
    with event_stream.watching(render.account_id):
        assert mine.get(f"/api/v1/renders/{render.public_id}/events").status_code == 429


async def test_all_who_follow_one_render_share_one_reader(
    claimed: tuple[Render, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    render, token = claimed
    reads: list[int] = []
    stored = event_stream._stored

    def counted(render_id: int, after: int) -> tuple[list[dict[str, Any]], bool]:
        reads.append(after)
        return stored(render_id, after)

    monkeypatch.setattr(event_stream, "_stored", counted)
    watchers = [asyncio.create_task(gather(render, after=n % 2)) for n in range(50)]
    gone = asyncio.create_task(gather(render))
    await asyncio.sleep(0.3)
    gone.cancel()
    for number in range(3):
        await tell(render, "said", {"text": str(number)}, token=token)
    await end(render, token, State.FAILED, EngineFailure("no"))
    events = [await asyncio.wait_for(one, 10) for one in watchers]
    assert events[0][-1]["kind"] == "failed"
    assert all(one == events[0][n % 2 :] for n, one in enumerate(events))
    assert len(reads) < 15  # 51 readers would have been more than 100
    assert not event_stream._feeds()


async def test_a_reader_that_fails_tells_all_and_the_next_begins_anew(
    claimed: tuple[Render, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    render, token = claimed

    def broken(render_id: int, after: int) -> tuple[list[dict[str, Any]], bool]:
        raise DatabaseError("away")

    with monkeypatch.context() as patch:
        patch.setattr(event_stream, "_stored", broken)
        watchers = [asyncio.create_task(gather(render)) for _ in range(2)]
        failed = await asyncio.wait_for(asyncio.gather(*watchers, return_exceptions=True), 10)
    assert [type(one) for one in failed] == [DatabaseError] * 2
    await end(render, token, State.FAILED, EngineFailure("no"))
    assert (await asyncio.wait_for(gather(render), 10))[-1]["kind"] == "failed"
