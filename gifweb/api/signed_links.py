"""Signed links: absolute URLs of one stored file that need no header and expire."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from gifweb.absolute_urls import absolute
from gifweb.errors import Gone, NotFound
from gifweb.renders import file_responses
from gifweb.renders.models import Render
from gifweb.studio import stored_media
from gifweb.studio.models import Media

SALT = "gifweb.api.signed_links"
VALID_S = 7 * 24 * 3600


def _signed(request: HttpRequest | None, what: dict[str, Any], name: str) -> str:
    token = signing.dumps(what, salt=SALT, compress=True)
    path = reverse("api_file", args=[token, name])
    return f"{settings.MEDIA_ORIGIN}{path}" if settings.MEDIA_ORIGIN else absolute(request, path)


def of_media(request: HttpRequest | None, media: Media) -> str:
    return _signed(request, {"m": media.public_id}, f"source.{media.info.format}")


def of_render(request: HttpRequest | None, render: Render) -> str:
    return _signed(request, {"r": render.public_id}, f"result.{render.result_facts.get('format', 'bin')}")


@require_safe
def signed_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Respond with the file of a signed link. ``name`` only gives the URL a suffix; the type comes from the stored
    file."""
    try:
        what = signing.loads(token, salt=SALT, max_age=VALID_S)
    except signing.SignatureExpired:
        raise Gone("This link has expired.") from None
    except signing.BadSignature:
        raise NotFound() from None
    if "m" in what:
        media = Media.objects.filter(public_id=what["m"], deleted_at=None).first()
        if media is None:
            raise Gone("The file was deleted.")
        response = stored_media.serve_source(request, media)
    else:
        render = Render.objects.filter(public_id=what.get("r")).first()
        if render is None or not render.has_file:
            raise Gone("The file was deleted.")
        response = file_responses.result(request, render, attachment=False)
    # Other origins may embed the file.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
