"""Turns an explain object into edits of the current draft: finds the text, clip or music that is meant, and
resolves comparatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import timeline
from ..errors import BadRequest
from ..media import MediaInfo
from ..timeline import Draft, Edit, edits
from . import layer_edits
from .file_state import NotDone

PACE = {"faster": 1.25, "slower": 0.8}
SIZE = {"bigger": 1.25, "larger": 1.25, "smaller": 0.8}
PACES = (0.05, 100.0)
_KEPT = {"audio": ("mute",), "duration": ("start_ms", "end_ms", "last_ms", "max_duration_ms"), "text": ("remove_text",)}


def asked(
    explain: Mapping[str, Any],
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    names: Mapping[str, str],
    refused: list[str | BadRequest],
) -> list[Edit]:
    """Every edit but those of texts that are there; what cannot be is added to ``refused``."""
    wish = _without_kept(explain)
    found: list[Edit] = []
    over = layer_edits.asked(wish, draft, infos, names)
    for part in (_removed(wish, draft), _ordered(wish, draft), _paced(wish, draft), _louder(wish, draft), over):
        try:
            found += part
        except NotDone as error:
            refused.append(error.reason)
        except BadRequest as error:
            refused.append(error)
    try:
        found += timeline.edits_from_explain(_plain(wish, draft), draft, infos, names)
    except BadRequest as error:
        refused.append(error)
    return [_with_volume(edit, draft) for edit in found]


def restyled(
    explain: Mapping[str, Any], draft: Draft, recent: int | None, refused: list[str | BadRequest]
) -> list[Edit]:
    """The edits of texts that are there. ``recent`` is the number of the text that was spoken of last."""
    found: list[Edit] = []
    wishes = explain.get("change_text") or ()
    for wish in [wishes] if isinstance(wishes, Mapping) else wishes:
        try:
            found.append(_restyle(wish, draft, recent))
        except NotDone as error:
            refused.append(error.reason)
        except BadRequest as error:
            refused.append(error)
    return found


def _without_kept(explain: Mapping[str, Any]) -> dict[str, Any]:
    """The wishes without those that would change what must stay."""
    keep = explain.get("keep") or ()
    dropped = {key for name in ([keep] if isinstance(keep, str) else keep) for key in _KEPT.get(name, ())}
    return {k: v for k, v in explain.items() if k not in dropped}


def _plain(wish: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """The wish with its times on the draft's clock: a negative end counts from the end."""
    plain = {k: v for k, v in wish.items() if k not in ("layer", "change_layer", "transition")}
    end = plain.get("end_ms")
    if isinstance(end, int | float) and end < 0:
        if draft.d_ms + end > plain.get("start_ms", 0):
            plain["end_ms"] = draft.d_ms + end
        elif draft.clips:
            raise BadRequest("The end must come after the start.", field="end_ms")
        else:
            plain.pop("end_ms")
    if isinstance(plain.get("volume"), str):
        plain.pop("volume")
    texts = plain.get("text")
    if texts:
        plain["text"] = [_timed(t, draft) for t in (texts if isinstance(texts, list | tuple) else [texts])]
    standing = {(t.text, t.position) for t in draft.titles}
    plain["text"] = [t for t in plain.get("text") or () if (_words(t), _position(t)) not in standing]
    return plain


def _timed(text: Any, draft: Draft) -> Any:
    """A text whose ``last_ms`` is worked out."""
    if not isinstance(text, Mapping) or not text.get("last_ms"):
        return text
    return {**text, "start_ms": max(0, draft.d_ms - text["last_ms"])}


def _words(text: Any) -> str:
    return str(text.get("text", "")) if isinstance(text, Mapping) else str(text)


def _position(text: Any) -> str:
    return (text.get("position") if isinstance(text, Mapping) else None) or "bottom"


def _removed(wish: Mapping[str, Any], draft: Draft) -> Iterator[Edit]:
    remove = wish.get("remove")
    # Beside other wishes "and no text" only says how it is to stay.
    alone = not set(wish) - {"action", "remove_text", "remove_music"}
    if alone and wish.get("remove_text") and not draft.titles:
        raise NotDone("no_text")
    if alone and wish.get("remove_music") and not draft.sounds:
        raise NotDone("no_music")
    if not isinstance(remove, Mapping):
        return
    if (which := remove.get("text")) is not None:
        if which is True or which == "all":
            yield from [edits.RemoveText()] if draft.titles else []
        else:
            yield edits.RemoveText(text_number(which, draft, None))
    if (which := remove.get("clip")) is not None:
        yield edits.RemoveClip(_clip_number(which, draft))
    if remove.get("music"):
        if not draft.sounds:
            raise NotDone("no_music")
        yield edits.RemoveMusic()


