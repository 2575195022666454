"""Whole jobs behind the restrictions: every codec, kernels, sound, drawn text, frames kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compressor import sandbox
from compressor.events import Failed, Finished
from compressor.timeline import apply_all, draft_for, edits

from . import media_made as made
from .test_sandbox import call


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.film(tmp_path_factory.mktemp("source") / "film.mp4", made.scene(64, 48, 8), tone_ms=800)


def run(source: Path, folder: Path, goal: dict[str, Any], draft: dict[str, Any] | None = None) -> dict[str, Any]:
    job = {"sources": {"m1": str(source)}, "draft": draft, "goal": goal, "out": str(folder / "out"), "encoder": None}
    last = list(sandbox.run(job))[-1]
    assert not isinstance(last, Failed), last.error
    assert isinstance(last, Finished)
    return last.report["output"]


@pytest.mark.parametrize("format", ["gif", "mp4", "webm", "webp", "apng", "avif"])
def test_every_format_is_made_behind_the_restrictions(source: Path, tmp_path: Path, format: str) -> None:
    made_of = run(source, tmp_path, {"format": format, "max_bytes": 40_000})
    assert (made_of["width"] > 0, made_of["frames"] > 1) == (True, True)
    assert sandbox.probe(tmp_path / "out").has_audio == (format in ("mp4", "webm"))


def test_text_and_reversed_frames_are_made_behind_the_restrictions(source: Path, tmp_path: Path) -> None:
    info = sandbox.probe(source)
    wishes: list[edits.Edit] = [edits.Reverse(), edits.AddText("Hello 你好")]
    draft = apply_all(draft_for("m1", info, "film"), wishes, {"m1": info}).draft
    assert run(source, tmp_path, {"format": "mp4"}, draft.to_json())["frames"] > 1


def test_av1_is_made_behind_the_restrictions(tmp_path: Path) -> None:
    assert call("av1")  # its threads ask for more of the kernel than other encoders do
