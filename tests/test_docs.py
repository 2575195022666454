"""Every path, address, command and setting that README, CONTRIBUTING and docs/ name exists."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve

from compressor import cli
from gifweb.renders.consumers import routes

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    p.relative_to(ROOT).as_posix()
    for p in (*ROOT.glob("README.md"), *ROOT.glob("CONTRIBUTING.md"), *ROOT.glob("docs/**/*.md"))
)
TOP = {p.name for p in ROOT.iterdir() if not p.name.startswith(".venv")}
MADE = ("var", "staticfiles", ".venv", "build", "deploy/.env", "deploy/cluster.env")  # what only an installation has
METHODS = r"(?:GET|POST|PUT|PATCH|DELETE|HEAD)"


def spans(text: str) -> Iterator[str]:
    """What stands in backticks, and each line of a fenced block."""
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text))


def paths(text: str) -> set[str]:
    """Files and folders of the repository; a ``<name>`` or ``*`` stands for any."""
    found = {m for span in spans(text) for m in re.findall(r"(?<![\w/.<:-])[.\w-]+/[\w./*<>-]*", span)}
    return {p.rstrip(".") for p in found if p.split("/")[0] in TOP and not p.startswith(MADE)}


def links(text: str) -> set[str]:
    return {m.split("#")[0] for m in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"\w+:|#", m)}


def modules(text: str) -> set[str]:
    return {m for span in spans(text) for m in re.findall(r"(?<![\w./-])(?:brim|compressor|gifweb)(?:\.\w+)+", span)}


SYSTEM = ("/absolute", "/dev", "/etc", "/opt", "/proc", "/srv", "/sys", "/tmp", "/usr", "/var", "/work")


def addresses(text: str) -> set[str]:
    found = {m for span in spans(text) for m in re.findall(rf"(?:^|\b{METHODS} +|, )(/[\w/.<>*{{}}-]*)", span)}
    return {a for a in found if len(a) > 1 and not a.startswith(SYSTEM)}


def commands(text: str) -> set[tuple[str, str]]:
    """(tool, its arguments) of each call of make, manage.py, the command line and the benchmarks."""
    call = re.compile(r"(make(?= [a-z])|manage\.py|python -m compressor|benchmarks/\w+\.py)((?: +[^#|;`]+)?)")
    return {(m[1], m[2].strip()) for span in spans(text) for m in call.finditer(span)}


def settings(text: str) -> set[str]:
    return {m for span in spans(text) for m in re.findall(r"(?<![\w./<-])[A-Z][A-Z0-9]*_[A-Z0-9_]+(?![\w/])", span)}


def text_of(document: str) -> str:
    return (ROOT / document).read_text()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_and_link_exists(document: str) -> None:
    for path in paths(text_of(document)):
        pattern = re.sub(r"<[^>]*>", "*", path).rstrip("/")
        assert list(ROOT.glob(pattern)) or list(ROOT.glob(f"{pattern}.example")), path  # a copy that the reader makes
    for link in links(text_of(document)):
        assert (ROOT / document).parent.joinpath(link).exists(), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_module_and_name_exists(document: str) -> None:
    for name in modules(text_of(document)):
        assert found(name), name


def found(name: str) -> bool:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            value = getattr(value, part, None)
        return value is not None
    return False


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_address_is_served(document: str) -> None:
    for address in addresses(text_of(document)):
        assert served(address), address


def served(address: str) -> bool:
    if address in ("/mcp", "/ws/"):  # ASGI applications beside Django's
        return True
    sockets = [route.pattern.regex for route in routes]  # type: ignore[attr-defined]
    for number in ("x", "1"):
        path = re.sub(r"<[^>]*>|\{[^}]*\}|\*", number, address)
        if any(regex.match(path[1:]) for regex in sockets):
            return True
        for form in (
            path,
            f"{path}/x",
            f"{path}/openapi.json",
            path.rstrip("/"),
        ):  # a folder of addresses may be named too
            try:
                resolve(form)
            except Resolver404:
                continue
            return True
    return False


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_flag_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for tool, arguments in commands(text_of(document)):
        flags = re.findall(r"(?<!\S)--[a-z][a-z-]*", arguments)
        if tool == "make":
            assert arguments.split()[0].strip(".,") in targets, f"make {arguments}"
        elif tool == "manage.py":
            assert arguments, "manage.py without a command"
            name = arguments.split()[0].strip(".,")
            app = get_commands().get(name)
            assert app, f"manage.py {name}"
            known = load_command_class(app, name).create_parser("manage.py", name)._option_string_actions  # type: ignore[arg-type]
            assert set(flags) <= set(known), f"manage.py {arguments}"
        elif tool == "python -m compressor":
            assert set(flags) <= set(cli.parser()._option_string_actions), arguments
        else:
            source = (ROOT / tool).read_text()
            assert all(f'"{flag}"' in source for flag in flags), f"{tool} {arguments}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_is_read_somewhere(document: str) -> None:
    sources = [p for folder in ("gifweb", "compressor", "brim", "benchmarks") for p in (ROOT / folder).rglob("*.py")]
    code = "\n".join(p.read_text() for p in (*sources, ROOT / "Makefile", ROOT / "tests/needs.py"))
    for name in settings(text_of(document)) - {"NO_COLOR"}:  # read by click
        assert re.search(rf"\b{name}\b", code), name


def test_the_readers_find_what_is_named() -> None:
    text = "`gifweb/nowhere.py`, [x](gone.md), `gifweb.nowhere.f`, `GET /nowhere`, `NO_SUCH`.\n```\nmake nothing\n```\n"
    assert paths(text) == {"gifweb/nowhere.py"}
    assert links(text) == {"gone.md"}
    assert modules(text) == {"gifweb.nowhere.f"}
    assert not found("gifweb.nowhere.f")
    assert addresses(text) == {"/nowhere"}
    assert not served("/nowhere")
    assert settings(text) == {"NO_SUCH"}
    assert commands(text) == {("make", "nothing")}
