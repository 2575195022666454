"""Responses of the agent contract: compact JSON with ``code``, and the fields of ``data`` repeated at top level.

The decorator ``agent`` handles methods, CORS, the bearer token and errors for each view of the contract. A view reads
``request.account``, the token's account.
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
    """A request that passed ``agent``."""

    account: Account


def compact(value: Any) -> str:
    """Return JSON without spaces and with unescaped UTF-8, because shipped clients search the raw text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, cls=DjangoJSONEncoder)


def answer(value: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(compact(value), content_type="application/json; charset=utf-8", status=status)


def success(data: dict[str, Any], **top: Any) -> HttpResponse:
    """Respond with ``{"code":0,"data":{…}}`` and the fields of data at top level; ``top`` is only at top level."""
    return answer({"code": 0, "data": data} | {k: v for k, v in data.items() if k not in ("code", "data")} | top)


def failure(error: PublicError, **top: Any) -> HttpResponse:
    """Respond with ``{"code":N,"message":"…","data":…}`` and the matching status."""
    response = answer(error.to_json() | top, error.status)
    if isinstance(error, TooMany) or "retry_after" in error.data:
        response["Retry-After"] = str(error.data.get("retry_after", 30))
    return response


def cors(response: HttpResponseBase, methods: str) -> HttpResponseBase:
    """Allow any origin: these endpoints use only the bearer token, never cookies."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = f"{methods}, OPTIONS"
    response["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response["Access-Control-Expose-Headers"] = SHOWN_HEADERS
    response["Access-Control-Max-Age"] = "86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "no-store"
    return response


def bearer(request: HttpRequest) -> str:
    """Return the token of the Authorization header. Raises NotSignedIn. Tokens in URLs are not accepted."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn()
    return token.strip()


def signed_in(request: HttpRequest, scope: str) -> Account:
    """Return the account of the request's token. Raises NotSignedIn, or Forbidden when the token lacks ``scope``."""
    account = accounts.for_token(bearer(request), scope)
    if account is None:
        raise NotSignedIn()
    return account


def body(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object of the body; an empty body is an empty object. Raises BadInput."""
    raw = request.body
    if not raw.strip():
        return {}
    value = parsed(raw)
    if not isinstance(value, dict):
        raise BadInput("The body must be a JSON object.")
    return value


def parsed(raw: str | bytes) -> Any:
    """Parse JSON that can be stored: no NaN or infinity, no NUL, no lone surrogate. Raises BadInput."""
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
    """Decorator for a view of the agent contract: its methods, and the scope of the token (None: no token)."""
    served = ", ".join(methods)

    def refused(request: HttpRequest, error: Exception) -> HttpResponse:
        known = completed(request, public(error))
        tell(request, known, error)
        top = {"detail": known.message} if known.code == 1002 else {}
        return failure(known, **top)

    def check(request: Any) -> None:
        if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
            raise WrongMethod(f"This address accepts {served}.")
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
