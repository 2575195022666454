"""What the sandbox's tests let a child try. These run inside the child, behind its walls."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from compressor.events import Event, Finished, Step

Tell = Callable[[Event], None]


def _tried(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except BaseException as error:
        return type(error).__name__
    return "done"


def attempts(files: dict[str, str], port: int, writable: str) -> dict[str, str]:
    """Everything that a child must not be able to do, and what became of each try."""
    libc = ctypes.CDLL(None, use_errno=True)

    def refused(*call: int) -> None:
        if libc.syscall(*call) < 0:
            raise OSError(ctypes.get_errno(), "refused")

    def fork() -> None:
        if os.fork() == 0:
            os._exit(0)

    results = {f"read {name}": _tried(lambda p=path: Path(p).read_bytes()) for name, path in files.items()}  # type: ignore[misc]
    results |= {
        "socket": _tried(lambda: socket.socket(socket.AF_INET)),
        "unix socket": _tried(lambda: socket.socket(socket.AF_UNIX)),
        "udp": _tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
        "connect": _tried(lambda: socket.create_connection(("127.0.0.1", port), 1)),
        "metadata": _tried(lambda: socket.create_connection(("169.254.169.254", 80), 1)),
        "name": _tried(lambda: socket.getaddrinfo("localhost", 80) and socket.socket()),
        "exec": _tried(lambda: os.execv("/bin/true", ["true"])),
        "fork": _tried(fork),
        "kill the server": _tried(lambda: os.kill(os.getppid(), signal.SIGKILL)),
        "kill by thread": _tried(lambda: refused(234, os.getppid(), os.getppid(), 9)),
        "io_uring": _tried(lambda: refused(425, 1, 0)),
        "unshare": _tried(lambda: refused(272, 0x10000000)),
        "ptrace": _tried(lambda: refused(101, 16, os.getppid(), 0, 0)),
        "write outside": _tried(lambda: Path("/tmp/outside-of-the-sandbox").write_text("x")),
        "write code": _tried(lambda: (Path(__file__).parent.parent / "compressor" / "x.py").write_text("x")),
        "symlink": _tried(lambda: os.symlink("/etc/passwd", os.path.join(writable, "link"))),
        "list the root": _tried(lambda: os.listdir("/")),
    }
    return results


def allowed(source: str, folder: str) -> dict[str, str]:
    """Everything that a child must be able to do."""

    def thread() -> None:
        worker = threading.Thread(target=time.sleep, args=(0.01,))
        worker.start()
        worker.join()

    def write() -> None:
        part = Path(folder, "made.part")
        part.write_text("x")
        part.rename(Path(folder, "made"))

    return {
        "read": _tried(lambda: Path(source).read_bytes()),
        "write": _tried(write),
        "thread": _tried(thread),
        "import": _tried(lambda: __import__("xml.dom.minidom")),
        "random": _tried(lambda: os.urandom(4)),
    }


def environment() -> list[str]:
    return sorted(os.environ)


def die(number: int) -> None:
    os.kill(os.getpid(), number) if number == signal.SIGSEGV else signal.raise_signal(number)


def crash() -> None:
    """A real invalid read, in C."""
    ctypes.string_at(8)


def leave(status: int) -> None:
    os._exit(status)


def eat() -> None:
    hoard = []
    while True:
        hoard.append(np.ones(64 * 1024 * 1024, np.uint8))


def spin() -> None:
    while True:
        pass


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def stubborn(path: str, tell: Tell) -> None:
    """Half-writes its file and never listens again."""
    Path(path + ".part").write_text("half")
    tell(Step("encoding", 10.0))
    while True:
        time.sleep(0.01)


def flood(path: str) -> None:
    with Path(path).open("wb") as file:
        while True:
            file.write(bytes(1 << 20))


def raising() -> None:
    raise ZeroDivisionError("a slip of ours")


def babble() -> None:
    os.write(3, b"this is no JSON\n")
    time.sleep(5)


def stall() -> None:
    """Claims again and again to have only just begun."""
    while True:
        os.write(3, b'{"begun": true}\n')
        time.sleep(0.05)


def shout() -> None:
    with contextlib.suppress(OSError):
        while True:
            os.write(3, bytes(1 << 20))


def job(job: dict[str, Any], tell: Tell) -> None:
    """A small job: copies its first source, in steps, and says so."""
    source, out = next(iter(job["sources"].values())), job["out"]
    if job["goal"].get("stubborn"):
        stubborn(out, tell)
    data = Path(source).read_bytes()
    for percent in range(0, 100, 10):
        Path(out + ".part").write_bytes(data[: len(data) * percent // 100])
        tell(Step("encoding", float(percent)))
        time.sleep(job["goal"].get("pause", 0))
    if job["goal"].get("crash"):
        crash()
    Path(out + ".part").write_bytes(data)
    os.rename(out + ".part", out)
    tell(Finished(path=job["goal"].get("claim", out), report={"bytes": len(data)}))
