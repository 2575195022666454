"""Stores frames to play them backwards: a few in memory, more in files on disk.

At most ``MEMORY_BYTES`` of raw pictures are held; of a longer film all go to temporary files, losslessly packed one by
one (MagicYUV: at 1280 x 720 about 14 ms to pack and 17 ms to unpack), and one at a time is in memory. Files stay under
``FILE_BYTES`` each; beyond ``DISK_BYTES`` in all OverLimit is raised. The files go when the spool is closed or
collected.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..errors import OverLimit
from ..media import RGBA, Frame

MEMORY_BYTES = 192 * 1024 * 1024
FILE_BYTES = 256 * 1024 * 1024
DISK_BYTES = 6 * 1024 * 1024 * 1024
_CODEC, _PIXELS = "magicyuv", "gbrap"


class Spool:
    """Filled once with frames that start at 0, then played forwards or backwards any number of times."""

    def __init__(self, folder: Path | None = None, memory_bytes: int = MEMORY_BYTES) -> None:
        self.full = False
        self._parent = folder
        self._folder: Path | None = None
        self._memory_bytes = memory_bytes
        self._held: list[RGBA] = []
        self._times: list[tuple[int, int]] = []
        self._places: list[tuple[Path, int, int]] = []

    def fill(self, frames: Iterable[Frame]) -> None:
        self.close()
        packer: _Packer | None = None
        raw = 0
        for frame in frames:
            self._times.append((frame.at_us, frame.hold_us))
            raw += frame.rgba.nbytes
            if packer is None and raw > self._memory_bytes:
                packer = _Packer(self._new_folder(), frame.rgba.shape)
                self._places = [packer.put(picture) for picture in self._held]
                self._held = []
            if packer is None:
                self._held.append(frame.rgba)
            else:
                self._places.append(packer.put(frame.rgba))
        if packer is not None:
            packer.close()
        self.full = True

    @property
    def length_us(self) -> int:
        return sum(self._times[-1]) if self._times else 0

    def forwards(self) -> Iterator[Frame]:
        for (at, hold), picture in zip(self._times, self._pictures(False), strict=True):
            yield Frame(picture, at, hold)

    def backwards(self) -> Iterator[Frame]:
        end = self.length_us
        for (at, hold), picture in zip(reversed(self._times), self._pictures(True), strict=True):
            yield Frame(picture, end - at - hold, hold)

    def close(self) -> None:
        self._held, self._places, self._times, self.full = [], [], [], False
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _new_folder(self) -> Path:
        self._folder = Path(tempfile.mkdtemp(prefix="spool-", dir=self._parent))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def _pictures(self, back: bool) -> Iterator[RGBA]:
        if self._held:
            yield from reversed(self._held) if back else self._held
            return
        decoder: Any = av.CodecContext.create(_CODEC, "r")
        decoder.thread_count = 1  # a second thread would hold frames back
        for file, start, size in reversed(self._places) if back else self._places:
            with file.open("rb") as stored:
                stored.seek(start)
                (frame,) = decoder.decode(av.Packet(stored.read(size)))
            yield frame.reformat(format="rgba").to_ndarray()


class _Packer:
    """Pictures of one size, packed one after the other into files of a bounded length."""

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        self._folder = folder
        encoder: Any = av.CodecContext.create(_CODEC, "w")
        encoder.width, encoder.height, encoder.pix_fmt = shape[1], shape[0], _PIXELS
        encoder.time_base = Fraction(1, 25)
        encoder.thread_count = 1
        self._encoder = encoder
        self._count = self._on_disk = self._in_file = 0
        self._files = 1
        self._out = (folder / "0").open("wb")

    def put(self, picture: RGBA) -> tuple[Path, int, int]:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgba").reformat(format=_PIXELS)
        frame.pts = self._count
        self._count += 1
        (packet,) = self._encoder.encode(frame)
        packed = bytes(packet)
        if self._in_file and self._in_file + len(packed) > FILE_BYTES:
            self._out.close()
            self._out = (self._folder / str(self._files)).open("wb")
            self._files += 1
            self._in_file = 0
        self._on_disk += len(packed)
        if self._on_disk > DISK_BYTES:
            self.close()
            raise OverLimit("It is too long to be played backwards at this size. Trim it or make it smaller.")
        place = Path(self._out.name), self._in_file, len(packed)
        self._out.write(packed)
        self._in_file += len(packed)
        return place

    def close(self) -> None:
        self._out.close()
