"""Every offer is understood by our own reader, and asks for what its label says."""

from __future__ import annotations

import pytest

from compressor import language
from gifweb.renders.suggestions import next_limit, offers

FACTS = {"format": "gif", "bytes": 61_220, "width": 402, "height": 280, "frames": 57, "duration_ms": 5000}


@pytest.mark.parametrize("ceiling", [None, 900, 40_000, 60_123, 500_000, 262_144, 1_500_000])
@pytest.mark.parametrize("fits", [True, False])
def test_our_words_are_understood(ceiling: int | None, fits: bool) -> None:
    for offer in offers({}, FACTS, ceiling, fits):
        understood = language.read(offer["words"])
        assert not understood.unclear, offer
        if ceiling and not offer["label"].startswith("Allow"):
            assert understood.explain["max_bytes"] <= ceiling * 1.001, offer
            assert understood.explain["max_bytes"] >= ceiling * 0.998, offer


def test_the_closest_leads_to_what_would_fit() -> None:
    labels = [offer["label"] for offer in offers({}, FACTS, 40_000, False)]
    assert labels == [
        "Allow 62 KB",
        "Half the width and height",
        "Every other frame",
        "First 2 seconds",
        "As MP4",
        "As WebP",
    ]
    allow = offers({}, FACTS, 40_000, False)[0]
    assert language.read(allow["words"]).explain["max_bytes"] >= FACTS["bytes"]  # type: ignore[operator]


def test_a_file_that_fits_is_only_offered_in_other_formats() -> None:
    assert [offer["words"] for offer in offers({}, FACTS, 500_000, True)] == ["mp4 under 500KB", "webp under 500KB"]


def test_no_format_is_offered_under_a_limit_that_no_file_can_keep() -> None:
    few = FACTS | {"bytes": 326, "width": 12, "height": 8, "frames": 4, "duration_ms": 1900}
    assert [offer["label"] for offer in offers({}, few, 10, False)] == ["Allow 1 KB"]


@pytest.mark.parametrize(
    ("closest", "said"), [(61_220, 62_000), (62_000, 62_000), (512_345, 520_000), (2_000_001, 2_100_000)]
)
def test_what_is_allowed_is_enough_and_round(closest: int, said: int) -> None:
    assert next_limit(closest) == said
