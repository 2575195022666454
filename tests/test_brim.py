"""The command ``brim`` as somebody types it: files and words, names of results, many files, exit status."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from brim import arguments, cli, manpage, many_files, one_file, outcome, output, request
from brim.arguments import Output, Source
from compressor.errors import BadRequest, Cancelled, UnreadableMedia
from compressor.media import MediaInfo
from compressor.probe import probe

from . import media_made as made

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with two small GIFs and one that is broken."""
    first = made.gif(tmp_path / "a.gif", made.scene(32, 24, 3), 8)
    (tmp_path / "b.gif").write_bytes(first.read_bytes())
    (tmp_path / "bad.gif").write_bytes(b"GIF89a")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- what is a file, what are words -----------------------------------------------------------------------------------


def test_files_and_words_are_told_apart(folder: Path) -> None:
    (folder / "under").write_bytes(b"x")
    sources, words = arguments.sorted_out(["a.gif", "under", "200KB", "first 3 seconds"], recursive=False)
    assert [s.shown for s in sources] == ["a.gif", "under"]  # a word that is the name of a file is the file
    assert words == "200KB first 3 seconds"
    sources, words = arguments.sorted_out(["*.gif", "a.gif"], recursive=False)
    assert [s.shown for s in sources] == ["a.gif", "b.gif", "bad.gif"]  # each once
    assert words == ""
    (folder / "mp4").mkdir()
    assert arguments.sorted_out(["a.gif", "mp4", "1/2", "size?"], recursive=False)[1] == "mp4 1/2 size?"


@pytest.mark.parametrize("given", [["none.gif"], ["a.gif", "none.mp4"], ["none/x*.gif"], ["none/x"], ["."]])
def test_a_file_that_is_not_there_is_no_word(folder: Path, given: list[str]) -> None:
    with pytest.raises(BadRequest):
        arguments.sorted_out(given, recursive=False)


def test_folders_with_r(folder: Path) -> None:
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "deep" / "c.GIF").write_bytes(b"x")
    (folder / "in" / "notes.txt").write_bytes(b"x")
    sources, _ = arguments.sorted_out(["in"], recursive=True)
    assert [s.shown for s in sources] == ["in/deep/c.GIF"]
    output = Output.meant("out", sources, "")
    assert output.path(sources[0], "gif", 1) == Path("out/deep/c.gif")


def test_names_of_results(folder: Path) -> None:
    source, other = Source(Path("a.gif")), Source(Path("b.gif"))
    assert Output.meant("", [source], "").path(source, "mp4", 1) == Path("a-small.mp4")
    assert Output.meant("x.webm", [source], "").path(source, "webm", 1) == Path("x.webm")
    assert Output.meant("out/", [source], "").path(source, "gif", 1) == Path("out/a.gif")
    assert Output.meant("out", [source, other], "{n}-{stem}.{ext}").path(other, "gif", 2) == Path("out/2-b.gif")
    assert Output.meant("", [Source(Path("-"))], "").path(Source(Path("-")), "gif", 1) == Path("-")
    for template in ("{bytes}", "../{stem}", "/x", "{", "{stem", " "):
        with pytest.raises(BadRequest):
            arguments.check_template(template)
    for place, sources in (("a.gif", [source, other]), ("new.gif", [source, other]), ("-", [source, other])):
        with pytest.raises(BadRequest):
            Output.meant(place, sources, "")


def test_the_format_is_said_once() -> None:
    info = MediaInfo("gif", "video", "gif", 1000, 10, 10, 3)
    film = MediaInfo("mov", "video", "h264", 1000, 10, 10, 3)
    assert request.wish(request.Asked(), info, "a.gif").goal.format == "gif"
    assert request.wish(request.Asked(), film, "a.mov").goal.format == "mp4"
    assert request.wish(request.Asked(flags={"preset": "telegram-sticker"}), info, "a.gif").goal.format == "webm"
    assert request.wish(request.Asked(), info, "a.gif", "o.png").goal.format == "apng"
    for asked, out in ((request.Asked(flags={"format": "mp4"}), "o.gif"), (request.Asked(), "o.xyz")):
        with pytest.raises(BadRequest):
            request.wish(asked, info, "a.gif", out)
    with pytest.raises(BadRequest, match="--in-place"):
        request.wish(request.Asked(flags={"format": "mp4"}), info, "a.gif", in_place=True)
    assert "understood" in " ".join(request.wish(request.Asked("zzgrk blorf"), info, "a.gif").said)
    with pytest.raises(BadRequest, match="understood"):
        request.wish(request.Asked("zzgrk blorf", strict=True), info, "a.gif")


