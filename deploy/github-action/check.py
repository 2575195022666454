"""The step of the GitHub Action: changed files over the limit, smaller ones in a folder, and a table of both.

Reads LIMIT, FILES, BASE (the commit that the pull request is made against; without one all files are looked at) and OUT
(a folder that is no part of the checkout) from the environment; writes OUT/table.md, and ``over`` to GITHUB_OUTPUT.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

OUT = Path(os.environ.get("OUT", "brim-out"))


def changed(base: str, pattern: str) -> list[str]:
    """The files of the pull request that the pattern names, as git has them; deleted ones are left out."""
    pathspec = f":(glob)**/{pattern}" if "/" not in pattern else f":(glob){pattern}"
    words = ["git", "diff", "--name-only", "--diff-filter=d", "-z", f"{base}...HEAD", "--", pathspec]
    if not base:
        words = ["git", "ls-files", "-z", "--", pathspec]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    names = (name for name in done.stdout.split("\0") if name)
    return [name for name in names if Path(name).is_file() and not Path(name).is_symlink()]


def smaller(files: list[str], limit: str) -> list[dict[str, object]]:
    """What brim answers for the files that are over the limit, a line of JSON each; the new ones lie in OUT."""
    command = [
        sys.executable,
        "-P",  # the files of a pull request are no code of ours
        "-m",
        "brim",
        "-o",
        f"{OUT}/",
        "--name",
        "{n}-{stem}.{ext}",
        "--max-bytes",
        limit,
        "--json",
    ]
    done = subprocess.run([*command, *(f"./{name}" for name in files)], stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def table(rows: list[dict[str, object]], limit: str) -> str:
    """The comment: one row a file."""
    lines = [f"**{len(rows)} over {limit}.** Smaller ones are in the artifact `brim` of this run.", ""]
    lines += ["| file | before | after | quality | smaller |", "|---|---:|---:|---:|---|"]
    for row in rows:
        name = _shown(str(row["source"]).removeprefix("./"))
        made = row.get("output")
        if not isinstance(made, dict) or not isinstance(row["input"], dict):
            error = row.get("error")
            reason = _shown(str(error.get("message") if isinstance(error, dict) else "it failed"))
            lines.append(f"| `{name}` | | | | `{reason}` |")
            continue
        seen = row.get("quality")
        quality = f"{seen['mean']:.0f}" if isinstance(seen, dict) else ""
        fits = (
            f"`{_shown(Path(str(made['path'])).name)}`" if row["status"] == 0 else "does not fit; this is the closest"
        )
        lines.append(f"| `{name}` | {row['input']['bytes']:,} | {made['bytes']:,} | {quality} | {fits} |")
    return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """What a stranger named, as code in a cell of a table: it ends neither."""
    return " ".join(text.split()).replace("|", "\\|").replace("`", "'")


def main() -> int:
    from compressor.cli import size

    limit = os.environ.get("LIMIT", "1MB")
    most = size(limit)
    named = changed(os.environ.get("BASE", ""), os.environ.get("FILES", "*.gif"))
    over = [name for name in named if Path(name).stat().st_size > most]
    if over:
        OUT.mkdir(exist_ok=True)
        text = table(smaller(over, limit), limit)
        (OUT / "table.md").write_text(text, encoding="utf-8")
        print(text)
    with open(os.environ.get("GITHUB_OUTPUT", os.devnull), "a", encoding="utf-8") as output:
        print(f"over={len(over)}", file=output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
