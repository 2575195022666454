"""What lies between two clips, by hand: a form for every two clips of the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_noop as later

from compressor.timeline import Draft, Edit, edits
from compressor.timeline.describe import clip_name
from compressor.timeline.transitions import USUAL_MS

from .layers import number

KINDS = (
    ("cut", later("Plain cut")),
    ("crossfade", later("Cross-fade")),
    ("fade", later("Fade through a colour")),
)


def edit_of(form: Mapping[str, Any]) -> Edit:
    """The edit that a form asks for: ``kind``, ``color`` and ``seconds`` of what lies behind ``clip`` (from 0; empty:
    behind all of them). Raises BadRequest."""
    clip, length = number(form, "clip"), number(form, "seconds")
    return edits.SetTransition(
        str(form.get("kind", "")),
        clip=None if clip is None else round(clip),
        d_ms=None if length is None else round(1000 * length),
        color=form.get("color") or None,
    )


def rows(draft: Draft, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each place between two clips for the template; first, of several, one for all of them at once."""
    found: list[dict[str, Any]] = []
    for place, (one, two) in enumerate(pairwise(draft.clips)):
        made = one.transition
        found.append(
            {
                "clip": place,
                "between": (clip_name(one, names), clip_name(two, names)),
                "kind": made.kind if made else "cut",
                "color": made.color if made else "#000000",
                "seconds": f"{(made.d_ms if made else USUAL_MS) / 1000:g}",
            }
        )
    if len(found) > 1:
        alike = all({**row, "clip": 0, "between": ()} == {**found[0], "clip": 0, "between": ()} for row in found)
        found.insert(0, {**found[0], "clip": "", "between": (), "kind": found[0]["kind"] if alike else ""})
    return found
