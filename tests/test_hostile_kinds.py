"""Every kind of hostile file, and some mutations of each container, end in a result or in a clean error."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from compressor import sandbox
from compressor.codecs.gif import reader
from compressor.errors import UnreadableMedia
from compressor.input_limits import Limits
from compressor.sandbox import client

from . import test_hostile
from .hostile import kinds, opening
from .hostile.__main__ import keep
from .hostile.mutations import mutated
from .test_sandbox import children

MUTATIONS = 2  # of each container; ``make fuzz`` tries as many as its time allows


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return kinds.good(tmp_path_factory.mktemp("good"))


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        yield server


def findings(files: dict[str, bytes]) -> dict[str, str]:
    def tried(item: tuple[str, bytes]) -> tuple[str, str | None]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(item[1])
            file.flush()
            return item[0], opening.finding(Path(file.name))

    with ThreadPoolExecutor(2) as pool:
        return {name: what for name, what in pool.map(tried, files.items()) if what}


def test_every_kind_ends_cleanly(seeds: dict[str, bytes], canary: socket.socket) -> None:
    files = kinds.all_kinds(seeds, f"127.0.0.1:{canary.getsockname()[1]}")
    assert len(files) >= 105
    assert len(set(files.values())) >= 105
    assert findings(files) == {}
    with pytest.raises(TimeoutError):  # nobody asked
        canary.accept()
    assert client._current is not None
    assert children(client._current.process.pid) == []


def test_mutations_end_cleanly(seeds: dict[str, bytes]) -> None:
    files = {f"{kind} {seed}": mutated(data, seed) for kind, data in seeds.items() for seed in range(MUTATIONS)}
    assert findings(files) == {}


@pytest.mark.parametrize(("kind", "format"), [("gif", "mp4"), ("avi", "gif")])
def test_a_whole_job_of_a_size_that_changes_ends_cleanly(
    seeds: dict[str, bytes], tmp_path: Path, kind: str, format: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes(kinds.all_kinds(seeds, "127.0.0.1:9")[f"{kind}: size changes in mid-stream"])
    (tmp_path / "work").mkdir()
    assert opening.made(source, tmp_path / "work", format) is None


def test_mutations_are_the_same_for_the_same_seed(seeds: dict[str, bytes]) -> None:
    assert mutated(seeds["gif"], 7) == mutated(seeds["gif"], 7)
    assert mutated(seeds["gif"], 7) != mutated(seeds["gif"], 8)
    assert mutated(b"", 3) is not None


def test_a_death_is_a_finding_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from compressor.errors import ChildDied, OverLimit, UnreadableMedia

    assert opening._judged(ChildDied("The encoder stopped unexpectedly.", detail="killed by SIGSEGV"))
    assert opening._judged(OverLimit("This took longer than 120 seconds."))
    assert opening._judged(OverLimit("The picture is too large (9 x 9)")) is None
    assert opening._judged(UnreadableMedia("The file is empty.")) is None
    keep(tmp_path / "found", b"x", "a story")
    assert {p.suffix for p in (tmp_path / "found").iterdir()} == {"", ".txt"}


# ------------------------------------------------------------------------------------------- much work for few bytes

LARGE = 199_000_000
HEADS = {
    "gif": b"GIF89a\x08\0\x08\0\x80\0\0" + bytes(6),
    "png": b"\x89PNG\r\n\x1a\n" + kinds.chunk(b"IHDR", bytes([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0])),
    "webp": b"RIFF" + (LARGE - 8).to_bytes(4, "little") + b"WEBP",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    "mkv": bytes.fromhex("1a45dfa3884282856d6174726f"),
}
PIECES = {"gif": b"\x21\xfe\0", "mkv": b"\xec\x80"}


def probed(path: Path) -> None:
    """A probe that may compute for 12 seconds; each of these took 18 to more than 60."""
    with pytest.raises(UnreadableMedia):
        sandbox.probe(path, Limits(child_cpu_s=12, wall_s=300))


@pytest.mark.parametrize("kind", HEADS)
def test_a_header_with_nothing_behind_it_is_soon_refused(tmp_path: Path, kind: str) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(HEADS[kind])
        file.truncate(LARGE)
    probed(tmp_path / "file")


@pytest.mark.parametrize("kind", PIECES)
def test_a_file_of_empty_pieces_is_soon_refused(tmp_path: Path, kind: str) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(HEADS[kind])
        for _ in range(60):
            file.write(PIECES[kind] * (1_000_000 // len(PIECES[kind])))
    probed(tmp_path / "file")


def test_many_tiny_frames_cost_their_changed_pixels(tmp_path: Path) -> None:
    """Of 200 frames of one pixel on a large screen only a few copies of the screen are ever made."""
    blocks = [test_hostile.small(width=1, height=1, left=n, top=n) for n in range(200)]
    path = tmp_path / "x.gif"
    path.write_bytes(test_hostile.one(*blocks, width=2000, height=2000))
    owners = set()
    before = None
    for number, frame in enumerate(reader.read(path).frames()):
        owners.add(frame.rgba.__array_interface__["data"][0])
        assert frame.changed is not None
        if before is not None:
            left, top, right, bottom = frame.changed
            assert (right - left) * (bottom - top) <= 1
            # The one before is still held and must not have changed under us.
            assert before[number - 1, number - 1, 3] == 255
            assert before[number, number, 3] == 0
        assert frame.rgba[number, number, 3] == 255
        before = frame.rgba
    assert len(owners) <= 4


def test_held_frames_of_a_gif_stay_as_they_were(tmp_path: Path) -> None:
    blocks = [test_hostile.small(left=8 * n, disposal=n % 4) for n in range(12)]
    path = tmp_path / "x.gif"
    path.write_bytes(test_hostile.one(*blocks, width=96, height=8))
    held = list(reader.read(path).frames())
    copied = [frame.rgba.copy() for frame in reader.read(path).frames()]
    assert len({frame.rgba.__array_interface__["data"][0] for frame in held}) == 12
    for one, other in zip(held, copied, strict=True):
        assert np.array_equal(one.rgba, other)
