"""No barrier on any page, in any of its states, in either theme: held against axe-core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.live import Site
from tests.states import files, walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


def barriers(page: Page, options: dict[str, Any]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']} ({one['impact']}): {[node['html'][:160] for node in one['nodes'][:4]]}" for one in found]


def test_no_page_has_a_barrier(visitor: Callable[..., Page], site: Site, tmp_path: Path) -> None:
    page = visitor(reduced_motion="reduce")
    found: list[str] = []
    for name, shown in walk(page, site, files(tmp_path)):
        for theme in THEMES:  # only colours differ between them
            shown.emulate_media(color_scheme=theme, reduced_motion="reduce")
            options = COLOURS if theme == "dark" else {"resultTypes": ["violations"]}
            found += [f"{name}, {theme}: {barrier}" for barrier in barriers(shown, options)]
    assert not found, "\n".join(found)
