"""Good files changed at random. The same seed gives the same bytes on every machine."""

from __future__ import annotations

import random

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x00\x01",
)


def mutated(data: bytes, seed: int) -> bytes:
    """``data`` with one to sixteen changes: bits flipped, bytes set, pieces cut out, doubled or moved."""
    rng = random.Random(seed)
    out = bytearray(data)
    for _ in range(1 << rng.randrange(5)):
        at = rng.randrange(len(out)) if out else 0
        length = min(1 << rng.randrange(8), len(out) - at)
        match rng.randrange(6):
            case 0 if out:
                out[at] ^= 1 << rng.randrange(8)
            case 1 if out:
                out[at] = rng.randrange(256)
            case 2:
                value = rng.choice(INTERESTING)
                out[at : at + len(value)] = value
            case 3 if len(out) > 64:
                del out[at : at + length]
            case 4:
                out[at:at] = out[at : at + length]
            case _:
                to = rng.randrange(len(out) + 1)
                out[to : to + length] = out[at : at + length]
    return bytes(out)
