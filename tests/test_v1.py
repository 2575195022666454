"""/api/v1: what the OpenAPI document promises holds under generated requests, and its verbs make a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from . import media_made
from .live import Site, wait_until

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@pytest.fixture
def clients() -> Iterator[Callable[[Site, str], httpx.Client]]:
    """Clients of /api/v1, each with a token of its own; closed at the end."""
    opened: list[httpx.Client] = []

    def client(site: Site, client_id: str) -> httpx.Client:
        opened.append(httpx.Client(base_url=f"{site.url}/api/v1", headers=token(site, client_id), timeout=60))
        return opened[-1]

    yield client
    for one in opened:
        one.close()


def token(site: Site, client_id: str) -> dict[str, str]:
    answer = httpx.post(f"{site.url}/api/auth/anonymous-token", headers={"X-Client-Id": client_id}, timeout=30)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest.mark.slow
def test_generated_requests_find_no_broken_promise(site: Site, tmp_path: Path) -> None:
    headers = token(site, "generated")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{site.url}/api/v1/openapi.json",
            "--header", f"Authorization: {headers['Authorization']}",
            "--checks", ",".join(CHECKS),
            "--phases", "examples,coverage,fuzzing", "--max-examples", "6", "--request-timeout", "60",
            "--wait-for-schema", "30", "--continue-on-failure", "--seed", "7", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Server error" not in done.stdout


def test_a_file_from_upload_to_bytes(site: Site, tmp_path: Path, clients: Callable[[Site, str], httpx.Client]) -> None:
    api = clients(site, "by hand")
    gif = media_made.gif(tmp_path / "a.gif", media_made.scene(120, 80, 10, noise=30)).read_bytes()
    sent = api.post("/uploads", files={"files": ("harbour.gif", gif)})
    assert sent.status_code == 201, sent.text
    media = sent.json()[0]
    assert (media["kind"], media["frames"], media["name"]) == ("video", 10, "harbour.gif")

    project = f"/projects/{media['project']}"
    edited = api.post(
        f"{project}/edits",
        json={"edits": [{"edit": "speed", "speed": 2.0}], "words": "reverse it. frobnicate the zorp"},
    )
    assert edited.status_code == 200, edited.text
    assert edited.json()["draft"]["d"] == 500
    assert edited.json()["missed"]
    assert api.post(f"{project}/undo").json()["draft"]["d"] == 1000
    assert api.post(f"{project}/redo").json()["draft"]["d"] == 500
    assert api.post(f"{project}/edits", json={"edits": [{"edit": "explode"}]}).status_code == 422

    order = {"project": media["project"], "goal": {"format": "gif", "max_bytes": 30_000}}
    key = {"Idempotency-Key": "one"}
    first = api.post("/renders", json=order, headers=key)
    assert first.status_code == 201, first.text
    assert api.post("/renders", json=order, headers=key).json()["id"] == first.json()["id"]
    other = api.post("/renders", json=order | {"goal": {"format": "mp4"}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, 422)

    path = f"/renders/{first.json()['id']}"
    with api.stream("GET", f"{path}/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line.startswith(("id:", "event:"))]
    numbers = [int(line[3:]) for line in lines if line.startswith("id:")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert lines[-1] == "event: finished"
    with api.stream("GET", f"{path}/events", headers={"Last-Event-ID": str(numbers[-2])}) as stream:
        again = [line for line in stream.iter_lines() if line.startswith("id:")]
    assert again == [f"id: {numbers[-1]}"]

    done = wait_until(lambda: (r := api.get(path).json())["state"] == "finished" and r, 60, "a finished render")
    assert done["fits"]
    content = api.get(f"{path}/file").content
    assert len(content) == done["file"]["bytes"] <= 30_000
    assert content.startswith(b"GIF89a")
    assert httpx.get(done["file"]["url"]).content == content
    assert api.get(f"{path}/file", headers={"Range": "bytes=0-5"}).content == b"GIF89a"

    share = api.post(f"{path}/shares", json={}).json()
    assert httpx.get(share["url"]).status_code == 200
    assert api.delete(f"/shares/{share['token']}").status_code == 204
    assert httpx.get(share["url"]).status_code == 410

    stranger = clients(site, "stranger")
    for address in (project, path, f"{path}/file"):
        hers, missing = (stranger.get(one).json() for one in (address, address[:-3] + "xyz"))
        assert [hers[name] for name in ("code", "message", "data")] == [404, missing["message"], missing["data"]]
        assert stranger.get(address).status_code == 404
    assert httpx.get(f"{site.url}/api/v1/renders").status_code == 401
