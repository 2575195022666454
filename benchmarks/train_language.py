"""Trains the four linear models of compressor/language on labelled messages and writes weights.npz.xz.

    python benchmarks/train_language.py [--score FILE...] [--show N] [--keep] [--out FILE] [FILE...]

FILE is a .jsonl of messages ({text, lang, clauses, context, expected, or?}) or a .tsv of phrases (id, lang, kind, text,
expected); without any, all of tests/data. ``--score`` prints how many messages of other files are read rightly (first
sight, as long as they are not among the trained ones). The same files and seed give the same weights. numpy and numba.

Roles: softmax over the features of a clause and the role before it. Slots: softmax over the slots that the type of a
value is licensed for; where several fit the label, their sum counts. Wishes without a value: one logistic score each;
where a message has several clauses, the surest of them learns (multiple instances). Optimiser: AdaGrad.
"""

from __future__ import annotations

import argparse
import io
import lzma
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from labelled import DATA, SEED, Example, candidates, choices, examples, features, key, reader, score, texts
from numba import njit

from compressor.language.candidates import NONE
from compressor.language.context import ROLES
from compressor.language.model import WEIGHTS, Linear

ETA = 1.0  # what a sum of squared gradients begins with
# Hyperparameters, each the best of a few on messages that were not trained on: the least count of a feature, epochs,
# rate and dropout of roles (r), slots (s) and wishes (w), and the weight of phrases without roles.
P: dict[str, Any] = {
    "rl": 4, "re": 14, "rr": 0.3, "rd": 0.3, "sl": 5, "se": 14, "sr": 0.3, "sd": 0.2, "pw": 0.05,
    "wl": 5, "we": 16, "wr": 0.25, "wd": 0.2,
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

    def __init__(self, rows: list[list[str]], least: int):
        seen = Counter(f for row in rows for f in set(row))
        self.number = {f: i for i, f in enumerate(f for f, n in seen.items() if n >= least)}
        self.at, flat_ids = [0], []
        for row in rows:
            flat_ids += [self.number[f] for f in dict.fromkeys(row) if f in self.number]
            self.at.append(len(flat_ids))
        self.ids = np.array(flat_ids, np.int64)
        self.ends = np.array(self.at, np.int64)


def _linear(labels: tuple[str, ...], table: Table, weights: Any) -> Linear:
    rows = {key(f): i for f, i in table.number.items()}
    return Linear(labels, rows, weights.astype(np.float32), np.ones(len(labels), np.float32))


def _flat(rows: Iterable[Iterable[int]]) -> tuple[Any, Any]:
    values: list[int] = []
    ends = [0]
    for row in rows:
        values += row
        ends.append(len(values))
    return np.array(values, np.int64), np.array(ends, np.int64)


def softmax(
    rows: list[list[str]], options: list[list[str]], right: list[set[str]], labels: tuple[str, ...],
    *, least: int, epochs: int, rate: float, drop: float, importance: list[float] | None = None,
) -> Linear:  # fmt: skip
    """A model that chooses one of the options of every row."""
    table, index = Table(rows, least), {n: i for i, n in enumerate(labels)}
    weights = np.zeros((len(table.number), len(labels)))
    squares = np.zeros_like(weights)
    option, option_at = _flat([index[o] for o in row] for row in options)
    gold, gold_at = _flat([index[g] for g in sorted(row)] for row in right)
    worth = np.array(importance if importance else [1.0] * len(rows))
    rng = np.random.default_rng(SEED)
    _seed(SEED)
    mean = np.zeros_like(weights)
    for epoch in range(epochs):
        order = rng.permutation(len(rows))
        _softmax(weights, squares, table.ids, table.ends, option, option_at, gold, gold_at, order, rate, drop, worth)
        if epoch >= epochs // 2:
            mean += weights / (epochs - epochs // 2)
    return _linear(labels, table, mean)


def train_roles(found: list[Example], plain: list[Example]) -> Linear:
    rows, right, worth = [], [], []
    for one in found + plain:
        roles = one.roles or ["order"] * len(one.spans)
        for at, role in enumerate(roles):
            before = roles[at - 1] if at else "^"
            rows.append([*features.of_role(one.row, one.spans, at, one.own), f"prev:{before}"])
            right.append({role})
            worth.append(1.0 if one.roles else P["pw"])
    return softmax(
        rows,
        [list(ROLES)] * len(rows),
        right,
        ROLES,
        least=P["rl"],
        epochs=P["re"],
        rate=P["rr"],
        drop=P["rd"],
        importance=worth,
    )


def train_slots(found: list[Example]) -> Linear:
    rows: list[list[str]] = []
    options: list[list[str]] = []
    right: list[set[str]] = []
    for one in found:
        uses = choices.uses_of(one.row)
        roles = one.roles or ["order"] * len(one.spans)
        inside = {at for first, last in one.runs for at in range(first, last)}
        before: dict[str, str] = {}
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
                stood = choices.slot_before(one.row.tokens[at], before)
                rows.append(features.of_token(one.row, one.spans, number, at, role, one.about, stood))
                if chosen := sorted(gold - {NONE}):
                    before |= {one.row.tokens[at].kind: chosen[0], "": chosen[0]}
                options.append(list(dict.fromkeys([NONE, *(s for s, _ in slots)])))
                right.append(gold)
        for number, first, last in texts.runs(one.row, one.spans, one.context):
            if roles[number] not in {"order", "correction"}:
                continue
            rows.append(texts.features(one.row, one.spans[number], first, last, roles[number], one.context))
            options.append([NONE, *texts.SLOTS])
            right.append(one.runs.get((first, last), {NONE}))
    labels = tuple(sorted({o for row in options for o in row}))
    return softmax(rows, options, right, labels, least=P["sl"], epochs=P["se"], rate=P["sr"], drop=P["sd"])


def train_asks(found: list[Example]) -> Linear:
    """What a question asks, of the clauses that ask."""
    rows: list[list[str]] = []
    right: list[set[str]] = []
    for one in found:
        kinds = {k for wish in one.right for k in _asked(wish)}
        first = set(_asked(one.right[0]))
        for own, role in zip(one.own, one.roles or [], strict=False):
            if role == "question" and first:
                rows.append(choices.of_question(own))
                right.append(first if len(one.right) == 1 else kinds if len(first) > 1 else first)
    labels = tuple(sorted({k for r in right for k in r}))
    return softmax(rows, [list(labels)] * len(rows), right, labels, least=2, epochs=14, rate=0.3, drop=0.2)


def _asked(wish: dict[str, Any]) -> list[str]:
    kinds = wish.get("ask")
    return [kinds] if isinstance(kinds, str) else [str(k) for k in kinds or ()]


def train_wishes(found: list[Example], least: int = 3) -> Linear:
    seen = Counter(n for one in found for n in one.named)
    labels = tuple(sorted(n for n, count in seen.items() if count >= least))
    index = {n: i for i, n in enumerate(labels)}
    rows: list[list[str]] = []
    allowed: list[list[bool]] = []
    ends = [0]
    right: list[list[int]] = []
    for one in found:
        roles = one.roles or ["order"] * len(one.spans)
        for at, role in enumerate(roles):
            rows.append(choices.of_wish(one.own, roles, at))
            allowed.append([choices.licensed(n, role) for n in labels])
        ends.append(len(rows))
        right.append([index[n] for n in sorted(one.named) if n in index])
    table = Table(rows, P["wl"])
    weights = np.zeros((len(table.number), len(labels)))
    weights[table.number["b"]] = -3.0
    squares = np.zeros_like(weights)
    gold, gold_at = _flat(right)
    rng = np.random.default_rng(SEED)
    _seed(SEED)
    mean = np.zeros_like(weights)
    for epoch in range(P["we"]):
        order = rng.permutation(len(found))
        _surest(
            weights, squares, table.ids, table.ends, np.array(ends, np.int64), gold, gold_at, np.array(allowed), order,
            P["wr"], P["wd"],
        )  # fmt: skip
        if epoch >= P["we"] // 2:
            mean += weights / (P["we"] - P["we"] // 2)
    return _linear(labels, table, mean)


def train(found: list[Example]) -> dict[str, Linear]:
    """The four models. Phrases of the tables without roles count as orders, with less weight."""
    told = [e for e in found if e.roles]
    plain = [e for e in found if not e.roles and len(e.spans) < 4]
    return {
        "roles": train_roles(told, plain),
        "slots": train_slots(found),
        "wishes": train_wishes(found),
        "asks": train_asks(told),
    }


STEPS = 13  # a weight is one of so many steps up or down (23 read no more messages, and take a fifth more bytes)
SMALL, LEAST = 0.08, 0.28  # weights below the first are nothing; rows whose largest is below the second are left out


def planes(numbers: Any) -> Any:
    """The first bytes of all numbers, then the second: the highest are alike (4 % off the whole file)."""
    return np.ascontiguousarray(numbers.astype("<u4").view(np.uint8).reshape(-1, 4).T)


def write(models: dict[str, Linear], out: Path) -> int:
    """The models as eight-bit numbers; what is nearly nothing is left out (no message is read otherwise). The bytes."""
    stored: dict[str, Any] = {}
    for name, model in models.items():
        weights = np.where(np.abs(model.weights) < SMALL, 0.0, model.weights)
        scale = np.abs(weights).max(axis=0) / STEPS + 1e-9
        whole = np.round(weights / scale).astype(np.int8)
        keep = np.flatnonzero(np.abs(weights).max(axis=1) > LEAST)
        keys = np.zeros(len(weights), np.uint32)
        for k, i in model.rows.items():
            keys[i] = k
        order = keep[np.argsort(keys[keep])]
        stored |= {
            f"{name}.labels": np.array(model.labels),
            f"{name}.keys": planes(np.diff(keys[order], prepend=np.uint32(0))),  # sorted: the gaps are small
            f"{name}.weights": whole[order],
            f"{name}.scale": scale.astype(np.float32),
        }
    whole_file = io.BytesIO()
    np.savez(whole_file, **stored)
    out.write_bytes(lzma.compress(whole_file.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return out.stat().st_size


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
        found = list(examples(files, twice=True))
        lost = Counter(k for e in found for k, _ in e.missing)
        print(
            f"{len(found)} messages, {sum(bool(e.missing) for e in found)} of them with a value that no token makes: "
            f"{dict(lost)}"
        )
        print(f"{write(train(found), given.out):,} bytes of weights")
    from compressor.language import model

    model.load.cache_clear()
    if given.out != WEIGHTS:
        model.load(given.out)
        reader.load = lambda: model.load(given.out)  # type: ignore[assignment]
    for file in given.score:
        score(list(examples([file])), file.name, given.show)


if __name__ == "__main__":
    main()
