"""Score the grammar on a table of phrases: ``python -m benchmarks.phrases FILE.tsv [--all]``.

The table has the columns id, lang, kind, text, expected; ``||`` separates alternatives that are all right.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from compressor.language import explain, warm


def alike(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= 0.001 * max(1.0, abs(b))
    return bool(a == b)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--all", action="store_true", help="print every phrase, not only the wrong ones")
    options = parser.parse_args()
    warm()
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    times = []
    for line in options.table.read_text(encoding="utf-8").splitlines()[1:]:
        name, lang, kind, text, expected = line.split("\t")
        began = time.perf_counter()
        said = explain(text)
        times.append((time.perf_counter() - began) * 1000)
        ok = any(alike(said, json.loads(choice)) for choice in expected.split(" || "))
        for key in ("all", f"lang {lang}", f"kind {kind}"):
            total[key] += 1
            right[key] += ok
        if not ok or options.all:
            print(f"{'ok' if ok else 'NO'} {name} [{lang} {kind}] {text}")
            print(f"      said     {json.dumps(said, ensure_ascii=False)}\n      expected {expected}")
    for key in sorted(total):
        print(f"{key:18} {right[key]:4}/{total[key]:<4} {100 * right[key] / total[key]:6.1f} %")
    print(f"ms per phrase: median {statistics.median(times):.2f}, worst {max(times):.2f}")
    return 0 if right["all"] == total["all"] else 1


if __name__ == "__main__":
    sys.exit(main())
