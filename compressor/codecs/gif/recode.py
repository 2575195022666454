"""Codes a GIF's own streams anew: frames, boxes, tables and times stay as they are, only the LZW gets shorter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import lzw
from .encode import RESTART_CODES
from .lookahead import cores
from .lossless_frame import Coder, Way
from .reader import GifFile, Head


def recoded(data: bytes) -> bytes:
    """The same GIF with each stream in the shortest of a few codings, or as it is. Raises what ``GifFile`` raises."""
    file = GifFile(np.frombuffer(data, np.uint8))
    codes = RESTART_CODES // max(len(file.heads), 1)
    parts: list[bytes] = []
    at = 0
    with ThreadPoolExecutor(cores(), thread_name_prefix="gif-recode") as pool:
        for head, stream in zip(file.heads, pool.map(lambda head: _stream(file, head, codes), file.heads), strict=True):
            if 0 < len(stream) < head.data_end - head.data_at:
                parts += data[at : head.data_at], stream
                at = head.data_end
    return b"".join([*parts, data[at:]])


def _stream(file: GifFile, head: Head, codes: int) -> bytes:
    """The code size and sub-blocks of a frame; nothing where its pixels are not all there. ``codes``: how many may be
    followed to find where the dictionary is best cleared."""
    raw = file.decode(head)
    if raw.decoded < raw.indices.size:
        return b""
    drawn = np.zeros_like(raw.indices)
    coder = Coder(raw.indices, 0, None)
    coder.run([Way(drawn, early, ahead) for early in (False, True) for ahead in (0, 1, 3)])
    if coder.followed <= codes:
        cuts = coder.cuts(drawn)
        coder.run([Way(drawn, ahead=ahead, cuts=cuts) for ahead in (0, 1, 3)])
    blocks = np.empty(coder.best.size + coder.best.size // 255 + 2, np.uint8)
    return bytes((coder.min_code,)) + blocks[: lzw.enblock(coder.best, coder.best.size, blocks)].tobytes()
