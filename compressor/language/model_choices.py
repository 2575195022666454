"""What the models choose: the role of every clause, the slot of every value, the wishes that have no value."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from . import caption_texts, features
from .candidates import NONE, SIDE_STEPS, STEP_SLOTS, allowed, candidates, uses_of
from .clauses import Span
from .context import Context
from .doubts import KEEPING, WEAK
from .model import Linear
from .segments import owners, said_of
from .tokens import SEPARATORS, Row, Token
from .wishes import Filled, Named

SURE = 0.0  # log odds from which a wish counts as named
QUIET = ("nothing=", "keep.")  # wishes that ask for nothing to be done: these must be sure
ALONE = -1.0  # the same in a clause that nothing else is known of (2.5 % more messages right, no more done wrongly)
LIKELIEST = -6.0  # log odds from which words are a text where there must be one
OF_NEW_TEXT = {f"text.{part}" for part in ("position", "color", "start_ms", "end_ms", "last_ms", "length", "range")}
OURS = 3.5  # score below which a question without a word of ours is none of ours (no held-out right is lost)
ASKED_BEYOND = 1.0  # log odds from which a question about an ability is one about something that is beyond us
REPLACES = 2.0  # log odds for a slot that the message before filled with a value of this kind
REPORTED = 2.0  # log odds from which a value in a report is wished ("they take 2 MB. It has to fit")


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


_HEARD = {"sound", "music", "track", "volume", "louder", "quieter", "mute"}  # without one nothing has a loudness


def roles_of(model: Linear, row: Row, found: list[Span], own: list[list[str]]) -> list[str]:
    """The role of every clause, from the first to the last; each knows the one before it."""
    roles: list[str] = []
    for at in range(len(found)):
        before = roles[-1] if roles else "^"
        scores = model.scores([*features.of_role(row, found, at, own), f"prev:{before}"])
        roles.append(model.labels[int(scores.argmax())])
    return roles


def fill(
    model: Linear, row: Row, found: list[Span], roles: list[str], context: Context, about: list[str],
    said: Sequence[tuple[Token, str]] = (),
) -> list[Filled]:  # fmt: skip
    """The slot of every typed value, and the texts that stand without quotation marks. Where something is said of a
    text and there is none in its clause, the likeliest words are one: "add text happy birthday leo in pink".
    ``said``: the values of the message before with their slots, which a correction replaces."""
    runs = written(model, row, found, roles, context)
    filled = _filled(model, row, found, roles, context, about, [r for r in runs if r[0] > 0], said)
    shown = {f.at: f.clause for f in filled if "text.text" in f.made}
    bare = {max(f.thing, f.at) for f in filled if f.slot in OF_NEW_TEXT and f.thing not in shown}
    lacking = {n for n, s in enumerate(found) if n not in shown.values() and bare & {*range(s.first, s.last)}}
    if context.texts or not lacking:
        return filled
    likely = [(WEAK, *r[1:]) for r in runs if LIKELIEST < r[0] <= 0 and r[4] == "text"]  # of 63, 55 are right
    likely = [r for r in likely if r[1] in lacking] or ([] if shown else likely)[:1]
    more = [next(r for r in likely if r[1] == clause) for clause in dict.fromkeys(r[1] for r in likely)]
    sure = [r for r in runs if r[0] > 0]
    return _filled(model, row, found, roles, context, about, [*sure, *more], said) if more else filled


# What a time cannot be right after such a word: "the last 4 seconds" end nowhere, "the first 4" are no end.
SHUT = {
    "last": frozenset(f"{of}{n}" for of in ("", "layer.", "text.") for n in ("start_ms", "end_ms", "length")),
    "first": frozenset({"last_ms", "cut_end", "layer.from_end", "layer.cut_end"}),
}
CERTAIN = 8.0  # how much likelier a figure asks for something where its unit leaves no other meaning


def is_exact(tokens: Sequence[Token], at: int) -> bool:
    """Whether the figure ``tokens[at]`` can mean only one thing: a box, "64 colors", "quality 72"."""
    named = tokens[at].kind == "num" and at > 0 and tokens[at - 1].kind == "quality"
    return named or tokens[at].kind in {"crop_box", "colors"}


def _filled(
    model: Linear, row: Row, found: list[Span], roles: list[str], context: Context, about: list[str],
    runs: list[tuple[float, int, int, int, str]], said: Sequence[tuple[Token, str]],
) -> list[Filled]:  # fmt: skip
    index = {label: i for i, label in enumerate(model.labels)}
    filled: list[Filled] = []
    taken: set[int] = set()
    for margin, number, first, last, slot in runs:
        key = {"which": "text.which", "text": "text.text"}.get(slot, slot)
        track = slot == "music.name" and row.tokens[first].kind == "track"  # "轻松的音乐" is calm
        shown = row.tokens[first].value if track else caption_texts.shown(row, first, last)
        filled.append(Filled(first, number, slot, {key: shown}, margin))
        taken |= set(range(first, last))
    uses, owner = uses_of(row), owners(row, found, [(r[2], r[3]) for r in runs if r[4] in caption_texts.OF_TEXTS])
    before: dict[str, str] = {}
    heard = context.music or {"music", "volume"} & context.goal.keys() or any(t.kind in _HEARD for t in row.tokens)
    for number, span in enumerate(found):
        if roles[number] in {"smalltalk", "unclear", "beyond"}:
            continue
        within = row.tokens[span.first : span.last]
        keeps = any(t.kind in KEEPING for t in within)
        denies = any(t.kind == "not" for t in within)
        if roles[number] == "correction":  # of the message before, or of what this one said before
            old = [*said, *((row.tokens[f.at], f.slot) for f in filled if f.clause < number)]
        else:
            old = [*said] if denies else []
        for at in range(span.first, span.last):
            options = candidates(row.tokens[at], context, uses) if at not in taken else []
            if not options:
                continue
            if is_size(within, at - span.first):
                options = [o for o in options if o[0] not in STEP_SLOTS]
            shut = SHUT.get(row.tokens[at - 1].kind, frozenset()) if at > span.first else frozenset()
            options = [o for o in options if o[0] not in shut]
            stood = slot_before(row.tokens[at], before)
            thing = owner[at]
            scores = model.scores(features.of_token(row, found, number, at, roles[number], about, stood, thing))
            rated = [
                (float(scores[index[s]]), s, w)
                for s, w in options
                if s in index and (keeps or s.partition(".")[0] != "keep") and (heard or "volume" not in s)
            ]
            if thing:
                rated = said_of(thing.kind, rated)
            nothing = float(scores[index[NONE]]) - CERTAIN * (
                roles[number] == "order" and is_exact(within, at - span.first)
            )
            taken_back = False
            if old:
                likely, taken_back = replaced(row.tokens, span, at, old)
                nothing += REPLACES if taken_back else 0.0
                rated = [(z + REPLACES * (s in likely and not taken_back), s, w) for z, s, w in rated]
            best, slot, made = max([(nothing, NONE, {}), *rated], key=lambda r: r[0])
            second = max([nothing, *(z for z, _, w in rated if w != made)])
            if roles[number] == "report" and best - second < REPORTED and not (old and slot in likely):
                continue  # what is told asks for nothing, unless it surely does
            if slot != NONE:
                filled.append(Filled(at, number, slot, made, best - second, thing.at if thing else -1))
                before |= {row.tokens[at].kind: slot, "": slot}
    filled += coded(row, filled, context)
    filled.sort(key=lambda f: f.at)
    return filled


# What makes a step of a figure beside a side: "50 px more in width", 再宽50像素.
_STEPS = SIDE_STEPS | frozenset("more less over bigger smaller add remove off compress trim".split())  # noqa: SIM905


def is_size(tokens: Sequence[Token], at: int) -> bool:
    """Whether the figure ``tokens[at]`` stands beside a side and is the size itself: "200 px wide", 宽200像素. A step
    says so ("200 px more in width"), or a word that is not known may."""
    beside = any(t.kind in {"width", "height"} for t in tokens[max(at - 1, 0) : at + 2])
    unknown = any(t.kind == "word" and not t.text.isascii() for t in tokens)
    stepped = any(t.kind in _STEPS for t in tokens)
    return beside and not unknown and not stepped


def coded(row: Row, filled: list[Filled], context: Context) -> list[Filled]:
    """A format and what it holds, side by side, are one wish: where one of "av1 mp4" is asked for, the other one is."""
    asked, more = {f.at: f for f in filled if f.slot == "format"}, []
    for at, (a, b) in enumerate(pairwise(row.tokens)):
        if a.kind == b.kind == "format" and (at in asked) != (at + 1 in asked):
            one = asked.get(at) or asked[at + 1]
            other = at + 1 if one.at == at else at
            _, made = candidates(row.tokens[other], context, [])[0]
            if made.keys() != one.made.keys():
                more.append(Filled(other, one.clause, "format", made, one.margin))
    return more


def replaced(tokens: list[Token], span: Span, at: int, said: Sequence[tuple[Token, str]]) -> tuple[set[str], bool]:
    """The slots that values of the kind of ``tokens[at]`` filled in the message before, and whether this very value
    was said there, so that another one of the clause replaces it ("12, not 15")."""
    token = tokens[at]
    alike = {token.kind, "bytes"} if token.kind == "unit" else {token.kind}  # "I meant kilobytes"
    before = [(t.value, slot) for t, slot in said if t.kind in alike or token.kind == "num"]
    others = [t for t in tokens[span.first : span.last] if t.kind == token.kind and t.value != token.value]
    return {slot for value, slot in before if value != token.value}, bool(others) and any(
        value == token.value for value, _ in before
    )


def slot_before(token: Token, before: dict[str, str]) -> str:
    """The slot of the last value of this kind; of any, where the value has no unit. ``before``: slots by kind."""
    return before.get(token.kind) or (before.get("", "^") if token.kind == "num" else "^")


def written(
    model: Linear, row: Row, found: list[Span], roles: list[str], context: Context
) -> list[tuple[float, int, int, int, str]]:
    """Runs of tokens that may be texts: (margin, clause, first, last, slot), the surest first, none over another."""
    index = {label: i for i, label in enumerate(model.labels)}
    rated: list[tuple[float, int, int, int, str]] = []
    for number, first, last in caption_texts.runs(row, found, context):
        if roles[number] not in {"order", "correction"}:
            continue
        scores = model.scores(caption_texts.features(row, found[number], first, last, roles[number], context))
        slot = max(caption_texts.SLOTS, key=lambda s: scores[index[s]])
        rated.append((float(scores[index[slot]] - scores[index[NONE]]), number, first, last, slot))
    chosen: list[tuple[float, int, int, int, str]] = []
    for one in sorted(rated, reverse=True):
        if all(one[3] <= first or one[2] >= last for _, _, first, last, _ in chosen):
            chosen.append(one)
    return chosen


# What removes something is only believed where a word of removing stands in the clause: its cost is high.
_REMOVING = frozenset("remove not vanish losing undo off trim onlyhave nomusic mute besides keep".split())  # noqa: SIM905
# What a clause must speak of, by how the wish begins.
_EVIDENCE = {"remove_text=": _REMOVING, "remove_music=": _REMOVING, "keep.": KEEPING}


def evident(label: str, row: Row, span: Span) -> bool:
    """Whether a clause holds a word that a wish needs: one that destroys, that keeps, or that others often go with."""
    needed = next((kinds for begins, kinds in _EVIDENCE.items() if label.startswith(begins)), None)
    return needed is None or any(t.kind in needed for t in row.tokens[span.first : span.last])


def name(
    row: Row, models: dict[str, Linear], found: list[Span], roles: list[str], own: list[list[str]], filled: set[int],
    context: Context,
) -> list[Named]:  # fmt: skip
    """The wishes that clauses name without a value."""
    model, asks, uses, named = models["wishes"], models["asks"], uses_of(row), list[Named]()
    barred = tuple(head for head in ("layer", "change_layer", "transition") if not allowed(head, uses, context))
    for number in range(len(found)):
        role = roles[number]
        if role in {"report", "smalltalk", "unclear"}:
            continue
        scores = model.scores(of_wish(own, roles, number))
        may = [
            (z, label)
            for label, z in zip(model.labels, scores.tolist(), strict=True)
            if (z > ALONE or role == "beyond")
            and licensed(label, role)
            and not label.startswith(barred)
            and evident(label, row, found[number])
        ]
        sure = [(z, label) for z, label in may if z > SURE]
        sure = [max(sure)] if sure and max(sure)[1] == "nothing=true" else sure  # no wish that is less likely
        if role == "beyond" and may:
            known = [(z, label) for z, label in sure if "other" not in label]
            sure = [max(known or may)]  # one clause asks for one thing that is beyond us
        elif role == "question":
            asked = asks.scores(of_question(_led(row, found[number], own[number])))
            sure.append((float(asked.max()), f'ask="{asks.labels[int(asked.argmax())]}"'))
            if len(found) == 1 and asked.max() < OURS and _unknown(row, found[number]):
                sure[-1] = (float(asked.max()), 'cannot="other"')  # "who is president of France?"
        elif not sure and number not in filled and may and not max(may)[1].startswith(QUIET):
            sure = [max(may)]  # something is asked, and nothing else is likelier
        named += [Named.of(number, label, z) for z, label in sure]
    return named


def _unknown(row: Row, span: Span) -> bool:
    """Whether a question is about nothing that we have a word for."""
    content = {t.kind for t in row.tokens[span.first : span.last] if not t.filler and t.kind not in SEPARATORS}
    return "word" in content and content <= {"word", "question", "be", "of", "from", "at", "in", "who", "and"}


def _led(row: Row, span: Span, own: list[str]) -> list[str]:
    """Features of a clause without the conjunction that it begins with: "and how many frames?" asks no other thing."""
    led = row.tokens[span.first].kind == "and" and span.last - span.first > 1
    return features.of_clause(row, Span(span.first + 1, span.last, span.start, span.end), []) if led else own


def asked_beyond(model: Linear, roles: list[str], own: list[list[str]]) -> tuple[str, ...]:
    """The kinds of ``cannot`` that questions ask about: "can you add subtitles by yourself?"."""
    found = []
    for number, role in enumerate(roles):
        if role == "question":
            scores = model.scores(of_wish(own, [*roles[:number], "beyond"], number))
            kinds = [(z, label) for z, label in zip(scores, model.labels, strict=True) if label.startswith("cannot=")]
            best, label = max(kinds)
            if best > ASKED_BEYOND and "other" not in label:
                found.append(str(Named.of(number, label, float(best)).value))
    return tuple(dict.fromkeys(found))


def of_question(own: list[str]) -> list[str]:
    """Features of what a clause asks: what stands does not change it."""
    return [f for f in own if not f.startswith(("c:", "c!", "S:"))]


def of_wish(own: list[list[str]], roles: list[str], at: int) -> list[str]:
    """Features of the wishes that clause ``at`` names."""
    found = [*own[at], f"role:{roles[at]}"]
    if at:
        found += [f"P:{f}" for f in own[at - 1] if f[:2] in {"k:", "w:"}]
    return found
