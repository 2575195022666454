"""Weight and steadiness of the pages of a running site, in Chromium.

    python benchmarks/pages.py http://127.0.0.1:8000 [--width 390]

Said for each page: bytes over the wire and requests, until the network is quiet, and the layout shift (CLS; the sum,
which is stricter than the worst window). The page of a result is measured from sending the file to the result, and must
not ask for the original before somebody compares.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from tests.media_made import gif, scene

SHIFTS = """window.shifts = []; new PerformanceObserver((list) => { for (const entry of list.getEntries())
  if (!entry.hadRecentInput) window.shifts.push([entry.value,
    ...entry.sources.map((s) => s.node?.className || s.node?.localName)]); })
  .observe({ type: "layout-shift", buffered: true });"""


def watched(browser: Browser, base: str, width: int) -> tuple[Page, dict[str, Any]]:
    context = browser.new_context(base_url=base, viewport={"width": width, "height": 844})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    seen: dict[str, Any] = {"bytes": 0, "requests": []}
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda e: seen.update(bytes=seen["bytes"] + int(e["encodedDataLength"])))
    page.on("request", lambda request: seen["requests"].append(request.url))
    return page, seen


def told(page: Page, seen: dict[str, Any], name: str) -> dict[str, Any]:
    shifts = page.evaluate("window.shifts")
    cls = sum(shift[0] for shift in shifts)
    row = {"page": name, "bytes": seen["bytes"], "requests": len(seen["requests"]), "cls": round(cls, 4)}
    return row | ({"moved": shifts} if cls >= 0.02 else {})


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("site")
    reader.add_argument("--width", type=int, default=1280)
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for path in ("/", "/places", "/for/slack-emoji", "/check"):
            page, seen = watched(browser, asked.site, asked.width)
            page.goto(path, wait_until="networkidle")
            print(json.dumps(told(page, seen, path)), flush=True)
        source = gif(Path(folder) / "scene.gif", scene(480, 320, 24, noise=12), 8)
        page, seen = watched(browser, asked.site, asked.width)
        page.goto("/")
        page.set_input_files("input[name=file]", source)
        page.fill("input[name=words]", "under 300KB mp4")
        seen.update(bytes=0, requests=[])
        page.click("form[data-start] button[type=submit]")
        page.wait_for_selector("[data-state=finished]", timeout=180_000)
        page.wait_for_timeout(2000)
        originals = [url for url in seen["requests"] if "/m/" in url and not url.endswith("/poster")]
        print(json.dumps(told(page, seen, "result") | {"originals": len(originals)}), flush=True)
        seen.update(bytes=0, requests=[])
        page.reload(wait_until="networkidle")
        print(json.dumps(told(page, seen, "result, again")), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
