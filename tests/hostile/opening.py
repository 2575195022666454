"""One file through a sandboxed child, and whether its end is a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compressor import sandbox
from compressor.errors import ChildDied, CompressorError, EngineFailure
from compressor.input_limits import Limits
from compressor.sandbox.client import Order, follow

# Small files: what takes longer, or more memory, than this is a finding.
LIMITS = Limits(max_frame_pixels=4_000_000, max_total_pixels=40_000_000, max_frames=2000, child_cpu_s=20, wall_s=120)
TOO_LONG = ("took", "memory", "disk", "files", "threads")


def read_all(path: str, limits: dict[str, Any]) -> dict[str, int]:
    """Probe and decode everything; runs in the child."""
    from compressor.decode import audio, frames
    from compressor.probe import probe

    info = probe(path, Limits(**limits))
    pictures = sum(1 for _ in frames(path, info)) if info.kind != "audio" else 0
    blocks = sum(1 for _ in audio(path, info=info)) if info.has_audio else 0
    return {"pictures": pictures, "blocks": blocks}


def finding(path: Path) -> str | None:
    """None for a result or a clean refusal, else what went wrong."""
    from dataclasses import asdict

    order = Order("tests.hostile.opening:read_all", [str(path), asdict(LIMITS)], [str(path)], [], LIMITS)
    for answer in follow(order, lambda: False):
        if answer.error is not None:
            return _judged(answer.error)
    return None


def made(path: Path, folder: Path, format: str) -> str | None:
    """The same for a whole job into ``format``."""
    job = {"sources": {"m": str(path)}, "draft": None, "goal": {"format": format, "max_bytes": 20_000}}
    last: Any = None
    for event in sandbox.run(job | {"out": str(folder / "out"), "encoder": None}, LIMITS):
        last = event
    (folder / "out").unlink(missing_ok=True)
    left = [p.name for p in folder.iterdir()]
    if left:
        return f"left behind: {left}"
    error = getattr(last, "error", None)
    return _judged(CompressorError.from_json(error)) if error else None


def _judged(error: CompressorError) -> str | None:
    if isinstance(error, ChildDied | EngineFailure):
        return f"{type(error).__name__}: {error.message} {error.detail}"
    if error.code == 4002 and any(word in error.message for word in TOO_LONG):
        return f"{type(error).__name__}: {error.message}"
    return None
