"""Who may import whom, read from the code itself (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A room of gifweb → the rooms that it may not know.
# Each imports only from those that stand behind it.
CHAIN = [f"gifweb.{room}" for room in ("mcp", "api", "webhooks", "studio", "renders", "credits", "accounts")]
FORBIDDEN = {room: set(CHAIN[:at]) for at, room in enumerate(CHAIN)}


def modules(package: str) -> Iterator[tuple[str, Path]]:
    folder = ROOT / package.replace(".", "/")
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "migrations" not in parts:
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(name: str, path: Path) -> Iterator[str]:
    """Every module that the file names in an import, wherever it stands, as an absolute name."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]) if base else ".".join(above)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def test_the_engine_knows_nothing_of_the_website() -> None:
    for name, path in modules("compressor"):
        for imported in imports(name, path):
            assert not within(imported, "gifweb"), f"{name} imports {imported}"
            assert not within(imported, "django"), f"{name} imports {imported}"
            assert not within(imported, "celery"), f"{name} imports {imported}"


def test_the_command_knows_the_engine_alone() -> None:
    for name, path in modules("brim"):
        for imported in imports(name, path):
            assert not within(imported, "gifweb"), f"{name} imports {imported}"
    for name, path in modules("compressor"):
        for imported in imports(name, path):
            assert not within(imported, "brim"), f"{name} imports {imported}"


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_knows_only_the_rooms_below_it(room: str) -> None:
    found = list(modules(room))
    assert found
    for name, path in found:
        for imported in imports(name, path):
            for other in FORBIDDEN[room]:
                assert not within(imported, other), f"{name} imports {imported}"


def test_renders_are_submitted_in_one_place() -> None:
    """Every page and API starts its renders by ``studio.exports``, which alone knows the rules."""
    callers = {
        name
        for name, path in modules("gifweb")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("renders.submit", "submission.submit")
    }
    assert callers == {"gifweb.studio.exports", "gifweb.renders"}


# An import inside a function is slow to find; these are the ones that have a reason, which stands beside each.
INSIDE = {
    "gifweb.accounts",  # Django imports these two packages before their models can be loaded
    "gifweb.renders",
    "gifweb.accounts.apps",  # AppConfig.ready: the models can be imported only then
    "gifweb.credits.apps",
    "gifweb.renders.apps",
    "gifweb.studio.apps",
    "gifweb.webhooks.apps",
    "gifweb.environment_urls",  # sentry-sdk is installed only where it is used
    "gifweb.stored_files",  # boto3 is installed only where the storage is S3
    "gifweb.management.commands.prepare",  # numba
    "gifweb.mcp.endpoint",  # the SDK takes half a second, which is for those who ask for it
    "gifweb.management.commands.serve",  # daphne installs its reactor when it is imported
}


def test_imports_inside_functions_have_a_reason() -> None:
    found = {
        name
        for name, path in modules("gifweb")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found == INSIDE


def test_the_rule_finds_what_it_forbids(tmp_path: Path) -> None:
    """The reader sees relative imports and imports inside of functions."""
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from ..renders import models\n    import gifweb.api.signed_links\n")
    found = set(imports("gifweb.accounts.x", file))
    assert "gifweb.renders.models" in found
    assert "gifweb.api.signed_links" in found


OPENERS = {"compressor.probe.container"}  # who may open a film to read it: there it is held to a list of decoders
WRITERS = {"compressor.codecs.video_file", "compressor.codecs.copying"}


def test_films_are_opened_in_one_way() -> None:
    found: dict[str, list[bool]] = {}
    for package in ("brim", "compressor", "gifweb"):
        for name, path in modules(package):
            for writes in openings(ast.parse(path.read_text())):
                found.setdefault(name, []).append(writes)
    assert {name for name, writes in found.items() if not all(writes)} == OPENERS
    assert {name for name, writes in found.items() if any(writes)} == WRITERS


def openings(tree: ast.AST) -> Iterator[bool]:
    """Of each call of ``av.open`` whether it writes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("av.open", "av.container.open"):
            modes = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "mode")]
            yield any(isinstance(mode, ast.Constant) and mode.value == "w" for mode in modes)


def test_no_drawer_for_odds_and_ends() -> None:
    for package in ("brim", "compressor", "gifweb"):
        for name, _ in modules(package):
            last = name.rpartition(".")[2]
            assert last not in {"utils", "helpers", "common", "base", "mixins", "managers", "services"}, name


def test_films_are_opened_in_one_place() -> None:
    """With one demuxer and the allow-list of decoders: a second way would open what those keep out."""
    ways = []
    for package in ("compressor", "brim", "gifweb"):
        for _, path in modules(package):
            for node in ast.walk(ast.parse(path.read_text())):
                if not (isinstance(node, ast.Call) and ast.unparse(node.func) in ("av.open", "av.container.open")):
                    continue
                modes = [ast.unparse(a) for a in node.args[1:2]] + [
                    ast.unparse(k.value) for k in node.keywords if k.arg == "mode"
                ]
                if modes != ["'w'"]:
                    ways.append(path.relative_to(ROOT).as_posix())
    assert ways == ["compressor/probe/container.py"]
    named = [path for _, path in modules("compressor") if "from av import open" in path.read_text()]
    assert not named
