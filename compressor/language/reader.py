"""Words, in their context → what was asked: one story from the row of tokens to the explain object."""

from __future__ import annotations

import re
from typing import Any

from . import arbiter, features, texts
from .candidates import NONE, candidates
from .clauses import Span, spans
from .context import Clause, Context, Understood
from .files import media_of
from .model import Linear, load
from .phrases import holds, is_only
from .tokens import SEPARATORS, Row, row_of
from .wishes import Filled, Named, explain

SURE = 0.0  # log odds from which a wish counts as named
QUIET = ("nothing=", "keep=", "keep.")  # wishes that ask for nothing to be done: these must be sure
ALONE = -1.0  # the same in a clause that nothing else is known of (2.5 % more messages right, no more done wrongly)


def licensed(label: str, role: str) -> bool:
    """Whether a clause of this role may name a wish: only a question asks, only what is beyond us cannot be done."""
    key = label.partition("=")[0]
    if key == "ask":
        return False  # a model of its own chooses what a question asks
    if key.startswith("about."):
        return role == "question"
    if key == "cannot":
        return role == "beyond"
    return role in {"order", "correction"}


def uses_of(row: Row) -> list[str]:
    """The uses (emoji, sticker …) that are named anywhere in the message."""
    found = [str(t.value) for t in row.tokens if t.kind == "use"]
    return [*found, "video"] if any(t.kind == "video" for t in row.tokens) else found


def read(words: str, context: Context | None = None) -> Understood:
    """Read ``words`` in their context. Never raises, for any text."""
    context = context or Context()
    row = row_of(words)
    found = spans(row)
    if not found:
        return Understood(
            {"action": "unknown"}, (Clause(words, "unclear"),) if words else (), (words.strip(),), lang=""
        )
    models, about = load(), [*features.of_context(context), *features.of_said(context)]
    own = [features.of_clause(row, span, about) for span in found]
    roles = roles_of(models["roles"], row, found, own)
    filled = fill(models["slots"], row, found, roles, context, about)
    named = name(row, models["wishes"], models["asks"], found, roles, own, {f.clause for f in filled})
    wish = explain(roles, filled, named)
    clauses = tuple(Clause(words[s.start : s.end], role) for s, role in zip(found, roles, strict=True))
    unclear = _unclear(row, found, clauses, filled, named)
    doubt = doubtful(row, found, roles, filled, named, wish)
    wish |= louder(row, wish)
    if "change_text" in wish and not context.texts and not any(t.kind in _OF_TEXT for t in row.tokens):
        del wish["change_text"]  # no text stands, and none is spoken of
    wish = {k: v for k, v in wish.items() if k not in doubt}
    doubt = {k: v for k, v in doubt.items() if k != "fit" or "crop" not in doubt}
    file = media_of(row, context, wish)
    if doubt or file:
        unclear = tuple(c.text.strip() for c in clauses if c.role == "unclear")
    if unclear and not doubt and arbiter.enabled():
        doubt = arbiter.ask(words, context, wish)  # asked about, never done unasked
    if "beyond" in roles and "cannot" not in wish:
        wish["cannot"] = ["other"]
    if "question" in roles and "action" not in wish:
        wish |= {"action": "ask", "ask": "help"}
    if not wish and not file and not doubt and unclear:
        wish = {"action": "unknown"}
    answer = next((a for a in ("yes", "no") if context.pending and is_only(row.folded.text, "cues", a)), "")
    return Understood(wish | file, joined(clauses), unclear, doubt, answer, row.lang)


_OF_TEXT = frozenset({"text", "write", "font", "textsize", "hue", "quote"})
_COMPARED = re.compile("than|as now|as it|now|现在|比|再|jetzt|als|que|maintenant|ahora|今")


def louder(row: Row, wish: dict[str, Any]) -> dict[str, float]:
    """A volume said comparatively ("quieter", "half as loud as now") multiplies what stands: ``relative_volume``."""
    music = wish.get("music")
    value = music.get("volume") if isinstance(music, dict) else wish.get("volume")
    kinds = {t.kind for t in row.tokens}
    if not isinstance(value, int | float) or (isinstance(music, dict) and "name" in music):
        return {}
    stated = any(t.kind in {"pct", "num"} for t in row.tokens)
    if kinds & {"louder", "quieter"} and not stated:
        return {"relative_volume": value if (value > 1) == ("louder" in kinds) else 0.7 if "quieter" in kinds else 1.3}
    return {"relative_volume": value} if value != 1 and not stated and _COMPARED.search(row.folded.text) else {}


