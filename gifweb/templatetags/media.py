"""Template tags for the URLs of files: ``{% source_url media as url %}``."""

from __future__ import annotations

from django import template

from gifweb.renders import media_urls
from gifweb.renders.models import Render
from gifweb.studio import stored_media
from gifweb.studio.models import Media

register = template.Library()


@register.simple_tag
def source_url(of: Media | None) -> str:
    return stored_media.source(of) if of else ""


@register.simple_tag
def result_url(of: Render) -> str:
    return media_urls.result(of)


@register.simple_tag
def download_url(of: Render) -> str:
    return media_urls.result(of, "file")


@register.simple_tag
def poster_url(of: Render) -> str:
    """Return the URL of the poster, or ""."""
    return media_urls.result(of, "poster") if of.poster_key and of.has_file else ""
