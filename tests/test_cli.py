"""The command line as somebody types it: exit codes, one JSON line, nothing left behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compressor import cli
from compressor.probe import probe

from . import media_made as made

KEYS = {"input", "output", "quality", "attempts", "encoder", "seconds"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return made.gif(tmp_path / "in.gif", made.scene(96, 64, 6, noise=8), 8)


def _run(*words: object) -> int:
    return cli.main([str(word) for word in words] + ["--in-process"])


def test_a_file_in_the_sandbox_by_words(tmp_path: Path, source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o.mp4"
    assert cli.main([str(source), "-o", str(out), "under", "6KB", "--json"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 1
    report = json.loads(lines[0])
    assert set(report) >= KEYS
    assert report["output"]["path"] == str(out)
    assert report["output"]["bytes"] == out.stat().st_size <= 6000
    assert {p.name for p in tmp_path.iterdir()} == {"in.gif", "o.mp4"}


def test_a_flag_wins_over_words_and_the_ending_says_the_format(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "o.webp"
    assert _run(source, "-o", out, "under 100KB", "--max-bytes", "8KB") == 0
    assert probe(out).format == "webp"
    assert out.stat().st_size <= 8000


def test_width_and_rate(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "o.mp4"
    assert _run(source, "-o", out, "--width", 48, "--fps", 5, "--max-bytes", 9000) == 0
    info = probe(out)
    assert info.width == 48
    assert info.frames <= 3


def test_what_cannot_fit_is_kept_and_named(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o.gif"
    assert _run(source, "-o", out, "--max-bytes", 400, "--width", 96) == 3
    said = capsys.readouterr().err
    assert f"{out.stat().st_size:,}" in said
    assert str(out) in said
    assert out.stat().st_size > 400


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 4), (b"hello, this is text", 4), (b"GIF89a", 4), (b"\x89PNG\r\n\x1a\n", 4)]
)
def test_what_is_no_picture(tmp_path: Path, content: bytes, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.gif"
    bad.write_bytes(content)
    assert _run(bad, "-o", tmp_path / "o.mp4") == status
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert not (tmp_path / "o.mp4").exists()


def test_what_is_too_much(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gif"
    bomb.write_bytes(_huge())
    assert _run(bomb, "-o", tmp_path / "o.mp4") == 5


def _huge() -> bytes:
    """A GIF that says 60,000 x 60,000 pixels in its head, with one small frame."""
    head = b"GIF89a" + (60_000).to_bytes(2, "little") * 2 + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"," + b"\0" * 4 + (1).to_bytes(2, "little") * 2 + b"\0" + b"\x02\x02\x44\x01\0"
    return head + frame + b";"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["IN"],
        ["IN", "-o", "OUT", "--max-bytes", "lots"],
        ["IN", "-o", "OUT", "--quality", "101"],
        ["IN", "-o", "OUT", "--format", "bmp"],
        ["IN", "-o", "OUT", "--width", "-3"],
        ["IN", "-o", "OUT/nowhere/o.mp4"],
        ["NOTHING", "-o", "OUT"],
        ["IN", "-o", "OUT", "--frobnicate"],
    ],
)
def test_usage_is_said_in_one_sentence(
    tmp_path: Path, source: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"IN": str(source), "OUT": str(tmp_path / "o.mp4"), "NOTHING": str(tmp_path / "none.gif")}
    given = [places.get(w, w.replace("OUT/", f"{tmp_path}/no/") if w.startswith("OUT/") else w) for w in words]
    assert _run(*given) == 2
    said = capsys.readouterr().err
    assert said.startswith("compressor: ")
    assert "Traceback" not in said


def test_to_standard_output(source: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "compressor", str(source), "-o", "-", "--format", "mp4", "--in-process"],
        capture_output=True,
        check=True,
    )
    assert found.stdout[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("500KB", 500_000), ("2 MB", 2_000_000), ("1.5MiB", 1_572_864), ("480000", 480_000), ("64k", 64_000)],
)
def test_sizes(text: str, bytes_: int) -> None:
    assert cli.size(text) == bytes_


def test_explain_reads_a_phrase_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("under 500KB\n720p mp4\n"))
    assert cli.main(["--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [{"max_bytes": 500_000}, {"format": "mp4", "short_side": 720}]
    assert all(" " not in line for line in lines)


def test_explain_reads_messages_in_their_context(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = [
        {"text": "under 500KB", "context": None},
        {"text": "thanks!", "context": {"goal": {"max_bytes": 500_000}, "texts": ["Hi"], "clips": 1, "said": "as mp4"}},
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(one) + "\n" for one in sent)))
    assert cli.main(["--explain", "--context"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {"explain": {"max_bytes": 500_000}, "clauses": [["under 500KB", "order"]]}
    assert second == {"explain": {}, "clauses": [["thanks!", "smalltalk"]]}
    for wrong in ("under 500KB", "[]", '{"context":{}}'):
        monkeypatch.setattr(sys, "stdin", io.StringIO(wrong))
        assert cli.main(["--explain", "--context"]) == 2
    assert cli.main(["--context", "in.gif", "-o", "out.gif"]) == 2


def test_interrupting_leaves_nothing(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(320, 240, 40, noise=30), 5)
    child = subprocess.Popen(
        [sys.executable, "-m", "compressor", str(source), "-o", str(tmp_path / "o.mp4"), "--max-bytes", "60KB"],
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("compressor-*/*.part")) and time.monotonic() < deadline:
        assert child.poll() is None, child.stderr.read() if child.stderr else ""
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 6
    assert child.stderr is not None
    with child.stderr:
        assert b"Traceback" not in child.stderr.read()
    assert {p.name for p in tmp_path.iterdir()} == {"in.gif"}