def _clip_number(which: Any, draft: Draft) -> int:
    """The number of a clip from 0, of one that is named by number from 1, "first", "last" or a part of its name."""
    count = len(draft.clips)
    if not count:
        raise NotDone("no_clip")
    if which in ("first", "last"):
        number = 0 if which == "first" else count - 1
    elif isinstance(which, int) and not isinstance(which, bool):
        number = which - 1 if which > 0 else count + which
    else:
        named = [n for n, c in enumerate(draft.clips) if str(which).casefold() in c.name.casefold()]
        if len(named) != 1:
            raise NotDone("which_clip" if named or count > 1 else "no_clip")
        number = named[0]
    if not 0 <= number < count:
        raise NotDone("no_clip")
    return number


def _ordered(wish: Mapping[str, Any], draft: Draft) -> Iterator[Edit]:
    """The moves that put the clips in the order that is said; those that are not named follow as they are."""
    said = wish.get("order")
    if not said:
        return
    count = len(draft.clips)
    first = list(dict.fromkeys(_clip_number(which, draft) for which in said))
    wanted = first + [n for n in range(count) if n not in first]
    now = list(range(count))
    for place, clip in enumerate(wanted):
        if now[place] != clip:
            at = now.index(clip)
            yield edits.MoveClip(at, place)
            now.insert(place, now.pop(at))


def _paced(wish: Mapping[str, Any], draft: Draft) -> Iterator[Edit]:
    """Speeds that multiply those that stand."""
    factor = wish.get("relative_pace") or PACE.get(str(wish.get("relative", "")))
    if not factor or wish.get("speed") is not None:
        return
    speeds = [min(max(c.speed * factor, PACES[0]), PACES[1]) for c in draft.clips]
    if not speeds:
        raise NotDone("no_file")
    if len(set(speeds)) == 1:
        yield edits.Speed(round(speeds[0], 4))
    else:
        yield from (edits.Speed(round(speed, 4), clip=n) for n, speed in enumerate(speeds))


def _louder(wish: Mapping[str, Any], draft: Draft) -> Iterator[Edit]:
    """A volume that multiplies that of the music, else that of the clips."""
    music, said = wish.get("music"), wish.get("relative_volume")
    if isinstance(music, Mapping) and not music.get("name"):
        said = music.get("relative_volume") or said
    if not said:
        return
    if draft.sounds:
        yield edits.SetMusic(volume=round(min(draft.sounds[0].volume * said, 4.0), 4))
    elif draft.clips:
        yield edits.Volume(round(min(draft.clips[0].volume * said, 4.0), 4))
    else:
        raise NotDone("no_music")


def _with_volume(edit: Edit, draft: Draft) -> Edit:
    """Other music plays as loud as the one that it replaces, unless a volume is said."""
    if isinstance(edit, edits.SetMusic) and edit.volume is None and draft.sounds:
        return replace(edit, volume=draft.sounds[0].volume)
    return edit


def text_number(which: Any, draft: Draft, recent: int | None) -> int:
    """The number from 0 of the text that is meant: "first", "last", a number from 1, a position, or a part of its
    words; without any, the only one or the one that was spoken of last."""
    titles: Sequence[timeline.Title] = draft.titles
    if not titles:
        raise NotDone("no_text")
    if which is None or which is True or which == "":
        if len(titles) == 1:
            return 0
        if recent is None or not 0 <= recent < len(titles):
            raise NotDone("which_text")
        return recent
    if which in ("first", "last"):
        return 0 if which == "first" else len(titles) - 1
    if isinstance(which, int):
        if not 0 < which <= len(titles):
            raise NotDone("no_text")
        return which - 1
    plain = " ".join(str(which).split()).casefold()
    words = [" ".join(t.text.split()).casefold() for t in titles]
    for found in (
        [n for n, w in enumerate(words) if w == plain],
        [n for n, w in enumerate(words) if plain in w],
        [n for n, t in enumerate(titles) if t.position == plain],
        [n for n, w in enumerate(words) if w in plain],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise NotDone("which_text")
    raise NotDone("no_text" if len(titles) == 1 else "which_text")


def _restyle(wish: Mapping[str, Any], draft: Draft, recent: int | None) -> Edit:
    number = text_number(wish.get("which"), draft, recent)
    start, size = wish.get("start_ms"), wish.get("size")
    if wish.get("last_ms"):
        start = max(0, draft.d_ms - wish["last_ms"])
    if isinstance(size, str):
        size = _letter_size(draft, number) * SIZE[size] if size in SIZE else None
    return edits.ChangeText(
        number,
        text=wish.get("text"),
        position=wish.get("position"),
        color=wish.get("color"),
        size=None if size is None else max(1.0, round(size, 1)),
        start_ms=start,
        end_ms=wish.get("end_ms"),
        **{name: wish[name] for name in ("fade_in_ms", "fade_out_ms", "slide") if wish.get(name) is not None},
    )


def _letter_size(draft: Draft, number: int) -> float:
    """The size that the letters have now, in pixels of the canvas."""
    from ..compose import text  # loads the fonts

    title, meta = draft.titles[number], draft.meta
    return text.letter_size(title, (meta.width or 480, meta.height or 270))
