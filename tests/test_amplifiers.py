"""Requests that are cheap to send: what each of them costs is bounded before the work begins."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compressor import language
from compressor.goal import Goal
from compressor.language import features
from compressor.language.model import Linear
from compressor.media import MediaInfo
from compressor.timeline import Draft
from gifweb import stored_files
from gifweb.accounts import identity, maintenance
from gifweb.credits import plans
from gifweb.errors import BadInput, BeyondPlan
from gifweb.renders import entitlements
from gifweb.renders.models import Render
from gifweb.request_log import Requests
from gifweb.studio import drafts, store_uploads, upload_stream, words_of_controls, words_to_request
from gifweb.studio.fetch_url import Fetched
from gifweb.studio.models import Media, Project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mine() -> tuple[Client, Project]:
    """A visitor with a project, signed in by the cookie."""
    account = identity.make()
    client = Client(raise_request_exception=False)
    client.cookies[identity.cookie_name()] = identity.cookie_for(account)
    return client, Project.objects.create(account=account)


def test_many_words_of_a_search_do_not_multiply_its_rows(mine: tuple[Client, Project]) -> None:
    """Each word joined all files of the project once more: 7 words about 12 files were 35 million rows."""
    client, project = mine
    facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": 1}
    for n in range(12):
        Media.objects.create(
            account=project.account, project=project, name=f"a{n}.gif", key=f"k{n}", sha256="0", bytes=1, facts=facts
        )
    Render.objects.create(account=project.account, project=project, idempotency_key="k", request_hash="h")
    with CaptureQueriesContext(connection) as seen:
        page = client.get("/renders", {"q": "a " * 40})
    assert page.content.count(b"/r/") > 0
    assert not any("JOIN" in query["sql"] and "studio_media" in query["sql"] for query in seen)
    assert b"/r/" not in client.get("/renders", {"q": "a zzz"}).content


def test_a_control_reads_the_words_again_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a control takes out was looked for in every row of words: 500 letters took half a minute."""
    read = 0

    def meaning(words: str) -> dict[str, object]:
        nonlocal read
        read += len(words.split())
        return {
            "explain": dict.fromkeys(
                key for key in ("width", "loop") if {"width": "wide", "loop": "loop"}[key] in words
            )
        }

    monkeypatch.setattr(words_to_request, "meaning", meaning)
    words = "wide loop " + "a " * 220 + "loop wide"
    assert words_of_controls.written(words, "width", "300 px wide") == "300 px wide"
    assert read < words_of_controls.MOST_READ + 500


def test_an_upload_is_put_together_once_however_often_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that named one upload 1,000 times had it copied 1,000 times: 200 GB of disk for nothing."""
    written: list[int] = []
    client, head = Client(raise_request_exception=False), {"Tus-Resumable": "1.0.0"}
    kind = "application/offset+octet-stream"

    def sent(size: int) -> str:
        name = f"filename {base64.b64encode(b'a.gif').decode()}"
        more = {"Upload-Length": str(size), "Upload-Metadata": name}
        return str(client.generic("POST", "/uploads", b"x" * size, kind, headers=head | more)["Location"]).rpartition(
            "/"
        )[2]

    one, other = sent(70_000), sent(70_000)
    write = upload_stream.PartWriter.write

    def counted(self: upload_stream.PartWriter, data: bytes) -> bool:
        written.append(len(data))
        return write(self, data)

    monkeypatch.setattr(upload_stream.PartWriter, "write", counted)
    assert client.post("/check", {"place": "slack-emoji", "upload": [one] * 300}).status_code == 415
    assert sum(written) == 70_000
    two = sent(70_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.MAX_UPLOAD_BYTES", 100_000)
        assert client.post("/check", {"place": "slack-emoji", "upload": [other, two]}).status_code == 413


@pytest.mark.parametrize("words", ["第一个视频", "gif ", "动图"])
def test_a_message_of_values_is_read_in_a_time_that_its_length_allows(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each value is was told from all others of its sentence: 8,000 letters took 20 s."""
    looked_at = 0
    scores = Linear.scores

    def counted(self: Linear, features: Iterable[str]) -> Any:
        nonlocal looked_at
        looked_at += len(found := list(features))
        return scores(self, found)

    monkeypatch.setattr(Linear, "scores", counted)

    def seen(length: int) -> int:
        nonlocal looked_at
        looked_at = 0
        language.read((words * length)[:length])
        return looked_at

    assert seen(4000) < 5 * seen(1000)


def test_words_that_govern_and_clauses_of_nothing_are_told_once() -> None:
    """Each of 8,000 brackets governed each other one: 4 s of computing where /explain lets anybody ask 300 times a
    minute. Each of 4,000 clauses looked through the whole message."""
    language.read("make it 2 MB")
    for words, most in (("{" * 8000, 1.5), ("&" * 8000, 2.5)):
        begun = time.process_time()
        language.read(words)
        assert time.process_time() - begun < most
    govern = next(iter(features._GOVERNING))
    assert features._governed(["a", govern, "b", "w", govern]) == [
        (govern, ">b"), (govern, f">{govern}"), (govern, "<a"), (govern, f"<{govern}"), (govern, "<b"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "9" * 40])
@pytest.mark.parametrize(("page", "field"), [("layers", "number"), ("layers", "start"), ("transitions", "seconds")])
def test_a_number_that_is_none_is_refused(mine: tuple[Client, Project], page: str, field: str, value: str) -> None:
    client, project = mine
    answer = client.post(f"/p/{project.public_id}/{page}", {"number": "0", "kind": "cut"} | {field: value})
    assert answer.status_code == 422


