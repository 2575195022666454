"""Attacks from inside a child: what reaches other processes and files, what is left behind, what only adds up."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compressor import sandbox
from compressor.errors import ChildDied, EngineFailure, OverLimit
from compressor.events import Finished
from compressor.input_limits import Limits
from compressor.sandbox import restrictions, syscalls

from . import media_made as made
from .sandbox_targets import SYSCALLS
from .test_sandbox import ROOT, call, need

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the restrictions are Linux's")


@pytest.fixture(scope="module")
def walls() -> dict[str, Any]:
    return sandbox.state()


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        assert process.poll() is None, "a child ended a process of its user"
        process.kill()


def test_no_call_reaches_other_processes_or_files(
    tmp_path: Path, victim: subprocess.Popen[bytes], walls: dict[str, Any]
) -> None:
    need(walls, "seccomp")
    foreign = tmp_path / "foreign"
    foreign.write_text("x")
    before = foreign.stat()
    found = call("attacks", victim.pid, str(foreign), read=[str(foreign)])
    assert {name: what for name, what in found.items() if what not in ("EPERM", "ENOSYS")} == {}
    assert foreign.stat() == before
    assert os.listxattr(foreign) == []


def test_no_call_but_those_of_the_list_is_answered(walls: dict[str, Any]) -> None:
    """Every number there is, so that the calls of kernels to come are refused too."""
    need(walls, "seccomp")
    x32 = 0x40000000  # where the calls of x32 begin
    found = call("every_call", 0, 600) | call("every_call", x32, x32 + 600)
    assert len(found) > 900
    assert {number: what for number, what in found.items() if what not in ("EPERM", "ENOSYS")} == {}


def test_no_path_leads_out(tmp_path: Path, walls: dict[str, Any]) -> None:
    need(walls, "landlock")
    foreign, work = tmp_path / "foreign", tmp_path / "work"
    foreign.mkdir()
    work.mkdir()
    (foreign / "there").write_text("x")
    foreign.chmod(0o777)
    (foreign / "there").chmod(0o666)
    before = foreign.stat(), (foreign / "there").stat()
    found = call("paths", str(foreign), str(work), write=[str(work)])
    assert {name for name, what in found.items() if what == "done"} == set()
    assert (foreign.stat(), (foreign / "there").stat()) == before
    assert [path.name for path in foreign.iterdir()] == ["there"]


def test_a_child_inherits_three_descriptors_and_its_channel() -> None:
    assert len(call("open_descriptors")) <= 4


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only this machine has calls of 32 bits")
def test_a_call_of_32_bits_is_the_end(walls: dict[str, Any]) -> None:
    need(walls, "seccomp")
    with pytest.raises(ChildDied):
        call("call_of_32_bits")


def test_a_child_of_root_is_a_user_of_its_own(walls: dict[str, Any]) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    need(walls, "user")
    (one, pid), (other, _) = call("own_user"), call("own_user")
    assert one == restrictions.FIRST_USER_ID + pid
    assert len({one, other, os.geteuid()}) == 3


def test_results_belong_to_who_asked(tmp_path: Path) -> None:
    path = made.gif(tmp_path / "x", made.scene(20, 20, 2))
    still = tmp_path / "out" / "still.png"
    still.parent.mkdir()
    sandbox.poster(path, still)
    assert still.stat().st_uid == os.geteuid()
    assert still.stat().st_gid == os.getegid()


# ------------------------------------------------------------------------------------------------------------ sums


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_files_are_counted(tmp_path: Path) -> None:
    with pytest.raises(OverLimit, match="200 files"):
        call("many_files", str(tmp_path), write=[str(tmp_path)], limits=Limits(child_files=200))
    assert len(os.listdir(tmp_path)) < 100_000


@pytest.mark.parametrize("how", ["named", "deleted", "mapped"])
def test_bytes_of_all_files_are_counted(tmp_path: Path, how: str, walls: dict[str, Any]) -> None:
    """No file is larger than its own limit; a deleted one counts while it is open or mapped."""
    limits = Limits(child_file_bytes=8_000_000, child_disk_bytes=64_000_000)
    with pytest.raises(OverLimit, match="64 MB of disk"):
        call("many_bytes", str(tmp_path), how, write=[str(tmp_path)], limits=limits)
    assert size_of(tmp_path) < 2_000_000_000


def test_files_below_the_longest_path_are_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(OverLimit, match="files"):
        call("deep_files", str(tmp_path), write=[str(tmp_path)])


def test_a_told_result_is_not_written_into_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAKER", "tests.sandbox_targets:job")
    source = made.gif(tmp_path / "source.gif", made.scene(20, 20, 4))
    out = tmp_path / "work" / "out"
    out.parent.mkdir()
    job = {"sources": {"m1": str(source)}, "draft": None, "goal": {"lingers": True}, "out": str(out), "encoder": None}
    for event in sandbox.run(job):
        if isinstance(event, Finished):
            size = out.stat().st_size
            time.sleep(0.2)
            assert out.stat().st_size == size


def test_what_lay_there_before_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(bytes(3_000_000))
    for number in range(20):
        (tmp_path / f"old-{number}").touch()
    limits = Limits(child_disk_bytes=1_000_000, child_files=10)
    source = tmp_path / "source"
    source.write_text("x")
    found = call("allowed", str(source), str(tmp_path), write=[str(tmp_path)], limits=limits)
    assert set(found.values()) == {"done"}


def test_threads_are_counted() -> None:
    with pytest.raises((OverLimit, EngineFailure)):
        call("many_threads", limits=Limits(child_threads=100))


def test_a_child_cannot_tell_without_end() -> None:
    with pytest.raises(ChildDied, match="too much"):
        call("many_events", tells=True)
    with pytest.raises(ChildDied, match="too much"):  # 100,000 lines of 16 MB each would have been heard, and kept
        call("lecture", tells=True)


# ------------------------------------------------------------------------------------------------------- the filter


def verdict(code: list[tuple[int, int, int, int]], audit: int, number: int, arguments: tuple[int, ...]) -> int:
    """What a filter answers, by the rules of classic BPF for the four instructions that are used."""
    words = [number, audit, 0, 0]
    for value in (*arguments, 0, 0, 0, 0, 0, 0)[:6]:
        words += [value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF]
    held = at = 0
    while True:
        operation, yes, no, operand = code[at]
        at += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            held = words[operand // 4]
        else:
            met = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[operation]
            at += yes if met else no


@pytest.mark.parametrize("graphics", [False, True])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_of_each_architecture(machine: str, graphics: bool) -> None:
    """Both programs are run here by an interpreter, whatever machine this is."""
    audit, column = restrictions._MACHINES[machine]
    code = restrictions.program(audit, column, own=1234, graphics=graphics)
    assert len(code) < 4096
    allowed = restrictions._ALLOW
    for name, pair in syscalls.ALLOWED.items():
        if pair[column] is not None:
            assert verdict(code, audit, pair[column] or 0, ()) == allowed, name
    by_drivers = {pair[column] for pair in syscalls.GRAPHICS.values()} if graphics else set()
    for name, (*pair, arguments) in SYSCALLS.items():
        number = pair[column]
        if number is None or number in by_drivers:
            continue
        values = tuple(a if isinstance(a, int) else 77_777 for a in arguments)
        assert verdict(code, audit, number, values) != allowed, name
    clone, tgkill = syscalls.CHECKED["clone"][column] or 0, syscalls.CHECKED["tgkill"][column] or 0
    assert verdict(code, audit, clone, (0x3D0F00,)) == allowed  # what pthread_create asks
    assert verdict(code, audit, clone, (0x3D0F00 | 0x10000000,)) != allowed
    assert verdict(code, audit, tgkill, (1234, 1, 6)) == allowed
    assert verdict(code, audit, syscalls.CHECKED["prlimit64"][column] or 0, (0, 7, 1 << 32)) != allowed
    assert verdict(code, audit, syscalls.CHECKED["prlimit64"][column] or 0, (0, 7, 0)) == allowed
    assert verdict(code, 0x40000003, 1, ()) == restrictions._KILL  # the calls of 32 bits have other numbers
    if machine == "x86_64":
        assert verdict(code, audit, 0x40000001, ()) != allowed


# ---------------------------------------------------------------------------------------------- a kernel that has less

LESS = """
import ctypes, json, os, sys
from compressor.sandbox import restrictions as r
libc = ctypes.CDLL(None, use_errno=True)
machine, which = r._MACHINES[os.uname().machine], sys.argv[1].split(",")
calls = {"landlock": [444], "namespaces": [(272, 97)[machine[1]]], "seccomp": []}
code = [(r._LOAD, 0, 0, r._AT_NUMBER)]
for name in which:
    for number in calls[name]:
        code += [(r._JEQ, 0, 1, number), r._NO]
