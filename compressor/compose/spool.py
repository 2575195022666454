"""Frames kept so that they can be played backwards: in memory while they are few, beyond that in a file on disk.

At most ``MEMORY_BYTES`` of raw pictures are held; more than that goes to temporary files, losslessly compressed in
groups of at most ``GROUP_BYTES`` raw (one group is in memory while it is read or written). Files stay under
``FILE_BYTES`` each; beyond ``DISK_BYTES`` in all OverLimit is raised. The files go when the spool is closed or
collected.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import OverLimit
from ..media import RGBA, Frame

MEMORY_BYTES = 192 * 1024 * 1024
GROUP_BYTES = 64 * 1024 * 1024
GROUP_FRAMES = 32
FILE_BYTES = 256 * 1024 * 1024
DISK_BYTES = 6 * 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Group:
    file: Path
    start: int
    sizes: tuple[int, ...]
    shape: tuple[int, ...]


class Spool:
    """Filled once with frames that start at 0, then played forwards or backwards any number of times."""

    def __init__(self, folder: Path | None = None, memory_bytes: int = MEMORY_BYTES) -> None:
        self.full = False
        self._parent = folder
        self._folder: Path | None = None
        self._memory_bytes = memory_bytes
        self._held: list[RGBA] = []
        self._groups: list[_Group] = []
        self._times: list[tuple[int, int]] = []
        self._on_disk = 0
        self._in_file = 0

    def fill(self, frames: Iterable[Frame]) -> None:
        self._held, self._groups, self._times = [], [], []
        pending: list[RGBA] = []
        raw = 0
        spilled = False
        for frame in frames:
            self._times.append((frame.at_us, frame.hold_us))
            size = frame.rgba.nbytes
            if not spilled and raw + size > self._memory_bytes:
                spilled = True
                for picture in self._held:
                    pending = self._queued(pending, picture)
                self._held = []
            raw += size
            if spilled:
                pending = self._queued(pending, frame.rgba)
            else:
                self._held.append(frame.rgba)
        if pending:
            self._store(pending)
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
        self._held, self._groups, self._times, self.full = [], [], [], False
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _pictures(self, back: bool) -> Iterator[RGBA]:
        if self._held:
            yield from reversed(self._held) if back else self._held
            return
        for group in reversed(self._groups) if back else self._groups:
            pictures = self._load(group)
            yield from reversed(pictures) if back else pictures

    def _queued(self, pending: list[RGBA], picture: RGBA) -> list[RGBA]:
        pending.append(picture)
        if len(pending) >= GROUP_FRAMES or (len(pending) + 1) * picture.nbytes > GROUP_BYTES:
            self._store(pending)
            return []
        return pending

    def _store(self, pictures: list[RGBA]) -> None:
        """Each picture as its difference to the one before it, which is mostly zeros, packed fast."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="spool-", dir=self._parent))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        last = self._groups[-1] if self._groups else None
        file = last.file if last and self._in_file < FILE_BYTES // 2 else self._folder / f"{len(self._groups)}.bin"
        if last is None or file != last.file:
            self._in_file = 0
        sizes = []
        start = self._in_file
        with file.open("ab") as out:
            before: RGBA | None = None
            for picture in pictures:
                difference = picture if before is None else picture - before
                packed = zlib.compress(np.ascontiguousarray(difference).data, 1)
                before = picture
                out.write(packed)
                sizes.append(len(packed))
                self._in_file += len(packed)
                self._on_disk += len(packed)
                if self._on_disk > DISK_BYTES:
                    raise OverLimit("It is too long to be played backwards at this size. Trim it or make it smaller.")
        self._groups.append(_Group(file, start, tuple(sizes), pictures[0].shape))

    def _load(self, group: _Group) -> list[RGBA]:
        pictures: list[RGBA] = []
        with group.file.open("rb") as stored:
            stored.seek(group.start)
            for size in group.sizes:
                raw = zlib.decompress(stored.read(size))
                picture = np.frombuffer(raw, np.uint8).reshape(group.shape)
                pictures.append(picture + pictures[-1] if pictures else picture.copy())
        return pictures
