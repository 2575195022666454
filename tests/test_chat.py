"""The quick way in for ``POST /run_sse``: it answers as Django does, and the turn is its own master."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application

from gifweb.api import chat_stream, chat_threads
from gifweb.api.chat_handler import with_chat_handler
from gifweb.studio.models import Project, Turn

from . import media_made
from .test_agent_api import Agent, events

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(tmp_path: Path) -> tuple[Agent, str]:
    agent = Agent()
    sid = agent.session()
    sent = agent.upload(sid, ("a.gif", media_made.gif(tmp_path / "a.gif", media_made.scene()).read_bytes()))
    assert sent.status_code == 200, sent.content
    return agent, sid


def scope(method: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/run_sse",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.7", 5000),
        "server": ("127.0.0.1", 8000),
    }


Answered = tuple[int, dict[str, str], bytes]


async def ask(application: Any, method: str, headers: dict[str, str], body: bytes) -> Answered:
    sent = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body))} | headers
    talk = ApplicationCommunicator(application, scope(method, sent))
    half = len(body) // 2
    await talk.send_input({"type": "http.request", "body": body[:half], "more_body": True})
    await talk.send_input({"type": "http.request", "body": body[half:]})
    start = await talk.receive_output(30)
    got = b""
    while True:
        piece = await talk.receive_output(30)
        got += piece.get("body", b"")
        if not piece.get("more_body"):
            break
    await talk.wait(30)
    return start["status"], {k.decode().lower(): v.decode() for k, v in start["headers"]}, got


def same(headers: dict[str, str]) -> dict[str, str]:
    """The headers without what counts down or is each answer's own."""
    return {k: v for k, v in headers.items() if k not in ("ratelimit", "x-request-id")}


def said(sid: str, text: Any = "first 0.3 seconds") -> bytes:
    return json.dumps({"session_id": sid, "new_message": {"parts": [{"text": text}]}}).encode()


async def test_it_answers_as_the_site_does(session: tuple[Agent, str], settings: Any) -> None:
    agent, sid = session
    token = {"Authorization": f"Bearer {agent.token}"}
    site = get_asgi_application()
    door = with_chat_handler(site)
    cases: list[tuple[str, dict[str, str], bytes, int]] = [
        ("POST", token, said(sid, "status"), 200),
        ("POST", {}, said(sid), 401),
        ("POST", {"Authorization": "Bearer gw_wrong"}, said(sid), 401),
        ("POST", token, said("1" * 19), 404),
        ("POST", token, b"{", 400),
        ("POST", token, b"", 400),
        ("POST", token, said(sid, ""), 400),
        ("POST", token, said(sid, "x" * 9000), 400),
        ("POST", token, b" " * 2_000_001, 413),
        ("POST", token | {"Host": "evil.example.com"}, said(sid), 400),
        ("GET", token, b"", 405),
        ("OPTIONS", {}, b"", 204),
    ]
    for method, headers, body, status in cases:
        theirs = await ask(site, method, headers, body)
        ours = await ask(door, method, headers, body)
        assert ours[0] == theirs[0] == status, (method, body[:80], ours, theirs)
        assert same(ours[1]) == same(theirs[1]), (method, body[:80])
        if status == 200:
            assert ours[1]["ratelimit-policy"]
            assert ours[2].startswith(b": heartbeat\n\n")
            ends = [list(events(answer[2].decode()))[-1]["text"] for answer in (ours, theirs)]
            assert ends[0] == ends[1]
        else:
            assert ours[2] == theirs[2]


async def test_one_too_many_is_refused_before_the_stream(session: tuple[Agent, str], settings: Any) -> None:
    agent, sid = session
    settings.LIMITS = settings.LIMITS | {"turn": "1/h"}
    door = with_chat_handler(get_asgi_application())
    token = {"Authorization": f"Bearer {agent.token}"}
    assert (await ask(door, "POST", token, said(sid, "status")))[0] == 200
    status, headers, body = await ask(door, "POST", token, said(sid, "status"))
    assert status == 429
    assert int(headers["retry-after"]) > 0
    assert headers["ratelimit"].startswith('"turn";r=0;')
    assert json.loads(body)["code"] == 429


async def test_the_first_byte_waits_for_no_turn_and_the_turn_for_no_reader(
    session: tuple[Agent, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, sid = session
    may_go = threading.Event()
    take = chat_stream._events

    def slow(*args: Any) -> Iterator[dict[str, Any]]:
        assert may_go.wait(30)
        yield from take(*args)

    monkeypatch.setattr(chat_stream, "_events", slow)
    door = with_chat_handler(get_asgi_application())
    talk = ApplicationCommunicator(door, scope("POST", {"Host": "localhost", "Authorization": f"Bearer {agent.token}"}))
    await talk.send_input({"type": "http.request", "body": said(sid)})
    assert (await talk.receive_output(30))["status"] == 200
    assert (await talk.receive_output(30))["body"] == b": heartbeat\n\n"
    await talk.send_input({"type": "http.disconnect"})
    await talk.wait(10)
    may_go.set()
    for _ in range(600):
        if await sync_to_async(Turn.objects.filter(project__session_id=sid, role="model").exists)():
            break
        await asyncio.sleep(0.05)
    project = await sync_to_async(Project.objects.get)(session_id=sid)
    assert project.draft_number == 2


def test_whoever_was_greeted_makes_room_once() -> None:
    arrivals = chat_threads.PendingFirstBytes()
    with arrivals.one() as first_byte_sent:
        assert not arrivals.wait(0.01)
        first_byte_sent()
        assert arrivals.wait(0.01)
        with arrivals.one():
            assert not arrivals.wait(0.01)
    assert arrivals.wait(0.01)


def test_a_line_goes_on_after_a_mistake() -> None:
    line = chat_threads.ReadyThreads(1, "test")

    def wrong() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        line.submit(wrong).result(10)
    assert line.submit(Project.objects.count).result(10) == 0
