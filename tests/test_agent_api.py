"""The agent contract, as a client that only read the skill document would use it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from gifweb import renders
from gifweb.accounts import tokens
from gifweb.accounts.models import ApiToken, User
from gifweb.credits import ledger
from gifweb.renders.models import Render
from gifweb.studio.models import Project

from . import media_made

pytestmark = pytest.mark.django_db(transaction=True)

SKILL = {"X-Skill-Source": "ai-gif-compressor", "X-Skill-Version": "1.0.0", "X-Skill-Platform": "unknown"}


class Agent:
    """A client of the contract: a token, a session, and the verbs."""

    def __init__(self, client_id: str = "11111111-2222-3333-4444-555555555555") -> None:
        self.http = Client()
        answer = self.http.post("/api/auth/anonymous-token", headers={"X-Client-Id": client_id})
        assert answer.status_code == 200, answer.content
        # shipped skills cut the token out of the raw text
        found = re.search(r'"token":"([^"]+)"', answer.content.decode())
        assert found
        self.token = found[1]
        self.first = answer.json()
        self.headers = {"Authorization": f"Bearer {self.token}"} | SKILL

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.http.generic(
            method,
            path,
            json.dumps(body) if body is not None else b"",
            content_type="application/json",
            headers=self.headers | headers,
        )

    def session(self) -> str:
        answer = self.call(
            "POST", "/api/tasks/me/with-session/nemo_agent", {"task_name": "project", "language": "<lang>"}
        )
        assert answer.status_code == 200, answer.content
        return str(answer.json()["data"]["session_id"])

    def upload(self, sid: str, *files: tuple[str, bytes], field: str = "files") -> Any:
        data = {field: [SimpleUploadedFile(name, content) for name, content in files]}
        return self.http.post(f"/api/upload-video/nemo_agent/me/{sid}", data, headers=self.headers)

    def state(self, sid: str) -> Any:
        return self.call("GET", f"/api/state/nemo_agent/me/{sid}/latest").json()

    async def say(self, sid: str, text: str, **extra: Any) -> list[dict[str, Any]]:
        answer = await AsyncClient().post(
            "/run_sse",
            {"session_id": sid, "new_message": {"parts": [{"text": text}]}} | extra,
            content_type="application/json",
            headers=self.headers | {"Accept": "text/event-stream"},
        )
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"].startswith("text/event-stream")
        raw = b"".join([chunk async for chunk in answer.streaming_content]).decode()
        return list(events(raw))


def events(raw: str) -> Iterator[dict[str, Any]]:
    """The stream's events; holds the form of every line."""
    for block in raw.split("\n\n"):
        if not block or block == ": heartbeat":
            continue
        assert block.startswith("data: {"), block
        assert "\n" not in block
        text = block.removeprefix("data: ")
        event = json.loads(text)
        assert text == json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        yield event


@pytest.fixture
def gif(tmp_path: Path) -> bytes:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(160, 90, 12, noise=20), delays_cs=10).read_bytes()


@pytest.fixture
def agent() -> Agent:
    return Agent()


