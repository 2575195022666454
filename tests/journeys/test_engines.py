"""The main job, the comparison and the controls in Firefox and WebKit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import media_made
from tests.engines import ENGINES, Engine, fill, until
from tests.live import Site
from tests.numbered import READ, numbered

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    started = ENGINES[request.param]()
    yield started
    started.close()


@pytest.fixture(scope="module")
def numbers(media: Path) -> Path:
    return media_made.gif(media / "numbers by engines.gif", numbered(50), 4)


def made(engine: Engine, site: Site, file: Path, words: str) -> None:
    engine.open(site.url)
    engine.choose("input[name=file]", file)
    fill(engine, "#words", words)
    until(engine, "document.querySelector('[data-told] .chip') !== null")
    engine.click("form[data-start] button[type=submit]")
    until(engine, "document.querySelector('[data-render][data-state=finished] [data-download]') !== null")


@pytest.mark.parametrize("words", ["gif, quality 80", "webm, quality 80"])
def test_made_and_compared(engine: Engine, site: Site, numbers: Path, words: str) -> None:
    made(engine, site, numbers, words)
    got = engine.run("async () => (await (await fetch(document.querySelector('[data-download]').href)).blob()).size")
    assert f"{got:,}" in engine.run("() => document.querySelector('.sum').textContent")
    engine.click("[data-compare-start]")
    plays = "document.querySelector('.compare.running .before canvas') !== null"
    until(engine, f"{plays} || document.querySelector('.compare.apart') !== null")
    if not engine.run(f"() => {plays}"):  # WebKit reads no single frames of a GIF
        assert "cannot read single frames" in engine.run(
            "() => document.querySelector('[data-compare-said]').textContent"
        )
        until(engine, "document.querySelector('.before img').naturalWidth === 240")
        return
    pairs = []
    for _ in range(10):
        until(engine, "new Promise((done) => setTimeout(() => done(true), 150))")
        pairs.append(engine.run(READ))
    assert max(abs(left - right) for left, right in pairs) <= 1, pairs
    assert len({left for left, _ in pairs}) > 1, "it plays"


def test_words_and_controls_move_each_other(engine: Engine, site: Site, numbers: Path) -> None:
    engine.open(site.url)
    engine.choose("input[name=file]", numbers)
    engine.click("[data-point] summary")
    until(
        engine,
        "!document.querySelector('[data-cutter]').hidden"
        " || document.querySelector('[data-point-said]').textContent.includes('cannot show single frames')",
    )
    shown = engine.run("() => !document.querySelector('[data-cutter]').hidden")
    until(engine, "document.querySelector('[data-dial=width]').max === '240'")
    engine.run("() => document.querySelector('[data-dial=width]').focus()")
    engine.press("ArrowLeft")
    until(engine, "/px wide/.test(document.querySelector('#words').value)")
    fill(engine, "#words", "first 1 second, 100 px wide")
    until(engine, "document.querySelector('[data-dial=width]').value === '100'")
    if shown:
        until(engine, "document.querySelector('[data-end-at]').value === '1000'")


def test_a_place_in_three_actions(engine: Engine, site: Site, numbers: Path) -> None:
    engine.open(f"{site.url}/places")
    engine.click("a[href='/for/slack-emoji']")
    until(engine, "location.pathname === '/for/slack-emoji' && document.readyState === 'complete'")
    engine.choose("input[name=file]", numbers)
    engine.click("form[data-start] button[type=submit]")
    until(engine, "document.querySelector('[data-render][data-state=finished]') !== null")
    assert engine.run("() => document.querySelector('#rules-title').textContent") == "Slack emoji takes it"
