"""Deleting one result, upload or project: gone everywhere at once, credits back, and a receipt."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from gifweb import ids, stored_files
from gifweb.accounts import identity, tokens
from gifweb.accounts.models import Account, Receipt
from gifweb.credits import audit, ledger
from gifweb.renders import media_urls, queue, shares, worker
from gifweb.renders.event_log import LeaseLost
from gifweb.renders.models import Render, State
from gifweb.studio import deletion, drafts
from gifweb.studio.models import Media, Preview, Project

from . import needs

pytestmark = pytest.mark.django_db(transaction=True)


def stored(folder: str, tmp_path: Path) -> str:
    key = ids.file_key(folder)
    path = tmp_path / "file"
    path.write_bytes(b"GIF89a")
    stored_files.adopt(path, key)
    return key


@pytest.fixture
def account() -> Account:
    return identity.make()


@pytest.fixture
def project(account: Account, tmp_path: Path) -> Project:
    """One upload with a preview, one finished render with a share, one that waits and one that runs."""
    project = Project.objects.create(account=account)
    facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": 6, "width": 8, "height": 8, "frames": 2}
    facts |= {"duration_ms": 200}
    media = Media.objects.create(
        account=account,
        project=project,
        name="a.gif",
        key=stored("uploads", tmp_path),
        sha256="0",
        bytes=6,
        facts=facts,
    )
    drafts.start(project, [media])
    Preview.objects.create(revision=project.revisions.get(), key=stored("uploads", tmp_path))
    for name in ("done", "waits", "runs"):
        render = Render.objects.create(
            account=account,
            project=project,
            idempotency_key=name,
            request_hash="h",
            sources=[media.public_id],
            hold_key=f"render:{name}:{project.pk}",
            hold_credits=5,
        )
        ledger.hold(account, 5, render.hold_key)
    done, runs = Render.objects.get(idempotency_key="done"), Render.objects.get(idempotency_key="runs")
    queue.claim(runs.pk, "a worker")
    ledger.settle(done.hold_key, 1)
    Render.objects.filter(pk=done.pk).update(
        state=State.FINISHED,
        result_key=stored("results", tmp_path),
        poster_key=stored("results", tmp_path),
        result_facts=facts,
        result_bytes=6,
        finished_at=timezone.now(),
    )
    done.refresh_from_db()
    shares.make(done)
    return project


@pytest.fixture
def client(account: Account) -> Client:
    client = Client()
    client.cookies["visitor"] = identity.cookie_for(account)
    return client


def on_disk() -> list[str]:
    return needs.stored("results", "uploads")


def status(client: Client, way: str) -> int:
    """Of a page or a file, read to its end."""
    answer = client.get(way)
    if answer.streaming:
        list(answer.streaming_content)
    answer.close()
    return answer.status_code


def states(project: Project) -> dict[str, str]:
    return dict(Render.objects.filter(project=project).values_list("idempotency_key", "state"))


def whole(account: Account, frozen: int) -> None:
    assert audit.run().faults == []
    assert ledger.balance(account).frozen == frozen


def test_a_result_is_gone_with_its_still_and_its_links(client: Client, account: Account, project: Project) -> None:
    before = set(on_disk())
    done = Render.objects.get(idempotency_key="done")
    share = done.shares.get()
    ways = [f"/r/{done.public_id}/{what}" for what in ("file", "view", "poster")]
    ways += [f"/s/{share.token}", f"/s/{share.token}/view", f"/s/{share.token}/file"]
    assert {status(client, way) for way in ways} == {200}
    receipt = deletion.result(account, done)
    assert {status(client, way) for way in ways} <= {404, 410}
    assert len(before - set(on_disk())) == 2
    assert receipt.facts == {"result files": 1, "share links": 1}
    page = client.get(f"/receipts/{receipt.number}")
    assert page.status_code == 200
    assert "nothing else about you" not in page.content.decode()
    assert states(project) == {"done": "finished", "waits": "queued", "runs": "running"}
    whole(account, 10)


def test_an_upload_is_gone_and_what_needs_it_is_cancelled(client: Client, account: Account, project: Project) -> None:
    media = project.media.get()
    before = set(on_disk())
    assert client.post(f"/m/{media.public_id}/delete").status_code == 302
    assert client.get(f"/m/{media.public_id}").status_code == 404
    assert len(before - set(on_disk())) == 2  # the upload and the preview
    assert states(project) == {"done": "finished", "waits": "cancelled", "runs": "cancelled"}
    assert client.get(f"/p/{project.public_id}").status_code == 200
    whole(account, 0)


def test_a_project_is_gone_with_all_that_is_in_it(client: Client, account: Account, project: Project) -> None:
    runs = Render.objects.get(idempotency_key="runs")
    before = set(on_disk())
    assert client.post(f"/p/{project.public_id}/delete").status_code == 302
    assert client.get(f"/p/{project.public_id}").status_code == 404
    assert len(before - set(on_disk())) == 4
    assert not Project.objects.exists()
    assert not Render.objects.exists()
    facts = {"projects": 1, "renders": 3, "uploaded files": 1, "result files": 1, "share links": 1, "previews": 1}
    assert Receipt.objects.get().facts == facts
    whole(account, 0)
    with pytest.raises(LeaseLost):  # the worker that had it keeps nothing
        worker.end(runs, runs.lease_token, State.CANCELLED, None)


def test_a_render_that_runs_is_deleted_with_its_credits_back(
    client: Client, account: Account, project: Project
) -> None:
    runs = Render.objects.get(idempotency_key="runs")
    assert client.post(f"/r/{runs.public_id}/delete").status_code == 302
    assert not Render.objects.filter(pk=runs.pk).exists()
    whole(account, 5)


def test_strangers_delete_nothing(project: Project) -> None:
    done, media = Render.objects.get(idempotency_key="done"), project.media.get()
    ways = [f"/r/{done.public_id}/delete", f"/m/{media.public_id}/delete", f"/p/{project.public_id}/delete"]
    other = Client()
    other.cookies["visitor"] = identity.cookie_for(identity.make())
    for client in (Client(), other):
        assert {client.post(way).status_code for way in ways} == {404}
        assert {client.get(way).status_code for way in ways[1:]} == {405}
    assert not Receipt.objects.exists()


def test_programs_delete_too(account: Account, project: Project) -> None:
    done, media = Render.objects.get(idempotency_key="done"), project.media.get()
    headers = {"Authorization": f"Bearer {tokens.issue(account, 'a program').token}"}
    client = Client()
    for way in (f"renders/{done.public_id}/file", f"uploads/{media.public_id}", f"projects/{project.public_id}"):
        assert Client().delete(f"/api/v1/{way}").status_code == 401
        answer = client.delete(f"/api/v1/{way}", headers=headers)
        assert answer.status_code == (204 if way.startswith("projects") else 200), answer.content
        if answer.content:
            assert answer.json()["number"] in answer.json()["url"]
        if way.startswith("renders"):
            assert client.get(f"/api/v1/{way}", headers=headers).status_code == 410
    assert client.delete(f"/api/v1/projects/{project.public_id}", headers=headers).status_code == 404
    assert Receipt.objects.count() == 3
    whole(account, 0)


def test_a_still_that_comes_late_is_not_kept(account: Account, project: Project, tmp_path: Path) -> None:
    done = Render.objects.get(idempotency_key="done")
    deletion.result(account, done)
    late = Render.objects.filter(pk=done.pk, result_key=done.result_key, file_deleted_at=None)
    assert not late.update(poster_key="x")
    assert media_urls.result(done)


def test_one_upload_is_deleted_by_its_button(account: Account, project: Project) -> None:
    media = Media.objects.get()
    mine = Client()
    mine.cookies[identity.cookie_name()] = identity.cookie_for(account)
    assert f'action="/m/{media.public_id}/delete"' in mine.get(f"/p/{project.public_id}").content.decode()
    done = mine.post(f"/m/{media.public_id}/delete")
    assert done["Location"].startswith("/receipts/")
    assert mine.get(f"/m/{media.public_id}").status_code == 404
    assert f"/m/{media.public_id}/delete" not in mine.get(f"/p/{project.public_id}").content.decode()
