"""The attempts of a render as rows of a table: what differs is named, and neighbours of the same bytes are one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from compressor import message_catalogue
from compressor.number_format import number
from gifweb import translations

# How settings of encoders are called; others keep the encoder's own name.
NAMES = {
    "lambda_": later("loss"), "crf": "CRF", "quality": later("quality"), "colors": later("colours"),
    "source": later("as it was"), "mixed": later("some frames without loss"), "lossless": later("lossless"),
    "local": later("local palettes"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """``numbers``: "3", or "3–8" where these attempts came to the same bytes. ``score`` is None where none of them was
    looked at."""

    numbers: str
    width: int
    height: int
    format: str
    setting: str
    bytes: int
    fits: bool
    score: float | None


def of(attempts: Sequence[Mapping[str, Any]], kept_bytes: int | None, kept_score: float | None) -> list[Row]:
    """``attempts`` are the told events; ``kept_bytes`` and ``kept_score`` are of the result."""
    named = _varied([told["attempt"]["plan"].get("settings") or {} for told in attempts])
    found: list[Row] = []
    count = 0
    for _same, group in groupby(attempts, _alike):
        told = list(group)
        first, last = count + 1, count + len(told)
        count = last
        attempt, plan = told[0]["attempt"], told[0]["attempt"]["plan"]
        settings = [_setting(one["attempt"]["plan"].get("settings") or {}, named) for one in (told[0], told[-1])]
        scores = [one["attempt"]["quality"]["mean"] for one in told if one["attempt"].get("quality")]
        score = scores[0] if scores else kept_score if attempt["bytes"] == kept_bytes else None
        numbers = str(first) if first == last else f"{first}–{last}"
        setting = " … ".join(dict.fromkeys(settings))
        size = plan["width"], plan["height"], plan["format"]
        found.append(Row(numbers, *size, setting, attempt["bytes"], bool(told[0]["fits"]), score))
    return found


def _alike(told: Mapping[str, Any]) -> tuple[Any, ...]:
    attempt, plan = told["attempt"], told["attempt"]["plan"]
    return attempt["bytes"], plan["width"], plan["height"], plan["format"], told["fits"]


def _varied(all_settings: Sequence[Mapping[str, Any]]) -> set[str]:
    """The settings that are not the same in all attempts, besides the first of each, which is its lever."""
    keys = {key for settings in all_settings for key in settings}
    return {key for key in keys if len({str(settings.get(key)) for settings in all_settings}) > 1}


def _setting(settings: Mapping[str, Any], named: set[str]) -> str:
    shown = []
    for place, (key, value) in enumerate(settings.items()):
        if place and key not in named:
            continue
        name = _(NAMES[key]) if key in NAMES else key.replace("_", " ").strip()
        if key == "source" or value is True:
            shown.append(name)
        elif value is not False and value is not None:
            shown.append(f"{name} {_figure(value)}")
    return _(", ").join(shown)


def _figure(value: Any) -> str:
    """Four digits, so that near values differ."""
    if not isinstance(value, int | float):
        return str(value)
    return number(float(f"{value:.4g}"), message_catalogue.words(translations.lang()), digits=4)
