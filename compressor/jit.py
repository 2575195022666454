"""numba's ``njit``, whose cache is read without waking the compiler.

What numba does before it reads a kernel from its cache is to load everything that it could compile with: a third of a
second, and SciPy. Reading needs only its runtime and what the kernel kept of numba's own helpers. What is not in the
cache is compiled as ever.
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

    def compiled(function: Callable[..., Any]) -> Any:
        kernel = numba.njit(**options)(function)
        if options.get("cache"):
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
