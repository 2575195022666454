"""A full disk, a busy database: said in words, and nothing is left lying about."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, override_settings

from gifweb import environment_urls, errors, folder_broker, stored_files
from gifweb.errors import OutOfSpace
from gifweb.renders import maintenance
from gifweb.studio import start_page, upload_stream
from gifweb.studio.models import Media, Project

from . import needs

ALL = 10**18


def debris() -> list[Path]:
    return list((Path(settings.DATA_DIR) / "work" / "incoming").glob("*"))


@contextmanager
def full_after(count: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The disk has room for so many bytes of each incoming file."""

    class Full:
        def __init__(self, inner: IO[bytes]) -> None:
            self.inner, self.left = inner, count

        def write(self, data: bytes) -> int:
            self.inner.write(data[: self.left])
            self.left -= len(data)
            if self.left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return len(data)

        def close(self) -> None:
            self.inner.close()

    opened = upload_stream.PartWriter.__init__

    def begin(self: upload_stream.PartWriter, max_bytes: int) -> None:
        opened(self, max_bytes)
        self._file = Full(self._file)  # type: ignore[assignment]

    with monkeypatch.context() as patch:
        patch.setattr(upload_stream.PartWriter, "__init__", begin)
        yield


def post(*sizes: int, **headers: str) -> Any:
    sent = [SimpleUploadedFile(f"{n}.gif", b"GIF89a" + b"x" * size) for n, size in enumerate(sizes)]
    return Client(raise_request_exception=False).post("/", {"file": sent, "words": "small"}, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("sizes", [(200_000,), (10, 200_000)])
def test_a_disk_that_fills_up_during_an_upload(sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    before = debris()
    with full_after(100_000, monkeypatch):
        answer = post(*sizes, accept="application/json")
        page = post(*sizes)
    assert answer.status_code == page.status_code == 507
    assert answer.json()["code"] == 507
    assert "disk space" in answer.json()["message"]
    assert "disk space" in page.content.decode()
    assert debris() == before
    assert not Project.objects.exists()
    assert not Media.objects.exists()


@pytest.mark.django_db
def test_a_disk_that_others_fill_during_an_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many uploads had room when it began; together they would take the last byte."""
    room = iter([True, True, True])

    def check(count: int) -> None:
        if not next(room, False):
            raise OutOfSpace

    before = debris()
    monkeypatch.setattr(stored_files, "check_room", check)
    monkeypatch.setattr(stored_files, "LOOK_AGAIN", 100_000)
    assert post(1_000_000, accept="application/json").status_code == 507
    assert debris() == before


@pytest.mark.django_db
def test_a_form_that_breaks_off_after_a_whole_file_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = debris()
    boundary = "xxx"
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.gif"\r\n\r\nGIF89a\r\n'
    broken = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="b.gif"\r\n'
    broken += "Content-Transfer-Encoding: base64\r\n\r\n!!\r\n"
    body = part + broken + f"--{boundary}--\r\n"
    Client(raise_request_exception=False).post(
        "/", body, content_type=f"multipart/form-data; boundary={boundary}", headers={"accept": "application/json"}
    )
    assert debris() == before


@pytest.mark.django_db
def test_free_space_is_looked_at_before_anything_is_written() -> None:
    before = debris()
    with override_settings(MIN_FREE_BYTES=ALL):
        answer = post(10, accept="application/json")
        with pytest.raises(OutOfSpace):
            stored_files.check_room(0)
    assert answer.status_code == 507
    assert debris() == before
    free = os.statvfs(settings.DATA_DIR)
    with pytest.raises(OutOfSpace):  # the body in the temporary folder, and the file
        stored_files.check_room(free.f_bavail * free.f_frsize + 1)


def test_a_message_that_has_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = object.__new__(folder_broker.Channel)
    monkeypatch.setattr(folder_broker.Channel, "data_folder_out", str(tmp_path))
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(folder_broker, "dumps", lambda payload: "x" * 5000)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    try:
        with pytest.raises(OSError, match="large"):
            channel._put("renders", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.iterdir()) == []


def test_left_over_messages_and_uploads_are_tidied(tmp_path: Path) -> None:
    old = [
        "queue/messages/1.renders.msg",
        "queue/messages/.1.part",
        "queue/taken/2",
        "work/incoming/3.part",
        "work/r-4",
    ]
    with override_settings(DATA_DIR=tmp_path):
        for name in [*old, "queue/messages/new.msg"]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
            if name in old:
                os.utime(path, (0, 0))
        maintenance.tidy_folders()
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["new.msg"]


@needs.by_files  # PostgreSQL tells them apart by their numbers
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, "full"), 507),
        (OSError(errno.EDQUOT, "quota"), 507),
        (OSError(errno.EACCES, "no"), 500),
        (OperationalError("database or disk is full"), 507),
        (OperationalError("database is locked"), 503),
        (OperationalError("unable to open database file"), 503),
        (OperationalError("no such table: x"), 500),
    ],
)
def test_what_each_failure_is_called(error: Exception, status: int) -> None:
    assert errors.public(error).status == status


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_locked_database_is_503_with_a_time_to_come_back(
    accept: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*args: object, **options: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(start_page, "_start", locked)
    answer = Client(raise_request_exception=False).get("/", headers={"accept": accept})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Traceback" not in caplog.text


def test_figures_are_kept_in_memory_and_in_no_folder_of_somebody_else(tmp_path: Path) -> None:
    """They are memory maps: a process that writes to one on a full disk dies."""
    memory = tmp_path / "shm"
    memory.mkdir()
    found = environment_urls.figures_folder(tmp_path / "data", memory)
    assert (found.parent, found.stat().st_mode & 0o777) == (memory, 0o700)
    assert environment_urls.figures_folder(tmp_path / "data", memory) == found
    assert environment_urls.figures_folder(tmp_path / "other", memory) != found
    found.rmdir()
    found.symlink_to(tmp_path)  # somebody else was first
    assert environment_urls.figures_folder(tmp_path / "data", memory) == tmp_path / "data" / "metrics"
    assert environment_urls.figures_folder(tmp_path / "data", tmp_path / "none") == tmp_path / "data" / "metrics"
