"""What is written for those who deploy: files that parse, commands that exist, a backup that is restored."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError

from gifweb import backup, readiness

from .needs import program

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def _manage(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
    )


def test_a_pull_request_names_files_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the action comments is a table whatever the files are called; links are no files; no code of the branch."""
    spec = importlib.util.spec_from_file_location("check", ROOT / "deploy/github-action/check.py")
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    named = "a`|\n\n# Approved\n@all.gif"
    row = {"source": f"./{named}", "input": {"bytes": 9}, "output": {"bytes": 1, "path": f"x/{named}"}, "status": 0}
    lines = check.table([row, {"source": named, "error": {"message": named}}], "1MB").splitlines()
    assert len(lines) == 6
    assert all(line.startswith("| `a'\\| # Approved @all.gif` |") for line in lines[4:])
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    (tmp_path / "b.gif").symlink_to("/etc/hostname")
    (tmp_path / "brim.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    subprocess.run(["git", "add", "."], check=True)
    assert check.changed("", "*.gif") == ["a.gif"]
    check.smaller(["a.gif"], "1KB")
    assert not (tmp_path / "ran").exists()


def test_the_action_runs_and_publishes_nothing_of_the_checkout(tmp_path: Path) -> None:
    """``python -m pip`` ran a pip.py of the pull request, and a link in its brim-out/ to .git/config, where the token
    is, went into the artifact."""
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    upload = next(step for step in steps if step.get("uses", "").startswith("actions/upload-artifact"))
    assert upload["with"]["path"] == "${{ steps.check.outputs.out }}"
    action, bin = tmp_path / "action", tmp_path / "bin"
    for folder in (action / "deploy/github-action", bin, tmp_path / "pull"):
        folder.mkdir(parents=True)
    (action / "deploy/github-action/check.py").write_text(
        "import os, pathlib\npathlib.Path(os.environ['OUT'], 'a').touch()"
    )
    (bin / "python").symlink_to(sys.executable)
    for name in ("pip", "json", "runpy", "pathlib"):
        (tmp_path / "pull" / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    path = f"{bin}:{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "GITHUB_ACTION_PATH": str(action), "GITHUB_OUTPUT": str(tmp_path / "output")}
    for step in steps:
        if "python" in step.get("run", ""):
            run = step["run"].replace("pip install --quiet", "pip --version #")
            subprocess.run(["bash", "-ec", run], cwd=tmp_path / "pull", env=env, check=False, capture_output=True)
    assert not (tmp_path / "ran").exists()
    out = Path((tmp_path / "output").read_text().strip().removeprefix("out="))
    assert [made.name for made in out.iterdir()] == ["a"]
    assert tmp_path / "pull" not in out.parents
    shutil.rmtree(out)


def test_the_compose_files_run_commands_that_there_are() -> None:
    known = get_commands()
    for name in ("compose.yaml", "compose-cluster.yaml"):
        services = yaml.safe_load((DEPLOY / name).read_text())["services"]
        ours = [one for one in services.values() if one.get("image") == "brim"]
        assert ours
        for one in ours:
            assert one["read_only"]
            assert one["cap_drop"] == ["ALL"]
            assert one.get("command", ["up"])[0] in known
    names = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "cluster.env.example").read_text(), re.M))
    names |= set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "brim.env.example").read_text(), re.M))
    documented = (ROOT / "docs" / "configuration.md").read_text()
    for one in names:
        assert one in documented or one.startswith(("POSTGRES_", "AWS_")), one


def test_the_units_run_commands_that_there_are() -> None:
    for unit in (DEPLOY / "systemd").glob("*.service"):
        start = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.M)
        assert start
        words = shlex.split(start[1])
        assert words[1] == "manage.py"
        assert words[2] in get_commands()


def test_the_dockerfile_copies_what_there_is() -> None:
    text = (ROOT / "Dockerfile").read_text()
    ignored = set((ROOT / ".dockerignore").read_text().split())
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source not in ignored
    assert re.search(r"^USER brim$", text, re.M)
    assert text.count("\nFROM ") + text.startswith("FROM ") == 2


def test_the_container_starts_with_its_kernels(tmp_path: Path) -> None:
    """They are copied once to where they may be written, under the id of their sources."""
    app, data, tools = tmp_path / "app", tmp_path / "data", tmp_path / "bin"
    for folder in (app / "kernels", data, tools):
        folder.mkdir(parents=True)
    (app / "kernels.id").write_text("abc\n")
    (app / "kernels" / "one.nbi").write_text("kernel")
    (tools / "python").write_text('#!/bin/sh\necho "$NUMBA_CACHE_DIR" "$@"\n')
    (tools / "python").chmod(0o755)
    environment = {"APP": str(app), "DATA_DIR": str(data), "PATH": f"{tools}:{os.environ['PATH']}"}
    kept = data / "kernels" / "abc"
    for _ in range(2):
        done = subprocess.run([DEPLOY / "start.sh", "serve", "--host"], env=environment, capture_output=True, text=True)
        assert done.stdout.split() == [str(kept), "manage.py", "serve", "--host"], done.stderr
        assert [p.name for p in (data / "kernels").iterdir()] == ["abc"]
        assert (kept / "one.nbi").read_text() == "kernel"
        (kept / "two.nbi").write_text("of another processor")  # a second start leaves it


