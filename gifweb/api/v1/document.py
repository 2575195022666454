"""What the OpenAPI document says beyond the routes: names of operations, tags, events, and HEAD for every GET."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

# The names that generated clients call operations by, where the view's own name is too short for that.
NAMES = {
    "upload": "upload_files",
    "upload_by_url": "fetch_file",
    "edit": "edit_project",
    "undo": "undo_edit",
    "redo": "redo_edit",
    "explain": "explain_words",
    "credits": "read_credits",
    "submit": "start_render",
    "cancel": "cancel_render",
    "read_file": "download_render",
    "read_events": "follow_render",
    "make_share": "share_render",
    "revoke_share": "withdraw_share",
    "add": "add_webhook",
    "remove": "delete_webhook",
}
TAGS = {
    "uploads": "Files on their way in",
    "projects": "Files, their timeline and the conversation about them",
    "renders": "One file made of a project's timeline: started, followed, fetched, shared",
    "shares": "Links for people without an account",
    "words": "What words would mean",
    "presets": "What platforms take",
    "credits": "The balance",
    "webhooks": "Told when a render ends, instead of asking",
}
_TAG_OF = {"explain": "words"}
EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "state": (
        "it waits (queued), a worker took it (running), or it waits again, and text says why",
        {"n": 1, "kind": "state", "at": 1795351061.4, "state": "queued"},
    ),
    "probed": (
        "the sources were read; infos is media id → facts",
        {"n": 3, "kind": "probed", "at": 1795351062.1, "infos": {"media_1": {"format": "gif", "frames": 48}}},
    ),
    "step": (
        "how far it is; percent never goes back",
        {"n": 4, "kind": "step", "at": 1795351062.4, "stage": "searching", "percent": 31.5, "left_s": 4.2},
    ),
    "tried": (
        "an attempt was encoded and measured",
        {"n": 5, "kind": "tried", "at": 1795351063.0, "number": 1, "fits": True, "attempt": {"bytes": 48_211}},
    ),
    "said": (
        "a sentence that a person should see",
        {"n": 6, "kind": "said", "at": 1795351063.1, "text": "Cut to its first 3 s.", "code": "", "warning": False},
    ),
    "finished": (
        "the last event: the file is there, report says all about it; fits false: it is the closest",
        {"n": 7, "kind": "finished", "at": 1795351064.0, "fits": True, "would_fit": "", "report": {}},
    ),
    "failed": (
        "the last event: there is no file",
        {"n": 7, "kind": "failed", "at": 1795351064.0, "error": {"message": "The file is cut off."}},
    ),
    "cancelled": ("the last event: somebody stopped it", {"n": 7, "kind": "cancelled", "at": 1795351064.0}),
}


class Api(NinjaAPI):
    """Ninja's API with names and tags that make good clients."""

    def __init__(self, **options: Any) -> None:
        self._made: dict[str, OpenAPISchema] = {}
        super().__init__(**options)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        name = operation.view_func.__name__
        return NAMES.get(name, name)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document; made once, as it takes 0.9 s of computing and any visitor may ask for it."""
        key = repr((path_prefix, path_params))
        if key not in self._made:
            self._made[key] = self._schema(path_prefix, path_params)
        return self._made[key]

    def _schema(self, path_prefix: str | None, path_params: dict[str, Any] | None) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for path, methods in schema["paths"].items():
            for value in methods.values():
                value["tags"] = [_tag(path)]
                _plain_body(value)
        schema["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
        return schema


def _plain_body(operation: dict[str, Any]) -> None:
    """A body that may be left out is of its type or is not there; generated clients cannot send "or null"."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        kinds = [one for one in media["schema"].get("anyOf", []) if one != {"type": "null"}]
        if len(kinds) == 1:
            media["schema"] = kinds[0]


def _tag(path: str) -> str:
    first = path.removeprefix("/api/v1/").split("/")[0]
    if path.endswith("/shares"):
        return "shares"
    return _TAG_OF.get(first, first)


def with_head(patterns: list[Any]) -> list[Any]:
    """The patterns, each of whose views answers HEAD as it does GET, without the body."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = _headed(pattern.callback)
    return patterns


def _headed(view: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(view):

        async def alike(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked, request.method = request.method, "GET" if request.method == "HEAD" else request.method
            return (
                _bodiless(await view(request, *args, **kwargs))
                if asked == "HEAD"
                else await view(request, *args, **kwargs)
            )

        markcoroutinefunction(alike)
    else:

        def alike(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[misc]
            asked, request.method = request.method, "GET" if request.method == "HEAD" else request.method
            response: HttpResponseBase = view(request, *args, **kwargs)
            return _bodiless(response) if asked == "HEAD" else response

    alike.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return alike


def _bodiless(response: HttpResponseBase) -> HttpResponseBase:
    if response.streaming:
        found: Any = response
        response.close()
        found.streaming_content = []
        return response
    plain: Any = response
    response.headers.setdefault("Content-Length", str(len(plain.content)))
    plain.content = b""
    return response