async def test_the_skill_document_works_to_the_last_byte(agent: Agent, gif: bytes) -> None:
    assert agent.first["data"]["credits"] == 100
    assert agent.first["user_id"].startswith("anon_")
    sid = await sync_to_async(agent.session)()
    assert re.fullmatch(r"\d{19}", sid)
    sent = (await sync_to_async(agent.upload)(sid, ("anything.bin", gif))).json()
    file = sent["data"]["files"][0]
    assert (file["file_type"], file["width"], file["height"], file["frames"]) == ("video", 160, 90, 12)
    assert file["duration"] == pytest.approx(1.2)
    assert sent["url"] == file["cdn_url"]

    told = await agent.say(sid, "compress this GIF to under 20KB without losing too much quality")
    assert [e["type"] for e in told] == ["tool_call", "tool_result", "text"]
    assert told[-1]["turnComplete"] is True
    assert "20" in told[-1]["text"]
    state = await sync_to_async(agent.state)(sid)
    assert state["data"]["state"]["goal"]["max_bytes"] == 20_000
    assert state["summary"].startswith("Timeline (1 track): 1. Video: anything (0-1.2s)")

    render_id = "render_1795351061"
    order = {"id": render_id, "sessionId": sid, "draft": state["data"]["state"]["draft"], "output": {"format": "mp4"}}
    answer = (await sync_to_async(agent.call)("POST", "/api/render/proxy/lambda", order)).json()
    assert answer["code"] == 0
    assert (answer["status"], answer["output"], answer["taskId"]) == ("pending", None, render_id)
    balance = (await sync_to_async(agent.call)("GET", "/api/credits/balance/simple")).json()["data"]
    assert balance == {"available": 99, "frozen": 1, "total": 100}

    row = await Render.objects.aget(idempotency_key=f"agent:{render_id}")
    assert await database_sync_to_async(renders.run, thread_sensitive=False)(row.pk)
    done = (await sync_to_async(agent.call)("GET", f"/api/render/proxy/lambda/{render_id}")).json()
    assert done["status"] == "completed", done
    assert done["progress"] == 100
    assert done["data"]["output"] == done["output"]
    assert done["outputUrl"] == done["output"]["url"]

    fetched = await sync_to_async(Client().get)(done["outputUrl"].removeprefix("http://testserver"))
    content = b"".join(fetched.streaming_content)
    assert len(content) == done["output"]["size"] <= 20_000
    with av.open(io.BytesIO(content)) as box:
        assert box.streams.video[0].codec_context.name == "h264"
        assert (box.streams.video[0].width, box.streams.video[0].height) == (160, 90)
    direct = await sync_to_async(agent.call)("GET", f"/api/render/proxy/{render_id}/download")
    assert b"".join(direct.streaming_content) == content
    balance = (await sync_to_async(agent.call)("GET", "/api/credits/balance/simple")).json()
    assert balance["data"] == {"available": 99, "frozen": 0, "total": 99}
    assert balance["available"] == 99


async def test_every_event_is_an_adk_event(agent: Agent, gif: bytes) -> None:
    from asgiref.sync import sync_to_async
    from google.adk.events import Event

    sid = await sync_to_async(agent.session)()
    await sync_to_async(agent.upload)(sid, ("a.gif", gif))
    for words in ("first 1 second, text SALE at the top", "credits", "status", "undo", "what?", "export"):
        for event in await agent.say(sid, words, streaming=True):
            parsed = Event.model_validate(event)
            assert parsed.content is not None
            assert parsed.content.parts
            again = json.loads(parsed.model_dump_json(by_alias=True, exclude_none=True))
            assert again["invocationId"] == event["invocationId"]
        assert event["type"] == "text"
        assert event["text"]


async def test_no_silent_edits(agent: Agent, gif: bytes) -> None:
    sid = await sync_to_async(agent.session)()
    await sync_to_async(agent.upload)(sid, ("a.gif", gif))
    told = await agent.say(sid, "keep the first 1 second")
    assert told[1]["actions"]["stateDelta"]["draft"]["d"] == 1000
    assert "1 s" in told[-1]["text"]
    state = await sync_to_async(agent.state)(sid)
    assert state["data"]["state"]["draft"]["d"] == 1000
    told = await agent.say(sid, "undo")
    state = await sync_to_async(agent.state)(sid)
    assert state["data"]["state"]["draft"]["d"] == 1200
    told = await agent.say(sid, "asdkjh qweoiu")
    assert [e["type"] for e in told] == ["text"]


async def test_files_are_placed_by_their_names(agent: Agent, gif: bytes) -> None:
    sid = await sync_to_async(agent.session)()
    await sync_to_async(agent.upload)(sid, ("city timelapse.gif", gif), ("harbour.gif", gif))
    assert (await sync_to_async(agent.state)(sid))["summary"] == "Timeline (1 track): 1. Video: city timelapse (0-1.2s)"
    told = await agent.say(sid, "then the second clip")
    assert told[0]["content"]["parts"][0]["functionCall"]["args"]["edits"][0]["edit"] == "add_clip"
    draft = (await sync_to_async(agent.state)(sid))["data"]["state"]["draft"]
    assert draft["d"] == 2400
    await agent.say(sid, 'add lo-fi BGM at 35% and show the title "Urban Dreams" at the top for the first 3 seconds')
    summary = (await sync_to_async(agent.state)(sid))["summary"]
    assert summary.startswith("Timeline (3 tracks): 1. Video: city timelapse")
    assert "2. BGM: Lo-fi (0-2.4s, 35%)" in summary
    assert 'Title: "Urban Dreams"' in summary


