"""A reader that knows a table of messages: what tests of the conversation say, and what it is read as."""

from __future__ import annotations

from typing import Any

import pytest

from compressor import language
from compressor.language import Clause, Context, Understood

ROLES = {"?": "question", "~": "correction", "#": "report", "!": "smalltalk", "%": "unclear", "^": "beyond"}


def read(words: str, context: Context | None = None) -> Understood:
    """See ``MESSAGES``: the message is the whole of ``words``; its first character says its role."""
    found = MESSAGES[words]
    role = ROLES.get(words[0], "order")
    explain = {k: v for k, v in found.items() if k not in ("doubt", "answer", "unclear", "lang")}
    return Understood(
        explain,
        (Clause(words, role),),
        tuple(found.get("unclear", ())),
        found.get("doubt", {}),
        found.get("answer", ""),
        found.get("lang", ""),
    )


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "read", read)


MESSAGES: dict[str, dict[str, Any]] = {
    "under 500KB": {"max_bytes": 500_000},
    "under 10KB": {"max_bytes": 10_000},
    "1 byte, 20000 px wide, 240 fps": {"max_bytes": 1, "width": 20_000, "fps": 240},
    "~no, 300KB": {"max_bytes": 300_000},
    "a bit smaller": {"relative": "smaller"},
    "more quality": {"relative": "better"},
    "cut the first second": {"start_ms": 1000},
    "~no, the first half second": {"start_ms": 500},
    "~no, the first second after all": {"start_ms": 1000},
    "twice the speed": {"speed": 2},
    "add SALE at the top": {"text": {"text": "SALE", "position": "top"}},
    "add NEW at the bottom": {"text": {"text": "NEW", "position": "bottom"}},
    "make it red": {"change_text": {"color": "red"}},
    "move SALE to the bottom": {"change_text": {"which": "SALE", "position": "bottom"}},
    "undo": {"action": "undo"},
    "redo": {"action": "redo"},
    "start over": {"action": "start_over"},
    "back to before the text": {"action": "undo", "to": {"before": "text"}},
    "back to before the music": {"action": "undo", "to": {"before": "music"}},
    "undo that and do 15 fps": {"action": "undo", "fps": 15},
    "make it shorter": {"doubt": {"max_duration_ms": None}},
    "%maybe grey": {"doubt": {"grayscale": True}},
    "yes": {"answer": "yes"},
    "no": {"answer": "no"},
    "!thanks": {},
    "#my friend has a small one": {},
    "%qwzx": {"unclear": ["qwzx"]},
    "?how big is it": {"action": "ask", "ask": "size"},
    "?credits": {"action": "credits"},
    "?status": {"action": "state"},
    "^blur the face": {"cannot": ["blur_part"]},
    "export": {"action": "export"},
    "keep the size": {"keep": ["dimensions"]},
    "half speed": {"speed": 0.5},
    # files
    "now the second one: under 20KB as gif": {"media": 2, "max_bytes": 20_000, "format": "gif"},
    "back to the first": {"media": 1},
    "the cat one under 30KB": {"media": "cat", "max_bytes": 30_000},
    "the last one backwards": {"media": "last", "reverse": True},
    "each file under 10KB": {"media": "all", "max_bytes": 10_000},
    "all a bit smaller": {"media": "all", "relative": "smaller"},
    "all together under 50KB": {"media": "all", "together": True, "max_bytes": 50_000},
    "both, same settings": {"media": "all"},
    "压到10K": {"max_bytes": 10_000, "lang": "zh"},
    "put the cat after the blob": {"order": [1, 2]},
    "the cat goes first": {"order": [2, 1]},
    "export the second": {"media": 2, "action": "export"},
    "export all": {"media": "all", "action": "export"},
    "the ninth one smaller": {"media": 9, "relative": "smaller"},
    "then the second clip": {"media": 2},
    "use the second clip": {"media": 2},
    "then add screen.gif": {"layer": {"file": "screen.gif"}},
    "then add b.gif and cross-fade between them": {"transition": {"kind": "crossfade"}},
    "then add and cross-fade between them": {"transition": {"kind": "crossfade"}},
}
