"""Uploaded files and previews: their addresses, and their bytes for callers that may see them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from gifweb import signed_media, stored_files
from gifweb.errors import Gone

from .models import Media, Preview, Project


def source(media: Media) -> str:
    """The address of an uploaded file, to be shown."""
    if not settings.MEDIA_ORIGIN:
        return reverse("source_view", args=[media.public_id])
    return signed_media.address("source", media.public_id, f"source.{media.info.format}")


def preview(project: Project, number: int, made: Preview) -> str:
    """The address of the preview of one revision. Numbers come again after an undo: each file has its own address, so
    that a player never goes on with pieces of another."""
    if not settings.MEDIA_ORIGIN:
        return f"{reverse('project_preview', args=[project.public_id, number])}?of={made.key[-8:]}"
    return signed_media.address("preview", f"{project.public_id}/{number}", f"{made.key[-8:]}.{made.format}")


def serve_source(request: HttpRequest, media: Media) -> HttpResponseBase:
    return stored_files.serve(
        request, media.key, name=media.name, format=media.info.format, etag=media.sha256, attachment=False
    )


def serve_preview(request: HttpRequest, made: Preview) -> HttpResponseBase:
    etag = made.key.rsplit("/", 1)[-1]
    return stored_files.serve(
        request, made.key, name=f"preview.{made.format}", format=made.format, etag=etag, attachment=False
    )


def _signed_source(request: HttpRequest, public_id: str) -> HttpResponseBase:
    media = Media.objects.filter(public_id=public_id, deleted_at=None).first()
    if media is None:
        raise Gone("The file was deleted.")
    return serve_source(request, media)


def _signed_preview(request: HttpRequest, ident: str) -> HttpResponseBase:
    project, _, number = ident.partition("/")
    made = Preview.objects.filter(revision__project__public_id=project, revision__number=int(number)).first()
    if made is None or not made.key:
        raise Gone("The file was deleted.")
    return serve_preview(request, made)


def register() -> None:
    signed_media.register("source", _signed_source)
    signed_media.register("preview", _signed_preview)
