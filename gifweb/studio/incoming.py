"""Uploads: a file is streamed to a ``.part`` and hashed, and deleted again unless it is stored."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from gifweb import files

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
        self.path = files.part_path()
        self.max_bytes = max_bytes
        self.size = 0
        self._hash = hashlib.sha256()
        self._file: IO[bytes] = self.path.open("xb")

    def write(self, data: bytes) -> bool:
        """Write the data. Return False, and write nothing, when the file would exceed its limit."""
        if self.size + len(data) > self.max_bytes:
            return False
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        return True

    def done(self, name: str, content_type: str = "") -> Part:
        self._file.close()
        return Part(self.path, name, self.size, self._hash.hexdigest(), content_type)

    def close(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


class ToPart(FileUploadHandler):
    """Django's upload handler for the whole site. A request above the limit raises RequestDataTooBig, which the error
    pages answer with 413."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.left = settings.MAX_UPLOAD_BYTES
        self.file: PartWriter | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = PartWriter(self.left)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.file is not None
        if not self.file.write(raw_data):
            self.file.close()
            raise RequestDataTooBig("The upload is larger than this site takes.")

    def file_complete(self, file_size: int) -> Part:
        assert self.file is not None
        part = self.file.done(self.file_name or "", self.content_type or "")
        self.left -= part.size or 0
        self.file = None
        return part

    def upload_interrupted(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None
