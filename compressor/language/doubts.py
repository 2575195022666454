"""What a reading leaves open: orders that lack their value, hedged ones, and pieces that were not understood."""

from __future__ import annotations

from typing import Any

from .clauses import Span
from .context import Clause
from .phrases import holds
from .tokens import SEPARATORS, Row, Token
from .wishes import Filled, Named

OF_TEXT = frozenset({"text", "watermark", "write", "font", "textsize", "hue", "quote"})
KEEPING = frozenset({"keep", "not", "same", "losing", "besides"})  # without one of them nothing is told to stay


# What can be only one thing of a result, and what stands between two figures that say it twice.
_ONE = frozenset({"max_bytes", "width", "height", "short_side", "fps", "colors", "quality", "speed"})
_JOINED = frozenset({"and", "or", "comma"})
_BESIDE = frozenset({"under", "over", "be", "make", "width", "height"})

# What an order is about that lacks its value, by the concept that names it: one question is asked.
_LACKING = {
    "trim": "max_duration_ms", "shorter": "max_duration_ms", "toolong": "max_duration_ms", "crop": "crop",
    "fpsword": "fps", "width": "width", "dims": "width", "wider": "width", "narrower": "width",
    "colorword": "colors", "text": "text", "rotate": "rotate", "aspectword": "aspect",
    "part": "remove_part", "volume": "volume", "music": "music", "speedword": "speed", "formatword": "format",
}  # fmt: skip
WEAK = 0.6  # log odds below which what would lose something is asked about before it is done
_DESTRUCTIVE = frozenset({
    "start_ms", "end_ms", "last_ms", "max_duration_ms", "crop", "mute", "grayscale", "remove_text", "remove_music",
    "text", "fit",
})  # fmt: skip


def _complains(row: Row, found: list[Span]) -> bool:
    """Whether the message is no more than "too long", 太长了: something is to be done about it."""
    if len(found) != 1:
        return False
    content = [t.kind for t in row.tokens if not t.filler and t.kind not in SEPARATORS]
    return len(content) < 4 and "toolong" in content


def doubtful(
    row: Row, found: list[Span], roles: list[str], filled: list[Filled], named: list[Named], wish: dict[str, Any]
) -> dict[str, Any]:
    """Wishes to ask about before they are done: an order that lacks its value (None), a hedged destructive one."""
    doubt: dict[str, Any] = {}
    known = {f.clause for f in filled} | {n.clause for n in named}
    for number, span in enumerate(found):
        text = row.folded.text[row.tokens[span.first].at : row.tokens[span.last - 1].till]
        asks = row.words[span.start : span.end].rstrip()[-1:] in "?？"
        if roles[number] == "order" and asks and holds(text, row.lang, "cues", "hedge"):
            keys = {k for f in filled if f.clause == number for k in f.made} | {
                n.key for n in named if n.clause == number
            }
            doubt |= {k: wish[k] for k in keys & _DESTRUCTIVE if k in wish}
            if keys & doubt.keys():
                for key in keys - doubt.keys():
                    wish.pop(key, None)  # "would grey look better?" asks about the grey
        elif (roles[number] in {"order", "correction"} or _complains(row, found)) and number not in known and not wish:
            kinds = [t.kind for t in row.tokens[span.first : span.last]]
            if "not" in kinds:
                continue
            lacking = [_LACKING[k] for k in kinds if k in _LACKING]
            doubt |= dict.fromkeys(lacking[-1:])  # the object comes last: "cut the … part"
    weak = {k.partition(".")[0] for f in filled if f.margin < WEAK for k in f.made if k in {*_DESTRUCTIVE, "text.text"}}
    weak |= {n.key for n in named if n.key in _DESTRUCTIVE and n.score < WEAK} - {"fit"}  # a shape is cropped anyway
    doubt |= {k: wish[k] for k in weak if k in wish}
    if wish.keys() == {"fit"} and wish["fit"] == "crop" and not filled:
        doubt["crop"], doubt["fit"] = None, "crop"  # "crop it a bit": to what?
    return doubt


def not_understood(
    row: Row, found: list[Span], clauses: tuple[Clause, ...], filled: list[Filled], named: list[Named]
) -> tuple[str, ...]:
    """The pieces that ask for something which was not found: as they were typed. A clause whose figures were overruled
    by later ones, or that says nothing but filler, or what is not to be done, is none."""
    known = {f.clause for f in filled} | {n.clause for n in named}
    pointed = any(clauses[f.clause].role == "report" for f in filled)  # "they take 2 MB. It has to fit": said there
    pieces = []
    for at, (clause, span) in enumerate(zip(clauses, found, strict=True)):
        content = [t for t in row.tokens[span.first : span.last] if not t.filler and t.kind not in SEPARATORS]
        asks = clause.role in {"order", "correction"} and at not in known and bool(content)
        complains = any(t.kind in {"toomuch", "toolong"} for t in content)  # "that's too much, a bit slower"
        if asks and known and (pointed or complains or _adds_nothing(clause, content, filled)):
            continue
        kept = bool(known) and any(t.kind in KEEPING for t in content)  # "don't touch the size" asks for nothing
        kept = kept or (any(t.kind == "not" for t in content) and not any(t.kind == "word" for t in content))
        overruled = kept or (bool(known) and any(t.concept.startswith("#") or "=" in t.concept for t in content))
        tells = not known or len(content) > 1 or (bool(content) and content[0].kind == "word")
        if clause.role == "unclear" or (asks and not overruled and tells):
            pieces.append(clause.text.strip(" ,.;，。；、"))
    return tuple(p for p in pieces if p)


def left_out(
    row: Row, found: list[Span], roles: list[str], filled: list[Filled], wish: dict[str, Any]
) -> tuple[str, ...]:
    """The values, as typed, beside which another one for the same was taken: 200 KB of "30 KB and 200 KB". A message
    that denies, or that corrects what it said itself, leaves out what it means to; an "and" corrects nothing."""
    corrected = "correction" in roles and {*roles} != {"correction"}
    joined = _JOINED - {"comma"} if corrected else _JOINED
    if any(t.kind == "not" for t in row.tokens):
        return ()
    asking = {"order", "correction"}
    ordered = {at for s, role in zip(found, roles, strict=True) if role in asking for at in range(s.first, s.last)}
    made = {one.at: one.made.keys() for one in filled}
    left = {}
    for one in filled:
        key, value = next(iter(one.made.items()))
        if key not in _ONE or wish.get(key) != value:
            continue
        taken = row.tokens[one.at]
        for at in ordered - {one.at}:
            token, (first, last) = row.tokens[at], sorted((at, one.at))
            between = {t.kind for t in row.tokens[first + 1 : last] if not t.filler}
            rivals = token.kind == taken.kind and token.value != taken.value and made.get(at, {key}) == {key}
            if rivals and between & joined and between <= joined | _BESIDE:
                left[at] = row.words[token.start : token.end]
    return tuple(left[at] for at in sorted(left))


def _adds_nothing(clause: Clause, content: list[Token], filled: list[Filled]) -> bool:
    """Whether a clause only leads to what another says: "no, wrong" before a correction, "one more text" before it."""
    typed = any(t.concept.startswith("#") or "=" in t.concept for t in content)
    if clause.role == "correction":
        return not typed and len(content) < 6
    made = any("text.text" in f.made for f in filled)
    return made and any(t.kind in OF_TEXT for t in content) and not typed
