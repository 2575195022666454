"""Compiled kernels: every module that holds one is filled at install and loaded before a job needs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import compressor

ROOT = Path(compressor.__file__).parent


@pytest.mark.parametrize(
    "loading",
    [
        pytest.param("from compressor import warm; warm.load()", id="by warm"),
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
