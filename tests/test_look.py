"""The tokens hold what they promise: readable in both themes, small, and nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CSS = (ROOT / "static" / "site.css").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = [path for path in sorted((ROOT / "static").glob("*.css")) if path.name != "site.css"]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))

# foreground, background, the least ratio: WCAG AA for text, 3 for what is only drawn
PAIRS = [
    ("ink", "paper", 7.0),
    ("ink", "card", 7.0),
    ("ink", "sunk", 7.0),
    ("soft", "paper", 4.5),
    ("soft", "card", 4.5),
    ("soft", "sunk", 4.5),
    ("clay", "paper", 4.5),
    ("clay", "card", 4.5),
    ("spill", "honey", 3.0),
    ("spill", "card", 3.0),
    ("ink", "clay-wash", 4.5),
    ("ink", "leaf-wash", 4.5),
    ("leaf", "paper", 4.5),
    ("on-honey", "honey", 7.0),
    ("on-honey", "unfilled", 7.0),
    ("on-key", "key", 7.0),
    ("wall", "paper", 3.0),
    ("wall", "card", 3.0),
    ("focus", "paper", 3.0),
]


def tokens(theme: int) -> dict[str, str]:
    found = {}
    for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", CSS):
        pair = re.fullmatch(r"light-dark\((#\w+), (#\w+)\)", value.strip())
        found.setdefault(name, pair.group(theme + 1) if pair else value.strip())
    return found


def luminance(color: str) -> float:
    digits = color.removeprefix("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast(theme: int, front: str, back: str, least: float) -> None:
    colors = tokens(theme)
    high, low = sorted((luminance(colors[front]), luminance(colors[back])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= least


def test_small_enough_to_be_quick() -> None:
    assert len(CSS.encode()) < 40_000
    assert all(style.stat().st_size < 12_000 for style in STYLES)
    assert all(script.stat().st_size < 25_000 for script in SCRIPTS)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_carries_style_or_script_of_its_own(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<style\b|\sstyle=|\son\w+=|javascript:", text), "the security policy forbids it"
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or "application/json" in tag, tag
    assert "—" not in text


@pytest.mark.parametrize("file", [*TEMPLATES, *SCRIPTS, *STYLES, ROOT / "static" / "site.css"], ids=str)
def test_nothing_is_fetched_from_elsewhere(file: Path) -> None:
    addresses = [a for a in re.findall(r"https?://[\w.-]+", file.read_text()) if a != "http://www.w3.org"]
    assert addresses == []
