"""Where stored files are shown: at one's own addresses, or, with MEDIA_ORIGIN, on that origin by signed addresses.

Our own addresses (``/r/<id>/view``, ``/m/<id>``, …) are guarded by cookies, which the media origin never sees. A signed
one is for one file, lasts some hours, and stays the same within an hour so that a browser can keep what it has.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from gifweb import media_origin
from gifweb.errors import Gone, NotFound
from gifweb.studio.models import Media, Preview, Project

from . import access, file_responses
from .models import Render, ShareLink

HOUR_S = 3600
VALID_HOURS = 12  # a page that was left open shows its files for so long
SHARED = ("view", "file", "poster")


def _signer() -> Signer:
    return Signer(salt="gifweb.renders.media_urls")


def _signed(kind: str, ident: str, name: str) -> str:
    until = (int(time.time()) // HOUR_S + 1 + VALID_HOURS) * HOUR_S
    token = _signer().sign_object([kind, ident, until], compress=True)
    return settings.MEDIA_ORIGIN + reverse("media_file", args=[token, name])


def source(media: Media) -> str:
    """An uploaded file, to be shown."""
    if not settings.MEDIA_ORIGIN:
        return reverse("source_view", args=[media.public_id])
    return _signed("source", media.public_id, f"source.{media.info.format}")


def result(render: Render, what: str = "view") -> str:
    """A result: to be shown (``view``), to be kept (``file``), or its still (``poster``)."""
    if not settings.MEDIA_ORIGIN:
        return reverse(f"render_{what}", args=[render.public_id])
    ending = "webp" if what == "poster" else render.result_facts.get("format", "bin")
    return _signed(what, render.public_id, f"{'poster' if what == 'poster' else 'result'}.{ending}")


def preview(project: Project, number: int) -> str:
    """The film of one revision of a project."""
    if not settings.MEDIA_ORIGIN:
        return reverse("project_preview", args=[project.public_id, number])
    return _signed("preview", f"{project.public_id}/{number}", "preview.mp4")


def shared(share: ShareLink, what: str) -> str:
    """What a share link shows, to be shown, kept, or its still. One behind a password is signed for those who have
    been let in; others keep one address for as long as the link opens."""
    if settings.MEDIA_ORIGIN and share.password:
        return _signed(f"shared {what}", share.token, f"{what}.{share.render.result_facts.get('format', 'bin')}")
    return settings.MEDIA_ORIGIN + reverse(f"share_{what}", args=[share.token])


def moved(request: HttpRequest, url: str) -> HttpResponseRedirect | None:
    """Where files have an origin of their own: the answer that leads there, for old addresses on this one."""
    if not settings.MEDIA_ORIGIN or media_origin.is_here(request):
        return None
    answer = redirect(url)
    answer["Cache-Control"] = "no-store"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@require_safe
def stored(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The file behind a signed address. ``name`` only gives it an ending; the type comes from what is stored."""
    try:
        kind, ident, until = _signer().unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        raise NotFound() from None
    if until < time.time():
        raise Gone("This page is old. Reload it.")
    if kind == "source":
        media = Media.objects.filter(public_id=ident, deleted_at=None).first()
        if media is None:
            raise Gone("The file was deleted.")
        return file_responses.source(request, media)
    if kind == "preview":
        project, _, number = ident.partition("/")
        made = Preview.objects.filter(revision__project__public_id=project, revision__number=int(number)).first()
        if made is None or not made.key:
            raise Gone("The file was deleted.")
        return file_responses.preview(request, made)
    if kind.startswith("shared "):
        return file_responses.shared(request, access.share_for(ident), kind.partition(" ")[2])
    render = Render.objects.filter(public_id=ident).first()
    if render is None:
        raise Gone("The file was deleted.")
    return (
        file_responses.poster(request, render)
        if kind == "poster"
        else file_responses.result(request, render, kind == "file")
    )
