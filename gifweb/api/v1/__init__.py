"""/api/v1: the functions of the agent contract as a REST API. It contains no rules.

Bearer token, JSON, plural nouns. Errors are ``Problem`` objects with a matching status. ``Idempotency-Key`` on renders:
the same key with the same body answers the first render, with another body 422; without one each call is a new render.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from gifweb.errors import BadInput, NotFound, NotSignedIn, PublicError, TooMany, Unusable, completed, public, tell

from .. import signed_links
from . import jobs, projects, webhooks
from .document import Api, with_head
from .endpoint import Compact

api = Api(
    title="Brim",
    version="1",
    description="Make animated images small: upload, say what you want, get a file that fits.",
    urls_namespace="v1",
    docs_url=None,
    openapi_url="/openapi.json",
    renderer=Compact(),
)
api.add_router("", projects.router)
api.add_router("", jobs.router)
api.add_router("", webhooks.router)


def urls() -> tuple[Any, ...]:
    """The patterns for the URL configuration; each GET answers HEAD too."""
    patterns, app, namespace = api.urls
    return with_head(list(patterns)), app, namespace


def problem(request: HttpRequest, error: PublicError) -> dict[str, Any]:
    """Our ``code``, ``message`` and ``data``, and beside them the members of RFC 9457."""
    return error.to_json() | {
        "type": signed_links.absolute(request, f"/api#problem-{error.code}"),
        "title": type(error).words,
        "status": error.status,
        "detail": error.message,
    }


def _refuse(request: HttpRequest, error: PublicError) -> HttpResponse:
    response = api.create_response(request, problem(request, error), status=error.status)
    if "application/problem+json" in request.headers.get("Accept", ""):
        response["Content-Type"] = "application/problem+json"
    if isinstance(error, TooMany) or "retry_after" in error.data:
        response["Retry-After"] = str(error.data.get("retry_after", 30))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    where = ".".join(str(part) for part in first.get("loc", ())[1:])
    why = str(first.get("msg", "is not valid")).removeprefix("Value error, ").rstrip(".")
    return _refuse(request, Unusable(f"{where or 'The request'}: {why}.", field=where))


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 401:
        return _refuse(request, NotSignedIn())
    return _refuse(request, BadInput("The body cannot be read."))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _refuse(request, NotFound())


@api.exception_handler(Exception)
def _any(request: HttpRequest, error: Exception) -> HttpResponse:
    known = completed(request, public(error))
    tell(request, known, error)
    return _refuse(request, known)
