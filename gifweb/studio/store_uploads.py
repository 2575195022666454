"""Stores uploads: probes each in the sandbox, moves it under a random key and creates its row. All of a request or
none."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from compressor import sandbox
from compressor.errors import CompressorError
from compressor.media import MediaInfo
from gifweb import ids, stored_files
from gifweb.accounts.models import Account
from gifweb.credits import plans
from gifweb.errors import BadInput, PublicError, from_engine
from gifweb.release_connections import let_go
from gifweb.source_limits import source_limits

from .models import Media, Project
from .upload_stream import Part

MOST_FILES = 100  # of one project: what is said in its chat is read for each of them


def probe(part: Part) -> MediaInfo:
    """Probe the file in the sandbox. Raises the public error, with the file's name in its message."""
    if part.size == 0:
        raise BadInput(_("{name} is empty.").format(name=part.name))
    if part.info is not None:
        return part.info
    let_go()  # those that wait for a place of a probe hold none
    try:
        part.info = sandbox.probe(part.path, source_limits())
        return part.info
    except CompressorError as error:
        public = from_engine(error)
        public.message = f"{part.name}{_(': ')}{public.message}"
        public.data.setdefault("names", [part.name])
        raise public from error


def probe_all(parts: Sequence[Part]) -> list[MediaInfo]:
    """What each of the files is; the error of the first bad one, whose ``data.names`` names all bad ones."""
    infos: list[MediaInfo] = []
    refused: list[PublicError] = []
    for part in parts:
        try:
            infos.append(probe(part))
        except PublicError as error:
            refused.append(error)
    if refused:
        first = refused[0]
        first.data["names"] = [name for error in refused for name in error.data.get("names", [])]
        raise first
    return infos


def probe_one(parts: Sequence[Part]) -> None:
    """Raise the error of the first file unless one of them is accepted."""
    refused: list[PublicError] = []
    for part in parts:
        try:
            probe(part)
        except PublicError as error:
            refused.append(error)
        else:
            return
    raise refused[0]


def keep(account: Account, project: Project, part: Part) -> Media:
    """Store one file; see ``keep_all``."""
    return keep_all(account, project, [part])[0]


def keep_all(account: Account, project: Project, parts: Sequence[Part]) -> list[Media]:
    """Store every file and list it in the project, or store none and raise the error of the first bad one
    (``data.names`` lists all bad ones). Raises BeyondPlan when the files exceed the plan's storage."""
    if not parts:
        raise BadInput("No file was sent.")
    infos = probe_all(parts)
    new = sum(part.size or 0 for part in parts)
    _check_room(account, project, len(parts), new)
    kept: list[str] = []
    try:
        for part in parts:  # before the transaction: the storage may be slow
            key = ids.file_key("uploads")
            kept.append(key)
            stored_files.adopt(part.path, key)
        with transaction.atomic():
            # Once more with the account's row locked: many uploads at once all found the room that is there for one.
            Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            _check_room(account, project, len(parts), new)
            return [
                Media.objects.create(
                    account=account,
                    project=project,
                    name=part.name or "file",
                    key=key,
                    sha256=part.sha256,
                    bytes=part.size or 0,
                    facts=info.to_json(),
                )
                for part, info, key in zip(parts, infos, kept, strict=True)
            ]
    except BaseException:
        for key in kept:
            stored_files.delete(key)
        raise


def _check_room(account: Account, project: Project, count: int, new: int) -> None:
    """Raises BeyondPlan when the account's files with ``new`` bytes more are beyond its plan, and BadInput when the
    project's files with ``count`` more are more than it may have."""
    if project.media.filter(deleted_at=None).count() + count > MOST_FILES:
        raise BadInput(f"A project has {MOST_FILES} files at most.")
    stored = Media.objects.filter(account=account, deleted_at=None).aggregate(n=Sum("bytes"))["n"] or 0
    plans.check(account, stored_bytes=stored + new)
