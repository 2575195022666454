"""``brim mcp``: the tools over standard input and output, with the engine of this machine and files by path."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context, ListRoots, MCPServer, Resolve
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import CallToolResult, ListRootsResult, ResourceLink, TextContent
from pydantic import Field

from compressor import formats
from compressor.errors import BadRequest, CompressorError

from .. import version
from . import models
from .jobs import Desk, Render, free_name
from .models import READS, STOPS, WRITES, Checked, Edited, Explained, Facts, Rendered, RuleResult
from .roots import folders, inside

T = TypeVar("T")
LOOK_S = 0.1

FilePath = Annotated[str, Field(description="Inside of the client's roots; a relative one is within the first root")]


def ask_roots(ctx: Context) -> ListRoots | ListRootsResult:
    """The client's roots; none where it has no such thing."""
    able = ctx.client_capabilities
    return ListRoots() if able is not None and able.roots is not None else ListRootsResult(roots=[])


Roots = Annotated[ListRootsResult, Resolve(ask_roots)]


async def work(function: Callable[..., T], *arguments: Any) -> T:
    """Run something that blocks on a thread; what it refuses is told to the model in its own sentence."""
    try:
        return await anyio.to_thread.run_sync(function, *arguments, abandon_on_cancel=True)
    except CompressorError as error:
        raise ToolError(error.message) from error


def server(allowed: Sequence[Path] = ()) -> MCPServer:
    """A server with a desk of its own. ``allowed`` are folders that count instead of the client's roots."""
    desk = Desk()
    mcp = MCPServer("brim", title="Brim", instructions=models.INSTRUCTIONS, version=version(), log_level="WARNING")

    def within(path: str, roots: ListRootsResult) -> Path:
        named = list(allowed) or folders(str(root.uri) for root in roots.roots)
        try:
            return inside(path, named)
        except CompressorError as error:
            raise ToolError(error.message) from error

    @mcp.tool(title="Make a file fit", annotations=WRITES)
    async def make_it_fit(
        path: FilePath,
        roots: Roots,
        ctx: Context,
        words: models.Words = "",
        max_bytes: models.Ceiling = None,
        format: models.Format = None,
        quality: models.Looks = None,
        width: models.Wide = None,
        preset: models.Place = None,
        out: Annotated[str, Field(description="Where to write; left out: beside the file")] = "",
        wait: Annotated[bool, Field(description="False: answer at once, ask with get_render")] = True,
    ) -> Annotated[CallToolResult, Rendered]:
        """Make a GIF, clip or animation small. The fields win over the words, both over what edit left standing."""
        source = within(path, roots)
        target = within(out, roots) if out else None
        flags = models.asked(max_bytes=max_bytes, format=format, quality=quality, width=width, preset=preset)
        render = await work(_started, desk, source, words, flags, target)
        if wait:
            await _followed(render, ctx)
        return answer(render)

    @mcp.tool(title="Explain words", annotations=READS)
    async def explain(words: models.Words) -> Explained:
        """Say how words would be understood. Nothing is changed."""
        return await work(_explained, words)

    @mcp.tool(title="Look at a file", annotations=READS)
    async def probe(path: FilePath, roots: Roots) -> Facts:
        """Say what a file is: format, size, frames, duration."""
        return await work(_facts, desk, within(path, roots))

    @mcp.tool(title="Check a file against a place", annotations=READS)
    async def check(path: FilePath, place: str, roots: Roots) -> Checked:
        """Say rule by rule whether a place (see brim://presets) would take a file."""
        return await work(_checked, desk, within(path, roots), place)

    @mcp.tool(title="Edit", annotations=WRITES)
    async def edit(path: FilePath, words: models.Words, roots: Roots) -> Edited:
        """Change what stands of a file: its timeline and what is asked of it. make_it_fit then makes that."""
        return await work(desk.edit, within(path, roots), words)

    @mcp.tool(title="Undo", annotations=WRITES)
    async def undo(path: FilePath, roots: Roots) -> Edited:
        """Take back the last edit of a file."""
        return await work(desk.undo, within(path, roots))

    @mcp.tool(title="Read a render", annotations=READS)
    async def get_render(render: str) -> Annotated[CallToolResult, Rendered]:
        """How far a render is, or what it came to."""
        return answer(await work(desk.render, render))

    @mcp.tool(title="Cancel a render", annotations=STOPS)
    async def cancel_render(render: str) -> Rendered:
        """Stop a render within a second; one that has ended stays as it is."""
        found = await work(desk.render, render)
        found.stop.set()
        await work(found.done.wait, 10)
        return found.facts()

    _resources(mcp, desk)
    return mcp


