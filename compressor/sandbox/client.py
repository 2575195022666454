"""The parent's side: one server process, and the answers of one child as they come."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .. import compile_kernels as kernels
from ..errors import Cancelled, ChildDied, CompressorError, EngineFailure, OverLimit
from ..input_limits import Limits
from .available_restrictions import strict

_ROOT = Path(__file__).resolve().parent.parent.parent
_LOOK_S = 0.1  # how often ``cancel`` is asked
_GRACE_S = 0.6  # between asking a child to stop and killing it
_END_S = 5.0  # the most that is waited for a killed child
_START_S = 600  # a new server may have to compile everything first
_MAX_LINE = 16 * 1024 * 1024
_MAX_LINES = 100_000  # a long search tells some thousands of events
_MAX_SAID = 64 * 1024 * 1024  # in all lines together: whoever asked keeps them
# The server's environment: nothing that could hold a secret.
_KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
_KEPT_STARTS = ("LC_", "NUMBA_", "CUDA_", "NVIDIA_", "LIBVA_", "COMPRESSOR_")


@dataclass(frozen=True)
class Order:
    """``target`` is "module:function" of our own code; it is called with ``arguments`` (and ``tell`` if ``tells``).

    ``read``: files and folders that it may read; ``write``: folders in which it may make files. ``strict``: refused
    where a restriction is missing. ``after_loading``: begun only when the server has loaded, and compiled, everything.
    """

    target: str
    arguments: list[Any]
    read: list[str]
    write: list[str]
    limits: Limits
    tells: bool = False
    strict: bool = field(default_factory=strict)
    after_loading: bool = False

    def line(self) -> bytes:
        value = {
            "target": self.target,
            "arguments": self.arguments,
            "read": self.read,
            "write": self.write,
            "limits": asdict(self.limits),
            "tells": self.tells,
            "strict": self.strict,
        }
        return json.dumps(value).encode() + b"\n"

    def watch_line(self) -> bytes:
        """What the server has to know of it."""
        bounds = {
            "write": self.write,
            "disk_bytes": self.limits.child_disk_bytes,
            "files": self.limits.child_files,
            "threads": self.limits.child_threads,
            "after_loading": self.after_loading,
        }
        return json.dumps(bounds).encode()


@dataclass(frozen=True)
class Answer:
    """One event, or the end: ``done`` with a result, or an ``error``."""

    event: dict[str, Any] | None = None
    result: Any = None
    walls: dict[str, Any] | None = None
    done: bool = False
    error: CompressorError | None = None


@dataclass
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket
    owner: int = field(default_factory=os.getpid)

    def alive(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def close(self) -> None:
        self.control.close()
        if self.owner != os.getpid():
            return
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_lock = threading.Lock()
_current: _Server | None = None


def warm() -> None:
    """Start the server if it does not run, so that the first job does not wait for it to load everything."""
    with _lock:
        _server()


def close() -> None:
    """End the server and every child; the next order starts a new one."""
    global _current
    with _lock:
        if _current is not None:
            _current.close()
            _current = None


atexit.register(close)


def _server() -> _Server:
    global _current
    if _current is not None and _current.alive():
        return _current
    if _current is not None:
        _current.close()
    ours, theirs = socket.socketpair()
    with theirs:
        environment = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(_KEPT_STARTS)}
        environment |= {
            "PYTHONPATH": os.pathsep.join([str(_ROOT), *_extra_paths()]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",  # its threads would not survive a fork
            "MALLOC_ARENA_MAX": "2",  # else every thread reserves 64 MB of address space
        }
        if cache := kernels.cache():
            environment["NUMBA_CACHE_DIR"] = str(cache)  # by name, so that its children may read it
        process = subprocess.Popen(
            # -P: what lies in the folder where somebody works (a numpy.py beside the clips) is no code of ours.
            [sys.executable, "-P", "-m", "compressor.sandbox.server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    _current = _Server(process, ours)
    return _current


def _extra_paths() -> list[str]:
    """Folders on this process's path that the server would not find by itself."""
    return [p for p in sys.path if p and os.path.isdir(p) and not p.startswith((sys.prefix, sys.base_prefix))]


def _begin(order: Order) -> tuple[socket.socket, socket.socket]:
    """(channel, lifeline) of a new child. A server that has died is replaced, once."""
    for last in (False, True):
        channel, its_channel = socket.socketpair()
        lifeline, its_lifeline = socket.socketpair()
        with its_channel, its_lifeline:
            try:
                with _lock:
                    handles = [its_channel.fileno(), its_lifeline.fileno()]
                    socket.send_fds(_server().control, [order.watch_line()], handles)
                return channel, lifeline
            except OSError as error:
                channel.close()
                lifeline.close()
                close()
                if last:
                    raise EngineFailure("The sandbox cannot be started.", detail=repr(error)) from error
    raise AssertionError("not reached")


def follow(order: Order, cancel: Callable[[], bool]) -> Iterator[Answer]:
    """The child's answers as they come; the last is ``done`` or an ``error``. Leaving early kills the child."""
    channel, lifeline = _begin(order)
    with channel, lifeline, selectors.DefaultSelector() as selector:
        yield from _Following(order, cancel, channel, lifeline, selector).answers()


