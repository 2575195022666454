"""What the sandbox's tests let a child try. These run inside the child, behind its walls."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from compressor.events import Event, Finished, Said, Step
from compressor.sandbox import syscalls

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


def gabble() -> None:
    """Brackets that no reader of JSON follows to their end."""
    os.write(3, b"[" * 50_000 + b"\n")
    time.sleep(5)


def lecture(tell: Tell) -> None:
    """Few events, each of a megabyte."""
    while True:
        tell(Said("x" * (1 << 20)))


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
    if job["goal"].get("lingers"):
        threading.Thread(target=_append, args=(out,), daemon=True).start()
    tell(Finished(path=job["goal"].get("claim", out), report={"bytes": len(data)}))


def _append(path: str) -> None:
    with open(path, "ab", buffering=0) as file:
        while True:
            file.write(b"more")


# ------------------------------------------------------------------------------------------------------------- attacks

_VICTIM, _FILE, _ZEROS, _CHANNEL = object(), object(), object(), 3
_CWD = -100
# What a child could do to others or leave for them: (x86-64, aarch64) numbers and arguments.
SYSCALLS: dict[str, tuple[int | None, int | None, tuple[Any, ...]]] = {
    "limit another process": (302, 261, (_VICTIM, 0, _ZEROS, 0)),
    "raise its own limit": (302, 261, (0, 7, _ZEROS, 0)),
    "set a limit": (160, 164, (7, _ZEROS)),
    "priority of another": (141, 140, (0, _VICTIM, 19)),
    "io priority of another": (251, 30, (1, _VICTIM, 0)),
    "processors of another": (203, 122, (_VICTIM, 8, _ZEROS)),
    "scheduler of another": (144, 119, (_VICTIM, 0, _ZEROS)),
    "kill": (62, 129, (_VICTIM, 9)),
    "tkill": (200, 130, (_VICTIM, 9)),
    "tgkill": (234, 131, (_VICTIM, _VICTIM, 9)),
    "queue a signal": (129, 138, (_VICTIM, 9, _ZEROS)),
    "own of a descriptor": (72, 25, (_CHANNEL, 8, _VICTIM)),
    "owner of a socket": (16, 29, (_CHANNEL, 0x8901, _ZEROS)),
    "open a process": (434, 434, (_VICTIM, 0)),
    "signal by descriptor": (424, 424, (_CHANNEL, 9, 0, 0)),
    "take a descriptor": (438, 438, (_CHANNEL, 0, 0)),
    "read memory": (310, 270, (_VICTIM, _ZEROS, 1, _ZEROS, 1, 0)),
    "write memory": (311, 271, (_VICTIM, _ZEROS, 1, _ZEROS, 1, 0)),
    "advise on memory": (440, 440, (_CHANNEL, _ZEROS, 1, 21, 0)),
    "move pages": (279, 239, (_VICTIM, 0, 0, 0, 0, 0)),
    "trace": (101, 117, (16, _VICTIM, 0, 0)),
    "compare": (312, 272, (_VICTIM, _VICTIM, 0, 0, 0)),
    "mode": (268, 53, (_CWD, _FILE, 0o777)),
    "mode of a descriptor": (91, 52, (0, 0o777)),
    "owner": (260, 54, (_CWD, _FILE, 0, 0, 0)),
    "size by path": (76, 45, (_FILE, 0)),
    "times": (280, 88, (_CWD, _FILE, 0, 0)),
    "attribute": (188, 5, (_FILE, b"user.x", b"y", 1, 0)),
    "no attribute": (197, 14, (_FILE, b"user.x")),
    "hard link": (265, 37, (_CWD, _FILE, _CWD, b"/tmp/x", 0)),
    "symbolic link": (266, 36, (b"/etc", _CWD, b"x")),
    "node": (259, 33, (_CWD, b"x", 0o20666, 0x103)),
    "memory file": (319, 279, (b"x", 0)),
    "secret memory": (447, 447, (0,)),
    "shared memory": (29, 194, (4711, 4096, 0o1666)),
    "semaphores": (64, 190, (4711, 1, 0o1666)),
    "message queue": (68, 186, (4711, 0o1666)),
    "posix message queue": (240, 180, (b"x", 0o102, 0o666, 0)),
    "allocate": (285, 47, (0, 0, 0, 1 << 30)),
    "splice": (275, 76, (0, 0, 1, 0, 1, 0)),
    "tee": (276, 77, (0, 1, 1, 0)),
    "vmsplice": (278, 75, (1, _ZEROS, 1, 8)),
    "sendfile": (40, 71, (1, 0, 0, 1)),
    "copy a range": (326, 285, (0, 0, 1, 0, 1, 0)),
    "socket": (41, 198, (2, 1, 0)),
    "unix socket": (41, 198, (1, 1, 0)),
    "netlink socket": (41, 198, (16, 3, 0)),
    "packet socket": (41, 198, (17, 3, 0)),
    "socket pair": (53, 199, (1, 1, 0, _ZEROS)),
    "send to an address": (44, 206, (_CHANNEL, b"x", 1, 0, _ZEROS, 110)),
    "send a descriptor": (46, 211, (_CHANNEL, _ZEROS, 0)),
    "fork": (57, None, ()),
    "vfork": (58, None, ()),
    "clone a process": (56, 220, (17, 0, 0, 0, 0)),
    "clone into a user namespace": (56, 220, (0x10000000 | 17, 0, 0, 0, 0)),
    "clone into a network": (56, 220, (0x40000000 | 17, 0, 0, 0, 0)),
    "clone3": (435, 435, (_ZEROS, 88)),
    "program": (59, 221, (b"/bin/true", 0, 0)),
    "program by descriptor": (322, 281, (0, b"", 0, 0, 0x1000)),
    "user namespace": (272, 97, (0x10000000,)),
    "mount namespace": (272, 97, (0x20000,)),
    "enter a namespace": (308, 268, (_CHANNEL, 0)),
    "mount": (165, 40, (b"x", b"/tmp", b"tmpfs", 0, 0)),
    "new mount": (430, 430, (b"tmpfs", 0)),
    "tree of mounts": (428, 428, (_CWD, b"/", 1)),
    "root": (161, 51, (b"/tmp",)),
    "user id": (105, 146, (0,)),
    "capabilities": (126, 91, (_ZEROS, _ZEROS)),
    "io_uring": (425, 425, (8, _ZEROS)),
    "asynchronous io": (206, 0, (1, _ZEROS)),
    "page faults": (323, 282, (1,)),
    "key": (248, 217, (b"user", b"x", b"y", 1, -4)),
    "key control": (250, 219, (0, -4, 1)),
    "bpf": (321, 280, (0, _ZEROS, 120)),
    "performance events": (298, 241, (_ZEROS, 0, -1, -1, 0)),
    "file notes": (254, None, ()),
    "all file notes": (300, 262, (0, 0)),
    "handle of a file": (303, 264, (_CWD, _FILE, _ZEROS, _ZEROS, 0)),
    "open2": (437, 437, (_CWD, _FILE, _ZEROS, 24)),
    "survive the parent": (157, 167, (1, 0, 0, 0, 0)),
    "be traced": (157, 167, (0x59616D61, _VICTIM, 0, 0, 0)),
    "personality": (135, 92, (0x0040000,)),
    "seccomp": (317, 277, (1, 0, _ZEROS)),
    "landlock": (444, 444, (0, 0, 1)),
    "clock": (227, 112, (0, _ZEROS)),
    "host name": (170, 161, (b"x", 1)),
    "kernel log": (103, 116, (10, 0, 0)),
    "quota": (179, 60, (0, 0, 0, 0)),
    "sync": (162, 81, ()),
    "a call that does not exist yet": (999, 999, ()),
}


def attacks(victim: int, path: str) -> dict[str, str]:
    """Name → "done", or the error of the kernel, for every call in SYSCALLS that this architecture has."""
    libc = ctypes.CDLL(None, use_errno=True)
    column = 0 if os.uname().machine == "x86_64" else 1
    zeros = ctypes.create_string_buffer(256)
    stand_ins = {_VICTIM: victim, _FILE: path.encode(), _ZEROS: ctypes.addressof(zeros)}

    def call(number: int, arguments: tuple[Any, ...]) -> str:
        values = [stand_ins.get(a, a) if isinstance(a, object) and a.__hash__ else a for a in arguments]
        passed = [ctypes.c_char_p(v) if isinstance(v, bytes) else ctypes.c_long(v) for v in values]
        answer = libc.syscall(ctypes.c_long(number), *passed)
        if answer == 0 and number in (56, 57, 58, 220):
            os._exit(0)
        return "done" if answer >= 0 else errno.errorcode[ctypes.get_errno()]

    return {
        name: call(pair[column], arguments)  # type: ignore[arg-type]
        for name, (*pair, arguments) in SYSCALLS.items()
        if pair[column] is not None
    }


def own_user() -> list[int]:
    return [os.getuid(), os.getpid()]


def many_files(folder: str) -> int:
    made = 0
    for made in range(100_000):
        os.close(os.open(os.path.join(folder, str(made)), os.O_CREAT | os.O_WRONLY))
    return made


def many_bytes(folder: str, how: str) -> int:
    """Writes 2 GB in files of 4 MB: ``named``, or ``deleted`` but open, or ``mapped`` and deleted."""
    held: list[Any] = []
    block = os.urandom(1 << 20)
    for number in range(500):
        path = os.path.join(folder, str(number % 100))
        handle = os.open(path if how != "named" else f"{path}-{number}", os.O_CREAT | os.O_RDWR | os.O_TRUNC)
        for _ in range(4):
            os.write(handle, block)
        if how != "named":
            os.unlink(path)
        if how == "mapped":
            held.append(mmap.mmap(handle, 4096, access=mmap.ACCESS_READ))
        if how == "deleted":
            held.append(handle)
        else:
            os.close(handle)
        if how != "named" and number > 50:
            time.sleep(0.05)
    return len(held)


def many_threads() -> int:
    threads = [threading.Thread(target=time.sleep, args=(20,), daemon=True) for _ in range(2000)]
    for thread in threads:
        thread.start()
    time.sleep(10)
    return len(threads)


def many_events(tell: Tell) -> None:
    while True:
        tell(Step("encoding", 1.0))


def deep_files(folder: str) -> None:
    """Hides a file below the longest path."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("x" * 200, 0o700, dir_fd=at)
        at = os.open("x" * 200, os.O_RDONLY, dir_fd=at)
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    time.sleep(20)


