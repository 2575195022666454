"""From filled slots and named wishes to the flat explain object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

OVER = frozenset({"layer", "change_layer", "transition"})  # ``overlays`` settles what is said of these
SURE_ASK = 6.0  # from this score on a second question is answered as well (7: one double question of four less)


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot that a value fills: where it stands (its token), its clause, what it makes, by how much it is likelier
    than the next (log odds), and the first token of the thing that it is said of."""

    at: int
    clause: int
    slot: str
    made: dict[str, Any]
    margin: float = 9.0
    thing: int = -1


@dataclass(frozen=True, slots=True)
class Named:
    """A wish that was named without a value, as ``key=JSON``, and how sure it is (log odds)."""

    clause: int
    key: str
    value: Any
    score: float

    @classmethod
    def of(cls, clause: int, label: str, score: float) -> Named:
        key, _, value = label.partition("=")
        return cls(clause, key, json.loads(value), score)


@dataclass(slots=True)
class _Text:
    at: int
    clause: int
    wish: dict[str, Any] = field(default_factory=dict)


def explain(roles: list[str], filled: Iterable[Filled], named: Iterable[Named]) -> dict[str, Any]:
    """The explain object of a message. What is said later replaces what was said before."""
    wish: dict[str, Any] = {}
    about: dict[str, Any] = {}
    texts: list[_Text] = []
    loose: list[tuple[int, int, str, Any]] = []  # what is said of a text: its place, that of its text, key, value
    change: dict[str, Any] = {}
    remove: dict[str, Any] = {}
    spare: dict[str, Any] = {}
    kept: list[str] = []
    named = list(named)
    said: dict[str, int] = {}  # the clause of each value
    for one in filled:
        said |= dict.fromkeys(one.made, one.clause)
        asked = roles[one.clause] == "question"
        for key, value in one.made.items():
            head, dot, rest = key.partition(".")
            if asked:
                about[key] = value
            elif key == "text.text":
                texts.append(_Text(one.at, one.clause, {"text": value}))
            elif head == "text" and dot:
                loose.append((one.at, one.thing, rest, value))
            elif head in OVER:
                continue
            elif head == "change":
                change[rest] = value
            elif head == "remove":
                remove[rest] = value
            elif head == "keep":
                kept.append(rest)
            elif head == "music":
                wish.setdefault("music", {})[rest] = value
            elif key in {"length", "box", "corner"}:
                spare[key] = value
            else:
                wish[key] = value
    _name(named, roles, wish, about, loose, remove, said)
    if kept:
        wish["keep"] = list(dict.fromkeys([*kept, *wish.get("keep", [])]))
    _settle(wish, spare)
    _texts(wish, texts, loose, change)
    if remove:
        wish["remove"] = remove
    if about and wish.get("action") == "ask":
        wish["about"] = {k: v for k, v in about.items() if "." not in k}
        if not wish["about"]:
            del wish["about"]
    return wish


def _name(
    named: list[Named], roles: list[str], wish: dict[str, Any], about: dict[str, Any],
    loose: list[tuple[int, int, str, Any]], remove: dict[str, Any], said: dict[str, int],
) -> None:  # fmt: skip
    lists: dict[str, list[Any]] = {}
    best: dict[str, float] = {}
    for one in named:
        head, dot, rest = one.key.partition(".")
        if head in OVER:
            continue
        if head == "keep":
            lists.setdefault("keep", []).append(rest)
        elif one.key == "cannot":
            lists.setdefault(one.key, []).append(one.value)
        elif head == "about":
            about.setdefault(rest, one.value)
        elif head == "text" and dot:
            loose.append((10_000, -1, rest, one.value))
        elif head == "remove" and dot:
            remove[rest] = one.value
        elif one.key == "change.word":
            continue  # ``text_corrections`` works it out
        elif one.key == "music":
            wish.setdefault("music", {})
        elif one.key == "nothing":
            continue
        elif roles[one.clause] == "correction" and said.get(one.key, one.clause) < one.clause:
            wish[one.key] = one.value  # "three times, no, forever"
            said[one.key], best[one.key] = one.clause, one.score
        elif one.score <= best.get(one.key, -99.0):
            continue
        elif one.key in {"ask", "action"} or one.key not in wish or one.key in best:
            wish[one.key], said[one.key], best[one.key] = one.value, one.clause, one.score
    for key, values in lists.items():
        wish[key] = list(dict.fromkeys(values))
    asked = list(dict.fromkeys(n.value for n in named if n.key == "ask" and n.score > SURE_ASK)) or [wish.get("ask")]
    if "ask" in wish:
        if "action" in wish:
            del wish["ask"]
        else:
            wish |= {"action": "ask", "ask": asked[0] if len(asked) == 1 else asked}


def _settle(wish: dict[str, Any], spare: dict[str, Any]) -> None:
    """Values that need one another: a length from a start, a box and its corner; a pace with a factor needs no name."""
    if wish.get("boomerang"):
        wish.pop("reverse", None)  # "forwards, then backwards", "backwards, no, back and forth"
    if wish.get("relative") in {"faster", "slower"} and {"relative_pace", "speed"} & wish.keys():
        del wish["relative"]
    length = spare.get("length")
    if length and "end_ms" not in wish:
        if "start_ms" in wish:
            wish["end_ms"] = wish["start_ms"] + length
        else:
            wish["max_duration_ms"] = length
    if "box" in spare:
        w, h = spare["box"]
        x, y = spare.get("corner", (0, 0))
        wish["crop"] = {"x": x, "y": y, "w": w, "h": h}
    if wish.get("end_ms", 0) > 0 and wish.get("start_ms", 0) >= wish.get("end_ms", 0):
        wish["start_ms"], wish["end_ms"] = sorted((wish["start_ms"], wish["end_ms"]))


def timed(shown: dict[str, Any]) -> dict[str, Any]:
    """How long a text or a layer is shown, from when it comes."""
    length = shown.pop("length", None)
    if length and "end_ms" not in shown and shown.get("start_ms", 0) >= 0:
        shown["end_ms"] = shown.get("start_ms", 0) + length
    return shown


def _texts(
    wish: dict[str, Any], texts: list[_Text], loose: list[tuple[int, int, str, Any]], change: dict[str, Any]
) -> None:
    """Gives what is said of a text to the one it stands with; without a new one it restyles what is there."""
    if not texts:
        change |= timed({key: value for _, _, key, value in loose})
        if change:
            wish["change_text"] = change
        return
    for at, thing, key, value in loose:
        if key == "which":
            continue
        before = [t for t in texts if t.at < at]
        owner = next((t for t in texts if t.at == thing), before[-1] if before else texts[0])
        if key in owner.wish and at < 10_000:
            owner = next((t for t in texts if key not in t.wish), owner)
        owner.wish[key] = value
    found = [timed(t.wish) for t in texts]
    wish["text"] = found[0] if len(found) == 1 else found