class _Following:
    def __init__(
        self,
        order: Order,
        cancel: Callable[[], bool],
        channel: socket.socket,
        lifeline: socket.socket,
        selector: selectors.BaseSelector,
    ) -> None:
        self.order, self.cancel, self.channel, self.lifeline, self.selector = order, cancel, channel, lifeline, selector
        self.buffer = bytearray()
        self.begun = False
        self.lines = self.said = 0
        self.until = time.monotonic() + _START_S
        self.stop_at: float | None = None  # asked to stop; killed when this moment has come
        self.why: CompressorError | None = None  # why we ended it

    def answers(self) -> Iterator[Answer]:
        self.selector.register(self.channel, selectors.EVENT_READ)
        self.selector.register(self.lifeline, selectors.EVENT_READ)
        with contextlib.suppress(OSError):  # it died at once: the lifeline tells
            self.channel.sendall(self.order.line())
        while True:
            ready = {key.fileobj for key, _ in self.selector.select(_LOOK_S)}
            if self.channel in ready:
                for answer in self._lines():
                    if answer.done or answer.error is not None:
                        self._end()
                    yield answer
                    if answer.done or answer.error is not None:
                        return
            elif self.lifeline in ready:  # only when everything that it said has been read
                yield Answer(error=self.why or self._death())
                return
            self._watch()
            if self.order.after_loading and not self.begun and self.stop_at == float("inf"):
                yield Answer(error=self.why)  # the server is compiling and will not begin what nobody waits for
                return

    def _lines(self) -> Iterator[Answer]:
        """What has come in, line by line; the last line of a killed child may be cut and is left out."""
        try:
            part = self.channel.recv(1 << 16)
        except ConnectionError:
            part = b""
        if not part:
            self.selector.unregister(self.channel)
            return
        self.buffer += part
        self.lines += part.count(b"\n")
        self.said += len(part)
        if len(self.buffer) > _MAX_LINE or self.lines > _MAX_LINES or self.said > _MAX_SAID:
            self.why = ChildDied("The encoder said too much.")
            self._kill()
            self.selector.unregister(self.channel)
            return
        if b"\n" not in part:
            return
        *lines, rest = self.buffer.split(b"\n")
        self.buffer = bytearray(rest)
        for line in lines:
            if not self.begun and line == b'{"begun": true}':
                self.begun, self.until = True, time.monotonic() + self.order.limits.wall_s
            else:
                yield _answer(bytes(line))

    def _watch(self) -> None:
        """Ask whether to go on; a child that does not stop by itself is killed."""
        now = time.monotonic()
        if self.stop_at is None:
            if now > self.until:
                self.why = OverLimit(f"This took longer than {_minutes(self.order.limits.wall_s)}.")
                self.stop_at = now
            elif self.cancel():
                self.why = Cancelled("It was stopped.")
                self.stop_at = now + _GRACE_S
                with contextlib.suppress(OSError):
                    self.channel.sendall(b"c")
        if self.stop_at is not None and now >= self.stop_at:
            self._kill()
            self.stop_at = float("inf")

    def _kill(self) -> None:
        """The server kills the child as soon as our side of the lifeline is shut."""
        with contextlib.suppress(OSError):
            self.lifeline.shutdown(socket.SHUT_WR)

    def _end(self) -> None:
        """The child has told its end: it is killed if it has not gone yet, and nobody reads a result before that."""
        self._kill()
        self.lifeline.settimeout(_END_S)
        with contextlib.suppress(OSError):
            while self.lifeline.recv(65536):
                pass

    def _death(self) -> CompressorError:
        said = bytearray()
        self.lifeline.settimeout(2)
        with contextlib.suppress(OSError):
            while part := self.lifeline.recv(65536):
                said += part
        try:
            report = json.loads(said)
        except ValueError:
            return ChildDied("The encoder stopped unexpectedly.", detail="its server is gone")
        status, tail = int(report["status"]), str(report["tail"])
        if report.get("beyond"):
            return OverLimit(self._beyond(str(report["beyond"])), detail=tail)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU:
                return OverLimit(f"This took more than {_minutes(self.order.limits.child_cpu_s)} of computing.")
            name = signal.Signals(number).name if number in signal.Signals._value2member_map_ else str(number)
            return ChildDied("The encoder stopped unexpectedly.", detail=f"killed by {name}\n{tail}")
        return ChildDied(
            "The encoder stopped unexpectedly.", detail=f"exit status {os.waitstatus_to_exitcode(status)}\n{tail}"
        )

    def _beyond(self, bound: str) -> str:
        limits = self.order.limits
        if bound == "disk":
            return f"This needs more than {limits.child_disk_bytes // 1_000_000:,} MB of disk, which is the most."
        if bound == "files":
            return f"This needs more than {limits.child_files:,} files, which is the most."
        return f"This needs more than {limits.child_threads:,} threads, which is the most."


def _minutes(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"


def _answer(line: bytes) -> Answer:
    try:
        value = json.loads(line)
        if "event" in value:
            return Answer(event=dict(value["event"]))
        if "error" in value:
            return Answer(error=CompressorError.from_json(value["error"]))
        return Answer(result=value["result"], walls=value.get("walls"), done=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Answer(error=ChildDied("The encoder said something unknown.", detail=repr(error)))
