"""Applies the edits of texts; ``apply_edits`` holds the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..errors import BadRequest
from ..media import MediaInfo
from . import edits
from .describe import seconds
from .draft import TEXT, Draft, Layer, Title, with_segments

Over = TypeVar("Over", bound=Layer | Title)
Infos = Mapping[str, MediaInfo]


def add(draft: Draft, edit: edits.AddText, infos: Infos) -> tuple[Draft, str]:
    blank = Title(edit.text, size=edit.size, color=edit.color or "#ffffff", outline=edit.outline)
    title = placed(edit, blank, draft, "text")
    start, end = title.at_ms, edit.end_ms
    when = (
        ""
        if not start and end is None
        else f" from {seconds(start)} "
        + ("to the end" if end is None else f"to {seconds(min(end, draft.d_ms) if draft.clips else end)}")
    )
    where = title.position.replace("-", " ") if title.x is None and title.y is None else "chosen place"
    return with_segments(
        draft, TEXT, (*draft.titles, title)
    ), f"Added the text “{_short(edit.text)}” at the {where}{when}."


def placed(edit: edits.Over, now: Over, draft: Draft, what: str) -> Over:
    """A text or layer with the place, time and fades that an edit sets; ``what`` it is called in an error."""
    start = now.at_ms if edit.start_ms is None else edit.start_ms
    length = now.d_ms if edit.start_ms is None and edit.end_ms is None else None
    if edit.end_ms is not None:
        if edit.end_ms <= start:
            raise BadRequest(f"The {what} must end after it starts.", field="end_ms")
        length = edit.end_ms - start
    if draft.clips and start >= draft.d_ms:
        raise BadRequest(f"The {what} would start after the end; it is {seconds(draft.d_ms)} long.", field="start_ms")
    said: dict[str, Any] = {"position": edit.position, "x": edit.x_share, "y": edit.y_share}
    said |= {"fade_in_ms": edit.fade_in_ms, "fade_out_ms": edit.fade_out_ms}
    said = {name: value for name, value in said.items() if value is not None}
    if edit.position is not None and edit.x_share is None and edit.y_share is None:
        said |= {"x": None, "y": None}
    if edit.slide is not None:
        said["slide"] = None if edit.slide == "none" else edit.slide
    return replace(now, at_ms=start, d_ms=length, **said)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:59] + "…"


def change(draft: Draft, edit: edits.ChangeText, infos: Infos) -> tuple[Draft, str]:
    titles = draft.titles
    if edit.number >= len(titles):
        raise BadRequest(f"There is no text {edit.number + 1}; there are {len(titles)}.", field="number")
    said: dict[str, Any] = {"text": edit.text, "color": edit.color, "size": edit.size, "outline": edit.outline}
    styled = replace(titles[edit.number], **{k: v for k, v in said.items() if v is not None})
    changed = placed(edit, styled, draft, "text")
    kept = (*titles[: edit.number], changed, *titles[edit.number + 1 :])
    return with_segments(draft, TEXT, kept), f"Changed the text “{_short(changed.text)}”."


def remove(draft: Draft, edit: edits.RemoveText, infos: Infos) -> tuple[Draft, str]:
    titles = draft.titles
    if not titles:
        return draft, "There is no text to remove."
    if edit.number is None:
        return with_segments(draft, TEXT, ()), "Removed the text." if len(titles) == 1 else "Removed all text."
    if edit.number >= len(titles):
        raise BadRequest(f"There is no text {edit.number + 1}; there are {len(titles)}.", field="number")
    kept = titles[: edit.number] + titles[edit.number + 1 :]
    return with_segments(draft, TEXT, kept), f"Removed the text “{_short(titles[edit.number].text)}”."
