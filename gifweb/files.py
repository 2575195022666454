"""Stored files: taken in by rename, handed out in slices. Keys are random; where they lie is the storage's matter."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import StreamingHttpResponse

from .errors import Gone, OutOfSpace
from .headers import MEDIA_CSP

CHUNK = 256 * 1024
# What our stored formats are called on the wire; anything else is handed out as plain bytes.
TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "gif": "image/gif",
    "webp": "image/webp",
    "apng": "image/apng",
    "png": "image/png",
    "avif": "image/avif",
    "jpeg": "image/jpeg",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}


def check_room(count: int) -> None:
    """Raises OutOfSpace when the disk cannot take ``count`` bytes more and keep MIN_FREE_BYTES.

    A body lies in the temporary folder first and is then written to DATA_DIR: on one disk it needs its place twice.
    """
    folders = (tempfile.gettempdir(), str(settings.DATA_DIR))
    disks = [os.stat(folder).st_dev for folder in folders]
    for folder, disk in zip(folders, disks, strict=True):
        room = os.statvfs(folder)
        if room.f_bavail * room.f_frsize < count * disks.count(disk) + settings.MIN_FREE_BYTES:
            raise OutOfSpace()


def work_folder(name: str) -> Path:
    """A folder for one running thing, made anew."""
    path = Path(settings.DATA_DIR) / "work" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def part_path() -> Path:
    """Where an incoming file is written until it is known to be whole."""
    return work_folder("incoming") / f"{secrets.token_hex(16)}.part"


def _local() -> FileSystemStorage | None:
    """The storage when it is a folder of this machine."""
    storage = storages["default"]
    return storage if isinstance(storage, FileSystemStorage) else None


def open_stored(key: str) -> tuple[IO[bytes], int]:
    """A stored file open for reading, and its size in bytes; the caller closes it. Raises FileNotFoundError."""
    if _local() is not None:
        file = default_storage.open(key, "rb")
        return file, file.size
    from . import object_storage  # its packages are there where the storage needs them

    reading = object_storage.Reading(storages["default"], key)
    return cast(IO[bytes], reading), reading.size


def adopt(path: Path, key: str) -> None:
    """Move a finished file under ``key``: a rename where the storage is a folder, else an upload. The path is gone
    afterwards; on an exception nothing is kept under the key."""
    storage = _local()
    if storage is None:
        with path.open("rb") as file:
            default_storage.save(key, File(file))
        path.unlink()
        return
    target = Path(storage.path(key))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(path, target)
    except OSError:  # another file system
        part = target.with_suffix(".part")
        try:
            shutil.copyfile(path, part)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
        path.unlink()


def twin(key: str, other: str) -> None:
    """The same bytes again under another key; a second name for them where the storage is a folder."""
    storage = _local()
    if storage is None:
        from . import object_storage

        object_storage.copy(storages["default"], key, other)
        return
    target = Path(storage.path(other))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(storage.path(key), target)
        os.utime(target)  # as new as its row will be, or the sweep could take it for something left over
    except OSError:
        shutil.copyfile(storage.path(key), target)


def local_path(key: str, folder: Path) -> Path:
    """A path from which the engine can read: the stored file itself, or a copy in ``folder``. Raises Gone."""
    storage = _local()
    if storage is not None:
        path = Path(storage.path(key))
        if not path.is_file():
            raise Gone("The file was deleted.")
        return path
    path = folder / key.rsplit("/", 1)[-1]
    try:
        source, _ = open_stored(key)
        with source, path.open("wb") as target:
            shutil.copyfileobj(source, target, CHUNK)
    except FileNotFoundError:
        raise Gone("The file was deleted.") from None
    return path


def delete(key: str) -> None:
    """Remove a stored file; one that is not there is no error."""
    if key:
        with suppress(FileNotFoundError):
            default_storage.delete(key)


def delete_later(key: str) -> None:
    """Remove a stored file once the transaction around has come through: one that is taken back keeps its files, and
    none waits for the storage."""
    if key:
        transaction.on_commit(partial(delete, key), robust=True)


class Slice(StreamingHttpResponse):
    """Bytes ``start`` to ``start + length`` of an open file, readable by a synchronous and an asynchronous server."""

    def __init__(self, file: IO[bytes], start: int, length: int, **options: Any) -> None:
        self._chunks = _chunks(file, start, length)
        super().__init__(self._chunks, **options)
        self._resource_closers.append(file.close)  # type: ignore[attr-defined]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        step = sync_to_async(lambda: next(self._chunks, None), thread_sensitive=False)
        while (chunk := await step()) is not None:
            yield chunk


def _chunks(file: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    file.seek(start)
    while length > 0 and (chunk := file.read(min(CHUNK, length))):
        length -= len(chunk)
        yield chunk


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The one range that was asked for as (first, last), or None: then the whole file is sent. Raises ValueError when
    it lies outside the file. Several ranges at once are answered with the whole, as RFC 9110 allows."""
    unit, _, spec = header.partition("=")
    if unit.strip().lower() != "bytes" or "," in spec:
        return None
    first_text, dash, last_text = spec.strip().partition("-")
    if not dash or not (first_text or last_text) or not (first_text + last_text).isascii():
        return None
    if not (first_text + last_text).isdigit():
        return None
    if not first_text:
        first, last = max(size - int(last_text), 0), size - 1
        if int(last_text) == 0:
            raise ValueError
    else:
        first, last = int(first_text), min(int(last_text) if last_text else size - 1, size - 1)
        if last_text and int(last_text) < first:
            return None
    if first >= size:
        raise ValueError
    return first, last


def disposition(name: str, attachment: bool) -> str:
    """Content-Disposition with a plain name for old clients and the true one for all others (RFC 6266, RFC 8187)."""
    kind = "attachment" if attachment else "inline"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name).strip() or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def serve(
    request: HttpRequest,
    key: str,
    *,
    name: str,
    format: str,
    etag: str,
    attachment: bool,
    cache: str = "private, no-cache",
) -> HttpResponseBase:
    """The stored file with its pinned type; answers ranges and If-None-Match. Raises Gone when it was deleted."""
    tag = f'"{etag}"'
    headers = {
        "Content-Disposition": disposition(name, attachment),
        "Content-Type": TYPES.get(format, "application/octet-stream"),
        "Content-Security-Policy": MEDIA_CSP,
        "Accept-Ranges": "bytes",
        "Cache-Control": cache,
        "ETag": tag,
    }
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
        for header in ("ETag", "Cache-Control", "Content-Security-Policy"):
            response[header] = headers[header]
        return response
    try:
        file, size = open_stored(key)
    except FileNotFoundError:
        raise Gone("The file was deleted.") from None
    start, length, status = 0, size, 200
    asked = request.headers.get("Range", "")
    if asked and request.headers.get("If-Range", tag) == tag:
        try:
            found = _range(asked, size)
        except ValueError:
            file.close()
            refusal = HttpResponse(status=416)
            refusal["Content-Range"] = f"bytes */{size}"
            return refusal
        if found:
            start, length, status = found[0], found[1] - found[0] + 1, 206
            headers["Content-Range"] = f"bytes {found[0]}-{found[1]}/{size}"
    headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers)
    return Slice(file, start, length, status=status, headers=headers)
