"""The process from which sandboxed children are forked: everything heavy is loaded once, nothing else happens here.

Run as ``python -m compressor.sandbox.server <fd>``. On the control socket come orders: one line of JSON (what the child
is bounded by, see ``watch``) with two sockets, the job's channel and its lifeline. The child works on the channel. When
the lifeline's other end is closed, the child is killed; when the child has ended, its wait status and the end of its
error output go through the lifeline. When the control socket is closed, every child is killed and this process ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .. import compile_kernels
from . import restrictions
from .watch import EVERY_S, Bounds, Watch

FIRST = (
    "numpy",
    "PIL.Image",
    "PIL.ImageCms",
    "PIL.PngImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.WebPImagePlugin",
    "PIL.AvifImagePlugin",
    "av",
    "compressor.probe",
    "compressor.decode",
    "compressor.sandbox.child",
    "compressor.sandbox.tasks",
)
# What only whole jobs need; a job that comes before this is done loads it by itself.
THEN = ("compressor.engine", "compressor.search", "compressor.compose", *compile_kernels.MODULES)
_TAIL_BYTES = 4000


@dataclass
class _Child:
    pid: int
    lifeline: socket.socket
    errors: int  # the read end of the child's error output
    watch: Watch
    beyond: str | None = None  # the bound for which we ended it
    tail: bytearray = field(default_factory=bytearray)
    ended: bool = False


def _kernels() -> Iterator[None]:
    """Every kernel, a piece each time, which takes minutes where it is to be compiled: what comes first in most jobs
    comes first. Starts no thread."""
    yield from compile_kernels.parts()
    gc.collect()
    _collect_from_here()


def _collect_from_here() -> None:
    """Turns the collector on for all but what is loaded now: that stays, here and in every child."""
    gc.freeze()
    gc.enable()


class Server:
    """The select loop. It has one thread, or forking would not be safe."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, _Child] = {}
        self.watch_at = 0.0
        self.modules = list(THEN)
        self.kernels: Iterator[None] | None = _kernels()
        self.held: list[tuple[dict[str, Any], list[int]]] = []  # orders that wait for what is loaded later
        self.selector = selectors.DefaultSelector()
        self.wakeup, waker = socket.socketpair()
        for end in (self.wakeup, waker):
            end.setblocking(False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGALRM, self._look)
        self.selector.register(control, selectors.EVENT_READ, self._order)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self._reap)

    def serve(self) -> None:
        """Until the control socket is closed. What every order needs is loaded before the first of them; then orders
        come first: what is still to be loaded waits for a quiet moment, and kernels, which may have to be compiled,
        until no child is at work."""
        with self._looking():
            for name in FIRST:
                importlib.import_module(name)
        try:
            while True:
                loads = bool(self.modules or (self.kernels and not self.children))
                ready = self.selector.select(0 if loads else EVERY_S if self.children else None)
                self._watch()
                for key, _ in ready:
                    if key.data(key.fileobj) is False:
                        return
                if loads and not ready:
                    self._load()
        finally:
            self._kill_all()

    def _kill_all(self) -> None:
        for child in self.children.values():
            _kill(child.pid)

    def _load(self) -> None:
        """The next module, or piece of the kernels. What cannot be loaded only lets jobs start more slowly: they say
        what is wrong."""
        if self.modules:
            with self._looking(), contextlib.suppress(Exception):
                importlib.import_module(self.modules.pop(0))
            return
        assert self.kernels is not None
        try:
            with self._looking():
                next(self.kernels)
        except Exception:  # the end, as a rule
            self.kernels = None
            self._begin_held()

    def _watch(self) -> None:
        """End every child that holds more files, bytes or threads than it may."""
        now = time.monotonic()
        if now < self.watch_at:
            return
        self.watch_at = now + EVERY_S
        for child in self.children.values():
            child.beyond = child.beyond or child.watch.beyond()
            if child.beyond:
                _kill(child.pid)

    @contextlib.contextmanager
    def _looking(self) -> Iterator[None]:
        """While something is loaded, which may take minutes, the loop does not see that the parent has ended: a timer
        looks."""
        signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _look(self, *_: object) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                gone = not self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except ConnectionError:
                gone = True
            if gone:
                self._kill_all()
                os._exit(0)

    def _order(self, control: socket.socket) -> bool:
        try:
            message, handles, _, _ = socket.recv_fds(control, 1 << 16, 2)
        except ConnectionError:
            return False
        if not message:
            return False
        if len(handles) != 2:
            for handle in handles:
                os.close(handle)
            return True
        bounds = json.loads(message)
        if bounds.pop("after_loading") and self.kernels:
            self.held.append((bounds, handles))
        else:
            self._fork(bounds, handles)
        return True

    def _begin_held(self) -> None:
        """Begin the orders that waited; one whose lifeline was closed meanwhile is dropped."""
        for bounds, handles in self.held:
            lifeline = socket.socket(fileno=os.dup(handles[1]))
            with lifeline, selectors.DefaultSelector() as selector:
                selector.register(lifeline, selectors.EVENT_READ)
                gone = selector.select(0)
            if not gone:
                self._fork(bounds, handles)
                continue
            for handle in handles:
                os.close(handle)
        self.held.clear()

    def _fork(self, bounds: dict[str, Any], handles: list[int]) -> None:
        channel, lifeline = (socket.socket(fileno=handle) for handle in handles)
        try:
            errors, writing = os.pipe()
            try:
                pid = os.fork()
            except OSError:
                os.close(errors)
                os.close(writing)
                raise
        except OSError:  # no process or file to be had just now: this order fails, the running ones go on
            channel.close()
            lifeline.close()
            return
        if pid == 0:
            _become_child(channel, writing)
        channel.close()
        os.close(writing)
        os.set_blocking(errors, False)
        child = _Child(pid, lifeline, errors, Watch(pid, bounds.pop("write"), Bounds(**bounds)))
        self.children[pid] = child
        self.selector.register(lifeline, selectors.EVENT_READ, lambda _: self._cut(child))
        self.selector.register(errors, selectors.EVENT_READ, lambda _: self._listen(child))

    def _cut(self, child: _Child) -> bool:
        """The parent closed its end (or wrote to it): the child has to go."""
        if not child.ended:
            self._forget(child.lifeline)
            _kill(child.pid)
        return True

    def _listen(self, child: _Child) -> bool:
        if child.ended:
            return True
        with contextlib.suppress(BlockingIOError):
            part = os.read(child.errors, 65536)
            if part:
                child.tail += part
                del child.tail[:-_TAIL_BYTES]
            else:
                self._forget(child.errors)
        return True

    def _forget(self, end: socket.socket | int) -> None:
        with contextlib.suppress(KeyError):
            self.selector.unregister(end)

    def _reap(self, wakeup: socket.socket) -> bool:
        with contextlib.suppress(BlockingIOError):
            while wakeup.recv(4096):
                pass
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            child = self.children.pop(pid, None)
            if child is not None:
                self._bury(child, status)
        return True

    def _bury(self, child: _Child, status: int) -> None:
        self._listen(child)
        child.ended = True  # one round of the loop may still hold its sockets
        self._forget(child.lifeline)
        self._forget(child.errors)
        os.close(child.errors)
        report = {"status": status, "tail": child.tail.decode("utf-8", "replace"), "beyond": child.beyond}
        with contextlib.suppress(OSError):
            child.lifeline.setblocking(False)
            child.lifeline.sendall(json.dumps(report).encode() + b"\n")
        child.lifeline.close()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _become_child(channel: socket.socket, errors: int) -> None:
    """Never returns."""
    status = 70
    try:
        restrictions.die_with_parent(signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        _collect_from_here()
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for end, target in ((nothing, 0), (nothing, 1), (errors, 2)):
            os.dup2(end, target)
        mine = os.dup2(channel.detach(), 3)
        os.closerange(4, 1 << 20)
        from .child import live

        status = live(socket.socket(fileno=mine))
    except BaseException:
        import traceback

        with contextlib.suppress(BaseException):
            traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stderr.flush()
        os._exit(status)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent decides when this ends, by closing the socket
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # nothing is let go while everything is loaded: a tenth of that time
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    os._exit(0)  # there is nothing to flush, and taking everything down takes a tenth of a second


if __name__ == "__main__":
    main()
