"""How a program is answered: compact JSON with ``code`` in the body, the fields of ``data`` again at top level.

``agent`` wraps every view of the agent contract: the methods it takes, CORS, the bearer token, and errors in the
contract's shape. A view gets ``request.account`` (the token's) and returns plain data.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from gifweb import accounts
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, NotSignedIn, PublicError, TooMany, WrongMethod, completed, public, tell

ALLOWED_HEADERS = (
    "Authorization, Content-Type, Accept, X-Client-Id, X-Skill-Source, X-Skill-Version, X-Skill-Platform, "
    "Idempotency-Key, Last-Event-ID"
)
SHOWN_HEADERS = "Retry-After, RateLimit, RateLimit-Policy, Content-Disposition"


class ApiRequest(HttpRequest):
    """A request that came through ``agent``."""

    account: Account


def compact(value: Any) -> str:
    """JSON without a space after ``:`` or ``,``, and UTF-8 as it is: shipped clients cut values out of the raw text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, cls=DjangoJSONEncoder)


def answer(value: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(compact(value), content_type="application/json; charset=utf-8", status=status)


def success(data: dict[str, Any], **top: Any) -> HttpResponse:
    """``{"code":0,"data":{…}}``, the fields of data repeated at top level; ``top`` is at top level only."""
    return answer({"code": 0, "data": data} | {k: v for k, v in data.items() if k not in ("code", "data")} | top)


def failure(error: PublicError, **top: Any) -> HttpResponse:
    """``{"code":N,"message":"…","data":…}`` with the matching status."""
    response = answer(error.to_json() | top, error.status)
    if isinstance(error, TooMany) or "retry_after" in error.data:
        response["Retry-After"] = str(error.data.get("retry_after", 30))
    return response


def cors(response: HttpResponseBase, methods: str) -> HttpResponseBase:
    """Open to any origin: the bearer token is the only key, and no cookie counts here."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = f"{methods}, OPTIONS"
    response["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response["Access-Control-Expose-Headers"] = SHOWN_HEADERS
    response["Access-Control-Max-Age"] = "86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "no-store"
    return response


def bearer(request: HttpRequest) -> str:
    """The token of the Authorization header; raises NotSignedIn. A token never comes from the URL."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn()
    return token.strip()


def signed_in(request: HttpRequest, scope: str) -> Account:
    """The account whose token came with the request; raises NotSignedIn, or Forbidden when it lacks ``scope``."""
    account = accounts.for_token(bearer(request), scope)
    if account is None:
        raise NotSignedIn()
    return account


def body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body; nothing at all is an empty one. Raises BadInput."""
    raw = request.body
    if not raw.strip():
        return {}
    value = parsed(raw)
    if not isinstance(value, dict):
        raise BadInput("The body must be a JSON object.")
    return value


def parsed(raw: str | bytes) -> Any:
    """JSON that can also be kept and sent on: no NaN or endless number, no NUL, no half of a character. Raises
    BadInput."""
    try:
        value = json.loads(raw)
        plain = json.dumps(value, ensure_ascii=False, allow_nan=False)
        plain.encode()
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not readable JSON.") from error
    if "\\u0000" in plain:
        raise BadInput("The body holds a NUL character.")
    return value


def agent(*methods: str, scope: str | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view of the agent contract for ``methods``, with a token of ``scope`` (None: without one)."""
    served = ", ".join(methods)

    def refused(request: HttpRequest, error: Exception) -> HttpResponse:
        known = completed(request, public(error))
        tell(request, known, error)
        top = {"detail": known.message} if known.code == 1002 else {}
        return failure(known, **top)

    def check(request: Any) -> None:
        if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
            raise WrongMethod(f"This address takes {served}.")
        if scope is not None:
            request.account = signed_in(request, scope)

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @csrf_exempt
        @wraps(view)
        def run(request: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "OPTIONS":
                return cors(HttpResponse(status=204), served)
            try:
                check(request)
                return cors(view(request, **kwargs), served)
            except Exception as error:
                return cors(refused(request, error), served)

        return run

    return decorate
