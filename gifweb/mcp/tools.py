"""The tools, resources and the prompt of ``/mcp``."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import anyio
from channels.db import database_sync_to_async
from django.conf import settings
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import CallToolResult
from pydantic import Field

from brim.mcp import local, models
from brim.mcp.models import READS, STOPS, WRITES
from compressor import presets
from compressor.errors import CompressorError
from compressor.media import MediaInfo
from gifweb import renders
from gifweb.api import signed_links, upload_links
from gifweb.errors import PublicError
from gifweb.renders import access as render_access
from gifweb.renders.models import Render
from gifweb.studio import access

from .calls import Application, Calls

Project = Annotated[str, Field(max_length=40, description="The id of a project, from upload_link or make_it_fit")]
Media = Annotated[str | None, Field(max_length=40, description="A file of the project; left out: the one worked on")]
RenderId = Annotated[str, Field(max_length=40, description="The id of a render")]

INSTRUCTIONS = (
    models.INSTRUCTIONS + " A file comes by its address (make_it_fit with url), or ask upload_link for an address that "
    "takes it once."
)


def server(site: Application) -> MCPServer:
    """The server over ``site``, whose /api/v1 the tools call."""
    mcp = MCPServer("brim", title="Brim", instructions=INSTRUCTIONS, log_level="WARNING")

    @mcp.tool(title="Make a file fit", annotations=WRITES)
    async def make_it_fit(
        ctx: Context,
        project: Annotated[str | None, Field(max_length=40, description="A project that has the file")] = None,
        url: Annotated[str | None, Field(max_length=4000, description="A public address of the file")] = None,
        words: models.Words = "",
        max_bytes: models.Ceiling = None,
        format: models.Format = None,
        quality: models.Looks = None,
        width: models.Wide = None,
        preset: models.Place = None,
        media: Media = None,
        wait: Annotated[bool, Field(description="False: answer at once, ask with get_render")] = True,
    ) -> Annotated[CallToolResult, models.Rendered]:
        """Make a GIF, clip or animation small; this costs credits. The fields win over the words, both over what edit
        left standing."""
        api = Calls(site, ctx)
        if url:
            kept = await api.call("POST", "uploads/by-url", {"url": url} | ({"project": project} if project else {}))
            project, media = kept[0]["project"], media or kept[0]["id"]
        if not project:
            raise ToolError("Say which file: url, or project after sending it to the address of upload_link.")
        goal = models.asked(max_bytes=max_bytes, format=format, quality=quality, width=width, preset=preset)
        body = {"project": project, "goal": goal, "words": words} | ({"media": media} if media else {})
        begun = await api.call("POST", "renders", body, **{"Idempotency-Key": f"mcp-{secrets.token_hex(12)}"})
        if wait:
            await _followed(api, ctx, begun["id"])
        return _answer(await api.call("GET", f"renders/{begun['id']}"))

    @mcp.tool(title="Explain words", annotations=READS)
    async def explain(words: models.Words, ctx: Context) -> models.Explained:
        """Say how words would be understood. Nothing is changed and nothing is spent."""
        found = await Calls(site, ctx).call("POST", "explain", {"words": words})
        return models.Explained(**found | {"missed": [piece["text"] for piece in found["missed"]]})

    @mcp.tool(title="Look at a file", annotations=READS)
    async def probe(project: Project, ctx: Context, media: Media = None) -> models.Facts:
        """Say what a file is: format, size, frames, duration."""
        found = await Calls(site, ctx).call("GET", f"projects/{project}")
        wanted = media or found["working_on"]
        facts = next((one for one in found["media"] if one["id"] == wanted), None)
        if facts is None:
            raise ToolError("There is no such file in this project.")
        return models.Facts(**{k: v for k, v in facts.items() if k in models.Facts.model_fields})

    @mcp.tool(title="Check a file against a place", annotations=READS)
    async def check(
        place: str,
        ctx: Context,
        render: Annotated[str | None, Field(max_length=40, description="A render whose result is meant")] = None,
        media: Annotated[str | None, Field(max_length=40, description="Or a file that was sent")] = None,
    ) -> models.Checked:
        """Say rule by rule whether a place (see brim://presets) would take a result or a file."""
        account = await Calls(site, ctx).account("read")
        try:
            info = await database_sync_to_async(_info)(account, render, media)
            return local.checked(place, presets.validate(place, info))
        except (PublicError, CompressorError) as error:
            raise ToolError(error.message) from error

    @mcp.tool(title="Edit", annotations=WRITES)
    async def edit(project: Project, words: models.Words, ctx: Context) -> models.Edited:
        """Change what stands: the timeline and what is asked of the file. The words are a message of the project's
        conversation; "export" in them starts renders."""
        return _edited(await Calls(site, ctx).call("POST", f"projects/{project}/edits", {"words": words}))

    @mcp.tool(title="Undo", annotations=WRITES)
    async def undo(project: Project, ctx: Context) -> models.Edited:
        """Take back the last edit."""
        return _edited(await Calls(site, ctx).call("POST", f"projects/{project}/undo"))

    @mcp.tool(title="Read a render", annotations=READS)
    async def get_render(render: RenderId, ctx: Context) -> Annotated[CallToolResult, models.Rendered]:
        """How far a render is, or what it came to."""
        return _answer(await Calls(site, ctx).call("GET", f"renders/{render}"))

    @mcp.tool(title="Cancel a render", annotations=STOPS)
    async def cancel_render(render: RenderId, ctx: Context) -> models.Rendered:
        """Stop a render within a second; its credits come back. One that has ended stays as it is."""
        return _facts(await Calls(site, ctx).call("POST", f"renders/{render}/cancel"))

    @mcp.tool(title="Share a result", annotations=WRITES)
    async def share(
        render: RenderId,
        ctx: Context,
        password: Annotated[str, Field(max_length=200)] = "",
        days: Annotated[int | None, Field(ge=1, le=365)] = None,
    ) -> models.Shared:
        """Make a page that anybody with the link can open, until it expires."""
        sent = {"password": password} | ({"days": days} if days else {})
        found = await Calls(site, ctx).call("POST", f"renders/{render}/shares", sent)
        return models.Shared(url=found["url"], expires_at=found["expires_at"])

    @mcp.tool(title="Credits", annotations=READS)
    async def credits(ctx: Context) -> models.Credits:
        """The balance."""
        return models.Credits(**await Calls(site, ctx).call("GET", "credits"))

    @mcp.tool(title="An address to send a file to", annotations=WRITES)
    async def upload_link(
        ctx: Context, project: Annotated[str | None, Field(max_length=40, description="Else a new one")] = None
    ) -> models.Uploading:
        """An address that takes one file, once, within a quarter of an hour, with no header at all."""
        api = Calls(site, ctx)
        account = await api.account("upload")
        if not project:
            project = str((await api.call("POST", "projects", {}))["id"])
        return await database_sync_to_async(_uploading)(account, project, api)

    _resources(mcp, site)
    return mcp


def _resources(mcp: MCPServer, site: Application) -> None:
    @mcp.resource("brim://presets", title="Places and their limits", mime_type="application/json")
    def places() -> str:
        return local.places()

    @mcp.resource("brim://schema/draft", title="The timeline's JSON Schema", mime_type="application/schema+json")
    def schema() -> str:
        return local.draft_schema()

    @mcp.resource("brim://renders/{render}", title="A render", mime_type="application/json")
    async def result(render: str, ctx: Context) -> str:
        try:
            return _facts(await Calls(site, ctx).call("GET", f"renders/{render}")).model_dump_json()
        except ToolError as error:
            raise ResourceError(str(error)) from error

    @mcp.prompt(title="Make a file fit")
    def fit(file: str, limit: str) -> str:
        """Make a file fit a limit, and report honestly."""
        return models.FIT_PROMPT.format(file=file, limit=limit)


async def _followed(api: Calls, ctx: Context, public_id: str) -> None:
    """Report progress until the render has ended; cancel it when the request is cancelled."""
    told = -1.0
    row = await Render.objects.values_list("pk", flat=True).aget(public_id=public_id)
    try:
        async for event in renders.follow(row):
            percent = 100.0 if event["kind"] == "finished" else float(event.get("percent") or 0.0)
            if percent > told:
                told = percent
                await ctx.report_progress(told, 100.0, str(event.get("stage") or event["kind"]))
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True):
            await api.call("POST", f"renders/{public_id}/cancel")
        raise


