"""Rules over kinds of tokens: a pattern is a line of kinds, and matches wherever they follow one another.

``"remove ~ first ms"``: a space allows articles in between, ``~`` allows up to four words that mean nothing to us,
``(a|b)``, ``?`` and ``*`` are as in regular expressions. A pattern becomes a real regular expression over a string
that has one letter per token, so that a whole phrase is read in well under a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..reading.lexer import Token
from ..reading.tables import read_table

USED = "\x01"
_LETTERS: dict[str, str] = {}


def letter(kind: str) -> str:
    if kind not in _LETTERS:
        _LETTERS[kind] = chr(0x4E00 + len(_LETTERS))
    return _LETTERS[kind]


_MANY = 8  # how often a kind may follow itself where a pattern says * or +: nobody says more, and time stays linear
_ARTICLES = f"[{letter('art')}]{{0,{_MANY}}}"
_GAP = "[" + "".join(letter(k) for k in ("art", "be", "plain", "word", "srcword")) + "]{0,4}"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    for part in pattern.split():
        if part == "~":
            if parts and parts[-1] == _ARTICLES:
                parts.pop()
            parts.append(_GAP)
            continue
        part = re.sub(r"[a-z]\w*", lambda m: letter(m.group()), part)
        if part.endswith((")*", ")+")):  # articles between the repetitions as well: "at a volume of"
            parts.append(f"(?:{part[:-1]}{_ARTICLES}){{{'0' if part[-1] == '*' else '1'},{_MANY}}}")
            continue
        parts.append(part.replace("*", f"{{0,{_MANY}}}").replace("+", f"{{1,{_MANY}}}"))
        parts.append(_ARTICLES)
    if parts and parts[-1] == _ARTICLES:
        parts.pop()
    return re.compile("".join(parts))


@dataclass(slots=True)
class Found:
    """The tokens that a pattern matched."""

    tokens: list[Token]
    first: int  # places in the row
    last: int

    def __getitem__(self, kind: str) -> Any:
        return next(t.value for t in self.tokens if t.kind == kind)

    def get(self, *kinds: str) -> Any:
        return next((t.value for t in self.tokens if t.kind in kinds), None)

    def all(self, *kinds: str) -> list[Any]:
        return [t.value for t in self.tokens if t.kind in kinds]

    def has(self, *kinds: str) -> bool:
        return any(t.kind in kinds for t in self.tokens)


@dataclass(slots=True)
class Reading:
    """One phrase while it is read. ``wish`` collects what was asked, ``row`` the tokens that are left to understand."""

    row: list[Token]
    lang: str
    letters: str = ""
    wish: dict[str, Any] = field(default_factory=dict)
    nothing: bool = False  # something was understood that asks for nothing
    keep_quality: bool = False
    unharmed: bool = False  # lossless was asked for as "without losing quality"
    question: bool = False
    injected: bool = False
    actions: list[str] = field(default_factory=list)
    refused: list[tuple[int, int]] = field(default_factory=list)  # understood, and not to be said in the flat object

    def __post_init__(self) -> None:
        self.letters = "".join(letter(t.kind) for t in self.row)

    def use(self, first: int, last: int) -> None:
        self.letters = self.letters[:first] + USED * (last - first) + self.letters[last:]

    def name(self, index: int) -> None:
        """Say anew what kind of token stands at a place of the row."""
        self.letters = self.letters[:index] + letter(self.row[index].kind) + self.letters[index + 1 :]

    def left(self, index: int) -> bool:
        return self.letters[index] != USED

    def find(self, pattern: str) -> list[Found]:
        return [
            Found(self.row[m.start() : m.end()], m.start(), m.end())
            for m in compiled(pattern).finditer(self.letters)
            if m.end() > m.start()
        ]

    def put(self, key: str, value: Any) -> None:
        self.wish[key] = value


Action = Callable[[Reading, Found], Any]
Rules = list[tuple[str, Action]]


STATING = frozenset(phrase for line in read_table("stating") for phrase in line.split(" | "))
_BETWEEN = frozenset({"art", "be", "plain", "word", "srcword", "to", "make", "add", "from"})


_UNMADE = {"ないで", "しないで", "せず", "しない", "なくて"}  # ループしないで: a Japanese verb is forbidden after it


def _forbidden(reading: Reading, found: Found) -> tuple[int | None, int]:
    """Where the "don't" begins that ``found`` belongs to, and where both end: "I don't want it to loop"."""
    row = reading.row
    if found.has("not", "under", "over"):
        return None, 0
    if reading.lang == "ja":
        last = found.last
        made = last < len(row) and reading.left(last) and str(row[last].value) in _UNMADE
        return (found.first, last + 1) if made else (None, 0)
    for at in range(found.first - 1, max(found.first - 6, -1), -1):
        if not reading.left(at):
            return None, 0
        if row[at].kind == "not":
            return (None, 0) if row[at].value in STATING else (at, found.first)
        if row[at].kind not in _BETWEEN:
            return None, 0
    return None, 0


def _opposite(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is asked by asking not to: of most things nothing."""
    if "loop" in after and "loop" not in before:
        return before | {"loop": 1}
    return before


def run(reading: Reading, rules: Rules) -> None:
    """Apply each rule wherever it matches what is left; an action that answers False refuses its match.

    What was forbidden ("don't …, please") is taken and not wished for, unless the rule itself reads the "not".
    """
    for pattern, action in rules:
        start = 0
        while True:
            match = compiled(pattern).search(reading.letters, start)
            if not match or match.end() == match.start():
                break
            found = Found(reading.row[match.start() : match.end()], match.start(), match.end())
            first, last = _forbidden(reading, found)
            before = dict(reading.wish) if first is not None else {}
            if action(reading, found) is False:
                start = match.start() + 1
                continue
            if first is not None and reading.wish != before:
                reading.wish = _opposite(before, reading.wish)
                reading.nothing = True
                reading.use(first, last)
            reading.use(match.start(), match.end())
            start = match.end()


def sets(**wishes: Any) -> Action:
    def action(reading: Reading, found: Found) -> None:
        reading.wish.update(wishes)

    return action


def says(action_name: str) -> Action:
    def action(reading: Reading, found: Found) -> None:
        reading.actions.append(action_name)

    return action


def nothing(reading: Reading, found: Found) -> None:
    reading.nothing = True
