"""Applies the edits of texts; ``apply_edits`` holds the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import BadRequest
from ..media import MediaInfo
from . import edits
from .describe import seconds
from .draft import TEXT, Draft, Title, with_segments

Infos = Mapping[str, MediaInfo]


def add(draft: Draft, edit: edits.AddText, infos: Infos) -> tuple[Draft, str]:
    start, end = edit.start_ms or 0, edit.end_ms
    if end is not None and end <= start:
        raise BadRequest("The text must end after it starts.", field="end_ms")
    if draft.clips and start >= draft.d_ms:
        raise BadRequest(f"The text would start after the end; it is {seconds(draft.d_ms)} long.", field="start_ms")
    title = Title(
        edit.text,
        at_ms=start,
        d_ms=None if end is None else end - start,
        position=edit.position or "bottom",
        x=edit.x_share,
        y=edit.y_share,
        size=edit.size,
        color=edit.color or "#ffffff",
        outline=edit.outline,
        **entrance(edit, slide=None),
    )
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


def entrance(edit: edits.AddText | edits.ChangeText | edits.AddLayer | edits.ChangeLayer, slide: str | None) -> Any:
    """The fields of fading and sliding that an edit sets; ``slide`` is what stands now."""
    said = {"fade_in_ms": edit.fade_in_ms, "fade_out_ms": edit.fade_out_ms}
    said = {k: v for k, v in said.items() if v is not None}
    return said | {"slide": slide if edit.slide is None else None if edit.slide == "none" else edit.slide}


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:59] + "…"


def change(draft: Draft, edit: edits.ChangeText, infos: Infos) -> tuple[Draft, str]:
    titles = draft.titles
    if edit.number >= len(titles):
        raise BadRequest(f"There is no text {edit.number + 1}; there are {len(titles)}.", field="number")
    title = titles[edit.number]
    start = title.at_ms if edit.start_ms is None else edit.start_ms
    length = title.d_ms if edit.start_ms is None and edit.end_ms is None else None
    if edit.end_ms is not None:
        if edit.end_ms <= start:
            raise BadRequest("The text must end after it starts.", field="end_ms")
        length = edit.end_ms - start
    if draft.clips and start >= draft.d_ms:
        raise BadRequest(f"The text would start after the end; it is {seconds(draft.d_ms)} long.", field="start_ms")
    said = {"text": edit.text, "position": edit.position, "color": edit.color, "size": edit.size}
    said = {k: v for k, v in said.items() if v is not None} | entrance(edit, slide=title.slide)
    changed = replace(title, at_ms=start, d_ms=length, **said)
    if edit.position is not None:
        changed = replace(changed, x=None, y=None)
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
