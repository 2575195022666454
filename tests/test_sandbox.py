"""The sandbox: its walls, its limits, its deaths, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compressor import decode, sandbox
from compressor.engine import Job
from compressor.errors import (
    Cancelled,
    ChildDied,
    CompressorError,
    EngineFailure,
    OverLimit,
    UnreadableMedia,
    UnsupportedMedia,
)
from compressor.events import Event, Failed, Finished, Step
from compressor.input_limits import Limits
from compressor.sandbox import client, restrictions, tasks
from compressor.sandbox.client import Order, follow

from . import media_made as made

ROOT = Path(__file__).resolve().parent.parent


def call(name: str, *arguments: Any, limits: Limits | None = None, **more: Any) -> Any:
    """What tests.sandbox_targets.``name`` answers in a child; its error is raised."""
    order = Order(
        f"tests.sandbox_targets:{name}",
        list(arguments),
        more.pop("read", []),
        more.pop("write", []),
        limits or Limits(),
        **more,
    )
    for answer in follow(order, lambda: False):
        if answer.error is not None:
            raise answer.error
        if answer.done:
            return answer.result
    raise AssertionError("no answer")


@pytest.fixture(scope="module")
def walls() -> dict[str, Any]:
    return sandbox.state()


def need(walls: dict[str, Any], wall: str) -> None:
    if not walls[wall]:
        pytest.skip(f"this kernel does not allow the wall “{wall}”")


# --------------------------------------------------------------------------------------------------------------- walls


def test_a_child_can_neither_reach_out_nor_read_around(tmp_path: Path, walls: dict[str, Any]) -> None:
    need(walls, "seccomp")
    need(walls, "landlock")
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    (other / "secret").write_text("x")
    files = {
        "passwd": "/etc/passwd",
        "other job": str(other / "secret"),
        "own environment": "/proc/self/environ",
        "server's memory": "/proc/1/maps",
        "project": str(ROOT / "pyproject.toml"),
        "tests": __file__,
    }
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        found = call("attempts", files, canary.getsockname()[1], str(mine), write=[str(mine)])
        with pytest.raises(TimeoutError):
            canary.accept()
    assert {name: what for name, what in found.items() if what == "done"} == {}
    assert not Path("/tmp/outside-of-the-sandbox").exists()
    assert list(mine.iterdir()) == []


def test_a_child_can_do_its_work(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("x")
    folder = tmp_path / "out"
    folder.mkdir()
    found = call("allowed", str(source), str(folder), read=[str(source)], write=[str(folder)])
    assert set(found.values()) == {"done"}


def test_no_secret_of_the_parent_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    client.close()
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("SECRET_KEY", "secret")
    names = call("environment")
    assert "PATH" in names
    assert not {"DATABASE_URL", "SECRET_KEY"} & set(names)


def test_code_beside_the_files_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder where somebody works came first in the server's path: a numpy.py unpacked with clips was run there,
    before any wall stood."""
    source = made.gif(tmp_path / "a.gif", made.scene(16, 12, 2))
    for name in ("numpy.py", "compressor.py", "json.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    client.close()  # the next one begins here
    try:
        assert sandbox.probe(source).frames == 2
    finally:
        client.close()
    assert not (tmp_path / "ran").exists()


def test_the_server_has_one_thread() -> None:
    sandbox.state()
    assert client._current is not None
    pid = client._current.process.pid
    assert len(os.listdir(f"/proc/{pid}/task")) == 1


def test_state_names_every_wall(walls: dict[str, Any]) -> None:
    assert set(walls) == {*restrictions.WALLS, "memory", "missing"}
    assert set(walls["missing"]) <= set(restrictions.WALLS)


# -------------------------------------------------------------------------------------------------------------- limits


def test_memory_is_bounded() -> None:
    with pytest.raises((OverLimit, ChildDied), match=r"0\.84 GB of memory.*would do|died|ended"):
        call("eat", limits=Limits(child_memory_bytes=900_000_000))


def test_computing_is_bounded() -> None:
    with pytest.raises(OverLimit, match="computing"):
        call("spin", limits=Limits(child_cpu_s=1))


def test_time_is_bounded() -> None:
    with pytest.raises(OverLimit, match="longer than 1 seconds"):
        call("sleep", 300, limits=Limits(wall_s=1))


def test_a_child_cannot_set_its_clock_back() -> None:
    with pytest.raises((OverLimit, ChildDied)):
        call("stall", limits=Limits(wall_s=1))


def test_files_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(EngineFailure):
        call("flood", str(tmp_path / "x"), write=[str(tmp_path)], limits=Limits(child_file_bytes=5_000_000))
    assert (tmp_path / "x").stat().st_size <= 5_000_000


def test_what_is_foreseen_leaves_places_to_probes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may compute for 20 s, for nothing: somebody who asks without end kept every upload waiting."""
    inside, go_on = threading.Semaphore(0), threading.Event()

    def busy(*arguments: Any, **options: Any) -> int:
        with sandbox._looks:
            inside.release()
            go_on.wait(20)
        return 1

    monkeypatch.setattr(sandbox, "_call", busy)
    job = Job({}, str(tmp_path / "out"))
    asking = [threading.Thread(target=sandbox.expected, args=(job,)) for _ in range(3 * sandbox.LOOKS_AT_ONCE)]
    try:
        for thread in asking:
            thread.start()
        for _ in range(sandbox.LOOKS_AT_ONCE // 2):
            assert inside.acquire(timeout=10)
        assert not inside.acquire(timeout=0.3)
        assert sandbox._looks.acquire(timeout=1), "an upload's probe finds a place"
        sandbox._looks.release()
    finally:
        go_on.set()
        for thread in asking:
            thread.join()


# -------------------------------------------------------------------------------------------------------------- deaths


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGBUS])
def test_a_killed_child_is_told(number: int) -> None:
    with pytest.raises(ChildDied) as caught:
        call("die", number)
    assert signal.Signals(number).name in caught.value.detail


def test_a_crash_in_c_is_told_with_its_place() -> None:
    with pytest.raises(ChildDied) as caught:
        call("crash")
    assert "SIGSEGV" in caught.value.detail
    assert "sandbox_targets.py" in caught.value.detail


def test_an_early_exit_is_a_death() -> None:
    with pytest.raises(ChildDied, match="unexpectedly") as caught:
        call("leave", 7)
    assert "exit status 7" in caught.value.detail


def test_our_own_slip_is_an_engine_failure() -> None:
    with pytest.raises(EngineFailure) as caught:
        call("raising")
    assert "ZeroDivisionError" in caught.value.detail
    assert "ZeroDivisionError" not in caught.value.message


@pytest.mark.parametrize("name", ["babble", "shout", "gabble"])
def test_a_child_that_talks_nonsense_is_ended(name: str) -> None:
    with pytest.raises(ChildDied):
        call(name)


def test_a_dead_server_is_replaced(tmp_path: Path) -> None:
    path = made.gif(tmp_path / "x", made.scene(20, 20, 2))
    sandbox.probe(path)
    assert client._current is not None
    old = client._current.process
    caught: list[BaseException] = []

    def sleeper() -> None:
        try:
            call("sleep", 20)
        except ChildDied as error:
            caught.append(error)

    thread = threading.Thread(target=sleeper)
    thread.start()
    time.sleep(0.3)
    old.kill()
    thread.join(5)
    assert caught
    assert sandbox.probe(path).frames == 2
    assert client._current.process.pid != old.pid


STILL_COMPILING = """
import sys, time
from pathlib import Path
from compressor.sandbox import server
def loading():
    while not Path(sys.argv[2]).exists():
        time.sleep(0.02)
    yield
server._kernels = loading
server.main()
"""


def test_a_job_waits_for_what_is_compiled_and_can_be_stopped_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child may not keep what it compiles: one that did not wait would leave it to the next to compile anew."""
    gate = tmp_path / "compiled"
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-c", STILL_COMPILING, str(theirs.fileno()), str(gate)],
        pass_fds=[theirs.fileno()],
        cwd=ROOT,
    )
    theirs.close()
    slow = client._Server(process, ours)
    monkeypatch.setattr(client, "_current", slow)
    order = Order("compressor.sandbox.tasks:nothing", [], [], [], Limits(), after_loading=True)
    try:
        stopped = list(follow(order, lambda: True))
        assert isinstance(stopped[-1].error, Cancelled)  # while the gate is closed
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(lambda: list(follow(order, lambda: False)))
            gate.touch()
            assert waiting.result()[-1].done
    finally:
        slow.close()


