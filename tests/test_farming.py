"""Free credits: begun by an accepted file, and no more accounts of one address than one limit for all doors lets."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from compressor.errors import UnreadableMedia
from compressor.media import MediaInfo
from gifweb.accounts import binding, identity, maintenance, tokens
from gifweb.accounts.models import Account, ClaimLink, User
from gifweb.api import upload_links
from gifweb.credits import ledger
from gifweb.errors import PublicError, TooMany
from gifweb.renders.models import Render
from gifweb.studio import store_uploads, upload_parts
from gifweb.studio.models import Project, Upload
from gifweb.webhooks import outbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is accepted is told by the first bytes: the sandbox is not what is tested here."""

    def probe(path: Path, limits: object) -> MediaInfo:
        if not path.read_bytes().startswith(b"GIF89a"):
            raise UnreadableMedia("This is not a kind of file that we take.")
        facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": 10, "width": 8, "height": 8}
        return MediaInfo.from_json(facts | {"frames": 2, "duration_ms": 200, "frames_exact": True})

    monkeypatch.setattr(store_uploads.sandbox, "probe", probe)


def post(content: bytes, address: str = "203.0.113.5") -> int:
    """A new visitor sends the start page's form; the status."""
    file = SimpleUploadedFile("a.gif", content)
    headers = {"accept": "application/json"}
    client = Client(raise_request_exception=False, REMOTE_ADDR=address)
    return client.post("/", {"file": file, "words": "small"}, headers=headers).status_code


def test_junk_begins_no_account() -> None:
    assert {post(b"junk") for _ in range(12)} == {415}
    assert not Account.objects.exists()
    answer = Client().post("/credits/voucher", {"code": "NOPE-NOPE"})
    assert answer.status_code == 404
    assert not Account.objects.exists()
    assert not answer.cookies.keys() & {identity.cookie_name()}
    assert post(b"GIF89a") == 201
    assert [ledger.balance(one).total for one in Account.objects.all()] == [100]


@override_settings(LIMITS=settings.LIMITS | {"client": "4/7d"})
def test_one_limit_for_all_doors() -> None:
    assert [post(b"GIF89a") for _ in range(2)] == [201, 201]
    for n in range(2):
        tokens.for_client(f"agent-{n}", "203.0.113.5")
    with pytest.raises(TooMany, match="register"):
        tokens.for_client("agent-3", "203.0.113.5")
    assert post(b"GIF89a") == 429
    assert Account.objects.count() == 4
    assert post(b"GIF89a", address="203.0.113.6") == 201
    # Who registers is let in all the same, and has free credits of others only when they are confirmed.
    user = User.objects.create(email="somebody@example.org")
    assert ledger.balance(identity.for_user(user, "203.0.113.5")).total == 0
    late = User.objects.create(email="late@example.org")
    assert identity.for_scope({"user": late}) is None  # a socket makes no account
    other = User.objects.create(email="other@example.org")
    assert ledger.balance(identity.for_user(other, "203.0.113.7")).total == 100


DOORS = (
    ("/api/v1/projects", {"title": "x"}),
    ("/api/v1/projects/{project}/edits", {"words": "loop twice"}),
    ("/api/v1/projects/{project}/undo", {}),
    ("/api/v1/projects/{project}/redo", {}),
    ("/api/v1/explain", {"words": "small"}),
    ("/api/v1/renders/{render}/shares", {"password": "a long password"}),
    ("/api/tasks/me/with-session/nemo_agent", {}),
    ("/api/auth/claim-token", {"session_id": "{session}"}),
)


@pytest.mark.parametrize(("door", "body"), DOORS)
def test_every_door_that_keeps_rows_or_computes_is_counted(door: str, body: dict[str, str], settings: Any) -> None:
    """Pages were; the same things by the APIs were not: rows, previews and password hashes without end, for nothing."""
    account = identity.make()
    project = Project.objects.create(account=account)
    render = Render.objects.create(
        account=account, project=project, idempotency_key="k", request_hash="h", state="finished", result_key="x"
    )
    settings.LIMITS = settings.LIMITS | dict.fromkeys(("upload", "turn", "explain"), "2/h")
    client = Client(headers={"Authorization": f"Bearer {tokens.issue(account, 'mine').token}"})
    path = door.format(project=project.public_id, render=render.public_id)
    body = {name: value.replace("{session}", str(project.session_id)) for name, value in body.items()}
    statuses = [client.post(path, body, content_type="application/json").status_code for _ in range(3)]
    assert 429 not in statuses[:2]
    assert statuses[2] == 429


def test_a_batch_that_is_refused_leaves_no_rows_without_end(settings: Any) -> None:
    """What was asked, and each refusal, is a row: asked for again beyond the limit it went on."""
    account = identity.make()
    project = Project.objects.create(account=account)
    settings.LIMITS = settings.LIMITS | {"turn": "2/h"}
    client = Client(headers={"Authorization": f"Bearer {tokens.issue(account, 'mine').token}"})
    body = {"project": project.public_id, "words": "small", "max_bytes": 9000}
    for _ in range(4):
        client.post("/api/v1/renders/together", body, content_type="application/json")
    assert project.turns.count() == 2


def at_once(times: int, step: Any) -> list[bool]:
    """Whether each of so many calls in one moment was taken."""
    ready = threading.Barrier(times)

    def run(n: int) -> bool:
        ready.wait()
        try:
            step(n)
            return True
        except PublicError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more_than_one_after_another(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks, tokens and open uploads were counted before they were made: of many at once each found room."""
    settings.OPEN_UPLOADS_PER_IP = 3
    monkeypatch.setattr(tokens, "MAX_TOKENS", 3)
    monkeypatch.setattr(outbox, "MOST", 3)
    mine = identity.make()
    at_once(12, lambda n: outbox.add(mine, f"https://example.org/{n}"))
    at_once(12, lambda n: tokens.issue(mine, str(n)))
    at_once(12, lambda n: upload_parts.begin(None, "203.0.113.9", 1000, "a.gif"))
    assert (mine.webhooks.count(), mine.tokens.count()) == (3, 3)
    assert Upload.objects.count() <= 3


def test_links_for_uploads_are_counted_and_old_ones_deleted(settings: Any) -> None:
    account = identity.make()
    project = Project.objects.create(account=account)
    settings.LIMITS = settings.LIMITS | {"upload": "2/h"}
    for _ in range(2):
        upload_links.issue(account, project)
    with pytest.raises(TooMany):
        upload_links.issue(account, project)
    ClaimLink.objects.filter(pk=ClaimLink.objects.first().pk).update(expires_at=timezone.now() - timedelta(days=31))  # type: ignore[union-attr]
    maintenance.tidy()
    assert ClaimLink.objects.count() == 1


def test_sessions_that_nobody_asked_for_are_counted(settings: Any) -> None:
    """Each look at a bind link, and each question for a passkey, was a session of its own, without an account."""
    settings.LIMITS = settings.LIMITS | {"session": "2/h"}
    link = binding.path(identity.make())
    asked = [Client().get(link).status_code for _ in range(3)]
    other = {"REMOTE_ADDR": "203.0.113.9"}
    key = "/account/factors/keys/sign-in"
    asked += [Client(headers={"Accept": "application/json"}).get(key, **other).status_code for _ in range(3)]  # type: ignore[arg-type]
    assert asked == [200, 200, 429] * 2
    assert Session.objects.count() == 4
