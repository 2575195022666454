"""Several files in one session, each with its own render: by the agent API and by /api/v1, over real uploads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.test import Client

from gifweb import renders
from gifweb.renders.models import Render
from gifweb.studio import project_files
from gifweb.studio.models import Media

from . import media_made
from .reader_table import table  # noqa: F401
from .test_agent_api import Agent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("table")]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    folder = tmp_path_factory.mktemp("pictures")
    names = ("dog.gif", "cat.gif", "bee.gif", "fox.gif", "owl.gif")
    found = []
    for number, name in enumerate(names):
        scene = media_made.scene(64 + 16 * number, 48, 6, noise=20)
        found.append((name, media_made.gif(folder / name, scene, delays_cs=10).read_bytes()))
    return found


def run_all() -> None:
    for row in Render.objects.filter(state="queued").order_by("id"):
        assert renders.run(row.pk)


async def test_two_files_by_the_agent_api(pictures: list[tuple[str, bytes]]) -> None:
    agent = await sync_to_async(Agent)()
    sid = await sync_to_async(agent.session)()
    sent = await sync_to_async(agent.upload)(sid, *pictures[:2])
    ids = [f["media_id"] for f in sent.json()["data"]["files"]]

    told = await agent.say(sid, "under 10KB")
    assert "cat.gif" in told[-1]["text"]
    told = await agent.say(sid, "now the second one: under 20KB as gif")
    assert [e["type"] for e in told] == ["tool_call", "tool_result", "text"]
    assert told[0]["content"]["parts"][0]["functionCall"]["args"]["media"] == ids[1]
    assert told[1]["actions"]["stateDelta"]["draft"]["t"][0]["sg"][0]["media"] == ids[1]
    assert "cat.gif" in told[-1]["text"]
    state = (await sync_to_async(agent.state)(sid))["data"]
    assert state["state"]["goal"] == {"format": "gif", "max_bytes": 20_000}
    assert state["state"]["draft"]["t"][0]["sg"][0]["media"] == ids[1]
    assert state["summary"].startswith("Timeline (1 track): 1. Video: cat")

    told = await agent.say(sid, "export")
    answers = [e["content"]["parts"][0]["functionResponse"]["response"] for e in told if e["type"] == "tool_result"]
    assert [a["status"] for a in answers] == ["ok", "ok"]
    assert all(a["render_id"] in told[-1]["text"] for a in answers)
    await database_sync_to_async(run_all, thread_sensitive=False)()
    made = (await sync_to_async(agent.state)(sid))["data"]["state"]["generated_media"]
    found = {m["source"]: m["output"] for m in made}
    assert found["dog.gif"]["format"] == "mp4"
    assert found["dog.gif"]["size"] <= 10_000
    assert (found["cat.gif"]["format"], found["cat.gif"]["width"]) == ("gif", 80)
    assert found["cat.gif"]["size"] <= 20_000

    await agent.say(sid, "back to the first")
    state = (await sync_to_async(agent.state)(sid))["data"]["state"]
    assert state["goal"] == {"max_bytes": 10_000}
    # The endpoint takes what stands of the file that is worked on.
    order = {"id": "mine", "sessionId": sid}
    answer = (await sync_to_async(agent.call)("POST", "/api/render/proxy/lambda", order)).json()
    assert answer["code"] == 0
    row = await Render.objects.aget(idempotency_key="agent:mine")
    assert (row.sources, row.goal["max_bytes"]) == ([ids[0]], 10_000)


async def test_five_files_alike_by_the_agent_api(pictures: list[tuple[str, bytes]]) -> None:
    agent = await sync_to_async(Agent)()
    sid = await sync_to_async(agent.session)()
    for picture in pictures:
        await sync_to_async(agent.upload)(sid, picture)
    told = await agent.say(sid, "each file under 10KB")
    assert "5 files" in told[-1]["text"]
    told = await agent.say(sid, "export")
    answers = [e["content"]["parts"][0]["functionResponse"]["response"] for e in told if e["type"] == "tool_result"]
    assert [a["status"] for a in answers] == ["ok"] * 5
    await database_sync_to_async(run_all, thread_sensitive=False)()
    made = (await sync_to_async(agent.state)(sid))["data"]["state"]["generated_media"]
    assert sorted(m["source"] for m in made) == sorted(name for name, _ in pictures)
    assert all(m["output"]["size"] <= 10_000 for m in made)
    assert len({m["output"]["width"] for m in made}) == 5
    balance = (await sync_to_async(agent.call)("GET", "/api/credits/balance/simple")).json()["data"]
    assert (balance["frozen"], balance["total"]) == (0, 95)


class Script:
    """A client of /api/v1."""

    def __init__(self) -> None:
        self.http = Client()
        self.headers = Agent("a script").headers

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        sent = json.dumps(body or {})
        answer = self.http.post(f"/api/v1{path}", sent, content_type="application/json", headers=self.headers | headers)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/v1{path}", headers=self.headers).json()

    def upload(self, pictures: list[tuple[str, bytes]], project: str = "") -> list[dict[str, Any]]:
        from django.core.files.uploadedfile import SimpleUploadedFile

        files = [SimpleUploadedFile(name, content) for name, content in pictures]
        query = f"?project={project}" if project else ""
        answer = self.http.post(f"/api/v1/uploads{query}", {"files": files}, headers=self.headers)
        assert answer.status_code == 201, answer.content
        return list(answer.json())


@pytest.mark.parametrize("count", [2, 5])
def test_files_by_the_native_api(pictures: list[tuple[str, bytes]], count: int) -> None:
    script = Script()
    media = script.upload(pictures[:count])
    ids, project = [m["id"] for m in media], media[0]["project"]
    path = f"/projects/{project}"
    first = script.post(f"{path}/edits", {"words": "under 10KB"})
    assert (first["working_on"], first["goal"]) == (ids[0], {"max_bytes": 10_000})
    second = script.post(
        f"{path}/edits",
        {"words": "now the second one: under 20KB as gif", "edits": [{"edit": "speed", "speed": 2.0}]},
    )
    assert second["working_on"] == ids[1]
    assert "cat.gif" in second["reply"]
    stands = script.get(path)
    assert stands["files"][ids[0]]["goal"] == {"max_bytes": 10_000}
    assert stands["files"][ids[0]]["draft"]["d"] == 300  # typed edits are about the file that was worked on
    assert stands["files"][ids[1]]["goal"] == {"format": "gif", "max_bytes": 20_000}
    assert stands["files"][ids[1]]["draft"]["d"] == 600
    assert script.post(f"{path}/undo")["working_on"] == ids[0]
    assert script.post(f"{path}/redo")["working_on"] == ids[1]

    started = script.post(f"{path}/edits", {"words": "export"})["renders"]
    assert len(started) == 2
    assert len(script.post(f"{path}/edits", {"words": "each file under 10KB"})["changed"]) >= 1
    started += script.post(f"{path}/edits", {"words": "export"})["renders"]
    named = script.post(
        "/renders", {"project": project, "media": ids[0], "goal": {"format": "webp"}}, **{"Idempotency-Key": "k"}
    )
    assert named["goal"] == {"format": "webp", "max_bytes": 10_000}
    refused = script.http.post(
        "/api/v1/renders",
        json.dumps({"project": project, "media": "nobody"}),
        content_type="application/json",
        headers=script.headers | {"Idempotency-Key": "k2"},
    )
    assert refused.status_code == 404
    run_all()
    for render in [*started, named["id"]]:
        done = script.get(f"/renders/{render}")
        assert done["state"] == "finished"
        assert done["fits"]


def test_words_start_no_render_without_the_scope(pictures: list[tuple[str, bytes]]) -> None:
    from gifweb.accounts.models import ApiToken

    script = Script()
    project = script.upload(pictures[:1])[0]["project"]
    ApiToken.objects.update(scopes="read write upload")
    told = script.post(f"/projects/{project}/edits", {"words": "export"})
    assert told["renders"] == []
    assert "scope" in told["reply"]
    assert not Render.objects.exists()


def test_a_file_that_comes_later_is_named_on_the_page(client: Client, tmp_path: Path) -> None:
    clip = media_made.gif(tmp_path / "dog.gif", media_made.scene(48, 32, 6))
    other = media_made.gif(tmp_path / "cat.gif", media_made.scene(32, 32, 6))
    with clip.open("rb") as file:
        client.post("/", {"file": file, "words": "under 500KB"})
    where = Render.objects.get().project
    with other.open("rb") as file:
        page = client.post(f"/p/{where.public_id}/add", {"file": file}, follow=True).content.decode()
    assert "“cat.gif” is here" in page
    where.refresh_from_db()
    assert where.goal["max_bytes"] == 500_000
    client.post(f"/p/{where.public_id}/say", {"words": "now the second one: under 20KB as gif"})
    where.refresh_from_db()
    assert where.goal == {"format": "gif", "max_bytes": 20_000}
    first = Media.objects.get(name="dog.gif").public_id
    page = client.post(f"/p/{where.public_id}/file", {"media": first}, follow=True).content.decode()
    assert "“dog.gif”" in page
    where.refresh_from_db()
    assert where.goal["max_bytes"] == 500_000
    assert client.post(f"/p/{where.public_id}/file", {"media": "nobody"}).status_code == 404
    client.post(f"/p/{where.public_id}/say", {"words": "a bit smaller"})
    page = client.get(f"/p/{where.public_id}").content.decode()
    assert "Export all 2 files" in page
    where.renders.all().delete()
    page = client.post(f"/p/{where.public_id}/export", {"all": "1", "key": "k"}, follow=True).content.decode()
    assert "2 exports started" in page
    assert [project_files.source_of(r) for r in where.renders.order_by("id")][-1] == first
