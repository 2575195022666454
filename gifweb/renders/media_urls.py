"""Addresses of results and shared files: those of the site, or signed ones on MEDIA_ORIGIN."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from gifweb import signed_media
from gifweb.errors import Gone

from . import access, file_responses
from .models import Render, ShareLink

KINDS = ("view", "file", "poster")


def result(render: Render, what: str = "view") -> str:
    """A result: to be shown (``view``), to be saved (``file``), or its still (``poster``)."""
    if not settings.MEDIA_ORIGIN:
        return reverse(f"render_{what}", args=[render.public_id])
    suffix = "webp" if what == "poster" else render.result_facts.get("format", "bin")
    return signed_media.address(what, render.public_id, f"{'poster' if what == 'poster' else 'result'}.{suffix}")


def shared(share: ShareLink, what: str) -> str:
    """The file of a share link: ``view``, ``file`` or ``poster``. A link with a password gets a signed address, for
    visitors who gave the password; other links keep one address for as long as they are open."""
    if settings.MEDIA_ORIGIN and share.password:
        name = f"{what}.{share.render.result_facts.get('format', 'bin')}"
        return signed_media.address(f"shared {what}", share.token, name)
    return settings.MEDIA_ORIGIN + reverse(f"share_{what}", args=[share.token])


def _serve_result(what: str, request: HttpRequest, public_id: str) -> HttpResponseBase:
    render = Render.objects.filter(public_id=public_id).first()
    if render is None:
        raise Gone("The file was deleted.")
    return (
        file_responses.poster(request, render)
        if what == "poster"
        else file_responses.result(request, render, what == "file")
    )


def _serve_shared(what: str, request: HttpRequest, token: str) -> HttpResponseBase:
    return file_responses.shared(request, access.share_for(token), what)


def register() -> None:
    for what in KINDS:
        signed_media.register(what, partial(_serve_result, what))
        signed_media.register(f"shared {what}", partial(_serve_shared, what))