# What an order is about that lacks its value, by the concept that names it: one question is asked.
_LACKING = {
    "trim": "max_duration_ms", "shorter": "max_duration_ms", "crop": "crop", "fpsword": "fps", "width": "width",
    "dims": "width", "colorword": "colors", "text": "text", "rotate": "rotate", "aspectword": "aspect",
    "part": "remove_part", "volume": "volume", "music": "music", "speedword": "speed", "formatword": "format",
}  # fmt: skip
_DESTRUCTIVE = frozenset(
    [
        "start_ms",
        "end_ms",
        "last_ms",
        "max_duration_ms",
        "crop",
        "mute",
        "grayscale",
        "remove_text",
        "remove_music",
        "text",
        "fit",
    ]
)


def doubtful(
    row: Row, found: list[Span], roles: list[str], filled: list[Filled], named: list[Named], wish: dict[str, Any]
) -> dict[str, Any]:
    """What is asked about before it is done: an order that lacks its value (None), a hedged destructive wish."""
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
        elif roles[number] in {"order", "correction"} and number not in known and not wish:
            kinds = [t.kind for t in row.tokens[span.first : span.last]]
            lacking = [_LACKING[k] for k in kinds if k in _LACKING]
            doubt |= dict.fromkeys(lacking[-1:])  # the object comes last: "cut the … part"
    if wish.keys() == {"fit"} and wish["fit"] == "crop" and not filled:
        doubt["crop"], doubt["fit"] = None, "crop"  # "crop it a bit": to what?
    return doubt


def roles_of(model: Linear, row: Row, found: list[Span], own: list[list[str]]) -> list[str]:
    """The role of every clause, from the first to the last; each knows the one before it."""
    roles: list[str] = []
    for at in range(len(found)):
        before = roles[-1] if roles else "^"
        scores = model.scores([*features.of_role(row, found, at, own), f"prev:{before}"])
        roles.append(model.labels[int(scores.argmax())])
    return roles


_KEEPING = frozenset({"keep", "not", "same", "losing", "besides"})  # without one of them nothing is told to stay


def fill(
    model: Linear, row: Row, found: list[Span], roles: list[str], context: Context, about: list[str]
) -> list[Filled]:
    """The slot of every typed value, and the texts that stand without quotation marks."""
    index = {label: i for i, label in enumerate(model.labels)}
    filled: list[Filled] = []
    taken: set[int] = set()
    for number, first, last, slot in written(model, index, row, found, roles, context):
        key = {"which": "text.which", "text": "text.text"}.get(slot, slot)
        filled.append(Filled(first, number, slot, {key: texts.shown(row, first, last)}))
        taken |= set(range(first, last))
    uses = uses_of(row)
    for number, span in enumerate(found):
        if roles[number] in {"smalltalk", "unclear", "beyond"}:
            continue
        keeps = any(t.kind in _KEEPING for t in row.tokens[span.first : span.last])
        for at in range(span.first, span.last):
            options = candidates(row.tokens[at], context, uses) if at not in taken else []
            if not options:
                continue
            scores = model.scores(features.of_token(row, found, number, at, roles[number], about))
            best, slot, made = float(scores[index[NONE]]), NONE, {}
            for name_, wish in options:
                score = float(scores[index[name_]]) if name_ in index else -99.0
                if score > best and (keeps or (not name_.startswith("keep.") and name_ != "keep")):
                    best, slot, made = score, name_, wish
            if slot == "which" and row.tokens[at].kind == "quote" and not _stands(row.tokens[at].value, context):
                slot, made = "text", {"text.text": row.tokens[at].value}  # no such text is there to be restyled
            if slot != NONE:
                filled.append(Filled(at, number, slot, made))
    filled.sort(key=lambda f: f.at)
    return filled


def _stands(words: str, context: Context) -> bool:
    """Whether a text that stands holds these words."""
    return any(words.casefold() in text.casefold() for text in context.texts)