def test_the_same_client_is_the_same_account_and_gets_no_new_credits(agent: Agent) -> None:
    again = Agent()
    assert again.first["user_id"] == agent.first["user_id"]
    assert again.token != agent.token
    assert ledger.balance(Render._meta.get_field("account").related_model.objects.get()).total == 100


def test_refusals_have_their_codes(agent: Agent, gif: bytes) -> None:
    nobody = Client()

    def code(answer: Any) -> tuple[int, int]:
        return answer.status_code, answer.json()["code"]

    assert code(nobody.post("/api/auth/anonymous-token")) == (400, 400)
    assert code(nobody.post("/api/auth/anonymous-token", headers={"X-Client-Id": "x" * 65})) == (400, 400)
    assert code(nobody.get("/api/credits/balance/simple")) == (401, 1001)
    assert code(nobody.get("/api/credits/balance/simple", headers={"Authorization": "Bearer nope"})) == (401, 1001)
    assert code(nobody.get(f"/api/credits/balance/simple?token={agent.token}")) == (401, 1001)
    assert code(agent.call("GET", "/api/auth/anonymous-token")) == (405, 405)
    assert code(agent.call("GET", "/api/nothing/here")) == (404, 404)
    assert code(agent.call("GET", "/api/state/nemo_agent/me/1234567890123456789/latest")) == (404, 1002)
    stranger = Agent("somebody-else")
    sid = agent.session()
    assert code(stranger.call("GET", f"/api/state/nemo_agent/me/{sid}/latest")) == (404, 1002)
    answer = stranger.call("POST", "/run_sse", {"session_id": sid, "new_message": {"parts": [{"text": "hi"}]}})
    assert code(answer) == (404, 1002)
    assert answer.json()["detail"]
    assert code(agent.call("POST", "/run_sse", {"session_id": sid})) == (400, 400)
    bad = agent.upload(sid, ("a.gif", b"<svg onload=alert(1)>"), ("b.gif", gif))
    assert code(bad) == (415, 4001)
    assert "gif" in bad.json()["data"]["accepted"]
    assert agent.state(sid)["data"]["state"]["video_infos"] == []
    assert code(agent.upload(sid, ("a.gif", b""))) == (400, 400)
    assert code(agent.call("POST", f"/api/upload-video/nemo_agent/me/{sid}", {"urls": ["http://127.0.0.1/a.gif"]})) == (
        400,
        400,
    )
    assert code(agent.call("POST", "/api/render/proxy/lambda", {"sessionId": sid})) == (400, 400)
    assert code(agent.call("POST", "/api/render/proxy/lambda", {"id": "r", "sessionId": sid})) == (422, 422)
    agent.upload(sid, ("b.gif", gif), field="file")
    for output in ({"format": "exe"}, {"max_bytes": -5}, {"preset": "nope"}, {"quality": 101}, {"resolution": "big"}):
        refused = agent.call("POST", "/api/render/proxy/lambda", {"id": "r", "sessionId": sid, "output": output})
        assert code(refused) == (422, 422)
        assert refused.json()["data"]["field"] == f"output.{next(iter(output))}"
    del agent.headers["X-Skill-Version"]
    assert code(agent.call("POST", "/api/render/proxy/lambda", {"id": "r", "sessionId": sid})) == (402, 402)
    assert agent.call("GET", "/api/credits/balance/simple").json()["data"]["frozen"] == 0


def test_the_client_id_of_an_export_is_its_idempotency_key(agent: Agent, gif: bytes) -> None:
    sid = agent.session()
    agent.upload(sid, ("a.gif", gif))
    order = {"id": "render_1", "sessionId": sid, "output": {"format": "gif"}}
    first = agent.call("POST", "/api/render/proxy/lambda", order).json()
    second = agent.call("POST", "/api/render/proxy/lambda", order).json()
    assert first == second
    assert Render.objects.count() == 1
    other = agent.call("POST", "/api/render/proxy/lambda", order | {"output": {"format": "mp4"}})
    assert (other.status_code, other.json()["code"]) == (409, 409)
    stopped = agent.call("POST", "/api/render/proxy/lambda/render_1/cancel").json()
    assert stopped["status"] == "cancelled"
    assert agent.call("GET", "/api/credits/balance/simple").json()["data"]["frozen"] == 0


