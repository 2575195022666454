"""Many files under one sentence, or one in several formats: a render of each, what was refused told beside them, and
one archive of the results.

A batch is a project, and its newest turn that asks for one: the sentence, the format and the files that it is about. A
refused file is a turn that names it. Renders made since that turn are the batch's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from compressor import language, message_catalogue
from compressor.errors import CompressorError
from compressor.formats import COMPARED, OUTPUTS, FormatSpec
from compressor.goal import Goal
from compressor.number_format import named
from compressor.timeline import Draft
from compressor.timeline.draft import stem
from gifweb import stored_files, translations
from gifweb.accounts import rate_limits
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, PublicError, public
from gifweb.renders import pricing
from gifweb.renders.models import Render, State

from . import charts, drafts, exports, forecast, start_renders, words_to_request
from .models import Media, Project, Turn
from .store_uploads import keep
from .upload_stream import Part

MOST_FILES = 50
ALL = "all"  # the format of a form that asks for all of COMPARED


@dataclass(frozen=True, slots=True)
class Row:
    """One file of a batch, or one format of it: its newest render, or why it was refused. ``format`` is the row of the
    format where several were asked for; ``best``: of those of one file that fit it looks most like the original."""

    name: str
    source: Media | None = None
    render: Render | None = None
    refused: str = ""
    format: FormatSpec | None = None
    best: bool = False


def compared() -> str:
    """The names of the formats that are compared."""
    return named([OUTPUTS[name].label for name in COMPARED], message_catalogue.words(translations.lang()))


def orders(words: str, format: str) -> list[tuple[str, str]]:
    """(words, format) of each render that is asked for of a file."""
    if format == ALL:
        return [(words, name) for name in COMPARED]
    said = language.several(words) if format in ("", exports.AUTO) else {}
    return [(text, name) for name, text in said.items()] or [(words, format)]


def begin(account: Account, words: str, format: str, whole_bytes: int = 0) -> Project:
    """A project for many files. ``whole_bytes`` is the sum of their sizes: around its share by size each is foreseen
    where one limit is for all of them together."""
    project = Project.objects.create(
        account=account, title=(words or "batch")[:120], language=start_renders.page_language()
    )
    _ask(project, words, format, whole_bytes)
    return project


def _ask(
    project: Project, words: str, format: str, whole_bytes: int = 0, media: str = "", total: int | None = None
) -> None:
    formats = [name for _words, name in asked] if len(asked := orders(words, format)) > 1 else []
    data = {
        "words": words,
        "format": format,
        "formats": formats,
        "whole_bytes": whole_bytes,
        "media": media,
        "total": total,
    }
    Turn.objects.create(project=project, role="user", text=words or "-", data={"batch": data})


def compare(request: HttpRequest, project: Project, media: Media, words: str, format: str = ALL) -> None:
    """Make a file that is here already in several formats: its project becomes their batch."""
    rate_limits.hit_request("turn", request, project.account)
    _ask(project, words, format, media=media.public_id)
    _order(request, project, media)


def cost(render: Render, source: Media, files: int = len(COMPARED)) -> int | None:
    """The most credits that so many files of its source (in all formats) can cost, as it was asked for; None where that
    cannot be said."""
    try:
        draft = Draft.from_json(render.draft) if render.draft else None
        infos = {source.public_id: source.info}
        return files * pricing.bound(Goal.from_json(render.goal), draft, infos)
    except CompressorError:
        return None


def add(request: HttpRequest, project: Project, part: Part) -> Render | None:
    """Keep one file and submit its renders; the first of them, None where files wait to share one budget. Why a file
    cannot be taken is remembered, and raised."""
    name = part.name or "file"
    try:
        if project.media.count() >= MOST_FILES:
            raise BadInput(_("A batch has {n} files at most.").format(n=MOST_FILES))
        media = keep(project.account, project, part)
    except (PublicError, CompressorError) as error:
        raise _refused(project, name, error) from error
    turn, asked = _asked(project)
    if total := budget(asked):
        _foresee(turn, asked, media, max(1, total * media.bytes // max(asked["whole_bytes"], media.bytes)))
        return None
    return _order(request, project, media)


def budget(asked: Mapping[str, Any]) -> int | None:
    """The bytes of all files together, where that is asked for."""
    if asked.get("total") or not language.together(asked["words"]):
        return asked.get("total")
    total = words_to_request.meaning(asked["words"])["goal"].get("max_bytes")
    return int(total) if total else None


def together(request: HttpRequest, project: Project, words: str, format: str, total: int) -> list[Render]:
    """Make every file of a project under one sum of bytes."""
    rate_limits.hit_request("turn", request, project.account)
    _ask(project, words, format, total=total)
    return start(request, project)


def start(request: HttpRequest, project: Project) -> list[Render]:
    """Give each file of one budget its bytes, once, and submit the renders: so many to each that the worst will look as
    good as it can."""
    asked = _asked(project)[1]
    total, media = budget(asked), list(project.media.filter(deleted_at=None))
    if not total or not media or started(project):
        return []
    if total < len(media):
        raise BadInput(_("That is less than a byte for each file."))
    rate_limits.hit_request("upload", request, project.account)  # files are looked into
    known = [asked["curves"].get(one.public_id) for one in media]
    parts = forecast.divided(total, [one.bytes for one in media], [_job_of(asked, one) for one in media], known)
    made = []
    for one, part in zip(media, parts, strict=True):
        with suppress(PublicError):  # remembered beside the others
            made += _order_all(request, project, one, part)
    return made


def started(project: Project) -> bool:
    """Whether some file of the batch has been ordered."""
    turn = _turn(project)
    return turn is not None and project.renders.filter(created_at__gte=turn.created_at).exists()


def waiting(project: Project) -> bool:
    """Whether files wait for their part of one budget."""
    turn = _turn(project)
    return turn is not None and bool(budget(turn.data["batch"])) and not started(project) and project.media.exists()


def _foresee(turn: int, asked: Mapping[str, Any], media: Media, share: int) -> None:
    """Keep with the batch what the search expects of a file around its share by size."""
    points = forecast.points(_job_of(asked, media), share)
    with transaction.atomic():
        row = Turn.objects.select_for_update().get(pk=turn)
        row.data["batch"].setdefault("curves", {})[media.public_id] = points
        row.save(update_fields=["data"])


def _job_of(asked: Mapping[str, Any], media: Media) -> forecast.Order:
    return partial(forecast.by_words, *orders(asked["words"], asked["format"])[0], media)


def _order(request: HttpRequest, project: Project, media: Media) -> Render:
    return _order_all(request, project, media, None)[0]


def _order_all(request: HttpRequest, project: Project, media: Media, ceiling: int | None) -> list[Render]:
    """Submit what is asked of a file, each format for itself; ``ceiling``: of all of them together. Raises the refusal
    of the first where none was taken."""
    turn, asked = _asked(project)
    wanted = orders(asked["words"], asked["format"])
    made: list[Render] = []
    refused: list[PublicError] = []
    if len(wanted) > 1:
        drafts.start(project, [media])  # for the studio: the formats that are compared change no timeline
    for words, format in wanted:
        try:
            key = f"batch:{turn}:{media.public_id}:{format}"
            share = max(1, ceiling // len(wanted)) if ceiling else None
            saved = len(wanted) == 1 and not asked.get("media")
            made.append(start_renders.of_one(request, project, media, words, format, key, share, saved))
        except (PublicError, CompressorError) as error:
            refused.append(_refused(project, media.name, error, format if asked["formats"] else "", media))
    if not made:
        raise refused[0]
    return made


def _refused(
    project: Project, name: str, error: PublicError | CompressorError, format: str = "", media: Media | None = None
) -> PublicError:
    told = public(error)
    message = told.message.removeprefix(name + _(": "))
    about = {"name": name, "message": message, "format": format, "media": media.public_id if media else ""}
    Turn.objects.create(project=project, role="model", text=f"{name}{_(': ')}{message}", data={"refused": about})
    return told


def add_all(request: HttpRequest, project: Project, parts: Sequence[Part]) -> int:
    """Every file in turn; how many were taken. One that is refused does not stop the others."""
    taken = 0
    for part in parts:
        try:
            add(request, project, part)
            taken += 1
        except PublicError:
            continue
    start(request, project)
    return taken


def _turn(project: Project) -> Turn | None:
    return project.turns.filter(role="user", data__has_key="batch").last()


def _asked(project: Project) -> tuple[int, dict[str, Any]]:
    """The id of the turn that asks for the batch, and what it asks for."""
    turn = _turn(project)
    if turn is None:
        raise BadInput(_("This project is not a batch."))
    return turn.pk, {"formats": [], "media": "", "curves": {}} | turn.data["batch"]


def rows(project: Project) -> list[Row]:
    """The files in the order in which they came, each with its formats where there are several, then those that were
    refused."""
    turn = _turn(project)
    asked = turn.data["batch"] if turn else {}
    formats, only = asked.get("formats") or [""], asked.get("media")
    newest: dict[tuple[str, str], Render] = {}
    renders = project.renders.order_by("created_at")
    for render in renders.filter(created_at__gte=turn.created_at) if turn and formats != [""] else renders:
        if render.sources:
            newest[render.sources[0], str(render.goal.get("format") or "") if formats != [""] else ""] = render
    found: list[Row] = []
    for media in project.media.filter(public_id=only) if only else project.media.all():
        made = [newest.get((media.public_id, name)) for name in formats]
        best = _best(made) if formats != [""] else None
        for name, one in zip(formats, made, strict=True):
            if one or not name:
                found.append(Row(media.name, media, one, "", OUTPUTS.get(name), one is not None and one == best))
    refused = project.turns.filter(data__has_key="refused", pk__gt=turn.pk if turn else 0)
    sources = {media.public_id: media for media in project.media.all()}
    return found + [
        Row(t["name"], sources.get(t.get("media", "")), None, t["message"], OUTPUTS.get(t.get("format", "")))
        for t in (turn.data["refused"] for turn in refused)
    ]


def _best(made: Sequence[Render | None]) -> Render | None:
    """The one that looks most like the original, of those that fit; None while some are being made."""
    if any(one is not None and one.is_open for one in made):
        return None
    fitting = [one for one in made if one is not None and one.fits and one.has_file and quality(one) is not None]
    return max(fitting, key=lambda one: quality(one) or 0.0, default=None) if len(fitting) > 1 else None


@dataclass(frozen=True, slots=True)
class Group:
    """One file in several formats: its rows, and its results in one chart with the ceiling."""

    name: str
    rows: list[Row]
    ceiling: int | None
    chart: charts.Chart | None


def groups(found: Sequence[Row]) -> list[Group]:
    """The rows of several formats, file by file; empty where one format was asked for."""
    by_file: dict[str, list[Row]] = {}
    for row in found:
        if row.format:
            by_file.setdefault(row.source.public_id if row.source else row.name, []).append(row)
    return [_group(rows) for rows in by_file.values()]


def _group(rows: list[Row]) -> Group:
    made = [(row, row.render) for row in rows if row.render and row.render.has_file and row.render.result_bytes]
    ceilings = {render.report.get("max_bytes") for _row, render in made}
    ceiling = ceilings.pop() if len(ceilings) == 1 else None
    dots = [
        charts.Dot(
            render.result_bytes or 0,
            quality(render),
            "over" if not render.fits else "kept" if row.best else "fits",
            row.format.label if row.format else "",
        )
        for row, render in made
    ]
    return Group(rows[0].name, rows, ceiling, charts.drawn(dots, ceiling))


def quality(render: Render) -> float | None:
    """The mean points of a result, where they were measured."""
    return (render.report.get("quality") or {}).get("mean")


def words_of(project: Project) -> str:
    turn = _turn(project)
    return str(turn.data["batch"]["words"]) if turn else ""


def archive(project: Project) -> Iterator[tuple[str, IO[bytes]]]:
    """All finished results, and ``manifest.json`` behind them: (name, open file) of each."""
    return _entries(rows(project), words_of(project))  # what is asked of the database is asked now


def _entries(shown: Sequence[Row], words: str) -> Iterator[tuple[str, IO[bytes]]]:
    used: set[str] = set()
    manifest = []
    for row in shown:
        line, source = _put(row, used)
        manifest.append(line)
        if source is not None:
            yield line["file"], source
    about = json.dumps({"words": words, "files": manifest}, ensure_ascii=False, indent=2)
    yield "manifest.json", io.BytesIO(about.encode())


def _put(row: Row, used: set[str]) -> tuple[dict[str, Any], IO[bytes] | None]:
    """The row's line of the manifest, and its result, open."""
    render = row.render
    line: dict[str, Any] = {"name": row.name, "bytes_before": row.source.bytes if row.source else None}
    if render is None:
        return line | {"state": "refused", "reason": row.refused}, None
    line["state"] = render.state
    if render.state != State.FINISHED or not render.has_file:
        return line | {"reason": (render.error or {}).get("message", "")}, None
    try:
        source, _size = stored_files.open_stored(render.result_key)
    except FileNotFoundError:
        return line | {"state": "deleted"}, None
    facts = {key: render.result_facts.get(key) for key in ("format", "width", "height", "frames", "duration_ms")}
    line |= {
        "file": _free(render.result_name or f"result.{render.result_facts.get('format', 'bin')}", used),
        "bytes_after": render.result_bytes,
        "fits": render.fits,
        "quality": quality(render),
        "settings": render.goal,
        "result": facts,
    }
    return line, source


_NOT_IN_NAMES = str.maketrans(dict.fromkeys('\\/:*?"<>|', "_"))  # "c:a.gif" is another folder to some programs


def _free(name: str, used: set[str]) -> str:
    """The name as any system takes it, with a number before its ending when another result has it."""
    name = name.translate(_NOT_IN_NAMES)
    plain, dot, ending = name.rpartition(".")
    found, number = name, 1
    while found.casefold() in used:
        number += 1
        found = f"{plain or stem(name)}-{number}{dot}{ending}"
    used.add(found.casefold())
    return found