def test_many_uploads_at_once_are_together_within_the_plan(
    mine: tuple[Client, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each looked at what was stored before any of them was."""
    _, project = mine
    facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": 60}
    plan = replace(plans.plans()["free"], storage_bytes=100)
    monkeypatch.setattr(plans, "plans", lambda: {"free": plan, "pro": plan})
    adopt = stored_files.adopt

    def part() -> upload_stream.Part:
        writer = upload_stream.PartWriter(1000)
        writer.write(b"x" * 60)
        made = writer.done("a.gif")
        made.info = MediaInfo.from_json(facts)
        return made

    def another_comes(path: Path, key: str) -> None:
        monkeypatch.setattr(stored_files, "adopt", adopt)
        store_uploads.keep(project.account, project, part())
        adopt(path, key)

    monkeypatch.setattr(stored_files, "adopt", another_comes)
    with pytest.raises(BeyondPlan):
        store_uploads.keep(project.account, project, part())
    assert Media.objects.count() == 1


def test_results_made_before_fill_no_more_than_the_plan_stores(mine: tuple[Client, Project]) -> None:
    """A render like one before is a copy of its file, for no credits: in a bucket that was no end of bytes."""
    _, project = mine
    limit = plans.plans()["free"].storage_bytes
    for n, size in enumerate((limit, 1)):
        entitlements.check(project.account, Goal(), Draft(), {})
        Render.objects.create(
            account=project.account, project=project, idempotency_key=f"k{n}", request_hash="h", result_key=f"r{n}",
            result_bytes=size,
        )  # fmt: skip
    with pytest.raises(BeyondPlan, match="delete some"):
        entitlements.check(project.account, Goal(), Draft(), {})


def made_of(content: bytes) -> upload_stream.Part:
    """A file that was looked into already."""
    writer = upload_stream.PartWriter(1000)
    writer.write(content)
    made = writer.done("a.gif")
    made.info = MediaInfo.from_json({"format": "gif", "kind": "video", "codec": "gif", "bytes": len(content)})
    return made


def test_a_project_has_so_many_files(mine: tuple[Client, Project], monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 files of 30 bytes made each message of the chat cost 29 s, and each look at the page 7 s."""
    _, project = mine
    monkeypatch.setattr(store_uploads, "MOST_FILES", 3)
    store_uploads.keep_all(project.account, project, [made_of(b"x") for _ in range(3)])
    one_more = made_of(b"x")
    with pytest.raises(BadInput, match="3 files"):
        store_uploads.keep(project.account, project, one_more)
    one_more.path.unlink()  # as the view does
    Media.objects.filter(pk=Media.objects.latest("pk").pk).update(deleted_at=timezone.now())
    store_uploads.keep(project.account, project, made_of(b"x"))


def test_a_revision_has_so_many_bytes(mine: tuple[Client, Project]) -> None:
    """Each message kept the drafts of all files anew: a hundred full ones were 25 MB a message."""
    _, project = mine
    media = store_uploads.keep(project.account, project, made_of(b"x"))
    assert drafts.start(project, [media])
    text = {"tt": 2, "sg": [{"text": "x" * 500, "at": 0} for _ in range(400)]}
    full = Draft.from_json(drafts.current(project).to_json() | {"t": [*drafts.current(project).to_json()["t"], text]})
    drafts.save(project, full, Goal(), "Many texts.", media=media.public_id, others={})
    piece = {"draft": full.to_json(), "goal": {}}
    with pytest.raises(BadInput, match="too many"):
        drafts.save(project, full, Goal(), "And more.", media=media.public_id, others={"a": piece, "b": piece})
    assert project.revisions.count() == 2


def test_addresses_have_one_time_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer held each of 20 addresses for as long as the system looks."""
    now = 0.0

    def fetch(url: str, write: Any, **limits: Any) -> Any:
        nonlocal now
        now += 45
        write(b"x")
        return Fetched("a.gif", 1)

    monkeypatch.setattr(upload_stream, "fetch", fetch)
    monkeypatch.setattr(upload_stream.time, "monotonic", lambda: now)
    with pytest.raises(BadInput, match="too slow"):
        upload_stream.by_urls(["https://example.org/a.gif"] * 20)
    assert now == 90


def test_sessions_that_have_ended_are_deleted() -> None:
    session = SessionStore()
    session.set_expiry(-1)
    session.save()
    maintenance.tidy()
    assert not Session.objects.exists()


def test_looks_ahead_are_counted_apart(settings: Any) -> None:
    """Each may compute for 20 s, without an account, and they counted as uploads do: 1,200 an hour."""
    settings.LIMITS = settings.LIMITS | {"expected_ip": "2/h"}
    client = Client(raise_request_exception=False)
    assert [client.post("/expected", {"words": "gif"}).status_code for _ in range(3)] == [400, 400, 429]


@pytest.mark.django_db(transaction=True)
def test_who_waits_holds_no_connection_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty slow readers of a file held twenty of them, a fetched address one for a minute; PostgreSQL has 100."""
    held: list[bool] = []

    def waits(*given: Any, **more: Any) -> Any:
        held.append(connection.connection is not None)
        return Fetched("a.gif", 1)

    def view(request: Any) -> Any:
        connection.ensure_connection()
        return stored_files.Streamed(iter([b"x"]))

    Requests(view)(RequestFactory().get("/"))
    waits()
    connection.ensure_connection()
    monkeypatch.setattr(upload_stream, "fetch", waits)
    parts = upload_stream.by_urls(["https://example.org/a.gif"])
    connection.ensure_connection()
    monkeypatch.setattr(store_uploads.sandbox, "probe", waits)
    (tmp_path / "a").write_bytes(b"x")
    store_uploads.probe(upload_stream.Part(tmp_path / "a", "a.gif", 1, ""))
    parts[0].close()
    assert held == [False, False, False]