def test_the_proxies_pass_sockets_and_streams() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text()
    for line in ("proxy_set_header Upgrade $http_upgrade;", "proxy_buffering off;", "client_max_body_size 201m;"):
        assert line in nginx
    assert nginx.count("{") == nginx.count("}")
    assert "flush_interval -1" in (DEPLOY / "Caddyfile").read_text()


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    text = (DEPLOY / "nginx.conf").read_text().replace("web:8000", "127.0.0.1:8000").replace("80;", "8080;")
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; events {{}} http {{ {text} }}")
    done = subprocess.run([program("nginx"), "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_commands_of_the_document_exist() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text()
    for name in re.findall(r"manage\.py ([a-z]+)", text):
        assert name in get_commands(), name
    for path in re.findall(r"deploy/[\w.*/-]+", text):
        path = path.rstrip(".")
        assert list(ROOT.glob(path)) or path in ("deploy/cluster.env", "deploy/.env"), path


def test_a_database_that_is_not_prepared_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = _manage("serve", "--port", "1", DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "CommandError: The database “default” is not prepared: run “manage.py prepare” first."
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["work", "beat", "up"])
def test_every_process_asks_first(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise CommandError("not prepared")

    monkeypatch.setattr(readiness, "demand_migrations", refuse)
    with pytest.raises(CommandError, match="not prepared"):
        call_command(command)


# --- backup and restore -----------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    (folder / "media" / "uploads").mkdir(parents=True)
    (folder / "media" / "uploads" / "one").write_bytes(b"GIF89a")
    (folder / "media" / "uploads" / "two.part").write_bytes(b"half")
    (folder / "secret_key").write_text("s" * 50)
    database = sqlite3.connect(folder / "db.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (v)")
    database.execute("INSERT INTO t VALUES (7)")
    database.commit()  # it stays open, as in a site that runs: the row is in the log that goes with the file
    database.execute("INSERT INTO t VALUES (8)")
    yield folder
    database.close()


def test_a_backup_of_a_running_site_is_restored(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    assert backup.save(data, archive) == archive.stat().st_size
    assert archive.stat().st_mode & 0o077 == 0
    new = tmp_path / "new"
    backup.restore(archive, new)
    assert {p.name for p in new.iterdir()} == {"db.sqlite3", "media", "secret_key"}
    with contextlib.closing(sqlite3.connect(new / "db.sqlite3")) as database:
        assert database.execute("SELECT v FROM t").fetchall() == [(7,)]  # what was not committed is not there
    assert (new / "media" / "uploads" / "one").read_bytes() == b"GIF89a"
    assert not (new / "media" / "uploads" / "two.part").exists()
    assert (new / "secret_key").read_text() == "s" * 50


def test_nothing_is_overwritten_and_nothing_broken_is_taken(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    backup.save(data, archive)
    with pytest.raises(backup.BackupError, match="in use"):
        backup.restore(archive, data)
    with pytest.raises(backup.BackupError):
        backup.save(tmp_path / "nothing", archive)
    assert archive.is_file()  # the one that was there stays
    archive.write_bytes(archive.read_bytes()[:100])
    with pytest.raises(backup.BackupError, match="cannot be restored"):
        backup.restore(archive, tmp_path / "x")
    assert not (tmp_path / "x" / "db.sqlite3").exists()
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as tar:
        tar.add(data / "secret_key", "../outside")
    with pytest.raises(backup.BackupError):
        backup.restore(evil, tmp_path / "y")
    assert not (tmp_path / "outside").exists()


def test_by_the_commands(data: Path, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/deploy.md says it: a folder that has nothing but the key that reading the settings made is empty."""
    settings.DATA_DIR = data
    call_command("backup", str(tmp_path / "b.tar.gz"))
    assert "bytes" in capsys.readouterr().out
    settings.DATA_DIR = new = tmp_path / "new"
    new.mkdir()
    (new / "secret_key").write_text("made just now")
    call_command("restore", str(tmp_path / "b.tar.gz"))
    assert (new / "secret_key").read_text() == "s" * 50
    with pytest.raises(CommandError, match="in use"):
        call_command("restore", str(tmp_path / "b.tar.gz"))
    settings.STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}
    with pytest.raises(CommandError, match="bucket"):
        call_command("backup", str(tmp_path / "c.tar.gz"))