# ------------------------------------------------------------------------------------------------------------ no rests

PROGRAM = """
import sys, threading
from compressor.sandbox import client, restrictions
from compressor.input_limits import Limits
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
def work():
    for answer in client.follow(client.Order("tests.sandbox_targets:sleep", [60], [], [], Limits()), lambda: False):
        pass
threading.Thread(target=work, daemon=True).start()
import time
time.sleep(1.2)
print(client._current.process.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_remains_when_the_parent_ends(number: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        until = time.monotonic() + 30
        while not (working := children(server)) and time.monotonic() < until:
            time.sleep(0.05)
        assert working
        assert alive(working[0])
        parent.send_signal(number)
        parent.wait(10)
    until = time.monotonic() + 30
    while time.monotonic() < until and (alive(server) or alive(working[0])):
        time.sleep(0.05)
    assert not alive(server)
    assert not alive(working[0])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_die_with_a_killed_server() -> None:
    sandbox.warm()

    def sleeper() -> None:
        with pytest.raises(ChildDied):
            call("sleep", 30)

    thread = threading.Thread(target=sleeper)
    thread.start()
    assert client._current is not None
    server = client._current.process
    until = time.monotonic() + 30
    while not (working := children(server.pid)) and time.monotonic() < until:
        time.sleep(0.05)
    server.kill()
    thread.join(5)
    until = time.monotonic() + 30
    while any(alive(pid) for pid in working) and time.monotonic() < until:
        time.sleep(0.05)
    assert working
    assert not any(alive(pid) for pid in working)


def test_the_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    client.close()
    path = made.gif(tmp_path / "x", made.scene(20, 20, 2))
    thread = threading.Thread(target=sandbox.probe, args=(path,))
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert client._current is not None
    pid = client._current.process.pid
    assert sandbox.probe(path).frames == 2
    assert client._current.process.pid == pid


def test_many_threads_at_once(tmp_path: Path) -> None:
    paths = [made.gif(tmp_path / f"{n}", made.scene(20, 20, n)) for n in range(2, 12)]
    with ThreadPoolExecutor(8) as pool:
        assert [info.frames for info in pool.map(sandbox.probe, paths)] == list(range(2, 12))


# ---------------------------------------------------------------------------------------------------------------- jobs


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(sandbox, "MAKER", "tests.sandbox_targets:job")
    source = made.gif(tmp_path / "source.gif", made.scene(20, 20, 4))
    folder = tmp_path / "work"
    folder.mkdir()
    return {"sources": {"m1": str(source)}, "draft": None, "goal": {}, "out": str(folder / "out"), "encoder": None}


def events_of(stream: Iterator[Event]) -> tuple[list[Event], CompressorError | None]:
    found = list(stream)
    assert sum(isinstance(e, Finished | Failed) for e in found) == 1
    last = found[-1]
    return found, CompressorError.from_json(last.error) if isinstance(last, Failed) else None


def test_a_job_is_told_and_finished(job: dict[str, Any]) -> None:
    found, error = events_of(sandbox.run(job))
    assert error is None
    assert [e.percent for e in found if isinstance(e, Step)] == [float(p) for p in range(0, 100, 10)]
    assert Path(job["out"]).read_bytes() == Path(job["sources"]["m1"]).read_bytes()
    assert os.listdir(Path(job["out"]).parent) == ["out"]


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize("kind", ["event", "function"])
def test_cancel_ends_it(job: dict[str, Any], stubborn: bool, kind: str) -> None:
    job["goal"] = {"pause": 0.2, "stubborn": stubborn}
    stop = threading.Event()
    found: list[Event] = []
    for event in sandbox.run(job, None, stop if kind == "event" else stop.is_set):
        found.append(event)
        if not stop.is_set():
            stop.set()
    assert isinstance(found[-1], Failed)  # a job that went on would end with Finished
    assert isinstance(CompressorError.from_json(found[-1].error), Cancelled)
    assert os.listdir(Path(job["out"]).parent) == []


def test_a_crash_leaves_no_half_file(job: dict[str, Any]) -> None:
    job["goal"] = {"crash": True}
    _, error = events_of(sandbox.run(job))
    assert isinstance(error, ChildDied)
    assert os.listdir(Path(job["out"]).parent) == []


def test_leaving_the_stream_early_kills_the_child(job: dict[str, Any]) -> None:
    job["goal"] = {"stubborn": True}
    stream = sandbox.run(job)
    next(stream)
    assert client._current is not None
    server = client._current.process.pid
    stream.close()  # type: ignore[attr-defined]
    until = time.monotonic() + 30
    while children(server) and time.monotonic() < until:
        time.sleep(0.02)
    assert not children(server)
    assert os.listdir(Path(job["out"]).parent) == []


@pytest.mark.parametrize("claim", ["/etc/passwd", "elsewhere", "link"])
def test_a_child_cannot_pass_off_another_file(job: dict[str, Any], tmp_path: Path, claim: str) -> None:
    if claim == "elsewhere":
        claim = job["sources"]["m1"]
    if claim == "link":
        link = Path(job["out"]).parent / "link"
        link.symlink_to("/etc/passwd")
        claim = str(link)
    job["goal"] = {"claim": claim}
    _, error = events_of(sandbox.run(job))
    assert isinstance(error, ChildDied)


# ----------------------------------------------------------------------------------------------------- probe and poster


def test_probe_says_what_it_says_outside(tmp_path: Path) -> None:
    from compressor.probe import probe

    for path in (made.gif(tmp_path / "a", made.scene()), made.film(tmp_path / "b", made.scene(), tone_ms=500)):
        assert sandbox.probe(path) == probe(path)


def test_errors_of_probe_come_through(tmp_path: Path) -> None:
    text = tmp_path / "x.gif"
    text.write_text("#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(UnsupportedMedia, match="playlist"):
        sandbox.probe(text)
    with pytest.raises(UnreadableMedia):
        sandbox.probe(tmp_path / "missing")
    with pytest.raises(OverLimit):
        sandbox.probe(made.gif(tmp_path / "y", made.scene()), replace(Limits(), max_frames=3))


def test_few_frames_of_a_large_file_are_looked_at_for_a_poster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Films often begin with black; 24 black frames of 7,000 x 7,000 are 1 MB of GIF and were 14 s of computing."""
    path = made.gif(tmp_path / "a.gif", [np.full((40, 40, 4), (n, n, n, 255), np.uint8) for n in range(30)])
    read = []

    def frames(*arguments: Any) -> Any:
        for frame in decode.frames(*arguments):
            read.append(frame)
            yield frame

    monkeypatch.setattr(tasks, "frames", frames)
    for pixels, looks in ((10**9, 24), (5 * 1600, 5), (1, 1)):
        monkeypatch.setattr(tasks, "_LOOKED_PIXELS", pixels)
        read.clear()
        tasks.poster(str(path), str(tmp_path / "p.webp"), 20, 20, {})
        assert len(read) == looks


