"""The grammar's door: words in, the explain object, goal and echo out."""

from __future__ import annotations

import pytest

from compressor import language


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("under 500KB", {"max_bytes": 500_000}),
        ("below 2 MB please", {"max_bytes": 2_000_000}),
        ("压到五百KB以内", {"max_bytes": 500_000}),
        ("half the size", {"max_ratio": 0.5}),
        ("as webm, 720p, 12 fps", {"format": "webm", "short_side": 720, "fps": 12}),
        ("keep only the first 3 seconds", {"end_ms": 3000}),
        ("high quality", {"quality": "high"}),
    ],
)
def test_the_common_wishes(words: str, wish: dict[str, object]) -> None:
    assert language.explain(words) == wish


def test_what_describes_the_source_asks_for_nothing() -> None:
    said = language.explain("it weighs 9 MB now, the form only accepts 3 MB")
    assert said == {"max_bytes": 3_000_000}


def test_read_resolves_smaller_against_the_last_result() -> None:
    understood = language.read("make it smaller", last={"output": {"bytes": 1_000_000}})
    assert understood.relative == "smaller"
    assert understood.goal == {"max_bytes": 700_000}


def test_what_was_not_understood_is_said_with_the_nearest_thing() -> None:
    understood = language.read("under 500 KB and add sparkles")
    assert understood.goal == {"max_bytes": 500_000}
    assert [m.text for m in understood.missed] == ["add sparkles"]
    assert understood.missed[0].nearest