if "seccomp" in which:
    prctl = (157, 167)[machine[1]]
    code += [(r._JEQ, 0, 4, prctl), (r._LOAD, 0, 0, r._argument(0)), (r._JEQ, 0, 1, 22), r._NO, r._YES]
libc.prctl(38, 1, 0, 0, 0)
assert r.install(libc, [*code, r._YES])
from compressor import sandbox
try:
    sandbox.require()
except Exception as error:
    print("refused", error.detail)
print(json.dumps(sandbox.standing().to_json()))
for sentence in sandbox.standing().sentences():
    print(sentence)
try:
    sandbox.probe(sys.argv[2])
    print("probed")
except Exception as error:
    print(type(error).__name__, error.detail)
"""


def on_less(which: str, path: Path, mode: str) -> str:
    if platform.machine() not in restrictions._MACHINES:
        pytest.skip("no numbers for this machine")
    environment = os.environ | {"SANDBOX": mode}
    command = [sys.executable, "-c", LESS, which, str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_kernel_lacks_is_named_and_work_goes_on(tmp_path: Path) -> None:
    said = on_less("landlock,namespaces,seccomp", made.gif(tmp_path / "x", made.scene(20, 20, 2)), "auto")
    found = json.loads(said.splitlines()[0])
    assert {"landlock", "network", "ipc", "seccomp"} <= set(found["missing"])
    assert found["state"] == "incomplete"
    assert all(found["missing"].values())
    assert "The sandbox has no landlock: this kernel has none" in said
    assert said.endswith("probed\n")


def test_strict_refuses_what_is_incomplete(tmp_path: Path) -> None:
    said = on_less("namespaces", made.gif(tmp_path / "x", made.scene(20, 20, 2)), "strict")
    assert said.startswith("refused missing: ")
    assert "\nEngineFailure missing: " in said


def test_strict_works_where_all_stand(tmp_path: Path, walls: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    if walls["missing"]:
        pytest.skip("this kernel lacks one")
    monkeypatch.setenv("SANDBOX", "strict")
    assert sandbox.probe(made.gif(tmp_path / "x", made.scene(20, 20, 2))).frames == 2
    assert sandbox.require().complete
