"""The wheel: built twice to the same bytes, installed into a fresh environment that has no Django, and used there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from . import media_made as made

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("av", "av.libs", "click", "llvmlite", "numba", "numpy", "numpy.libs", "PIL", "pillow.libs")


def _built(folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(tmp_path_factory.mktemp("wheel"))


def test_it_holds_what_it_should_and_is_reproducible(wheel: Path, tmp_path: Path) -> None:
    again = _built(tmp_path)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "compressor/language/weights.npz.xz",
        "compressor/language/de/LC_MESSAGES/django.po",
        "gifweb/templates/home.html",
        "gifweb/static/site.css",
        "brim/cli.py",
    ):
        assert name in names
    assert any(name.endswith("share/man/man1/brim.1") for name in names)
    assert not any(
        name.startswith(("tests/", "var/", "benchmarks/")) or name.endswith((".mo", ".pyc")) for name in names
    )
    meta = zipfile.ZipFile(wheel).read(next(n for n in names if n.endswith("METADATA"))).decode()
    plain = [line for line in meta.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert not any("django" in line.lower() for line in plain)


@pytest.mark.slow
@pytest.mark.timeout(900)  # all kernels are compiled: a minute and a half of CPU
def test_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    """The wheel is installed by pip; what it needs is lent from this environment, so that nothing is downloaded."""
    home = tmp_path / "fresh"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(home), "install",
         "--no-deps", "--no-index", "--no-compile", str(wheel)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    lent = Path(sysconfig.get_path("platlib"))
    for name in NEEDED:
        if (lent / name).exists():  # no symbolic links: jobs may only read what lies in the environment itself
            shutil.copytree(lent / name, site / name, copy_function=_linked)
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "NUMBA_CACHE_DIR")}
    clean["NUMBA_OPT"] = "0"  # the kernels are compiled here, and need not be quick

    def brim(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([home / "bin" / "brim", *words], cwd=tmp_path, env=clean, capture_output=True, text=True)

    assert brim("--version").stdout.startswith("brim ")
    assert "discord-emoji" in brim("--presets").stdout
    assert "brim-gif[site]" in brim("site", "check").stderr
    assert "brim-gif[mcp]" in brim("mcp").stderr
    (tmp_path / "bad.gif").write_bytes(b"hello")
    refused = brim("bad.gif", "under 5KB")  # by way of the sandbox of what was installed
    assert refused.returncode == 4
    assert "This is a text" in refused.stderr
    made.gif(tmp_path / "in.gif", made.scene(48, 32, 3), 8)
    first = brim("in.gif", "-o", "first.gif", "under 20KB")
    assert first.returncode == 0, first.stderr
    assert "First start" in first.stderr
    compiled = sorted(site.rglob("*.nb[ci]"))
    assert compiled  # by the process that the jobs are forked from: a job may not keep what it compiles
    second = brim("in.gif", "-o", "second.gif", "under 20KB")
    assert second.returncode == 0, second.stderr
    assert "First start" not in second.stderr
    assert sorted(site.rglob("*.nb[ci]")) == compiled
    assert (tmp_path / "second.gif").read_bytes() == (tmp_path / "first.gif").read_bytes()
