"""Every kind of hostile file, and some mutations of each container, end in a result or in a clean error."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compressor.sandbox import client

from .hostile import kinds, opening
from .hostile.__main__ import keep
from .hostile.mutations import mutated
from .test_sandbox import children

MUTATIONS = 4  # of each container; ``make fuzz`` tries as many as its time allows


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
