"""How the bytes of a result go to its frames: sizes of packets, chunks and blocks, read without decoding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from .formats import INPUTS
from .media import MediaInfo

MOST = 120  # shares of the time, so that a report stays small


def along(path: Path, info: MediaInfo) -> list[int]:
    """Bytes of each frame of a file of ours in the order in which frames are stored; of frames taken together where
    there are more than MOST. Empty for a still."""
    if info.frames < 2:
        return []
    row = INPUTS[info.format]
    sizes = _packets(path, info.format) if row.demuxer else list(_blocks(path.read_bytes(), info.format))
    parts = min(len(sizes), MOST)
    cuts = [len(sizes) * n // parts for n in range(parts + 1)] if parts else [0]
    return [sum(sizes[a:b]) for a, b in pairwise(cuts)]


def _packets(path: Path, format: str) -> list[int]:
    """Of the stream with the most packets: an AVIF has its first picture as a stream of its own."""
    from .probe import container

    with container.opened(path, format) as file:
        sizes: dict[int, list[int]] = {}
        for packet in file.demux(*file.streams.video):
            if packet.size:
                sizes.setdefault(packet.stream.index, []).append(packet.size)
    return max(sizes.values(), key=len, default=[])


def _blocks(data: bytes, format: str) -> Iterator[int]:
    if format == "gif":
        from .probe import gif

        before = 0
        for frame in gif.walk(data).frames:
            yield frame.end - before
            before = frame.end
    elif format == "webp":
        yield from (8 + length for name, length in _chunks(data, 12, riff=True) if name == b"ANMF")
    else:  # APNG: a frame is its control and the data up to the next one
        size = 0
        for name, length in _chunks(data, 8, riff=False):
            if name == b"fcTL" and size:
                yield size
                size = 0
            size += 12 + length if name in (b"fcTL", b"IDAT", b"fdAT") else 0
        yield size


def _chunks(data: bytes, at: int, *, riff: bool) -> Iterator[tuple[bytes, int]]:
    """(name, bytes inside) of each chunk: RIFF has the name first and pads to even lengths, PNG the length first and a
    check sum behind."""
    while at + 8 <= len(data):
        first, second = data[at : at + 4], data[at + 4 : at + 8]
        name, length = (first, int.from_bytes(second, "little")) if riff else (second, int.from_bytes(first, "big"))
        yield name, length
        at += 8 + length + (length & 1 if riff else 4)
