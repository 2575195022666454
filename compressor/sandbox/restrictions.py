"""Restrictions of a sandboxed child, put up from inside before it opens a file. Linux only.

    landlock      files: read what is named, write the named folders, nothing else
    seccomp       system calls: a list of what is allowed (``syscalls``); no sockets, no processes, no signals to others
    network       a network namespace of its own, with nothing in it
    ipc           an IPC namespace of its own: shared memory ends with the child
    user          a child of root gets a user id that nobody else has
    capabilities  a child of root keeps only the right to open files that others own

Constants come from the kernel's headers (linux/landlock.h, linux/seccomp.h, linux/sched.h). Where a kernel lacks one,
the others still stand, and ``build`` says which one is missing and why.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .syscalls import ABSENT, ALLOWED, CHECKED, GRAPHICS

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 8, 22, 38
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x08000000, 0x10000000, 0x40000000, 0x00010000
_CLONE_ANY_NAMESPACE = 0x7E020000
_EPERM, _ENOSYS = 1, 38
# The user id of a child of root is this plus its process id: far from ids that people, services or containers have.
FIRST_USER_ID = 0x70000000
MAX_THREADS = 512
WALLS = ("landlock", "seccomp", "network", "ipc", "user", "capabilities")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _why() -> str:
    return os.strerror(ctypes.get_errno())


def die_with_parent(signal_number: int) -> bool:
    """Ask the kernel for a signal when the parent ends."""
    return sys.platform == "linux" and _libc().prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) == 0


def has_graphics() -> bool:
    """Whether this machine has devices of a graphics driver, which needs more than a child without one."""
    return any(os.path.exists(p) for p in ("/dev/nvidiactl", "/dev/dri", "/dev/kfd"))


def build(readable: Iterable[str | os.PathLike[str]], writable: Iterable[str | os.PathLike[str]]) -> dict[str, Any]:
    """Put up every restriction that this kernel allows; there is no way back.

    Answers wall → what stands, and ``missing``: wall → why it does not stand.
    """
    missing: dict[str, str] = {}
    standing: dict[str, Any] = {"landlock": 0} | dict.fromkeys(WALLS[1:], False) | {"missing": missing}
    if sys.platform != "linux":
        missing |= dict.fromkeys(WALLS, f"{sys.platform} has no such restriction, only Linux has")
        return standing
    libc = _libc()
    _own_namespaces(libc, standing, missing)
    _own_user(libc, standing, missing)
    # Once nothing can trace it the server, which is of the same user or root, must be able to read its open files.
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    die_with_parent(9)  # a change of rights clears it
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        missing["landlock"] = missing["seccomp"] = f"no_new_privs is refused ({_why()})"
        return standing
    standing["landlock"] = _landlock(libc, readable, writable, missing)
    standing["seccomp"] = _seccomp(libc, missing)
    if not (standing["landlock"] and standing["seccomp"]):
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return standing


def _own_namespaces(libc: ctypes.CDLL, standing: dict[str, Any], missing: dict[str, str]) -> None:
    """Both namespaces at once, or, where a kernel was built without one of them, the other alone."""
    names = {"network": _CLONE_NEWNET, "ipc": _CLONE_NEWIPC}
    user = 0 if os.geteuid() == 0 else _CLONE_NEWUSER
    if libc.unshare(user | _CLONE_NEWNET | _CLONE_NEWIPC) == 0:
        standing |= dict.fromkeys(names, True)
        return
    for name, flag in names.items():
        if libc.unshare(user | flag) == 0:
            standing[name] = True
            user = 0
        else:
            missing[name] = f"the kernel refuses a namespace ({_why()})"


def _own_user(libc: ctypes.CDLL, standing: dict[str, Any], missing: dict[str, str]) -> None:
    """A user id of its own for a child of root, and of all capabilities only CAP_DAC_OVERRIDE (1): a container's root
    works in folders that belong to others. A child of anybody else keeps its id and no capability."""
    keep = 1 << 1 if os.geteuid() == 0 else 0
    if keep:
        own = FIRST_USER_ID + os.getpid()
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        try:
            os.setgroups([])
            os.setresgid(own, own, own)
            os.setresuid(own, own, own)
            standing["user"] = True
            most = MAX_THREADS if (hard := resource.getrlimit(resource.RLIMIT_NPROC)[1]) < 0 else min(MAX_THREADS, hard)
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        except OSError as error:
            missing["user"] = f"this namespace has no user ids to give ({error.strerror})"
    header = struct.pack("=II", 0x20080522, 0)
    data = struct.pack("=IIIIII", keep, keep, 0, 0, 0, 0)
    standing["capabilities"] = libc.capset(header, data) == 0
    if not standing["capabilities"]:
        missing["capabilities"] = f"they cannot be dropped ({_why()})"


# ----------------------------------------------------------------------------------------------------------- Landlock

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << i for i in range(6))
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 7, 1 << 8, 1 << 13, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_FILE | _REMOVE_DIR | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_KNOWN_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # interface version → number of file rights


def _landlock(
    libc: ctypes.CDLL,
    readable: Iterable[str | os.PathLike[str]],
    writable: Iterable[str | os.PathLike[str]],
    missing: dict[str, str],
) -> int:
    """The version of the interface that is in force, 0 if none."""
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        missing["landlock"] = f"this kernel has none, or it is switched off ({_why()})"
        return 0
    handled = (1 << _KNOWN_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", 0b11)  # TCP bind and connect
    if version >= 6:
        attributes += struct.pack("=Q", 0b11)  # abstract sockets and signals stay inside
    rules = libc.syscall(_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        missing["landlock"] = f"the kernel refuses a rule set ({_why()})"
        return 0
    try:
        devices = [p for p in _DEVICES if os.path.exists(p)]
        for path in readable:
            _allow(libc, rules, path, _READ & handled)
        for path in devices:
            _allow(libc, rules, path, (_READ | _WRITE_FILE | _IOCTL_DEV) & handled)
        for path in writable:
            _allow(libc, rules, path, _WRITE & handled)
        if libc.syscall(_RESTRICT, rules, 0) == 0:
            return int(version)
        missing["landlock"] = f"the kernel refuses the rules ({_why()})"
        return 0
    finally:
        os.close(rules)


_DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/dev/dri",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    *(f"/dev/nvidia{n}" for n in range(16)),
)


def _allow(libc: ctypes.CDLL, rules: int, path: str | os.PathLike[str], rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there cannot be opened either
    try:
        if not Path(path).is_dir():
            rights &= _ON_FILES
        libc.syscall(_ADD, rules, 1, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


# ------------------------------------------------------------------------------------------------------------ seccomp

_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # audit architecture, column of the tables
# What a call may be asked, by the lower half of one argument. Anything else that it offers reaches other processes
# (F_SETOWN and FIOSETOWN send signals) or changes what bounds this one (PR_SET_PDEATHSIG).
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030)  # descriptors, flags, locks
_IOCTL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS FIONREAD FIONBIO FIONCLEX FIOCLEX
_PRCTL = (3, 15, 16, 0x53564D41)  # PR_GET_DUMPABLE PR_SET_NAME PR_GET_NAME PR_SET_VMA
# With a graphics driver ioctl is allowed but for these: FIOSETOWN SIOCSPGRP FIOASYNC TIOCSTI TIOCLINUX FS_IOC_SETFLAGS
# FS_IOC_FSSETXATTR FICLONE FICLONERANGE FIFREEZE.
_NOT_IOCTL = (0x8901, 0x8902, 0x5452, 0x5412, 0x541C, 0x40086602, 0x401C5820, 0x40049409, 0x4020940D, 0xC0045877)
_FIRST_NEW_CALL = 424  # from here all architectures share numbers; what we do not know is told to be absent

_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_AT_NUMBER, _AT_ARCH = 0, 4
_Line = tuple[int, int, int, int]  # code, jump if true, jump if false, operand
_YES: _Line = (_RET, 0, 0, _ALLOW)
_NO: _Line = (_RET, 0, 0, _ERRNO | _EPERM)
_NONE: _Line = (_RET, 0, 0, _ERRNO | _ENOSYS)


def _seccomp(libc: ctypes.CDLL, missing: dict[str, str]) -> bool:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        missing["seccomp"] = f"its numbers are not known for {platform.machine()}"
        return False
    if install(libc, program(*machine, own=os.getpid(), graphics=has_graphics())):
        return True
    missing["seccomp"] = f"the kernel refuses a filter ({_why()})"
    return False


def install(libc: ctypes.CDLL, code: list[_Line]) -> bool:
    """Put up a filter; no_new_privs has to be set before."""
    raw = b"".join(struct.pack("=HBBI", *line) for line in code)
    lines = ctypes.create_string_buffer(raw, len(raw))
    filter_program = struct.pack("@HP", len(code), ctypes.addressof(lines))
    return bool(libc.prctl(_PR_SET_SECCOMP, 2, filter_program, 0, 0) == 0)


def program(audit: int, column: int, *, own: int, graphics: bool) -> list[_Line]:
    """The filter for one architecture: what is listed is allowed, the rest is refused.

    ``own`` is the process id, the only one to which signals may go. ``graphics``: with what graphics drivers need.
    """
    code: list[_Line] = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_JEQ, 1, 0, audit),
        (_RET, 0, 0, _KILL),
        (_LOAD, 0, 0, _AT_NUMBER),
    ]
    if column == 0:
        code += [(_JGE, 0, 1, 0x40000000), _NONE]  # the x32 twins of every call
    for table, answer in ((ALLOWED, _YES), (ABSENT, _NONE), (GRAPHICS if graphics else {}, _YES)):
        for pair in table.values():
            number = pair[column]
            if number is not None:
                code += [(_JEQ, 0, 1, number), answer]
    checks: dict[str, list[_Line]] = {
        # Threads, but neither processes nor namespaces.
        "clone": [
            (_LOAD, 0, 0, _argument(0)),
            (_JSET, 0, 1, _CLONE_ANY_NAMESPACE),
            _NO,
            (_JSET, 0, 1, _CLONE_THREAD),
            _YES,
        ],
        "tgkill": _one_of(0, (own,)),
        "prlimit64": _null(2),  # reading, not setting
        "sendto": _null(4),  # to the other end, not to an address
        "fcntl": _one_of(1, _FCNTL),
        "ioctl": _none_of(1, _NOT_IOCTL) if graphics else _one_of(1, _IOCTL),
        "prctl": _one_of(0, _PRCTL),
    }
    for name, check in checks.items():
        number = CHECKED[name][column]
        assert number is not None
        code += [(_JEQ, 0, len(check) + 1, number), *check, _NO]
    return [*code, (_JGE, 0, 1, _FIRST_NEW_CALL), _NONE, _NO]


def _argument(index: int, high: bool = False) -> int:
    """Where a half of an argument lies in seccomp_data, on a little-endian machine."""
    return 16 + 8 * index + (4 if high else 0)


def _one_of(index: int, values: tuple[int, ...]) -> list[_Line]:
    return [(_LOAD, 0, 0, _argument(index)), *(line for v in values for line in ((_JEQ, 0, 1, v), _YES))]


def _none_of(index: int, values: tuple[int, ...]) -> list[_Line]:
    return [(_LOAD, 0, 0, _argument(index)), *(line for v in values for line in ((_JEQ, 0, 1, v), _NO)), _YES]


def _null(index: int) -> list[_Line]:
    high = [(_LOAD, 0, 0, _argument(index, high=True)), (_JEQ, 0, 1, 0), _YES]
    return [(_LOAD, 0, 0, _argument(index)), (_JEQ, 1, 0, 0), _NO, *high]
