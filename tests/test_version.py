"""One place names the version; the command line, the pages and the changelog show it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from django.test import Client

from compressor import __version__, cli

ROOT = Path(__file__).resolve().parent.parent


def test_the_command_line_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Brim {__version__}\n"


@pytest.mark.django_db
def test_every_page_says_it(client: Client) -> None:
    assert f"Version {__version__}" in client.get("/").content.decode()


def test_the_package_takes_it_from_there_and_names_its_licence() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in data["project"]["dynamic"]
    assert data["tool"]["hatch"]["version"] == {"path": "compressor/__init__.py"}
    assert data["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")


def test_the_changelog_has_a_dated_section_for_it_below_what_is_unreleased() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sections[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(__version__)} \(\d{{4}}-\d\d-\d\d\)", sections[1])
