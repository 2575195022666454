"""Uploads: a file is streamed to a ``.part`` and hashed, and deleted again unless it is stored."""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from compressor.media import MediaInfo
from gifweb import stored_files
from gifweb.errors import BadInput, OutOfSpace
from gifweb.release_connections import let_go

from .fetch_url import TOTAL_S, fetch

NAME_LIMIT = 120


def clean_name(name: str | None) -> str:
    """Return a client's file name as text to display: no folders, no control or direction characters, limited
    length."""
    text = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in _UNSHOWN).strip()
    if len(text) > NAME_LIMIT:
        stem, dot, ending = text.rpartition(".")
        text = stem[: NAME_LIMIT - 8] + dot + ending if dot and len(ending) < 7 else text[:NAME_LIMIT]
    return text or "file"


_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Part(UploadedFile):
    """An uploaded file at ``path`` with its SHA-256. Closing it deletes the file, unless it was moved away before."""

    def __init__(self, path: Path, name: str, size: int, sha256: str, content_type: str = "") -> None:
        super().__init__(file=None, name=clean_name(name), content_type=content_type, size=size)
        self.path = path
        self.sha256 = sha256
        self.info: MediaInfo | None = None  # what the bytes are, once somebody has looked

    def open(self, mode: str | None = None) -> Part:  # type: ignore[override]
        self.file = self.path.open("rb")
        return self

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
        self.path.unlink(missing_ok=True)


class PartWriter:
    """Writes and hashes one file of at most ``max_bytes``. ``done`` returns the Part, ``close`` deletes it."""

    def __init__(self, max_bytes: int) -> None:
        stored_files.check_room(0)
        self.path = stored_files.part_path()
        self.max_bytes = max_bytes
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: IO[bytes] = self.path.open("xb")

    def write(self, data: bytes) -> bool:
        """Write the data. Return False, and write nothing, when the file would exceed its limit."""
        if self.size + len(data) > self.max_bytes:
            return False
        try:
            if (self.size + len(data)) // stored_files.LOOK_AGAIN > self.size // stored_files.LOOK_AGAIN:
                stored_files.check_room(0)
            self._file.write(data)
        except (OutOfSpace, OSError):  # the disk is full: what was written so far must not keep it so
            self.close()
            raise
        self._hash.update(data)
        self.size += len(data)
        return True

    def done(self, name: str, content_type: str = "") -> Part:
        try:
            self._file.close()
        except OSError:  # the last bytes did not fit
            self.close()
            raise
        return Part(self.path, name, self.size, self._hash.hexdigest(), content_type)

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # it is gone already; what is still in its buffer does not matter
            self._file.close()


def by_urls(urls: Sequence[str]) -> list[Part]:
    """Download files, all or none, within the size limit of one file and the time of one download."""
    let_go()  # strangers' servers answer when they like
    end, left_bytes = time.monotonic() + TOTAL_S, settings.MAX_UPLOAD_BYTES
    parts: list[Part] = []
    try:
        for url in urls:
            left_s = end - time.monotonic()
            if left_s <= 0:  # a name that is looked up for long counts too
                raise BadInput("The server of this URL is too slow.")
            writer = PartWriter(left_bytes)
            try:
                got = fetch(url, writer.write, max_bytes=left_bytes, total_s=left_s)
            except BaseException:
                writer.close()
                raise
            parts.append(writer.done(got.name))
            left_bytes -= got.bytes
    except BaseException:
        for part in parts:
            part.close()
        raise
    return parts


class ToPart(FileUploadHandler):
    """Django's upload handler for the whole site. A request above the limit raises RequestDataTooBig, which the error
    pages answer with 413."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.left = settings.MAX_UPLOAD_BYTES
        self.writer: PartWriter | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.writer = PartWriter(self.left)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.writer is not None
        if not self.writer.write(raw_data):
            raise RequestDataTooBig("The upload is larger than this site takes.")

    def file_complete(self, file_size: int) -> Part:
        assert self.writer is not None
        part = self.writer.done(self.file_name or "", self.content_type or "")
        self.left -= part.size or 0
        self.writer = None
        return part

    def upload_interrupted(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None


class DropUnfinished:
    """Middleware: when a form cannot be read to its end, Django tells no handler; its file is dropped here."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for handler in getattr(request, "_upload_handlers", ()):
            handler.upload_interrupted()
        return response
