"""Compiled kernels: every module that holds one is filled at install and loaded before a job needs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import compressor
from compressor import compile_kernels

from . import media_made as made

ROOT = Path(compressor.__file__).parent


@pytest.mark.parametrize(
    "loading",
    [
        pytest.param("from compressor import compile_kernels; compile_kernels.load()", id="by warm"),
        pytest.param(
            "from importlib import import_module; from compressor.sandbox.tasks import NEEDS; "
            "[import_module(name) for name in NEEDS['make']]",
            id="before a job's walls stand",
        ),
    ],
)
def test_every_module_with_kernels_is_loaded(loading: str) -> None:
    modules = {
        ".".join(("compressor", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for path in ROOT.rglob("*.py")
        if "import njit" in path.read_text()
    }
    code = f"import json, sys; {loading}; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert modules
    assert modules <= set(json.loads(done.stdout))


def test_what_is_compiled_is_known_until_the_code_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "a.py").write_text("1")
    monkeypatch.setattr(compile_kernels, "_PACKAGE", code)
    monkeypatch.setattr(compile_kernels, "MODULES", ())
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert compile_kernels.cache() is None  # beside the code
    assert not compile_kernels.compiled()
    assert compile_kernels.kernels()
    assert compile_kernels.compiled()
    (code / "a.py").write_text("22")
    assert not compile_kernels.compiled()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    assert compile_kernels.kernels()
    assert list((tmp_path / "kernels").glob("*.compiled"))
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert compile_kernels.cache() in (tmp_path / ".cache" / "numba", tmp_path / "Library" / "Caches" / "numba")


KERNELS_OF_JOBS = """
import sys
from numba.core.dispatcher import Dispatcher
from compressor import cli, compile_kernels
from compressor.probe import probe
compile_kernels.load()
kernels = {v for m in list(sys.modules.values()) for v in vars(m).values() if isinstance(v, Dispatcher)}
before = {kernel: set(kernel.signatures) for kernel in kernels}
for out in sys.argv[2:]:
    assert cli.main([sys.argv[1], "-o", out, "--max-bytes", "20KB", "--in-process"]) == 0
for kernel in sorted(kernels, key=str):
    if more := set(kernel.signatures) - before[kernel]:
        print(kernel.py_func.__module__, kernel.py_func.__name__, more)
"""


def test_no_job_compiles_a_kernel_for_another_type(tmp_path: Path) -> None:
    """A child may not keep what it compiles, so that would be done again for each file."""
    source = made.gif(tmp_path / "in.gif", made.scene(64, 48, 6, noise=8), 8)
    outs = [str(tmp_path / f"out.{ending}") for ending in ("gif", "webp", "mp4", "apng", "png")]
    command = [sys.executable, "-c", KERNELS_OF_JOBS, str(source), *outs]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("compressor.")]
    assert lines == []


def _run(code: str, **more: str) -> str:
    env = os.environ | more
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent, env=env
    ).stdout


def test_kernels_are_read_without_the_compiler(tmp_path: Path) -> None:
    """Which would load all that numba can compile with, and SciPy's linear algebra."""
    load = "from compressor import row_differences as a, rgba_planes as b; a.warm(); b.warm()"
    code = f"import sys; {load}; print(*sys.modules)"
    first = _run(code, NUMBA_CACHE_DIR=str(tmp_path)).split()  # compiles them
    assert "numba.np.linalg" in first
    second = _run(code, NUMBA_CACHE_DIR=str(tmp_path)).split()
    assert "compressor.row_differences" in second
    assert not {"numba.np.linalg", "numba.cpython.unicode", "scipy.linalg"} & set(second)


def test_a_kernel_that_was_read_can_be_compiled_for_another_type_and_still_raises(tmp_path: Path) -> None:
    module = tmp_path / "kernel.py"
    module.write_text(
        "import numpy as np\n"
        "from compressor.jit import njit\n"
        "@njit(cache=True, nogil=True)\n"
        "def mean(values):\n"
        "    if len(values) == 0:\n"
        "        raise ValueError('nothing')\n"
        "    return np.sqrt(np.sum(values * values) / len(np.empty(len(values))))\n"
    )
    code = (
        "import sys; sys.path.insert(0, {0!r}); import numpy as np; from kernel import mean\n"
        "print(mean(np.full(4, 3.0)), mean.stats.cache_hits)\n"
        "try: mean(np.empty(0))\n"
        "except ValueError as error: print(error)\n"
        "print(mean(np.full(4, 2, {1})), len(mean.signatures))"
    )
    compiled = _run(code.format(str(tmp_path), "np.int32"), NUMBA_CACHE_DIR=str(tmp_path))
    assert "3.0 Counter()" in compiled
    read = _run(code.format(str(tmp_path), "np.int64"), NUMBA_CACHE_DIR=str(tmp_path))
    assert read.split("\n")[0].startswith("3.0 Counter({")
    assert read.split("\n")[1:] == ["nothing", "2.0 2", ""]
