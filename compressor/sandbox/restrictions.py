"""What a child may no longer do once it has walls around it. Linux only; each wall says whether it stands.

    landlock      files: read what is named, write one folder, nothing else
    seccomp       system calls: no sockets, no new programs or processes, no signals to others, no kernel doors
    network       a network namespace of its own, with nothing in it
    capabilities  a child of root keeps only the right to open files that others own

Numbers come from the kernel's headers (linux/landlock.h, linux/seccomp.h, asm/unistd.h). Where a kernel lacks one of
them the others still stand, and ``build`` says which.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000
_EPERM, _ENOSYS = 1, 38


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent(signal_number: int) -> bool:
    """Ask the kernel for a signal when the parent ends."""
    return sys.platform == "linux" and _libc().prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) == 0


def build(readable: Iterable[str | os.PathLike[str]], writable: Iterable[str | os.PathLike[str]]) -> dict[str, object]:
    """Put every wall up that this kernel allows; there is no way back. Answers wall → what stands."""
    if sys.platform != "linux":
        return {"landlock": 0, "seccomp": False, "network": False, "capabilities": False}
    libc = _libc()
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    network = _leave_network(libc)
    capabilities = _drop_capabilities(libc)
    no_new = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    landlock = _landlock(libc, readable, writable) if no_new else 0
    seccomp = _seccomp(libc) if no_new else False
    return {"landlock": landlock, "seccomp": seccomp, "network": network, "capabilities": capabilities}


def _leave_network(libc: ctypes.CDLL) -> bool:
    if os.geteuid() == 0:
        return bool(libc.unshare(_CLONE_NEWNET) == 0)
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _drop_capabilities(libc: ctypes.CDLL) -> bool:
    """All but CAP_DAC_OVERRIDE (1): a container's root works in folders that belong to somebody else."""
    keep = 1 << 1 if os.geteuid() == 0 else 0
    header = struct.pack("=II", 0x20080522, 0)
    data = struct.pack("=IIIIII", keep, keep, 0, 0, 0, 0)
    return bool(libc.capset(header, data) == 0)


# ----------------------------------------------------------------------------------------------------------- Landlock

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << i for i in range(6))
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 7, 1 << 8, 1 << 13, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_FILE | _REMOVE_DIR | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_KNOWN_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # interface version → number of file rights


def _landlock(
    libc: ctypes.CDLL, readable: Iterable[str | os.PathLike[str]], writable: Iterable[str | os.PathLike[str]]
) -> int:
    """The version of the interface that is in force, 0 if none."""
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return 0
    handled = (1 << _KNOWN_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", 0b11)  # TCP bind and connect
    if version >= 6:
        attributes += struct.pack("=Q", 0b11)  # abstract sockets and signals stay inside
    rules = libc.syscall(_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return 0
    try:
        devices = [p for p in _DEVICES if os.path.exists(p)]
        for path in readable:
            _allow(libc, rules, path, _READ & handled)
        for path in devices:
            _allow(libc, rules, path, (_READ | _WRITE_FILE | _IOCTL_DEV) & handled)
        for path in writable:
            _allow(libc, rules, path, _WRITE & handled)
        return int(version) if libc.syscall(_RESTRICT, rules, 0) == 0 else 0
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

# name: (x86-64, aarch64); None where the call does not exist there
_DENIED: dict[str, tuple[int | None, int]] = {
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept4": (288, 242),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "symlinkat": (266, 36),
    "linkat": (265, 37),
    "mknodat": (259, 33),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "syslog": (103, 116),
    "personality": (135, 92),
}
_DENIED_X86 = (57, 58, 86, 88, 133, 172, 173)  # fork vfork link symlink mknod iopl ioperm
_MACHINES = {"x86_64": (0xC000003E, 0, 56, 234), "aarch64": (0xC00000B7, 1, 220, 131)}  # audit, column, clone, tgkill
_CLONE3 = 435

_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_AT_NUMBER, _AT_ARCH, _AT_FIRST = 0, 4, 16


def _seccomp(libc: ctypes.CDLL) -> bool:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = _filter(*machine, own=os.getpid())
    raw = b"".join(struct.pack("=HBBI", *line) for line in code)
    lines = ctypes.create_string_buffer(raw, len(raw))
    program = struct.pack("@HP", len(code), ctypes.addressof(lines))
    return bool(libc.prctl(_PR_SET_SECCOMP, 2, program, 0, 0) == 0)


def _filter(audit: int, column: int, clone: int, tgkill: int, *, own: int) -> list[tuple[int, int, int, int]]:
    """The program: refuse what is listed, threads but no processes, signals to nobody but ourselves, allow the rest."""
    refuse = (_RET, 0, 0, _ERRNO | _EPERM)
    code = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_JEQ, 1, 0, audit),
        (_RET, 0, 0, _KILL),
        (_LOAD, 0, 0, _AT_NUMBER),
    ]
    denied = [pair[column] for pair in _DENIED.values()]
    if column == 0:
        code += [(_JGE, 0, 1, 0x40000000), (_RET, 0, 0, _ERRNO | _ENOSYS)]  # the x32 twins of every call
        denied += _DENIED_X86
    for number in denied:
        if number is not None:
            code += [(_JEQ, 0, 1, number), refuse]
    # The flags of clone3 lie in memory, where a filter cannot look: the C library then falls back to clone.
    code += [(_JEQ, 0, 1, _CLONE3), (_RET, 0, 0, _ERRNO | _ENOSYS)]
    code += [(_JEQ, 0, 4, clone), (_LOAD, 0, 0, _AT_FIRST), (_JSET, 0, 1, _CLONE_THREAD), (_RET, 0, 0, _ALLOW), refuse]
    code += [(_JEQ, 0, 4, tgkill), (_LOAD, 0, 0, _AT_FIRST), (_JEQ, 0, 1, own), (_RET, 0, 0, _ALLOW), refuse]
    code.append((_RET, 0, 0, _ALLOW))
    return code
