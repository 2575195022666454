"""The tree of public errors, and the code that renders them as HTML or JSON.

    PublicError              code  status
    ├── BadInput              400   400   something is missing or unreadable
    ├── NotSignedIn          1001   401   token missing, invalid or expired
    ├── NotFound              404   404   missing, or another account's; the two look the same
    │   └── ProjectNotFound  1002   404   the same for an agent's session
    ├── Forbidden             403   403
    ├── OutOfCredits         2001   403   ``data``: available, required, registration_url or topup_url
    ├── BeyondPlan            402   402   ``data``: reason, upgrade_url
    ├── WrongMethod           405   405
    ├── Conflict              409   409   the same key for another request; no longer in that state
    ├── Gone                  410   410   expired or revoked
    ├── UnsupportedFile      4001   415   ``data.accepted``: the list
    ├── TooLarge             4002   413   ``data.max_bytes``
    ├── Unusable              422   422   understood, but impossible
    ├── TooMany               429   429   ``data.retry_after`` seconds
    ├── Unavailable           503   503   ``data.retry_after`` seconds, where that is known
    └── OutOfSpace            507   507   the disk is full

``message`` is one plain sentence for the public. ``from_engine`` converts the engine's CompressorError.
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
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as later

from compressor.errors import BadRequest, CannotFit, CompressorError, OverLimit, UnreadableMedia
from compressor.formats import INPUTS

from . import engine_sentences, media_origin

log = logging.getLogger(__name__)

ACCEPTED = tuple(suffix for row in INPUTS.values() if row.in_contract for suffix in row.suffixes)


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
    code, status, words = 400, 400, "The request is incomplete or unreadable."


class NotSignedIn(PublicError):
    code, status, words = 1001, 401, "The token is missing, invalid or expired."


class NotFound(PublicError):
    code, status, words = 404, 404, "Not found."


class ProjectNotFound(NotFound):
    code, words = 1002, "This session does not exist."


class Forbidden(PublicError):
    code, status, words = 403, 403, "This is not allowed."


class OutOfCredits(PublicError):
    code, status, words = 2001, 403, "There are not enough credits left."


class BeyondPlan(PublicError):
    code, status, words = 402, 402, "The free plan does not include this."


class WrongMethod(PublicError):
    code, status, words = 405, 405, "This address does not accept this method."


class Conflict(PublicError):
    code, status, words = 409, 409, "This conflicts with an earlier request."


class Gone(PublicError):
    code, status, words = 410, 410, "This was deleted or has expired."


class UnsupportedFile(PublicError):
    code, status, words = 4001, 415, "This file type is not supported."


class TooLarge(PublicError):
    code, status, words = 4002, 413, "The file is too large."


class Unusable(PublicError):
    code, status, words = 422, 422, "This cannot be used."


class TooMany(PublicError):
    code, status, words = 429, 429, "Too many requests. Wait a moment."


class Unavailable(PublicError):
    code, status, words = 503, 503, "This is not available now."


class OutOfSpace(PublicError):
    code, status = 507, 507
    words = "This site has no disk space left at the moment. Nothing was kept and nothing was charged; try again later."


def from_engine(error: CompressorError) -> PublicError:
    """Return the public error for an engine error, with the same message in the language of the request."""
    message = engine_sentences.said(error.message)
    if isinstance(error, UnreadableMedia):
        return UnsupportedFile(message, accepted=list(ACCEPTED))
    if isinstance(error, OverLimit):
        return TooLarge(message, **({"max_bytes": settings.MAX_UPLOAD_BYTES} | error.data))
    if isinstance(error, BadRequest | CannotFit):
        return Unusable(message, **error.data)
    return PublicError(message)


def public(error: BaseException) -> PublicError:
    """Any exception as a public error, in the language of the request; what is not known becomes our own fault and says
    no detail."""
    found = _public(error)
    found.message = gettext(found.message) if found.message else ""
    return found


def _public(error: BaseException) -> PublicError:
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
    if isinstance(error, DataError | UnicodeEncodeError):  # values that the database cannot store
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


# Other apps add data to an error before it is shown: ``add(request, error)`` returns it.
on_the_way: list[Callable[[HttpRequest, PublicError], PublicError]] = []


def completed(request: HttpRequest, error: PublicError) -> PublicError:
    """Return the error with the data that other apps add, for example links to more credits."""
    for add in on_the_way:
        error = add(request, error)
    return error


def wants_json(request: HttpRequest) -> bool:
    """Whether the client gets JSON: under /api, or when it prefers JSON."""
    if request.path.startswith(("/api/", "/run_sse", "/healthz")):
        return True
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def respond(request: HttpRequest, error: PublicError) -> HttpResponse:
    """Return the response for an error: JSON for programs, a page for people."""
    response: HttpResponse
    error = completed(request, public(error))
    if media_origin.is_here(request):  # a page there would have neither styles nor links
        response = HttpResponse(error.message, "text/plain; charset=utf-8", error.status)
    elif wants_json(request):
        response = JsonResponse(
            error.to_json(), status=error.status, json_dumps_params={"separators": (",", ":"), "ensure_ascii": False}
        )
    else:
        fragment = bool(getattr(request, "htmx", False))
        context = _told(error)
        response = render(request, "error_fragment.html" if fragment else "error.html", context, status=error.status)
    if isinstance(error, TooMany) or "retry_after" in error.data:
        response["Retry-After"] = str(error.data.get("retry_after", 30))
    return response


def error_page(error: PublicError) -> str:
    """The page of an error as text, for a refusal before there is a request."""
    return render_to_string("error.html", _told(error))


def _told(error: PublicError) -> dict[str, Any]:
    """Return the context of the page: ``said`` is empty where the title says it already."""
    title = gettext(_TITLES.get(error.status, later("That did not work")))
    said = "" if error.message in map(gettext, _AS_THE_TITLE) else error.message
    return {"error": error, "status": error.status, "title": title, "said": said}


_TITLES = {
    400: later("The request could not be read"),
    401: later("Not signed in"),
    402: later("Beyond the plan"),
    403: later("Not allowed"),
    404: later("Nothing here"),
    405: later("Wrong method"),
    410: later("Gone"),
    413: later("Too large"),
    415: later("File type not supported"),
    429: later("Too fast"),
    500: later("Our fault"),
    503: later("Not available just now"),
    507: later("No space left"),
}


# General words of an error that say no more than the title.
_AS_THE_TITLE = (
    BadInput.words,
    Forbidden.words,
    NotFound.words,
    TooLarge.words,
    UnsupportedFile.words,
    Unavailable.words,
)


def tell(request: HttpRequest, error: PublicError, cause: BaseException) -> None:
    """Log what is our fault: whole when we do not know it, in one line when the disk or the database is known to be."""
    if type(error) is PublicError:
        log.error("%s %s failed", request.method, request.path, exc_info=cause)
    elif error.status >= 500:
        log.error("%s %s failed: %s (%s)", request.method, request.path, error.message, cause)


class Errors:
    """Middleware: turns an exception of a view into its response; unknown ones are logged with a traceback."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):  # Django's and Ninja's own refusals of a method
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
    return respond(request, Forbidden("The form expired or came from another site. Reload the page and try again."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return respond(request, NotFound())


def failed(request: HttpRequest) -> HttpResponse:
    """What no middleware of ours saw; Django calls this while the exception is handled."""
    return respond(request, public(sys.exc_info()[1] or PublicError()))