async def test_a_token_that_may_talk_may_not_render(agent: Agent, gif: bytes) -> None:
    """ "export" in the chat started a render, and spent credits, by a token without that scope."""
    sid = await sync_to_async(agent.session)()
    await sync_to_async(agent.upload)(sid, ("a.gif", gif))
    mine = await ApiToken.objects.select_related("account").aget()
    talks = (await sync_to_async(tokens.issue)(mine.account, "talks", ["write"])).token
    agent.headers |= {"Authorization": f"Bearer {talks}"}
    told = await agent.say(sid, "export")
    assert "render" in told[-1]["text"]
    assert not await Render.objects.aexists()
    assert "2 times" in str(await agent.say(sid, "loop 2 times"))


def test_a_draft_that_names_a_strangers_file_is_refused(agent: Agent, gif: bytes) -> None:
    sid = agent.session()
    agent.upload(sid, ("a.gif", gif))
    draft = agent.state(sid)["data"]["state"]["draft"]
    stranger = Agent("stranger")
    theirs = stranger.session()
    for sent in (draft, json.dumps(draft)):
        refused = stranger.call("POST", "/api/render/proxy/lambda", {"id": "x", "sessionId": theirs, "draft": sent})
        assert (refused.status_code, refused.json()["code"]) == (422, 422)


def test_any_origin_may_ask(agent: Agent) -> None:
    asked = Client().options("/api/credits/balance/simple", headers={"Origin": "https://elsewhere.test"})
    assert asked.status_code == 204
    assert asked["Access-Control-Allow-Origin"] == "*"
    for name in ("Authorization", "X-Client-Id", "X-Skill-Platform"):
        assert name in asked["Access-Control-Allow-Headers"]


def test_out_of_credits_says_how_to_get_more(agent: Agent, gif: bytes) -> None:
    sid = agent.session()
    agent.upload(sid, ("a.gif", gif))
    account = ApiToken.objects.get(account__public_id=agent.first["user_id"]).account
    ledger.hold(account, 100, "everything", "a test")
    order = {"id": "r", "sessionId": sid}
    refused = agent.call("POST", "/api/render/proxy/lambda", order)
    assert (refused.status_code, refused.json()["code"]) == (403, 2001)
    data = refused.json()["data"]
    assert (data["available"], data["required"]) == (0, 1)
    assert re.match(r"http://testserver/register\?bind=[\w-]{22,}", data["registration_url"])
    assert not Render.objects.exists()
    ledger.release("everything")
    assert agent.call("POST", "/api/render/proxy/lambda", order).json()["code"] == 0


def test_a_claim_link_shows_one_project_and_opens_no_api(agent: Agent, gif: bytes) -> None:
    sid = agent.session()
    agent.upload(sid, ("harbour.gif", gif))
    made = agent.call("POST", "/api/auth/claim-token", {"session_id": sid}).json()["data"]
    assert made["expires_in"] == 604800
    person = Client()
    page = person.get("/workspace/claim", {"ct": made["claim_token"]})
    assert page.status_code == 200
    assert "harbour.gif" in page.content.decode()
    asked = person.post(f"/workspace/claim?ct={made['claim_token']}")
    assert asked["Location"] == "/register"
    assert agent.token not in page.content.decode()
    refused = person.get("/api/credits/balance/simple", headers={"Authorization": f"Bearer {made['claim_token']}"})
    assert refused.json()["code"] == 1001
    assert person.get("/workspace/claim", {"ct": "clm_nothing"}).status_code == 404
    task_id = agent.state(sid)["data"]["task_id"]
    for path in (f"/task/{task_id}", f"/workspace/task/{task_id}?session={sid}", "/task/task_missing"):
        answer = person.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/login")