def test_the_worst_status_of_all() -> None:
    bad = outcome.failed("x", UnreadableMedia("no"))
    assert outcome.worst([]) == 0
    assert outcome.worst([outcome.Outcome("a"), outcome.Outcome("b", 3)]) == 3
    assert outcome.worst([outcome.Outcome("b", 3), bad, outcome.Outcome("a")]) == 4
    assert outcome.worst([outcome.Outcome("b", 1), bad, outcome.failed("y", Cancelled("Stopped."))]) == 1


# --- whole runs -------------------------------------------------------------------------------------------------------


def test_many_files_with_a_broken_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["a.gif", "b.gif", "bad.gif", "-o", "out/", "under 200KB"]) == 4
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert "bad.gif" in said.err
    assert "Traceback" not in said.err
    assert sorted(p.name for p in (folder / "out").iterdir()) == ["a.gif", "b.gif"]
    assert cli.main(["a.gif", "bad.gif", "-o", "out/", "--json"]) == 4
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert {line["source"]: line["status"] for line in lines} == {"a.gif": 0, "bad.gif": 4}
    assert next(line for line in lines if line["status"])["error"]["message"]


def test_one_budget_over_all(folder: Path) -> None:
    total = probe(folder / "a.gif").bytes * 2 * 6 // 10
    assert cli.main(["a.gif", "b.gif", "-o", "out/", "--total", str(total), "-q"]) == 0
    assert 0 < sum(p.stat().st_size for p in (folder / "out").iterdir()) <= total
    with pytest.raises(BadRequest):
        many_files.shared([one_file.Task(Source(Path("-")), 1, request.Asked(), Output("-", False))], 5000)


def test_in_place_keeps_what_is_asked_or_the_original(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "a.gif").read_bytes()
    os.chmod("a.gif", 0o640)
    assert cli.main(["a.gif", "--in-place", "--backup", ".orig", "60%"]) == 0
    assert (folder / "a.gif.orig").read_bytes() == before
    assert len(before) > (folder / "a.gif").stat().st_size
    assert (folder / "a.gif").stat().st_mode & 0o777 == 0o640
    kept = (folder / "b.gif").read_bytes()
    assert cli.main(["b.gif", "--in-place", "--max-bytes", "90", "--width", "32"]) == 3
    assert (folder / "b.gif").read_bytes() == kept
    assert "The original stays." in capsys.readouterr().err
    assert cli.main(["a.gif", "--in-place", "--backup", ".orig", "--max-bytes", "300"]) == 2
    assert (folder / "a.gif.orig").read_bytes() == before
    assert not list(folder.glob(".brim-*"))


def test_nothing_is_overwritten_by_a_name_of_ours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a-small.gif").write_bytes(b"mine")
    assert cli.main(["a.gif"]) == 2
    assert cli.main(["a.gif", "-o", "a.gif"]) == 2
    assert cli.main(["a.gif", "b.gif", "-o", "out/", "--name", "same.{ext}", "-j", "1"]) == 2
    assert (folder / "a-small.gif").read_bytes() == b"mine"
    assert "is written for a.gif already" in capsys.readouterr().err


