"""The limits of this site for one source file."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from compressor.input_limits import Limits


def source_limits() -> Limits:
    return replace(Limits(), max_bytes=settings.MAX_UPLOAD_BYTES)
