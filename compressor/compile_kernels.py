"""Compiles the kernels once, at install or first start, so that no job has to wait for it.

kernels()   compile what numba's cache does not hold yet; True when there is nothing left to do
compiled()  whether that was done for the code as it stands; does not load numba
cache()     the folder of the cache, where it is not beside the code
load()      read the compiled kernels from the cache into this process
parts()     the same in pieces of a fraction of a second each, what most jobs need first

A job runs in a child that may not write the cache. A job that does not wait for the kernels compiles them for itself
alone: without that wait, each start of the command took 46 s of CPU for a sticker where nothing else had compiled them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

# Every module (or package) with kernels, what most jobs need first. Each has ``warm()``, or ``warmed()`` that does the
# same in pieces.
MODULES = (
    "compressor.rgba_planes",
    "compressor.row_differences",
    "compressor.quality",
    "compressor.codecs.gif",
    "compressor.codecs.encoder_frames",
    "compressor.codecs.prefilter",
    "compressor.compose.even_size",
    "compressor.compose.blend",
    "compressor.compose.transitions",
    "compressor.decode.tone_map",
    "compressor.codecs.png_pixels",
    "compressor.codecs.webp_choice",
)


def kernels() -> bool:
    """Run every kernel once: minutes on a new machine, a second afterwards. Raises what a broken kernel raises."""
    load()
    return True


def compiled() -> bool:
    """Whether everything was compiled for this code, this Python and this numba."""
    return _stamp().exists()


def cache() -> Path | None:
    """Where numba keeps compiled kernels when that is not beside the code: a folder that was named, or one of the
    person's own where the code's may not be written. It is numba's rule, which numba knows only once it is loaded."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(named)
    beside = _PACKAGE / "__pycache__"
    if os.access(beside if beside.is_dir() else _PACKAGE, os.W_OK):
        return None
    home = "~/Library/Caches" if sys.platform == "darwin" else os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "numba"


def _stamp() -> Path:
    """An empty file beside the kernels. Its name changes with every source, as the entries of numba's cache do."""
    numba = util.find_spec("numba")
    sources = [*sorted(_PACKAGE.rglob("*.py")), Path(str(numba.origin if numba else ""))]
    seen = hashlib.sha256(sys.version.encode())
    for path in sources:
        stat = path.stat()
        seen.update(f"{path}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    return (cache() or _PACKAGE / "__pycache__") / f"brim-{seen.hexdigest()[:16]}.compiled"


def load() -> None:
    """Everything at once; with a filled cache it only reads. Starts no thread, so a process may fork afterwards."""
    for _ in parts():
        pass


def parts() -> Iterator[None]:
    """Loads a piece each time it is asked for the next one."""
    for name in MODULES:
        module = import_module(name)
        if hasattr(module, "warmed"):
            yield from module.warmed()
        else:
            module.warm()
            yield
    with contextlib.suppress(OSError):  # a cache that may only be read
        _stamp().parent.mkdir(parents=True, exist_ok=True)
        _stamp().touch()
