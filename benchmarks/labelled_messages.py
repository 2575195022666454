"""Labelled messages: read from their tables, and held against what the reader could make of them.

``align`` tells which slots of which tokens, which runs of words and which wishes without a value would make the object
that is expected; the models learn from that. What nothing would make is ``missing``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from compressor.language import caption_texts, features, reader  # noqa: E402
from compressor.language.candidates import NONE, candidates, uses_of  # noqa: E402
from compressor.language.clauses import Span, spans  # noqa: E402
from compressor.language.context import Context  # noqa: E402
from compressor.language.file_mentions import marked  # noqa: E402
from compressor.language.model import key  # noqa: E402
from compressor.language.ordering import way_of  # noqa: E402
from compressor.language.text_corrections import reworded, whole  # noqa: E402
from compressor.language.tokens import Row, row_of  # noqa: E402

DATA = ROOT / "tests" / "data"
SEED = 1
# Keys whose value must be found among the tokens; a wish without a value cannot stand for them.
VALUED = frozenset({
    "max_bytes", "max_ratio", "less_bytes", "more_bytes", "width", "height", "short_side", "scale", "start_ms",
    "end_ms", "last_ms", "max_duration_ms", "text.text", "text.start_ms", "text.end_ms", "text.last_ms",
    "text.size", "change.text", "fps", "colors", "remove.clip", "remove.text", "max_frames", "music.volume", "crop",
    "music.name", "text.which", "about.preset", "layer.width", "layer.opacity", "layer.rotate", "layer.file",
    "layer.which", "layer.margin", "transition.after", "layer.start_ms", "layer.end_ms", "transition.duration_ms",
})  # fmt: skip


# Kinds of tokens that say one thing, however often it is said: of two, neither may be left out.
SAYING_ONE_THING = frozenset({"format", "togif", "aspect", "ratio"})


@dataclass(slots=True)
class Example:
    """One labelled message, its row, and what the models should say of it."""

    id: str
    lang: str
    words: str
    context: Context
    right: list[dict[str, Any]]  # the expected object and its alternatives
    roles: list[str] | None
    clauses: list[list[str]] | None
    row: Row
    spans: list[Span]
    about: list[str]
    own: list[list[str]]
    slots: dict[int, set[str]] = field(default_factory=dict)  # token -> slots that are right
    runs: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    missing: list[tuple[str, Any]] = field(default_factory=list)


def same(a: Any, b: Any) -> bool:
    """Equal within 0.5 % (a third is 0.33, too); words without regard to case and blanks."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= max(0.0055 * max(abs(a), abs(b)), 0.0051 if 0 < a < 1 and 0 < b < 1 else 1e-11)
    if isinstance(a, dict) and isinstance(b, dict):
        a, b = ({k: v for k, v in d.items() if v is not None and v is not False} for d in (a, b))
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, str) and isinstance(b, str):
        return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()
    return bool(a == b)


def number_of(said: Any, names: Sequence[str]) -> Any:
    """The place, from 1, of the one of ``names`` that is meant: by number, name, a part of it, or as the last."""
    if said == "last":
        return len(names) or said
    plain = said.casefold() if isinstance(said, str) else None
    called = [n.casefold() for n in names] if plain else []
    for fits in (lambda n: plain in {n, n.rpartition(".")[0]}, lambda n: plain in n):
        if len(found := [at for at, name in enumerate(called, 1) if fits(name)]) == 1:
            return found[0]
    return said


def settled(wish: dict[str, Any]) -> dict[str, Any]:
    """The wish with one form of what may be said in several ways: when a layer ends, how far it is turned, a third."""
    wish = dict(wish)
    for head in {"layer", "change_layer"} & wish.keys():
        if isinstance(wish[head], dict):
            one = wish[head] = dict(wish[head])
            start, length = one.get("start_ms") or 0, one.pop("last_ms", None)
            if length and start >= 0:
                one["end_ms"] = start + length
            if start == 0 and "end_ms" in one:
                one.pop("start_ms", None)
            one |= {n: round(v % 360) for n, v in one.items() if n == "rotate"}
    return wish


