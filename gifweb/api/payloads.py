"""Builds the JSON objects of the agent contract from rows, and reads the export's ``output``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from compressor import presets, unsupported
from compressor.errors import CompressorError
from compressor.formats import CODEC_CHOICES
from compressor.goal import FORMATS, QUALITY_WORDS
from gifweb.errors import Unusable
from gifweb.renders.models import Render, State
from gifweb.studio.models import Media

from . import signed_links

STATUS = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.FINISHED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


def upload(request: HttpRequest | None, media: Media) -> dict[str, Any]:
    """Return an uploaded file: the duration in seconds, other fields as in MediaInfo."""
    info = media.info
    return {
        "filename": media.name,
        "file_type": info.kind,
        "cdn_url": signed_links.of_media(request, media),
        "duration": round((info.shown_ms or info.duration_ms) / 1000, 3),
        "width": info.width,
        "height": info.height,
        "fps": round(info.fps, 3),
        "hash": media.sha256,
        "size": media.bytes,
        "frames": info.frames,
        "format": info.format,
        "media_id": media.public_id,
    }


def epoch_ms(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None


def _file(request: HttpRequest | None, render: Render) -> dict[str, Any]:
    facts = render.result_facts
    return {
        "url": signed_links.of_render(request, render),
        "duration": round(float(facts.get("shown_ms") or facts.get("duration_ms") or 0) / 1000, 3),
        "size": render.result_bytes,
        "format": facts.get("format"),
        "width": facts.get("width"),
        "height": facts.get("height"),
    }


def render(request: HttpRequest | None, row: Render, client_id: str | None = None) -> dict[str, Any]:
    """Return a render with the fields of all known clients. A result above its limit is ``failed`` and offers the file
    as ``closest``, so that no client takes a file above its limit by mistake."""
    name = client_id or row.public_id
    status = STATUS[State(row.state)]
    error = (row.error or {}).get("message")
    output = closest = None
    if row.state == State.FINISHED and row.has_file:
        if row.fits is False:
            closest = _file(request, row)
            limit = row.report.get("max_bytes", 0)  # None: the minimum quality is not reached
            large = limit is not None and (row.result_bytes or 0) > limit
            error = f"No result fits the limit; the closest has {row.result_bytes:,} bytes. " if large else ""
            error = f"{error}{row.would_fit}".strip()
            status = "failed"
        else:
            output = _file(request, row)
    elif row.state == State.FINISHED:
        status, error = "failed", "The file was deleted when its retention time ended."
    elif row.state == State.CANCELLED:
        error = error or "The render was cancelled."
    data = {
        "id": name,
        "taskId": name,
        "render_id": name,
        "status": status,
        "progress": 100 if row.state == State.FINISHED else int(row.progress),
        "output": output,
        "outputUrl": output["url"] if output else None,
        "createdAt": epoch_ms(row.created_at),
        "completedAt": epoch_ms(row.finished_at),
        "error": error,
        "credits": row.paid_credits if row.paid_credits is not None else row.hold_credits,
        "warnings": row.report.get("warnings", []),
    }
    if closest:
        data["closest"] = closest
    return data


def goal_fields(output: Any) -> dict[str, Any]:
    """Return the export's ``output`` as goal fields. Raises Unusable with the field's name."""
    if output is not None and not isinstance(output, dict):
        raise Unusable("output must be an object.", field="output")
    fields: dict[str, Any] = {}
    for name, value in (output or {}).items():
        if value is not None:
            fields |= _field(name, value)
    return fields


# Every field of ``output`` and what it takes, as the skill document lists them.
OUTPUT = {
    "format": f"{', '.join(FORMATS)}; without one it is mp4",
    "codec": f"{', '.join(CODEC_CHOICES)}: of a film, where its format may hold several",
    "max_bytes": "a whole number of bytes, 1 to 1,000,000,000: a hard ceiling",
    "quality": "low, medium, high, lossless, or 0 to 100 (SSIMULACRA2)",
    "resolution": "like 720p or 1280x720",
    "preset": "a platform's name, listed at /api/v1/presets",
    "width": "pixels, 1 to 8192",
    "height": "pixels, 1 to 8192",
    "fps": "frames per second at most, 1 to 120",
    "colors": "2 to 256, of a GIF",
    "loop": "how many times it plays, 0 for ever",
    "max_frames": "frames at most, 1 to 20,000",
    "min_quality": "0 to 100: what looks worse counts as not fitting",
}

_RANGES = {
    "width": (1, 8192),
    "height": (1, 8192),
    "fps": (1, 120),
    "colors": (2, 256),
    "loop": (0, 65535),
    "max_frames": (1, 20_000),
    "min_quality": (0, 100),
}


def _field(name: str, value: Any) -> dict[str, Any]:
    """Return one field of ``output`` as goal fields. Unknown fields are ignored."""
    if name == "format":
        return {"format": _format(value)}
    if name == "codec":
        if value not in CODEC_CHOICES:
            raise Unusable(f"Unknown codec. Known: {', '.join(CODEC_CHOICES)}.", field="output.codec")
        return {"codec": value}
    if name == "quality":
        if isinstance(value, str) and value in QUALITY_WORDS:
            return {"quality": QUALITY_WORDS[value]}
        if value == "lossless":
            return {"lossless": True}
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
            raise Unusable("quality is low, medium, high or a number from 0 to 100.", field="output.quality")
        return {"quality": float(value)}
    if name == "resolution":
        return _resolution(value)
    if name == "max_bytes":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10**9:
            raise Unusable("max_bytes is a whole number of bytes, from 1 to 1,000,000,000.", field="output.max_bytes")
        return {"max_bytes": value}
    if name == "preset":
        if value not in presets.names():
            raise Unusable("Unknown preset.", field="output.preset")
        return {"preset": value}
    if name in _RANGES:
        low, high = _RANGES[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise Unusable(f"{name} is a number from {low} to {high}.", field=f"output.{name}")
        return {name: float(value) if name in ("fps", "min_quality") else int(value)}
    return {}


def _format(value: Any) -> str:
    """A format that is made; for another the refusal names what serves the same purpose. Raises Unusable."""
    try:
        return unsupported.made(str(value))
    except CompressorError as error:
        raise Unusable(error.message, **error.data | {"field": "output.format"}) from error


def _resolution(value: Any) -> dict[str, Any]:
    text = str(value).lower().strip()
    across, cross, down = text.partition("x")
    if not text.isascii() or len(text) > 12:
        across = down = ""
    if cross and across.isdigit() and down.isdigit() and 0 < int(across) <= 8192 and 0 < int(down) <= 8192:
        return {"width": int(across), "height": int(down)}
    number = text.removesuffix("p")
    if text.isascii() and len(text) < 12 and number.isdigit() and 16 <= int(number) <= 4320:
        return {"short_side": int(number)}
    raise Unusable("resolution is like 720p or 1280x720.", field="output.resolution")
