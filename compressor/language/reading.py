"""A phrase → what it asks: the story of one reading, from letters to the flat object."""

from __future__ import annotations

import re
from typing import Any

from . import (
    lexer,
    rules_beyond,
    rules_colour,
    rules_dims,
    rules_frames,
    rules_kind,
    rules_length,
    rules_look,
    rules_size,
    rules_sound,
    rules_time,
    rules_trim,
)
from .asking import questions
from .comparatives import relatives
from ..reading.normal import Folded, fold
from .pattern import Found, Reading, Rules, nothing, run, says, sets
from .referring import referred
from .rows import row_of
from .settling import bare_formats, settle, take_actions
from .sources import accepted, complained, corrections, described, drop_injections, told
from .stories import narrated
from .texts import read_texts
from .vocabulary import KEYS

TEXTS: Rules = [
    ("text ~ not ~ (remove|make)", nothing),
    ("not ~ (remove|losing) ~ text", nothing),
    ("setting", lambda r, f: _setting(r, f)),
    ("not ~ text ~ (comma|stop|and)+ ~ remove (comma|stop|and|$)", sets(remove_text=True)),
    ("remove ~ (text|write)+ (at|pos)*", sets(remove_text=True)),
    ("text ~ be? ~ (better|bigger|smaller)? ~ (comma|stop|and)+ ~ remove (comma|stop|and|$)", sets(remove_text=True)),
    ("remove ~ pos ~ (of|at)* ~ text", sets(remove_text=True)),
    ("pos? (of|at)* text ~ remove", sets(remove_text=True)),
    ("remove comma be ~ text", sets(remove_text=True)),
    ("text ~ (at|of)* ~ (animation|video|format|part) ~ remove (comma|stop|and|$)", sets(remove_text=True)),
    ("text ~ (at|of)* pos ~ remove (comma|stop|and|$)", sets(remove_text=True)),
    ("keep? ~ (text|write) vanish (comma|stop|and|$)", sets(remove_text=True)),
    ("pos? text not (comma|stop|$)", sets(remove_text=True)),
    ("not ~ (add|make|put|write|any|at)* ~ text", lambda r, f: _without_text(r, f)),
]
# What is left of a refusal when no rule knew it: "don't trim it" asks for nothing.
REFUSED: Rules = [("not ~ (trim|crop|make|remove|add|fill|write|use)", nothing)]
LEFT: Rules = [
    ("be (comma|stop|$)", lambda r, f: says("export")(r, f) if f["be"] == "导出来" else False),
    ("^ toomuch $", lambda r, f: sets(relative="smaller")(r, f) if f["toomuch"] == "太大" else False),
]


def _setting(r: Reading, f: Found) -> Any:
    key, value = f["setting"]
    if key not in KEYS or not KEYS[key](value):
        return False
    r.put(key, value)
    return None


def _without_text(r: Reading, f: Found) -> None:
    """ "without the text" speaks of one that is there; "no text" only of none to be added."""
    r.nothing = True
    if f.tokens[0].value == "without" and any(t.kind == "art" and t.value == "the" for t in f.tokens):
        r.put("remove_text", True)


def read_words(words: str) -> tuple[Reading, Folded]:
    """Everything that the grammar understands of ``words``; the row keeps what it did not."""
    folded = fold(words)
    reading = row_of(folded)
    if not reading.row and re.search(r"\bhelp\b", folded.text):  # "can you help me" says nothing else
        reading.actions.append("help")
    drop_injections(reading)
    questions(reading, folded)
    referred(reading)
    read_texts(reading, folded)
    run(reading, TEXTS)
    told(reading)
    narrated(reading, folded)
    described(reading)
    run(reading, rules_size.SOURCE)
    run(reading, rules_size.KEEPING)
    complained(reading)
    accepted(reading)
    corrections(reading)
    run(reading, rules_beyond.BEYOND)
    run(reading, rules_time.PLAY)
    run(reading, rules_frames.FRAMES)
    run(reading, rules_trim.TRIM)
    run(reading, rules_length.LENGTHS)
    run(reading, rules_time.LOOPS)
    run(reading, rules_sound.SOUND)
    run(reading, rules_look.SHAPE)
    run(reading, rules_colour.COLOUR)
    run(reading, rules_kind.QUALITY)
    run(reading, rules_kind.FORMATS)
    run(reading, rules_size.SIZES)
    run(reading, rules_dims.DIMS)
    run(reading, rules_size.HALVES)
    run(reading, rules_look.PRESETS)
    run(reading, LEFT)
    take_actions(reading)
    bare_formats(reading)
    relatives(reading)
    run(reading, REFUSED)
    settle(reading)
    return reading, folded


def warm() -> None:
    """Build all tables and patterns now instead of with the first phrase."""
    lexer.warm()
    for words in (
        "shrink it for reddit, please",
        "压小一点",
        "más pequeño",
        "kleiner bitte",
        "plus petit",
        "もっと小さく",
    ):
        explain(words)


def explain(words: str) -> dict[str, Any]:
    """The flat object of what ``words`` ask for, and nothing that they do not."""
    reading, _ = read_words(words)
    return reading.wish
