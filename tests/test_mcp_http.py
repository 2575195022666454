"""``/mcp`` of the site, spoken to by the official client over HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from gifweb.mcp.endpoint import SESSIONS

from . import media_made as made
from .live import Site

SNAPSHOT = Path(__file__).parent / "data" / "mcp_site_tools.json"


def token(site: Site, client_id: str) -> str:
    answer = httpx.post(f"{site.url}/api/auth/anonymous-token", headers={"X-Client-Id": client_id}, timeout=60)
    return str(answer.json()["token"])


@asynccontextmanager
async def connected(site: Site, raw: str, mode: str = "auto") -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {raw}"}, timeout=120) as http,
        Client(streamable_http_client(f"{site.url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


async def called(client: Client, name: str, /, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


def test_without_a_token_it_says_where_to_read_on(site: Site) -> None:
    refused = httpx.post(f"{site.url}/mcp", json={}, timeout=60)
    assert refused.status_code == 401
    named = refused.headers["WWW-Authenticate"]
    assert named.startswith("Bearer ")
    where = named.split('resource_metadata="')[1].split('"')[0]
    facts = httpx.get(where, timeout=60).json()
    assert facts["resource"] == f"{site.url}/mcp"
    assert facts["scopes_supported"] == ["read", "write", "upload", "render"]
    assert httpx.post(f"{site.url}/mcp", headers={"Authorization": "Bearer gw_x"}, json={}).status_code == 401
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert httpx.post(f"{site.url}/mcp", headers={"Host": "evil.example"}, json={}).status_code == 400


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_from_an_upload_link_to_a_shared_result(site: Site, tmp_path: Path, mode: str) -> None:
    gif = made.gif(tmp_path / "a.gif", made.scene(96, 64, 6, noise=8), 8).read_bytes()
    told: list[float] = []

    async def progress(now: float, total: float | None, message: str | None) -> None:
        told.append(now)

    async with connected(site, token(site, f"mcp {mode}"), mode) as client:
        tools = [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in (await client.list_tools()).tools]
        if os.environ.get("SNAPSHOT"):
            SNAPSHOT.write_text(json.dumps(tools, indent=1, ensure_ascii=False) + "\n")
        assert tools == json.loads(SNAPSHOT.read_text()), "SNAPSHOT=1 writes it anew"
        link = await called(client, "upload_link")
        async with httpx2.AsyncClient() as anybody:
            assert (await anybody.put(link["url"], content=gif)).status_code == 200
            assert (await anybody.put(link["url"], content=gif)).status_code == 410
        project = link["project"]
        assert (await called(client, "probe", project=project))["frames"] == 6
        assert (await called(client, "edit", project=project, words="under 6KB"))["goal"]["max_bytes"] == 6000
        await called(client, "undo", project=project)
        result = await client.call_tool(
            "make_it_fit", {"project": project, "words": "as gif", "max_bytes": 9000}, progress_callback=progress
        )
        assert not result.is_error, result.content
        found = result.structured_content
        assert found["state"] == "finished"
        assert found["bytes"] <= 9000
        assert len(told) >= 2
        assert told == sorted(set(told))
        assert [c.type for c in result.content] == ["text", "resource_link"]
        assert len(httpx.get(found["uri"], timeout=60).content) == found["bytes"]
        assert await called(client, "get_render", render=found["id"]) == found | {"uri": _anything()}
        assert not (await called(client, "check", place="discord-emoji", render=found["id"]))["taken"]
        shared = await called(client, "share", render=found["id"])
        assert httpx.get(shared["url"], timeout=60).status_code == 200
        assert (await called(client, "credits"))["available"] == 99
        assert (await called(client, "explain", words="under 2MB"))["goal"] == {"max_bytes": 2_000_000}
        assert (await client.read_resource("brim://schema/draft")).contents
        text = (await client.read_resource(f"brim://renders/{found['id']}")).contents[0].text  # type: ignore[union-attr]
        assert json.loads(text)["bytes"] == found["bytes"]
    async with connected(site, token(site, "a stranger")) as client:
        assert (await client.call_tool("get_render", {"render": found["id"]})).is_error
        assert (await client.call_tool("probe", {"project": project})).is_error


async def test_cancel_stops_it(site: Site, tmp_path: Path) -> None:
    gif = made.gif(tmp_path / "a.gif", made.scene(200, 150, 24, noise=30), 5).read_bytes()
    async with connected(site, token(site, "mcp cancel")) as client:
        link = await called(client, "upload_link")
        async with httpx2.AsyncClient() as anybody:
            await anybody.put(link["url"], content=gif)
        asked = {"project": link["project"], "max_bytes": 30_000, "format": "gif"}
        begun = await called(client, "make_it_fit", **asked, wait=False)
        assert (await called(client, "cancel_render", render=begun["id"]))["state"] in ("cancelled", "running")
        with anyio.fail_after(30):
            while (await called(client, "get_render", render=begun["id"]))["state"] in ("queued", "running"):
                await anyio.sleep(0.1)
        assert (await called(client, "get_render", render=begun["id"]))["state"] == "cancelled"


def test_sessions_of_one_account_end_with_the_oldest(site: Site) -> None:
    """The SDK takes 10,000 in all: one stranger could have held every one for half an hour."""
    first = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": first}
    listed = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    kinds = {"Accept": "application/json, text/event-stream"}
    with httpx.Client(base_url=site.url, timeout=60) as http:

        def opened(headers: dict[str, str]) -> str:
            return str(http.post("/mcp", json=asked, headers=headers).headers["Mcp-Session-Id"])

        def stands(headers: dict[str, str], session: str) -> bool:
            answer = http.post("/mcp", json=listed, headers=headers | {"Mcp-Session-Id": session})
            assert answer.status_code in (200, 404)
            return answer.status_code == 200

        mine = kinds | {"Authorization": f"Bearer {token(site, 'many sessions')}"}
        theirs = kinds | {"Authorization": f"Bearer {token(site, 'one session')}"}
        other = opened(theirs)
        kept = opened(mine)
        for _ in range(SESSIONS):  # one that is closed as it should be takes no place
            http.delete("/mcp", headers=mine | {"Mcp-Session-Id": opened(mine)})
        assert stands(mine, kept)
        made = [opened(mine) for _ in range(SESSIONS)]
        assert [stands(mine, one) for one in (kept, made[0], made[-1])] == [False, True, True]
        assert stands(theirs, other)


class _anything:
    def __eq__(self, other: object) -> bool:
        return True
