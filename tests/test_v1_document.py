"""/api/v1 as people expect it: names, tags and examples, pages of a list, deleting, replays, problems and HEAD."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from compressor import timeline
from compressor.events import _KINDS
from compressor.media import MediaInfo
from gifweb.accounts import identity, tokens
from gifweb.accounts.models import Account
from gifweb.api import reference_page, v1
from gifweb.credits import ledger
from gifweb.renders.models import Render
from gifweb.studio.models import Media, Project, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return identity.make()


@pytest.fixture
def api(account: Account) -> Client:
    return Client(headers={"Authorization": f"Bearer {tokens.issue(account, 'x').token}"})


@pytest.fixture
def project(account: Account) -> Project:
    info = MediaInfo("gif", "video", "gif", 9, 8, 8, 2, duration_ms=200, shown_ms=200)
    made = Project.objects.create(account=account, title="t", draft_number=1)
    media = Media.objects.create(
        account=account, project=made, name="a.gif", key="uploads/v1doc", sha256="a" * 64, bytes=9, facts=info.to_json()
    )
    draft = timeline.draft_for(media.public_id, info, media.name)
    Revision.objects.create(project=made, number=1, draft=draft.to_json(), sentence="uploaded")
    default_storage.save(media.key, ContentFile(b"GIF89a..."))
    return made


def _render(project: Project, number: int) -> Render:
    return Render.objects.create(
        account=project.account, project=project, idempotency_key=f"k{number}", request_hash="x", state="finished"
    )


def test_names_and_tags_make_good_clients() -> None:
    schema = json.loads(json.dumps(v1.api.get_openapi_schema(), default=str))
    operations = [one for methods in schema["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in names), names
    known = {tag["name"] for tag in schema["tags"]}
    assert all(one["tags"] and set(one["tags"]) <= known for one in operations)
    # What openapi-python-client makes a typed answer of; an operation with none of these answers nothing there.
    understood = re.compile(r"application/(octet-stream|json|.+\+json)|text/.+")
    for one in operations:
        for answer in one["responses"].values():
            assert not answer.get("content") or any(understood.fullmatch(kind) for kind in answer["content"]), one
    share = schema["paths"]["/api/v1/renders/{render_id}/shares"]["post"]["requestBody"]
    assert not share["required"]
    assert share["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ShareIn"}
    download = schema["paths"]["/api/v1/renders/{render_id}/file"]["get"]["responses"]["200"]["content"]
    assert {"image/gif", "video/mp4", "image/avif"} < set(download)


def test_every_object_field_and_event_stands_on_the_page() -> None:
    page = Client().get("/api").content.decode()
    assert "anything" not in page
    assert "``" not in page
    named = re.findall(r' id="([^"]+)"', page)
    assert len(named) == len(set(named))
    drawn = reference_page.context()
    schema = json.loads(json.dumps(v1.api.get_openapi_schema(), default=str))
    assert sum(len(group["operations"]) for group in drawn["groups"]) == sum(len(m) for m in schema["paths"].values())
    for name, shape in schema["components"]["schemas"].items():
        for field in shape.get("properties", {}):
            assert f"<code>{field}</code>" in page, (name, field)
    told = {one["kind"] for one in drawn["events"]}
    assert told >= set(_KINDS)
    goal = next(one for group in drawn["groups"] for one in group["operations"] if one["id"] == "start_render")
    assert {field["name"]: field["type"] for field in goal["body"]}["goal"] == "Goal"
    sent = json.loads(goal["body_example"])
    assert v1.schemas.RenderIn.model_validate(sent)


def test_a_list_comes_in_pages(api: Client, project: Project) -> None:
    made = [_render(project, n).public_id for n in range(5)]
    seen: list[str] = []
    address = "/api/v1/renders?limit=2"
    while address:
        answer = api.get(address)
        seen += [one["id"] for one in answer.json()]
        if len(seen) == 2:
            made.append(_render(project, 9).public_id)  # what is made meanwhile shifts nothing
        found = re.search(r'<([^>]+)>; rel="next"', answer.get("Link", ""))
        address = found[1] if found else ""
    assert seen == made[:5][::-1]
    assert api.get("/api/v1/renders?cursor=nothing").status_code == 422
    other = identity.make()
    stranger = Client(headers={"Authorization": f"Bearer {tokens.issue(other, 'x').token}"})
    assert stranger.get(f"/api/v1/renders?cursor={made[0]}").status_code == 422
    assert api.get("/api/v1/projects?limit=1").json()[0]["id"] == project.public_id


def test_deleting(api: Client, project: Project) -> None:
    first, second = _render(project, 1), _render(project, 2)
    assert api.delete(f"/api/v1/renders/{first.public_id}").status_code == 204
    assert api.get(f"/api/v1/renders/{first.public_id}").status_code == 404
    assert api.delete(f"/api/v1/renders/{first.public_id}").status_code == 404
    assert api.delete(f"/api/v1/projects/{project.public_id}").status_code == 204
    assert not Render.objects.filter(pk=second.pk).exists()
    assert not Project.objects.filter(pk=project.pk).exists()
    empty = Project.objects.create(account=project.account, title="empty")
    assert api.delete(f"/api/v1/projects/{empty.public_id}").status_code == 204


def test_the_key_is_optional_and_a_replay_says_so(api: Client, account: Account, project: Project) -> None:
    ledger.grant(account, 100, "test grant", "welcome")

    def start(**headers: str) -> Any:
        body = json.dumps({"project": project.public_id, "goal": {"format": "gif"}})
        return api.post("/api/v1/renders", body, content_type="application/json", headers=headers)

    one, two = start(), start()
    assert (one.status_code, two.status_code) == (201, 201), one.content
    assert one.json()["id"] != two.json()["id"]
    first, again = start(**{"Idempotency-Key": "k"}), start(**{"Idempotency-Key": "k"})
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert first.json()["id"] == again.json()["id"]


def test_a_refusal_is_a_problem_too(api: Client) -> None:
    plain = api.get("/api/v1/renders/nothing")
    told = plain.json()
    assert (told["code"], told["status"], told["detail"]) == (404, 404, told["message"])
    assert told["type"].endswith("/api#problem-404")
    assert plain["Content-Type"].startswith("application/json")
    asked = api.get("/api/v1/renders/nothing", headers={"Accept": "application/problem+json"})
    assert asked["Content-Type"] == "application/problem+json"
    assert 'id="problem-404"' in Client().get("/api").content.decode()


def test_head_is_get_without_a_body(api: Client, project: Project) -> None:
    made = _render(project, 1)
    for path in (f"/api/v1/renders/{made.public_id}", "/api/v1/presets", f"/api/v1/projects/{project.public_id}"):
        got, head = api.get(path), api.head(path)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert head["Content-Length"] == str(len(got.content))
    assert api.head("/api/v1/renders/nothing").status_code == 404
    assert api.head(f"/api/v1/renders/{made.public_id}/cancel").status_code == 405


def test_a_link_needs_no_body(api: Client, project: Project) -> None:
    made = _render(project, 1)
    Render.objects.filter(pk=made.pk).update(result_key="results/v1doc")
    assert api.generic("POST", f"/api/v1/renders/{made.public_id}/shares").status_code == 201