def plain(wish: dict[str, Any], context: Context) -> dict[str, Any]:
    """The wish with what its context settles: which file, layer or seam is meant, and the only one that there is."""
    wish = {k: dict(v) if isinstance(v, dict) else v for k, v in settled(wish).items()}
    layer, changed, remove = (wish.get(n) for n in ("layer", "change_layer", "remove"))
    if isinstance(layer, dict) and "file" in layer:
        layer["file"] = number_of(layer["file"], context.files)
    only = len(context.layers) == 1
    if isinstance(changed, dict) and "which" in changed:
        changed["which"] = number_of(changed["which"], context.layers)
        if only and changed["which"] == 1:
            del changed["which"]
    if isinstance(remove, dict) and "layer" in remove:
        which = 1 if remove["layer"] is True and only else number_of(remove["layer"], context.layers)
        remove["layer"] = True if which == "all" else which
    if context.clips == 2 and isinstance(wish.get("transition"), dict):
        wish["transition"].pop("after", None)
    return wish


def flat(wish: dict[str, Any]) -> list[tuple[str, Any]]:
    """An explain object as keys and values, nested ones with a dot; what restyles a text is told as of a new one."""
    found: list[tuple[str, Any]] = []
    for name, value in wish.items():
        if (
            name in {"or", "ask", "media", "together"}
            or value is None
            or (name == "action" and value in {"edit", "ask", "unknown"})
        ):
            continue
        many = value if isinstance(value, list) else [value]
        if name in {"text", "change_text"}:
            for one in many:
                for part, worth in one.items():
                    new = "change.text" if (name, part) == ("change_text", "text") else f"text.{part}"
                    found.append((new, worth))
        elif name == "music" and isinstance(value, dict):
            found.append(("music", True))
            found += [(f"music.{part}", worth) for part, worth in value.items()]
        elif name == "remove":
            named = {"layer": True}  # which one is told by its name
            found += [
                (f"remove.{p}", named.get(p, w) if isinstance(w, str) else w) for one in many for p, w in one.items()
            ]
        elif name in {"layer", "change_layer", "transition"}:
            found.append((name, True))
            for one in many:
                told = {p: w for p, w in one.items() if p not in {"file", "which"} or isinstance(w, int) or w == "last"}
                found += [(f"{'transition' if name == 'transition' else 'layer'}.{p}", w) for p, w in told.items()]
        elif name == "about":
            over = ("layer", "transition", "text")  # what is asked about them, the question tells
            found += [(f"about.{part}", worth) for part, worth in value.items() if part not in over]
        elif name == "keep":
            found += [(f"keep.{one}", True) for one in many]
        elif name == "cannot":
            found += [(name, one) for one in many]
        else:
            found.append((name, value))
    return found


