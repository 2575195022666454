"""Everything that we refuse in public, as one tree, and the one place that turns it into HTML or JSON.

    PublicError              code  status
    ├── BadInput              400   400   something is missing or unreadable
    ├── NotSignedIn          1001   401   no token, or one that no longer counts
    ├── NotFound              404   404   missing, or somebody else's: the two look the same
    │   └── ProjectNotFound  1002   404   the same for an agent's session
    ├── Forbidden             403   403
    ├── OutOfCredits         2001   403   ``data``: available, required, registration_url or topup_url
    ├── BeyondPlan            402   402   ``data``: reason, upgrade_url
    ├── WrongMethod           405   405
    ├── Conflict              409   409   the same key for another request; no longer in that state
    ├── Gone                  410   410   it was here, and expired or was withdrawn
    ├── UnsupportedFile      4001   415   ``data.accepted``: the list
    ├── TooLarge             4002   413   ``data.max_bytes``
    ├── Unusable              422   422   understood, but makes no sense
    ├── TooMany               429   429   ``data.retry_after`` seconds
    ├── Unavailable           503   503   ``data.retry_after`` seconds, where that is known
    └── OutOfSpace            507   507   the disk is full

``message`` is one plain sentence that may be shown to anybody. The engine's CompressorError joins the tree by
``from_engine``.
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import DataError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

from compressor.errors import BadRequest, CannotFit, CompressorError, OverLimit, UnreadableMedia

from . import media_origin

log = logging.getLogger(__name__)

ACCEPTED = ("mp4", "mov", "avi", "webm", "mkv", "jpg", "jpeg", "png", "apng", "gif", "webp", "mp3", "wav", "m4a", "aac")


class PublicError(Exception):
    code: ClassVar[int] = 500
    status: ClassVar[int] = 500
    words: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, message: str = "", **data: Any) -> None:
        self.message = message or self.words
        self.data: dict[str, Any] = data
        super().__init__(self.message)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": self.data or None}


class BadInput(PublicError):
    code, status, words = 400, 400, "Something in the request is missing or unreadable."


class NotSignedIn(PublicError):
    code, status, words = 1001, 401, "The token is missing, invalid or expired."


class NotFound(PublicError):
    code, status, words = 404, 404, "There is nothing here."


class ProjectNotFound(NotFound):
    code, words = 1002, "This session does not exist."


class Forbidden(PublicError):
    code, status, words = 403, 403, "That is not allowed."


class OutOfCredits(PublicError):
    code, status, words = 2001, 403, "There are not enough credits left."


class BeyondPlan(PublicError):
    code, status, words = 402, 402, "That is beyond the free plan."


class WrongMethod(PublicError):
    code, status, words = 405, 405, "This address does not take that method."


class Conflict(PublicError):
    code, status, words = 409, 409, "That clashes with something that was done before."


class Gone(PublicError):
    code, status, words = 410, 410, "This was here, and is gone."


class UnsupportedFile(PublicError):
    code, status, words = 4001, 415, "This is not a kind of file that we take."


class TooLarge(PublicError):
    code, status, words = 4002, 413, "The file is too large."


class Unusable(PublicError):
    code, status, words = 422, 422, "That cannot be used."


class TooMany(PublicError):
    code, status, words = 429, 429, "Too many requests; wait a little."


class Unavailable(PublicError):
    code, status, words = 503, 503, "This is not available just now."


class OutOfSpace(PublicError):
    code, status = 507, 507
    words = "This site has no disk space left at the moment. Nothing was kept and nothing was charged; try again later."


def from_engine(error: CompressorError) -> PublicError:
    """The public twin of an engine error, with the same sentence."""
    if isinstance(error, UnreadableMedia):
        return UnsupportedFile(error.message, accepted=list(ACCEPTED))
    if isinstance(error, OverLimit):
        return TooLarge(error.message, **({"max_bytes": settings.MAX_UPLOAD_BYTES} | error.data))
    if isinstance(error, BadRequest | CannotFit):
        return Unusable(error.message, **error.data)
    return PublicError(error.message)


def public(error: BaseException) -> PublicError:
    """Any exception as a public error; what we do not know becomes our own fault and says no detail."""
    if isinstance(error, PublicError):
        return error
    if isinstance(error, CompressorError):
        return from_engine(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfSpace()
    if isinstance(error, OperationalError) and (known := _of_database(error)):
        return known
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Forbidden(str(error))
    if isinstance(error, RequestDataTooBig):
        return TooLarge("The request is too large.", max_bytes=settings.MAX_UPLOAD_BYTES)
    if isinstance(error, DataError | UnicodeEncodeError):  # text or numbers that no database keeps
        return BadInput()
    if isinstance(error, MultiPartParserError):
        return BadInput("The form cannot be read.")
    if isinstance(error, TooManyFilesSent):
        return BadInput("Too many files at once.")
    if isinstance(error, SuspiciousOperation):
        return BadInput()
    return PublicError()


def _of_database(error: OperationalError) -> PublicError | None:
    """A database that is full, busy or away; None for our own mistakes."""
    state = str(getattr(error.__cause__, "sqlstate", "") or "")
    if state == "53100" or "disk is full" in str(error):
        return OutOfSpace()
    # PostgreSQL's classes: no connection, no resources, stopped by the operator, lock not available; no state at all
    # is a connection that could not be made.
    away = connection.vendor == "postgresql" and (not state or state.startswith(("08", "53", "57", "55", "40")))
    if away or "locked" in str(error) or "unable to open" in str(error):
        return Unavailable("The site is busy at the moment. Try again in a few seconds.", retry_after=5)
    return None


# What other rooms add to an error before it is shown: ``add(request, error)`` returns it.
on_the_way: list[Callable[[HttpRequest, PublicError], PublicError]] = []


def completed(request: HttpRequest, error: PublicError) -> PublicError:
    """The error with what other rooms know about it: where there are more credits, for one."""
    for add in on_the_way:
        error = add(request, error)
    return error


def wants_json(request: HttpRequest) -> bool:
    """Programs get JSON: under /api, or when JSON is what they ask for first."""
    if request.path.startswith(("/api/", "/run_sse", "/healthz")):
        return True
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def respond(request: HttpRequest, error: PublicError) -> HttpResponse:
    """The one place where an error becomes an answer: JSON for programs, a page for people."""
    response: HttpResponse
    error = completed(request, error)
    if media_origin.is_here(request):  # a page there would have neither its style nor a way on
        response = HttpResponse(error.message, "text/plain; charset=utf-8", error.status)
    elif wants_json(request):
        response = JsonResponse(
            error.to_json(), status=error.status, json_dumps_params={"separators": (",", ":"), "ensure_ascii": False}
        )
    else:
        fragment = bool(getattr(request, "htmx", False))
        context = {"error": error, "status": error.status, "title": _TITLES.get(error.status, "That did not work")}
        response = render(request, "error_fragment.html" if fragment else "error.html", context, status=error.status)
    if isinstance(error, TooMany) or "retry_after" in error.data:
        response["Retry-After"] = str(error.data.get("retry_after", 30))
    return response


_TITLES = {
    400: "That could not be read",
    401: "Not signed in",
    402: "Beyond the plan",
    403: "Not allowed",
    404: "Nothing here",
    405: "Wrong method",
    410: "Gone",
    413: "Too large",
    415: "Not a file that we take",
    429: "Too fast",
    500: "Our fault",
    503: "Not available just now",
    507: "No space left",
}


def tell(request: HttpRequest, error: PublicError, cause: BaseException) -> None:
    """Log what is our fault: whole when we do not know it, in one line when the disk or the database is known to be."""
    if type(error) is PublicError:
        log.error("%s %s failed", request.method, request.path, exc_info=cause)
    elif error.status >= 500:
        log.error("%s %s failed: %s (%s)", request.method, request.path, error.message, cause)


class Errors:
    """Middleware: an exception out of a view becomes its public answer; what we do not know is logged whole."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        json = "json" in response.headers.get("Content-Type", "")
        if response.status_code == 405 and wants_json(request) and not json:
            allowed = response.headers.get("Allow", "")
            response = respond(request, WrongMethod())
            response["Allow"] = allowed
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = public(exception)
        tell(request, error, exception)
        return respond(request, error)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, public(exception) if exception else BadInput())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, Forbidden())


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return respond(request, Forbidden("The form was too old or came from another site. Reload the page and try again."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, NotFound())


def failed(request: HttpRequest) -> HttpResponse:
    """What no middleware of ours saw; Django calls this while the exception is handled."""
    return respond(request, public(sys.exc_info()[1] or PublicError()))