def _resources(mcp: MCPServer, desk: Desk) -> None:
    @mcp.resource("brim://presets", title="Places and their limits", mime_type="application/json")
    def presets() -> str:
        return places()

    @mcp.resource("brim://schema/draft", title="The timeline's JSON Schema", mime_type="application/schema+json")
    def schema() -> str:
        return draft_schema()

    @mcp.resource("brim://renders/{render}", title="A render", mime_type="application/json")
    def result(render: str) -> str:
        try:
            return desk.render(render).facts().model_dump_json()
        except CompressorError as error:
            raise ResourceError(error.message) from error

    @mcp.prompt(title="Make a file fit")
    def fit(file: str, limit: str) -> str:
        """Make a file fit a limit, and report honestly."""
        return models.FIT_PROMPT.format(file=file, limit=limit)


def places() -> str:
    """All presets as JSON."""
    from compressor import presets

    return json.dumps([asdict(presets.get(name)) for name in presets.names()], ensure_ascii=False, default=str)


def draft_schema() -> str:
    """The draft's JSON Schema: in a wheel it lies inside of the engine, in a checkout among the documents."""
    from compressor import timeline

    engine = Path(timeline.__file__).resolve().parent
    places = (engine / "draft.schema.json", engine.parent.parent / "docs" / "draft.schema.json")
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


def answer(render: Render) -> CallToolResult:
    """The facts of a render and, where there is a file, a link to it."""
    return linked(render.facts())


def linked(facts: Rendered) -> CallToolResult:
    """A result with the facts as structured content and a link to the file; never its bytes."""
    content: list[Any] = [TextContent(type="text", text=facts.model_dump_json(exclude_none=True))]
    if facts.uri:
        kind = formats.mime(facts.format or "") or "application/octet-stream"
        name = facts.uri.rsplit("/", 1)[-1].split("?")[0]
        content.append(ResourceLink(type="resource_link", uri=facts.uri, name=name, mime_type=kind, size=facts.bytes))
    return CallToolResult(
        content=content,
        structured_content=facts.model_dump(mode="json"),
        is_error=facts.state == "failed",
    )


async def _followed(render: Render, ctx: Context) -> None:
    """Report progress until the render has ended; stop it when the request is cancelled."""
    told = -1.0
    try:
        while not render.done.is_set():
            if render.progress > told:
                told = render.progress
                await ctx.report_progress(told, 100.0, render.stage)
            await anyio.sleep(LOOK_S)
    except anyio.get_cancelled_exc_class():
        render.stop.set()
        raise
    if render.report and told < 100.0:
        await ctx.report_progress(100.0, 100.0, "finished")


def _started(desk: Desk, source: Path, words: str, flags: dict[str, Any], out: Path | None) -> Render:
    from compressor import language, unsupported

    from ..request import Asked, wish

    piece = desk.piece(source)
    if words.strip():
        if "format" not in flags and (unmade := language.read(words).unmade):
            raise BadRequest(unsupported.not_made(unmade))  # to make another format in its place would be no answer
        desk.edit(source, words)
    asked = Asked(flags=piece.goal | flags)
    found = wish(asked, piece.info, source.name, str(out) if out else "")
    target = out or free_name(source, str(found.goal.format))
    if target.exists():
        raise BadRequest(f"{target} is there already; nothing is overwritten.")
    return desk.start(piece, found.goal.to_json(), target)


def _explained(words: str) -> Explained:
    from compressor import deciding, language, message_catalogue, setting_labels, unsupported
    from compressor.deciding.file_state import Standing
    from compressor.number_format import capital

    found = language.read(words)
    decided = deciding.apply(found.explain, Standing())
    goal = decided.goal.to_json()
    say = message_catalogue.words(found.lang or "en")
    missed = [*found.unclear, *unsupported.not_done(decided.cannot, found, say.lang)]
    sentences = [capital(label) for label in setting_labels.labels(found.explain, say.lang).values()]
    explained = json.loads(json.dumps(found.explain, default=str))
    return Explained(explain=explained, goal=goal, sentences=sentences, missed=missed)


def _facts(desk: Desk, path: Path) -> Facts:
    info = desk.piece(path).info
    return Facts(id=str(path), name=path.name, **{k: v for k, v in info.to_json().items() if k in Facts.model_fields})


def _checked(desk: Desk, path: Path, place: str) -> Checked:
    from compressor import presets

    return checked(place, presets.validate(place, desk.piece(path).info))


def checked(place: str, rules: Sequence[Any]) -> Checked:
    told = [RuleResult(**asdict(rule)) for rule in rules]
    return Checked(place=place, taken=all(rule.passed for rule in told), rules=told)


def serve(allowed: Sequence[Path] = ()) -> None:
    """Serve standard input and output until they close."""
    from compressor import sandbox

    sandbox.warm()
    server([path.resolve() for path in allowed]).run("stdio")
