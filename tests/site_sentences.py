"""Every sentence of the pages, read from templates, scripts and code, as gettext knows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from compressor.presets import PRESETS

ROOT = Path(__file__).resolve().parent.parent
_TRANS = re.compile(r"""\{%\s*trans\s+(?:"([^"]*)"|'([^']*)')(?:\s+context\s+"([^"]*)")?""")
_ARGUMENT = re.compile(r""":_\("([^"]*)"\)""")
_BLOCK = re.compile(r"\{%\s*blocktrans(.*?)%\}(.*?)\{%\s*endblocktrans\s*%\}", re.S)
_SAID = re.compile(r"""\bt\("((?:[^"\\]|\\.)+)\"""")
_CALLS = {"_", "later", "gettext", "gettext_lazy", "gettext_noop"}


def of_templates(names: Iterable[str] = ()) -> set[tuple[str, ...]]:
    """Of all templates, or of those that are named."""
    found: set[tuple[str, ...]] = set()
    own = [path for kind in ("*.html", "email/*.txt") for path in (ROOT / "templates").rglob(kind)]
    for path in [ROOT / "templates" / name for name in names] or own:
        text = path.read_text(encoding="utf-8")
        found |= {(_in(context) + (one or other).replace("%", "%%"),) for one, other, context in _TRANS.findall(text)}
        found |= {(one,) for one in _ARGUMENT.findall(text)}
        for _head, body in _BLOCK.findall(text):
            parts = re.split(r"\{%\s*plural\s*%\}", body)
            found.add(tuple(re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", part.replace("%", "%%")) for part in parts))
    return found


def _in(context: str) -> str:
    """What stands before a sentence that has a context, as in a .mo file."""
    return f"{context}\x04" if context else ""


def of_scripts() -> set[tuple[str, ...]]:
    scripts = (ROOT / "static" / "js").glob("*.js")
    return {(one,) for path in scripts for one in _SAID.findall(path.read_text(encoding="utf-8"))}


def of_code() -> set[tuple[str, ...]]:
    """What ``_("…")`` and the like mark, and what public errors say."""
    errors = set(re.findall(r"^class (\w+)\((?:\w*Error|NotFound)\)", (ROOT / "gifweb/errors.py").read_text(), re.M))
    found: set[tuple[str, ...]] = set()
    for path in (ROOT / "gifweb").rglob("*.py"):
        if {"migrations", "admin.py", "api", "replies", "management"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                first = node.args[0] if node.args else None
                if name == "ngettext_lazy":
                    found.add(tuple(ast.literal_eval(one) for one in node.args[:2]))
                if (name in _CALLS or name in errors) and isinstance(first, ast.Constant) and first.value:
                    found.add((str(first.value),))
            if isinstance(node, ast.ClassDef) and node.name in {*errors, "PublicError"}:
                found |= {(text,) for line in node.body for text in _words(line)}
    return found


def _words(line: ast.stmt) -> list[str]:
    if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
        return [v.value for v in ast.walk(line.value) if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return []


def of_places() -> set[tuple[str, ...]]:
    return {(preset.note,) for preset in PRESETS.values() if preset.note}


def everything() -> set[tuple[str, ...]]:
    return of_templates() | of_scripts() | of_code() | of_places()
