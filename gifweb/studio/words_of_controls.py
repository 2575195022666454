"""Controls that write words: what one says is put into the words in place of what they said of the same thing.

A sentence is the one plan of a file; trim handles, crop box and sliders write their part of it, and read it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from compressor import language, timeline
from compressor.errors import CompressorError
from compressor.media import MediaInfo
from gifweb.renders import pricing

from . import words_to_request

# control → the keys of the explain object that it writes
CONTROLS = {
    "trim": ("start_ms", "end_ms", "last_ms"),
    "crop": ("crop", "aspect", "fit"),
    "width": ("width", "height", "short_side", "scale"),
    "fps": ("fps", "keep_every"),
    "quality": ("quality", "lossless", "keep_quality"),
    "colors": ("colors",),
}
_NUMBERS = r"\d+(?:\.\d{1,2})?"
# What a control may say, and how it is written in the language of the page; anything else is not taken.
_SAID = {
    "trim": (rf"from (?P<start>{_NUMBERS}) s to (?P<end>{_NUMBERS}) s", later("from {start} s to {end} s")),
    "crop": (r"crop to (?P<size>\d{1,5}x\d{1,5}) at (?P<corner>\d{1,5},\d{1,5})", later("crop to {size} at {corner}")),
    "width": (r"(?P<n>\d{1,5}) px wide", later("{n} px wide")),
    "fps": (rf"(?P<n>{_NUMBERS}) fps", later("{n} fps")),
    "quality": (r"quality (?P<n>\d{1,3})", later("quality {n}")),
    "colors": (r"(?P<n>\d{1,3}) colors", later("{n} colors")),
}
MOST_READ = 2000  # words that are read again to find what a control takes out: a piece of 16 words needs them all
_BETWEEN = re.compile(r"\s*(?:,(?!\d)|;|，|；|。|、|\.\s|\band then\b|\bthen\b)\s*")


def written(words: str, control: str, said: str) -> str:
    """The words with what a control says: in place of the pieces that said the same kind of thing, else at the end. An
    empty ``said`` takes them away. What cannot be meant leaves the words as they are."""
    if control not in CONTROLS:
        return words
    pattern, sentence = _SAID[control]
    heard = re.fullmatch(pattern, said)
    if said and not heard:
        return words
    left = [MOST_READ]
    pieces = (_without(piece, control, left) for piece in _BETWEEN.split(words.strip()) if piece)
    found = [piece for piece in pieces if piece]
    return str(_(", ").join([*found, _(sentence).format(**heard.groupdict())] if heard else found))


def _without(piece: str, control: str, left: list[int]) -> str:
    """A piece of the words without what it says of the control; "" where it says nothing else, and where to find out
    takes more than the words that are ``left`` to be read."""
    keys = CONTROLS[control]
    explained = _explained(piece)
    if not any(key in explained for key in keys):
        return piece
    others = {key: value for key, value in explained.items() if key not in keys and key != "action"}
    if not others:
        return ""
    # "mp4 600px wide at 12 fps": the fewest words in a row are left out with which the control's part goes, and with
    # them those beside it that say nothing alone.
    words = piece.split()

    def says(rest: list[str]) -> bool:
        left[0] -= len(rest)
        return left[0] >= 0 and _explained(" ".join(rest)) == others

    for size in range(1, len(words)):
        for start in range(len(words) - size + 1):
            rest = words[:start] + words[start + size :]
            if not says(rest):
                continue
            while len(rest) > start and says(rest[:start] + rest[start + 1 :]):
                del rest[start]
            return " ".join(rest)
    return ""


def _explained(words: str) -> Mapping[str, Any]:
    return dict(words_to_request.meaning(words)["explain"])


def values(words: str) -> dict[str, Any]:
    """What the words say of each control, for the controls to stand at."""
    explain = _explained(words)
    return {key: explain[key] for keys in CONTROLS.values() for key in keys if key in explain}


def cost(words: str, facts: Mapping[str, int]) -> int | None:
    """The most credits that the words can cost for a file of these ``width``, ``height``, ``frames`` and ``ms``, before
    it is sent; None where they cannot be meant for it."""
    if not all(facts.values()):
        return None
    fps = 1000 * facts["frames"] / facts["ms"]
    info = MediaInfo(
        "gif", "video", "gif", 0, facts["width"], facts["height"], facts["frames"],
        duration_ms=facts["ms"], shown_ms=facts["ms"], fps=fps,
    )  # fmt: skip
    draft = timeline.draft_for("file", info, "file")
    formats = language.several(words)
    try:
        found = words_to_request.read(next(iter(formats.values()), words), draft, {"file": info})
        return max(1, len(formats)) * pricing.bound(found.goal, found.draft, {"file": info})
    except CompressorError:
        return None