def av1() -> bool:
    """Whether SVT-AV1 gives packets behind the restrictions."""
    from compressor import hardware

    return hardware.works("libsvtav1")


def every_call(first: int, last: int) -> dict[str, str]:
    """Each call from ``first`` up to ``last`` that no table names, by its number: what the kernel answers.

    Two are left out: uretprobe and uprobe. New kernels let no filter see them, and end whoever calls them from anywhere
    but the kernel's own trampoline.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    column = 0 if os.uname().machine == "x86_64" else 1
    known = {
        pair[column]
        for table in (syscalls.ALLOWED, syscalls.CHECKED, syscalls.GRAPHICS)
        for pair in table.values()
        if pair[column] is not None
    }
    numbers = [number for number in range(first, last) if number not in known | {335, 336}]
    found = {}
    for number in numbers:
        answer = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
        found[hex(number)] = "done" if answer >= 0 else errno.errorcode[ctypes.get_errno()]
    return found


def paths(foreign: str, work: str) -> dict[str, str]:
    """Ways out of the folders that a child may use, and what became of each."""
    above = os.getppid()

    def wrote(path: str) -> Callable[[], Any]:
        return lambda: os.close(os.open(path, os.O_WRONLY))

    def read(path: str) -> Callable[[], Any]:
        return lambda: os.read(os.open(path, os.O_RDONLY), 1)

    inside = os.path.join(work, "inside")
    Path(inside).write_text("x")
    own, there = os.path.join(foreign, "own"), os.path.join(foreign, "there")
    return {
        "memory of the server": _tried(read(f"/proc/{above}/mem")),
        "write into the server": _tried(wrote(f"/proc/{above}/mem")),
        "maps of the server": _tried(read(f"/proc/{above}/maps")),
        "environment of the server": _tried(read(f"/proc/{above}/environ")),
        "descriptors of the server": _tried(lambda: os.listdir(f"/proc/{above}/fd")),
        "a descriptor of the server": _tried(read(f"/proc/{above}/fd/0")),
        "folder of the server": _tried(lambda: os.readlink(f"/proc/{above}/cwd")),
        "roots by proc": _tried(read(f"/proc/{above}/root/etc/passwd")),
        "its own root by proc": _tried(read("/proc/self/root/etc/passwd")),
        "its own memory": _tried(wrote("/proc/self/mem")),
        "who is killed first": _tried(wrote("/proc/self/oom_score_adj")),
        "ids of a namespace": _tried(wrote("/proc/self/uid_map")),
        "the kernel's settings": _tried(wrote("/proc/sys/kernel/core_pattern")),
        "keys of the kernel": _tried(wrote("/proc/sysrq-trigger")),
        "the machine's memory": _tried(read("/dev/mem")),
        "the terminal": _tried(read("/dev/tty")),
        "shared memory": _tried(lambda: Path("/dev/shm/left-behind").write_text("x")),
        "groups of processes": _tried(lambda: os.mkdir("/sys/fs/cgroup/escaped")),
        "write a foreign file": _tried(wrote(there)),
        "cut a foreign file": _tried(lambda: os.truncate(there, 0)),
        "a file there": _tried(lambda: Path(own).write_text("x")),
        "a folder there": _tried(lambda: os.mkdir(own)),
        "delete there": _tried(lambda: os.unlink(there)),
        "move out": _tried(lambda: os.rename(inside, own)),
        "move in": _tried(lambda: os.rename(there, os.path.join(work, "taken"))),
        "pipe there": _tried(lambda: os.mkfifo(own)),
        "around by dots": _tried(wrote(os.path.join(work, "..", os.path.basename(foreign), "there"))),
        "without a name": _tried(lambda: os.open(foreign, os.O_TMPFILE | os.O_RDWR)),
        "another folder": _tried(lambda: os.chdir("/")),
        "a folder's own rights": _tried(lambda: os.chmod(work, 0o777)),
    }


def open_descriptors() -> list[int]:
    """Every descriptor that the child has, found without ``/proc``."""
    found = []
    for number in range(1024):
        with contextlib.suppress(OSError):
            os.get_inheritable(number)
            found.append(number)
    return found


def call_of_32_bits() -> str:
    """``int 0x80`` with the number of getpid: such calls have numbers of their own."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    at = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return str(ctypes.CFUNCTYPE(ctypes.c_int)(at)())
