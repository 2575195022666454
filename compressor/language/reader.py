"""Words, in their context → what was asked: one story from the row of tokens to the explain object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..formats import OTHERS, output
from . import arbiter, features
from .candidates import text_at
from .clauses import Span, spans
from .context import Clause, Context, Understood
from .crop_or_bars import shape
from .doubts import OF_TEXT, doubtful, left_out, not_understood
from .file_mentions import marked, media_of
from .loudness import louder, loudness
from .model import load
from .model_choices import asked_beyond, fill, name, roles_of
from .ordering import clips_named, place_said, reordered
from .overlays import asked_over, burnt_in, not_over, overlays, taken_away
from .phrases import is_only
from .preset_names import PLACES, place_that_stands, taken_there
from .text_corrections import reworded, whole
from .tokens import SEPARATORS, Row, Token, row_of
from .unknown_places import unknown_places
from .wishes import Filled, Named, explain

STANDING = "@"  # the value of a wish that means what stands: "what is the limit there?"


def read(words: str, context: Context | None = None) -> Understood:
    """Read ``words`` in their context. Never raises, for any text."""
    context = context or Context()
    row = marked(row_of(words), context)
    found = spans(row)
    if not found:
        unread = (words.strip(),) if words.strip() else ()
        return Understood({"action": "unknown"}, (Clause(words, "unclear"),) if words else (), unread, lang="")
    models, about = load(), features.of_standing(row, context)
    own = [features.of_clause(row, span, about) for span in found]
    roles = roles_of(models["roles"], row, found, own)
    roles = ["order"] * len(roles) if blames(row) else roles
    contrast = "correction" in roles or any(t.kind == "not" for t in row.tokens)
    said = _said(context) if context.said and contrast else []
    filled = fill(models["slots"], row, found, roles, context, about, said)
    named = name(row, models, found, roles, own, {f.clause for f in filled}, context)
    named = not_over(filled, named)
    filled += said_alone(row, found, roles, filled, named, context)
    loud = {f.clause for f in filled if f.slot == "volume"}
    named = [n for n in named if n.key != "relative" or n.clause not in loud]  # "quieter" asks for no fewer bytes
    named = in_order(row, found, not_taken_back(row, found, filled, named), context)
    undone = {n.clause for n in named if n.key == "action" and n.value == "undo"}
    filled = [f for f in filled if f.clause not in undone]  # "undo the 12 fps" says what is taken back
    named = [n for n in named if n.clause not in undone or n.key == "action"]
    wish = explain(roles, filled, named) | overlays(row, found, roles, filled, named, context)
    if any(n.key == "change.word" for n in named) and (found_words := reworded(row, whole(found), context.texts)):
        which = {"which": found_words[0]} if len(context.texts) > 1 else {}
        wish["change_text"] = which | wish.get("change_text", {}) | {"text": found_words[1]}
    placed = [t for t in row.tokens if t.kind == "pos"]
    if len(context.texts) > 1 and wish.get("change_text", {}).keys() == {"text"} and len(placed) == 1:
        wish["change_text"]["which"] = text_at(str(placed[0].value), context)  # "the bottom one should say …"
    if {"transition", "order"} & wish.keys() and wish.get("layer", {}).keys() <= {"file"}:
        wish.pop("layer", None)  # a file that is only named is one of the clips
    unspoken = not context.texts and not any(t.kind in OF_TEXT for t in row.tokens)
    about_place = wish.get("about", {})
    if wish.get("action") == "ask" and about_place.keys() <= {"format"} and (over := asked_over(row, found, roles)):
        wish["about"] = about_place = {over: {}}
    taken_away(row, roles, wish, context)
    uses = PLACES.get(place_that_stands(context), {})
    of_its_place = about_place.get("preset") in uses.values() and not any(t.kind == "use" for t in row.tokens)
    if about_place.get("preset") == STANDING or (of_its_place and context.goal.get("preset") in uses.values()):
        about_place |= {"preset": context.goal.get("preset")}
        wish["about"] = {k: v for k, v in about_place.items() if v}
    taken_there(row, found, roles, wish)
    clauses = tuple(Clause(words[s.start : s.end], role) for s, role in zip(found, roles, strict=True))
    unclear = not_understood(row, found, clauses, filled, named)
    doubt = doubtful(row, found, roles, filled, named, wish)
    wish |= louder(row, wish)
    shape(row, found, roles, wish, context)
    if wish.get("music") == {} and "volume" in wish and (context.music or "music" in context.goal):
        del wish["music"]  # how loud the one that plays is
    if "change_text" in wish and (unspoken or wish["change_text"].keys() == {"which"}):
        del wish["change_text"]  # no text stands, and none is spoken of; or nothing is to be changed about it
    wish = {k: v for k, v in wish.items() if k not in doubt}
    doubt = {k: v for k, v in doubt.items() if k != "fit" or "crop" not in doubt}
    burnt_in(row, found, wish, doubt, context)
    file = media_of(row, context, wish) if wish.keys() != {"cannot"} else {}
    if doubt or file:
        unclear = tuple(c.text.strip() for c in clauses if c.role == "unclear")
    if unclear and not doubt and arbiter.enabled():
        doubt = arbiter.ask(words, context, wish)  # asked about, never done unasked
    if "beyond" in roles and "cannot" not in wish:
        wish["cannot"] = ["other"]
    unmade = not_made(row, found, roles, wish)
    moment(row, wish, doubt)
    if "question" in roles and wish.keys().isdisjoint({"action", "cannot"}):
        wish |= {"action": "ask", "ask": "help"}
    if not wish and not file and not doubt and unclear:
        wish = {"action": "unknown"}
    answer = next((a for a in ("yes", "no") if context.pending and is_only(row.folded.text, "cues", a)), "")
    back_to = next((b for n in undone if (b := gone_before(row, found[n]))), "")
    beyond: tuple[str, ...] = ()
    if wish.get("ask") == "capability" and "about" not in wish:
        beyond = asked_beyond(models["wishes"], roles, own)
    left = left_out(row, found, roles, filled, wish)
    places = unknown_places(row, found, roles, wish)
    return Understood(
        wish | file, joined(clauses), unclear, doubt, answer, row.lang, back_to, beyond, unmade, left, places
    )


def blames(row: Row) -> bool:
    """Whether a message says only that it looks bad: "too blurry", 太糊了 asks for something to be done about it."""
    kinds = {t.kind for t in row.tokens if not t.filler} - SEPARATORS
    return kinds == {"better"} and not {"?", "？"} & set(row.words)


# With one of these a time is no moment: the first 2 seconds, cut 2 seconds.
_LENGTHS = frozenset("first last begin until trim cut remove under longword faster slower speedword".split())  # noqa: SIM905
_TIMES = ("start_ms", "end_ms", "last_ms", "max_duration_ms")
LAST_MS = 10  # in which the last picture is shown


def moment(row: Row, wish: dict[str, Any], doubt: dict[str, Any]) -> None:
    """Where a still is taken from: "a JPEG at 2 s", with one time that is no length, or "the last frame"."""
    spec = output(wish.get("format"))
    if spec is None or spec.animated:
        return
    kinds = {t.kind for t in row.tokens}
    times = [t.value for t in row.tokens if t.kind == "ms"]
    if len(times) == 1 and not kinds & _LENGTHS:
        for said in (wish, doubt):
            for key in _TIMES:
                if said.get(key) == times[0]:
                    del said[key]
                    wish["start_ms"] = times[0]
    elif "last" in kinds and not times and not wish.keys() & {*_TIMES, "remove"}:
        wish["last_ms"] = LAST_MS


_MAKING = ("capability", "formats")  # questions about what can be made


def not_made(row: Row, found: list[Span], roles: list[str], wish: dict[str, Any]) -> str:
    """The format that is asked for or about and is not made; ``wish`` says that it cannot be, and asks for no other."""
    asked = next((wish[key] for key in ("format", "codec") if wish.get(key) in OTHERS), "")
    about = wish.get("about", {})
    if about_other := next((key for key in ("format", "codec") if about.get(key) in OTHERS), ""):
        asked = about.pop(about_other)
        if not about:
            del wish["about"]
        return str(asked)
    if not asked:
        role = "beyond" if "other" in wish.get("cannot", []) else "question" if wish.get("ask") in _MAKING else ""
        named = [t.value for t in _of(row, found, roles, role) if t.kind == "format" and t.value in OTHERS]
        return str(named[-1]) if named else ""
    wish.pop("codec" if OTHERS[asked].codec else "format")
    if OTHERS[asked].sound:
        if "music" in wish:
            return ""  # "lay the mp3 under it"
        wish.pop("mute", None)
        if wish.get("keep") == ["audio"]:
            del wish["keep"]
    if wish.get("action") == "export":
        del wish["action"]
    wish["cannot"] = list(dict.fromkeys([*wish.get("cannot", []), "other"]))
    return str(asked)


def _of(row: Row, found: list[Span], roles: list[str], role: str) -> list[Token]:
    """The tokens of the clauses of a role."""
    return [
        t for span, one in zip(found, roles, strict=True) if one == role for t in row.tokens[span.first : span.last]
    ]


def _said(context: Context) -> list[tuple[Token, str]]:
    """The values of the message before, each with the slot that it filled there."""
    row, context = marked(row_of(context.said), context), replace(context, said="")
    found = spans(row)
    models, about = load(), features.of_standing(row, context)
    roles = roles_of(models["roles"], row, found, [features.of_clause(row, span, about) for span in found])
    return [(row.tokens[f.at], f.slot) for f in fill(models["slots"], row, found, roles, context, about)]


# What an undo may go to before, by the concept that names it.
_STEPS = {
    "text": "text", "write": "text", "music": "music", "track": "music", "sound": "sound", "crop": "crop",
    "speedword": "speed", "faster": "speed", "slower": "speed", "trim": "trim", "grayscale": "grayscale",
    "dims": "dimensions", "width": "dimensions", "height": "dimensions", "size": "size", "rotate": "rotate",
    "flip": "flip", "reverse": "reverse", "fpsword": "fps", "aspect": "aspect", "formatword": "format",
}  # fmt: skip


def gone_before(row: Row, span: Span) -> str:
    """What a clause of undoing goes to before: "back to how it was before the text", 回到加字之前."""
    kinds = [t.kind for t in row.tokens[span.first : span.last]]
    named = [_STEPS[k] for k in kinds if k in _STEPS]
    return named[-1] if named and "before" in kinds else ""


def said_alone(
    row: Row, found: list[Span], roles: list[str], filled: list[Filled], named: list[Named], context: Context
) -> list[Filled]:
    """What an order names and nothing else: a quality ("压到200KB，要好看"), a colour for the text that stands ("make
    it yellow"), a loudness ("quieter please", with or without music)."""
    ground = any(t.kind in {"bgword", "background", "fill"} or "pad" in t.kind for t in row.tokens)
    rated = any("quality" in f.made for f in filled) or any(n.key == "quality" for n in named)
    slots = ({} if rated else {"qword": "quality"}) | ({} if ground or not context.texts else {"color": "text.color"})
    loud = [*loudness(row, found, roles, filled, named)]
    spoken = {f.clause for f in [*filled, *loud]} | {n.clause for n in named}
    return loud + [
        Filled(at, number, slot, {slot: row.tokens[at].value})
        for number, span in enumerate(found)
        if roles[number] in {"order", "correction"} and number not in spoken
        for at in range(span.first, span.last)
        if (slot := slots.get(row.tokens[at].kind))
        and not any(t.kind == "not" for t in row.tokens[span.first : span.last])
        and (slot != "quality" or all(t.filler or t.kind in _PLAIN for t in row.tokens[span.first : span.last]))
    ]


_PLAIN = frozenset({"qword", "be", "make", *SEPARATORS})  # a clause of these asks for a quality and nothing else


def in_order(row: Row, found: list[Span], named: list[Named], context: Context) -> list[Named]:
    """The named wishes, with the order of the clips worked out where one is asked for."""
    made, clips = [], context.clips_to_be
    for one in named:
        if one.key == "order":
            span = found[one.clause]
            tokens = row.tokens[span.first : span.last]
            way = place_said(tokens) or one.value
            order = reordered(way, clips_named(tokens, clips, context.files), clips, context.clips)
            if not order and context.clips == 2:
                order = [2, 1]
            if order:
                made.append(Named(one.clause, "order", order, one.score))
        else:
            made.append(one)
    return made


# What stands in most clauses and names no wish.
_COMMON = frozenset({
    "not", "make", "be", "to", "of", "at", "and", "or", "add", "remove", "keep", "repair", "word", "plain", "comma",
    "stop", "colon", "question", "by", "from", "size",
})  # fmt: skip


def not_taken_back(row: Row, found: list[Span], filled: list[Filled], named: list[Named]) -> list[Named]:
    """The named wishes without those that a later clause takes back: "make it grey … no, forget the grey"."""
    spoken = {f.clause for f in filled} | {n.clause for n in named if not n.key.startswith(("nothing", "keep"))}
    subjects = [{t.kind for t in row.tokens[s.first : s.last] if not t.filler} for s in found]
    gone = set()
    for later, kinds in enumerate(subjects):
        if later not in spoken and kinds & {"not", "undo"}:
            gone |= {number for number in range(later) if kinds & subjects[number] - _COMMON}
    return [n for n in named if n.clause not in gone]


def joined(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Neighbours of one role as one clause."""
    found: list[Clause] = []
    for clause in clauses:
        if found and found[-1].role == clause.role:
            found[-1] = Clause(found[-1].text + clause.text, clause.role)
        else:
            found.append(clause)
    return tuple(found)
