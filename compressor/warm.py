"""Compile our kernels once, at install or first start, so that it never happens inside somebody's job.

kernels()   compile what numba's cache does not hold yet; True when there is nothing left to do
load()      read the compiled kernels from the cache into this process
"""

from __future__ import annotations


def kernels() -> bool:
    """Run every kernel once: minutes on a new machine, a second afterwards. Raises what a broken kernel raises."""
    load()
    return True


def load() -> None:
    """The same; with a filled cache it only reads. Starts no thread, so a process may fork afterwards."""
    from . import quality
    from .codecs import gif, pixels, prefilter
    from .compose import even

    quality.warm()
    prefilter.warm()
    gif.warm()
    pixels.warm()
    even.warm()
