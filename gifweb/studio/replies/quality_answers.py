"""Answers questions about quality: the effect of a setting on this file, and the measured last result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compressor.message_catalogue import Words
from compressor.number_format import listed, number, percent, pixels, size
from compressor.setting_labels import wishes
from gifweb.studio.project_snapshot import Facts

from .explanations import looks


def quality(about: Mapping[str, Any], facts: Facts, say: Words) -> list[str]:
    """Say what is known of the setting in the question. Nothing is changed."""
    told = of_setting(about, facts, say)
    if not told:
        return _of_result(facts, say)
    wish = {k: v for k, v in about.items() if k in _SETTINGS and not _above(k, v, facts)}
    said = wishes(wish, say.lang)
    if said:
        told.append(
            say("Nothing was changed; say “{wish}” to try it, and “undo” to take it back.", wish=listed(said, say))
        )
    return told


def _above(key: str, value: Any, facts: Facts) -> bool:
    """Whether the question is about a higher frame rate than the file has."""
    info = facts.standing.info
    return key == "fps" and info is not None and 0 < info.fps <= value


def of_setting(about: Mapping[str, Any], facts: Facts, say: Words) -> list[str]:
    """Say what the first known setting of the question does; "" without one."""
    for key, told in _SETTINGS.items():
        if about.get(key) is not None:
            text = told(about[key], facts, say)
            return [text] if text else []
    return []


def _fps(value: Any, facts: Facts, say: Words) -> str:
    info = facts.standing.info
    if info is None or not info.fps:
        return say("Fewer frames per second make motion choppier, and leave more bytes for each picture.")
    own = number(info.fps, say)
    if value >= info.fps:
        return say(
            "The file has only {own} frames per second, so {n} would change nothing.", own=own, n=number(value, say)
        )
    return say(
        "The file has {own} frames per second; with {n} motion is a little choppier, and each picture gets "
        "more of the bytes.",
        own=own,
        n=number(value, say),
    )


def _colors(value: Any, facts: Facts, say: Words) -> str:
    return say.many(
        "With {n} colour a drawing or a screen mostly looks the same; photographs and soft gradients show bands.",
        "With {n} colours a drawing or a screen mostly looks the same; photographs and soft gradients show bands.",
        int(value),
    )


def _pixels(value: Any, facts: Facts, say: Words) -> str:
    info = facts.standing.info
    if info is None or not info.width:
        return say("Fewer pixels lose fine detail, but under a limit each of them looks cleaner.")
    return say(
        "The picture is {size}; fewer pixels lose fine detail, but under a limit each of them looks cleaner.",
        size=pixels(info.width, info.height, say),
    )


def _format(value: Any, facts: Facts, say: Words) -> str:
    if value == "gif":
        return say(
            "GIF has at most 256 colours and needs the most bytes: under the same limit it looks worse than "
            "MP4 or WebP."
        )
    return say("MP4, WebM, WebP and AVIF look better than GIF at the same number of bytes.")


def _bytes(value: Any, facts: Facts, say: Words) -> str:
    source = facts.standing.source_bytes
    if not source:
        return ""
    if value >= source:
        return say(
            "The file is only {source}, so {size} need not cost any quality.",
            source=size(source, say),
            size=size(value, say),
        )
    share = percent(value / source, say)
    return say(
        "{size} are {percent} of the file; how it looks is measured when it is made, and you see both side by side.",
        size=size(value, say),
        percent=share,
    )


def _gray(value: Any, facts: Facts, say: Words) -> str:
    return say("In black and white the bytes go to detail instead of colour; it helps a little.")


def _dither(value: Any, facts: Facts, say: Words) -> str:
    return say(
        "Dithering mixes dots of two colours where one is missing: gradients look smoother, but the file gets larger."
    )


def _scale(value: Any, facts: Facts, say: Words) -> str:
    return say("From 90 on nobody sees a difference, at 70 it is not annoying, at 50 it is plain to see.")


_SETTINGS: dict[str, Callable[[Any, Facts, Words], str]] = {
    "fps": _fps, "colors": _colors, "width": _pixels, "height": _pixels, "short_side": _pixels, "scale": _pixels,
    "max_bytes": _bytes, "format": _format, "grayscale": _gray, "dither": _dither, "quality": _scale,
}  # fmt: skip


def _of_result(facts: Facts, say: Words) -> list[str]:
    last = facts.last
    if last is None:
        return [
            say("That is measured when it is exported: you see it beside the original, with a figure from 0 to 100.")
        ]
    if last.quality is None:
        return [say("The last result is {size}; its quality was not measured.", size=size(last.bytes, say))]
    return [looks(last.quality, say)]