def _info(account: Any, render: str | None, media: str | None) -> MediaInfo:
    if render:
        row = render_access.render_for(account, render)
        if not row.has_file:
            raise CompressorError("This render has no file.")
        return MediaInfo.from_json(row.result_facts)
    return access.media_for(account, str(media)).info


def _uploading(account: Any, project: str, api: Calls) -> models.Uploading:
    try:
        raw, until = upload_links.issue(account, access.project_for(account, project))
    except PublicError as error:
        raise ToolError(error.message) from error
    path = f"/api/v1/uploads/once/{raw}"
    url = signed_links.absolute(None, path) if settings.BASE_URL else f"{api.origin}{path}"
    return models.Uploading(url=url, project=project, expires_at=until.isoformat(), max_bytes=settings.MAX_UPLOAD_BYTES)


def _facts(found: dict[str, Any]) -> models.Rendered:
    file = found["file"] or {}
    quality = (found["report"] or {}).get("quality") or {}
    facts = {k: found[k] for k in ("id", "state", "progress", "fits", "would_fit", "error")}
    facts |= {k: file.get(k) for k in ("bytes", "format", "width", "height", "frames", "duration_ms")}
    facts |= {"quality": quality.get("mean"), "uri": file.get("url")}
    return models.Rendered.model_validate(facts | {"warnings": (found["report"] or {}).get("warnings") or []})


def _answer(found: dict[str, Any]) -> CallToolResult:
    return local.linked(_facts(found))


def _edited(found: dict[str, Any]) -> models.Edited:
    same = {k: found[k] for k in ("changed", "goal", "draft", "summary", "renders")}
    return models.Edited(**same, missed=[piece["text"] for piece in found["missed"]])
