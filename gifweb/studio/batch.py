"""Many files under one sentence: a render of each, what was refused told beside them, and one archive of the results.

A batch is a project. The sentence is kept as its first turn, a refused file as a turn that names it.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from compressor.errors import CompressorError
from compressor.timeline.draft import stem
from gifweb import files
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, PublicError, public
from gifweb.renders.models import Render, State

from . import intent, make
from .incoming import Part
from .ingest import keep
from .models import Media, Project, Turn

MOST_FILES = 50
_CHUNK = 256 * 1024
# "all of them together under 2 MB": the limit is for the sum.
_TOGETHER = re.compile(r"\b(together|altogether|combined|in total|in all)\b|一共|总共|合计|加起来|总计", re.I)


@dataclass(frozen=True, slots=True)
class Row:
    """One file of a batch: its newest render, or why it was refused."""

    name: str
    source: Media | None = None
    render: Render | None = None
    refused: str = ""


def begin(account: Account, words: str, format: str, whole_bytes: int = 0) -> Project:
    """A project for many files. ``whole_bytes`` is the sum of their sizes: a limit for all of them together is shared
    out in proportion to it."""
    project = Project.objects.create(account=account, title=(words or "batch")[:120], language=make.page_language())
    asked = {"words": words, "format": format, "whole_bytes": whole_bytes}
    Turn.objects.create(project=project, role="user", text=words or "-", data={"batch": asked})
    return project


def add(request: HttpRequest, project: Project, part: Part) -> Render:
    """Keep one file and submit its render. Why a file cannot be taken is remembered, and raised."""
    asked = _asked(project)
    name = part.name or "file"
    try:
        if project.media.count() >= MOST_FILES:
            raise BadInput(_("A batch has {n} files at most.").format(n=MOST_FILES))
        media = keep(project.account, project, part)
        ceiling = _share(asked, media.bytes)
        return make.of_one(request, project, media, asked["words"], asked["format"], ceiling)
    except (PublicError, CompressorError) as error:
        told = public(error)
        message = told.message.removeprefix(f"{name}: ")
        Turn.objects.create(
            project=project,
            role="model",
            text=f"{name}: {message}",
            data={"refused": {"name": name, "message": message}},
        )
        raise told from error


def add_all(request: HttpRequest, project: Project, parts: Sequence[Part]) -> int:
    """Every file in turn; how many were taken. One that is refused does not stop the others."""
    taken = 0
    for part in parts:
        try:
            add(request, project, part)
            taken += 1
        except PublicError:
            continue
    return taken


def _asked(project: Project) -> dict[str, Any]:
    first = project.turns.filter(role="user", data__has_key="batch").first()
    if first is None:
        raise BadInput(_("This project is not a batch."))
    return dict(first.data["batch"])


def _share(asked: dict[str, Any], size: int) -> int | None:
    """The bytes of one file under a limit for all together; None where there is none."""
    if not _TOGETHER.search(asked["words"]) or not asked["whole_bytes"]:
        return None
    total = intent.meaning(asked["words"])["goal"].get("max_bytes")
    return max(1, total * size // max(asked["whole_bytes"], size)) if total else None


def rows(project: Project) -> list[Row]:
    """The files in the order in which they came, then those that were refused."""
    newest: dict[str, Render] = {}
    for render in project.renders.order_by("created_at"):
        if render.sources:
            newest[render.sources[0]] = render
    found = [Row(media.name, media, newest.get(media.public_id)) for media in project.media.all()]
    refused = project.turns.filter(data__has_key="refused")
    return found + [Row(t.data["refused"]["name"], refused=t.data["refused"]["message"]) for t in refused]


def words_of(project: Project) -> str:
    first = project.turns.filter(role="user").first()
    return str(first.data.get("batch", {}).get("words", "")) if first else ""


def archive(project: Project) -> tuple[IO[bytes], int]:
    """All finished results in one zip with ``manifest.json``: an open file at its start and its size in bytes. The
    caller closes it; it has no name on disk."""
    folder = Path(settings.DATA_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as made:  # the results are compressed already
            used: set[str] = set()
            manifest = [_put(made, row, used) for row in rows(project)]
            about = {"words": words_of(project), "files": manifest}
            made.writestr("manifest.json", json.dumps(about, ensure_ascii=False, indent=2))
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, size


def _put(made: zipfile.ZipFile, row: Row, used: set[str]) -> dict[str, Any]:
    """Write the row's result into the archive; its line of the manifest."""
    render = row.render
    line: dict[str, Any] = {"name": row.name, "bytes_before": row.source.bytes if row.source else None}
    if render is None:
        return line | {"state": "refused", "reason": row.refused}
    line["state"] = render.state
    if render.state != State.FINISHED or not render.has_file:
        return line | {"reason": (render.error or {}).get("message", "")}
    name = _free(render.result_name or f"result.{render.result_facts.get('format', 'bin')}", used)
    try:
        source, _size = files.open_stored(render.result_key)
    except FileNotFoundError:
        return line | {"state": "deleted"}
    with source, made.open(name, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, _CHUNK)
    quality = (render.report.get("quality") or {}).get("mean")
    facts = {key: render.result_facts.get(key) for key in ("format", "width", "height", "frames", "duration_ms")}
    return line | {
        "file": name,
        "bytes_after": render.result_bytes,
        "fits": render.fits,
        "quality": quality,
        "settings": render.goal,
        "result": facts,
    }


def _free(name: str, used: set[str]) -> str:
    """The name, with a number before its ending when another result has it."""
    plain, dot, ending = name.rpartition(".")
    found, number = name, 1
    while found.casefold() in used:
        number += 1
        found = f"{plain or stem(name)}-{number}{dot}{ending}"
    used.add(found.casefold())
    return found
