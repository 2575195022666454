"""GIFs that mean harm: each ends in frames of the right size or in a clean error, quickly and in little memory."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compressor.decode import frames
from compressor.errors import OverLimit, UnreadableMedia
from compressor.probe import probe

from .media_made import Block, gif_bytes

COLORS = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)]


def small(**options: object) -> Block:
    return Block(np.ones((8, 8), np.uint8), **options)  # type: ignore[arg-type]


def one(*blocks: Block, width: int = 8, height: int = 8, **options: object) -> bytes:
    return gif_bytes(blocks or (small(),), width=width, height=height, palette=COLORS, **options)  # type: ignore[arg-type]


def spliced(at: bytes, new: bytes) -> bytes:
    data = one()
    place = data.index(at)
    return data[:place] + new + data[place:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "magic only": lambda: b"GIF89a",
    "cut in the header": lambda: one()[:11],
    "cut in the palette": lambda: one()[:20],
    "cut in the picture": lambda: one()[:-30],
    "wrong magic": lambda: b"GIF90a" + one()[6:],
    "lower case magic": lambda: b"gif89a" + one()[6:],
    "no size": lambda: one(width=0, height=0),
    "no height": lambda: one(width=8, height=0),
    "greatest size": lambda: one(width=65535, height=65535),
    "frame of the greatest size": lambda: one(small(width=65535, height=65535)),
    "frame far outside": lambda: one(small(), small(left=65000, top=65000)),
    "frame partly outside": lambda: one(small(), small(left=5, top=5)),
    "frame of no size": lambda: one(small(width=0, height=0)),
    "second frame of the greatest size": lambda: one(small(), small(width=65535, height=65535)),
    "no palette at all": lambda: gif_bytes([small()], width=8, height=8),
    "indices beyond the palette": lambda: one(Block(np.full((8, 8), 200, np.uint8))),
    "transparent index beyond the palette": lambda: one(small(transparent=250)),
    "disposal 7": lambda: one(small(disposal=7), small(disposal=5), small()),
    "code size 0": lambda: one(small(code_size=0)),
    "code size 1": lambda: one(small(code_size=1)),
    "code size 12": lambda: one(small(code_size=12)),
    "code size 15": lambda: one(small(code_size=15)),
    "code size 255": lambda: one(small(code_size=255)),
    "too little data": lambda: one(small(width=200, height=200), width=200, height=200),
    "too much data": lambda: one(small(width=2, height=2)),
    "extension that lies about its length": lambda: spliced(b"\x21\xf9", b"\x21\xfe\xff" + b"x" * 20),
    "control of a wrong length": lambda: spliced(b"\x2c", b"\x21\xf9\x01\x00\x00"),
    "comment without an end": lambda: one()[:-1] + b"\x21\xfe" + b"\x05hello" * 1000,
    "unknown block": lambda: one(trailer=False) + b"\x99\x98\x97",
    "loops twice": lambda: spliced(b"\x21\xf9", b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\x00\x00"),
    "loop of a wrong length": lambda: spliced(b"\x21\xf9", b"\x21\xff\x0bNETSCAPE2.0\x01\x01\x00"),
    "two screens": lambda: one(trailer=False) + one(),
    "rubbish behind the end": lambda: one() + bytes(range(256)) * 100,
    "only controls": lambda: one()[:25] + b"\x21\xf9\x04\x00\x00\x00\x00\x00" * 50_000 + b";",
    "empty data blocks": lambda: one()[:-1] + b"\x2c" + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\x08\x00;",
    "a million bytes of nothing": lambda: one(trailer=False) + bytes(1_000_000),
}


@pytest.mark.timeout(120)  # an endless loop is a failure
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_gif_ends_cleanly(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.gif"
    path.write_bytes(HOSTILE[name]())
    try:
        info = probe(path)
        count = 0
        for frame in frames(path, info):
            assert frame.rgba.shape == (info.height, info.width, 4)
            count += 1
        assert count == info.frames
    except (UnreadableMedia, OverLimit):
        pass


def test_random_bytes_behind_a_good_header(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    path = tmp_path / "x.gif"
    good = one(*(small(delay_cs=n) for n in range(6)))
    for _ in range(150):
        data = bytearray(good)
        for at in rng.integers(6, len(data), int(rng.integers(1, 12))):
            data[at] = rng.integers(0, 256)
        path.write_bytes(bytes(data[: rng.integers(13, len(data) + 1)]))
        try:
            info = probe(path)
            if info.width * info.height > 1_000_000:
                continue
            assert all(f.rgba.shape == (info.height, info.width, 4) for f in frames(path, info))
        except (UnreadableMedia, OverLimit):
            continue
