"""What a running child holds in files and threads, looked at from outside, and whether that is more than it may.

The kernel bounds one file (RLIMIT_FSIZE), not the sum of all. The server looks ``EVERY_S`` and ends a child that is
beyond a bound; in between a child can go beyond it by what the disk takes in that time.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

EVERY_S = 0.05
BLOCK = 512  # st_blocks counts in these, whatever the file system's own are
# Files cost inodes and the folder's own blocks even when they are empty.
FILE_OVERHEAD = 256
HIDDEN = 1 << 40


@dataclass(frozen=True)
class Bounds:
    """The most bytes in all files together, the most files and folders, the most threads."""

    disk_bytes: int
    files: int
    threads: int


@dataclass(frozen=True)
class Held:
    disk_bytes: int = 0
    files: int = 0


class Watch:
    """One child, from its begin: what lay in its folders before is not counted."""

    def __init__(self, pid: int, folders: list[str], bounds: Bounds) -> None:
        self.pid, self.folders, self.bounds = pid, folders, bounds
        self.before = self._in_folders()
        self._written_then = 0  # at the last look at the mappings

    def beyond(self) -> str | None:
        """The bound that is exceeded: "disk", "files" or "threads"; None if none is."""
        now, open_bytes = self._in_folders(), self._open_and_deleted()
        if now.files - self.before.files > self.bounds.files:
            return "files"
        if now.disk_bytes - self.before.disk_bytes + open_bytes > self.bounds.disk_bytes:
            return "disk"
        if self._threads() > self.bounds.threads:
            return "threads"
        written = self._written()
        if written - self._written_then > self.bounds.disk_bytes // 4:
            self._written_then = written
            if self._maps_deleted():
                return "disk"
        return None

    def _in_folders(self) -> Held:
        total = files = 0
        rest = list(self.folders)
        while rest and files <= self.bounds.files * 2:
            try:
                with os.scandir(rest.pop()) as entries:
                    for entry in entries:
                        files += 1
                        with contextlib.suppress(FileNotFoundError):
                            status = entry.stat(follow_symlinks=False)
                            total += status.st_blocks * BLOCK + FILE_OVERHEAD
                            if entry.is_dir(follow_symlinks=False):
                                rest.append(entry.path)
            except (FileNotFoundError, NotADirectoryError):
                continue  # it went meanwhile
            except OSError:  # too deep for a path, or closed to us: nobody could count what is in there
                files += HIDDEN
        return Held(total, files)

    def _open_and_deleted(self) -> int:
        """Bytes of files that have no name any more but are still open: temporary files, and memory files."""
        total = 0
        folder = f"/proc/{self.pid}/fd"
        with contextlib.suppress(OSError):
            seen = set()
            for name in os.listdir(folder):
                with contextlib.suppress(OSError):
                    status = os.stat(f"{folder}/{name}")
                    if status.st_nlink == 0 and (status.st_dev, status.st_ino) not in seen:
                        seen.add((status.st_dev, status.st_ino))
                        total += status.st_blocks * BLOCK
        return total

    def _threads(self) -> int:
        try:
            return len(os.listdir(f"/proc/{self.pid}/task"))
        except OSError:
            return 0

    def _written(self) -> int:
        """All bytes ever written, by calls or through mappings; 0 where the kernel does not say."""
        try:
            with open(f"/proc/{self.pid}/io", "rb") as lines:
                figures = dict(line.split(b": ") for line in lines)
        except (OSError, ValueError):
            return 0
        return max(int(figures.get(b"wchar", 0)), int(figures.get(b"write_bytes", 0)))

    def _maps_deleted(self) -> bool:
        """Whether a file without a name is mapped: its bytes stay, and nobody can count them. Jobs never do it."""
        with contextlib.suppress(OSError), open(f"/proc/{self.pid}/maps", "rb") as lines:
            for line in lines:
                path = line.split(maxsplit=5)[5:]
                if path and path[0].rstrip().endswith(b" (deleted)") and _inside(path[0], self.folders):
                    return True
        return False


def _inside(path: bytes, folders: list[str]) -> bool:
    return any(path.startswith(os.fsencode(os.path.realpath(folder)) + b"/") for folder in folders)