def align(example: Example, wish: dict[str, Any]) -> None:
    """Which slots and wishes would make ``wish`` of this row; what nothing makes is ``missing``."""
    row, wanted = example.row, flat(wish)
    made_by: dict[str, list[Any]] = {}
    fitting: dict[Any, dict[str, list[str]]] = {}

    def fit(place: Any, slot: str, made: dict[str, Any]) -> None:
        for prefix in ("", "about."):
            if all(any(prefix + k == n and same(v, w) for n, w in wanted) for k, v in made.items()):
                keys = [prefix + k for k in made]
                fitting.setdefault(place, {})[prefix + slot] = keys
                for k in keys:
                    made_by.setdefault(k, []).append(place)

    uses = uses_of(row)
    crop = next((v for k, v in wanted if k == "crop"), None)
    start, end = (next((v for k, v in wanted if k == n), None) for n in ("start_ms", "end_ms"))
    for at, token in enumerate(row.tokens):
        for slot, made in candidates(token, example.context, uses):
            if slot == "length" or slot == "s.length":
                if isinstance(start, int) and isinstance(end, int) and same(made["length"], end - start) and start:
                    fitting.setdefault(at, {})[slot] = ["end_ms"]
                    made_by.setdefault("end_ms", []).append(at)
            elif slot in {"layer.length", "text.length"}:
                head = slot.partition(".")[0]
                begin, over = (next((v for k, v in wanted if k == f"{head}.{n}_ms"), None) for n in ("start", "end"))
                if isinstance(over, int) and same(made[slot], over - (begin or 0)) and (begin or head == "layer"):
                    fitting.setdefault(at, {})[slot] = [f"{head}.end_ms"]
                    made_by.setdefault(f"{head}.end_ms", []).append(at)
            elif slot == "box":
                if crop and list(made["box"]) == [crop.get("w"), crop.get("h")]:
                    fitting.setdefault(at, {})[slot] = ["crop"]
                    made_by.setdefault("crop", []).append(at)
            elif slot == "corner":
                if crop and list(made["corner"]) == [crop.get("x"), crop.get("y")]:
                    fitting.setdefault(at, {})[slot] = ["corner"]
            else:
                fit(at, slot, made)
    for number, first, last in caption_texts.runs(row, example.spans, example.context):
        del number
        typed = caption_texts.shown(row, first, last)
        for slot, name in (
            ("text", "text.text"),
            ("change.text", "change.text"),
            ("which", "text.which"),
            ("remove.text",) * 2,
            ("music.name",) * 2,
        ):
            if typed and any(k == name and isinstance(v, str) and same(typed, v) for k, v in wanted):
                example.runs.setdefault((first, last), set()).add(slot)
                made_by.setdefault(name, []).append((first, last))
    for at, token in enumerate(row.tokens):
        if candidates(token, example.context, uses):
            right = set(fitting.get(at, {}))
            if not right:
                right = {NONE}
            elif token.kind not in SAYING_ONE_THING and all(
                any(p != at for p in made_by.get(k, [])) for keys in fitting[at].values() for k in keys
            ):
                right.add(NONE)  # another token says it as well
            example.slots[at] = right
    _taken_back(example, uses)
    for name, value in wanted:
        if not made_by.get(name):
            if name == "order":
                pieces = [row.tokens[s.first : s.last] for s in example.spans]
                value = next((w for p in [*pieces, row.tokens] if (w := way_of(value, p, example.context))), "")
            if name == "about.preset":
                stands = value == example.context.goal.get("preset")
                value = reader.STANDING if stands else value
            lost = name in VALUED and value != reader.STANDING
            if name == "change.text" and example.spans:
                got = reworded(row, whole(example.spans), example.context.texts)
                if got and same(got[1], value):
                    example.named.add("change.word=true")
                    continue
            if value == "" or (lost and value not in ("bigger", "smaller", "more", "less", "first", "last")):
                example.missing.append((name, value))
            else:
                example.named.add(f"{name}={json.dumps(value, ensure_ascii=False)}")
    if not wanted and wish.get("action") != "unknown":
        example.named.add("nothing=true")


def _taken_back(example: Example, uses: list[str]) -> None:
    """What a later correction replaces may be read as it would be without it: "20 fps, no, 12"."""
    roles = example.roles or []
    for at, slots in example.slots.items():
        clause = next((n for n, s in enumerate(example.spans) if s.first <= at < s.last), 0)
        if slots != {NONE} or "correction" not in roles[clause + 1 :]:
            continue
        may = {slot for slot, _ in candidates(example.row.tokens[at], example.context, uses)}
        later = [n for n, role in enumerate(roles) if role == "correction" and n > clause]
        for number in later:
            span = example.spans[number]
            for other in range(span.first, span.last):
                if example.row.tokens[other].kind in {example.row.tokens[at].kind, "num"}:
                    slots |= (example.slots.get(other, set()) - {NONE}) & may