def written(
    model: Linear, index: dict[str, int], row: Row, found: list[Span], roles: list[str], context: Context
) -> list[tuple[int, int, int, str]]:
    """The runs of tokens that are texts: (clause, first, last, slot), the surest first, none over another."""
    sure: list[tuple[float, int, int, int, str]] = []
    for number, first, last in texts.runs(row, found, context):
        if roles[number] not in {"order", "correction"}:
            continue
        scores = model.scores(texts.features(row, found[number], first, last, roles[number], context))
        slot = max(texts.SLOTS, key=lambda s: scores[index[s]])
        margin = float(scores[index[slot]] - scores[index[NONE]])
        if margin > 0:
            sure.append((margin, number, first, last, slot))
    chosen: list[tuple[int, int, int, str]] = []
    for _, number, first, last, slot in sorted(sure, reverse=True):
        if all(last <= a or first >= b for _, a, b, _ in chosen):
            chosen.append((number, first, last, slot))
    return chosen


# What removes something is only believed where a word of removing stands in the clause: its cost is high.
_REMOVING = frozenset(
    {"remove", "not", "vanish", "losing", "undo", "off", "trim", "onlyhave", "nomusic", "mute", "besides", "keep"}
)


def evident(label: str, row: Row, span: Span) -> bool:
    """Whether a clause holds the word that a destructive wish, or one to keep something, needs."""
    needed = _REMOVING if label.startswith(("remove_text=", "remove_music=")) else _KEEPING
    if needed is _KEEPING and not label.startswith(("keep=", "keep.")):
        return True
    return any(t.kind in needed for t in row.tokens[span.first : span.last])


def name(
    row: Row, model: Linear, asks: Linear, found: list[Span], roles: list[str], own: list[list[str]], filled: set[int]
) -> list[Named]:
    """The wishes that clauses name without a value."""
    named: list[Named] = []
    for number in range(len(found)):
        role = roles[number]
        if role in {"report", "smalltalk", "unclear"}:
            continue
        scores = model.scores(of_wish(own, roles, number))
        may = [
            (float(z), label)
            for label, z in zip(model.labels, scores, strict=True)
            if licensed(label, role) and evident(label, row, found[number])
        ]
        sure = [(z, label) for z, label in may if z > SURE]
        if role == "beyond" and may:
            known = [(z, label) for z, label in sure if "other" not in label]
            sure = known or [max(may)]  # "other" is what is none of those that have a name
        elif role == "question":
            asked = asks.scores(of_question(own[number]))
            sure.append((float(asked.max()), f'ask="{asks.labels[int(asked.argmax())]}"'))
        elif not sure and number not in filled and (best := max(may))[0] > ALONE and not best[1].startswith(QUIET):
            sure = [best]  # something is asked, and nothing else is likelier
        named += [Named.of(number, label, z) for z, label in sure]
    return named


def of_question(own: list[str]) -> list[str]:
    """Features of what a clause asks: what stands does not change it."""
    return [f for f in own if not f.startswith(("c:", "c!", "S:"))]


def of_wish(own: list[list[str]], roles: list[str], at: int) -> list[str]:
    """Features of the wishes that clause ``at`` names."""
    found = [*own[at], f"role:{roles[at]}"]
    if at:
        found += [f"P:{f}" for f in own[at - 1] if f[:2] in {"k:", "w:"}]
    return found


def _unclear(
    row: Row, found: list[Span], clauses: tuple[Clause, ...], filled: list[Filled], named: list[Named]
) -> tuple[str, ...]:
    """The pieces that ask for something which was not found: as they were typed. A clause whose figures were overruled
    by later ones, or that says nothing but filler, or what is not to be done, is none."""
    known = {f.clause for f in filled} | {n.clause for n in named}
    pieces = []
    for at, (clause, span) in enumerate(zip(clauses, found, strict=True)):
        content = [t for t in row.tokens[span.first : span.last] if not t.filler and t.kind not in SEPARATORS]
        asks = clause.role in {"order", "correction"} and at not in known and bool(content)
        kept = bool(known) and any(t.kind in _KEEPING for t in content)  # "don't touch the size" asks for nothing
        overruled = kept or (bool(known) and any(t.concept.startswith("#") or "=" in t.concept for t in content))
        if clause.role == "unclear" or (asks and not overruled and (not known or len(content) > 1)):
            pieces.append(clause.text.strip(" ,.;，。；、"))
    return tuple(p for p in pieces if p)


def joined(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Neighbours of one role as one clause."""
    found: list[Clause] = []
    for clause in clauses:
        if found and found[-1].role == clause.role:
            found[-1] = Clause(found[-1].text + clause.text, clause.role)
        else:
            found.append(clause)
    return tuple(found)
