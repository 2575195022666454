"""Animated WebP encoder: each frame is a rectangle, coded in the way that is worth its bytes.

libwebp (through Pillow) codes the rectangles, and ``webp_choice`` decides how. This is the codec and the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..formats import OUTPUTS
from ..goal import Goal, Plan
from ..media import Frame
from . import Lever, Shape, UsualBits, copying
from .changed_rectangles import Rect
from .picture_codec import PictureCodec
from .webp_choice import Piece, WebPSettings, pieces, still

_MAX_HOLD_MS = (1 << 24) - 1
COARSEST = -30


class WebP(PictureCodec):
    spec = OUTPUTS["webp"]
    codec = "webp"
    most_side = 16_383
    usual_bits = UsualBits(0.2, value=40.0, fold=-32.0, least=5.0, most=92.0)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        settings = WebPSettings(lossless=bool(goal.lossless))
        return Plan(self.format, shape.width, shape.height, None, settings.to_json())

    def lever(self, plan: Plan) -> Lever | None:
        if WebPSettings.of(plan).lossless:
            return None
        # Below 0 libwebp can do no more, but more is left out.
        return Lever("quality", finest=100, coarsest=COARSEST, start=75, slope=0.028, step=0.5)

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """None: libwebp's slowest method gains a point or less in ten times the time."""
        return []

    def fillers(self, ready: Iterable[Any], plan: Plan) -> list[Plan]:
        """Where all pictures leap from exact to lossy at one quality, lossy ones alone fill what is between."""
        return [replace(plan, settings=plan.settings | {"mixed": False})] if WebPSettings.of(plan).mixed else []

    def cleaned(self, data: bytes) -> bytes | None:
        return copying.webp(data)

    def write(self, frames: Iterator[Frame], plan: Plan, out: Path, loop: int) -> int:
        coded = [part for piece in pieces(frames, WebPSettings.of(plan)) for part in _split(piece)]
        if coded:
            out.write_bytes(_file(coded, plan, loop))
        return len(coded)


CODEC = WebP()


def _split(piece: Piece) -> Iterator[Piece]:
    """A hold that the format cannot say is cut in several; the later ones draw nothing."""
    hold = piece.hold_ms
    yield replace(piece, hold_ms=min(hold, _MAX_HOLD_MS))
    while (hold := hold - _MAX_HOLD_MS) > 0:
        nothing, _ = still(np.zeros((1, 1, 4), np.uint8), lossless=True, method=0, quality=0)
        yield Piece(Rect(0, 0, 1, 1), nothing, min(hold, _MAX_HOLD_MS), True)


def _file(coded: list[Piece], plan: Plan, loop: int) -> bytes:
    see_through = any(piece.see_through for piece in coded)
    if len(coded) == 1 and coded[0].chunks[0][0] != b"ALPH":
        return _riff([_chunk(*coded[0].chunks[0])])
    flags = (16 if see_through else 0) | (2 if len(coded) > 1 else 0)
    sides = (plan.width - 1).to_bytes(3, "little") + (plan.height - 1).to_bytes(3, "little")
    parts = [_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)]
    if len(coded) == 1:
        return _riff(parts + [_chunk(*one) for one in coded[0].chunks])
    parts.append(_chunk(b"ANIM", bytes(4) + min(loop, 65535).to_bytes(2, "little")))
    for piece in coded:
        rect = piece.rect
        numbers = (rect.left // 2, rect.top // 2, rect.width - 1, rect.height - 1, piece.hold_ms)
        head = b"".join(n.to_bytes(3, "little") for n in numbers) + bytes([0 if piece.blend else 2])
        parts.append(_chunk(b"ANMF", head + b"".join(_chunk(*one) for one in piece.chunks)))
    return _riff(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + (b"\0" if len(body) & 1 else b"")


def _riff(parts: list[bytes]) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
