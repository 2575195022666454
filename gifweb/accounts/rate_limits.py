"""Fixed-window rate limits, kept in the database so that all processes count together.

A window starts with the first hit and lasts its period, so at its edge up to twice the limit can pass in a short time.
What is counted is an account or a network address (a /64 for IPv6, and its /48), kept as a hash.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from gifweb.errors import TooMany, respond

from . import hashed_secret
from .models import Account, Hits

SITE_NETWORKS = 10  # so many IPv6 networks of one /48 may use a limit up
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` times in ``period_s`` seconds; 0 means: no limit."""

    limit: int
    period_s: int

    @classmethod
    def read(cls, text: str) -> Rate:
        """“600/h”, “10/7d”; “0/h” switches the limit off. Raises ImproperlyConfigured."""
        match = re.fullmatch(r"(\d+)/(\d*)([smhd])", text.strip())
        if not match or match[2] == "0":
            raise ImproperlyConfigured(f"A rate looks like 600/h or 10/7d, not “{text}”.")
        return cls(int(match[1]), int(match[2] or 1) * _UNITS[match[3]])


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of one limit after a hit."""

    scope: str
    rate: Rate
    left: int
    reset_s: int


_told: ContextVar[list[Usage] | None] = ContextVar("limits_told", default=None)


def rate(scope: str) -> Rate:
    """Return the setting ``LIMITS[scope]``. Raises KeyError for an unknown scope."""
    return Rate.read(settings.LIMITS[scope])


def network(address: str) -> str:
    """Return the address, or for IPv6 its /64 network, which one subscriber has. A mapped IPv4 address counts as
    IPv4."""
    try:
        parsed = ipaddress.ip_address(address.strip("[]").split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _site(who: Account | str) -> str:
    """The /48 around an IPv6 ``network``, of which one subscriber may have all 65,536; "" for others."""
    ours = isinstance(who, str) and who.endswith("/64")
    return str(ipaddress.ip_network(who).supernet(new_prefix=48)) if ours else ""  # type: ignore[arg-type]


def address(request: HttpRequest) -> str:
    """Return the client's address. X-Forwarded-For is used only with TRUST_PROXY, and only its last entry, which the
    trusted proxy wrote."""
    if settings.TRUST_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR") or ""


def hit(scope: str, who: Account | str) -> Usage:
    """Count one use of ``scope`` for an account or a ``network``. Raises TooMany above the limit, also above that of
    SITE_NETWORKS networks together where they lie beside each other."""
    standing = _hit(scope, rate(scope), who)
    if wide := _site(who):
        _hit(f"{scope}_site", Rate(SITE_NETWORKS * rate(scope).limit, rate(scope).period_s), wide)
    return standing


def _hit(scope: str, measure: Rate, who: Account | str) -> Usage:
    mark = hashed_secret.digest(f"{scope}:{who.pk if isinstance(who, Account) else who}")
    if not measure.limit:
        return Usage(scope, measure, 0, 0)
    row, counted = _count(scope, mark, measure)
    reset_s = max(1, math.ceil((row.until - timezone.now()).total_seconds()))
    standing = Usage(scope, measure, max(0, measure.limit - row.count), reset_s)
    told = _told.get()
    if told is not None:
        told.append(standing)
    if not counted:
        raise TooMany(
            f"Too many requests: {measure.limit} in {_span(measure.period_s)} are allowed. "
            f"Try again in {_span(reset_s)}.",
            retry_after=reset_s,
            limit=measure.limit,
            period_s=measure.period_s,
        )
    return standing


def allows(scope: str, who: Account | str) -> bool:
    """The same as ``hit``, answered instead of raised."""
    try:
        hit(scope, who)
    except TooMany:
        return False
    return True


def hit_request(scope: str, request: HttpRequest, account: Account | None) -> None:
    """Count one use for the account (``scope``) and for the address (``scope_ip``) of a request."""
    hit(f"{scope}_ip", network(address(request)))
    if account is not None:
        hit(scope, account)


def counted(scope: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Decorator for a view that counts for its address."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            hit(scope, network(address(request)))
            return view(request, *args, **kwargs)

        return run

    return decorate


# One statement for SQLite and PostgreSQL, because it runs before the response to many requests.
_HIT = """
    INSERT INTO accounts_hits (scope, who, until, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (scope, who) DO UPDATE SET
        count = CASE WHEN accounts_hits.until <= %s THEN 1 ELSE accounts_hits.count + 1 END,
        until = CASE WHEN accounts_hits.until <= %s THEN excluded.until ELSE accounts_hits.until END
    WHERE accounts_hits.until <= %s OR accounts_hits.count < %s
    RETURNING id, scope, who, until, count
"""


def _count(scope: str, mark: str, measure: Rate) -> tuple[Hits, bool]:
    """Return the row of the window, and whether this use was counted: a full window is not counted further."""
    for _ in range(3):
        now = timezone.now()
        end, since = (
            connection.ops.adapt_datetimefield_value(at) for at in (now + timedelta(seconds=measure.period_s), now)
        )
        if rows := list(Hits.objects.raw(_HIT, [scope, mark, end, since, since, since, measure.limit])):
            return rows[0], True
        if full := Hits.objects.filter(scope=scope, who=mark).first():
            return full, False
        # The window was deleted between the two queries: start a new one.
    return Hits(scope=scope, who=mark, until=timezone.now(), count=measure.limit), False


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The response of allauth's own limits for signing up and in."""
    return respond(request, TooMany(retry_after=60))


def sweep() -> int:
    """Delete windows that have ended."""
    gone, _ = Hits.objects.filter(until__lte=timezone.now()).delete()
    return gone


def _span(seconds: int) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            n = round(seconds / size)
            return f"{n} {word}" + ("s" if n != 1 else "")
    return f"{seconds} second" + ("s" if seconds != 1 else "")


class RateHeaders:
    """Middleware: adds the RateLimit header fields of the IETF draft, the tightest limit first."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told: list[Usage] = []
        mark = _told.set(told)
        try:
            response = self.get_response(request)
        finally:
            _told.reset(mark)
        told.sort(key=lambda s: (s.left, -s.reset_s))
        if told:
            response["RateLimit-Policy"] = ", ".join(f'"{s.scope}";q={s.rate.limit};w={s.rate.period_s}' for s in told)
            response["RateLimit"] = ", ".join(f'"{s.scope}";r={s.left};t={s.reset_s}' for s in told)
        return response
