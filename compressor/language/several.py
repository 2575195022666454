"""What words ask of several at once: "as mp4, gif and webp", 各种格式都要, "all of them together under 2 MB"."""

from __future__ import annotations

import re

from ..formats import COMPARED, OUTPUTS
from .tokens import FILLERS, Row, Token, row_of

_ALL = re.compile(
    r"\b(?:(?:in|as)\s+)?(?:all|every|each|several|various)\s+(?:of\s+)?(?:the\s+)?(?:file\s+)?formats?\b"
    r"|\bcompare\s+(?:the\s+|all\s+)?formats\b"
    r"|(?:各种|所有|全部|每种|多种|几种)的?格式(?:都要|都来一份|对比|比较)?"
    r"|\b(?:in\s+)?(?:allen?|jedem|sämtlichen?|mehreren)\s+formate?n?\b"
    r"|\b(?:dans\s+|en\s+)?(?:tous|plusieurs)\s+(?:les\s+)?formats\b"
    r"|\b(?:en\s+|em\s+|in\s+)?(?:todos\s+(?:los|os)|tutti\s+i|varios|vários|vari)\s+format[oi]s?\b"
    r"|(?:全ての|すべての|全部の|全|各)(?:形式|フォーマット)(?:で)?"
    r"|(?:모든|여러)\s*(?:형식|포맷)(?:으로)?",
    re.I,
)
_TOGETHER = re.compile(
    r"\b(?:together|altogether|combined|in total|in all|zusammen|insgesamt|en tout|au total|en total|em conjunto"
    r"|no total|in totale)\b|一共|总共|合计|加起来|总计|合計|全部で|합쳐",
    re.I,
)
_BETWEEN = FILLERS | {"comma", "and"}


def several(words: str) -> dict[str, str]:
    """Format → the words that ask for it alone, where the words ask for more than one; else empty."""
    if found := _ALL.search(words):
        names, start, end = list(COMPARED), found.start(), found.end()
    else:
        names, start, end = _listed(row_of(words))
    if len(names) < 2:
        return {}
    return {name: f"{words[:start]}{name}{words[end:]}".strip() for name in names}


def together(words: str) -> bool:
    """Whether a limit in bytes is for all files together: it is one sum, not a ceiling for each."""
    return bool(_TOGETHER.search(_ALL.sub(" ", words)))  # "in all formats" is no sum


def _listed(row: Row) -> tuple[list[str], int, int]:
    """The formats of the first list of two or more, and where it stands. What comes after a list of sources ("the mp4
    and the gif to webp") is the format."""
    said = [at for at, token in enumerate(row.tokens) if _is_format(token)]
    for first in said:
        run = [first]
        for at in said:
            if at > run[-1] and all(token.kind in _BETWEEN for token in row.tokens[run[-1] + 1 : at]):
                run.append(at)
        names = list(dict.fromkeys(str(row.tokens[at].value) for at in run))
        last = run[-1]
        sources = last + 2 < len(row.tokens) and row.tokens[last + 1].kind == "to" and _is_format(row.tokens[last + 2])
        if len(names) > 1 and not sources:
            return names, row.tokens[first].start, row.tokens[last].end
    return [], 0, 0


def _is_format(token: Token) -> bool:
    return token.kind == "format" and token.value in OUTPUTS
