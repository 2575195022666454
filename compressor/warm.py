"""Compiles the kernels once, at install or first start, so that no job has to wait for it.

kernels()   compile what numba's cache does not hold yet; True when there is nothing left to do
load()      read the compiled kernels from the cache into this process
parts()     the same in pieces of a fraction of a second each, what most jobs need first
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

# Every module (or package) with kernels, what most jobs need first. Each has ``warm()``, or ``warmed()`` that does the
# same in pieces.
MODULES = (
    "compressor.rgba_planes",
    "compressor.changed_spans",
    "compressor.quality",
    "compressor.codecs.encoder_frames",
    "compressor.codecs.prefilter",
    "compressor.compose.even_size",
    "compressor.compose.blend",
    "compressor.compose.transitions",
    "compressor.decode.tone_map",
    "compressor.codecs.pixels",
    "compressor.codecs.webp_choice",
    "compressor.codecs.gif",
)


def kernels() -> bool:
    """Run every kernel once: minutes on a new machine, a second afterwards. Raises what a broken kernel raises."""
    load()
    return True


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
