"""The temporary files of a search: a workspace hands them out, and none outlives what refers to it.

A ``TempFile`` is removed when nothing holds it any more, so an attempt that loses needs no clearing away; what is left
when a job ends, however it ends, is removed by ``Workspace.close``.
"""

from __future__ import annotations

import glob
import weakref
from pathlib import Path


class TempFile:
    """A file of a workspace, and all that an encoder writes beside it under the same beginning of a name."""

    __slots__ = ("__weakref__", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, _remove, path)

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size


class Workspace:
    """Temporary files ``folder/name.1.part``, ``folder/name.2.part`` and so on."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._number = folder, name, 0

    def file(self) -> TempFile:
        """Another file; nothing is written yet."""
        self._number += 1
        return TempFile(self._folder / f"{self._name}.{self._number}.part")

    def close(self) -> None:
        """Remove every file of this workspace that is still there."""
        for left in self._folder.glob(f"{glob.escape(self._name)}.*.part*"):
            left.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    for left in path.parent.glob(f"{glob.escape(path.name)}*"):
        left.unlink(missing_ok=True)