@pytest.mark.parametrize("ending", ["webp", "jpg", "png"])
def test_poster(tmp_path: Path, ending: str) -> None:
    from PIL import Image

    path = made.film(tmp_path / "x", made.scene(320, 160, 4))
    out = tmp_path / "out" / f"poster.{ending}"
    out.parent.mkdir()
    assert sandbox.poster(path, out, (64, 64)) == (64, 32)
    with Image.open(out) as image:
        assert image.size == (64, 32)
        assert image.format == {"webp": "WEBP", "jpg": "JPEG", "png": "PNG"}[ending]
    assert os.listdir(out.parent) == [out.name]


def test_a_warm_server_answers_every_probe(tmp_path: Path) -> None:
    path = made.gif(tmp_path / "x", made.scene(20, 20, 2))
    sandbox.probe(path)
    assert client._current is not None
    server = client._current.process.pid
    sandbox.probe(path)
    assert client._current.process.pid == server


def test_limits_travel_whole() -> None:
    assert Limits(**asdict(Limits())) == Limits()


def test_probes_are_at_most_two_a_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve threads ask at once; how many children there are is counted where they are begun."""
    path = made.gif(tmp_path / "x", made.scene(20, 20, 2))
    most, now, lock = 0, 0, threading.Lock()
    real = sandbox.follow

    def counted(*arguments: Any) -> Iterator[Any]:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        try:
            yield from real(*arguments)
        finally:
            with lock:
                now -= 1

    monkeypatch.setattr(sandbox, "follow", counted)
    monkeypatch.setattr(sandbox, "_looks", threading.BoundedSemaphore(2))
    with ThreadPoolExecutor(12) as pool:
        assert {info.frames for info in pool.map(sandbox.probe, [path] * 12)} == {2}
    assert most == 2
    assert 2 * (os.cpu_count() or 1) == sandbox.LOOKS_AT_ONCE
