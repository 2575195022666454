"""What words ask of several at once: "as mp4, gif and webp", 各种格式都要, "all of them together under 2 MB"."""

from __future__ import annotations

from ..formats import COMPARED, OTHERS, OUTPUTS
from .file_mentions import summed
from .phrases import found_in
from .reader import read
from .tokens import FILLERS, Row, Token, row_of

_FORMATS = OUTPUTS.keys() | {row.name for row in OTHERS.values() if not row.codec}
_BETWEEN = FILLERS | {"comma", "and"}


def several(words: str) -> dict[str, str]:
    """Format → the words that ask for it alone, where the words ask for more than one; else empty."""
    row = row_of(words)
    if found := found_in(row.folded.text, row.lang, "files", "allformats"):
        origin = row.folded.origin
        names, start, end = list(COMPARED), origin[found[0]], origin[found[1] - 1] + 1
    else:
        names, start, end = _listed(row)
    if len(names) < 2:
        return {}
    return {name: f"{words[:start]}{name}{words[end:]}".strip() for name in names}


def together(words: str) -> bool:
    """Whether a limit in bytes is for all files together: it is one sum, not a ceiling for each."""
    return summed(row_of(words))


def _listed(row: Row) -> tuple[list[str], int, int]:
    """The formats of the first list of two or more, and where it stands. What comes after a list of sources ("the mp4
    and the gif to webp") is the format."""
    said = [at for at, token in enumerate(row.tokens) if _is_format(token) and not _denied(row, at)]
    for first in said:
        run = [first]
        for at in said:
            if at > run[-1] and all(token.kind in _BETWEEN for token in row.tokens[run[-1] + 1 : at]):
                run.append(at)
        names = list(dict.fromkeys(str(row.tokens[at].value) for at in run))
        last = run[-1]
        after = [token for token in row.tokens[last + 1 :] if token.kind not in FILLERS | {"animation", "video"}]
        sources = len(after) > 1 and after[0].kind == "to" and _is_format(after[1])
        if len(names) > 1 and not sources and not _told(row, first):
            return names, row.tokens[first].start, row.tokens[last].end
    return [], 0, 0


def _denied(row: Row, at: int) -> bool:
    """ "not mp4, gif please" """
    before = [token.kind for token in row.tokens[:at] if token.kind not in FILLERS]
    return before[-1:] == ["not"]


def _told(row: Row, at: int) -> bool:
    """ "my phone sends mov, I need png" """
    end = 0
    for clause in read(row.words).clauses:
        end += len(clause.text)
        if row.tokens[at].start < end:
            return clause.role == "report"
    return False


def _is_format(token: Token) -> bool:
    return token.kind == "format" and token.value in _FORMATS
