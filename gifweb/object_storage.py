"""Stored files in an S3 bucket: streamed reads and server-side copies.

The file object of django-storages fetches a whole object before the first byte can be read. This one requests bytes
from the present position, so that a range request costs only that range and nothing is held in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage


def _key(storage: S3Storage, name: str) -> str:
    return str(storage._normalize_name(name))


def copy(storage: S3Storage, name: str, other: str) -> None:
    """Copy an object within the bucket. Raises FileNotFoundError."""
    source = {"Bucket": storage.bucket_name, "Key": _key(storage, name)}
    try:
        storage.bucket.Object(_key(storage, other)).copy_from(CopySource=source)
    except ClientError as error:
        raise _known(error, name) from error


def listed(storage: S3Storage, start: str) -> Iterator[tuple[str, float]]:
    """Every key that begins so, with the time (seconds since 1970) of its object."""
    whole = _key(storage, start).rstrip("/")
    for one in storage.bucket.objects.filter(Prefix=f"{whole}/"):
        yield start.rstrip("/") + one.key[len(whole) :], one.last_modified.timestamp()


class Reading(io.RawIOBase):
    """An object open for reading; ``size`` is its length in bytes. Raises FileNotFoundError."""

    def __init__(self, storage: S3Storage, name: str) -> None:
        self.name = name
        self._object = storage.bucket.Object(_key(storage, name))
        try:
            self._object.load()
        except ClientError as error:
            raise _known(error, name) from error
        self.size = int(self._object.content_length)
        self._at = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if at != self._at:
            self._let_go()
        self._at = max(at, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size or not len(buffer):
            return 0
        try:
            if self._body is None:
                self._body = self._object.get(Range=f"bytes={self._at}-")["Body"]
            data = self._body.read(len(buffer))
        except ClientError as error:
            raise _known(error, self.name) from error
        except BotoCoreError as error:
            raise OSError(f"the storage broke off: {error}") from error
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def _known(error: ClientError, name: str) -> OSError:
    if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
        return FileNotFoundError(name)
    return OSError(f"the storage refused {name}: {error}")