def test_dry_run_check_and_presets_write_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(folder.iterdir())
    assert cli.main(["a.gif", "b.gif", "-o", "out/", "--dry-run", "under 1KB", "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first["would_write"] == "out/a.gif"
    assert (first["expected_bytes"], first["hard_limit"]) == (1000, True)
    assert cli.main(["--check", "discord-emoji", "a.gif"]) == 3
    assert "dimensions is 32 x 24" in capsys.readouterr().out
    assert cli.main(["--presets"]) == 0
    assert "discord-emoji" in capsys.readouterr().out
    assert cli.main(["--check", "nowhere", "a.gif"]) == 2
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["under 200KB"],
        ["a.gif", "-o", "o.xyz"],
        ["a.gif", "-o", "noending"],
        ["a.gif", "-o", "no/where/o.gif"],
        ["a.gif", "--max-bytes", "lots"],
        ["a.gif", "--quality", "101"],
        ["a.gif", "--preset", "nowhere"],
        ["a.gif", "--backup", ".bak"],
        ["--check", "a.gif"],
        ["a.gif", "-q", "-v"],
        ["a.gif", "--frobnicate"],
        ["-", "--in-place"],
    ],
)
def test_usage_is_said_in_one_sentence(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("brim: ")
    assert said.count("\n") == 1


def test_standard_input_and_output(folder: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "brim", "-", "under 100KB", "--format", "gif"],
        input=(folder / "a.gif").read_bytes(),
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert found.stdout[:3] == b"GIF"


def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(200, 150, 24, noise=30), 5)
    child = subprocess.Popen(
        [sys.executable, "-m", "brim", str(source), "-o", f"{tmp_path}/out/", "--max-bytes", "30KB"],
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/.brim-*/*.part")) and time.monotonic() < deadline:
        assert child.poll() is None, child.stderr.read() if child.stderr else ""
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 6
    assert child.stderr is not None
    with child.stderr:
        assert b"Traceback" not in child.stderr.read()
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")} == {"in.gif", "out"}


# --- the face of it ---------------------------------------------------------------------------------------------------


def test_what_comes_while_a_file_is_made_is_not_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result of a name of ours, and a backup: also where a link that leads nowhere stands there."""
    from compressor import sandbox

    run = sandbox.run

    def meanwhile(*arguments: Any, **more: Any) -> Any:
        (folder / "a-small.gif").write_text("another")
        (folder / "a.gif.orig").symlink_to(folder / "elsewhere")
        return run(*arguments, **more)

    monkeypatch.setattr(sandbox, "run", meanwhile)
    before = (folder / "a.gif").read_bytes()
    assert cli.main(["a.gif", "60%"]) == 2
    assert (folder / "a-small.gif").read_text() == "another"
    (folder / "a.gif.orig").unlink()
    assert cli.main(["a.gif", "--in-place", "--backup", ".orig", "60%"]) == 2
    assert not (folder / "elsewhere").exists()
    assert (folder / "a.gif").read_bytes() == before


def test_no_terminal_obeys_the_name_of_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b]0;title\x07\x9b2J.gif"
    (folder / name).write_bytes(b"GIF89a")
    assert cli.main([name, "60%"]) == 4
    assert cli.main([name, "no.gif"]) == 2
    told = capsys.readouterr().err
    assert "title" in told
    assert not {"\x1b", "\x07", "\x9b"} & set(told)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_respects_the_environment() -> None:
    terminal, pipe = _Terminal(), io.StringIO()
    assert output.coloured(terminal, {"TERM": "xterm"})
    assert not output.coloured(terminal, {"TERM": "xterm", "NO_COLOR": "1"})
    assert not output.coloured(terminal, {"TERM": "dumb"})
    assert not output.coloured(pipe, {"TERM": "xterm"})
    assert output.coloured(pipe, {"FORCE_COLOR": "1"})


def test_help_version_man_page_and_completion(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in ("--total", "--in-place", "--dry-run", "completion", "mcp"))
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("brim ")
    assert (ROOT / "docs" / "brim.1").read_text() == manpage.page(), "run: brim man > docs/brim.1"
    for shell in ("bash", "zsh", "fish"):
        assert cli.main(["completion", shell]) == 0
        assert "_BRIM_COMPLETE" in capsys.readouterr().out


def test_the_first_word_is_a_command_only_where_no_file_has_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "man").write_bytes(b"this is a text")
    assert cli.main(["man", "-o", "o.gif"]) == 4
    assert ".TH" not in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from brim import cli; cli.main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stderr
    assert "'click'" in loaded
    assert not any(f"'{name}'" in loaded for name in ("numpy", "numba", "av", "PIL", "mcp", "django", "watchfiles"))


def test_without_words_the_language_is_not_loaded(folder: Path) -> None:
    """It takes half a second of CPU."""
    code = (
        "import sys; from brim.cli import main; "
        "status = main(['a.gif', '-o', 'x.gif', '--format', 'gif', '--max-bytes', '20KB']); "
        "print(status, 'compressor.language' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr
