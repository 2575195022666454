"""Several formats, and one limit for several files, as words ask for them."""

from __future__ import annotations

import pytest

from compressor import language


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("under 60KB in all formats", False),
        ("all of them together under 2 MB", True),
        ("2 MB in all", True),
        ("in all formats, 2 MB in total", True),
    ],
)
def test_a_sum_or_a_ceiling_for_each(words: str, expected: bool) -> None:
    assert language.together(words) is expected
