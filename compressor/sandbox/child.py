"""The inside of a sandboxed child: limits first, then walls, then the work, told line by line through one socket."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import resource
import select
import signal
import site
import socket
import sys
import sysconfig
import tempfile
import traceback
from pathlib import Path
from typing import Any

from ..errors import Cancelled, CompressorError, EngineFailure, OverLimit
from . import restrictions
from .available_restrictions import sandbox_incomplete

_PACKAGE = Path(__file__).resolve().parent.parent
_SYSTEM = (
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/usr/share/vulkan",
    "/usr/share/glvnd",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/OpenCL",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/driver/nvidia",
    "/sys/devices/system",
    "/sys/class/drm",
    "/sys/dev/char",
    "/sys/devices/pci0000:00",
    "/sys/fs/cgroup",
)
CANCEL = b"c"


class Channel:
    """The child's end of the job's socket: one JSON object a line out, one byte in that means stop."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def receive(self) -> dict[str, Any]:
        """The order: one line."""
        line = b""
        while not line.endswith(b"\n"):
            part = self._sock.recv(65536)
            if not part:
                raise EOFError("the parent went away")
            line += part
        return dict(json.loads(line))

    def send(self, value: dict[str, Any]) -> None:
        self._sock.sendall(json.dumps(value, default=_plain).encode() + b"\n")

    def stopped(self) -> bool:
        """Whether the parent asked us to stop, or is no longer there."""
        ready, _, _ = select.select([self._sock], [], [], 0)
        return bool(ready) and self._sock.recv(1) in (CANCEL, b"")

    def tell(self, event: Any) -> None:
        """An engine's ``tell``: passes the event on; raises Cancelled when somebody asked to stop."""
        if self.stopped():
            raise Cancelled("It was stopped.")
        self.send({"event": event.to_json()})


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()  # numpy's numbers
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} cannot be told")


def live(sock: socket.socket) -> int:
    """Do one order and answer the exit status. Every outcome but a sudden death is told as one last line."""
    channel = Channel(sock)
    order = channel.receive()
    channel.send({"begun": True})
    try:
        module, _, name = str(order["target"]).partition(":")
        tasks = importlib.import_module(module)  # ours, so it may be loaded before the walls are up
        work = getattr(tasks, name)
        for needed in getattr(tasks, "NEEDS", {}).get(name, ()):
            importlib.import_module(needed)
        standing = limit(order)
        value = (
            work(*order.get("arguments", []), tell=channel.tell) if order.get("tells") else work(*order["arguments"])
        )
        channel.send({"result": _json(value), "walls": standing})
    except CompressorError as error:
        channel.send({"error": error.to_json()})
    except MemoryError:
        most = order["limits"]["child_memory_bytes"] / (1 << 30)
        words = f"This needs more than {most:.2g} GB of memory, which is the most. A smaller width would do."
        channel.send({"error": OverLimit(words).to_json()})
    except Exception as error:
        failure = EngineFailure("Something went wrong on our side.", detail=traceback.format_exc()[-4000:])
        failure.data = {"kind": type(error).__name__}
        channel.send({"error": failure.to_json()})
    return 0


def _json(value: Any) -> Any:
    return value.to_json() if hasattr(value, "to_json") else value


def limit(order: dict[str, Any]) -> dict[str, Any]:
    """Bound this process by the order's limits, and put the walls up. Answers what is in force."""
    limits = order["limits"]
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # if memory runs out, this goes first
    with contextlib.suppress(OSError):
        os.nice(int(limits.get("child_nice", 0)))
    faulthandler.enable()
    memory = memory_limit()
    bounds = (
        (memory, limits["child_memory_bytes"], limits["child_memory_bytes"]),
        (resource.RLIMIT_CPU, limits["child_cpu_s"], limits["child_cpu_s"] + 5),
        (resource.RLIMIT_FSIZE, limits["child_file_bytes"], limits["child_file_bytes"]),
        (resource.RLIMIT_NOFILE, 256, 256),
        (resource.RLIMIT_CORE, 0, 0),
    )
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is an error, not a death
    for name, soft, hard in bounds:
        ceiling = resource.getrlimit(name)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(name, (soft, hard))
    if order["write"]:
        tempfile.tempdir = str(order["write"][0])
    _keep_compiled_code_in_memory()
    standing = restrictions.build([*_code(), *_SYSTEM, *order["read"]], order["write"])
    standing["memory"] = "address space" if memory == resource.RLIMIT_AS else "data"
    if order.get("strict") and standing["missing"]:
        raise sandbox_incomplete(standing["missing"])
    return standing


def memory_limit() -> int:
    """Address space; graphics drivers reserve far more of that than they use, so with them only data is bounded."""
    graphics = restrictions.has_graphics() and sys.platform == "linux"
    return resource.RLIMIT_DATA if graphics else resource.RLIMIT_AS


def _code() -> list[str]:
    """Folders that hold our code and its libraries, and nothing else."""
    found = {str(_PACKAGE), *site.getsitepackages(), *sysconfig.get_paths().values()}
    found |= {os.path.join(p, "lib") for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    cache = os.environ.get("NUMBA_CACHE_DIR")
    return sorted(p for p in found | ({cache} if cache else set()) if p and not os.path.samefile("/", _nearest(p)))


def _nearest(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def _keep_compiled_code_in_memory() -> None:
    """A child may not write numba's cache: what it left there would be run by the next process."""
    caching = sys.modules.get("numba.core.caching")
    if caching is not None:
        caching.Cache.save_overload = lambda self, sig, data: None
