"""Pictures of every page and state of the site, at three widths, in both themes and both languages.

    python -m tests.screenshots [--to FOLDER] [--only TEXT]

A site of its own is started with data of its own. ``FOLDER/<language>/<state> <width> <theme>.png``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

from tests.live import Site
from tests.needs import program
from tests.states import files, walk

WIDTHS = (390, 820, 1440)
THEMES = ("light", "dark")
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def take(site: Site, folder: Path, only: str) -> int:
    """How many pictures were taken."""
    count = 0
    expect.set_options(timeout=180_000)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as media:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        made = files(Path(media))
        for language, locale in LANGUAGES.items():
            context = browser.new_context(base_url=site.url, locale=locale, viewport={"width": 1440, "height": 900})
            context.set_default_timeout(180_000)
            (folder / language).mkdir(parents=True, exist_ok=True)
            for name, page in walk(context.new_page(), site, made, f"{language}@example.org"):
                if only not in name:
                    continue
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    for theme in THEMES:
                        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                        target = folder / language / f"{name} {width} {theme}.png"
                        try:
                            page.screenshot(path=target, full_page=True, animations="disabled")
                        except Error:  # a page that goes on by itself
                            page.screenshot(path=target, full_page=True, animations="disabled")
                        count += 1
                print(language, name, flush=True)
                page.set_viewport_size({"width": 1440, "height": 900})
            context.close()
        browser.close()
    return count


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--to", type=Path, default=Path("test-results") / "screenshots")
    reader.add_argument("--only", default="", help="states whose name contains this")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as data:
        site = Site(Path(data))
        site.start()
        try:
            count = take(site, asked.to, asked.only)
        finally:
            site.stop()
    print(f"{count} pictures in {asked.to}")


if __name__ == "__main__":
    main()
