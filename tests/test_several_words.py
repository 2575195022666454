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
        ("alle Bilder zusammen unter 2 MB", True),
        ("tutti i file in totale sotto i 2 MB", True),
        ("全部加起来不超过2M", True),
        ("모두 합쳐 2MB 이하로", True),
        ("60KB以内，各种格式都要", False),
    ],
)
def test_a_sum_or_a_ceiling_for_each(words: str, expected: bool) -> None:
    assert language.together(words) is expected


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        ("under 60KB in all formats", "under 60KB mp4"),
        ("各种格式都要，60KB以内", "mp4，60KB以内"),
        ("in allen Formaten unter 1 MB", "mp4 unter 1 MB"),
        ("en tous les formats, 500 Ko", "mp4, 500 Ko"),
        ("すべての形式で、500KBまで", "mp4、500KBまで"),
        ("in tutti i formati sotto 1 MB", "mp4 sotto 1 MB"),
    ],
)
def test_all_formats_in_every_language(words: str, alone: str) -> None:
    assert language.several(words)["mp4"] == alone
