"""What may disappoint in a result, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence

from compressor import notice_words
from compressor.message_catalogue import words
from compressor.number_format import number, paragraph


def warned(name: str, warnings: Sequence[str], lang: str) -> str:
    """Say that the file ``name`` is done, and the ``warnings`` of its report."""
    say = words(lang)
    told = [notice_words.translated(one, say) for one in warnings]
    return paragraph([say("“{name}” is done.", name=name), *told], say)


def no_more_frames(own: float, asked: float, lang: str) -> str:
    """Say that a file with ``own`` frames per second gains nothing from ``asked``."""
    say = words(lang)
    return say(
        "The file has only {own} frames per second, so {n} would change nothing.",
        own=number(own, say),
        n=number(asked, say),
    )