def test_who_takes_a_claim_over_gets_that_one_project_and_nothing_else(agent: Agent, gif: bytes) -> None:
    sid, other = agent.session(), agent.session()
    agent.upload(sid, ("harbour.gif", gif))
    order = {"id": "r", "sessionId": sid}
    assert agent.call("POST", "/api/render/proxy/lambda", order).json()["code"] == 0
    first, second = (
        agent.call("POST", "/api/auth/claim-token", {"session_id": sid}).json()["data"]["claim_token"] for _ in "12"
    )
    before = agent.call("GET", "/api/credits/balance/simple").json()["data"]
    person = Client()
    person.post(f"/workspace/claim?ct={first}")
    assert agent.state(sid)["code"] == 0, "a press alone moves nothing"
    registered = person.post("/register", {"email": "eve@example.org", "password1": "correct horse battery"})
    mine = User.objects.get(email="eve@example.org").account
    project = Project.objects.get(account=mine)
    assert registered["Location"] == f"/p/{project.public_id}"
    assert b"harbour.gif" in person.get(f"/p/{project.public_id}").content
    assert Render.objects.get().account == mine
    # The agent keeps its other project, its credits and its token, and the token opens nothing of hers.
    assert agent.state(sid)["code"] == 1002
    assert agent.state(other)["code"] == 0
    assert agent.call("GET", "/api/credits/balance/simple").json()["data"] == before
    assert ledger.balance(mine).available == 100
    # Once: neither this link nor its twin opens again, for anybody.
    for raw in (first, second):
        for somebody in (person, Client()):
            assert somebody.get("/workspace/claim", {"ct": raw}).status_code == 410
            assert somebody.post(f"/workspace/claim?ct={raw}").status_code == 410


def test_a_claim_is_taken_over_at_once_by_who_is_signed_in(agent: Agent, gif: bytes) -> None:
    sid = agent.session()
    agent.upload(sid, ("harbour.gif", gif))
    raw = agent.call("POST", "/api/auth/claim-token", {"session_id": sid}).json()["data"]["claim_token"]
    user = User.objects.create_user("eve@example.org", "correct horse battery")
    person = Client()
    person.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    assert b"Register" not in person.get("/workspace/claim", {"ct": raw}).content
    taken = person.post(f"/workspace/claim?ct={raw}")
    assert person.get(taken["Location"]).status_code == 200


def test_pages_for_programs(agent: Agent) -> None:
    page = Client().get("/for-agents").content.decode()
    assert "http://testserver/api/auth/anonymous-token" in page
    document = Client().get("/for-agents/skill.md")
    assert document["Content-Type"].startswith("text/markdown")
    assert "&quot;" not in document.content.decode()
    reference = Client().get("/api").content.decode().replace("<wbr>", "")
    schema = Client().get("/api/v1/openapi.json").json()
    for path in schema["paths"]:
        assert path in reference


def test_odd_bodies_are_clean_refusals(agent: Agent, gif: bytes) -> None:
    sid = agent.session()
    agent.upload(sid, ("a.gif", gif))

    def raw(path: str, body: str) -> int:
        answer = agent.http.generic("POST", path, body, content_type="application/json", headers=agent.headers)
        return answer.status_code

    session = "/api/tasks/me/with-session/nemo_agent"
    for body in (
        '{"task_name":"\\ud800"}',
        '{"task_name":"a\\u0000b"}',
        '{"x":NaN}',
        '{"x":1e400}',
        "[]",
        "{",
        "[" * 9999,
    ):
        assert raw(session, body) == 400, body[:40]
    for output in ({"resolution": "²"}, {"loop": 10**9}, {"width": 0}, {"fps": 1e30}, {"max_bytes": 10**12}):
        refused = agent.call("POST", "/api/render/proxy/lambda", {"id": "r", "sessionId": sid, "output": output})
        assert refused.status_code == 422, output
    assert agent.call("POST", "/api/render/proxy/lambda", {"id": "a/b", "sessionId": sid}).status_code == 400
    assert agent.call("HEAD", "/api/credits/balance/simple").status_code == 200
    wrong = agent.call("PUT", "/api/v1/projects", {})
    assert (wrong.status_code, wrong.json()["code"]) == (405, 405)


async def test_two_turns_at_once_lose_nothing(agent: Agent, gif: bytes) -> None:
    import asyncio

    sid = await sync_to_async(agent.session)()
    await sync_to_async(agent.upload)(sid, ("a.gif", gif))
    both = await asyncio.gather(agent.say(sid, "under 20KB"), agent.say(sid, "as gif"))
    goal = (await sync_to_async(agent.state)(sid))["data"]["state"]["goal"]
    said = [events[-1]["text"] for events in both]
    refused = [text for text in said if "Send your message again" in text]
    assert goal == {"max_bytes": 20_000, "format": "gif"} or len(refused) == 1, (goal, said)
