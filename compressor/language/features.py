"""What the models look at: strings that name what stands in and around a clause or a token.

Concepts (``remove``, ``#ms``, ``pos=top``) are the same in every language; words are the language's own. A model that
has learned from one language what stands around a figure knows it for the others as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from .candidates import KEPT, candidates
from .clauses import Span
from .context import Context
from .phrases import languages_of, places
from .segments import Thing
from .tokens import FILLERS, SEPARATORS, Row, Token, row_of

# Concepts that govern others, however far away: what is to be done with them, or not.
_GOVERNING = frozenset({
    "not", "remove", "keep", "add", "write", "make", "trim", "crop", "smaller", "bigger", "better", "faster", "slower",
    "repair", "inject", "export", "off", "question", "srcword", "same",
})  # fmt: skip
# Tokens on each side of a value that can tell what it is: no sentence is longer, and a row of thousands of values would
# otherwise be looked at whole for each of them.
_FAR = 100
_ASKING = re.compile(r"[?？]")


def of_context(context: Context) -> list[str]:
    """What stands, as far as it changes how words are meant."""
    found = [f"c:{key}" for key in context.goal]
    if context.last:
        found.append("c!last")
    if context.texts:
        found.append("c!texts" + ("s" if len(context.texts) > 1 else ""))
    if context.layers:
        found.append("c!layers" + ("s" if len(context.layers) > 1 else ""))
    if context.clips > 1:
        found.append("c!clips")
    if context.speed != 1:
        found.append("c!speed")
    if context.music or "music" in context.goal:
        found.append("c!music")
    if context.said:
        found.append("c!said")
    return found or ["c!nothing"]


def of_said(context: Context) -> list[str]:
    """What the message before spoke of: "no, 12" after "10 frames a second" counts frames."""
    if not context.said:
        return []
    tokens = _content(row_of(context.said[-200:]).tokens)
    found = list(dict.fromkeys(f"S:{t.concept}" for t in tokens if t.concept != "w"))[-12:]
    set_by = _standing(tokens, context)
    return found + [f"SK:{key}" for key, _ in set_by] + [f"SK:{key} {kind}" for key, kind in set_by]


def of_standing(row: Row, context: Context) -> list[str]:
    """What stands, what the message before spoke of, and which keys that stand have a value that this message names:
    "12, not 15" where 15 frames a second stand."""
    named = dict.fromkeys(key for key, _ in _standing(row.tokens, context))
    return [*of_context(context), *of_said(context), *(f"X:{key}" for key in named)]


def _standing(tokens: Iterable[Token], context: Context) -> list[tuple[str, str]]:
    """The keys of the goal that a token may have set to what they are, each with the kind of the token."""
    return sorted({
        (key, token.kind)
        for token in tokens
        for _, made in (candidates(token, context, []) if context.goal else ())
        for key, value in made.items()
        if context.goal.get(key) == value
    })  # fmt: skip


def _named(token: Token) -> str:
    """The concept of a token, or the word; a colour of hexadecimal digits is one concept."""
    if token.concept.startswith("color=#"):
        return "color=#"
    return token.concept if token.concept != "w" else f"w:{token.text}"


def _word(token: Token) -> str:
    return token.text if token.kind != "quote" else "«»"


def _content(tokens: Iterable[Token]) -> list[Token]:
    return [t for t in tokens if t.kind not in FILLERS and t.kind not in SEPARATORS]


def cues(row: Row, span: Span) -> list[str]:
    """The cues that a clause holds, whether it begins with one, and which stand together."""
    first, last = row.tokens[span.first], row.tokens[span.last - 1]
    text = row.folded.text[first.at : last.till]
    held, opens = [], []
    for lang in languages_of(row.lang):
        for name, spots in places(text, lang, "cues").items():
            if name not in held:
                held.append(name)
                opens += [name] if spots[0][0] <= 1 else []
    found = [f"q:{n}" for n in held] + [f"qf:{n}" for n in opens]
    if any(n.startswith("beyond") for n in held):
        found.append("q:beyond")
    found += [f"qq:{a} {b}" for i, a in enumerate(held) for b in held[i + 1 :]]
    found.append("q#" + str(min(len(held), 3)))
    return found


def of_clause(row: Row, span: Span, context: list[str]) -> list[str]:
    """Features of one clause by itself: words, concepts, pairs of them, how it begins and ends."""
    tokens = row.tokens[span.first : span.last]
    found = ["b", f"l:{row.lang}", *context]
    words = [_word(t) for t in tokens]
    concepts = [t.concept if t.concept != "w" else _word(t) for t in tokens if t.kind not in SEPARATORS]
    content = [t.concept if t.concept != "w" else "w" for t in _content(tokens)]
    named = [t.concept if t.concept != "w" else _word(t) for t in _content(tokens)]
    found += [f"w:{w}" for w in words]
    found += [f"k:{c}" for c in content]
    found += [f"c2:{a} {b}" for a, b in pairwise(content)]
    found += [f"v:{a} {b}" for a, b in _governed(content)]
    said = {f[2:] for f in context if f.startswith("S:")}
    found += [f"SM:{c}" for c in dict.fromkeys(content) if c in said]
    found += [f"w2:{a} {b}" for a, b in pairwise(words)]
    found += [f"w3:{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)]
    found += [f"n2:{a} {b}" for a, b in pairwise(named)]
    found += [f"k3:{a} {b} {c}" for a, b, c in zip(content, content[1:], content[2:], strict=False)]
    for gap in (2, 3, 4):
        found += [f"g:{a} {b}" for a, b in zip(named, named[gap:], strict=False)]
    found += [f"f:{c}" for c in concepts[:1]] + [f"f2:{' '.join(concepts[:2])}", f"f3:{' '.join(concepts[:3])}"]
    found += [f"e:{c}" for c in concepts[-1:]] + [f"e2:{' '.join(concepts[-2:])}"]
    piece = row.words[span.start : span.end]
    if _ASKING.search(piece):
        found.append("?")
        found += [f"?:{c}" for c in concepts[:2]]
    if len(content) < 2:
        found.append(f"only:{' '.join(named)}")
    if len(content) > 8:
        found.append("long")
    found += cues(row, span)
    spoken = [t.text for t in tokens if t.kind not in SEPARATORS]
    found += [f"fw:{' '.join(spoken[:n])}" for n in (1, 2, 3)] + [f"lw:{' '.join(spoken[-n:])}" for n in (1, 2)]
    for word in spoken:
        if len(word) > 4 and word.isascii():
            found += [f"s:{word[-2:]}", f"s:{word[-3:]}", f"p:{word[:4]}"]
    if row.lang in {"zh", "ja", "ko"}:
        text = "".join(words)
        letters = [text[i : i + 2] for i in range(len(text) - 1) if not text[i].isascii()]
        found += [f"h:{p}" for p in letters]
    unknown = sum(t.kind == "word" for t in tokens)
    found.append(f"u{min(unknown, 4)}")
    if unknown:
        found += [f"ku:{c}" for c in dict.fromkeys(content)]
    if unknown and unknown * 2 >= len(content):
        found.append("mostly unknown")
    return found


def _governed(content: list[str]) -> list[tuple[str, str]]:
    """Each concept that governs, with each other one of the clause, and which of them comes first."""
    found: dict[tuple[str, str], None] = {}
    last: dict[str, int] = {}
    for at, verb in enumerate(content):
        if verb in _GOVERNING:
            if verb not in last:  # what stands behind it the next time, stands behind it now
                found |= dict.fromkeys((verb, f">{c}") for c in content[at + 1 :] if c != "w")
            found |= dict.fromkeys((verb, f"<{c}") for c in content[last.get(verb, 0) : at] if c != "w")
            last[verb] = at
    return list(found)


def of_role(row: Row, spans: list[Span], at: int, own: list[list[str]]) -> list[str]:
    """Features of the role of clause ``at``: its own, those of its neighbours, and its place."""
    found = list(own[at])
    place = "only" if len(spans) == 1 else "first" if at == 0 else "last" if at == len(spans) - 1 else "mid"
    found.append(f"at:{place}")
    for name, other in (("p", at - 1), ("q", at + 1)):
        if 0 <= other < len(spans):
            found += [
                f"{name}:{f}" for f in own[other] if f[:2] in {"w:", "k:", "f:", "e:", "q:", "qf", "fw"} or f == "?"
            ]
        else:
            found.append(f"{name}:none")
    end = row.words[spans[at].start : spans[at].end].rstrip()[-1:]
    found.append(f"end:{end if end in '?!.,;:？！。，；：…' else 'x'}")
    return found


_ROUND = {
    "p": {360, 480, 540, 720, 1080, 1440, 2160}, "turn": {90, 180, 270}, "power": {2, 4, 8, 16, 32, 64, 128, 256},
}  # fmt: skip


def _bucket(value: object) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    found = [f"log{len(str(int(abs(value))))}", "int" if value == int(value) else "part"]
    found += [name for name, values in _ROUND.items() if value in values]
    return [*found, f"v{value}"] if value in {1, 2, 3, 10, 12, 15, 20, 24, 25, 30, 50, 60} else found


def of_token(
    row: Row, spans: list[Span], clause: int, at: int, role: str, context: list[str], stood: str, thing: Thing | None
) -> list[str]:
    """Features of the slot that token ``at`` fills: what it is, what stands on both sides of it, ``stood``, the slot of
    the last value of its kind, and the thing that it is said of."""
    span, cut = spans[clause], max(0, at - _FAR)
    tokens, at = row.tokens[cut : at + 1 + _FAR], at - cut
    token = tokens[at]
    kind = f"#{token.kind}" if token.concept.startswith("#") else token.kind
    left = [t for t in tokens[max(0, at - 14) : at] if t.kind not in FILLERS]
    right = [t for t in tokens[at + 1 : at + 12] if t.kind not in FILLERS]

    lk = [*(_named(t) for t in reversed(left)), "^", "^", "^"]
    rk = [*(_named(t) for t in right), "$", "$", "$"]
    ls = [*(t.concept for t in reversed(left)), "^", "^", "^"]
    rs = [*(t.concept for t in right), "$", "$", "$"]
    base = [
        "b", f"r:{role}", f"ps:{stood}", f"ps:{stood} {role}", f"ps:{stood} {lk[0]}",
        f"l1:{lk[0]}", f"l2:{lk[1]}", f"l3:{lk[2]}", f"r1:{rk[0]}", f"r2:{rk[1]}", f"r3:{rk[2]}",
        f"l12:{lk[1]} {lk[0]}", f"r12:{rk[0]} {rk[1]}", f"lr:{lk[0]} {rk[0]}", f"l2r:{lk[1]} {lk[0]} {rk[0]}",
        f"lr2:{lk[0]} {rk[0]} {rk[1]}", f"l123:{ls[2]} {ls[1]} {ls[0]}", f"r123:{rs[0]} {rs[1]} {rs[2]}",
        f"x:{tokens[at - 1].text if at else '^'}", f"y:{tokens[at + 1].text if at + 1 < len(tokens) else '$'}",
        f"lang:{row.lang}",
    ]  # fmt: skip
    said_of = (thing.kind + ("!" if thing.shown else "") + (">" if thing.at > at + cut else "")) if thing else "-"
    base += [f"of:{said_of}", f"of:{said_of} {lk[0]}", f"of:{said_of} {rk[0]}"]
    base += [f"v:{b}" for b in _bucket(token.value)]
    if token.concept != kind:
        base.append(
            f"det:{tokens[at - 1].text if at else '^'} {token.concept}"
        )  # "this gif" is the source, "gif" a wish
        base += [f"val:{token.concept}", f"val:{token.concept} {lk[0]}", f"val:{token.concept} {rk[0]}"]
    near = [t for t in tokens[max(0, span.first - cut) : at] if t.kind not in FILLERS and t.kind not in SEPARATORS]
    after = [t for t in tokens[at + 1 : span.last - cut] if t.kind not in FILLERS and t.kind not in SEPARATORS]
    base += [f"L:{_named(t)}" for t in near] + [f"R:{_named(t)}" for t in after]
    governs = [[t.kind for t in side if t.kind in _GOVERNING] or ["-"] for side in (near[::-1], after)]
    base += [f"gl:{governs[0][0]}", f"gr:{governs[1][0]}", f"g:{governs[0][0]} {governs[1][0]}"]
    base += [f"Lc:{t.concept}&{rs[0]}" for t in near[-4:]] + [f"Rc:{ls[0]}&{t.concept}" for t in after[:4]]
    if clause:
        earlier = tokens[max(0, spans[clause - 1].first - cut) : max(0, spans[clause - 1].last - cut)]
        base += [f"P:{t.concept}" for t in earlier if t.concept != "w" and not t.filler]
    if clause + 1 < len(spans):
        following = tokens[spans[clause + 1].first - cut : spans[clause + 1].last - cut]
        base += [f"N:{t.concept}" for t in following if t.concept != "w" and not t.filler]
    same = [i for i, t in enumerate(tokens) if t.kind == token.kind and t.concept[0] == token.concept[0]]
    if len(same) > 1:
        base.append(f"of:{same.index(at) if at in same else 0}/{len(same)}")
    if any(t.kind in {"text", "watermark", "write", "quote"} for t in tokens):
        base.append("m:text")
    if "?" in row.words[span.start : span.end] or "？" in row.words[span.start : span.end]:
        base.append("m:?")
    typed = [t for t in tokens[:at] if t.concept.startswith("#") and t.kind != "num"]
    base.append(f"U:{typed[-1].kind if typed else '^'}")
    found = [f"{kind}|{f}" for f in base] + [f"{kind}|{f}" for f in context]
    if kind in KEPT:
        found += [f"obj|{f}" for f in base]
    # Kinds of figures share what stands around them.
    if kind.startswith("#"):
        found += [f"#|{f}" for f in base[1:20]]
    return found