def messages(files: Iterable[Path]) -> list[dict[str, Any]]:
    """The rows of all files as they are labelled, each text in its context once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith(("id\t", "#")):
                continue
            if file.suffix == ".jsonl":
                told = json.loads(line)
            else:
                parts = line.split("\t")
                right = [json.loads(p) for p in parts[4].split(" || ")]
                told = {"id": parts[0], "lang": parts[1], "text": parts[3], "expected": right[0], "or": right[1:]}
            found.setdefault((told["text"], json.dumps(told.get("context"), sort_keys=True)), told)
    return list(found.values())


def examples(told: Iterable[dict[str, Any]], *, twice: bool = False) -> Iterator[Example]:
    """The labelled messages; ``twice``: one without a context also in the middle of a conversation, for what it asks is
    the same there."""
    for one in told:
        made = example_of(one)
        yield made
        if twice and not one.get("context"):
            yield _amid(made)


def standing(rng: np.random.Generator) -> list[str]:
    """Features of a context as one is in the middle of a conversation, for messages that were labelled without one."""
    keys = ("format", "max_bytes", "width", "fps", "preset", "speed", "mute", "max_ratio", "quality", "loop")
    shares = (0.5, 0.6, 0.15, 0.15, 0.2, 0.1, 0.1, 0.05, 0.1, 0.05)
    found = [f"c:{k}" for k, share in zip(keys, shares, strict=True) if rng.random() < share]
    more = (("c!last", 0.5), ("c!said", 0.8), ("c!texts", 0.15), ("c!music", 0.1), ("c!clips", 0.1), ("c!speed", 0.1))
    return [*found, *(name for name, share in more if rng.random() < share)] or ["c!nothing"]


def _amid(made: Example) -> Example:
    """A message that was labelled without a context as it is in the middle of a conversation."""
    about = standing(np.random.default_rng([SEED, key(made.words)]))  # the same whatever is read before
    rest = 2 + len(made.about)
    return replace(made, about=about, own=[[*own[:2], *about, *own[rest:]] for own in made.own])


def example_of(told: dict[str, Any]) -> Example:
    context = Context.from_json(told.get("context"))
    row = marked(row_of(told["text"]), context)
    found = spans(row)
    about = features.of_standing(row, context)
    own = [features.of_clause(row, span, about) for span in found]
    expected = told["expected"]
    right = [settled(w) for w in (expected, *told.get("or", []), *expected.get("or", []))]
    roles = None
    if told.get("clauses"):
        letters = [role for text, role in told["clauses"] for _ in text]
        roles = [Counter(letters[s.start : s.end] or ["order"]).most_common(1)[0][0] for s in found]
    made = Example(
        told["id"], told["lang"], told["text"], context, right, roles, told.get("clauses"), row, found, about, own
    )
    best: Example | None = None
    for wish in right:
        tried = Example(*(getattr(made, n) for n in list(Example.__slots__)[:11]))
        align(tried, wish)
        if best is None or len(tried.missing) < len(best.missing):
            best = tried
        if not best.missing:
            break
    assert best is not None
    return best


_NO_DEED = frozenset({"action", "ask", "about", "cannot", "keep"})


def unasked(explained: dict[str, Any], right: list[dict[str, Any]]) -> list[str]:
    """The wishes of a reading that would change something and that no right answer has with this value."""
    deeds = {k: v for k, v in explained.items() if k not in _NO_DEED}
    if explained.get("action") in {"export", "undo", "redo", "start_over"}:
        deeds["action"] = explained["action"]
    return [k for k, v in deeds.items() if not any(k in one and same(one[k], v) for one in right)]


def score(found: list[Example], name: str, show: int = 0) -> None:
    right, letters, hit, elsewhere = 0, 0, 0, 0
    by: dict[str, list[int]] = {}
    wrong = []
    for one in found:
        got = reader.read(one.words, one.context)
        explained = plain({k: v for k, v in got.explain.items() if k != "relative_volume"}, one.context)
        wanted = [plain({k: v for k, v in w.items() if k != "or"}, one.context) for w in one.right]
        good = any(same(explained, w) for w in wanted)
        right += good
        elsewhere += bool(unasked(explained, wanted))
        for group in (one.lang, *{f"r:{role}" for _, role in one.clauses or []}):
            by.setdefault(group, [0, 0])
            by[group][0] += good
            by[group][1] += 1
        want = [role for text, role in one.clauses or [] for _ in text]
        have = [c.role for c in got.clauses for _ in c.text]
        letters += len(want)
        hit += sum(a == b for a, b in zip(want, have, strict=False))
        if not good:
            wrong.append((one, got))
    share = ", ".join(f"{g} {a}/{n}" for g, (a, n) in sorted(by.items()))
    count = max(len(found), 1)
    print(
        f"{name}: {right}/{len(found)} {100 * right / count:.1f} %, something else {100 * elsewhere / count:.1f} %, "
        f"roles {100 * hit / max(letters, 1):.1f} %  ({share})"
    )
    rng = np.random.default_rng(7)
    for at in rng.permutation(len(wrong))[:show]:
        one, got = wrong[at]
        roles = " ".join(f"[{c.role}] {c.text}" for c in got.clauses)
        standing = (
            f"   in {one.context.goal} {one.context.texts} said {one.context.said!r}"
            if one.about != ["c!nothing"]
            else ""
        )
        print(
            f"{one.id} {roles}{standing}\n   want {json.dumps(one.right[0], ensure_ascii=False)}\n"
            f"   got  {json.dumps(got.explain, ensure_ascii=False)}"
        )
