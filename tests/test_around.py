"""What stands around the command: the GitHub Action's steps run on a made repository, and a folder that is watched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from brim import watching
from brim.outcome import Outcome
from compressor.errors import BadRequest

from . import media_made as made
from .live import wait_until

ROOT = Path(__file__).resolve().parent.parent


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_the_action_offers_smaller_files(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = next(one for one in action["runs"]["steps"] if one.get("id") == "check")
    _git(tmp_path, "init", "-q")
    small = made.gif(tmp_path / "kept.gif", made.scene(16, 12, 2), 8)
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "before")
    base = _git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "docs").mkdir()
    made.gif(tmp_path / "docs" / "a|b.gif", made.scene(48, 32, 4, noise=8), 8)
    (tmp_path / "small.gif").write_bytes(small.read_bytes())
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "after")
    output = tmp_path / "output"
    environment = {"LIMIT": "4KB", "FILES": "*.gif", "BASE": base, "GITHUB_OUTPUT": str(output)}
    environment |= {"GITHUB_ACTION_PATH": str(ROOT), "PYTHONPATH": str(ROOT)}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    assert set(step["env"]) == {"LIMIT", "FILES", "BASE"}
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split("=") for line in output.read_text().splitlines())
    assert told["over"] == "1"
    out = Path(told["out"])
    table = (out / "table.md").read_text()
    assert "a\\|b.gif" in table
    assert "kept.gif" not in table
    made_file = out / "1-a|b.gif"
    assert made_file.stat().st_size <= 4000
    assert f"{made_file.stat().st_size:,}" in table
    shutil.rmtree(out)


def test_a_folder_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is taken once it is whole, once, and no other kind is."""
    taken: list[str] = []

    def run(task: Any, *_: Any) -> Outcome:
        taken.append(task.source.path.name)
        return Outcome(task.source.shown, 4, error=BadRequest("told"))

    monkeypatch.setattr(watching.one_file, "run", run)
    monkeypatch.setattr(watching, "STILL_S", 0.05)
    inbox, stop = tmp_path / "in", threading.Event()
    inbox.mkdir()
    (inbox / "first.gif").write_bytes(b"x")
    with pytest.raises(BadRequest, match="outside"):
        watching.watch(inbox, "", inbox / "out")
    options: dict[str, Any] = {"existing": True, "stop": stop}
    thread = threading.Thread(target=watching.watch, args=(inbox, "under 5KB", tmp_path / "out"), kwargs=options)
    thread.start()
    try:
        wait_until(lambda: taken == ["first.gif"], 60, "the file that was there is taken")

        def second() -> bool:  # written until it is seen: when watching has begun nobody says
            (inbox / "notes.txt").write_bytes(b"x")
            (inbox / "second.gif").write_bytes(b"y")
            time.sleep(0.2)
            return "second.gif" in taken

        wait_until(second, 60, "a file that is put there is taken")
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert set(taken) == {"first.gif", "second.gif"}


def test_a_file_that_grows_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "a.gif"
    file.write_bytes(b"1")
    waits = iter([b"12", b"123", None, None])

    def sleep(_: float) -> None:
        if (more := next(waits)) is not None:
            file.write_bytes(more)

    mark = watching.whole(file, lambda: False, sleep)
    assert mark is not None
    assert mark[0] == 3
    assert watching.whole(tmp_path / "gone", lambda: False, sleep) is None
