"""Temporary files live as long as something refers to them, and none is left when a job ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from compressor import engine
from compressor.errors import Cancelled
from compressor.events import Event, Tried
from compressor.search import Workspace

from . import media_made as made


def test_a_file_goes_with_whoever_holds_it(tmp_path: Path) -> None:
    space = Workspace(tmp_path, "o.gif")
    one, other = space.file(), space.file()
    assert one.path != other.path
    one.path.write_bytes(b"123")
    beside = one.path.with_name(one.path.name + ".mbtree")
    beside.write_bytes(b"4")
    other.path.write_bytes(b"56")
    assert (one.bytes, other.bytes) == (3, 2)
    del one
    assert not beside.exists()
    assert list(tmp_path.iterdir()) == [other.path]


def test_numbers_that_begin_alike_are_different_files(tmp_path: Path) -> None:
    space = Workspace(tmp_path, "o")
    files = [space.file() for _ in range(12)]
    for file in files:
        file.path.write_bytes(b"")
    del files[0]
    assert len(list(tmp_path.iterdir())) == 11


def test_closing_removes_what_is_left_and_nothing_else(tmp_path: Path) -> None:
    mine, result = Workspace(tmp_path, "o[1].gif"), tmp_path / "o[1].gif"
    result.write_bytes(b"done")
    kept = mine.file()
    kept.path.write_bytes(b"x")
    mine.close()
    assert list(tmp_path.iterdir()) == [result]


@pytest.mark.parametrize("goal", [{"max_bytes": 4000}, {"quality": 60}, {"format": "mp4", "max_bytes": 3000}])
def test_a_job_leaves_its_result_alone(tmp_path: Path, goal: dict[str, object]) -> None:
    source = made.gif(tmp_path / "a.gif", made.scene(64, 48, 6, noise=20), 10)
    engine.make(engine.Job({"a": str(source)}, str(tmp_path / "o"), goal), lambda event: None)
    assert {path.name for path in tmp_path.iterdir()} == {"a.gif", "o"}


def test_a_job_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "a.gif", made.scene(64, 48, 6, noise=20), 10)

    def stop(event: Event) -> None:
        if isinstance(event, Tried):
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        engine.make(engine.Job({"a": str(source)}, str(tmp_path / "o"), {"max_bytes": 4000}), stop)
    assert {path.name for path in tmp_path.iterdir()} == {"a.gif"}
