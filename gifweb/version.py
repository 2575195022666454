"""The version of Brim, for every page."""

from __future__ import annotations

from django.http import HttpRequest

from compressor import __version__


def context(request: HttpRequest) -> dict[str, str]:
    return {"version": __version__}
