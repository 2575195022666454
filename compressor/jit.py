"""numba's ``njit``, whose cache is read without waking the compiler.

What numba does before it reads a kernel from its cache is to load everything that it could compile with: a third of a
second, and SciPy. Reading needs only its runtime and what the kernel kept of numba's own helpers. What is not in the
cache is compiled as ever.

Why two things of numba's are replaced here, one of them private (measured by loading all kernels in a new process, CPU
seconds on a busy machine, median of four; modules that are loaded then):

    as it stands                                    1.48 s   684 modules
    with numba's own ``_rebuild_env``               1.83 s   850
    plain ``numba.njit(cache=True)``                2.36 s   912

A sticker from the command line takes 0.85 s of CPU in all, and each command starts a process of its own, so a third of
a second more would be felt in every one. There is no public door: the names of environments are known only once a
cache entry is read, and reading it calls ``_rebuild_env``. If a numba to come has no such function, this module fails
when it is imported, and plain ``njit`` will do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numba
from numba.core import caching, environment
from numba.core.runtime import rtsys

__all__ = ["njit"]


class _Cache(caching.FunctionCache):
    """A kernel's cache."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def njit(signature: Any = None, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``numba.njit(signature, **options)``."""
    cached = options.pop("cache", False)

    def compiled(function: Callable[..., Any]) -> Any:
        kernel = numba.njit(**options)(function)
        if cached:
            kernel._cache = _Cache(function)
        if signature is not None:
            kernel.compile(signature)
            kernel.disable_compile()
        return kernel

    return compiled


_rebuilt = environment._rebuild_env


@wraps(_rebuilt)
def _rebuild_env(modname: str, consts: Any, env_name: str) -> Any:
    """What a cached kernel keeps of a function that numba itself brought in. Code that runs without the interpreter
    never looks at the names of that function's module, so the module is not imported for them."""
    if environment.lookup_environment(env_name) is not None or not modname.startswith("numba."):
        return _rebuilt(modname, consts, env_name)
    env = environment.Environment({"__name__": modname})
    env.consts[:] = consts
    env.env_name = env_name
    environment.Environment._memo[env_name] = env
    return env


environment._rebuild_env = _rebuild_env
