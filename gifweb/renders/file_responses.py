"""HTTP responses with the bytes of results. The caller has checked access: by cookie, token or signature."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gifweb import stored_files
from gifweb.errors import Conflict, Gone, NotFound
from gifweb.headers import MEDIA_CSP

from .models import Render, ShareLink

CHECKED = "private, no-cache"  # the browser caches it and revalidates before each use


def need_file(found: Render) -> None:
    """For the APIs. Raises Gone where the file was deleted, Conflict where there is none, or not yet."""
    if found.result_key and not found.has_file:
        raise Gone("The file was deleted.")
    if not found.has_file:
        raise Conflict("There is no file yet." if found.is_open else "There is no file.")


def result(request: HttpRequest, found: Render, attachment: bool, cache: str = CHECKED) -> HttpResponseBase:
    if not found.result_key:
        raise NotFound("There is no file yet.")
    if not found.has_file:
        raise Gone("The file was deleted.")
    return stored_files.serve(
        request,
        found.result_key,
        name=found.result_name or f"result.{found.result_facts.get('format', 'bin')}",
        format=str(found.result_facts.get("format", "")),
        etag=found.result_key.rsplit("/", 1)[-1],
        attachment=attachment,
        cache=cache,
    )


def poster(request: HttpRequest, found: Render, cache: str = "private, max-age=3600") -> HttpResponseBase:
    """The poster of the result."""
    if not found.poster_key or not found.has_file:
        raise NotFound()
    key = found.poster_key
    return stored_files.serve(
        request, key, name="poster.webp", format="webp", etag=key.rsplit("/", 1)[-1], attachment=False, cache=cache
    )


def shared(request: HttpRequest, share: ShareLink, what: str) -> HttpResponseBase:
    """Respond with ``view``, ``file`` or ``poster`` of an open share. Caches must revalidate, so that a revoked link
    shows nothing more."""
    if what == "file":
        return result(request, share.render, attachment=True, cache="no-store")
    if what == "poster":
        answer = poster(request, share.render, cache=CHECKED)
    else:
        answer = result(request, share.render, attachment=False, cache=CHECKED)
    if not share.password:  # other sites may embed it
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        answer.xframe_options_exempt = True  # type: ignore[attr-defined]
        answer["Content-Security-Policy"] = MEDIA_CSP.replace("; frame-ancestors 'none'", "")
    return answer
