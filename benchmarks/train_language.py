"""Trains the four linear models of compressor/language on labelled messages and writes weights.npz.xz.

    python benchmarks/train_language.py [--score FILE...] [--show N] [--keep] [--out FILE] [FILE...]

FILE is a .jsonl of messages ({text, lang, clauses, context, expected, or?}) or a .tsv of phrases (id, lang, kind, text,
expected); without any, all of tests/data. ``--score`` prints how many messages of other files are read rightly (first
sight, as long as they are not among the trained ones). The same files and seeds give the same weights. numpy and numba.

Roles: softmax over the features of a clause and the role before it. Slots: softmax over the slots that the type of a
value is licensed for; where several fit the label, their sum counts. Wishes without a value: one logistic score each;
where a message has several clauses, the surest of them learns (multiple instances). Optimiser: AdaGrad.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from labelled_messages import (
    DATA,
    Example,
    candidates,
    caption_texts,
    examples,
    features,
    messages,
    reader,
    score,
)
from numba import njit
from stored_weights import kept, write

from compressor.language import model_choices
from compressor.language.candidates import NONE, uses_of
from compressor.language.context import ROLES
from compressor.language.model import WEIGHTS, Linear, key
from compressor.language.segments import owners

SEEDS = (1, 2)  # weights are the mean of one training each: single ones read up to 16 of 1,330 messages fewer
ETA = 1.0  # what a sum of squared gradients begins with
# Hyperparameters, each the best of a few on messages that were not trained on: the least count of a feature, epochs,
# rate and dropout of roles (r), slots (s) and wishes (w), and what phrases without roles count for roles (pw) and for
# slots (tw): they are short and are what most people say.
P: dict[str, Any] = {
    "rl": 4, "re": 14, "rr": 0.3, "rd": 0.4, "sl": 5, "se": 20, "sr": 0.3, "sd": 0.5, "pw": 0.5, "tw": 4.0,
    "wl": 5, "we": 16, "wr": 0.25, "wd": 0.4,
}  # fmt: skip
# ------------------------------------------------------------------------------------------------------ training


@njit(cache=True)
def _softmax(weights, squares, feats, at, labels, label_at, gold, gold_at, order, rate, drop, importance):  # type: ignore[no-untyped-def]
    count = weights.shape[1]
    score, slope = np.zeros(count), np.zeros(count)
    held = np.zeros(20000, dtype=np.int64)
    for position in range(order.shape[0]):
        i = order[position]
        n = 0
        for j in range(at[i], at[i + 1]):
            if np.random.random() >= drop:
                held[n] = feats[j]
                n += 1
        top = -1e30
        for a in range(label_at[i], label_at[i + 1]):
            k, z = labels[a], 0.0
            for j in range(n):
                z += weights[held[j], k]
            score[k] = z
            top = max(top, z)
        total, right = 0.0, 1e-12
        for a in range(label_at[i], label_at[i + 1]):
            k = labels[a]
            score[k] = np.exp(score[k] - top)
            total += score[k]
        for a in range(gold_at[i], gold_at[i + 1]):
            right += score[gold[a]]
        for a in range(label_at[i], label_at[i + 1]):
            slope[labels[a]] = score[labels[a]] / total
        for a in range(gold_at[i], gold_at[i + 1]):
            slope[gold[a]] -= score[gold[a]] / right
        for a in range(label_at[i], label_at[i + 1]):
            k = labels[a]
            if abs(slope[k]) < 1e-3:
                continue
            for j in range(n):
                r = held[j]
                g = slope[k] * importance[i] + 1e-4 * weights[r, k]
                squares[r, k] += g * g
                weights[r, k] -= rate * g / np.sqrt(squares[r, k] + ETA)


@njit(cache=True)
def _surest(weights, squares, feats, at, message, right, right_at, allowed, order, rate, drop):  # type: ignore[no-untyped-def]
    count = weights.shape[1]
    held = np.zeros(20000, dtype=np.int64)
    wanted = np.zeros(count, dtype=np.bool_)
    best, best_z = np.zeros(count, dtype=np.int64), np.zeros(count)
    score = np.zeros(count)
    for position in range(order.shape[0]):
        m = order[position]
        wanted[:] = False
        for p in range(right_at[m], right_at[m + 1]):
            wanted[right[p]] = True
        best[:] = -1
        best_z[:] = -1e30
        for c in range(message[m], message[m + 1]):
            score[:] = 0.0
            for j in range(at[c], at[c + 1]):
                row = weights[feats[j]]
                for k in range(count):
                    score[k] += row[k]
            for k in range(count):
                if not allowed[c, k]:
                    continue
                if wanted[k]:
                    if score[k] > best_z[k]:
                        best[k], best_z[k] = c, score[k]
                    continue
                p_ = 1 / (1 + np.exp(-score[k]))
                if p_ > 0.004:
                    for j in range(at[c], at[c + 1]):
                        r = feats[j]
                        g = p_ + 1e-4 * weights[r, k]
                        squares[r, k] += g * g
                        weights[r, k] -= rate * g / np.sqrt(squares[r, k] + ETA)
        for k in range(count):
            if not wanted[k] or best[k] < 0:
                continue
            n, z = 0, 0.0
            for j in range(at[best[k]], at[best[k] + 1]):
                if np.random.random() >= drop:
                    held[n] = feats[j]
                    n += 1
                    z += weights[feats[j], k]
            p_ = 1 / (1 + np.exp(-z))
            if p_ < 0.996:
                for j in range(n):
                    r = held[j]
                    g = p_ - 1 + 1e-4 * weights[r, k]
                    squares[r, k] += g * g
                    weights[r, k] -= rate * g / np.sqrt(squares[r, k] + ETA)


@njit(cache=True)
def _seed(value: int) -> None:
    np.random.seed(value)


class Table:
    """Rows of features as numbers; a feature that is seen less than ``least`` times is left out."""

    def __init__(self, rows: list[Any], least: int):
        flat = np.concatenate(rows)
        keys, seen = np.unique(flat, return_counts=True)
        self.keys = keys[seen >= least]
        places = self.keys.searchsorted(flat) % len(self.keys)
        known = self.keys[places] == flat
        self.ids = places[known]
        ends = np.cumsum([0, *(len(row) for row in rows)])
        self.ends = np.concatenate([[0], np.cumsum(known)])[ends]


def _linear(labels: tuple[str, ...], table: Table, weights: Any) -> Linear:
    return Linear(labels, table.keys, weights.astype(np.float32), np.ones(len(labels), np.float32))


def _flat(rows: Iterable[Iterable[int]]) -> tuple[Any, Any]:
    values: list[int] = []
    ends = [0]
    for row in rows:
        values += row
        ends.append(len(values))
    return np.array(values, np.int64), np.array(ends, np.int64)


def keys_of(row: list[str]) -> Any:
    """The features of a row as the numbers by which a model finds them, each once."""
    return np.array(list(dict.fromkeys(map(key, row))), np.uint32)


@dataclass(slots=True)
class Rows:
    """What one model learns from: features, the labels that are open, those that are right, and what a row counts."""

    rows: list[Any] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    right: list[set[str]] = field(default_factory=list)
    worth: list[float] = field(default_factory=list)

    def add(self, row: list[str], options: Iterable[str], right: set[str], worth: float = 1.0) -> None:
        self.rows.append(keys_of(row))
        self.options.append(list(options))
        self.right.append(right)
        self.worth.append(worth)

    def extend(self, other: Rows) -> None:
        for name in ("rows", "options", "right", "worth"):
            getattr(self, name).extend(getattr(other, name))


def twice(shape: tuple[int, int], epochs: int, count: int, learn: Callable[[Any, Any, Any], None]) -> Any:
    """The mean weights of the later half of ``epochs``, over all seeds: trained once, and once more with only those
    weights that are stored. What is left learns to stand for what was left out."""
    mean = np.full(shape, np.inf)
    for _ in range(2):
        closed = np.where(kept(mean), 0.0, np.inf)  # AdaGrad does not move what has an endless sum of squares
        mean = np.zeros(shape)
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            _seed(seed)
            weights, squares = np.zeros(shape), closed.copy()
            for epoch in range(epochs):
                learn(weights, squares, rng.permutation(count))
                if epoch >= epochs // 2:
                    mean += weights / (epochs - epochs // 2) / len(SEEDS)
    return mean


def softmax(told: Rows, labels: Iterable[str], *, least: int, epochs: int, rate: float, drop: float) -> Linear:
    """A model that chooses one of the options of every row."""
    names = tuple(labels)
    table, index = Table(told.rows, least), {n: i for i, n in enumerate(names)}
    option, option_at = _flat([index[o] for o in row or names] for row in told.options)
    gold, gold_at = _flat([index[g] for g in sorted(row)] for row in told.right)
    worth = np.array(told.worth)

    def learn(weights: Any, squares: Any, order: Any) -> None:
        _softmax(weights, squares, table.ids, table.ends, option, option_at, gold, gold_at, order, rate, drop, worth)

    return _linear(names, table, twice((len(table.keys), len(names)), epochs, len(told.rows), learn))


def role_rows(found: Iterable[Example]) -> Rows:
    """Phrases of the tables have supposed roles, with less weight."""
    told = Rows()
    for one in found:
        if not one.roles and len(one.spans) > 3:
            continue
        roles = one.roles or supposed(one)
        for at, role in enumerate(roles):
            row = [*features.of_role(one.row, one.spans, at, one.own), f"prev:{roles[at - 1] if at else '^'}"]
            told.add(row, (), {role}, 1.0 if one.roles else P["pw"])
    return told


def supposed(one: Example) -> list[str]:
    """The roles of a phrase that says none: what its object makes of it, if it is one clause, else orders."""
    wish = one.right[0]
    alone = {"ask": "question"}.get(wish.get("action", "")) or ("beyond" if wish.keys() == {"cannot"} else "order")
    return [alone if len(one.spans) == 1 else "order"] * len(one.spans)


def slot_rows(found: Iterable[Example]) -> Rows:
    told = Rows()
    for one in found:
        uses = uses_of(one.row)
        roles, worth = one.roles or supposed(one), 1.0 if one.roles else P["tw"]
        inside = {at for first, last in one.runs for at in range(first, last)}
        before: dict[str, str] = {}
        owner = owners(
            one.row, one.spans, [run for run, slots in one.runs.items() if slots & {*caption_texts.OF_TEXTS}]
        )
        for number, span in enumerate(one.spans):
            role = roles[number]
            for at in range(span.first, span.last):
                slots = candidates(one.row.tokens[at], one.context, uses)
                if not slots or at in inside or role in {"smalltalk", "unclear", "beyond"}:
                    continue
                asked = role == "question"
                gold = {
                    s.removeprefix("about.") for s in one.slots[at] if s.startswith("about.") == asked and s != NONE
                }
                if NONE in one.slots[at] or not gold:
                    gold.add(NONE)
                stood = model_choices.slot_before(one.row.tokens[at], before)
                row = features.of_token(one.row, one.spans, number, at, role, one.about, stood, owner[at])
                if chosen := sorted(gold - {NONE}):
                    before |= {one.row.tokens[at].kind: chosen[0], "": chosen[0]}
                told.add(row, dict.fromkeys([NONE, *(s for s, _ in slots)]), gold, worth)
        for number, first, last in caption_texts.runs(one.row, one.spans, one.context):
            if roles[number] in {"order", "correction"}:
                row = caption_texts.features(one.row, one.spans[number], first, last, roles[number], one.context)
                told.add(row, [NONE, *caption_texts.SLOTS], one.runs.get((first, last), {NONE}), worth)
    return told


def ask_rows(found: Iterable[Example]) -> Rows:
    """What a question asks, of the clauses that ask."""
    told = Rows()
    for one in found:
        kinds = {k for wish in one.right for k in _asked(wish)}
        first = set(_asked(one.right[0]))
        for own, role in zip(one.own, one.roles or [], strict=False):
            if role == "question" and first:
                right = first if len(one.right) == 1 else kinds if len(first) > 1 else first
                told.add(model_choices.of_question(own), (), right)
    return told


def _asked(wish: dict[str, Any]) -> list[str]:
    kinds = wish.get("ask")
    return [kinds] if isinstance(kinds, str) else [str(k) for k in kinds or ()]


# A message as wishes are learned from it: the features of each clause, the roles of the clauses, the wishes it names.
Wishing = tuple[list[Any], list[str], set[str]]


def wish_rows(found: Iterable[Example]) -> list[Wishing]:
    told = []
    for one in found:
        roles = one.roles or supposed(one)
        told.append(
            ([keys_of(model_choices.of_wish(one.own, roles, at)) for at in range(len(roles))], roles, one.named)
        )
    return told


def train_wishes(told: list[Wishing], least: int = 3) -> Linear:
    seen = Counter(n for _, _, named in told for n in named)
    labels = tuple(sorted(n for n, count in seen.items() if count >= least))
    index = {n: i for i, n in enumerate(labels)}
    licensed = {role: [model_choices.licensed(n, role) for n in labels] for role in ROLES}
    allowed = np.array([licensed[role] for _, roles, _ in told for role in roles])
    ends = np.cumsum([0, *(len(roles) for _, roles, _ in told)])
    table = Table([row for rows, _, _ in told for row in rows], P["wl"])
    gold, gold_at = _flat([index[n] for n in sorted(named) if n in index] for _, _, named in told)
    bias = table.keys.searchsorted(key("b"))

    def learn(weights: Any, squares: Any, order: Any) -> None:
        if not weights[bias].any():
            weights[bias] = -3.0
        _surest(weights, squares, table.ids, table.ends, ends, gold, gold_at, allowed, order, P["wr"], P["wd"])

    return _linear(labels, table, twice((len(table.keys), len(labels)), P["we"], len(told), learn))


def rows_of(told: list[dict[str, Any]]) -> tuple[Rows, Rows, Rows, list[Wishing], Counter[str]]:
    """What the four models learn from some messages, and how often a value of each key is made by no token."""
    found = list(examples(told, twice=True))
    lost = Counter(k for e in found for k, _ in e.missing)
    return role_rows(found), slot_rows(found), ask_rows(found), wish_rows(found), lost


PIECE = 400  # messages that one process reads at a time


def train(told: list[dict[str, Any]]) -> dict[str, Linear]:
    """The four models. All cores read the messages; the weights do not depend on how many there are."""
    roles, slots, asks, wishes, lost = Rows(), Rows(), Rows(), list[Wishing](), Counter[str]()
    with Pool() as pool:
        for piece in pool.imap(rows_of, [told[at : at + PIECE] for at in range(0, len(told), PIECE)]):
            for whole, part in zip((roles, slots, asks), piece[:3], strict=True):
                whole.extend(part)
            wishes += piece[3]
            lost += piece[4]
    print(f"{len(told)} messages, {sum(lost.values())} values that no token makes: {dict(lost)}")
    of_slots = sorted({o for row in slots.options for o in row})
    of_asks = sorted({k for row in asks.right for k in row})
    return {
        "roles": softmax(roles, ROLES, least=P["rl"], epochs=P["re"], rate=P["rr"], drop=P["rd"]),
        "slots": softmax(slots, of_slots, least=P["sl"], epochs=P["se"], rate=P["sr"], drop=P["sd"]),
        "wishes": train_wishes(wishes),
        "asks": softmax(asks, of_asks, least=2, epochs=14, rate=0.3, drop=0.2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--score", nargs="*", type=Path, default=[])
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--keep", action="store_true", help="score with the weights that are there")
    given = parser.parse_args()
    if not given.keep:
        files = given.files or [*sorted((DATA / "messages").glob("*.jsonl")), *sorted((DATA / "phrases").glob("*.tsv"))]
        print(f"{write(train(messages(files)), given.out):,} bytes of weights")
    from compressor.language import model

    model.load.cache_clear()
    if given.out != WEIGHTS:
        model.load(given.out)
        reader.load = lambda: model.load(given.out)  # type: ignore[assignment]
    for file in given.score:
        score(list(examples(messages([file]))), file.name, given.show)


if __name__ == "__main__":
    main()
