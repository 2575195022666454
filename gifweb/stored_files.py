"""Stored files: added by rename, served in slices. Keys are random; the storage decides where the bytes are."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
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

from compressor.formats import mime

from .errors import Gone, OutOfSpace
from .headers import MEDIA_CSP

CHUNK = 256 * 1024
LOOK_AGAIN = 8 * 1024 * 1024  # bytes of an upload after which the disk is looked at again: others fill it meanwhile


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
    """Return a new, empty work folder."""
    path = Path(settings.DATA_DIR) / "work" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def part_path() -> Path:
    """Return a path for an upload that is not complete yet."""
    return work_folder("incoming") / f"{secrets.token_hex(16)}.part"


def _local() -> FileSystemStorage | None:
    """Return the storage if it is a local folder, else None."""
    storage = storages["default"]
    return storage if isinstance(storage, FileSystemStorage) else None


def open_stored(key: str) -> tuple[IO[bytes], int]:
    """Open a stored file. Return it with its size in bytes; the caller closes it. Raises FileNotFoundError."""
    if _local() is not None:
        file = default_storage.open(key, "rb")
        return file, file.size
    from . import object_storage  # boto3 is installed only where the storage is S3

    reading = object_storage.Reading(storages["default"], key)
    return cast(IO[bytes], reading), reading.size


def opener(key: str) -> Callable[[], IO[bytes]]:
    """Return a function that opens the stored file."""
    return lambda: open_stored(key)[0]


def adopt(path: Path, key: str) -> None:
    """Move a file to ``key``: a rename where the storage is a folder, else an upload. The path no longer exists
    afterwards; after an exception nothing is stored under the key."""
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
    """Copy a stored file to another key; a hard link where the storage is a folder."""
    storage = _local()
    if storage is None:
        from . import object_storage  # boto3 is installed only where the storage is S3

        object_storage.copy(storages["default"], key, other)
        return
    target = Path(storage.path(other))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(storage.path(key), target)
        os.utime(target)  # otherwise its age could make it look like an orphan
    except OSError:
        shutil.copyfile(storage.path(key), target)


def local_path(key: str, folder: Path) -> Path:
    """Return a local path of the stored file: the file itself, or a copy in ``folder``. Raises Gone."""
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


SHARDS = 256  # folders of keys, by their first byte (ids.file_key)


def stored(top: str, shard: int) -> Iterator[tuple[str, float]]:
    """Stored keys that begin with ``top`` and the time (seconds since 1970) of each: all of a folder, those of one
    shard of a bucket."""
    storage = _local()
    if storage is None:
        from . import object_storage  # boto3 is installed only where the storage is S3

        yield from object_storage.listed(storages["default"], f"{top}/{shard:02x}/")
        return
    root = Path(storage.location) / top
    for folder in root.iterdir() if root.is_dir() else ():
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                yield f"{top}/{folder.name}/{path.name}", path.stat().st_mtime


def delete(key: str) -> None:
    """Delete a stored file. A missing one is no error."""
    if key:
        with suppress(FileNotFoundError):
            default_storage.delete(key)


def delete_later(key: str) -> None:
    """Delete a stored file after the present transaction commits. A rollback keeps it, and no transaction waits for the
    storage."""
    if key:
        transaction.on_commit(partial(delete, key), robust=True)


class Streamed(StreamingHttpResponse):
    """Pieces as they are asked for, readable by a synchronous and an asynchronous server."""

    def __init__(self, pieces: Iterator[bytes], **options: Any) -> None:
        self._pieces = pieces
        super().__init__(pieces, **options)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        step = sync_to_async(lambda: next(self._pieces, None), thread_sensitive=False)
        while (piece := await step()) is not None:
            yield piece


class Slice(Streamed):
    """Bytes ``start`` to ``start + length`` of an open file."""

    def __init__(self, file: IO[bytes], start: int, length: int, **options: Any) -> None:
        super().__init__(_chunks(file, start, length), **options)
        self._resource_closers.append(file.close)  # type: ignore[attr-defined]


class _Sent(io.RawIOBase):
    """A writable stream that holds what was written since it was last taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        data, self._held = bytes(self._held), bytearray()
        return data


def zipped(entries: Iterable[tuple[str, IO[bytes]]]) -> Iterator[bytes]:
    """A zip of (name, open file), made while it is read: it takes no disk, and whoever reads nothing costs nothing.
    Each file is closed behind it. The entries are asked for one by one, in any thread: they may not read the database.

    Level 0 of deflate keeps the bytes as they are; readers of streams do not take stored entries of unknown length.
    """
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED, compresslevel=0) as archive:
        for name, source in entries:
            large = settings.MAX_UPLOAD_BYTES >= 1 << 30  # no result is larger than 1 GB unless its source is
            with source, archive.open(name, "w", force_zip64=large) as target:
                while piece := source.read(CHUNK):
                    target.write(piece)
                    yield sent.taken()
    yield sent.taken()


def zip_response(request: HttpRequest, name: str, entries: Iterable[tuple[str, IO[bytes]]]) -> HttpResponseBase:
    """Send ``zipped(entries)`` as a download; for HEAD nothing of it is made."""
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": disposition(name, attachment=True),
        "Cache-Control": "no-store",
    }
    return HttpResponse(headers=headers) if request.method == "HEAD" else Streamed(zipped(entries), headers=headers)


def _chunks(file: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    file.seek(start)
    while length > 0 and (chunk := file.read(min(CHUNK, length))):
        length -= len(chunk)
        yield chunk


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Return the requested range as (first, last), or None for the whole file. Raises ValueError when it lies outside
    the file. Several ranges are answered with the whole file, as RFC 9110 allows."""
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
    """Return Content-Disposition with an ASCII name for old clients and the full name (RFC 6266, RFC 8187)."""
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
    """Respond with a stored file and its fixed media type; supports ranges and If-None-Match. Raises Gone."""
    tag = f'"{etag}"'
    headers = {
        "Content-Disposition": disposition(name, attachment),
        "Content-Type": mime(format) or "application/octet-stream",
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
