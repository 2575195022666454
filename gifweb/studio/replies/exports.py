"""The reply that one or several exports were started. Only this reply names renders."""

from __future__ import annotations

from collections.abc import Sequence

from compressor.formats import USUAL
from compressor.message_catalogue import Words, words
from compressor.number_format import named, paragraph
from compressor.setting_labels import format_name
from gifweb.studio.project_snapshot import Started

from .refusals import refused


def export_started(renders: Sequence[Started], lang: str) -> str:
    """Say how many were started, their maximum price and their format, and why others were refused."""
    say = words(lang)
    begun = [one for one in renders if one.error is None]
    told = [_one(begun[0], say)] if len(begun) == 1 else _several(begun, say) if begun else []
    for one in renders:
        if one.error is None:
            continue
        why = refused(one.error, lang)
        if len(renders) > 1 and one.name:
            told.append(say("“{name}” was not exported: {why}", name=one.name, why=why))
        else:
            told.append(say("It was not exported: {why}", why=why))
    told += _formats(begun, say)
    return paragraph(told, say)


def _one(render: Started, say: Words) -> str:
    if not render.credits:
        return say("Export started: {render}. It costs nothing, as this was made before.", render=render.render_id)
    return say.many(
        "Export started: {render}, for at most {n} credit.",
        "Export started: {render}, for at most {n} credits.",
        render.credits,
        render=render.render_id,
    )


def _several(begun: Sequence[Started], say: Words) -> list[str]:
    total = sum(one.credits for one in begun)
    cost = say.many("at most {n} credit together", "at most {n} credits together", total)
    each = [say("“{name}” ({render})", name=one.name, render=one.render_id) for one in begun]
    names = named(each, say)
    count = say.many("{n} export started", "{n} exports started", len(begun))
    return [say("{count}, {cost}: {names}.", count=count, cost=cost, names=names)]


def _formats(begun: Sequence[Started], say: Words) -> list[str]:
    """Say the format once for all renders that have it."""
    found = []
    for name, said in dict.fromkeys((one.format, one.format_said) for one in begun if one.format):
        shown = format_name(name)
        if said:
            found.append(say("It comes as {format}.", format=shown))
        elif name == USUAL:
            found.append(say("It comes as MP4, which is smaller than GIF; say “as GIF” to keep that."))
        else:
            found.append(say("It comes as {format}; say another format if you want one.", format=shown))
    return found
