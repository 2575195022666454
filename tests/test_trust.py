"""docs/trust.md names tests; each of them exists, and all 25 claims are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "trust.md").read_text()


def names(path: Path) -> set[str]:
    """Every test of a file: ``test_x`` and ``TestThing::test_x``."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def test_each_named_test_exists() -> None:
    named = re.findall(r"`(tests/\w+\.py)(?:::([\w:]+))?`", TEXT)
    assert len(named) > 40
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).is_file() or (test and test not in names(ROOT / path))
    ]
    assert not missing


def test_every_claim_has_a_test_or_a_reason() -> None:
    rows = re.findall(r"^\| (\d+) \|[^|]+\|([^|]*)\|([^|]*)\|$", TEXT, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 26))
    assert all("tests/" in shown or "not built" in said for _, shown, said in rows)
