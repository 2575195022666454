"""Describes added, removed and changed texts."""

from __future__ import annotations

from compressor.message_catalogue import Words
from compressor.number_format import listed, number, paragraph
from compressor.setting_labels import color_name, position_name, span
from compressor.timeline import Draft, Title

_LONGEST = 160
WHITE = "#ffffff"


def told(before: Draft, after: Draft, say: Words) -> list[str]:
    """Return one sentence for each changed text."""
    old, new = list(before.titles), list(after.titles)
    for title in before.titles:
        if title in new:
            old.remove(title)
            new.remove(title)
    found = []
    for was, now in _pairs(old, new):
        old.remove(was)
        new.remove(now)
        found.append(_restyled(was, now, after, say))
    found += [_added(title, after, say) for title in new]
    if old and not after.titles and len(old) == len(before.titles) > 1:
        found.append(say("Removed all texts."))
    else:
        found += [say("Removed the text “{text}”.", text=short(title.text)) for title in old]
    return found


def _pairs(old: list[Title], new: list[Title]) -> list[tuple[Title, Title]]:
    """Pair old and new texts: equal words first, then the rest in order if their numbers are equal."""
    found = []
    left_old, left_new = list(old), list(new)
    for was in old:
        same = next((t for t in left_new if t.text == was.text), None)
        if same is not None:
            left_old.remove(was)
            left_new.remove(same)
            found.append((was, same))
    if len(left_old) == len(left_new):
        found += zip(left_old, left_new, strict=True)
    return found


def short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _added(title: Title, draft: Draft, say: Words) -> str:
    details = [_place(title, say)]
    if title.color.lower() != WHITE:
        details.append(color_name(title.color, say))
    if title.size is not None:
        details.append(say("letters {n} px high", n=number(title.size, say)))
    if title.at_ms or title.d_ms is not None:
        details.append(_when(title, draft, say))
    return say("Added the text “{text}”: {details}.", text=short(title.text), details=listed(details, say))


def _restyled(was: Title, now: Title, draft: Draft, say: Words) -> str:
    """Describe what changed of a text."""
    details = []
    if (was.position, was.x, was.y) != (now.position, now.x, now.y):
        details.append(_place(now, say))
    if was.color.lower() != now.color.lower():
        details.append(color_name(now.color, say))
    if was.size != now.size:
        details.append(_size(was, now, say))
    if (was.at_ms, was.d_ms) != (now.at_ms, now.d_ms):
        details.append(_when(now, draft, say))
    if was.outline != now.outline:
        details.append(_outline(now, say))
    if was.text != now.text:
        text = say("The text is “{text}” now, instead of “{old}”.", text=short(now.text), old=short(was.text))
        if not details:
            return text
        return paragraph([text, say("It is now: {details}.", details=listed(details, say))], say)
    details = details or [_place(now, say)]
    return say("The text “{text}” is now: {details}.", text=short(now.text), details=listed(details, say))


def _place(title: Title, say: Words) -> str:
    if title.x is not None or title.y is not None:
        return say("where you put it")
    return position_name(title.position, say)


def _size(was: Title, now: Title, say: Words) -> str:
    if now.size is None:
        return say("as large as fits")
    n = number(now.size, say)
    if was.size is None:
        return say("letters {n} px high", n=n)
    return say("larger, {n} px", n=n) if now.size > was.size else say("smaller, {n} px", n=n)


def _outline(title: Title, say: Words) -> str:
    if title.outline == "none":
        return say("without an outline")
    return say("outline {color}", color=color_name(title.outline, say)) if title.outline else say("outline as needed")


def _when(title: Title, draft: Draft, say: Words) -> str:
    end = None if title.d_ms is None else title.at_ms + title.d_ms
    if end is not None and draft.clips and end >= draft.d_ms:
        end = None
    return span(title.at_ms, end, say)
