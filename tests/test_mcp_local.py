"""``brim mcp`` spoken to by the official client: in memory, and once over standard input and output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import ListRootsResult, Root

from brim.mcp import local
from brim.mcp.roots import folders, inside
from compressor.errors import BadRequest

from . import media_made as made

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "tests" / "data" / "mcp_local_tools.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    made.gif(home / "in.gif", made.scene(48, 32, 4, noise=8), 8)
    (tmp_path / "secret.gif").write_bytes((home / "in.gif").read_bytes())
    (home / "link.gif").symlink_to(tmp_path / "secret.gif")
    return home


def _roots(folder: Path) -> Callable[..., Any]:
    async def answer(context: Any) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=folder.as_uri())])

    return answer


def _tools(listed: Any) -> list[dict[str, Any]]:
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.tools]


async def test_the_list_of_tools_equals_the_snapshot(folder: Path) -> None:
    async with Client(local.server(), list_roots_callback=_roots(folder)) as client:
        tools = _tools(await client.list_tools())
        if os.environ.get("SNAPSHOT"):
            SNAPSHOT.write_text(json.dumps(tools, indent=1, ensure_ascii=False) + "\n")
        assert tools == json.loads(SNAPSHOT.read_text()), "SNAPSHOT=1 writes it anew"
        assert all("outputSchema" in tool for tool in tools)
        resources = {str(r.uri) for r in (await client.list_resources()).resources}
        assert resources == {"brim://presets", "brim://schema/draft"}
        assert [p.name for p in (await client.list_prompts()).prompts] == ["fit"]
        text = (await client.read_resource("brim://presets")).contents[0].text  # type: ignore[union-attr]
        assert any(place["name"] == "discord-emoji" for place in json.loads(text))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_file_is_made_with_progress_and_a_link(folder: Path, mode: str) -> None:
    told: list[float] = []

    async def progress(now: float, total: float | None, message: str | None) -> None:
        told.append(now)

    async with Client(local.server(), list_roots_callback=_roots(folder), mode=mode) as client:
        facts = (await client.call_tool("probe", {"path": "in.gif"})).structured_content
        assert facts["frames"] == 4
        asked = {"path": "in.gif", "words": "under 3KB"}
        result = await client.call_tool("make_it_fit", asked, progress_callback=progress)
        assert not result.is_error, result.content
        found = result.structured_content
        assert found["state"] == "finished"
        assert found["fits"]
        assert found["bytes"] <= 3000
        assert found["uri"] == (folder / "in-small.gif").as_uri()
        assert (folder / "in-small.gif").stat().st_size == found["bytes"]
        assert [c.type for c in result.content] == ["text", "resource_link"]
        assert len(told) >= 2
        assert told == sorted(set(told))
        again = (await client.call_tool("get_render", {"render": found["id"]})).structured_content
        assert again == found
        text = (await client.read_resource(f"brim://renders/{found['id']}")).contents[0].text  # type: ignore[union-attr]
        assert json.loads(text)["bytes"] == found["bytes"]


async def test_edits_stand_until_they_are_undone(folder: Path) -> None:
    async with Client(local.server([folder])) as client:
        edited = (await client.call_tool("edit", {"path": "in.gif", "words": "under 5KB"})).structured_content
        assert edited["goal"] == {"max_bytes": 5000}
        undone = (await client.call_tool("undo", {"path": "in.gif"})).structured_content
        assert undone["goal"] == {}
        assert (await client.call_tool("undo", {"path": "in.gif"})).is_error
        explained = (await client.call_tool("explain", {"words": "under 500KB. zzgrk blorf"})).structured_content
        assert explained["goal"] == {"max_bytes": 500_000}
        assert explained["missed"]
        checked = (await client.call_tool("check", {"path": "in.gif", "place": "discord-emoji"})).structured_content
        assert not checked["taken"]


async def test_only_the_roots_are_touched(folder: Path) -> None:
    async with Client(local.server(), list_roots_callback=_roots(folder)) as client:
        for path in (
            "../secret.gif",
            str(folder.parent / "secret.gif"),
            "link.gif",
            "/etc/passwd",
            "file:///etc/passwd",
        ):
            result = await client.call_tool("probe", {"path": path})
            assert result.is_error, path
            assert "outside" in result.content[0].text  # type: ignore[union-attr]
        out = await client.call_tool("make_it_fit", {"path": "in.gif", "out": "../o.gif"})
        assert out.is_error
        kept = await client.call_tool("make_it_fit", {"path": "in.gif", "out": "in.gif"})
        assert kept.is_error
    async with Client(local.server()) as client:  # a client without roots, and no --root
        assert (await client.call_tool("probe", {"path": str(folder / "in.gif")})).is_error


def test_roots_are_folders_of_this_machine(tmp_path: Path) -> None:
    assert folders(["file:///a%20b", "https://x/y", "file://localhost/c", "file://other/d"]) == [
        Path("/a b"),
        Path("/c"),
    ]
    for path in ("", "\0", ".."):
        with pytest.raises(BadRequest):
            inside(path, [tmp_path])


async def test_cancel_stops_a_render(folder: Path) -> None:
    made.gif(folder / "long.gif", made.scene(200, 150, 24, noise=30), 5)
    async with Client(local.server([folder])) as client:
        asked = {"path": "long.gif", "max_bytes": 30_000}
        begun = (await client.call_tool("make_it_fit", asked | {"wait": False})).structured_content
        assert begun["state"] == "running"
        ended = (await client.call_tool("cancel_render", {"render": begun["id"]})).structured_content
        assert ended["state"] == "cancelled"
        with anyio.CancelScope() as scope:  # the request itself is given up: the render behind it ends too

            async def give_up(*_: Any) -> None:
                scope.cancel()

            await client.call_tool("make_it_fit", asked | {"out": "o.gif"}, progress_callback=give_up)
        assert scope.cancelled_caught
    with anyio.fail_after(60):
        while list(folder.glob(".brim-*")):
            await anyio.sleep(0.05)
    assert not (folder / "o.gif").exists()
    assert not (folder / "long-small.gif").exists()


async def test_over_standard_input_and_output(folder: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "brim", "mcp"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    async with Client(stdio_client(command), list_roots_callback=_roots(folder)) as client:
        assert len((await client.list_tools()).tools) == 8
        facts = (await client.call_tool("probe", {"path": "in.gif"})).structured_content
        assert (facts["width"], facts["height"]) == (48, 32)
