"""Texts by hand: words over the picture, their place, look, time and entrance. A form for each text, and one for a new
one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as later

from compressor.compose.text import letter_size, letters_box
from compressor.timeline import Draft, Edit, Title, edits

from .layers import number

FADE_MS = 500
ENTRANCES = (
    ("cut", later("Immediately")),
    ("fade", later("Faded")),
    ("left", later("From the left side")),
    ("right", later("From the right side")),
    ("top", later("From above")),
    ("bottom", later("From below")),
)


def edit_of(form: Mapping[str, Any]) -> Edit:
    """The edit that a form asks for. Without ``number`` it puts ``text`` over the picture. ``number`` names a text:
    ``remove`` takes it away, and the other fields change it (``size`` is the height of the letters in pixels of the
    canvas, ``x`` and ``y`` are in percent of it, times in seconds; an empty end is the end of the picture;
    ``entrance`` is one of ENTRANCES, ``was`` the one that stands). Raises BadRequest."""
    words, which = str(form.get("text") or "").strip(), number(form, "number")
    if which is None:
        return edits.AddText(words)
    if "remove" in form:
        return edits.RemoveText(round(which))
    start, end, x, y = (number(form, name) for name in ("start", "end", "x", "y"))
    entrance = str(form.get("entrance") or "")
    return edits.ChangeText(
        round(which),
        text=words,
        position=form.get("position") or None,
        x_share=None if x is None else x / 100,
        y_share=None if y is None else y / 100,
        size=number(form, "size"),
        color=form.get("color") or None,
        start_ms=None if start is None and end is None else round(1000 * (start or 0)),
        end_ms=None if end is None else round(1000 * end),
        **({} if entrance in ("", form.get("was")) else _comes(entrance)),
    )


def _comes(entrance: str) -> dict[str, Any]:
    length = 0 if entrance == "cut" else FADE_MS
    slide = "none" if entrance in ("cut", "fade") else entrance
    return {"fade_in_ms": length, "fade_out_ms": length, "slide": slide}


def rows(draft: Draft) -> list[dict[str, Any]]:
    """Each text for the template: its fields as ``edit_of`` takes them, ``fits``, the size that its letters have
    where none was said, and ``box``, where they stand, in percent of the canvas."""
    canvas = (max(draft.meta.width, 1), max(draft.meta.height, 1))
    return [
        {
            "number": place,
            "title": title,
            "position": "" if title.x is not None or title.y is not None else title.position,
            "size": "" if title.size is None else f"{title.size:g}",
            "fits": round(letter_size(title, canvas)),
            "box": [
                round(100 * part / whole, 2)
                for part, whole in zip(letters_box(title, canvas), (*canvas, *canvas), strict=True)
            ],
            "entrance": entrance(title),
            "start": f"{title.at_ms / 1000:g}",
            "end": "" if title.d_ms is None else f"{(title.at_ms + title.d_ms) / 1000:g}",
        }
        for place, title in enumerate(draft.titles)
    ]


def entrance(title: Title) -> str:
    return title.slide or ("fade" if title.fade_in_ms or title.fade_out_ms else "cut")
