"""Template tags for files: their URLs (``{% source_url media as url %}``), which are films, which are taken."""

from __future__ import annotations

from django import template

from compressor import formats
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


@register.filter
def is_film(format: str) -> bool:
    """Whether files of this format are shown by a video element, and not as pictures."""
    return format in formats.FILMS


@register.filter
def plays_in_browsers(media: Media) -> bool:
    """Whether browsers show the file itself; films that are not also made here (MOV, AVI, MKV) they often do not."""
    return media.info.format not in formats.FILMS or media.info.format in formats.OUTPUTS


LARGEST = 320  # pixels of the longer side that a small picture is enlarged to at most: it fits the narrowest screen


@register.simple_tag
def shown_at(width: int | None, height: int | None) -> tuple[int, int, int]:
    """(width, height, times) to show a picture at, in pixels of the page: its own, or whole times those, so that no
    pixel is larger than its neighbour."""
    times = max(1, LARGEST // max(width or LARGEST, height or LARGEST, 1))
    return times * (width or 0), times * (height or 0), times


@register.simple_tag
def accepted(sound: bool = False) -> str:
    """The files that a chooser offers, as types and suffixes; with ``sound`` also those that are only heard."""
    rows = [row for row in formats.INPUTS.values() if sound or row.media != "sound"]
    return ",".join([*(row.mime for row in rows), *(f".{suffix}" for row in rows for suffix in row.suffixes)])
