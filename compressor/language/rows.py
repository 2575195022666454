"""The row of tokens that the rules read: filler left out, quotes hidden, a few orders of words made even."""

from __future__ import annotations

import re

from .lexer import Token, language_of, quotes, tokens
from .normal import Folded
from .pattern import Reading
from .tables import read_table
from .texts import wants_quotes

_WANTING = re.compile(r"want|need|like|要|想|mochte|brauche|quiero|necesito|veux|voudrais|besoin|欲し|ほしい")
_URL = re.compile(r"https?://\S+|www\.\S+")
POINTING = frozenset(word for line in read_table("pointing") for word in line.split())


def row_of(folded: Folded) -> Reading:
    """All tokens of the phrase that may mean something. Quotes count only where letters to show are spoken of."""
    lang = language_of(folded.text)
    hidden = [(a, b, folded.source(c, d)) for a, b, c, d in quotes(folded)]
    reading = _row(tokens(folded, lang, hidden), lang, folded)
    if hidden and not wants_quotes(reading):
        reading = _row(tokens(folded, lang), lang, folded)
    return reading


def _row(found: list[Token], lang: str, folded: Folded) -> Reading:
    urls = [m.span() for m in _URL.finditer(folded.text)]
    row: list[Token] = []
    wanted = False
    for token in found:
        if any(a <= token.start < b for a, b in urls):
            token = Token("word", folded.text[token.start : token.end], token.start, token.end)
        if token.kind == "soft":
            wanted = wanted or bool(_WANTING.search(folded.text[token.start : token.end]))
            continue
        if token.kind == "art" and wanted:
            if token.value in POINTING:
                wanted = False  # "I want this gif …" says which, not what
            else:
                token = Token("art", "wanted", token.start, token.end)
        if wanted and token.kind != "art":
            if token.kind in {"bytes", "format", "still", "video"} and not (row and row[-1].value == "wanted"):
                row.append(Token("art", "wanted", token.start, token.start))
            wanted = False
        row.append(token)
    return Reading(_evened(row), lang)


def _evened(row: list[Token]) -> list[Token]:
    """ "les 3 premières secondes" is read as "the first 3 seconds", 中间2到4秒 names a part and no place."""
    found: list[Token] = []
    index = 0
    while index < len(row):
        token, rest = row[index], row[index + 1 : index + 3]
        kinds = [t.kind for t in rest]
        if token.kind == "num" and kinds in (["first", "secword"], ["last", "secword"]):
            found += [rest[0], Token("ms", round(token.value * 1000), token.start, rest[1].end)]
            index += 3
            continue
        if token.kind == "pos" and token.value == "center" and kinds[:1] and kinds[0] in {"ms", "span"}:
            token = Token("part", token.value, token.start, token.end)
        found.append(token)
        index += 1
    return found
