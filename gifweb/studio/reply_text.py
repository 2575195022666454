"""The sentences of one turn put together: what changed of which file, and why something was not done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from compressor.errors import BadRequest

from . import project_facts as facts_of
from . import project_files as benches
from . import replies
from .models import Media, Project
from .project_files import Bench
from .project_state import Standing


def changes(project: Project, before: Bench, after: Bench, media: Sequence[str], lang: str) -> list[str]:
    """Sentences for what changed of the files ``media``, each with its name where it is not the one worked on; said
    once for all of them where it is the same."""

    def changed(old: Standing, new: Standing) -> list[str]:
        last = benches.last_result(project, before, new.media)
        return replies.changed(old, new, lang, names=before.names, last=last)

    each = {m: told for m in media if (told := changed(before.standing(m), after.standing(m)))}
    if after.current != before.current and after.current:
        # Where nothing new was asked of the file, what stands of it is said.
        blank = replace(after, pieces={})
        told = each.pop(after.current, []) or changed(blank.standing(after.current), after.standing())
        first = [replies.files(after.names.get(after.current, ""), lang), *told]
        return first + [s for m, more in each.items() for s in _named(after, m, more)]
    several = len(media) > 1
    if len(each) > 1 and len({tuple(told) for told in each.values()}) == 1:
        told = next(iter(each.values()))
        if len(each) == sum(i.kind != "audio" for i in after.infos.values()):
            return [replies.files("", lang, every=len(each)), *told]
        return [f"{', '.join(after.names[m] for m in each)}: {told[0]}", *told[1:]]
    return [s for m, told in each.items() for s in (_named(after, m, told) if several or m != after.current else told)]


def arrived(bench: Bench, new: Sequence[Media], lang: str) -> str:
    """Files came while another one is worked on; how to speak of them is said where they can be worked on too."""
    name = bench.names.get(bench.current, "")
    seen = [m.name for m in new if m.info.kind != "audio"]
    heard = [m.name for m in new if m.info.kind == "audio"]
    told = [replies.files(name, lang, new=seen)] if seen else []
    return joined([*told, *([replies.files("", lang, new=heard)] if heard else [])])


def refusals(project: Project, bench: Bench, refused: Mapping[str, Sequence[str | BadRequest]], lang: str) -> list[str]:
    """Why something was not done, for each file: reasons of standing.REASONS, and errors."""
    said: list[str] = []
    for media, reasons in refused.items():
        if not reasons:
            continue
        facts = facts_of.of(project, bench, media=media)
        told = [
            replies.refused(why, lang) if isinstance(why, BadRequest) else replies.nothing_changed(why, facts, lang)
            for why in reasons
        ]
        said += _named(bench, media, told) if len(refused) > 1 else told
    return said


def _named(bench: Bench, media: str, told: Sequence[str]) -> list[str]:
    """The sentences with the file's name before them."""
    name = bench.names.get(media, "")
    return [f"{name}: {told[0]}", *told[1:]] if name and told else list(told)


def joined(sentences: Sequence[str]) -> str:
    """Sentences one after the other, each once; full-width punctuation needs no space after it."""
    text = ""
    for one in dict.fromkeys(sentences):
        gap = "" if not text or text.endswith(tuple("。！？：；")) else " "
        text += gap + one
    return text
