"""How far apart the two sides of the comparison are, on a running site: numbers burnt into the frames, read from both.

    python benchmarks/clock.py http://127.0.0.1:8000 [--seconds 60] [--samples 60] [--words ...]

The source is a GIF of 100 frames of 40 ms; each bears its number as ten black or white fields, which survive every
encoder. Each wish is made on the site, the comparison is played, and both canvases are read in one step. Said for each:
the most and the mean number of source frames between the sides, and how many numbers were seen at all.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Page, sync_playwright

from tests.media_made import gif
from tests.numbered import READ, numbered

WISHES = [
    "gif, quality 90", "mp4, quality 80", "webm, quality 80", "webp, quality 80", "avif, quality 80", "apng",
    "mp4, from 1 s to 3 s", "gif, from 1 s to 3 s", "mp4, 2x speed", "webp, 2x speed", "mp4, backwards",
]  # fmt: skip


def measure(page: Page, seconds: float, samples: int) -> list[tuple[int, int]]:
    """(number on the left, number on the right), ``samples`` times over ``seconds``."""
    found = []
    for _ in range(samples):
        page.wait_for_timeout(1000 * seconds / samples)
        left, right = page.evaluate(READ)
        found.append((left, right))
    return found


def make(page: Page, base: str, source: Path, words: str) -> None:
    page.goto(base)
    page.set_input_files("input[name=file]", source)
    page.fill("input[name=words]", words)
    page.click("form[data-start] button[type=submit]")
    page.wait_for_selector("[data-state=finished] [data-compare-start]", timeout=180_000)
    page.click("[data-compare-start]")
    page.wait_for_selector(".compare.running canvas", timeout=60_000)
    page.wait_for_timeout(1000)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("site")
    reader.add_argument("--seconds", type=float, default=60)
    reader.add_argument("--samples", type=int, default=60)
    reader.add_argument("--words", nargs="*")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        source = gif(Path(folder) / "numbers.gif", numbered(100), 4)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for words in asked.words or WISHES:
            make(page, asked.site, source, words)
            seen = measure(page, asked.seconds, asked.samples)
            apart = [abs(left - right) for left, right in seen]
            row: dict[str, Any] = {"words": words, "most": max(apart), "mean": round(sum(apart) / len(apart), 2)}
            row["numbers"] = len({left for left, _ in seen})
            print(json.dumps(row), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
