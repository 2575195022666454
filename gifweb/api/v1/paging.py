"""Lists a page at a time: the newest first, and a Link header (RFC 8288) to the next page."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from gifweb.errors import Unusable

from .. import signed_links

M = TypeVar("M", bound=Model)


def page(request: HttpRequest, response: HttpResponse, rows: QuerySet[M], limit: int, cursor: str) -> list[M]:
    """``limit`` rows after the one that ``cursor`` names by its public id; the Link header is set where there are
    more. A row that is made meanwhile shifts nothing. Raises Unusable for a cursor that names none of the rows."""
    ordered = rows.order_by("-created_at", "-pk")
    if cursor:
        last: Any = rows.filter(public_id=cursor).first()
        if last is None:
            raise Unusable("cursor names nothing in this list; begin again without it.", field="cursor")
        ordered = ordered.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))
    found: list[Any] = list(ordered[: limit + 1])
    if len(found) > limit:
        found = found[:limit]
        address = signed_links.absolute(request, f"{request.path}?limit={limit}&cursor={found[-1].public_id}")
        response["Link"] = f'<{address}>; rel="next"'
    return found
