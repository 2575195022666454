"""Joins the sentences of a reply: what changed of which file, and why something was not done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from compressor.errors import BadRequest
from compressor.message_catalogue import words
from compressor.number_format import named
from gifweb.credits import plans
from gifweb.errors import BeyondPlan

from . import project_facts as facts_of
from . import project_files, replies
from .models import Media, Project
from .project_files import FileSet
from .project_snapshot import Standing


def changes(project: Project, before: FileSet, after: FileSet, media: Sequence[str], lang: str) -> list[str]:
    """Return sentences for what changed of the files ``media``, with their names where they are not the one being
    edited; one sentence for all where the change is the same."""

    def name(m: str) -> str:
        return after.names.get(m, "")

    def changed(old: Standing, new: Standing) -> list[str]:
        last = project_files.last_result(project, before, new.media)
        return replies.changed(old, new, lang, names=before.names, last=last)

    each = {m: told for m in media if (told := changed(before.standing(m), after.standing(m)))}
    if after.current != before.current and after.current:
        # Where nothing new was asked of the file, its present state is described.
        blank = replace(after, edited={})
        told = each.pop(after.current, []) or changed(blank.standing(after.current), after.standing())
        first = [replies.files(name(after.current), lang), *told]
        return first + [s for m, more in each.items() for s in _named(name(m), more, lang)]
    several = len(media) > 1
    if len(each) > 1 and len({tuple(told) for told in each.values()}) == 1:
        told = next(iter(each.values()))
        if len(each) == sum(i.kind != "audio" for i in after.infos.values()):
            return [replies.files("", lang, every=len(each)), *told]
        return _named(named([name(m) for m in each], words(lang)), told, lang)
    return [s for m, told in each.items() for s in _named(name(m) if several or m != after.current else "", told, lang)]


def arrived(file_set: FileSet, new: Sequence[Media], lang: str) -> str:
    """Say which files were uploaded while another one is being edited, and how to switch to them."""
    name = file_set.names.get(file_set.current, "")
    seen = [m.name for m in new if m.info.kind != "audio"]
    heard = [m.name for m in new if m.info.kind == "audio"]
    told = [replies.files(name, lang, new=seen)] if seen else []
    return joined([*told, *([replies.files("", lang, new=heard)] if heard else [])])


def refusals(
    project: Project, file_set: FileSet, refused: Mapping[str, Sequence[str | BadRequest]], lang: str
) -> list[str]:
    """Say why something was not done, for each file. Reasons are those of project_snapshot.REASONS, or errors."""
    said: list[str] = []
    for media, reasons in refused.items():
        if not reasons:
            continue
        facts = facts_of.of(project, file_set, media=media)
        told = [
            replies.refused(why, lang) if isinstance(why, BadRequest) else replies.nothing_changed(why, facts, lang)
            for why in reasons
        ]
        said += _named(file_set.names.get(media, "") if len(refused) > 1 else "", told, lang)
    return said


_FASTEST = 60.0  # frames per second: a file's own rate is its mean, and uneven ones show some frames this fast


def beyond(project: Project, before: FileSet, after: FileSet, media: Sequence[str], lang: str) -> list[str]:
    """Say at once what of a new goal is above the frame rate of its file, or above the size that the plan allows."""
    said: list[str] = []
    for one in media:
        old, standing = before.draft_of(one).goal, after.standing(one)
        new, info = standing.goal, standing.info
        pace = max((clip.speed for clip in standing.draft.clips), default=1.0)
        if new.fps and new.fps != old.fps and info and 0 < info.fps * max(pace, 1.0) < new.fps > _FASTEST:
            said.append(replies.no_more_frames(info.fps, new.fps, lang))
        sides = [(goal.width or 0, goal.height or 0, goal.short_side or 0) for goal in (old, new)]
        if sides[0] != sides[1]:
            try:
                plans.check(project.account, longest_side=max(sides[1]))
            except BeyondPlan as error:
                said.append(replies.refused(error, lang))
    return list(dict.fromkeys(said))


def _named(name: str, told: Sequence[str], lang: str) -> list[str]:
    """Put the name of a file, or of several, before the first sentence."""
    say = words(lang)
    return [say("{clip}: {sentence}", clip=name, sentence=told[0]), *told[1:]] if name and told else list(told)


def joined(sentences: Sequence[str]) -> str:
    """Join sentences, each once; no space follows full-width punctuation."""
    text = ""
    for one in dict.fromkeys(sentences):
        gap = "" if not text or text.endswith(tuple("。！？：；")) else " "
        text += gap + one
    return text
